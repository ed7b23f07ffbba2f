"""Periods include both their ends; what a fiscal year is comes from the settings."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from crm.errors import InputError

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""What is asked about lies between them: days far outside are slips of the pen."""


@dataclass(frozen=True, order=True)
class Period:
    """The days from `start` to `end`, both included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def contains(self, day: date) -> bool:
        return self.start <= day <= self.end

    def until(self, day: date) -> Period:
        """The part of the period up to and with `day`."""
        return Period(self.start, min(self.end, day))


def trailing(as_of: date, days: int, years_back: int = 0) -> Period:
    """The `days` that end on `as_of`, moved back by `years_back` times 365 days."""
    end = as_of - timedelta(days=365 * years_back)
    return Period(end - timedelta(days=days - 1), end)


def months(start: date, count: int) -> Period:
    """`count` whole months from the month of `start`."""
    first = start.replace(day=1)
    last = add_months(first, count) - timedelta(days=1)
    return Period(first, last)


def add_months(day: date, count: int) -> date:
    """The same day `count` months on, or the last day of that month."""
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def fiscal_year_of(day: date, start_month: int) -> int:
    """The fiscal year that a day lies in, named by the year in which it begins."""
    return day.year if day.month >= start_month else day.year - 1


_FORMS = {
    "range": re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})"),
    "month": re.compile(r"(\d{4})-(\d{2})"),
    "year": re.compile(r"(\d{4})"),
    "fiscal": re.compile(r"FY(\d{4})(?:(Q)([1-4])|(H)([12]))?"),
    "last_days": re.compile(r"last_(\d{1,4})_days"),
}
_RELATIVE = {
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
FORMS = (
    "2026-04-01..2026-09-30, 2026-04, 2026, FY2026, FY2026H1, FY2026Q2, last_90_days, "
    + ", ".join(_RELATIVE)
)


def parse_period(text: str, as_of: date, start_month: int) -> Period:
    """The period a text names, seen from `as_of`.

    Raises InputError that lists the forms when the text is none of them, or outside FIRST_DAY and
    LAST_DAY.
    """
    try:
        found = _parse(text.strip(), as_of, start_month)
    except (ValueError, OverflowError):
        found = None
    if found is None or not FIRST_DAY <= found.start <= found.end <= LAST_DAY:
        raise InputError(f"`{text}` is not a period.", f"Write one of: {FORMS}.")
    return found


def _parse(text: str, as_of: date, start_month: int) -> Period | None:
    if match := _FORMS["range"].fullmatch(text):
        return Period(date.fromisoformat(match[1]), date.fromisoformat(match[2]))
    if match := _FORMS["month"].fullmatch(text):
        return months(date(int(match[1]), int(match[2]), 1), 1)
    if match := _FORMS["year"].fullmatch(text):
        return months(date(int(match[1]), 1, 1), 12)
    if match := _FORMS["fiscal"].fullmatch(text):
        first = date(int(match[1]), start_month, 1)
        if match[2]:
            return months(add_months(first, 3 * (int(match[3]) - 1)), 3)
        if match[4]:
            return months(add_months(first, 6 * (int(match[5]) - 1)), 6)
        return months(first, 12)
    if match := _FORMS["last_days"].fullmatch(text):
        days = int(match[1])
        return trailing(as_of, days) if days else None
    if text in _RELATIVE:
        length, offset = _RELATIVE[text]
        first = date(fiscal_year_of(as_of, start_month), start_month, 1)
        elapsed = (as_of.year - first.year) * 12 + as_of.month - first.month
        return months(add_months(first, (elapsed // length + offset) * length), length)
    return None
