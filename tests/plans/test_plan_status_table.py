"""What plans are at reaches signals and depth through a table that is scoped like any other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assistant.bootstrap import Workspace
from crm.scope import OPERATOR, Principal
from plans.model import Kpi
from plans.stored import Stored
from tests.companies import SAMPLE_DAY
from tests.fakes import copy_of
from tests.plans.following import ACCOUNT, MISAKI, STRANGER, followed_plan, in_force, kept
from tools.facts import ToolResult

LATE = (SAMPLE_DAY - date(2026, 8, 5)).days


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> Workspace:
    return copy_of(sample_workspace, tmp_path)


def running(workspace: Workspace, target: Decimal) -> Stored:
    """A plan in force whose one KPI is to grow by so much, from what it is on the first day."""
    plan = followed_plan(workspace)
    kpi = next(one for one in plan.kpis if one.id == "sales")
    assert kpi.begins_at is not None
    moved = kpi.model_copy(update={"target": kpi.begins_at + target})
    return in_force(workspace, kept(workspace, plan.replaced({"kpis": (moved,)})))


def table(workspace: Workspace, who: Principal = OPERATOR) -> list[dict[str, Any]]:
    tables = workspace.desk.tables(who)
    if "plan_status" not in tables:
        return []
    rows: list[dict[str, Any]] = tables["plan_status"].to_pyarrow().to_pylist()
    return rows


def run(workspace: Workspace, tool: str, who: Principal = OPERATOR, **given: Any) -> ToolResult:
    return workspace.desk.run_tool(who, tool, given, SAMPLE_DAY)


def signals(workspace: Workspace, who: Principal = OPERATOR) -> dict[str, Any]:
    result = run(workspace, "needs_attention", who, account_id=ACCOUNT)
    return {f.name: f.value for f in result.facts if f.name.startswith("signal.plan")}


def test_without_plans_there_is_no_table(workspace: Workspace) -> None:
    assert "plan_status" not in workspace.desk.tables(OPERATOR)
    assert signals(workspace) == {}
    depth = run(workspace, "depth_score", account_id=ACCOUNT)
    assert any("plan_status" in warning.en for warning in depth.warnings)


def test_a_draft_raises_nothing(workspace: Workspace) -> None:
    before = run(workspace, "needs_attention", limit=500)
    kept(workspace, followed_plan(workspace))
    (row,) = table(workspace)
    assert (row["state"], row["kpi_attainment"], row["review_due"]) == ("draft", None, None)
    after = run(workspace, "needs_attention", limit=500)
    assert after.facts == before.facts
    assert after.table == before.table


def test_a_plan_in_force_has_one_row_with_what_it_is_at(workspace: Workspace) -> None:
    stored = running(workspace, Decimal(10_000_000))
    status = run(workspace, "plan_status", account_id=ACCOUNT)
    (row,) = table(workspace)
    assert row == {
        "account_id": ACCOUNT, "plan_id": stored.plan_id, "state": "in_execution",
        "version": stored.version, "kpi_attainment": status.fact("plan.attainment").value,  # type: ignore[union-attr]
        "kpis_behind": status.fact("plan.kpis_behind").value, "actions_overdue": 1,  # type: ignore[union-attr]
        "review_due": date(2026, 8, 5),
    }  # fmt: skip


def test_an_overdue_review_and_a_kpi_behind_are_signals(workspace: Workspace) -> None:
    assert signals(workspace) == {}  # what was kept before the plan is not taken for today's
    running(workspace, Decimal(10**12))
    (row,) = table(workspace)
    assert row["kpi_attainment"] < Decimal("0.8")
    assert signals(workspace) == {
        "signal.plan_behind": row["kpi_attainment"], "signal.plan_overdue": LATE,
    }  # fmt: skip


def test_a_review_that_is_held_ends_its_signal(workspace: Workspace) -> None:
    stored = running(workspace, Decimal(10**12))
    workspace.planner.review(MISAKI, stored.plan_id, "確認", None, date(2026, 9, 6))
    assert set(signals(workspace)) == {"signal.plan_behind"}


def test_plan_execution_is_a_part_of_the_depth_score(workspace: Workspace) -> None:
    before = run(workspace, "depth_score", account_id=ACCOUNT)
    running(workspace, Decimal(10**12))
    after = run(workspace, "depth_score", account_id=ACCOUNT)
    (row,) = table(workspace)
    parts = ("breadth", "departments", "levels", "wallet", "solutions", "engagement", "plan")
    weights = workspace.settings.depth.weights
    known = {p: f.value for p in parts if (f := after.fact(f"depth.{p}")) and f.value is not None}
    assert before.fact("depth.plan").value is None  # type: ignore[union-attr]
    assert known["plan"] == row["kpi_attainment"]
    total = sum(Decimal(known[p]) * weights[p] for p in known)  # type: ignore[arg-type]
    score = 100 * total / sum(weights[p] for p in known)
    assert abs(Decimal(after.fact("depth.score").value) - score) < Decimal("0.001")  # type: ignore[arg-type, union-attr]


def test_another_rep_sees_no_row_and_no_change(workspace: Workspace) -> None:
    before = [run(workspace, t, STRANGER, limit=500) for t in ("needs_attention", "depth_score")]
    running(workspace, Decimal(10**12))
    assert table(workspace, STRANGER) == []
    after = [run(workspace, t, STRANGER, limit=500) for t in ("needs_attention", "depth_score")]
    assert after == before
    assert [row["account_id"] for row in table(workspace, MISAKI)] == [ACCOUNT]


def test_a_group_counts_the_plan_of_its_member(workspace: Workspace) -> None:
    running(workspace, Decimal(10**12))
    result = run(workspace, "needs_attention", account_id=ACCOUNT, group=True)
    assert "signal.plan_overdue" in {fact.name for fact in result.facts}


def test_what_was_measured_of_other_content_is_not_taken(workspace: Workspace) -> None:
    stored = running(workspace, Decimal(10**12))
    changed = stored.plan.with_items(
        "kpis", [Kpi(id="hand", what="紹介", unit="社", baseline_value=Decimal(0))]
    )
    saved = workspace.planner.save(MISAKI, stored, changed, "another KPI")
    assert saved.state == "draft"
    (row,) = table(workspace)
    assert (row["kpi_attainment"], row["kpis_behind"]) == (None, None)


def test_only_what_rests_on_plans_is_made_anew_when_a_plan_changes(workspace: Workspace) -> None:
    asked: list[str] = []

    def answers(of: str) -> tuple[int, int]:
        tables = workspace.desk.tables(OPERATOR)
        plain = tables.remember(("plain",), lambda: asked.append("plain") or len(asked))
        resting = tables.remember(
            ("outer",),
            lambda: tables.remember(
                ("inner",), lambda: asked.append(of) or int("plan_status" in tables)
            ),
        )
        return plain, resting

    first = answers("without")
    assert answers("again") == first == (1, 0)
    kept(workspace, followed_plan(workspace))
    assert answers("with") == (1, 1)
    assert answers("again") == (1, 1)
    assert asked == ["plain", "without", "with"]


def test_a_question_that_is_not_about_plans_reads_none(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(workspace, followed_plan(workspace))
    monkeypatch.setattr("plans.status.Statuses.table", lambda *_given: pytest.fail("read plans"))
    run(workspace, "account_overview", account_id=ACCOUNT)
    run(workspace, "pipeline_metrics")
