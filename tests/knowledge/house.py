"""A library in a folder with its parts at hand, and embeddings that take no time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import migrations
from crm.database import Place, open_database
from crm.settings import Knowledge
from knowledge.embeddings import Vectors
from knowledge.index import Index
from knowledge.library import Library
from knowledge.registry import Registry, Viewer
from knowledge.retrieval import Hit
from tests.fakes import TrigramEmbeddings

EVERYTHING = Viewer()


class Counting(TrigramEmbeddings):
    """Remembers what it embedded."""

    def __init__(self, name: str = "test:trigrams") -> None:
        self.name = name
        self.embedded: list[str] = []

    def passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        return super().passages(texts)


class House:
    """A library in a folder, with its parts at hand."""

    def __init__(
        self,
        folder: Path,
        embeddings: Counting | None = None,
        floor: str = "0",
        url: str = "",
        other_language: str = "0",
        place: Place | None = None,
    ) -> None:
        self.folder = folder
        self.embeddings = embeddings or Counting()
        self.engine = open_database(place or folder / "state.db")
        migrations.upgrade(self.engine)
        self.registry = Registry(self.engine)
        self.index = Index(folder / "knowledge", url)
        settings = Knowledge.model_validate(
            {
                "floor": floor,
                "meaning_floor": floor,
                "other_language": other_language,
                "chunk_characters": 200,
            }
        )
        self.library = Library(self.registry, self.index, self.embeddings, settings)

    def write(self, name: str, text: str, **about: str) -> Path:
        docs = self.folder / "docs"
        docs.mkdir(exist_ok=True)
        head = "\n".join(f"{key}: {value}" for key, value in about.items())
        (docs / name).write_text(f"---\n{head}\n---\n{text}" if about else text, encoding="utf-8")
        return docs

    def hits(self, question: str, viewer: Viewer = EVERYTHING, **more: Any) -> list[Hit]:
        return self.library.retrieval.search(question, viewer, **{"count": 10, **more})

    def found(self, question: str, accounts: Sequence[str] | None = None, **more: Any) -> list[str]:
        viewer = EVERYTHING if accounts is None else Viewer(frozenset(accounts))
        return [hit.passage.text for hit in self.hits(question, viewer, **more)]
