"""Edits of the reviews that come back: with whom, how often, and from when."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from assistant.planning.edits.part import code_said, words
from assistant.planning.edits.view import Outcome, View, question
from crm.periods import add_months
from plans.model import Every, Level

_MONTHS = {"week": 0, "month": 1, "quarter": 3}


def read_calendar(view: View) -> Outcome:
    """A regular review that is set or changed; None where the part speaks of something else."""
    part = view.part
    if not part.has(r"レビュー|定例|進捗確認|(?<![a-z])reviews?(?![a-z])|qbr"):
        return None
    every = cast("Every | None", code_said("every", part.plain))
    level = cast("Level | None", code_said("levels", part.plain))
    if level is None or part.has("<<drop>>|<<done>>"):
        return None
    from_day = part.has(r"から|初回|開始|始め|(?<![a-z])(?:from|starting|first|beginning)(?![a-z])")
    if every is None and not from_day:
        return None
    return review(view, level, every)


def review(view: View, level: Level, every: Every | None) -> Outcome:
    """The review with somebody, as often as is said; the one of that level is changed."""
    if bad := view.bad_day():
        return bad
    first = first_day(view)
    there = [a for a in view.plan.calendar if a.level == level]
    fields: dict[str, Any] = {}
    if every is not None:
        fields["every"] = every
    if first is not None:
        fields["first"] = first
    if not fields:
        return None
    if there:
        return view.choose(
            there, question("which_review"), lambda a: view.set("calendar", a, **fields)
        )
    rhythm = every or ("month" if level == "manager" else "quarter")
    names: dict[str, dict[str, str]] = words()["reviews"]
    what = names[level][view.plan.head.language]
    start = first or add_months(max(view.said.as_of, view.plan.head.start), _MONTHS[rhythm])
    return view.add("calendar", what=what, level=level, every=rhythm, first=start)


def first_day(view: View) -> date | None:
    """The day from which it is held: of a month its first, unless that has gone by."""
    if not view.days:
        return None
    day = view.days[0]
    return max(day.first, min(view.said.as_of, day.last))
