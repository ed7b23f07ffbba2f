"""The vector store: derived data in Chroma, written by one process at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import chromadb
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError

from crm.errors import UnavailableError, WorkspaceError
from knowledge.embeddings import Vectors

_COLLECTION = "passages"


class Index:
    """Vectors of chunks with the account each belongs to ("" for everybody's)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        try:
            client = chromadb.PersistentClient(
                path=str(folder), settings=ChromaSettings(anonymized_telemetry=False)
            )
            self._collection = client.get_or_create_collection(
                _COLLECTION,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine"}},
            )
        except (ChromaError, ValueError, KeyError, RuntimeError) as error:
            raise WorkspaceError(
                f"The passage index in {folder} cannot be opened.",
                "Delete that folder and run `tagayasu knowledge add` again.",
            ) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the one writer's lock; UnavailableError when another process holds it."""
        with (self._folder / "writer.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UnavailableError(
                    "Another process is adding documents to this workspace.",
                    "Wait until it has finished.",
                ) from None
            yield

    def put(self, ids: Sequence[str], vectors: Vectors, accounts: Sequence[str]) -> None:
        if ids:
            self._collection.upsert(
                ids=list(ids),
                embeddings=vectors,
                metadatas=[{"account": account} for account in accounts],
            )

    def missing(self, ids: Iterable[str]) -> set[str]:
        """Those of the chunk ids that the store does not hold."""
        wanted = set(ids)
        held = self._collection.get(ids=sorted(wanted), include=[])["ids"] if wanted else []
        return wanted - set(held)

    def remove(self, ids: Sequence[str]) -> None:
        if ids:
            self._collection.delete(ids=list(ids))

    def nearest(
        self, vector: Vectors, count: int, accounts: Sequence[str] | None
    ) -> list[tuple[str, float]]:
        """(chunk id, cosine similarity), nearest first.

        `accounts` limits the hits to passages of these accounts and everybody's; None is no limit.
        """
        where = None if accounts is None else {"account": {"$in": ["", *accounts]}}
        found = self._collection.query(
            query_embeddings=vector.reshape(1, -1),
            n_results=count,
            where=where,  # type: ignore[arg-type]
            include=["distances"],
        )
        distances = found["distances"] or [[]]
        return [
            (id_, 1.0 - distance)
            for id_, distance in zip(found["ids"][0], distances[0], strict=True)
        ]
