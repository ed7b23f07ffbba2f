"""A row of a table, read field by field; what a field cannot take is left, with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assistant.planning.importing.headings import is_nothing, why
from assistant.planning.importing.tables import Column
from assistant.planning.importing.values import Calendar, Figure, Scale, figure, scale, span
from crm.settings import Language
from tools.facts import Text

NAME, WORDS = 200, 2000
"""Characters that a name and a text of a plan can have."""
_BRACKETED = re.compile(r"(?P<before>.+?)\s*[（(](?P<inner>[^()（）]+)[)）]")
Leave = Callable[[str, str, Text], None]
"""Called with a text, its place, and why it was not placed."""


@dataclass(frozen=True)
class Context:
    """By what cells are read: the days of the plan, its currency and language, and where to leave
    what cannot be placed."""

    calendar: Calendar
    currency: str
    language: Language
    leave: Leave


@dataclass(frozen=True)
class Row:
    """The cells of a row by the field they belong to; `unit` is what is stated for the whole table.

    A cell that says nothing (—, 未定) is as good as blank.
    """

    context: Context
    place: str
    cells: Mapping[str, tuple[str, Column]]
    text: str
    unit: Scale | None = None

    def get(self, field: str) -> str | None:
        """A cell as written; None where it says nothing."""
        text = self.cells[field][0] if field in self.cells else ""
        return None if is_nothing(text) else text

    def leave(self, field: str, reason: Text) -> None:
        """A cell is not placed."""
        text, named = self.cells[field]
        self.context.leave(f"{named.name}: {text}" if named.name else text, self.place, reason)

    def name(self, field: str) -> str | None:
        return self._up_to(NAME, field)

    def words(self, field: str) -> str | None:
        return self._up_to(WORDS, field)

    def span(self, field: str) -> tuple[date, date] | None:
        """The first and last day that a cell names."""
        text = self.get(field)
        found = span(text, self.context.calendar) if text else None
        if text and found is None:
            self.leave(field, why("day"))
        return (found.start, found.end) if found else None

    def day(self, field: str, *, is_start: bool = False) -> date | None:
        """The day of a cell: the last one of a month or quarter, or the first."""
        found = self.span(field)
        return found[0 if is_start else 1] if found else None

    def money(self, field: str) -> Decimal | None:
        """An amount in the plan's currency."""
        found = self.figure(field, self.unit)
        if found is None:
            return None
        currency = self.context.currency
        if found.unit == currency or (found.is_scaled and currency == "JPY"):
            return found.value
        if found.unit is None:
            self.leave(field, why("unit"))
        elif found.unit.isupper():
            self.leave(field, why("currency", currency=currency))
        else:
            self.leave(field, why("money", currency=currency))
        return None

    def figure(self, field: str, unit: Scale | None) -> Figure | None:
        """The figure of a cell; `unit` is what it is in where neither it nor its column says so."""
        text = self.get(field)
        if text is None:
            return None
        found = figure(text, self.cells[field][1].scale or unit)
        if found is None:
            self.leave(field, why("amount"))
        return found

    def unit_of(self, field: str) -> Scale | None:
        """The unit that a cell states."""
        text = self.name(field)
        return (scale(text) or Scale(text)) if text else self.unit

    def _up_to(self, limit: int, field: str) -> str | None:
        text = self.get(field)
        if text is not None and len(text) > limit:
            self.leave(field, why("long", limit=limit))
            return None
        return text


def bracketed(text: str) -> tuple[str, str | None]:
    """A text and what stands in brackets at its end."""
    match = _BRACKETED.fullmatch(text)
    return (match["before"], match["inner"]) if match else (text, None)
