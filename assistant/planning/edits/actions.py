"""Edits of actions: moved, given to somebody, valued, agreed, done or dropped.

An action that is dropped (やめる, cancelled) stays in the plan and is marked so (`Progress`): who
reviews the plan sees what is no longer pursued, and an approval stands, for how a plan goes is no
part of what was approved. One that is deleted (削除, remove) is gone; earlier versions keep it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from assistant.planning.edits.days import moved, no_such_day, shift_said
from assistant.planning.edits.figures import exact, money
from assistant.planning.edits.find import HINT, alike, near
from assistant.planning.edits.names import Person, theirs
from assistant.planning.edits.part import Part, any_of, unquoted, words
from assistant.planning.edits.view import Ask, Outcome, Step, View, question
from crm.periods import add_months
from plans.model import Action, Appointment, Item, Plan, Progress

_STALE = 200
"""Days after which a day without a year is no day on which something of this plan was done."""
_IT = r"^(?:それ|これ|その件|この件|it|this|that|this one|that one|this action|このアクション|そのアクション|)$"  # noqa: E501


def meant(view: View, phrase: str, do: Any, *, reviews: bool = False) -> Outcome:
    """What is done with the action that a phrase names (with `reviews`: or the regular review)."""
    items: Sequence[Action | Appointment] = (
        *view.plan.actions,
        *(view.plan.calendar if reviews else ()),
    )
    phrase = _plain_name(phrase)
    about = view.item_about("actions")
    if Part.of(phrase).match(_IT):
        if about is not None:
            return do(about)  # type: ignore[no-any-return]
        return view.choose(list(view.plan.actions), question("which_action"), do)
    if Part.of(phrase).has(r"アクション|action|番目|つ目|(?<![a-z])one(?![a-z])"):
        items = view.plan.actions
    found = view.which(phrase, items)
    if not found:
        said = question("no_action", said=unquoted(phrase)[:60])
        return view.offer(near(phrase, items, HINT) or list(view.plan.actions), said, do)
    return view.choose(list(found), question("which_action"), do)


def _plain_name(phrase: str) -> str:
    return unquoted(Part.of(phrase.strip()).raw.strip("はをのがにも "))


def read_actions(view: View) -> Outcome:
    """An edit of an action that is there; None where the part speaks of something else."""
    for read in (_mutual, _their_owner, _department, _valued, _renamed, _done, _moved, _owner,
                 _dropped, _resumed):  # fmt: skip
        if (outcome := read(view)) is not None:
            return outcome
    return None


# ------------------------------------------------------------------ what becomes of it


def progress(view: View, item: Item, **fields: Any) -> Step | Ask:
    there = view.plan.item("progress", item.id) or Progress(id=item.id)
    return view.set("progress", there, by=view.said.name, on=view.said.as_of, **fields)


def _dropped(view: View) -> Outcome:
    part = view.part
    match = part.form("dropped")
    if match is None or not part.group(match, "x"):
        return None

    def drop(item: Action | Appointment) -> Outcome:
        if isinstance(item, Appointment):
            return view.without("calendar", item)
        if part.has("<<delete>>"):
            return Step(view.plan.without("progress", item.id).without("actions", item.id))
        return progress(view, item, dropped=True)

    return meant(view, part.group(match, "x"), drop, reviews=True)


def _resumed(view: View) -> Outcome:
    part = view.part
    match = part.form("resumed")
    if match is None:
        return None
    return meant(view, part.group(match, "x"), lambda item: progress(view, item, dropped=False))


def _done(view: View) -> Outcome:
    part = view.part
    if part.has(r"<<add>>|までに|仮説|hypothesis|合意"):
        return None
    days = view.past_days
    rest = part.without(*(day.span for day in days))
    match = rest.form("done")
    if match is None:
        return None
    day = days[-1].last if days else view.said.as_of
    if wrong := no_such_day(part, days):
        return Ask(question("no_day", said=wrong))
    stale = (view.said.as_of - day).days > _STALE and not part.has(r"\d{4}|[去昨]|last")
    if days and (day > view.said.as_of or stale):
        return Ask(question("past_day", said=part.as_said(*days[-1].span)))
    return meant(view, rest.group(match, "x"),
                 lambda item: progress(view, item, done_on=day, dropped=False))  # fmt: skip


# ------------------------------------------------------------------ when


def _moved(view: View) -> Outcome:
    part = view.part
    if (shift := shift_said(part)) is not None:
        number, unit, span = shift
        rest = part.without(span)
        match = rest.form("moved_2")
        match = rest.match(r"<<push>> (?P<x>.+?)(?: by| out| back)?\s*") or match
        if match is None:
            return None
        return meant(view, rest.group(match, "x"),
                     lambda item: _to(view, item, moved(_when(item), number, unit)),
                     reviews=True)  # fmt: skip
    if part.has("<<add>>") and not part.has("^<<push>> "):
        return None
    if bad := (view.bad_day() if part.has("<<move>>|<<due>>") else None):
        return bad
    if not view.days:
        return _no_day(view)
    day = view.days[-1]
    rest = part.without(day.span)
    match = rest.form("moved")
    if match is None or part.has("<<goal>>"):
        return None
    name = rest.group(match, "x")
    if not name and not view.item_about("actions"):
        return None
    return meant(
        view, name, lambda item: _to(view, item, day.last, is_one=day.is_one), reviews=True
    )


def _no_day(view: View) -> Outcome:
    match = view.part.form("no_day")
    if match is None or not alike(view.part.group(match, "x"), view.plan.actions):
        return None
    return Ask(question("action_when"))


def _when(item: Item) -> date:
    day: date | None = getattr(item, "due", None) or getattr(item, "first", None)
    return day or date.max


def _to(view: View, item: Item, day: date | None, *, is_one: bool = True) -> Outcome:
    """An action's due date, or a review's first day (of a month only: the same day of it)."""
    if day is None or (_when(item) == date.max and day == date.max):
        return Ask(question("action_when"))
    if isinstance(item, Appointment):
        first = (
            day
            if is_one
            else min(
                day, add_months(day.replace(day=1), 0).replace(day=min(item.first.day, day.day))
            )
        )
        return view.set("calendar", item, first=first)
    start = item.start if isinstance(item, Action) else None
    kept = start if start is None or start <= day else None
    return view.set("actions", item, due=day, start=kept)


# ------------------------------------------------------------------ who


def _owner(view: View) -> Outcome:
    part = view.part
    found = part.form("owner")
    if found is None:
        found = part.form("owner_loose")
        if found is None or not view.is_person(part.group(found, "who")):
            return None
    name = part.group(found, "who")
    phrase = part.group(found, "x") if "x" in found.groupdict() else ""
    if not phrase and view.item_about("actions") is None:
        return view.who(name, lambda person: plan_owner(view, person))
    return meant(
        view,
        phrase,
        lambda item: view.who(name, lambda one: view.set("actions", item, owner=one.name)),
    )


def plan_owner(view: View, person: Person) -> Outcome:
    """Somebody as the owner of the plan, in its head and in its team."""
    step = view.set_head(owner=person.name, owner_id=person.person_id)
    owner = next((m for m in view.plan.team if m.role == "owner"), None)
    if isinstance(step, Ask) or owner is None or owner.name == person.name:
        return step
    plan = step.plan.with_items(
        "team",
        [owner.model_copy(update={"name": person.name, "person_id": person.person_id})],
    )
    return Step(plan)


def _their_owner(view: View) -> Outcome:
    part = view.part
    match = part.form("their_owner")
    if match is None:
        return None
    name = theirs(part.group(match, "who"), view.plan)
    phrase = part.group(match, "x")
    return meant(view, phrase, lambda item: view.set("actions", item, their_owner=name))


# ------------------------------------------------------------------ the rest


def _department(view: View) -> Outcome:
    part = view.part
    match = part.form("department")
    if match is None or part.has("合意|agree"):
        return None
    department = part.group(match, "d")
    return meant(view, part.group(match, "x"),
                 lambda item: view.set("actions", item, department=department))  # fmt: skip


def _valued(view: View) -> Outcome:
    part = view.part
    if part.has("<<goal>>|kpi|<<add>>"):
        return None
    match = part.form("valued")
    if match is None:
        return None
    amount = money(view)
    if amount is None or isinstance(amount, Ask):
        return amount
    return meant(view, part.group(match, "x"),
                 lambda item: view.set("actions", item, value=exact(amount.value)))  # fmt: skip


def _mutual(view: View) -> Outcome:
    part = view.part
    match = part.form("mutual")
    if match is None:
        return None
    return meant(view, part.group(match, "x"),
                 lambda item: view.set("actions", item, mutual=not match["not"]))  # fmt: skip


def _renamed(view: View) -> Outcome:
    part = view.part
    match = part.form("renamed")
    if match is None:
        return None
    if part.has("<<goal>>"):
        return view.choose(list(view.plan.goals), question("which_goal"),
                           lambda goal: view.set("goals", goal, what=part.group(match, "q")))  # fmt: skip  # noqa: E501
    return meant(view, part.group(match, "x"),
                 lambda item: view.set("actions", item, what=part.group(match, "q")))  # fmt: skip


def departments_of(plan: Plan) -> list[str]:
    """The departments that act in the plan."""
    return list(dict.fromkeys(a.department for a in plan.actions if a.department))


def is_department(text: str) -> bool:
    return Part.of(text).match(rf".*{any_of(words()['departments'])}") is not None
