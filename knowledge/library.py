"""Documents go in, passages come out; every hit is checked again against registry and scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crm.settings import Knowledge
from knowledge.chunks import CUT, Chunk, chunk
from knowledge.documents import Document, read_documents
from knowledge.embeddings import Embeddings
from knowledge.index import Index
from knowledge.registry import Passage, Registry

_BATCH = 16

Progress = Callable[[int, int], None]
"""Called with (chunks done, chunks to do)."""


@dataclass(frozen=True)
class AddReport:
    """What adding documents did: how many were new or changed, how many chunks embedded."""

    documents: int
    unchanged: int
    chunks: int
    embedded: int


@dataclass(frozen=True)
class Hit:
    """A passage that fits a question, with its likeness (cosine, 0 to 1)."""

    passage: Passage
    score: float


class Library:
    """The workspace's playbooks, past plans and notes."""

    def __init__(
        self, registry: Registry, index: Index, embeddings: Embeddings, settings: Knowledge
    ) -> None:
        self._registry = registry
        self._index = index
        self._embeddings = embeddings
        self._settings = settings

    def add(self, path: Path, progress: Progress = lambda _done, _all: None) -> AddReport:
        """Read a file or folder; embed only the chunks that are new or changed."""
        found = read_documents(path)
        changed = [d for d in found if self._is_changed(d)]
        with self._index.writing():
            work = [self._plan(document) for document in changed]
            total = sum(len(new) for _d, _all, new, _gone in work)
            done = 0
            for document, parts, new, gone in work:
                for start in range(0, len(new), _BATCH):
                    batch = new[start : start + _BATCH]
                    self._embed(document, batch)
                    done += len(batch)
                    progress(done, total)
                self._registry.replace(document, parts, self._recipe)
                self._index.remove(gone)
        chunks = sum(len(parts) for _d, parts, _new, _gone in work)
        return AddReport(len(changed), len(found) - len(changed), chunks, total)

    def search(
        self,
        question: str,
        count: int,
        accounts: Sequence[str] | None,
        *,
        per_document: int = 2,
    ) -> list[Hit]:
        """The passages nearest in meaning, at or above the floor, few of each document.

        `accounts` are the ids the asker may see; None means all.
        """
        if not question.strip():
            return []
        vector = self._embeddings.query(question)
        near = self._index.nearest(vector, count * 4 + 10, accounts)
        registered = self._registry.passages(id_ for id_, _score in near)
        hits: list[Hit] = []
        taken: Counter[str] = Counter()
        for id_, score in near:
            passage = registered.get(id_)
            if passage is None or not _visible(passage, accounts):
                continue
            if score < self._settings.floor or taken[passage.path] >= per_document:
                continue
            taken[passage.path] += 1
            hits.append(Hit(passage, round(score, 4)))
        return hits[:count]

    def counts(self) -> tuple[int, int]:
        return self._registry.counts()

    @property
    def _recipe(self) -> str:
        """How chunks come about: when it changes, every document is cut and embedded anew."""
        return f"{self._embeddings.name};cut={CUT};size={self._settings.chunk_characters}"

    def _is_changed(self, document: Document) -> bool:
        """Whether it is new or edited, or the store has lost passages of it."""
        if self._registry.digest(document.id, self._recipe) != document.digest:
            return True
        return bool(self._index.missing(self._registry.chunk_digests(document.id, self._recipe)))

    def _plan(self, document: Document) -> tuple[Document, list[Chunk], list[Chunk], list[str]]:
        """The document's chunks, those to embed, and the ids of those that are gone."""
        parts = chunk(document, self._settings.chunk_characters)
        known = self._registry.chunk_digests(document.id, self._recipe)
        lost = self._index.missing(known)
        new = [p for p in parts if known.get(p.id) != p.digest or p.id in lost]
        gone = sorted(known.keys() - {part.id for part in parts})
        return document, parts, new, gone

    def _embed(self, document: Document, batch: Sequence[Chunk]) -> None:
        vectors = self._embeddings.passages([c.embedded_text(document.title) for c in batch])
        account = document.about.account or ""
        self._index.put([c.id for c in batch], vectors, [account] * len(batch))


def _visible(passage: Passage, accounts: Sequence[str] | None) -> bool:
    return passage.account is None or accounts is None or passage.account in accounts
