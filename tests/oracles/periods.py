"""A period is a first and a last day, both included; fiscal years are named by their first year."""

from __future__ import annotations

import re
from datetime import date, timedelta


def period(text: str, fiscal_start: int = 4) -> tuple[date, date]:
    """First and last day of FY2026, FY2026-H1, FY2026-Q2, 2026-04, 2026 (fiscal) or day/day.

    FY2026 starts in month fiscal_start of 2026.
    """
    if "/" in text:
        first, last = text.split("/")
        return date.fromisoformat(first), date.fromisoformat(last)
    month = re.fullmatch(r"(\d{4})-(\d{2})", text)
    if month:
        return months(int(month[1]), int(month[2]), 1)
    found = re.fullmatch(r"(?:FY)?(\d{4})(?:-?([HQ])(\d))?", text)
    if not found:
        raise ValueError(f"period {text!r}")
    year, kind, part = int(found[1]), found[2], int(found[3] or 1)
    length = {"H": 6, "Q": 3, None: 12}[kind]
    return months(year, fiscal_start + (part - 1) * length, length)


def months(year: int, month: int, count: int) -> tuple[date, date]:
    """The first and last day of `count` months from a month that may pass 12."""
    begin, after = year * 12 + month - 1, year * 12 + month - 1 + count
    last = date(after // 12, after % 12 + 1, 1) - timedelta(days=1)
    return date(begin // 12, begin % 12 + 1, 1), last
