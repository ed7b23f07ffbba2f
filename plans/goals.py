"""What a goal asks for, calculated back from its amount and its day; unknown is never zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from pydantic import Field

from crm.errors import InputError
from crm.periods import FIRST_DAY, LAST_DAY
from crm.scope import ScopedTables
from plans.approval import approval_path
from plans.goal_progress import Progressed, record_progress
from plans.goal_rates import Rates, record_rates
from plans.model import Action, Goal, Measure, Plan
from tools.arguments import Arguments, open_book
from tools.exact import decimal
from tools.facts import FactBook, LeftOut, Table, Text, ToolResult
from tools.format import show_date

TOOL = "goal_arithmetic"
_IN_ORDERS: tuple[Measure, ...] = ("orders_won", "net_sales")
"""The measures whose amounts can be compared with the amounts of deals."""


class GoalArguments(Arguments):
    """The goal that is calculated, as the basis of each fact tells it."""

    account_id: str
    goal: str
    measure: Measure
    amount: Decimal | None = None
    due: date | None = Field(default=None, ge=FIRST_DAY, le=LAST_DAY)
    start: date = Field(ge=FIRST_DAY, le=LAST_DAY)


@dataclass(frozen=True)
class _Asked:
    """A goal of a plan, the actions for it that were not dropped, and where it is calculated."""

    plan: Plan
    goal: Goal
    actions: Sequence[Action]
    tables: ScopedTables
    book: FactBook

    @property
    def in_orders(self) -> bool:
        return self.goal.measure in _IN_ORDERS


def goal_arithmetic(plan: Plan, goal: Goal, tables: ScopedTables, as_of: date) -> ToolResult:
    """What a goal of the plan asks for, as facts `goal.*`; the table holds the approval's steps.

    Raises NotFoundError when the account cannot be seen, InputError when the plan is in another
    currency than the workspace or a day of it is a slip of the pen. Source: docs/metrics.md (goal).
    """
    tables.require_account(plan.head.account_id)
    _check(plan, goal, tables)
    arguments = GoalArguments(
        as_of=as_of,
        account_id=plan.head.account_id,
        goal=goal.id,
        measure=goal.measure,
        amount=goal.amount,
        due=goal.due,
        start=plan.head.start,
    )
    book = open_book(TOOL, tables, arguments, "deals", "plans")
    asked = _Asked(plan, goal, _live(plan, goal), tables, book)
    _record_goal(asked)
    progress = record_progress(book, tables, plan, goal, as_of)
    rates = record_rates(book, tables, plan, as_of)
    _record_needed(asked, progress, rates)
    _record_open_by(asked, rates)
    _record_planned(asked)
    return book.result(table=_record_approval(asked, rates))


def _check(plan: Plan, goal: Goal, tables: ScopedTables) -> None:
    currency = tables.settings.company.currency
    if plan.head.currency != currency:
        raise InputError(
            f"The plan is in {plan.head.currency}, the workspace in {currency}.",
            "Give the plan's amounts in the currency of the workspace.",
        )
    for day in (plan.head.start, goal.due):
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise InputError(
                f"{day} is not a day of a plan.", f"Name one from {FIRST_DAY} to {LAST_DAY}."
            )


def _live(plan: Plan, goal: Goal) -> list[Action]:
    return [a for a in plan.actions if a.goal == goal.id and not plan.followed_up(a).dropped]


def _record_goal(asked: _Asked) -> None:
    book, goal = asked.book, asked.goal
    book.add("goal.from", asked.plan.head.start)
    book.add("goal.due", goal.due)
    book.add("goal.amount", goal.amount)
    if goal.amount is None:
        book.warn(
            "目標額が決まっていないため、必要な商談額などは分かりません。",
            "The goal has no amount: what it asks for is unknown.",
        )
    if goal.due is None:
        book.warn(
            "目標の期日が決まっていないため、逆算した日付は分かりません。",
            "The goal has no due day: nothing can be planned back from it.",
        )


def _record_needed(asked: _Asked, progress: Progressed, rates: Rates) -> None:
    """Required pipeline = orders still to be found / win rate, and how many deals that is."""
    book = asked.book
    to_find = None if progress.remaining is None else max(Fraction(progress.remaining), Fraction(0))
    pipeline = wins = deals = None
    if to_find is not None and rates.win_rate:
        pipeline = to_find / rates.win_rate
    if to_find is not None and rates.deal_size:
        wins = math.ceil(to_find / rates.deal_size)
        deals = None if pipeline is None else math.ceil(pipeline / rates.deal_size)
    book.add("goal.required_pipeline", None if pipeline is None else decimal(pipeline))
    book.add("goal.wins_needed", wins)
    book.add("goal.deals_needed", deals)


def _record_open_by(asked: _Asked, rates: Rates) -> None:
    due, cycle = asked.goal.due, rates.cycle_days
    open_by = None
    if due is not None and cycle is not None:
        open_by = due - timedelta(days=math.ceil(cycle))
    asked.book.add("goal.open_by", open_by)
    if open_by is not None and open_by < asked.book.as_of:
        asked.book.warn(
            "受注までの平均日数からみると、これから始める商談は期日に間に合いません"
            f"（{show_date(open_by, 'ja')}までに始める必要がありました）。",
            "By the mean days to win, deals opened from now on come too late: they had to be "
            f"opened by {show_date(open_by, 'en')}.",
        )


def _record_planned(asked: _Asked) -> None:
    """Whether the actions' order values add up to the goal; an unknown value is counted."""
    book, amount = asked.book, asked.goal.amount
    known = [action.value for action in asked.actions if action.value is not None]
    unknown = len(asked.actions) - len(known)
    total = sum(known, Decimal(0)) if known or not asked.actions else None
    missing = [LeftOut(rows=unknown, reason=Text(ja="見込受注額が不明", en="no order value"))]
    gap = None
    if asked.in_orders and amount is not None and total is not None:
        gap = amount - total
    book.add("goal.actions", len(asked.actions), rows=len(asked.actions))
    book.add("goal.planned_value", total, rows=len(known), left_out=missing)
    book.add("goal.planned_unknown", unknown, rows=len(asked.actions))
    book.add("goal.planned_gap", gap, rows=len(known), left_out=missing)
    book.add("goal.planned_reaches", _reaches(gap, unknown), rows=len(known), left_out=missing)
    if known and not asked.in_orders:
        book.warn(
            "目標の指標が受注額でも正味売上でもないため、アクションの見込受注額とは比べられません。",
            "The goal is neither in orders nor in sales: the orders planned cannot be compared "
            "with it.",
        )
    if unknown:
        book.warn(
            f"見込受注額が不明なアクションが{unknown}件あり、合計に含めていません。",
            f"Actions without an order value are not in the sum: {unknown}.",
        )


def _reaches(gap: Decimal | None, unknown: int) -> str | None:
    if gap is not None and gap <= 0:
        return "yes"
    return None if gap is None or unknown else "no"


def _record_approval(asked: _Asked, rates: Rates) -> Table | None:
    """The customer's approval, planned back from the due day; None without one."""
    book, settings = asked.book, asked.tables.settings.plans
    amount, note = _to_approve(asked, rates)
    book.add("goal.approval_amount", amount, note=note)
    if asked.goal.due is None:
        book.add("goal.proposal_due", None)
        return None
    path = approval_path(settings.approval, amount, asked.goal.due, settings.holidays)
    first = path[0].submit if path else None
    book.add("goal.proposal_due", first, rows=len(path))
    _warn_of_approval(book, amount, first, bool(settings.holidays))
    return book.table(
        {
            "goal.step": [one.step.name for one in path],
            "goal.step_from": [one.step.amount_from for one in path],
            "goal.step_days": [one.step.days for one in path],
            "goal.step_submit": [one.submit for one in path],
            "goal.step_meeting": [one.meeting for one in path],
        },
        [f"step:{number}" for number in range(1, len(path) + 1)],
        sort=Text(ja="決裁の順", en="in the order of approval"),
    )


def _to_approve(asked: _Asked, rates: Rates) -> tuple[Decimal | None, Text | None]:
    """The amount that the customer has to approve at once, and what it was taken from."""
    if values := [action.value for action in asked.actions if action.value is not None]:
        return max(values), Text(ja="アクションの見込受注額の最大値", en="largest planned order")
    if rates.deal_size is not None:
        return decimal(rates.deal_size), Text(ja="平均受注額", en="mean won amount")
    if asked.in_orders and asked.goal.amount is not None:
        return asked.goal.amount, Text(ja="目標額", en="amount of the goal")
    return None, None


def _warn_of_approval(
    book: FactBook, amount: Decimal | None, first: date | None, holidays: bool
) -> None:
    if amount is None:
        book.warn(
            "決裁を受ける金額が分からないため、すべての決裁の段階を見込みました。",
            "The amount to be approved is unknown: every step of the approval is planned for.",
        )
    if first is not None and not holidays:
        book.warn(
            "祝日が設定されていないため、決裁の日程は土日だけを休みとして逆算しました"
            "（settings.toml の [plans] に holidays として設定できます）。",
            "No holidays are set (holidays under [plans] in settings.toml): the approval is "
            "planned back with Saturdays and Sundays off only.",
        )
    if first is not None and first < book.as_of:
        book.warn(
            f"決裁の最初の提出期限（{show_date(first, 'ja')}）を過ぎています。",
            f"The first submission for approval was due on {show_date(first, 'en')}.",
        )
