"""What is looked through for every question: the library in memory, as of one generation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from crm.text import is_japanese
from knowledge.chunks import called_by, indexed_text, spoken
from knowledge.embeddings import Vectors
from knowledge.lexical import Letters, Scores, Words, terms
from knowledge.registry import Identity, Registry

Places = NDArray[np.int64]
_ENOUGH = 3
"""Passages by which a document's language is told."""
_UNRELATED = 0.75
"""The cosine that the default embeddings give to texts that have nothing in common."""


class Catalogue:
    """All documents and passages by their place in `documents` and `passages`.

    `owners` is the document of each passage, `of_document` the passages of each document.
    """

    def __init__(self, identity: Identity, registry: Registry) -> None:
        self.identity = identity
        self.passages = registry.passages()
        self.documents = list(dict.fromkeys(p.document for p in self.passages))
        place = {document.id: n for n, document in enumerate(self.documents)}
        self.place = {p.id: n for n, p in enumerate(self.passages)}
        self.owners = _places(place[p.document.id] for p in self.passages)
        self.of_document: list[list[int]] = [[] for _ in self.documents]
        for n, owner in enumerate(self.owners.tolist()):
            self.of_document[owner].append(n)
        self._japanese = np.array([self._is_japanese(n) for n in range(len(self.documents))], bool)
        self._words = Words([p.terms for p in self.passages], k1=0.9, b=0.4)
        self._covered = Words([p.terms for p in self.passages], k1=0.0, b=0.0)
        self._letters = Letters(
            [indexed_text(p.document.title, p.heading, p.text) for p in self.passages]
        )
        self._titles = _short([d.title for d in self.documents])
        self._bearers = _bearers([(n, d.title) for n, d in enumerate(self.documents)])
        self._paths = _short([spoken(called_by(d.path)) for d in self.documents])
        self._name(place, registry)

    def _name(self, place: Mapping[str, int], registry: Registry) -> None:
        named = [(place[id_], name) for id_, name in registry.names() if id_ in place]
        headings = [(n, name.name) for n, name in named if name.kind == "heading"]
        self._headings = _short([heading for _n, heading in headings])
        self._heading_owners = _places(n for n, _heading in headings)
        known = registry.vectors(name.digest for _n, name in named)
        kept = [(n, name) for n, name in named if name.digest in known]
        self._name_owners = _places(n for n, _name in kept)
        empty = np.zeros((0, self.identity.dimension or 0), np.float32)
        self._name_vectors = np.stack([known[name.digest] for _n, name in kept]) if kept else empty
        bearers = _bearers([(n, name.name) for n, name in kept])
        self._name_weights = 1 / (1 + np.log(bearers))

    def _is_japanese(self, document: int) -> bool:
        """By what a document says of its language, else by its own first passages."""
        said = self.documents[document].language
        first = (self.passages[n].text for n in self.of_document[document][:_ENOUGH])
        return said == "ja" if said else is_japanese("\n".join(first))

    def in_other_language(self, question: str) -> NDArray[np.bool_]:
        """Whether each document is in another language than the question."""
        found: NDArray[np.bool_] = self._japanese != is_japanese(question)
        return found

    def words(self, asked: Sequence[str]) -> Scores:
        """BM25 of each passage by words."""
        return self._words.scores(asked)

    def coverage(self, asked: Sequence[str]) -> Scores:
        """How much of a question's words each passage holds, however often."""
        return self._covered.shares(asked)

    def letters(self, question: str) -> Scores:
        """BM25 of each passage by runs of three letters."""
        return self._letters.scores(question)

    def title_words(self, asked: Sequence[str]) -> Scores:
        """How much of a question's words each document's title or path holds.

        A title that several documents bear tells as much less of each.
        """
        titles = self._titles.shares(asked) / self._bearers
        found: Scores = np.maximum(titles, self._paths.shares(asked))
        return found

    def heading_words(self, asked: Sequence[str]) -> Scores:
        """How much of a question's words the best heading of each document holds."""
        return self.best(self._headings.shares(asked), self._heading_owners)

    def names(self, vector: Vectors) -> Scores:
        """How much nearer a question is to each document's nearest name than to anything.

        A name that many documents bear (an overview, say) counts less: 1 / (1 + ln of how many).
        """
        nearer = (self._name_vectors @ vector - _UNRELATED) * self._name_weights
        return self.best(nearer, self._name_owners)

    def best(self, scores: Scores, owners: Places | None = None) -> Scores:
        """The best score of each document, of its passages unless other owners are given."""
        found = np.zeros(len(self.documents))
        np.maximum.at(found, self.owners if owners is None else owners, scores)
        return found


def _places(numbers: Iterable[int]) -> Places:
    return np.fromiter(numbers, dtype=np.int64)


def _short(texts: Iterable[str]) -> Words:
    return Words([terms(text) for text in texts], k1=1.2, b=0.75)


def _bearers(named: Sequence[tuple[int, str]]) -> Places:
    """How many documents bear each of these names, which are told with their documents."""
    counted = Counter(name for _document, name in set(named))
    return _places(counted[name] for _document, name in named)
