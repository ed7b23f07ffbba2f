"""The passages that fit a question: meaning and words, of the text and of what it is called.

A document's score is the sum of seven likenesses, weighed (settings, knowledge.weights): the
meaning of the best passage, its words, how much of the question's words it covers, its letters, the
nearest of its names (title, headings, file, place), the words of its title or path, and the words
of its headings. Every hit is checked against the
registry and the asker's rights again before it leaves.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crm.errors import NotFoundError, WorkspaceError
from crm.settings import Knowledge
from knowledge.catalogue import Catalogue
from knowledge.documents import Kind
from knowledge.embeddings import Embeddings, Vectors
from knowledge.lexical import Scores, terms
from knowledge.registry import Identity, Passage, Registered, Registry, Viewer

if TYPE_CHECKING:
    from knowledge.index import Index

_LONG = 9
"""Words of a long question."""
_BESIDE = 0.05
"""How much less like the question than the best passage of its document another may be."""
_SHORTEST_ID = 8
"""Characters of a passage's id that are enough to name it."""
_CANDIDATES = 100
"""Passages taken from the vector store, and from the words, before documents are compared."""


@dataclass(frozen=True)
class Filters:
    """Which documents a question is about; None is any. `since` and `until` are days."""

    kind: Kind | None = None
    account: str | None = None
    industry: str | None = None
    stage: str | None = None
    since: date | None = None
    until: date | None = None

    def take(self, of: Registered) -> bool:
        """Whether a document fits; what it does not say of itself fits no filter."""
        wanted = (
            (self.kind, of.kind),
            (self.account, of.account),
            (self.industry, of.industry),
            (self.stage, of.stage),
        )
        if any(value is not None and value != own for value, own in wanted):
            return False
        if self.since is None and self.until is None:
            return True
        if of.date is None:
            return False
        return (self.since or of.date) <= of.date <= (self.until or of.date)


@dataclass(frozen=True)
class Likeness:
    """The account that a question is asked for: documents of the like weigh more."""

    industry: str | None = None
    stage: str | None = None
    employees: int | None = None

    def of(self, document: Registered) -> list[str]:
        """In what a document is about the like of it; a size within half and double is alike."""
        found = []
        if self.industry is not None and self.industry == document.industry:
            found.append("same_industry")
        if self.stage is not None and self.stage == document.stage:
            found.append("same_stage")
        ours, theirs = self.employees or 0, document.employees or 0
        if 0 < max(ours, theirs) <= 2 * min(ours, theirs):
            found.append("same_size")
        return found


@dataclass(frozen=True)
class _Likenesses:
    """A question beside the library: its vector; words, coverage and letters by passage, the rest
    by document.

    Letters help where a question has many words; of a short one they find what only looks alike.
    """

    vector: Vectors
    words: Scores
    coverage: Scores
    letters: Scores
    names: Scores
    title_words: Scores
    heading_words: Scores


@dataclass(frozen=True)
class Hit:
    """A passage that fits a question.

    `score` is the likeness of the passage's meaning (cosine, 0 to 1); `reasons` says what made its
    document weigh more or less: same_industry, same_stage, same_size, achieved, partly, missed.
    """

    passage: Passage
    score: float
    reasons: tuple[str, ...] = ()


class Retrieval:
    """Searches a library; what it keeps in memory follows the registry's generation."""

    def __init__(
        self, registry: Registry, index: Index, embeddings: Embeddings, settings: Knowledge
    ) -> None:
        self._registry = registry
        self._index = index
        self._embeddings = embeddings
        self._settings = settings
        self._lock = threading.Lock()
        self._catalogue: Catalogue | None = None

    def search(
        self,
        question: str,
        viewer: Viewer,
        *,
        count: int,
        per_document: int = 2,
        filters: Filters = Filters(),
        like: Likeness = Likeness(),
    ) -> list[Hit]:
        """The passages that fit best, of documents at or above the floor, best document first.

        Raises WorkspaceError when the index is missing or damaged, or the embeddings have changed.
        """
        if not question.strip():
            return []
        catalogue = self.catalogue()
        allowed = np.array(
            [viewer.may_see(d) and filters.take(d) for d in catalogue.documents], dtype=bool
        )
        if not allowed.any():
            return []
        likenesses = self._likenesses(catalogue, question)
        meaning = self._meaning(catalogue, likenesses, allowed)
        weighed = []
        best = _best(catalogue, meaning)
        floors = self._floors(catalogue, question)
        for n, score in self._scored(catalogue, likenesses, best).items():
            if score < floors[n] and best[n] < self._settings.meaning_floor:
                continue
            reasons, more = self._reasons(catalogue.documents[n], like)
            weighed.append((-score - more, n, reasons))
        hits: list[Hit] = []
        for _score, n, reasons in sorted(weighed):
            mine = [(meaning[p], p) for p in catalogue.of_document[n] if p in meaning]
            mine.sort(key=lambda pair: (-pair[0], pair[1]))
            hits += [
                Hit(catalogue.passages[p], round(likeness, 4), reasons)
                for likeness, p in mine[:per_document]
                if likeness >= mine[0][0] - _BESIDE
            ]
        return self._checked(hits[: 2 * count], viewer)[:count]

    def around(self, id_: str, viewer: Viewer) -> list[Passage]:
        """A passage with the one before and the one after it in its document, in their order.

        `id_` may be its beginning, of eight characters or more. Raises NotFoundError when there is
        no such passage or the asker may not see it.
        """
        catalogue = self.catalogue()
        long_enough = len(id_) >= _SHORTEST_ID
        meant = [
            n for n, p in enumerate(catalogue.passages) if long_enough and p.id.startswith(id_)
        ]
        is_one = len(meant) == 1 and len(id_) >= _SHORTEST_ID
        owner = catalogue.of_document[int(catalogue.owners[meant[0]])] if is_one else []
        near = [catalogue.passages[n].id for n in owner if abs(n - meant[0]) <= 1]
        now = {p.id: p for p in self._registry.passages(near)}
        found = [now[near_id] for near_id in near if near_id in now]
        if not any(p.id.startswith(id_) and viewer.may_see(p.document) for p in found):
            raise NotFoundError(
                f"There is no passage `{id_}`.", "Search again: its document may have changed."
            )
        return found

    def catalogue(self) -> Catalogue:
        """The library as of now; the store is checked against it when it is read anew."""
        identity = self._registry.identity()
        with self._lock:
            if self._catalogue is None or self._catalogue.identity != identity:
                self.require(identity)
                found = Catalogue(identity, self._registry)
                self._check(found)
                self._catalogue = found
            return self._catalogue

    def require(self, identity: Identity) -> None:
        """Raise WorkspaceError when a library's vectors are of other embeddings than ours."""
        ours = (self._embeddings.name, self._embeddings.dimension)
        if identity.model is not None and (identity.model, identity.dimension) != ours:
            raise WorkspaceError(
                f"The documents were embedded with {identity.model}, the settings say {ours[0]}.",
                "Run `tagayasu knowledge rebuild` to embed them anew, or change the setting back.",
            )

    def _check(self, found: Catalogue) -> None:
        """The first, the middle and the last passage must be found by their own vectors."""
        if not found.passages:
            return
        places = (0, len(found.passages) // 2, -1)
        samples = {found.passages[n].digest for n in places}
        known = self._registry.vectors(samples)
        if len(known) < len(samples):
            raise WorkspaceError(
                "Passages of this library have no vectors.", "Run `tagayasu knowledge rebuild`."
            )
        self._index.check(found.identity, list(known.values()))

    def _likenesses(self, catalogue: Catalogue, question: str) -> _Likenesses:
        vector, asked = self._embeddings.query(question), terms(question)
        return _Likenesses(
            vector=vector,
            words=catalogue.words(asked),
            coverage=catalogue.coverage(asked),
            letters=catalogue.letters(question) * min(1.0, len(set(asked)) / _LONG) ** 2,
            names=catalogue.names(vector),
            title_words=catalogue.title_words(asked),
            heading_words=catalogue.heading_words(asked),
        )

    def _meaning(
        self, catalogue: Catalogue, likenesses: _Likenesses, allowed: NDArray[np.bool_]
    ) -> dict[int, float]:
        """The cosine of every passage that may be meant, by its place.

        Candidates are the nearest of the vector store, those with most of the words, and the
        passages of the documents whose names come nearest.
        """
        among = None
        if not allowed.all():
            among = [catalogue.documents[n].id for n in np.flatnonzero(allowed)]
        near = self._index.nearest(catalogue.identity, likenesses.vector, _CANDIDATES, among)
        places = {catalogue.place[id_] for id_ in near if id_ in catalogue.place}
        places |= _top(likenesses.words * allowed[catalogue.owners], _CANDIDATES)
        for scores in (likenesses.names, likenesses.title_words, likenesses.heading_words):
            for n in _top(scores * allowed, _CANDIDATES // 10):
                places.update(catalogue.of_document[n][:_CANDIDATES])
        places = {p for p in places if allowed[catalogue.owners[p]]}
        digests = {p: catalogue.passages[p].digest for p in sorted(places)}
        known = self._registry.vectors(digests.values())
        return {p: float(known[d] @ likenesses.vector) for p, d in digests.items() if d in known}

    def _scored(
        self, catalogue: Catalogue, likenesses: _Likenesses, best: Mapping[int, float]
    ) -> dict[int, float]:
        """The score of each document that has a passage among the candidates."""
        weights = {name: float(weight) for name, weight in self._settings.weights.items()}
        parts = {
            "names": likenesses.names,
            "words": catalogue.best(likenesses.words),
            "coverage": catalogue.best(likenesses.coverage),
            "letters": catalogue.best(likenesses.letters),
            "title_words": likenesses.title_words,
            "heading_words": likenesses.heading_words,
        }
        return {
            n: weights.get("meaning", 0.0) * likeness
            + sum(weights.get(name, 0.0) * float(part[n]) for name, part in parts.items())
            for n, likeness in best.items()
        }

    def _floors(self, catalogue: Catalogue, question: str) -> Scores:
        """The score that each document needs: less across languages, where all likeness is less."""
        less = float(self._settings.other_language)
        other = catalogue.in_other_language(question).astype(np.float64)
        return float(self._settings.floor) - less * other

    def _reasons(self, of: Registered, like: Likeness) -> tuple[tuple[str, ...], float]:
        """What speaks for a document, or against it, beside the question; and how much."""
        found = like.of(of)
        if of.kind == "past_plan" and of.outcome is not None:
            found.append(of.outcome)
        return tuple(found), float(sum(self._settings.likeness.get(code, 0) for code in found))

    def _checked(self, hits: Sequence[Hit], viewer: Viewer) -> list[Hit]:
        """The hits that are registered this moment, and that the asker may see this moment."""
        now = {p.id: p for p in self._registry.passages([h.passage.id for h in hits])}
        return [
            Hit(now[hit.passage.id], hit.score, hit.reasons)
            for hit in hits
            if hit.passage.id in now and viewer.may_see(now[hit.passage.id].document)
        ]


def _best(catalogue: Catalogue, meaning: Mapping[int, float]) -> dict[int, float]:
    """The likeness of each document's best candidate."""
    found: dict[int, float] = {}
    for place, likeness in meaning.items():
        owner = int(catalogue.owners[place])
        found[owner] = max(found.get(owner, -1.0), likeness)
    return found


def _top(scores: Scores, count: int) -> set[int]:
    """The places of the largest scores above zero."""
    found = np.argsort(-scores, kind="stable")[:count]
    return {int(n) for n in found if scores[n] > 0}
