"""An answer to a gap's question becomes the edit that fills the gap.

What somebody knows and says in answer is a hypothesis that they confirm, by name and day. A risk
stays open with its test, and a test is words. "I don't know" is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, cast, get_args

from assistant.planning.edits.adding import new_action
from assistant.planning.edits.calendar import review
from assistant.planning.edits.figures import amounts, exact, money
from assistant.planning.edits.find import alike, ordinal
from assistant.planning.edits.goals import added_goal
from assistant.planning.edits.head import agree, is_department, plan_owner
from assistant.planning.edits.kpis import new_kpi
from assistant.planning.edits.names import spelt, theirs
from assistant.planning.edits.part import Part, bare, code_said, unquoted
from assistant.planning.edits.people import key_persons, member
from assistant.planning.edits.read import LONGEST, is_question, told
from assistant.planning.edits.said import Edited, Said, Unclear
from assistant.planning.edits.statements import new_statement
from assistant.planning.edits.view import Ask, Outcome, Step, View, question
from plans.checks import Gap
from plans.model import Every, Item, Level, Plan, Role, Section, Statement

_POLITE = re.compile(
    r"(?:です|だと思います|と思います|になります|でお願いします|かと思います|だ|です(?:ね|よ))?[。.!\s]*$"
)
_YES = r"^(?:はい|ええ|yes|yep|yeah|ok)[、,。.\s]*"


def answered(gap: Gap, text: str, plan: Plan, said: Said) -> Edited | Unclear | None:
    """The plan with what an answer says; None when it says nothing, or is no answer to the gap."""
    if len(text) > LONGEST or not text.strip():
        return None
    if is_question(text) or Part.of(text.strip()).match(r"(?:.{0,12}?<<thanks>>.{0,12})+"):
        return None
    part = Part.of(text.strip().lstrip("は：:、, "))
    if len(part.plain) < 40 and part.match(
        r"(?:(?:まだ|それは|これは|そこは|目的は|金額は|今は|いまは|i|we|that's|it's|sorry|すみません)[、,\s]*)*"
        r"<<unknown>>.{0,12}"
    ):
        return None
    if gap.collection not in ("statements", "head"):
        part = Part.of(spelt(part.raw, said))
    view = View(part, plan, said)
    outcome = _in_item(gap, view) if gap.item is not None else _new(gap, view)
    return told(plan, outcome)


def _line(view: View) -> str:
    """What is said, in full, without the polite end of a name or a value."""
    return unquoted(_POLITE.sub("", view.part.raw))


# ------------------------------------------------------------------ a field of an item


def _in_item(gap: Gap, view: View) -> Outcome:
    item = view.plan.item(gap.collection, str(gap.item))
    if item is None:
        return None
    fill = _FIELDS.get(str(gap.field))
    return fill(view, gap.collection, item) if fill else None


def _amount(view: View, collection: str, item: Item) -> Outcome:
    amount = money(view, is_asked=True)
    if amount is None:
        return Ask(question("goal_amount"))
    return (
        amount
        if isinstance(amount, Ask)
        else view.set(collection, item, amount=exact(amount.value))
    )


def _due(view: View, collection: str, item: Item) -> Outcome:
    if bad := view.bad_day():
        return bad
    return (
        view.set(collection, item, due=view.days[-1].last)
        if view.days
        else Ask(question("action_when"))
    )


def _owner(view: View, collection: str, item: Item) -> Outcome:
    name = re.sub(
        r"(?:が|に)?(?:担当|やり|引き受け|お願い)(?:し|する|ます|します|しています)*$|^(?:it's|that's|i'll ask)\s+| (?:will|does|is).*$",  # noqa: E501
        "",
        _line(view),
    )
    name = re.sub(r"(?:が|に|は)$", "", name)
    return view.who(name, lambda person: view.set(collection, item, owner=person.name))


def _their_owner(view: View, collection: str, item: Item) -> Outcome:
    name = re.sub(
        r"(?:が|に)(?:担当|ご担当|なり|なる).*$|(?:が|に|は)$| (?:will|is|does).*$", "", _line(view)
    )
    return view.set(collection, item, their_owner=theirs(name, view.plan)) if name else None


def _department(view: View, collection: str, item: Item) -> Outcome:
    name = re.sub(
        r"(?:が|で)(?:行|担当|実施|やり|やる|進め).*$|(?:が|で)$|^the\s+|^our\s+", "", _line(view)
    )
    return view.set(collection, item, department=name) if name else None


def _goal_served(view: View, collection: str, item: Item) -> Outcome:
    goals = list(view.which(_line(view), view.plan.goals) or ())
    if not goals and len(view.plan.goals) == 1:
        goals = list(view.plan.goals)
    return view.choose(
        goals, question("which_goal"), lambda g: view.set(collection, item, goal=g.id)
    ) or Ask(question("which_goal"))


def _status(view: View, collection: str, item: Item) -> Outcome:
    """What bears out a statement: confirmed by who says so, or told to be wrong."""
    if not isinstance(item, Statement) or item.kind != "hypothesis":
        return None
    if view.part.has(
        r"^(?:いいえ|no(?![a-z])|ありません|まだ)|ありません$|未確認|確認できてい(?:ない|ません)|not yet"  # noqa: E501
    ):
        return None
    by = {"by": view.said.name, "on": view.said.as_of}
    if code_said("verdicts", view.part.plain) == "rejected":
        return view.set(collection, item, status="rejected", **by)
    evidence = unquoted(re.sub(_YES, "", view.part.raw, flags=re.IGNORECASE))
    return view.set(collection, item, status="confirmed", test=evidence or item.test, **by)


def _test(view: View, collection: str, item: Item) -> Outcome:
    return view.set(collection, item, test=unquoted(view.part.raw))


def _figure(field: str) -> Callable[[View, str, Item], Outcome]:
    def fill(view: View, collection: str, item: Item) -> Outcome:
        paid = money(view)
        if isinstance(paid, Ask):
            return paid
        found = amounts(view)
        if not found:
            return Ask(question("figure"))
        return view.set(collection, item, **{field: exact(found[-1].value)})

    return fill


_FIELDS: dict[str, Callable[[View, str, Item], Outcome]] = {
    "amount": _amount,
    "due": _due,
    "owner": _owner,
    "their_owner": _their_owner,
    "department": _department,
    "goal": _goal_served,
    "status": _status,
    "test": _test,
    "baseline": _figure("baseline_value"),
    "baseline_value": _figure("baseline_value"),
    "target": _figure("target"),
}


# ------------------------------------------------------------------ a new item, or the head


def _new(gap: Gap, view: View) -> Outcome:
    match gap.collection:
        case "head":
            return _head(gap, view)
        case "statements":
            return _statement(gap, view)
        case "people":
            return key_persons(view, _line(view), gap.value) or Ask(question("who_theirs"))
        case "goals":
            return _goal(view)
        case "actions":
            return _action(gap, view)
        case "team":
            return _member(gap, view)
        case "kpis":
            line = _line(view)
            return new_kpi(view.of(Part.of(line)), line, Part.of(""))
        case "calendar":
            return _calendar(gap, view)
    return None


def _head(gap: Gap, view: View) -> Outcome:
    if gap.field == "purpose":
        purpose = re.sub(r"^(?:目的は|the purpose is )", "", view.part.raw, flags=re.IGNORECASE)
        said = Part.of(purpose)
        alone = said.match(r"\s*<<q>>(?:です|で|でお願いします|だ|[。.\s])*")
        return view.set_head(purpose=said.quoted if alone else unquoted(purpose))
    line = bare(Part.of(_line(view)))
    if line.match(
        r"(?:はい|ええ|yes|yep)?[、,\s]*(?:全部|すべて|全て|両方|どちらも|どっちも|二つとも|all(?: of them)?|both)?.{0,3}(?:合意|agreed|have|済み|しています)?.{0,6}"  # noqa: E501
    ) and line.has(r"はい|ええ|yes|全て|すべて|全部|両方|どちらも|どっちも|二つとも|both|all"):
        waiting = [a.department for a in view.plan.actions if a.department]
        return (
            agree(view, "、".join(dict.fromkeys(waiting)))
            if waiting
            else Ask(question("departments"))
        )
    named = re.sub(
        r"(?:が|は|と|も)?(?:すでに)?(?:合意|同意).*$| (?:have|has) .*$| agreed.*$", "", line.raw
    )
    return agree(view, named) or Ask(question("departments"))


def _statement(gap: Gap, view: View) -> Outcome:
    section = cast(Section, gap.value)
    if section not in get_args(Section):
        return None
    return new_statement(view, section, view.part.raw, status="confirmed")


def _goal(view: View) -> Outcome:
    found = added_goal(view)
    if isinstance(found, Step):
        return found
    amount = money(view)
    if amount is None:
        return found or Ask(question("goal_what"))
    return amount if isinstance(amount, Ask) else Ask(question("goal_measure"))


def _action(gap: Gap, view: View) -> Outcome:
    given: dict[str, Any] = {}
    if gap.field == "goal" and view.plan.item("goals", str(gap.value)):
        given["goal"] = gap.value
    if gap.field == "their_owner":
        return _joint(view)
    if gap.field == "department":
        return _of_department(view, given)
    return new_action(view, **given) or Ask(question("action_what"))


def _joint(view: View) -> Outcome:
    """An action that is done with the customer: one that is there, or a new one."""
    match = view.part.search(
        r"(?:先方(?:の担当)?は|担当は|with|by)?\s?(?P<who>[^\s、,。はがを]{1,14}(?:さん|様|さま|氏))"
    )
    named = theirs(view.part.group(match, "who"), view.plan) if match else next(
        (p.name for p in view.plan.people if any(w.casefold() in view.part.plain for w in (p.name, *p.name.split()))), None)  # fmt: skip  # noqa: E501
    rest = Part.of(view.part.without(match.span()).raw) if match else view.part
    part = bare(Part.of(rest.raw.strip("はがでをに、。 ")))
    found = alike(part.raw, view.plan.actions)
    if (place := ordinal(part)) is not None:
        found = list(view.which(part.raw, view.plan.actions) or ())
    if named is None:
        return Ask(question("who_theirs"))
    fields: dict[str, Any] = {"their_owner": named, "mutual": True}
    if found or place:
        return view.choose(
            found, question("which_action"), lambda a: view.set("actions", a, **fields)
        )
    return new_action(view.of(part), **fields) or Ask(question("action_what"))


def _of_department(view: View, given: dict[str, Any]) -> Outcome:
    match = view.part.search(r"^(?P<d>[^、,。]{1,20}?)(?:が|は|で)、?") or view.part.search(
        r"^(?P<d>[a-z ]{2,30}?) (?:will |to |does |do )"
    )
    if match is None or not is_department(department := view.part.group(match, "d")):
        return Ask(question("action_department"))
    rest = view.of(view.part.without(match.span()))
    return new_action(rest, department=department, **given) or Ask(question("action_what"))


def _member(gap: Gap, view: View) -> Outcome:
    role = cast(Role, gap.value)
    name = re.sub(
        r"(?:に|が|へ)(?:お願い|頼|なり|担当|なって).*$|(?:が|に)$| (?:will|is|does|sponsors).*$",
        "",
        _line(view),
    )
    outcome = member(view, name, role)
    if role != "owner" or not isinstance(outcome, Step) or outcome.plan.head.owner is not None:
        return outcome
    after = View(view.part, outcome.plan, view.said)
    return view.who(name, lambda person: plan_owner(after, person))


def _calendar(gap: Gap, view: View) -> Outcome:
    every = cast("Every | None", code_said("every", view.part.plain))
    if every is None and not view.days:
        return Ask(question("how_often"))
    return review(view, cast(Level, gap.value), every)
