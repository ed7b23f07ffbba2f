"""Each part of a plan is a table of its own: goals, actions, hypotheses, reviews."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from assistant.planning.show import said
from assistant.planning.status.standing import Followed
from crm.scope import ScopedTables
from plans.goals import goal_arithmetic
from tools.arguments import Arguments, open_book
from tools.exact import decimal
from tools.facts import FactBook, Text, ToolResult, Value

_GOAL_FACTS = (
    "goal.amount", "goal.due", "goal.actual", "goal.remaining", "goal.required_pipeline",
    "goal.open_by", "goal.planned_reaches",
)  # fmt: skip


def goals(found: Followed, tables: ScopedTables, arguments: Arguments) -> ToolResult:
    """What each goal still asks for."""
    book = open_book("plan_goals", tables, arguments, "deals", "plans")
    plan = found.stored.plan
    results = [goal_arithmetic(plan, goal, tables, found.as_of) for goal in plan.goals]
    facts = [{fact.name: fact.value for fact in result.facts} for result in results]
    columns: dict[str, list[Value]] = {"plan.goal": [goal.what for goal in plan.goals]}
    columns["plan.goal_share"] = [
        share(one.get("goal.actual"), one.get("goal.amount")) for one in facts
    ]
    columns |= {name: [one.get(name) for one in facts] for name in _GOAL_FACTS}
    for result in results:
        for warning in result.warnings:
            book.warn(warning.ja, warning.en)
    return book.result(
        table=book.table(
            columns,
            [f"goal:{goal.id}" for goal in plan.goals],
            sort=Text(ja="期日の早い順", en="earliest due first"),
        )
    )


def share(part: Value, whole: Value) -> Value:
    """A part of a whole that is above zero, else unknown."""
    if not isinstance(part, Decimal | int) or not isinstance(whole, Decimal | int) or whole <= 0:
        return None
    return decimal(Fraction(part) / Fraction(whole))


def actions(found: Followed, tables: ScopedTables, arguments: Arguments) -> ToolResult:
    """What is to be done, by how late it is."""
    book = open_book("plan_actions", tables, arguments, "plans")
    order = ("overdue", "soon", "later", "undated", "done", "dropped")
    rows = sorted(found.actions, key=lambda one: order.index(one.state))
    return book.result(
        table=book.table(
            {
                "plan.action": [one.action.what for one in rows],
                "plan.action_due": [one.action.due for one in rows],
                "plan.action_owner": [one.action.owner for one in rows],
                "plan.action_state": [one.state for one in rows],
                "plan.action_late": [one.late for one in rows],
            },
            [f"action:{one.action.id}" for one in rows],
            sort=Text(ja="期限超過、期日の早い順", en="overdue first, then by due day"),
        )
    )


def hypotheses(
    found: Followed, tables: ScopedTables, arguments: Arguments, whole: FactBook
) -> ToolResult:
    """What is still to be tested; how many, recorded in `whole`."""
    book = open_book("plan_hypotheses", tables, arguments)
    plan = found.stored.plan
    rows = [one for one in plan.statements if one.status == "open"]
    rows.sort(key=lambda one: (one.on or plan.head.as_of, one.id))
    whole.add("plan.hypotheses", len(rows), rows=len(rows))
    return book.result(
        table=book.table(
            {
                "plan.hypothesis": [said(one, plan.head.language) for one in rows],
                "plan.hypothesis_test": [one.test for one in rows],
                "plan.hypothesis_age": [
                    max((found.as_of - (one.on or plan.head.as_of)).days, 0) for one in rows
                ],
            },
            [f"hypothesis:{one.id}" for one in rows],
            sort=Text(ja="古い順", en="oldest first"),
        )
    )


def reviews(found: Followed, tables: ScopedTables, arguments: Arguments) -> ToolResult:
    """The reviews that come back, and how many of each are overdue."""
    book = open_book("plan_reviews", tables, arguments)
    return book.result(
        table=book.table(
            {
                "plan.review": [one.appointment.what for one in found.reviews],
                "plan.review_due": [one.due for one in found.reviews],
                "plan.reviews_overdue": [
                    one.missed if found.in_force else 0 for one in found.reviews
                ],
            },
            [f"review:{one.appointment.id}" for one in found.reviews],
            sort=Text(ja="プランの順", en="in the order of the plan"),
        )
    )
