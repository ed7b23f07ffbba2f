"""The plans of a manager's accounts: coverage, what is behind, and what waits for approval."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from assistant.bootstrap import Workspace
from crm.scope import OPERATOR, Principal
from plans.checks import check
from plans.stored import Stored
from tests.companies import SAMPLE_DAY
from tests.fakes import copy_of
from tests.oracles.canonical import Tables
from tests.plans.following import ACCOUNT, MISAKI, STRANGER, followed_plan, in_force, kept
from tools.facts import ToolResult


@pytest.fixture(scope="module")
def workspace(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return copy_of(sample_workspace, tmp_path_factory.mktemp("portfolio"))


@pytest.fixture(scope="module")
def plans(workspace: Workspace, sample_raw: Tables) -> list[Stored]:
    """A plan in force, one in review and a draft, of three accounts of two owners."""
    running = in_force(workspace, kept(workspace, followed_plan(workspace)))
    theirs = _account_of(sample_raw, STRANGER)
    other = kept(workspace, followed_plan(workspace, theirs, STRANGER), STRANGER)
    waiting = workspace.planner.move(STRANGER, other.plan_id, "in_review", None, None)
    mine = _account_of(sample_raw, MISAKI)
    return [running, waiting, kept(workspace, followed_plan(workspace, mine))]


def _account_of(raw: Tables, who: Principal) -> str:
    """Another account of that owner that buys."""
    buyers = set(raw["order_lines"]["account_id"])
    rows = raw["accounts"].to_dict("records")
    return min(
        r["account_id"]
        for r in rows
        if r["owner_id"] == who.person_id and r["account_id"] in buyers - {ACCOUNT}
    )


def listed(workspace: Workspace, who: Principal = OPERATOR, **given: Any) -> ToolResult:
    return workspace.desk.run_tool(who, "plan_portfolio", {"limit": 500, **given}, SAMPLE_DAY)


def value(result: ToolResult, name: str) -> Any:
    found = result.fact(name)
    assert found is not None
    return found.value


def cells(result: ToolResult, name: str) -> dict[str, Any]:
    table = result.table
    assert table is not None
    return {s: table.cell(n, name).value for n, s in enumerate(table.subjects)}


def keys(workspace: Workspace, who: Principal = OPERATOR) -> set[str]:
    """The key accounts, from the ranks that key account selection gives."""
    result = workspace.desk.run_tool(who, "key_account_selection", {"limit": 500}, SAMPLE_DAY)
    ranks = {s: r for s, r in cells(result, "selection.rank").items() if r is not None}
    last = math.ceil(Fraction(len(ranks)) * Fraction(1, 5))
    return {s.removeprefix("account:") for s, rank in ranks.items() if rank <= last}


def test_every_plan_is_listed_with_how_it_goes(workspace: Workspace, plans: list[Stored]) -> None:
    result = listed(workspace)
    running, waiting, draft = (f"account:{plan.account_id}" for plan in plans)
    assert cells(result, "plan.state") == {
        running: "in_execution", waiting: "in_review", draft: "draft",
    }  # fmt: skip
    assert cells(result, "plan.actions_overdue") == dict.fromkeys((running, waiting, draft), 1)
    late = (SAMPLE_DAY - SAMPLE_DAY.replace(month=8, day=5)).days
    assert cells(result, "plan.review_late") == {running: late, waiting: None, draft: None}
    assert cells(result, "plan.kpis_behind")[draft] is None
    status = workspace.desk.run_tool(OPERATOR, "plan_status", {"account_id": ACCOUNT}, SAMPLE_DAY)
    assert cells(result, "plan.kpis_behind")[running] == value(status, "plan.kpis_behind")
    goals = status.part("plan_goals")
    assert goals is not None
    assert cells(result, "plan.goal_share")[running] == cells(goals, "plan.goal_share")["goal:g1"]


def test_the_totals_are_those_of_the_plans(workspace: Workspace, plans: list[Stored]) -> None:
    result = listed(workspace)
    scores = [check(plan.plan, SAMPLE_DAY).score for plan in plans]
    assert value(result, "plan.plans") == 3
    assert value(result, "plan.score_median") == Decimal(str(median(scores)))
    assert value(result, "plan.behind") == 1
    assert value(result, "plan.waiting") == 1
    assert value(result, "plan.waiting_mine") is None


def test_key_accounts_without_a_plan_are_the_rest_of_the_best(
    workspace: Workspace, plans: list[Stored]
) -> None:
    key = keys(workspace)
    planned = {plan.account_id for plan in plans}
    result = listed(workspace, view="uncovered")
    assert {s.removeprefix("account:") for s in cells(result, "account.name")} == key - planned
    ranks = list(cells(result, "selection.rank").values())
    assert ranks == sorted(ranks)
    assert value(result, "plan.key_accounts") == len(key)
    assert value(result, "plan.key_covered") == len(key & planned)
    assert value(result, "plan.key_uncovered") == len(key - planned)


def test_a_rep_sees_their_own_plans_and_counts_only(
    workspace: Workspace, plans: list[Stored]
) -> None:
    running, waiting, draft = plans
    mine, theirs = listed(workspace, MISAKI), listed(workspace, STRANGER)
    assert set(cells(mine, "plan.state")) == {
        f"account:{running.account_id}", f"account:{draft.account_id}",
    }  # fmt: skip
    assert set(cells(theirs, "plan.state")) == {f"account:{waiting.account_id}"}
    assert (value(mine, "plan.plans"), value(theirs, "plan.plans")) == (2, 1)
    assert (value(mine, "plan.waiting"), value(theirs, "plan.waiting")) == (0, 1)
    assert value(theirs, "plan.behind") == 0
    assert value(mine, "plan.key_accounts") == len(keys(workspace, MISAKI))


def test_what_waits_for_the_asker_is_counted(workspace: Workspace, plans: list[Stored]) -> None:
    people = {p.person_id: p for p in workspace.desk.directory().people}
    boss = people[people[STRANGER.person_id].manager_id or ""]
    manager = Principal(boss.person_id, boss.name, frozenset({boss.role or "manager"}))
    result = listed(workspace, manager, view="waiting")
    assert value(result, "plan.waiting_mine") == 1
    assert set(cells(result, "plan.approval_by")) == {f"account:{plans[1].account_id}"}
    assert str(boss.name) in str(next(iter(cells(result, "plan.approval_by").values())))
    assert value(listed(workspace, STRANGER), "plan.waiting_mine") == 0


def test_only_one_owners_plans(workspace: Workspace, plans: list[Stored]) -> None:
    result = listed(workspace, owner_id=STRANGER.person_id)
    assert set(cells(result, "plan.state")) == {f"account:{plans[1].account_id}"}


def test_a_list_is_cut_off_and_says_of_how_many(workspace: Workspace, plans: list[Stored]) -> None:
    result = listed(workspace, limit=1)
    assert result.table is not None
    assert (len(result.table.rows), result.table.total_rows) == (1, len(plans))
    assert result.table.subjects == (f"account:{ACCOUNT}",)
