"""Edits of the head of a plan: its purpose, who has agreed, its owner, title and end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.planning.edits.names import Person
from assistant.planning.edits.part import Part, any_of, unquoted, words
from assistant.planning.edits.view import Ask, Outcome, Step, View, question
from plans.model import Plan

_SPLIT = re.compile(
    r"\s*(?:、|,|・|と|及び|および|ならびに|/|(?<![a-z])and(?![a-z])|&)\s*", re.IGNORECASE
)


_AROUND = r"^(?:the|both|our|only|just)\s+|(?:\s*(?:の(?:二|2|両)部門|です|の\d部門|さん|も|だけ|のみ)|\s(?:only|team))$"  # noqa: E501
"""What stands around the name of a department."""


def read_head(view: View) -> Outcome:
    """An edit of the head; None where the part speaks of something else."""
    for read in (_purpose, _agreed, _title, _end):
        if (outcome := read(view)) is not None:
            return outcome
    return None


def _purpose(view: View) -> Outcome:
    part = view.part
    match = part.form("purpose")
    if match is None or Part.of(part.group(match, "x")).match("<<as_it_is>>"):
        return None
    purpose = part.group(match, "x")
    if Part.of(purpose).match("<<verb_alone>>"):
        return Ask(question("purpose_what"))
    return view.set_head(purpose=purpose)


def _agreed(view: View) -> Outcome:
    part = view.part
    if part.has(r"先方|顧客|お客|customer|(?<![a-z])they(?![a-z])"):
        return None
    if (match := part.form("not_agreed")) is not None:
        return _disagree(view, part.group(match, "x"), is_said=bool(match["v"]))
    if (match := part.form("only_agreed")) is not None:
        names = _departments(view, part.group(match, "x"))
        return view.set_head(agreed=tuple(names)) if names else None
    match = part.form("agreed_added") or part.form("agreed")
    if match is None or match["not"]:
        return None
    return agree(view, part.group(match, "x"))


def agree(view: View, told: str) -> Outcome:
    """The departments named have agreed to the strategy, besides those that had."""
    names = _departments(view, told)
    if not names:
        return None
    known = {n.casefold() for n in view.plan.head.agreed}
    new = [n for n in names if n.casefold() not in known]
    return view.set_head(agreed=(*view.plan.head.agreed, *new))


def _disagree(view: View, told: str, *, is_said: bool) -> Outcome:
    """The departments named have not agreed after all; without that word only those that had."""
    had = view.plan.head.agreed
    gone = {n for n in _split(told) for n in (_full(n, had), n)} & set(had)
    if not gone:
        return Step(view.plan) if is_said else None
    return view.set_head(agreed=tuple(n for n in had if n not in gone))


def _departments(view: View, told: str) -> list[str]:
    """The departments of a text, a shortened one (マーケ部) in full; none where one is none."""
    known = [*departments_of(view.plan), *view.plan.head.agreed]
    known += [c.team for c in view.said.colleagues if c.team]
    names = [_full(name, known) for name in _split(told)]
    return list(dict.fromkeys(names)) if all(is_department(n) for n in names) else []


def _split(told: str) -> list[str]:
    names = [
        unquoted(re.sub(_AROUND, "", n, flags=re.IGNORECASE)) for n in _SPLIT.split(unquoted(told))
    ]
    return [n for n in names if n]


def _full(name: str, known: Sequence[str]) -> str:
    """The one department whose name begins so; the name as it was said where there is none."""
    short = re.sub(r"[部課室]$", "", name)
    found = {k for k in known if k == name} or {
        k for k in known if len(short) > 1 and not short.isascii() and k.startswith(short)
    }
    return found.pop() if len(found) == 1 else name


def _title(view: View) -> Outcome:
    part = view.part
    match = part.form("title")
    if match is None or Part.of(part.group(match, "x")).match("<<as_it_is>>"):
        return None
    title = part.group(match, "x")
    if Part.of(title).match("<<verb_alone>>"):
        return Ask(question("title_what"))
    return view.set_head(title=title)


def _end(view: View) -> Outcome:
    part = view.part
    if not part.has(
        r"(?:プラン|計画)の?(?:の)?(?:終了日|終わり|期間)|^終了日|^期間|plan(?:'s)? (?:ends?|period|end date|runs)|end (?:date )?of the plan|extend the plan"  # noqa: E501
    ):
        return None
    if bad := view.bad_day():
        return bad
    if not view.days:
        return None
    end = view.days[-1].last
    start = view.days[0].first if len(view.days) > 1 else view.plan.head.start
    return view.set_head(start=start, end=end) if start <= end else Ask(question("no_value"))


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


def departments_of(plan: Plan) -> list[str]:
    """The departments that act in the plan."""
    return list(dict.fromkeys(a.department for a in plan.actions if a.department))


def is_department(text: str) -> bool:
    return Part.of(text).match(rf".*{any_of(words()['departments'])}") is not None
