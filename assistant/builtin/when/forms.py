"""A period is written in the shortest form that `parse_period` takes, seen from today."""

from __future__ import annotations

from datetime import date, timedelta

from assistant.builtin.when.message import Message, parsed
from crm.periods import FORMS, Period, add_months, fiscal_year_of, months, parse_period

UNITS = {"年度": "fiscal_year", "会計年度": "fiscal_year", "年": "fiscal_year",
         "期": "fiscal_year", "fy": "fiscal_year", "fiscal year": "fiscal_year", "year": "year",
         "四半期": "quarter", "クォーター": "quarter", "クオーター": "quarter", "q": "quarter",
         "半期": "half", "mo": "month",
         "月": "month", "か月": "month", "週": "week", "日": "day"}  # fmt: skip
_LENGTHS = {"year": 12, "fiscal_year": 12, "half": 6, "quarter": 3, "month": 1}
NAMED = frozenset(FORMS.split(", "))
"""What `parse_period` lists: words such as this_quarter, and an example of each other form."""
_DAYS_ABOUT = {unit: 31 * length for unit, length in _LENGTHS.items()} | {"week": 7}
LONGEST = 9_999
"""What lies further back or ahead in days is a slip of the pen or another number."""


def from_to(start: date, end: date) -> str:
    """The days from one to another, both of them in it."""
    return f"{start.isoformat()}..{end.isoformat()}"


def shortest(period: Period, start_month: int) -> str:
    """The shortest form of a period: a month, a part of a fiscal year, a year, or its days."""
    year = fiscal_year_of(period.start, start_month)
    first = period.start
    if first.day == 1:
        quarter = (first.month - start_month) % 12 // 3 + 1
        named = {1: f"{first.year}-{first.month:02d}", 3: f"FY{year}Q{quarter}",
                 6: f"FY{year}H{(quarter + 1) // 2}", 12: f"FY{year}"}  # fmt: skip
        for form in (*named.values(), f"{first.year}"):
            if parsed(form, first, start_month) == period:
                return form
    return from_to(period.start, period.end)


def is_near(count: int, unit: str) -> bool:
    """Whether so many units lie near enough to today to be meant."""
    return 0 < count * _DAYS_ABOUT.get(unit, 1) <= LONGEST


def unit_from_today(unit: str, offset: int, at: Message) -> str:
    """The unit that lies `offset` units from the one of today."""
    name = f"{ {0: 'this', -1: 'last', 1: 'next'}.get(offset, '') }_{unit}"
    if name in NAMED:
        return name
    if unit == "day":
        day = at.as_of + timedelta(days=offset)
        return from_to(day, day)
    if unit == "week":
        monday = at.as_of + timedelta(days=7 * offset - at.as_of.weekday())
        return from_to(monday, monday + timedelta(days=6))
    if unit == "year":
        return str(at.as_of.year + offset)
    length = _LENGTHS[unit]
    this = parse_period(f"this_{unit}", at.as_of, at.start_month)
    return shortest(months(add_months(this.start, offset * length), length), at.start_month)


def last_or_next(count: int, unit: str, at: Message, sign: int = -1) -> str | None:
    """The last or next `count` units: days and months from today, quarters and years whole."""
    if not is_near(count, unit):
        return None
    if unit in ("quarter", "half", "fiscal_year"):
        ends = [at.span(unit_from_today(unit, sign * n, at)) for n in (1, count)]
        found = sorted(p for p in ends if p)
        return from_to(found[0].start, found[-1].end) if found else None
    tomorrow = at.as_of + timedelta(days=1)
    size = count * {"week": 7}.get(unit, 1) if unit in ("day", "week") else 0
    if size and sign < 0:
        return f"last_{size}_days"
    length = count * _LENGTHS.get(unit, 0)
    if length == 12 and sign < 0:
        return "last_365_days"
    far = add_months(tomorrow, sign * length) + timedelta(days=sign * size)
    return from_to(far, at.as_of) if sign < 0 else from_to(tomorrow, far - timedelta(days=1))


def to_date(unit: str, at: Message) -> str:
    """The unit of today as far as it has gone."""
    start = at.as_of.replace(month=1, day=1)
    if unit != "year" and (this := at.span(unit_from_today(unit, 0, at))):
        start = this.start
    return from_to(start, at.as_of)
