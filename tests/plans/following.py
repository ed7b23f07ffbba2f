"""A plan of the sample company that has gone on for a while, made of plain values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from assistant.bootstrap import Workspace
from crm.scope import OPERATOR, Principal
from plans.model import (
    Action,
    Appointment,
    Goal,
    Head,
    Kpi,
    Plan,
    Progress,
    Record,
    Statement,
)
from plans.stored import Stored
from tests.companies import SAMPLE_DAY
from tools.facts import Fact

START, END = date(2026, 4, 1), date(2027, 3, 31)
ACCOUNT = "A010"
TARGET = Decimal(10_000_000)
"""By how much the transacted amount is to grow."""
MISAKI = Principal("U07", "高瀬 美咲", frozenset({"rep"}))
STRANGER = Principal("U08", "松田 健", frozenset({"rep"}))
ACTIONS = (
    Action(id="done", what="訪問", due=date(2026, 6, 1), goal="g1", value=Decimal(30_000_000)),
    Action(id="dropped", what="展示会", due=date(2026, 6, 1), goal="g1"),
    Action(id="late", what="役員訪問", due=date(2026, 9, 20), owner="高瀬 美咲", goal="g1"),
    Action(id="soon", what="提案", due=date(2026, 10, 10), goal="g1"),
    Action(id="later", what="契約", due=date(2027, 1, 31), goal="g1"),
    Action(id="undated", what="紹介の依頼", goal="g1"),
)


def fact(workspace: Workspace, tool: str, name: str, day: date, account: str = ACCOUNT) -> Fact:
    """A fact about the account as a tool gave it on a day."""
    found = workspace.desk.run_tool(OPERATOR, tool, {"account_id": account}, day).fact(name)
    assert found is not None
    return found


def followed_plan(workspace: Workspace, account: str = ACCOUNT, owner: Principal = MISAKI) -> Plan:
    """A plan of the fiscal year 2026 with a KPI, a goal, actions, reviews and statements."""
    base = fact(workspace, "kpi_pair", "kpi.transacted", START, account)
    then = fact(workspace, "account_overview", "sales.net_sales", date(2024, 3, 31), account)
    same = fact(workspace, "account_overview", "account.name", START, account)
    assert isinstance(base.value, Decimal)
    parts: dict[str, Any] = {
        "head": Head(
            account_id=account, account_name="北斗精密", title="2026年度計画", language="ja",
            currency="JPY", start=START, end=END, as_of=START, owner_id=owner.person_id,
            owner=owner.name,
        ),
        "goals": (
            Goal(
                id="g1", what="受注額", measure="orders_won", amount=Decimal(100_000_000), due=END
            ),
        ),
        "actions": ACTIONS,
        "progress": (
            Progress(id="done", done_on=date(2026, 6, 2)), Progress(id="dropped", dropped=True),
        ),
        "kpis": (
            Kpi(id="sales", what="実績額", unit="JPY", measure="kpi.transacted", baseline=base,
                target=base.value + TARGET, due=END),
            Kpi(id="hand", what="紹介", unit="社", baseline_value=Decimal(0), target=Decimal(5)),
        ),
        "calendar": (
            Appointment(id="m", what="進捗確認", level="manager", every="month",
                        first=date(2026, 7, 5)),
        ),
        "records": (Record(id="r", held_on=date(2026, 7, 6), by="大野 恵", summary="確認した"),),
        "statements": (
            Statement(id="s1", section="account", text="取引は{{sales.net_sales}}", kind="fact",
                      facts=(then,)),
            Statement(id="s2", section="account", text="{{account.name}}", kind="fact",
                      facts=(same,)),
            Statement(id="h1", section="risk", text="価格が争点", kind="hypothesis", status="open",
                      test="次の面談で尋ねる", on=date(2026, 9, 1)),
        ),
    }  # fmt: skip
    return Plan(**parts)


def in_force(workspace: Workspace, stored: Stored, owner: Principal = MISAKI) -> Stored:
    """The plan submitted, approved by an executive or the manager, and begun."""
    from plans.life import approvers

    planner = workspace.planner
    planner.move(owner, stored.plan_id, "in_review", None, None)
    first = approvers(stored.plan, workspace.desk.directory())[0]
    manager = Principal(first.person_id, first.name, frozenset({first.role or "manager"}))
    planner.move(manager, stored.plan_id, "approved", None, None)
    return planner.move(owner, stored.plan_id, "in_execution", None, None)


def kept(workspace: Workspace, plan: Plan, owner: Principal = MISAKI) -> Stored:
    """The plan as a draft in the workspace's database."""
    from datetime import UTC, datetime

    from plans.store import Plans

    moment = datetime(SAMPLE_DAY.year, SAMPLE_DAY.month, SAMPLE_DAY.day, tzinfo=UTC)
    return Plans(workspace.database).create(plan, owner, "test", now=moment)
