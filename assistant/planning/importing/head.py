"""The beginning of a document: whose plan it is, for whom and for which days.

What the data know better, the account and its owner, is theirs; the document cannot change it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from assistant.planning.importing.headings import data, is_nothing, label, labels, why
from assistant.planning.importing.row import WORDS, Leave
from assistant.planning.importing.values import Calendar, Scale, day, scale, span
from crm.names import match_key, normal
from crm.periods import Period
from plans.model import Head
from tools.facts import Text

_LONGEST_TITLE = 120
_HONORIFIC = re.compile(r"\s*(?:様|御中|殿|さま)$")
_EDGES = " 　.。、,;；|/"


@dataclass
class HeadReader:
    """The head of the plan as the document says; `unit` is what it states for all its figures.

    `is_asked` tells that the period was asked for, and `count` how much was placed.
    """

    head: Head
    calendar: Calendar
    is_asked: bool
    leave: Leave
    unit: Scale | None = None
    count: int = 0
    purposes: list[str] = field(default_factory=list)

    def title(self, text: str) -> None:
        """The title of the document is that of the plan."""
        self._set(title=text)

    def is_title(self, text: str) -> bool:
        """Whether one of the first lines of a document is a title."""
        key = normal(text)
        known = any(normal(word) in key for word in data()["title"]) or self.names(text)
        return known and self.is_short(text)

    def is_short(self, text: str) -> bool:
        """Whether a text may be a title by its form."""
        is_sentence = text.endswith(("。", ".")) or ":" in normal(text)
        return len(text) <= _LONGEST_TITLE and not is_sentence

    def is_cover(self, text: str) -> bool:
        """Whether a line is what a cover says above its title, as our own documents do."""
        return match_key(text) in {match_key(words) for words in data()["cover"]}

    def names(self, text: str) -> bool:
        """Whether the account's name stands in a text."""
        return match_key(self.head.account_name) in match_key(text)

    def line(self, text: str, place: str) -> str | None:
        """Take what is said behind known words and a colon; what is left of the line, if any."""
        rest = []
        for code, value, whole in _labelled(text):
            if code is None:
                rest.append(whole)
            else:
                self.take(code, value, whole, place)
        left = " ".join(rest)
        return left or None

    def take(self, code: str, value: str, whole: str, place: str) -> None:
        """One thing said about the plan; `whole` is listed where it cannot be placed."""
        if is_nothing(value):
            return
        left: Text | None = getattr(self, f"_{code}")(value)
        if left is not None:
            self.leave(whole, place, left)

    def purpose(self, text: str) -> bool:
        """Whether the purpose, with what is said of it so far, fits the plan."""
        together = "\n".join([*self.purposes, text])
        if len(together) > WORDS:
            return False
        self.purposes.append(text)
        self._set(purpose=together)
        return True

    def _set(self, **changed: Any) -> None:
        self.head = Head(**{**dict(self.head), **changed})
        self.count += 1

    # ------------------------------------------------------------------ by label: a reason, or None

    def _period(self, value: str) -> Text | None:
        found = span(value, self.calendar)
        if found is None or found.days < 28:
            return why("day")
        if self.is_asked and found != self.calendar.period:
            return why("period", value=f"{self.head.start}..{self.head.end}")
        self._set(start=found.start, end=found.end)
        self.calendar = replace(self.calendar, period=Period(found.start, found.end))
        return None

    def _owner(self, value: str) -> Text | None:
        return self._known(value, self.head.owner)

    def _account(self, value: str) -> Text | None:
        return self._known(_HONORIFIC.sub("", value), self.head.account_name)

    def _known(self, value: str, known: str | None) -> Text | None:
        if match_key(value) != match_key(known or ""):
            return why("base", value=known or "—")
        self.count += 1
        return None

    def _as_of(self, value: str) -> Text | None:
        found = day(value, self.calendar)
        if found is None or found > self.head.as_of:
            return why("day")
        self._set(as_of=found)
        return None

    def _purpose(self, value: str) -> Text | None:
        return None if self.purpose(value) else why("long", limit=WORDS)

    def _unit(self, value: str) -> Text | None:
        self.unit = scale(value)
        return None if self.unit else why("unit")

    def _currency(self, value: str) -> Text | None:
        stated = scale(value)
        if stated is None or stated.unit != self.head.currency:
            return why("currency", currency=self.head.currency)
        return None


def _labelled(text: str) -> Iterator[tuple[str | None, str, str]]:
    """The parts of a line: what each is about, its value, and the whole part."""
    found = list(_pattern().finditer(text))
    if not found:
        yield None, "", text
        return
    first = text[: found[0].start()]
    if first.strip(_EDGES):
        yield None, "", first.strip()
    ends = [match.start() for match in found[1:]] + [len(text)]
    for match, end in zip(found, ends, strict=True):
        value = text[match.end() : end].strip(_EDGES)
        yield label(match["label"]), value, text[match.start() : end].strip(_EDGES)


@cache
def _pattern() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in labels())
    return re.compile(
        rf"(?:^|(?<=[\s.。、,;；|/]))(?P<label>{words})(?:\s*[:：]\s*|\s+(?=[0-9]))", re.IGNORECASE
    )
