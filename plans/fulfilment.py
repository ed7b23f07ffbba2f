"""How far a plan fulfils each check: the share of its parts that are there.

Every share is made so that filling what is missing never lowers it: a part that is added is done.
A check whose items do not exist yet (owners without actions) is at zero and waits, without a gap
of its own, for the items that another check asks for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from plans.model import (
    FIVE_P,
    SWOT,
    Action,
    Item,
    Kpi,
    Level,
    Plan,
    Role,
    Section,
    Statement,
)
from tools.words import word

STRATEGY: tuple[Section, ...] = ("scenario", *FIVE_P)
"""The sections whose statements are strategy, and serve a goal."""
SOURCED: tuple[Section, ...] = ("industry", "account", "organisation")
"""The sections of analysis, which rest on sources."""
DEPARTMENTS = 2
"""Departments that must agree to the strategy, and that must act."""
_DECISION_MAKER = "decision_maker"
_PARTED = str.maketrans(dict.fromkeys("、・/;", ","))


@dataclass(frozen=True)
class Missing:
    """One thing that is missing; `kind` names its words in checks.yaml, `named` fills them.

    With `item` it is that item's `field`; without, an item to be added (in the head: a field to be
    set) whose `field` is `value` where it is given.
    """

    kind: str
    collection: str
    item: str | None = None
    field: str | None = None
    value: str | None = None
    named: tuple[str, ...] = ()


Part = Missing | bool
"""A part of a check: True when it is there, False while it waits for something else."""


@dataclass(frozen=True)
class Fulfilment:
    """The parts of one check; of no parts nothing is fulfilled, and nothing is asked."""

    parts: tuple[Part, ...]

    @property
    def share(self) -> Fraction:
        """The share of the parts that are there."""
        done = sum(part is True for part in self.parts)
        return Fraction(done, len(self.parts)) if self.parts else Fraction(0)

    @property
    def missing(self) -> list[tuple[Missing, Fraction]]:
        """What is missing, each thing once, with the share that it would add at the least."""
        found = dict.fromkeys(part for part in self.parts if isinstance(part, Missing))
        return [(part, Fraction(1, len(self.parts))) for part in found]


def _section(plan: Plan, section: Section) -> list[Part]:
    if plan.section(section):
        return [True]
    return [Missing("missing", "statements", field="section", value=section)]


def _industry(plan: Plan) -> list[Part]:
    return _section(plan, "industry")


def _account(plan: Plan) -> list[Part]:
    return _section(plan, "account")


def _organisation(plan: Plan) -> list[Part]:
    return _section(plan, "organisation")


def _scenario(plan: Plan) -> list[Part]:
    return _section(plan, "scenario")


def _key_persons(plan: Plan) -> list[Part]:
    decides = "role", _DECISION_MAKER
    if not plan.people:
        return [Missing("missing", "people", None, *decides)]
    if any(_decides(person.role) for person in plan.people):
        return [True, True]
    return [True, Missing("decision_maker", "people", None, *decides)]


def _decides(role: str | None) -> bool:
    """Whether a role, as a code or in words, is (also) that of the decision maker."""
    known = {_DECISION_MAKER}
    known |= {
        word(_DECISION_MAKER, "buying_role", "ja"),
        word(_DECISION_MAKER, "buying_role", "en"),
    }
    roles = unicodedata.normalize("NFKC", role or "").casefold().translate(_PARTED).split(",")
    return bool({one.strip() for one in roles} & known)


def _goal(plan: Plan) -> list[Part]:
    """A day of every goal, and an amount of every one that is in money, of which there is one."""
    if not plan.goals:
        return [Missing("missing", "goals", field="amount")]
    parts: list[Part] = []
    for goal in plan.goals:
        if goal.measure != "other":
            parts.append(_field("amount", "goals", goal, goal.what, goal.amount))
        parts.append(_field("due", "goals", goal, goal.what, goal.due))
    if all(goal.measure == "other" for goal in plan.goals):
        parts.append(Missing("missing", "goals", field="amount"))
    return parts


def _field(field: str, collection: str, item: Item, named: str, value: object) -> Part:
    """The part that is there once the item's field has a value."""
    return Missing(field, collection, item.id, field, named=(named,)) if value is None else True


def _swot(plan: Plan) -> list[Part]:
    return [_cell(plan, section) for section in SWOT]


def _cell(plan: Plan, section: Section) -> Part:
    """Evidence in a cell: a fact, a quotation or a confirmed hypothesis."""
    found = plan.section(section)
    if any(_evident(statement) for statement in found):
        return True
    if found:
        return Missing(
            f"{section}_evidence",
            "statements",
            found[0].id,
            "status",
            "confirmed",
            (found[0].text,),
        )
    return Missing(section, "statements", field="section", value=section)


def _evident(statement: Statement) -> bool:
    return statement.kind != "hypothesis" or statement.status == "confirmed"


def _five_p(plan: Plan) -> list[Part]:
    return [
        True
        if plan.section(section)
        else Missing(section, "statements", field="section", value=section)
        for section in FIVE_P
    ]


def _strategy_goals(plan: Plan) -> list[Part]:
    goals = {goal.id for goal in plan.goals}
    if not goals:
        return []
    return [
        _field("goal", "statements", one, one.text, one.goal if one.goal in goals else None)
        for one in plan.section(*STRATEGY)
    ]


def _purpose(plan: Plan) -> list[Part]:
    return [True if plan.head.purpose else Missing("missing", "head", field="purpose")]


def _agreed(plan: Plan) -> list[Part]:
    """Departments agree to the strategy; one that begins to act later does not undo that."""
    agreed = {_same(name): name for name in plan.head.agreed}
    acting = _departments(plan)
    open_ = tuple(name for key, name in acting.items() if key not in agreed)
    missing = Missing("waiting" if open_ else "missing", "head", field="agreed", named=open_)
    return [True if number < len(agreed) else missing for number in range(DEPARTMENTS)]


def _departments(plan: Plan) -> dict[str, str]:
    """The departments that act, each once, as they were first written."""
    found: dict[str, str] = {}
    for action in _actions(plan):
        if action.department is not None:
            found.setdefault(_same(action.department), action.department)
    return found


def _same(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _linked(plan: Plan) -> list[Part]:
    """Actions of two departments; those of no department are asked for theirs first."""
    actions = _actions(plan)
    if not actions:
        return []
    without = [action for action in actions if action.department is None]
    asked: list[Part] = [
        Missing("department", "actions", one.id, "department", named=(one.what,)) for one in without
    ]
    asked += [Missing("missing", "actions", field="department")] * DEPARTMENTS
    done = len(_departments(plan))
    return [True if number < done else asked[number - done] for number in range(DEPARTMENTS)]


def _actions(plan: Plan) -> list[Action]:
    """The actions that were not dropped."""
    return [action for action in plan.actions if not plan.followed_up(action).dropped]


def _action_plan(plan: Plan) -> list[Part]:
    return [True if _actions(plan) else Missing("missing", "actions")]


def _goal_actions(plan: Plan) -> list[Part]:
    actions = _actions(plan)
    if not actions:
        return []
    served = {action.goal for action in actions}
    return [
        True
        if goal.id in served
        else Missing("missing", "actions", field="goal", value=goal.id, named=(goal.what,))
        for goal in plan.goals
    ]


def _action_owner(plan: Plan) -> list[Part]:
    return [_field("owner", "actions", one, one.what, one.owner) for one in _actions(plan)]


def _action_due(plan: Plan) -> list[Part]:
    return [_field("due", "actions", one, one.what, one.due) for one in _actions(plan)]


def _their_owner(plan: Plan) -> list[Part]:
    """Their owner of every action that reaches the customer; one that does is needed."""
    actions = _actions(plan)
    theirs = [one for one in actions if one.mutual or one.to_whom or one.their_owner]
    if actions and not theirs:
        return [Missing("missing", "actions", field="their_owner")]
    return [_field("their_owner", "actions", one, one.what, one.their_owner) for one in theirs]


def _team(plan: Plan) -> list[Part]:
    roles: tuple[Role, ...] = ("owner", "executive_sponsor")
    there = {member.role for member in plan.team}
    return [
        True if role in there else Missing(role, "team", field="role", value=role) for role in roles
    ]


def _kpis(plan: Plan) -> list[Part]:
    if not plan.kpis:
        return [Missing("missing", "kpis")]
    parts: list[Part] = []
    for kpi in plan.kpis:
        begins = True if kpi.begins_at is not None else _baseline(kpi)
        parts += [begins, _field("target", "kpis", kpi, kpi.what, kpi.target)]
    return parts


def _baseline(kpi: Kpi) -> Missing:
    """What is read from a tool is asked of the tool, anything else of a person."""
    measured = kpi.measure is not None or kpi.baseline is not None
    field = "baseline" if measured else "baseline_value"
    return Missing(field, "kpis", kpi.id, field, named=(kpi.what,))


def _calendar(plan: Plan) -> list[Part]:
    levels: tuple[Level, ...] = ("manager", "executive")
    there = {review.level for review in plan.calendar}
    return [
        True if level in there else Missing(level, "calendar", field="level", value=level)
        for level in levels
    ]


def _hypotheses(plan: Plan) -> list[Part]:
    """Risks and hypotheses are named, and every open one says how it will be tested."""
    named = [one for one in plan.statements if one.kind == "hypothesis" or one.section == "risk"]
    if not named:
        return [Missing("missing", "statements", field="section", value="risk")]
    return [
        _field("test", "statements", one, one.text, one.test if one.status == "open" else one)
        for one in named
    ]


def _sources(plan: Plan) -> list[Part]:
    """The analysis rests on sources; a section without a word is asked for by its own check."""
    return [_sourced(plan.section(section)) for section in SOURCED]


def _sourced(found: Sequence[Statement]) -> Part:
    if not found:
        return False
    if any(_evident(statement) for statement in found):
        return True
    return Missing("missing", "statements", found[0].id, "status", "confirmed", (found[0].text,))


RULES: Mapping[str, Callable[[Plan], Sequence[Part]]] = {
    "industry": _industry,
    "account": _account,
    "organisation": _organisation,
    "key_persons": _key_persons,
    "goal": _goal,
    "swot": _swot,
    "scenario": _scenario,
    "five_p": _five_p,
    "strategy_goals": _strategy_goals,
    "purpose": _purpose,
    "agreed": _agreed,
    "action_plan": _action_plan,
    "goal_actions": _goal_actions,
    "action_owner": _action_owner,
    "action_due": _action_due,
    "their_owner": _their_owner,
    "linked": _linked,
    "team": _team,
    "kpis": _kpis,
    "calendar": _calendar,
    "hypotheses": _hypotheses,
    "sources": _sources,
}
"""Each check by its code."""


def fulfilment(code: str, plan: Plan) -> Fulfilment:
    """How far the plan fulfils a check; KeyError when there is no such check."""
    parts: Iterable[Part] = RULES[code](plan)
    return Fulfilment(tuple(parts))
