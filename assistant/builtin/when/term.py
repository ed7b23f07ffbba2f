"""A term is one expression of time; its year may be said elsewhere, or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from assistant.builtin.when.message import Message

JOINED_ONLY, IN_CONTEXT, SURE = range(3)
"""Whether words count only beside a year, where words around them are of time, or always."""


@dataclass(frozen=True)
class Term:
    """One expression of time: a period whose `{y}` is a year that is not said.

    `month` stands where that year is a calendar year, 0 where it is a fiscal one. `years` are the
    fiscal and the calendar year that a year may stand for. `trust` tells how much must stand
    beside the words before they count.
    """

    start: int
    end: int
    form: str
    month: int = 0
    years: tuple[int | None, int | None] = (None, None)
    trust: int = SURE

    @property
    def is_year(self) -> bool:
        return self.years != (None, None)

    @property
    def is_open(self) -> bool:
        return "{y}" in self.form


Reader = Callable[[re.Match[str], Message], Term | None]


def group(m: re.Match[str], name: str) -> str:
    return m.groupdict().get(name) or ""


def of_form(m: re.Match[str], form: str | None, month: int = 0, trust: int = SURE) -> Term | None:
    return Term(m.start(), m.end(), form, month, trust=trust) if form else None


def of_year(
    m: re.Match[str], fiscal: int | None, calendar: int | None, form: str = "", trust: int = SURE
) -> Term:
    form = form or (f"FY{fiscal}" if fiscal else f"{calendar}")
    return Term(m.start(), m.end(), form, years=(fiscal, calendar), trust=trust)
