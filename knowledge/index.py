"""The vector store: derived data in Chroma, in a folder or on a server, checked before it is used.

In a folder one process writes at a time, and an open client never sees what another process has
written since: it is opened anew when the registry's generation has moved.
"""

from __future__ import annotations

import fcntl
import shutil
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import chromadb
import httpx
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError, NotFoundError

from crm.errors import UnavailableError, WorkspaceError
from knowledge.embeddings import Vectors
from knowledge.registry import Identity

_AT_ONCE = 1000
_HAIR = 1e-3
"""The cosine distance that rounding leaves between a vector and itself, generously."""
_FAULTS = (ChromaError, ValueError, KeyError, RuntimeError, OSError, AttributeError)
"""What Chroma raises over a damaged store, AttributeError when it is asked a second time."""
_REBUILD = "Run `tagayasu knowledge rebuild`: it takes seconds and embeds nothing again."


class Index:
    """Vectors of passages, each with the id of its document.

    `url` is a Chroma server's (http://host:port); without one the vectors are in `folder`.
    """

    def __init__(self, folder: Path, url: str = "") -> None:
        self._folder = folder
        self._url = url
        self._lock = threading.RLock()
        self._client: Any = None
        self._opened: Identity | None = None
        self._collection: Any = None
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the one writer's lock; UnavailableError when another process holds it."""
        with (self._folder / "writer.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UnavailableError(
                    "Another process is changing the documents of this workspace.",
                    "Wait until it has finished.",
                ) from None
            yield

    def put(
        self, library: Identity, ids: Sequence[str], vectors: Vectors, documents: Sequence[str]
    ) -> None:
        """Store the vectors of these passages, in place of what was stored under their ids."""
        with self._lock, _clear_faults():
            collection = self._open(library, create=True)
            for start in range(0, len(ids), _AT_ONCE):
                some = slice(start, start + _AT_ONCE)
                collection.upsert(
                    ids=list(ids[some]),
                    embeddings=vectors[some],
                    metadatas=[{"document": document} for document in documents[some]],
                )

    def remove(self, library: Identity, ids: Sequence[str]) -> None:
        with self._lock, _clear_faults():
            collection = self._open(library, create=True)
            for start in range(0, len(ids), _AT_ONCE):
                collection.delete(ids=list(ids[start : start + _AT_ONCE]))

    def ids(self, library: Identity, *, create: bool = False) -> set[str]:
        """The ids of all passages that the store holds.

        Raises WorkspaceError when it is missing, unless it is to be created then.
        """
        with self._lock, _clear_faults():
            collection = self._open(library, create=create)
            return set(collection.get(include=[])["ids"])

    def nearest(
        self,
        library: Identity,
        vector: Vectors,
        count: int,
        documents: Collection[str] | None = None,
    ) -> list[str]:
        """The ids of the passages nearest to a vector, of these documents or of all.

        Raises WorkspaceError when the store is missing, foreign or damaged.
        """
        with self._lock, _clear_faults():
            collection = self._open(library)
            found = collection.query(
                query_embeddings=vector.reshape(1, -1),
                n_results=count,
                where=None if documents is None else {"document": {"$in": sorted(documents)}},
                include=[],
            )
        return list(found["ids"][0])

    def check(self, library: Identity, samples: Sequence[Vectors]) -> None:
        """Raise WorkspaceError unless each of these passages' vectors is found again.

        Found is the vector, not the passage: several passages may have the same text.
        """
        for vector in samples:
            with self._lock, _clear_faults():
                found = self._open(library).query(
                    query_embeddings=vector.reshape(1, -1), n_results=1, include=["distances"]
                )
            distances = found["distances"][0]
            if not distances or distances[0] > _HAIR:
                raise _damaged()

    def clear(self) -> None:
        """Throw the store away, whatever state it is in."""
        with self._lock:
            self.close()
            # Whoever else in this process has the store open would keep the old one.
            SharedSystemClient.clear_system_cache()
            if self._url:
                with _clear_faults():
                    client = self._connect()
                    if any(c.name == _NAME for c in client.list_collections()):
                        client.delete_collection(_NAME)
                return
            for entry in self._folder.iterdir():
                if entry.name != "writer.lock":
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def _open(self, library: Identity, *, create: bool = False) -> Any:
        """The collection as of the library's generation."""
        if self._opened == library:
            return self._collection
        if not create:  # a writer's own client sees what it writes
            self.close()
        client = self._client = self._client or self._connect()
        try:
            collection = client.get_collection(_NAME, embedding_function=None)
        except NotFoundError:
            if not create:
                raise WorkspaceError("The passage index is missing.", _REBUILD) from None
            collection = client.create_collection(
                _NAME,
                embedding_function=None,
                metadata={"library": library.name},
                configuration={"hnsw": {"space": "cosine", "ef_search": 200}},
            )
        if (collection.metadata or {}).get("library") != library.name:
            raise WorkspaceError("The passage index is another library's.", _REBUILD)
        self._opened, self._collection = library, collection
        return collection

    def _connect(self) -> Any:
        settings = ChromaSettings(anonymized_telemetry=False)
        if not self._url:
            return chromadb.PersistentClient(path=str(self._folder), settings=settings)
        parts = urlsplit(self._url)
        try:
            return chromadb.HttpClient(
                host=parts.hostname or "",
                port=parts.port or (443 if parts.scheme == "https" else 80),
                ssl=parts.scheme == "https",
                settings=settings,
            )
        except _FAULTS as error:
            raise _silent() from error

    def close(self) -> None:
        """Let go of the store; it is opened again when it is needed."""
        if self._client is not None:
            self._client.close()
        self._client = self._collection = self._opened = None


_NAME = "passages"


@contextmanager
def _clear_faults() -> Iterator[None]:
    """Whatever goes wrong in the store has one remedy."""
    try:
        yield
    except (WorkspaceError, UnavailableError):
        raise
    except httpx.TransportError as error:
        raise _silent() from error
    except _FAULTS as error:
        raise _damaged() from error


def _silent() -> UnavailableError:
    return UnavailableError(
        "The Chroma server does not answer.",
        "Start it with `chroma run`, or correct `knowledge.url` in the settings.",
    )


def _damaged() -> WorkspaceError:
    return WorkspaceError("The passage index is damaged.", _REBUILD)
