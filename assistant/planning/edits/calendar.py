"""Edits of the reviews that come back: with whom, how often, and from when."""

from __future__ import annotations

from datetime import date
from typing import Any, cast, get_args

from assistant.planning.edits.find import near
from assistant.planning.edits.part import code_said, words
from assistant.planning.edits.view import Ask, Outcome, Step, View, question
from crm.periods import add_months
from plans.model import Appointment, Every, Item, Level

_RHYTHM = r"^(?:初回|頻度|first|starting)|<<every>>|<<other_rhythm>>"
_FROM = r"から|初回|開始|始め|始ま|スタート|キックオフ|(?<![a-z])(?:from|start(?:s|ing)?|first|beginning|begins?|kick(?:s|ing)? off)(?![a-z])"  # noqa: E501
_REVIEWS = r"^(?:(?:初回|次回|毎[週月]|月次|週次|定例)の?|the |our |make the |make |set the )?(?:定例|進捗)?(?:レビュー|確認|会議|reviews?|check-ins?)(?:は|を|も|、|\s?(?:weekly|monthly|quarterly|to|every|from|$))"  # noqa: E501
_SHARE = 0.45
"""Share of a part's words that the name of a review holds."""
_MONTHS = {"week": 0, "month": 1, "quarter": 3}


def read_calendar(view: View) -> Outcome:
    """A regular review that is set or changed; None where the part speaks of something else."""
    part = view.part
    about = view.item_about("calendar")
    begins = part.has("<<every>>") and part.has("初回|(?<![a-z])first (?:one|review|check-in)")
    named = begins or part.has("<<review>>") or (part.has("qbr") and part.has("<<levels>>"))
    if part.has("<<drop>>|<<done>>") or not (named or (about and part.has(_RHYTHM))):
        return None
    every = cast("Every | None", code_said("every", part.plain))
    level = cast("Level | None", code_said("levels", part.plain))
    from_day = part.has(_FROM) and bool(view.days)
    is_other = part.has("<<other_rhythm>>")
    if every is None and not from_day and not is_other:
        is_new = level is not None and not view.days and part.form("review_added") is not None
        return Ask(question("how_often")) if is_new else None
    if level is None:
        there = [about] if about else _named(view)
        levels = {a.level for a in there if isinstance(a, Appointment)}
        if not levels:
            return None
        if len(levels) > 1:
            return Ask(question("review_level"))
        level = levels.pop()
    if is_other:
        return _offered(view, level)
    return review(view, level, every)


def _named(view: View) -> list[Item]:
    """The reviews whose words a part has; all, where it speaks of the reviews and nothing else."""
    rest = view.part.without(*(day.span for day in view.days))
    there = [a for a in view.plan.calendar if near(rest.raw, [a], _SHARE)]
    return [*(there or (view.plan.calendar if rest.has(_REVIEWS + "|初回は|first") else ()))]


def _offered(view: View, level: Level) -> Ask:
    """The rhythms that a review can have, in the place of one that it cannot."""
    names: dict[str, dict[str, str]] = words()["rhythms"]
    choices = []
    for every in get_args(Every):
        step = review(view, level, every)
        if isinstance(step, Step) and step.plan != view.plan:
            choices.append((names[every][view.said.language], step))
    return Ask(question("rhythm"), tuple(choices))


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
