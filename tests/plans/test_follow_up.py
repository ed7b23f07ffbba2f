"""How a plan goes: every figure is that of the raw rows, and what cannot be seen does not exist."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from assistant.bootstrap import Workspace
from crm.errors import InputError, NotFoundError
from crm.scope import OPERATOR, Principal
from plans.follow_up import (
    action_standings,
    attainment,
    kpi_standing,
    live_plan,
    occurrences,
    review_standings,
)
from plans.life import approvers
from plans.measuring import has_moved
from plans.model import Appointment, Kpi, Record
from plans.stored import Stored
from tests.companies import SAMPLE_DAY
from tests.fakes import copy_of
from tests.oracles.canonical import Tables
from tests.oracles.goals import goal as goal_oracle
from tests.plans.following import (
    ACCOUNT,
    END,
    MISAKI,
    START,
    STRANGER,
    TARGET,
    followed_plan,
    in_force,
    kept,
)
from tests.plans.plans import a_fact, a_plan
from tools.facts import ToolResult

ENOUGH = Decimal("0.8")


@pytest.fixture(scope="module")
def workspace(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return copy_of(sample_workspace, tmp_path_factory.mktemp("following"))


@pytest.fixture(scope="module")
def stored(workspace: Workspace) -> Stored:
    return in_force(workspace, kept(workspace, followed_plan(workspace)))


@pytest.fixture(scope="module")
def status(workspace: Workspace, stored: Stored) -> ToolResult:
    return asked(workspace)


def asked(workspace: Workspace, who: Principal = MISAKI, **given: Any) -> ToolResult:
    arguments = {"account_id": ACCOUNT, **given}
    return workspace.desk.run_tool(who, "plan_status", arguments, SAMPLE_DAY)


def value(result: ToolResult, name: str, subject: str | None = None) -> Any:
    return next(f.value for f in result.facts if f.name == name and f.subject == subject)


def sold(raw: Tables, account: str, last: date, days: int = 365) -> Decimal:
    """Net sales of an account in the days that end with the last one, row by row."""
    lines = raw["order_lines"].to_dict("records")
    first = last - timedelta(days=days - 1)
    inside = [r for r in lines if r["account_id"] == account and first <= r["ordered_on"] <= last]
    return sum((Decimal(str(r["net_amount"])) for r in inside), Decimal(0))


# ------------------------------------------------------------------ against the raw rows


def test_a_kpi_is_read_anew_and_set_against_linear_time(
    status: ToolResult, sample_raw: Tables
) -> None:
    base, now = sold(sample_raw, ACCOUNT, START), sold(sample_raw, ACCOUNT, SAMPLE_DAY)
    way = Fraction(now - base) / Fraction(TARGET)
    expected = Fraction((SAMPLE_DAY - START).days, (END - START).days)
    table = status.table
    assert table is not None
    row = table.subjects.index("kpi:sales")
    assert value(status, "plan.kpi_base", "kpi:sales") == base
    assert value(status, "plan.kpi_actual", "kpi:sales") == now
    assert value(status, "plan.kpi_target", "kpi:sales") == base + TARGET
    assert abs(Fraction(table.cell(row, "plan.kpi_way").value) - way) < Fraction(1, 10**6)
    assert table.cell(row, "plan.kpi_expected").value == Decimal("0.5")
    assert expected == Fraction(1, 2)
    behind = way < expected * Fraction(ENOUGH)
    assert table.cell(row, "plan.kpi_behind").value == ("yes" if behind else "no")
    assert value(status, "plan.kpis_behind") == int(behind)
    of_expected = min(Fraction(1), max(Fraction(0), way / expected))
    assert abs(Fraction(value(status, "plan.attainment")) - of_expected) < Fraction(1, 10**6)


def test_a_kpi_that_no_tool_measures_is_unknown_and_not_behind(status: ToolResult) -> None:
    table = status.table
    assert table is not None
    row = table.subjects.index("kpi:hand")
    assert value(status, "plan.kpi_actual", "kpi:hand") is None
    assert table.cell(row, "plan.kpi_way").value is None
    assert table.cell(row, "plan.kpi_behind").value is None
    assert (value(status, "plan.kpis"), value(status, "plan.kpis_known")) == (2, 1)


def test_a_figure_has_the_unit_of_its_kpi(status: ToolResult) -> None:
    units = {f.subject: f.unit for f in status.facts if f.name == "plan.kpi_target"}
    assert units == {"kpi:sales": "JPY", "kpi:hand": "社"}


def test_actions_are_told_by_what_became_of_them(status: ToolResult) -> None:
    part = status.part("plan_actions")
    assert part is not None
    assert part.table is not None
    states = {
        part.table.subjects[n]: part.table.cell(n, "plan.action_state").value
        for n in range(len(part.table.rows))
    }
    assert states == {
        "action:done": "done", "action:dropped": "dropped", "action:late": "overdue",
        "action:soon": "soon", "action:later": "later", "action:undated": "undated",
    }  # fmt: skip
    assert part.table.subjects[0] == "action:late"
    assert part.table.cell(0, "plan.action_late").value == 10
    counts = [value(status, f"plan.actions{n}") for n in ("", "_done", "_overdue", "_soon")]
    assert counts == [5, 1, 1, 1]


def test_a_goal_is_the_oracles(status: ToolResult, sample_raw: Tables) -> None:
    part = status.part("plan_goals")
    assert part is not None
    assert part.table is not None
    wanted = goal_oracle(
        sample_raw, SAMPLE_DAY, ACCOUNT, "orders_won", Decimal(100_000_000), START, END, "U07"
    )
    for name in ("goal.actual", "goal.remaining", "goal.required_pipeline", "goal.open_by"):
        assert part.table.cell(0, name).value == wanted[name], name
    share = Fraction(wanted["goal.actual"]) / 100_000_000
    told = part.table.cell(0, "plan.goal_share").value
    assert abs(Fraction(str(told)) - share) < Fraction(1, 10**6)


def test_a_statement_whose_figure_has_moved_is_stale(
    status: ToolResult, sample_raw: Tables
) -> None:
    then, now = sold(sample_raw, ACCOUNT, date(2024, 3, 31)), sold(sample_raw, ACCOUNT, SAMPLE_DAY)
    assert abs(now - then) > then / 10
    part = status.part("plan_stale")
    assert part is not None
    assert part.table is not None
    assert len(part.table.rows) == 1
    assert part.table.cell(0, "plan.now_state").value == "changed"
    assert value(part, "plan.was", "stale:1") == then
    assert value(part, "plan.now", "stale:1") == now
    assert (value(status, "plan.stated"), value(status, "plan.stale")) == (2, 1)
    assert value(status, "plan.stale_unknown") == 0


def test_reviews_that_were_not_held_are_overdue(status: ToolResult) -> None:
    assert value(status, "plan.reviews_overdue") == 2
    assert value(status, "plan.review_due") == date(2026, 8, 5)
    assert value(status, "plan.review_late") == (SAMPLE_DAY - date(2026, 8, 5)).days
    assert value(status, "plan.review_held") == date(2026, 7, 6)
    assert value(status, "plan.verdict") == "behind"


def test_open_hypotheses_are_listed_with_their_test_and_age(status: ToolResult) -> None:
    part = status.part("plan_hypotheses")
    assert part is not None
    assert part.table is not None
    row = {c.name: part.table.cell(0, c.name).value for c in part.table.columns}
    assert row == {
        "plan.hypothesis": "価格が争点", "plan.hypothesis_test": "次の面談で尋ねる",
        "plan.hypothesis_age": 29,
    }  # fmt: skip


# ------------------------------------------------------------------ who sees it, and which plan


def test_a_plan_of_an_account_that_cannot_be_seen_does_not_exist(
    workspace: Workspace, stored: Stored
) -> None:
    with pytest.raises(NotFoundError) as hidden:
        asked(workspace, STRANGER)
    with pytest.raises(NotFoundError) as absent:
        asked(workspace, STRANGER, account_id="A9999")
    assert str(hidden.value).replace(ACCOUNT, "x") == str(absent.value).replace("A9999", "x")
    with pytest.raises(NotFoundError, match="no such plan"):
        workspace.desk.run_tool(
            OPERATOR, "plan_status", {"account_id": "A001", "plan_id": stored.plan_id}, SAMPLE_DAY
        )


def test_a_kpi_of_another_account_is_not_read(workspace: Workspace, stored: Stored) -> None:
    other = followed_plan(workspace, "A001").item("kpis", "sales")
    assert isinstance(other, Kpi)
    plan = stored.plan.with_items("kpis", [other])
    kept_ = kept(workspace, plan)
    found = asked(workspace, OPERATOR, plan_id=kept_.plan_id)
    assert value(found, "plan.kpi_actual", "kpi:sales") is None
    assert any("2 live plans" in warning.en for warning in found.warnings)


def test_a_plan_in_force_counts_before_a_later_draft(workspace: Workspace, stored: Stored) -> None:
    plans = workspace.planner.all(OPERATOR, ACCOUNT)
    assert live_plan(plans[::-1]) == live_plan(plans)
    found = live_plan(plans)
    assert found is not None
    assert found.plan_id == stored.plan_id


# ------------------------------------------------------------------ reviews and reminders


def test_a_review_keeps_the_figures_of_its_day_and_the_approval(
    workspace: Workspace, stored: Stored, sample_raw: Tables
) -> None:
    before = workspace.planner.get(MISAKI, stored.plan_id)
    after = workspace.planner.review(
        MISAKI, stored.plan_id, "受注は順調", "訪問を増やす", SAMPLE_DAY
    )
    assert (after.state, after.hash, after.version) == (
        "in_execution", before.hash, before.version + 1,
    )  # fmt: skip
    assert after.approved_hash == before.approved_hash
    record = after.plan.records[-1]
    assert (record.held_on, record.by, record.decisions) == (
        SAMPLE_DAY,
        "高瀬 美咲",
        "訪問を増やす",
    )
    facts = {f.key: f.value for f in record.facts}
    assert facts["kpi.transacted"] == sold(sample_raw, ACCOUNT, SAMPLE_DAY)
    assert "goal.remaining@goal:g1" in facts
    assert review_standings(after.plan, SAMPLE_DAY)[0].missed == 0
    workspace.planner.undo(MISAKI, stored.plan_id)


@pytest.mark.parametrize(
    ("summary", "day", "said"),
    [("", SAMPLE_DAY, "no summary"), ("確認", SAMPLE_DAY + timedelta(days=1), "still to come")],
)
def test_a_review_without_words_or_still_to_come_is_refused(
    workspace: Workspace, stored: Stored, summary: str, day: date, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        workspace.planner.review(MISAKI, stored.plan_id, summary, None, day)


def test_reminders_are_noted_for_whom_they_concern(workspace: Workspace, stored: Stored) -> None:
    workspace.planner.save(MISAKI, workspace.planner.get(MISAKI, stored.plan_id),
                           stored.plan.with_items("progress", []), "again")  # fmt: skip
    workspace.planner.review(MISAKI, stored.plan_id, "確認", None, date(2026, 9, 5))
    due = workspace.planner.reminders(MISAKI, SAMPLE_DAY, "ja")
    kinds = {(t.reminder.kind, t.reminder.text_key.partition(":")[2]) for t in due}
    assert ("action_overdue", "late") in kinds
    assert ("review_due", "m") in kinds
    assert ("hypothesis", "h1") in kinds
    assert not [k for k in kinds if k[1] in ("done", "dropped", "later", "undated")]
    late = next(t for t in due if t.reminder.text_key == "action_overdue:late")
    assert (late.reminder.person_id, late.reminder.due) == ("U07", date(2026, 9, 21))
    assert late.text == (
        "北斗精密: アクション「役員訪問」が期日（2026年9月20日）を過ぎています。"
        "完了か新しい期日を記録してください。"
    )
    assert workspace.planner.reminders(STRANGER, SAMPLE_DAY, "ja") == []


def test_the_approver_is_reminded_and_no_longer_once_it_is_decided(workspace: Workspace) -> None:
    plan = followed_plan(workspace)
    draft = kept(workspace, plan)
    workspace.planner.move(MISAKI, draft.plan_id, "in_review", None, None)
    day = date(2100, 1, 1)

    def waiting() -> list[str]:
        due = workspace.planner.reminders(OPERATOR, day, "ja")
        mine = [t for t in due if t.reminder.plan_id == draft.plan_id]
        return [t.reminder.kind for t in mine]

    assert waiting() == ["approval"]
    manager = approvers(plan, workspace.desk.directory())[0]
    who = Principal(manager.person_id, manager.name, frozenset({manager.role or "manager"}))
    workspace.planner.move(who, draft.plan_id, "draft", "直して", None)
    assert "approval" not in waiting()


# ------------------------------------------------------------------ rules by themselves


def test_the_way_is_counted_from_a_baseline_that_is_later() -> None:
    base = a_fact(Decimal(100))  # of 1 May
    kpi = Kpi(id="k", what="売上", unit="JPY", baseline=base, target=Decimal(200))
    plan = a_plan(kpis=(kpi,))
    found = kpi_standing(plan, kpi, Decimal(150), date(2026, 6, 1), ENOUGH)
    assert found.expected == Fraction(31, (date(2027, 3, 31) - date(2026, 5, 1)).days)
    assert (found.way, found.behind) == (Fraction(1, 2), False)


def test_unknown_and_a_target_at_the_baseline_have_no_way() -> None:
    plan = a_plan()
    level = Kpi(id="k", what="x", unit="社", baseline_value=Decimal(5), target=Decimal(5))
    none = [kpi_standing(plan, level, now, SAMPLE_DAY, ENOUGH) for now in (5, None, "text")]
    assert [(k.way, k.behind) for k in none] == [(None, None)] * 3
    assert attainment(none) is None


def test_a_falling_kpi_goes_its_way_downwards() -> None:
    kpi = Kpi(id="k", what="x", unit="days", baseline_value=Decimal(60), target=Decimal(30))
    found = kpi_standing(a_plan(), kpi, Decimal(45), SAMPLE_DAY, ENOUGH)
    assert (found.way, found.behind) == (Fraction(1, 2), False)
    worse = kpi_standing(a_plan(), kpi, Decimal(70), SAMPLE_DAY, ENOUGH)
    assert (worse.behind, worse.attained) == (True, Fraction(0))


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        (Decimal(100), Decimal(110), False), (Decimal(100), Decimal("110.01"), True),
        (10, 12, False), (10, 13, True), (1, 2, True), (0, 1, True), (3, 3, False),
        (date(2026, 1, 1), date(2026, 1, 2), True), ("A", "B", True), ("A", "A", False),
        (None, 3, True), (Decimal(0), Decimal(1), True),
    ],
)  # fmt: skip
def test_a_change_within_the_tolerance_is_none(old: Any, new: Any, moved: bool) -> None:
    found = has_moved(a_fact(old), a_fact(new), Decimal("0.10"), Decimal("0.20"))
    assert found is moved


def test_a_monthly_review_of_the_last_day_is_on_the_last_day() -> None:
    one = Appointment(id="a", what="x", level="manager", every="month", first=date(2026, 1, 31))
    assert occurrences(one, date(2026, 4, 30)) == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30),
    ]  # fmt: skip


def test_a_record_is_the_review_nearest_to_it() -> None:
    calendar = (
        Appointment(id="m", what="x", level="manager", every="month", first=date(2026, 6, 1)),
        Appointment(id="q", what="y", level="executive", every="quarter", first=date(2026, 6, 30)),
    )
    records = tuple(
        Record(id=str(n), held_on=day, by="A", summary="s")
        for n, day in enumerate((date(2026, 7, 1), date(2026, 7, 2)))
    )
    plan = a_plan(calendar=calendar, records=records)
    manager, executive = review_standings(plan, date(2026, 7, 20))
    assert (manager.due, manager.missed) == (date(2026, 8, 1), 0)
    assert (executive.due, executive.missed) == (date(2026, 9, 30), 0)


def test_an_action_due_today_is_not_overdue() -> None:
    plan = a_plan()
    today = plan.actions[0].model_copy(update={"due": SAMPLE_DAY})
    (found,) = action_standings(plan.with_items("actions", [today]), SAMPLE_DAY, 0)
    assert (found.state, found.late) == ("soon", None)
