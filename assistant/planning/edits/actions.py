"""Edits of actions: moved, given to somebody, valued, agreed, done or dropped.

An action that is dropped (やめる, cancelled) stays in the plan and is marked so (`Progress`): who
reviews the plan sees what is no longer pursued, and an approval stands, for how a plan goes is no
part of what was approved. One that is deleted (削除, remove) is gone; earlier versions keep it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from assistant.planning.edits.adding import is_announced
from assistant.planning.edits.days import moved, no_such_day, shift_said
from assistant.planning.edits.fields import Field, fields_in, hidden, is_said
from assistant.planning.edits.figures import exact, money
from assistant.planning.edits.head import plan_owner
from assistant.planning.edits.names import is_at_customer, is_name, theirs
from assistant.planning.edits.part import Part, compiled, unquoted
from assistant.planning.edits.view import Ask, Outcome, Step, View, question
from assistant.planning.edits.which import meant, plain_name
from crm.periods import add_months
from plans.model import Action, Appointment, Item, Progress

_STALE = 200
"""Days after which a day without a year is no day on which something of this plan was done."""
_REASON = r"^(?P<why>.+?(?:(?:ため|(?<=[たるいだ])から|けど|(?<=[たるいな])んで)[、,]|(?<!らない)ので[、,]?))\s*"  # noqa: E501


def read_actions(view: View) -> Outcome:
    """An edit of an action that is there; None where the part speaks of something else."""
    view, why = _reason(view)
    if is_announced(view) and not _is_known(view):
        return None
    for read in (_cleared, _told, _mutual, _their_owner, _department, _valued, _renamed, _done, _moved,  # noqa: E501
                 _owner, _resumed):  # fmt: skip
        if (outcome := read(view)) is not None:
            return outcome
    return _dropped(view, why)


def _cleared(view: View) -> Outcome:
    """A field of an action that is emptied (担当を外して)."""
    match = view.part.form("cleared")
    if match is None:
        return None
    phrase = view.part.group(match, "x")
    if not phrase and view.item_about("actions") is None:
        return Ask(question("which_action"))
    field = next(f for f in ("their_owner", "department", "owner", "due", "value") if match[f])
    return meant(view, phrase, lambda v, item: v.set("actions", item, **{field: None}))


def _reason(view: View) -> tuple[View, str]:
    """A part without the reason that it begins with, and that reason."""
    match = view.part.search(_REASON)
    if match is None or match["why"].strip("、,").endswith(
        ("いらないので", "要らないので", "不要なので")
    ):
        return view, ""
    if Part.of(view.part.group(match, "why")).has("<<done>>"):
        return view, ""  # what is done on which day
    return view.of(view.part.without(match.span())), view.part.group(match, "why")


# ------------------------------------------------------------------ field by field


def _told(view: View) -> Outcome:
    """Fields of actions, said one after the other: due 20 Jan, owner Murai; 先方は小松部長で."""
    part = view.part
    if part.has(
        r"kpi|指標|<<add>>.{0,6}$|^<<add>>[ :]|<<done>>|合意(?:し|済|は|が|を得|の部)|agree[ds]"
    ):
        return None
    fields = fields_in(view)
    if isinstance(fields, Ask) or not fields:
        return None
    groups = _groups(part, fields)
    if groups is None:
        return None
    if len(groups) == 1 and all(f.name == "due" for f in fields):
        is_about = groups[0][0] is None and view.item_about("actions") is not None
        if not is_about or not part.has(r"<<due>>|まで|に$|^(?:by|until) "):
            return None
    if any(sum(f.name == one.name for f in said) > 1 for _name, said in groups for one in said):
        return Ask(question("several_days"))
    outcome: Outcome = Step(view.plan, view.about)
    for phrase, said in groups:
        is_ours = all(f.name != "their_owner" for f in said)
        if phrase is None and is_ours and view.item_about("actions") is None and not view.topic:
            return None
        outcome = view.then(outcome, lambda v, p=phrase, f=said: _set(v, p or "", f))  # type: ignore[misc]
        if outcome is None:
            return None
    return outcome


def _is_known(view: View) -> bool:
    """Whether an action is there by the words of a line, which else adds one."""
    fields = fields_in(view)
    groups = None if isinstance(fields, Ask) else _groups(view.part, fields)
    named = plain_name(groups[0][0] or "") if groups else ""
    return bool(named and view.which(named, view.plan.actions))


def _groups(part: Part, fields: list[Field]) -> list[tuple[str | None, list[Field]]] | None:
    """The fields by the words that name an action before them; None where more is said."""
    text = hidden(part, fields)
    groups: list[tuple[str | None, list[Field]]] = []
    named, start = "", 0
    for end in [*(m.start() for m in compiled("[、,;:。]").finditer(text)), len(text)]:
        inside = [f for f in fields if start <= f.start < end]
        rest = _between(part, start, end, inside)
        if is_said(rest):
            named += rest
        if inside and named:
            groups.append((named, inside))
            named = ""
        elif inside and groups:
            groups[-1][1].extend(inside)
        elif inside:
            groups.append((None, inside))
        start = end
    return None if named else groups


def _between(part: Part, start: int, end: int, fields: list[Field]) -> str:
    """What stands there besides the fields, as written."""
    edges = [start, *(n for f in fields for n in f.span), end]
    places = [*part.places, len(part.raw)]
    return "".join(
        part.raw[places[a] : places[b]] for a, b in zip(edges[::2], edges[1::2], strict=True)
    )


def _set(view: View, phrase: str, fields: list[Field]) -> Outcome:
    """The fields of the action that a phrase names, or of the one spoken of."""

    def do(seen: View, item: Item) -> Outcome:
        outcome: Outcome = Step(seen.plan, ("actions", item.id))
        for field in fields:
            outcome = seen.then(outcome, lambda v, f=field: _set_one(v, item.id, f))  # type: ignore[misc]
        return outcome

    return meant(view, phrase, do)


def _set_one(view: View, id_: str, field: Field) -> Outcome:
    item = view.plan.item("actions", id_)
    if item is None:
        return None
    if field.name == "due":
        return _to(view, item, field.value.last, is_one=field.value.is_one)
    if field.name == "owner":
        return view.who(field.value, lambda one: view.set("actions", item, owner=one.name))
    return view.set("actions", item, **{field.name: field.value})


# ------------------------------------------------------------------ what becomes of it


def progress(view: View, item: Item, **fields: Any) -> Step | Ask:
    there = view.plan.item("progress", item.id) or Progress(id=item.id)
    return view.set("progress", there, by=view.said.name, on=view.said.as_of, **fields)


def _dropped(view: View, why: str = "") -> Outcome:
    part = view.part
    match = part.form("dropped")
    if match is None or not (phrase := part.group(match, "x")):
        return None
    if part.has(r"(?:やめる|中止する|取りやめる)の(?:は|を)"):
        return None

    def drop(seen: View, item: Action | Appointment) -> Outcome:
        if isinstance(item, Appointment):
            return seen.without("calendar", item)
        if part.has("<<delete>>"):
            return Step(seen.plan.without("progress", item.id).without("actions", item.id))
        return progress(seen, item, dropped=True)

    return meant(view, phrase, drop, reviews=True, why=why)


def _resumed(view: View) -> Outcome:
    part = view.part
    match = part.form("resumed")
    if match is None:
        return None

    def resume(seen: View, item: Item) -> Outcome:
        there = seen.plan.item("progress", item.id)
        is_dropped = isinstance(there, Progress) and there.dropped
        return progress(seen, item, dropped=False) if is_dropped else Step(seen.plan)

    return meant(view, part.group(match, "x"), resume)


def _done(view: View) -> Outcome:
    part = view.part
    if part.has(r"<<add>>|までに|仮説|hypothesis|合意|<<yet>>"):
        return None
    days = view.past_days
    rest = part.without(*(day.span for day in days))
    match = rest.form("met")
    if match is not None and not _is_theirs(view, rest.group(match, "who")):
        match = None
    match = match or rest.form("done")
    if match is None:
        return None
    day = days[-1].last if days else None
    if wrong := no_such_day(part, days):
        return Ask(question("no_day", said=wrong))
    as_of = view.said.as_of
    stale = day is not None and (as_of - day).days > _STALE and not part.has(r"\d{4}|[去昨]|last")
    if day is not None and (day > as_of or stale):
        said = part.as_said(*days[-1].span)
        return Ask(question("past_day", said=said.removesuffix("に") or said))

    def finish(seen: View, item: Item) -> Outcome:
        there = seen.plan.item("progress", item.id)
        known = there.done_on if isinstance(there, Progress) and not there.dropped else None
        return progress(seen, item, done_on=day or known or as_of, dropped=False)

    return meant(view, rest.group(match, "x"), finish)


def _is_theirs(view: View, name: str) -> bool:
    """Whether a name is somebody with whom one meets: a key person, or with a title."""
    named = theirs(name, view.plan)
    return is_name(name) or any(one.name == named for one in view.plan.people)


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
                     lambda v, item: _to(v, item, moved(_when(item), number, unit)),
                     reviews=True)  # fmt: skip
    if part.has("<<add>>") and not part.has("^<<push>> |^put .*(?:off|back)(?![a-z])"):
        return None
    is_day = part.has(r"<<move>>|<<due>>|\d月\s?\d+日")
    if bad := (view.bad_day() if is_day else None):
        return bad
    if not view.days:
        return _no_day(view)
    if view.has_many_days:
        return Ask(question("several_days"))
    if part.has(r"(?<![a-z])week of(?![a-z])|の週"):
        return Ask(question("action_when"))
    day = view.days[-1]
    rest = part.without(day.span)
    match = rest.form("moved")
    if match is None or part.has("<<goal>>"):
        return None
    name = rest.group(match, "x")
    if not name and not view.item_about("actions") and view.topic is None:
        return None
    return meant(
        view, name, lambda v, item: _to(v, item, day.last, is_one=day.is_one), reviews=True
    )


def _no_day(view: View) -> Outcome:
    match = view.part.form("no_day")
    if match is None or not view.which(plain_name(view.part.group(match, "x")), view.plan.actions):
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
    if view.is_theirs(name):
        return Ask(question("who", said=unquoted(name)[:60]))
    if Part.of(phrase).match("<<side>>") or Part.of(name).match("(?:まだ)?<<unknown>>.*"):
        return None
    if not phrase and view.item_about("actions") is None and view.topic is None:
        return view.who(name, lambda person: plan_owner(view, person))
    if Part.of(phrase).has("<<places>>") and not view.which(phrase, view.plan.actions):
        return None
    return meant(
        view,
        phrase,
        lambda v, item: v.who(name, lambda one: v.set("actions", item, owner=one.name)),
    )


def _their_owner(view: View) -> Outcome:
    part = view.part
    match = part.form("their_owner")
    if match is None:
        return None
    said = part.group(match, "who")
    if not is_at_customer(said, view.plan, is_sure=True):
        return None
    name = theirs(said, view.plan)
    phrase = part.group(match, "x")
    return meant(view, phrase, lambda v, item: v.set("actions", item, their_owner=name))


# ------------------------------------------------------------------ the rest


def _department(view: View) -> Outcome:
    part = view.part
    match = part.form("department")
    if match is None or part.has("合意|agree"):
        return None
    department = part.group(match, "d")
    return meant(view, part.group(match, "x"),
                 lambda v, item: v.set("actions", item, department=department))  # fmt: skip


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
                 lambda v, item: v.set("actions", item, value=exact(amount.value)))  # fmt: skip


def _mutual(view: View) -> Outcome:
    part = view.part
    match = part.form("mutual")
    if match is None:
        return None
    return meant(view, part.group(match, "x"),
                 lambda v, item: v.set("actions", item, mutual=not match["not"]))  # fmt: skip


def _renamed(view: View) -> Outcome:
    part = view.part
    match = part.form("renamed")
    if match is None:
        return None
    if part.has("<<goal>>"):
        return view.choose(list(view.plan.goals), question("which_goal"),
                           lambda goal: view.set("goals", goal, what=part.group(match, "q")))  # fmt: skip  # noqa: E501
    return meant(view, part.group(match, "x"),
                 lambda v, item: v.set("actions", item, what=part.group(match, "q")))  # fmt: skip
