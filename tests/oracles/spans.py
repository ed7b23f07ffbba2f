"""A period text names whole days, first and last included; every form of the product is read here.

Independent of crm.periods: a span is a plain pair of dates, counted in months from year zero.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

Span = tuple[date, date]
Asked = str | Span | None
RELATIVE = {
    "this_fiscal_year": (12, 0),
    "last_fiscal_year": (12, -1),
    "this_half": (6, 0),
    "last_half": (6, -1),
    "this_quarter": (3, 0),
    "last_quarter": (3, -1),
    "this_month": (1, 0),
    "last_month": (1, -1),
    "next_month": (1, 1),
    "next_quarter": (3, 1),
}


def from_month(index: int, count: int) -> Span:
    """`count` months from month `index` (year x 12 + month - 1)."""
    after = index + count
    last = date(after // 12, after % 12 + 1, 1) - timedelta(days=1)
    return date(index // 12, index % 12 + 1, 1), last


@lru_cache(maxsize=4096)
def span(text: str, as_of: date, fiscal_start: int = 4) -> Span:
    """First and last day of a text as the tools take it; ValueError when it is none.

    2026-04-01..2026-09-30, 2026-04, 2026 (calendar), FY2026, FY2026H1, FY2026Q2, last_90_days,
    this_half and the other RELATIVE ones.
    """
    text = text.strip()
    if ".." in text:
        first, last = (date.fromisoformat(part) for part in text.split(".."))
        return first, last
    if found := re.fullmatch(r"(\d{4})-(\d{2})", text):
        return from_month(int(found[1]) * 12 + int(found[2]) - 1, 1)
    if re.fullmatch(r"\d{4}", text):
        return from_month(int(text) * 12, 12)
    if found := re.fullmatch(r"FY(\d{4})(?:([HQ])([1-4]))?", text):
        length = {"H": 6, "Q": 3, None: 12}[found[2]]
        begin = int(found[1]) * 12 + fiscal_start - 1 + (int(found[3] or 1) - 1) * length
        return from_month(begin, length)
    if found := re.fullmatch(r"last_(\d+)_days", text):
        return as_of - timedelta(days=int(found[1]) - 1), as_of
    if text in RELATIVE:
        length, offset = RELATIVE[text]
        now = as_of.year * 12 + as_of.month - 1
        begin = now - (now - (fiscal_start - 1)) % 12  # the month the fiscal year began in
        return from_month(begin + ((now - begin) // length + offset) * length, length)
    raise ValueError(f"period {text!r}")


def asked(period: Asked, as_of: date, fiscal_start: int = 4) -> Span:
    """The asked days, not cut: a text, a pair of dates, or None for the trailing 365 days."""
    if period is None:
        return as_of - timedelta(days=364), as_of
    return span(period, as_of, fiscal_start) if isinstance(period, str) else period


def cut(period: Asked, as_of: date, fiscal_start: int = 4) -> Span:
    """The asked days up to and with as_of; the last day precedes the first when none is left."""
    first, last = asked(period, as_of, fiscal_start)
    return first, min(last, as_of)


def length(days: Span) -> int:
    """How many days a span has; 0 when its last day precedes its first."""
    return max((days[1] - days[0]).days + 1, 0)


def overlap(one: Span, other: Span) -> Span:
    """The days in both."""
    return max(one[0], other[0]), min(one[1], other[1])


def holds(outer: Span, inner: Span) -> bool:
    """Whether every day of `inner` lies in `outer`."""
    return outer[0] <= inner[0] and inner[1] <= outer[1]
