"""How a plan goes on a day: KPIs, actions and reviews against what was planned; unknown is None."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count
from typing import Literal, TypeVar

from plans.model import Action, Appointment, Every, Kpi, Plan, State
from plans.stored import Listed

P = TypeVar("P", bound=Listed)
ActionState = Literal["done", "dropped", "overdue", "soon", "later", "undated"]

LIVE: tuple[tuple[State, ...], ...] = (("approved", "in_execution"), ("in_review",), ("draft",))
"""States of a plan that is alive, those that count first in front."""
IN_FORCE: frozenset[State] = frozenset({"approved", "in_execution"})
"""States in which a plan is carried out."""
_MONTHS: dict[Every, int] = {"month": 1, "quarter": 3}
_NEAR: dict[Every, int] = {"week": 3, "month": 15, "quarter": 45}
"""Days by which a review may be held before or after its day and still be that review."""
_LAST = date(9999, 1, 1)


def live_plan(plans: Sequence[P]) -> P | None:
    """The plan of an account that counts: in force, else in review, else a draft; the newest."""
    for states in LIVE:
        if found := [p for p in plans if p.state in states]:
            return max(found, key=lambda p: (p.updated_at, p.plan_id))
    return None


# ------------------------------------------------------------------ KPIs


@dataclass(frozen=True)
class KpiStanding:
    """A KPI on a day: `way` is the share of its way gone, `expected` the one by linear time.

    `behind` when the way is less than the given share of the expected one.
    """

    kpi: Kpi
    actual: Decimal | None
    way: Fraction | None
    expected: Fraction | None
    behind: bool | None

    @property
    def attained(self) -> Fraction | None:
        """way / expected, from 0 to 1; unknown before anything is expected."""
        if self.way is None or not self.expected:
            return None
        return min(Fraction(1), max(Fraction(0), self.way / self.expected))


def kpi_standing(plan: Plan, kpi: Kpi, actual: object, as_of: date, enough: Decimal) -> KpiStanding:
    """A KPI whose actual value is known, or not (None, or no number)."""
    known = actual if isinstance(actual, Decimal | int) else None
    number = None if known is None else Decimal(known)
    expected = _expected(_begins(plan, kpi), kpi.due or plan.head.end, as_of)
    way = _way(kpi, number)
    behind = None
    if way is not None and expected is not None:
        behind = way < expected * Fraction(enough)
    return KpiStanding(kpi, number, way, expected, behind)


def _begins(plan: Plan, kpi: Kpi) -> date:
    """The day from which the way is counted: the plan's first, or that of a later baseline."""
    measured = kpi.baseline.basis.as_of if kpi.baseline is not None else plan.head.start
    return max(plan.head.start, measured)


def _way(kpi: Kpi, actual: Decimal | None) -> Fraction | None:
    """(actual - baseline) / (target - baseline)."""
    base, target = kpi.begins_at, kpi.target
    if base is None or target is None or actual is None or target == base:
        return None
    return Fraction(actual - base) / Fraction(target - base)


def _expected(start: date, due: date, as_of: date) -> Fraction | None:
    if due <= start:
        return None
    return min(Fraction(1), max(Fraction(0), Fraction((as_of - start).days, (due - start).days)))


def attainment(standings: Sequence[KpiStanding]) -> Fraction | None:
    """The mean of what each KPI has attained of what is expected; None when none is known."""
    known = [a for s in standings if (a := s.attained) is not None]
    return sum(known, Fraction(0)) / len(known) if known else None


# ------------------------------------------------------------------ actions


@dataclass(frozen=True)
class ActionStanding:
    """An action on a day; `late` counts the days since it was due, when it is overdue."""

    action: Action
    state: ActionState
    late: int | None = None


def action_standings(plan: Plan, as_of: date, soon_days: int) -> list[ActionStanding]:
    """What each action is at, in the order of the plan."""
    return [_action(plan, action, as_of, soon_days) for action in plan.actions]


def _action(plan: Plan, action: Action, as_of: date, soon_days: int) -> ActionStanding:
    progress = plan.followed_up(action)
    if progress.dropped:
        return ActionStanding(action, "dropped")
    if progress.done_on is not None:
        return ActionStanding(action, "done")
    if action.due is None:
        return ActionStanding(action, "undated")
    if action.due < as_of:
        return ActionStanding(action, "overdue", (as_of - action.due).days)
    soon = action.due <= as_of + timedelta(days=soon_days)
    return ActionStanding(action, "soon" if soon else "later")


# ------------------------------------------------------------------ reviews


@dataclass(frozen=True)
class ReviewStanding:
    """An appointment on a day: the first review not held since the last one, and days late."""

    appointment: Appointment
    due: date | None
    missed: int
    late: int | None


def review_standings(plan: Plan, as_of: date) -> list[ReviewStanding]:
    """What each appointment is at. A record is the review nearest to its day that is not held yet;
    reviews missed before one that was held are no longer due.
    """
    days = {one.id: occurrences(one, plan.head.end) for one in plan.calendar}
    held = _held(plan, days)
    return [_review(one, days[one.id], held.get(one.id), as_of) for one in plan.calendar]


def _review(
    one: Appointment, days: Sequence[date], held: date | None, as_of: date
) -> ReviewStanding:
    waiting = [day for day in days if held is None or day > held]
    missed = [day for day in waiting if day < as_of]
    late = (as_of - missed[0]).days if missed else None
    return ReviewStanding(one, waiting[0] if waiting else None, len(missed), late)


def _held(plan: Plan, days: dict[str, list[date]]) -> dict[str, date]:
    """The last review held of each appointment, as the day for which it was planned."""
    last: dict[str, date] = {}
    for record in plan.records:
        near = [
            (abs((day - record.held_on).days), day, one.id)
            for one in plan.calendar
            for day in days[one.id]
            if abs((day - record.held_on).days) <= _NEAR[one.every]
            and day > last.get(one.id, date.min)
        ]
        if near:
            _distance, day, id_ = min(near)
            last[id_] = day
    return last


def occurrences(one: Appointment, until: date) -> list[date]:
    """The days of an appointment up to the plan's end; a day that a month lacks is its last."""
    found: list[date] = []
    for day in _days(one):
        if day > until:
            return found
        found.append(day)
    return found


def _days(one: Appointment) -> Iterator[date]:
    for number in count():
        day = _after(one.first, one.every, number)
        if day >= _LAST:
            return
        yield day


def _after(first: date, every: Every, number: int) -> date:
    if every == "week":
        return first + timedelta(weeks=number)
    month = first.year * 12 + first.month - 1 + _MONTHS[every] * number
    year, month = divmod(month, 12)
    return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))


def next_review(reviews: Sequence[ReviewStanding]) -> date | None:
    """The day on which the first review that is not held was or is due."""
    return min((r.due for r in reviews if r.due is not None), default=None)
