"""A message is read folded (NFKC, one case), on a day; each character keeps its raw place."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

from crm.errors import InputError
from crm.periods import Period, fiscal_year_of, parse_period


@dataclass(frozen=True)
class Message:
    """A folded message with the raw place of each of its characters, read on a day."""

    plain: str
    cased: str
    places: tuple[int, ...]
    as_of: date
    start_month: int

    @property
    def year(self) -> int:
        return fiscal_year_of(self.as_of, self.start_month)

    def span(self, form: str) -> Period | None:
        return parsed(form, self.as_of, self.start_month)


def folded(text: str) -> tuple[str, str, tuple[int, ...]]:
    """A message in one case, the same as cased, and the raw place of each character and the end."""
    chars, places = text, tuple(range(len(text) + 1))
    if not text.isascii():
        pairs = [(c, i) for i, raw in enumerate(text) for c in unicodedata.normalize("NFKC", raw)]
        chars, places = "".join(c for c, _i in pairs), (*(i for _c, i in pairs), len(text))
    cased = chars.replace("’", "'").replace("_", " ")
    lower = cased.lower()
    if len(lower) != len(cased):
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in cased)
    return lower, cased, places


def parsed(form: str, as_of: date, start_month: int) -> Period | None:
    """The days of a form; None where it is none, or lies outside what is recorded."""
    try:
        return parse_period(form, as_of, start_month)
    except InputError:
        return None
