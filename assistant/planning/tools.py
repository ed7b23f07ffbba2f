"""The tools that join plans with calculated facts; they enter the catalog at bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property

import sqlalchemy as sa
from pydantic import Field

from assistant.planning.portfolio import (
    PlanPortfolioArguments,
    accounts_asked,
    entry,
    measure,
    portfolio,
)
from assistant.planning.status import About, plan_status
from crm.errors import NotFoundError
from crm.scope import ScopedTables
from plans.follow_up import live_plan
from plans.goals import goal_arithmetic
from plans.measuring import Meter
from plans.model import Goal, Plan
from plans.status import Measured, Statuses
from plans.store import Plans
from plans.stored import Listed, Stored
from tools.arguments import Arguments, open_book
from tools.catalog import Catalog
from tools.facts import Text, ToolResult
from tools.portfolio import record_name
from tools.tool import Tool


class PlanStatusArguments(Arguments):
    """Which account's plan."""

    account_id: str = Field(description="Id of the account, as find_account gives it.")
    plan_id: str | None = Field(
        default=None, description="A plan's id; without it the account's plan that counts."
    )


class PlanGoalArguments(Arguments):
    """Which goal of which account's plan."""

    account_id: str = Field(description="Id of the account, as find_account gives it.")
    goal: str | None = Field(
        default=None, description="Id of a goal of the plan; without it the one due first."
    )


class PlanTools:
    """The tools about plans. `catalog` holds those that read KPIs and facts anew.

    A plan whose account cannot be seen does not exist.
    """

    def __init__(self, database: Callable[[], sa.Engine], catalog: Catalog) -> None:
        self._database, self._catalog = database, catalog

    @cached_property
    def _plans(self) -> Plans:
        return Plans(self._database())

    @cached_property
    def _statuses(self) -> Statuses:
        return Statuses(self._database(), self._plans)

    def extend(self, catalog: Catalog) -> Catalog:
        """The catalog with these tools behind its own."""
        return catalog.with_(
            Tool(
                "plan_status",
                PlanStatusArguments,
                self.plan_status,
                Text(
                    ja="アカウントプランの進み具合: KPI・アクション・目標の予実、古くなった記述、"
                    "検証待ちの仮説、次のレビュー、承認",
                    en="How an account's plan goes: KPIs, actions and goals against the plan, "
                    "stale facts, hypotheses to test, reviews, approval",
                ),
                needs=("accounts",),
            ),
            Tool(
                "plan_goal",
                PlanGoalArguments,
                self.plan_goal,
                Text(
                    ja="プランの目標に届くか: 必要な商談額、いつまでに商談を始めるか、決裁の日程",
                    en="Whether a plan's goal can be reached: pipeline needed, latest day to open "
                    "deals, the customer's approval planned back",
                ),
                needs=("accounts",),
            ),
            Tool(
                "plan_portfolio",
                PlanPortfolioArguments,
                self.plan_portfolio,
                Text(
                    ja="プランの一覧: 進み具合、完成度、承認待ち、プランのない重点顧客",
                    en="All plans: how they go, scores, approvals waiting, key accounts without "
                    "a plan",
                ),
                needs=("accounts",),
            ),
        )

    def plan_status(self, tables: ScopedTables, arguments: PlanStatusArguments) -> ToolResult:
        """How the account's plan goes. Raises NotFoundError when there is none to be seen."""
        plans = self._of(tables, arguments.account_id)
        stored = self._chosen(plans, arguments.plan_id)
        self.measured(stored, tables, arguments.as_of)
        about = About(
            events=self._plans.events(stored.plan_id),
            directory=tables.directory,
            live=sum(plan.state != "closed" for plan in plans),
        )
        meter = Meter(self._catalog, tables, stored.account_id, arguments.as_of)
        return plan_status(stored, about, meter, tables, arguments)

    def plan_goal(self, tables: ScopedTables, arguments: PlanGoalArguments) -> ToolResult:
        """What a goal of the account's plan asks for; the table holds the approval's steps."""
        plans = self._of(tables, arguments.account_id)
        stored = self._chosen(plans, None)
        goal = _goal(stored.plan, arguments.goal)
        book = open_book("plan_goal", tables, arguments)
        record_name(book, tables, stored.account_id)
        book.add("plan.title", stored.head.title)
        book.add("plan.state", stored.state)
        book.add("plan.goal", goal.what)
        book.add("plan.goals", len(stored.plan.goals))
        found = goal_arithmetic(stored.plan, goal, tables, arguments.as_of)
        calculated = tuple(fact for fact in found.facts if fact.name != "meta.as_of")
        return found.model_copy(update={"tool": "plan_goal", "facts": (*book.facts, *calculated)})

    def plan_portfolio(self, tables: ScopedTables, arguments: PlanPortfolioArguments) -> ToolResult:
        """Every plan that can be seen, and the key accounts without one."""
        accounts = accounts_asked(tables, arguments)
        seen = {account["account_id"]: account for account in accounts}
        entries = [
            entry(
                seen[stored.account_id],
                stored,
                self.measured(stored, tables, arguments.as_of),
                self._plans.events(stored.plan_id) if stored.state == "in_review" else (),
                tables,
                arguments.as_of,
            )
            for stored in self._statuses.live(sorted(seen))
        ]
        return portfolio(accounts, entries, tables.directory, tables, arguments)

    def measured(self, stored: Stored, tables: ScopedTables, as_of: date) -> Measured:
        """What a plan's KPIs are at on a day: as kept for that day and import, else measured."""
        statuses = self._statuses
        kept = statuses.kept([stored]).get(stored.plan_id)
        if kept is not None and (kept.as_of, kept.snapshot) == (as_of, tables.snapshot.id):
            return kept
        found = measure(stored, self._catalog, tables, as_of)
        if kept is None or kept.as_of <= as_of:
            statuses.keep(stored, found)
        return found

    def _of(self, tables: ScopedTables, account_id: str) -> list[Listed]:
        """The plans of an account, which must be visible."""
        return self._plans.list([tables.require_account(account_id)])

    def _chosen(self, plans: list[Listed], plan_id: str | None) -> Stored:
        if plan_id is None:
            found = live_plan(plans)
        else:
            found = next((plan for plan in plans if plan.plan_id == plan_id), None)
        if found is None:
            raise NotFoundError(
                "The account has no such plan." if plan_id else "The account has no live plan.",
                "Draw one up with `plan draft`, or ask for the list of plans.",
            )
        return self._plans.get(found.plan_id)


def _goal(plan: Plan, goal_id: str | None) -> Goal:
    found = next((goal for goal in plan.goals if goal_id in (None, goal.id)), None)
    if found is None:
        raise NotFoundError(
            "The plan has no goal yet." if goal_id is None else "The plan has no such goal.",
            "Give the plan a goal, with its amount and its day.",
        )
    return found
