"""Periods include both their ends, and the parts of a fiscal year add up to it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.errors import InputError
from crm.periods import (
    Period,
    add_months,
    fiscal_year_of,
    months,
    parse_period,
    trailing,
)

DAY = date(2026, 9, 30)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
LAW = settings(derandomize=True, max_examples=80, deadline=None)


def fiscal_year(year: int, start_month: int) -> Period:
    return parse_period(f"FY{year}", date(year, 1, 1), start_month)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-04-01..2026-09-30", "2026-04-01", "2026-09-30"),
        ("2026-09-30..2026-09-30", "2026-09-30", "2026-09-30"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("FY2026", "2026-04-01", "2027-03-31"),
        ("FY2026H1", "2026-04-01", "2026-09-30"),
        ("FY2026H2", "2026-10-01", "2027-03-31"),
        ("FY2026Q1", "2026-04-01", "2026-06-30"),
        ("FY2026Q4", "2027-01-01", "2027-03-31"),
        ("last_90_days", "2026-07-03", "2026-09-30"),
        ("last_1_days", "2026-09-30", "2026-09-30"),
        ("this_fiscal_year", "2026-04-01", "2027-03-31"),
        ("last_fiscal_year", "2025-04-01", "2026-03-31"),
        ("this_half", "2026-04-01", "2026-09-30"),
        ("last_half", "2025-10-01", "2026-03-31"),
        ("this_quarter", "2026-07-01", "2026-09-30"),
        ("last_quarter", "2026-04-01", "2026-06-30"),
        ("next_quarter", "2026-10-01", "2026-12-31"),
        ("this_month", "2026-09-01", "2026-09-30"),
        ("last_month", "2026-08-01", "2026-08-31"),
        ("next_month", "2026-10-01", "2026-10-31"),
        (" FY2026 ", "2026-04-01", "2027-03-31"),
    ],
)
def test_a_period_is_what_its_text_says(text: str, start: str, end: str) -> None:
    found = parse_period(text, DAY, 4)
    assert found == Period(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    "text",
    ["", "soon", "FY26", "FY2026Q5", "FY2026Q0", "FY2026H3", "2026-13", "2026-00", "last_0_days",
     "2026-09-30..2026-09-29", "2026-02-30..2026-03-01", "Q2", "今期", "0000", "FY0000", "FY9999",
     "9999-12", "last_9999_days_ago", "2026-4"],
)  # fmt: skip
def test_a_text_that_is_no_period_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(InputError, match="is not a period") as refusal:
        parse_period(text, DAY, 4)
    assert "FY2026Q2" in refusal.value.remedy


@pytest.mark.parametrize(
    ("day", "start_month", "year"),
    [("2026-03-31", 4, 2025), ("2026-04-01", 4, 2026), ("2026-01-01", 1, 2026),
     ("2026-11-30", 12, 2025), ("2026-12-01", 12, 2026)],
)  # fmt: skip
def test_a_fiscal_year_is_named_by_the_year_it_begins_in(
    day: str, start_month: int, year: int
) -> None:
    assert fiscal_year_of(date.fromisoformat(day), start_month) == year


@LAW
@given(DAYS, st.integers(1, 800))
def test_a_trailing_period_has_its_days_and_ends_on_the_day(day: date, days: int) -> None:
    period = trailing(day, days)
    assert period.days == days
    assert period.contains(period.start)
    assert period.contains(period.end)
    assert period.end == day
    assert not period.contains(day + timedelta(days=1))
    assert not period.contains(period.start - timedelta(days=1))


@LAW
@given(st.integers(2000, 2090), st.integers(1, 12))
def test_quarters_and_halves_partition_a_fiscal_year(year: int, start_month: int) -> None:
    whole = fiscal_year(year, start_month)
    for parts in (["Q1", "Q2", "Q3", "Q4"], ["H1", "H2"]):
        found = [parse_period(f"FY{year}{p}", DAY, start_month) for p in parts]
        assert found[0].start == whole.start
        assert found[-1].end == whole.end
        assert sum(p.days for p in found) == whole.days
        for before, after in pairwise(found):
            assert after.start == before.end + timedelta(days=1)


@LAW
@given(DAYS, st.integers(1, 12))
def test_every_day_lies_in_its_own_year_half_quarter_and_month(day: date, start: int) -> None:
    for text in ("this_fiscal_year", "this_half", "this_quarter", "this_month"):
        assert parse_period(text, day, start).contains(day)
    assert fiscal_year(fiscal_year_of(day, start), start).contains(day)


@LAW
@given(DAYS, st.integers(1, 12), st.sampled_from(["half", "quarter", "month", "fiscal_year"]))
def test_the_last_one_ends_on_the_day_before_this_one(day: date, start: int, part: str) -> None:
    last, this = (parse_period(f"{w}_{part}", day, start) for w in ("last", "this"))
    assert last.end + timedelta(days=1) == this.start


@LAW
@given(DAYS, st.integers(-60, 60))
def test_a_month_on_is_the_same_day_or_the_last_of_that_month(day: date, count: int) -> None:
    moved = add_months(day, count)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == count
    assert moved.day == day.day or (moved + timedelta(days=1)).day == 1


@LAW
@given(DAYS, st.integers(1, 24))
def test_whole_months_begin_on_a_first_and_end_on_a_last_day(day: date, count: int) -> None:
    period = months(day, count)
    assert period.start.day == 1
    assert (period.end + timedelta(days=1)).day == 1


def test_a_period_until_a_day_ends_there_at_the_latest() -> None:
    year = fiscal_year(2026, 4)
    assert year.until(DAY) == Period(year.start, DAY)
    assert year.until(date(2030, 1, 1)) == year
