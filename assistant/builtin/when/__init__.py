"""A period is found only where a message names one: a comparison, an amount or a code is none.

The message is read folded (NFKC, one case); what is found stands by its place in the raw text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import date

from assistant.builtin.when.message import Message, folded
from assistant.builtin.when.said import Said, said_alone, said_range
from assistant.builtin.when.shift import shifted
from assistant.builtin.when.terms import counts, terms_of

__all__ = ["Said", "find_period", "find_periods", "folded", "shifted"]

_AGAIN = re.compile(r"\s?\([^)]*\)")


def _read(text: str, as_of: date, fiscal_start: int) -> Iterator[Said]:
    at = Message(*folded(text), as_of, fiscal_start)
    terms = terms_of(at)
    done = 0
    for index, one in enumerate(terms):
        if one.start < done:
            continue
        said = said_range(one, terms[index + 1], at, text) if index + 1 < len(terms) else None
        if not said and counts(one, at):
            said = said_alone(one, at, text)
        if said and said.start >= at.places[done]:
            yield said
            done = _after(at, bisect_left(at.places, said.end))


def _after(at: Message, end: int) -> int:
    """Where a period ends with the brackets that say it again: 第2四半期(7-9月)."""
    again = _AGAIN.match(at.plain, end)
    return again.end() if again else end


def find_periods(text: str, as_of: date, fiscal_start: int) -> list[Said]:
    """Every period a message names, in order, not overlapping, seen from `as_of`.

    A month without a year is the most recent that has begun, a quarter or half without one is of
    this fiscal year; 今年 and 去年 alone are fiscal years; a year of months up to today is
    `last_365_days`. `fiscal_start` is the month in which the fiscal year begins.
    """
    return list(_read(text, as_of, fiscal_start))


def find_period(text: str, as_of: date, fiscal_start: int) -> Said | None:
    """The first period a message names; one that is only compared with is none."""
    return next((s for s in _read(text, as_of, fiscal_start) if not s.is_compared), None)
