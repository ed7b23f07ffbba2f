"""A customer's approval is planned back over working days; every expected day is counted by hand.

2027: 1 January is a Friday, 1 March and 1 February are Mondays. 2028 is a leap year.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crm.settings import Settings
from crm.thresholds import ApprovalStep
from plans.approval import approval_path, last_meeting, working_days_before


def step(days: int = 0, **more: Any) -> ApprovalStep:
    return ApprovalStep(name="executive", days=days, **more)


@pytest.mark.parametrize(
    ("day", "count", "holidays", "expected"),
    [
        (date(2027, 3, 31), 0, [], date(2027, 3, 31)),  # a Wednesday
        (date(2027, 3, 31), 5, [], date(2027, 3, 24)),
        (date(2027, 3, 28), 0, [], date(2027, 3, 26)),  # Sunday -> Friday
        (date(2027, 3, 28), 1, [], date(2027, 3, 25)),
        (date(2027, 3, 1), 1, [], date(2027, 2, 26)),  # over a month end and a weekend
        (date(2028, 3, 1), 1, [], date(2028, 2, 29)),  # over the leap day, a Tuesday
        (date(2028, 3, 1), 2, [], date(2028, 2, 28)),
        (date(2028, 3, 1), 1, [date(2028, 2, 29)], date(2028, 2, 28)),
        (date(2027, 1, 5), 2, [date(2027, 1, 1), date(2027, 1, 4)], date(2026, 12, 30)),
    ],
)
def test_working_days_are_counted_back(
    day: date, count: int, holidays: list[date], expected: date
) -> None:
    assert working_days_before(day, count, holidays) == expected


@pytest.mark.parametrize(
    ("rhythm", "limit", "expected"),
    [
        ({}, date(2027, 3, 31), date(2027, 3, 31)),
        ({}, date(2027, 3, 28), date(2027, 3, 26)),
        ({"weekday": "monday"}, date(2027, 3, 31), date(2027, 3, 29)),
        ({"weekday": "monday"}, date(2027, 3, 29), date(2027, 3, 29)),
        ({"weekday": "monday"}, date(2027, 3, 28), date(2027, 3, 22)),
        ({"day": 20}, date(2027, 3, 31), date(2027, 3, 19)),  # the 20th is a Saturday
        ({"day": 20}, date(2027, 3, 19), date(2027, 3, 19)),  # held before the limit, dated after
        ({"day": 20}, date(2027, 3, 18), date(2027, 2, 19)),
        ({"day": 31}, date(2027, 4, 30), date(2027, 4, 30)),  # April has 30 days
        ({"day": 31}, date(2027, 4, 29), date(2027, 3, 31)),
        ({"day": 31}, date(2028, 2, 29), date(2028, 2, 29)),  # the leap day
        ({"day": 31}, date(2027, 2, 28), date(2027, 2, 26)),  # Sunday -> Friday
        ({"day": 30}, date(2028, 2, 29), date(2028, 2, 29)),
        ({"day": 29}, date(2028, 2, 29), date(2028, 2, 29)),
        ({"day": 1}, date(2027, 4, 29), date(2027, 4, 1)),
        ({"day": 1}, date(2027, 4, 30), date(2027, 4, 30)),  # of 1 May, a Saturday
        ({"day": 1}, date(2027, 7, 31), date(2027, 7, 30)),  # of 1 August, a Sunday
        ({"day": 1}, date(2027, 1, 4), date(2027, 1, 1)),
        ({"weekday": "wednesday", "week": 3}, date(2027, 3, 31), date(2027, 3, 17)),
        ({"weekday": "wednesday", "week": 3}, date(2027, 3, 16), date(2027, 2, 17)),
        ({"weekday": "monday", "week": 1}, date(2027, 3, 1), date(2027, 3, 1)),
        ({"weekday": "friday", "week": 4}, date(2028, 2, 29), date(2028, 2, 25)),
    ],
)  # fmt: skip
def test_the_last_meeting_by_a_day(rhythm: dict[str, Any], limit: date, expected: date) -> None:
    assert last_meeting(step(**rhythm), limit, []) == expected


def test_a_meeting_on_a_holiday_is_held_the_working_day_before() -> None:
    assert last_meeting(step(weekday="monday"), date(2027, 3, 31), [date(2027, 3, 29)]) == date(
        2027, 3, 26
    )
    new_year = [date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1)]
    assert last_meeting(step(day=1), date(2027, 1, 20), new_year) == date(2026, 12, 29)
    assert last_meeting(step(day=1), date(2026, 12, 31), new_year) == date(2026, 12, 29)


def test_the_default_path_by_hand() -> None:
    """Due on 31 March 2027: the board on Friday 19 March (the 20th is a Saturday), submitted ten
    working days before, on 5 March; executives on Monday 1 March, submitted on 15 February; the
    department head on 15 February, submitted on 8 February.
    """
    steps = Settings().plans.approval
    path = approval_path(steps, Decimal(100_000_000), date(2027, 3, 31), [])
    assert [(one.step.name, one.submit, one.meeting) for one in path] == [
        ("department_head", date(2027, 2, 8), date(2027, 2, 15)),
        ("executive", date(2027, 2, 15), date(2027, 3, 1)),
        ("board", date(2027, 3, 5), date(2027, 3, 19)),
    ]


@pytest.mark.parametrize(
    ("amount", "names"),
    [
        (Decimal(0), ["department_head"]),
        (Decimal("9999999.9999"), ["department_head"]),
        (Decimal(10_000_000), ["department_head", "executive"]),
        (Decimal(99_999_999), ["department_head", "executive"]),
        (Decimal(100_000_000), ["department_head", "executive", "board"]),
        (None, ["department_head", "executive", "board"]),
    ],
)
def test_an_amount_needs_the_steps_from_their_thresholds_on(
    amount: Decimal | None, names: list[str]
) -> None:
    path = approval_path(Settings().plans.approval, amount, date(2027, 3, 31), [])
    assert [one.step.name for one in path] == names


RHYTHMS = st.one_of(
    st.just({}),
    st.builds(lambda d: {"day": d}, st.integers(1, 31)),
    st.builds(lambda d: {"weekday": d}, st.sampled_from(["monday", "wednesday", "friday"])),
    st.builds(
        lambda d, w: {"weekday": d, "week": w},
        st.sampled_from(["tuesday", "thursday"]),
        st.integers(1, 4),
    ),
)


@given(
    st.lists(
        st.builds(lambda r, d: step(d, **r), RHYTHMS, st.integers(0, 15)), min_size=1, max_size=4
    ),
    st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    st.lists(st.dates(date(2026, 1, 1), date(2030, 12, 31)), max_size=30),
)
def test_every_step_is_decided_by_the_next_submission_and_no_later_meeting_would_do(
    steps: list[ApprovalStep], due: date, holidays: list[date]
) -> None:
    path = approval_path(steps, None, due, holidays)
    limits = [one.submit for one in path[1:]] + [due]
    for one, limit in zip(path, limits, strict=True):
        assert one.submit <= one.meeting <= limit
        for day in (one.submit, one.meeting):
            assert day.weekday() < 5
            assert day not in holidays
        worked = [one.submit + timedelta(days=n) for n in range((one.meeting - one.submit).days)]
        assert sum(d.weekday() < 5 and d not in holidays for d in worked) == one.step.days
        for n in range((limit - one.meeting).days):  # none of the days after is one of theirs
            assert not _theirs(one.step, one.meeting + timedelta(days=n + 1), holidays)


def _theirs(step_: ApprovalStep, day: date, holidays: list[date]) -> bool:
    """Whether they meet on a working day by their rhythm itself, not moved."""
    if day.weekday() > 4 or day in holidays:
        return False
    if step_.weekday is not None:
        names = ["monday", "tuesday", "wednesday", "thursday", "friday"]
        right = names[day.weekday()] == step_.weekday
        return right and (step_.week is None or (day.day - 1) // 7 == step_.week - 1)
    last = (day + timedelta(days=1)).day == 1
    return step_.day is None or day.day == step_.day or (last and step_.day > day.day)


@pytest.mark.parametrize("wrong", [{"day": 20, "weekday": "monday"}, {"week": 2}, {"day": 32},
                                   {"weekday": "sunday"}])  # fmt: skip
def test_a_rhythm_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        step(**wrong)
