"""A customer's approval is planned back from the day it must be there, step by step."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import get_args

from crm.periods import add_months
from crm.thresholds import ApprovalStep, Weekday

_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_DAY = timedelta(days=1)
_AHEAD = 2
"""Months after the limit that are looked at: a meeting of theirs may be held before a day off."""


@dataclass(frozen=True)
class Submission:
    """The last days of a step: when it is submitted, and when those who decide it meet."""

    step: ApprovalStep
    submit: date
    meeting: date


def approval_path(
    steps: Sequence[ApprovalStep], amount: Decimal | None, due: date, holidays: Collection[date]
) -> tuple[Submission, ...]:
    """The latest days of the steps that an amount needs, in their order, decided by `due`.

    Each step is decided by the day on which the next is submitted. Of an unknown amount every step
    is needed.
    """
    found: list[Submission] = []
    limit = due
    for step in reversed(steps):
        if amount is None or amount >= step.amount_from:
            meeting = last_meeting(step, limit, holidays)
            limit = working_days_before(meeting, step.days, holidays)
            found.append(Submission(step, limit, meeting))
    return tuple(reversed(found))


def last_meeting(step: ApprovalStep, limit: date, holidays: Collection[date]) -> date:
    """The last day up to and with `limit` on which those who decide the step meet.

    A meeting that falls on a day off is held on the working day before.
    """
    if step.day is None and step.weekday is None:
        return working_day(limit, holidays)
    held = (working_day(day, holidays) for day in _meetings(step, limit))
    return next(day for day in held if day <= limit)


def working_day(day: date, holidays: Collection[date]) -> date:
    """The day itself when it is a working day, else the last one before."""
    while day.weekday() >= len(_WEEKDAYS) or day in holidays:
        day -= _DAY
    return day


def working_days_before(day: date, count: int, holidays: Collection[date]) -> date:
    """The working day `count` working days before `day`."""
    day = working_day(day, holidays)
    for _ in range(count):
        day = working_day(day - _DAY, holidays)
    return day


def _meetings(step: ApprovalStep, limit: date) -> Iterator[date]:
    """The days of the step's rhythm, the latest first, from well after the limit on."""
    if step.weekday is not None and step.week is None:
        day = add_months(limit, _AHEAD)
        day -= timedelta(days=(day.weekday() - _WEEKDAYS.index(step.weekday)) % 7)
        while True:
            yield day
            day -= 7 * _DAY
    month = add_months(limit.replace(day=1), _AHEAD)
    while True:
        yield _in_month(step, month)
        month = add_months(month, -1)


def _in_month(step: ApprovalStep, first: date) -> date:
    """The step's day in the month that begins on `first`; its last day where it is shorter."""
    if step.weekday is not None and step.week is not None:
        to_weekday = (_WEEKDAYS.index(step.weekday) - first.weekday()) % 7
        return first + timedelta(days=to_weekday + 7 * (step.week - 1))
    last = add_months(first, 1) - _DAY
    return min(last, first + timedelta(days=(step.day or 1) - 1))
