"""A message is cut where each part asks something of its own."""

from __future__ import annotations

import re

from assistant.builtin.entities import whole_names
from assistant.builtin.reading.clause import Clauses
from assistant.builtin.reading.ground import Ground
from assistant.builtin.understand import Guess

_SEVERAL = 2
_SHORTEST_CLAUSE, _SHORTEST_HALF = 6, 3
_CLEAR_ALONE = 0.92
_CLEAR, _CLEAR_BY_WORD = 0.95, 0.9
"""The score at which a part asks something by itself, and with a word of its intent."""
_CLAUSE = re.compile(
    r"(?<=[。！？!?\n])\s*|(?<=[a-z])\.\s+(?=[A-Z])|[;；]\s*|"
    r"、?(?:それと|それから|あと、|あわせて|併せて|ついでに|加えて)、?|"
    r",?\s+(?:and also|also,|and then|as well as)\s+",
)
_WEAK_CLAUSE = re.compile(
    r"、と|と、|、|,\s+(?:and\s+)?|\s+and\s+|(?<=[^とに])と(?=[^のはこかもいうしなきっ])"
)


class Cutter:
    """Cuts the messages of a turn."""

    def __init__(self, ground: Ground, clauses: Clauses) -> None:
        self._understanding, self._accounts = ground.understanding, ground.accounts
        self._clauses = clauses

    def parts(self, text: str) -> list[str]:
        """The parts of a message, in order; what asks nothing by itself stays beside another."""
        parts = [part.strip() for part in _CLAUSE.split(text) if part and part.strip()]
        found: list[str] = []
        for part in parts or [text]:
            found += self._halves(part)
        merged: list[str] = []
        for part in found:
            if merged and not self._asks(part):
                merged[-1] = f"{merged[-1]} {part}"
            else:
                merged.append(part)
        if len(merged) > 1 and not self._asks(merged[0]):
            merged[:2] = [f"{merged[0]} {merged[1]}"]
        return merged

    def _halves(self, text: str) -> list[str]:
        """A part cut at a comma or "and" where both sides ask different things clearly."""
        names = whole_names(text, self._accounts)
        if len(self._understanding.intents_by_words(text)) < _SEVERAL > len(names):
            return [text]
        whole = self._understanding.guess(self._clauses.parsed(text).masked)[0]
        if whole.intent.name == "compare_grids":
            return [text]  # it names what it compares
        for match in _WEAK_CLAUSE.finditer(text):
            one, other = text[: match.start()], text[match.end() :]
            if self._differ(one, other):
                return [one, *self._halves(other)]
        return [text]

    def _differ(self, one: str, other: str) -> bool:
        if min(len(one), len(other)) < _SHORTEST_HALF:
            return False
        first, second = self._clear(one), self._clear(other)
        if first is None or second is None:
            return False
        return first.intent.tool != second.intent.tool or (
            bool(whole_names(one, self._accounts)) and bool(whole_names(other, self._accounts))
        )

    def _clear(self, text: str) -> Guess | None:
        """The intent of a part that asks by its own words; None when it is not clear."""
        parsed = self._clauses.parsed(text)
        if not parsed.left:
            return None  # a name, or what only changes an argument
        best = self._understanding.guess(parsed.masked)[0]
        sure = best.score >= (_CLEAR_BY_WORD if best.words else _CLEAR)
        return best if sure and best.intent.tool else None

    def _asks(self, text: str) -> bool:
        """Whether a sentence of a message asks something by itself."""
        if len(text) < _SHORTEST_CLAUSE:
            return False
        parsed = self._clauses.parsed(text)
        if not parsed.left:
            return parsed.has_account
        best = self._understanding.guess(parsed.masked)[0]
        return best.score >= (_CLEAR_BY_WORD if best.words else _CLEAR_ALONE)
