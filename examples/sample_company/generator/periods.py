"""Dates never come from the clock: 2023-10-01 to 2026-09-30, fiscal year from April."""

from datetime import date, timedelta

START = date(2023, 10, 1)
AS_OF = date(2026, 9, 30)
MONTHS = tuple(date(2023 + (9 + i) // 12, (9 + i) % 12 + 1, 1) for i in range(36))


def days_ago(days: int) -> date:
    """The date that many days before the end of the data."""
    return AS_OF - timedelta(days=days)


def month_index(day: date) -> int:
    """0 for October 2023, 35 for September 2026."""
    return (day.year - 2023) * 12 + day.month - 10


def month_label(month: date) -> str:
    """`2026-04` for April 2026."""
    return f"{month.year:04d}-{month.month:02d}"


def fiscal_year(day: date) -> int:
    """2026 for 2026-04-01 to 2027-03-31."""
    return day.year if day.month >= 4 else day.year - 1


def month_end(month: date) -> date:
    """The last day of the month."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return following - timedelta(days=1)


def is_working_day(day: date) -> bool:
    """Neither a weekend nor the year-end, Golden Week and mid-August shutdowns."""
    shut = (
        (day.month == 12 and day.day >= 29)
        or (day.month == 1 and day.day <= 4)
        or (day.month == 5 and 3 <= day.day <= 5)
        or (day.month == 8 and 12 <= day.day <= 15)
    )
    return day.weekday() < 5 and not shut


def working_day(day: date) -> date:
    """The day itself, or the last working day before it."""
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def working_days(month: date) -> tuple[date, ...]:
    """All working days of the month."""
    count = month_end(month).day
    days = (month + timedelta(days=offset) for offset in range(count))
    return tuple(day for day in days if is_working_day(day))
