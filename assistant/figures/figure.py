"""A figure is a value with its precision and what it counts; how it is written does not matter."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal[
    "number", "percent", "points", "money", "days", "hours", "months", "times", "date", "period",
    "rank",
]  # fmt: skip
Parts = tuple[int | None, int | None, int | None]
"""Year, month and day of a date, None where not written."""


@dataclass(frozen=True)
class Span:
    """A fiscal year, or its half or quarter of that number; the year is None where not written."""

    year: int | None
    part: Literal["year", "half", "quarter"]
    number: int = 0


@dataclass(frozen=True)
class Figure:
    """One figure: where it stands, its value, how finely it is written, and what it counts.

    `value` of a percentage is the fraction; `step` is the unit of its last digit. `noun` narrows a
    number to what it counts (count, occasions, accounts, people, year, score), a sum to a currency.
    A date's `value` is None; its parts stand in `day`, a fiscal period in `span`. `bound` says that
    more or less is meant than the value; `other` is what the same writing may mean as well.
    """

    text: str
    start: int
    end: int
    kind: Kind
    value: Decimal | None = None
    step: Decimal = Decimal(1)
    noun: str | None = None
    day: Parts | None = None
    span: Span | None = None
    bound: Literal["above", "below"] | None = None
    other: Figure | None = None
