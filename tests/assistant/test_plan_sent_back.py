"""Whose plan is sent back is told so with the reason, once, until it is submitted again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assistant.bootstrap import Workspace
from assistant.notices.reminders import due_reminders, reminders_page
from assistant.planning.follow import Told
from crm.directory import Principal
from crm.settings import Language
from crm.warehouse import Warehouse
from plans.reminders import Reminders
from tests.fakes import copy_of
from tests.plans.following import MISAKI, followed_plan, kept

OHNO = Principal("U03", "大野 恵", frozenset({"manager"}))
KEN = Principal("U08", "松田 健", frozenset({"rep"}))
DAY = date(2100, 1, 1)
WHY = "目標の根拠を足してください"


@pytest.fixture
def workspace(sample_workspace: Path, sample_warehouse: Warehouse, tmp_path: Path) -> Workspace:
    found = copy_of(sample_workspace, tmp_path)
    found.__dict__["warehouse"] = sample_warehouse
    return found


def submitted(workspace: Workspace) -> str:
    plan_id = kept(workspace, followed_plan(workspace)).plan_id
    workspace.planner.move(MISAKI, plan_id, "in_review", None, None)
    return plan_id


def told(workspace: Workspace, who: Principal, language: Language = "ja") -> list[Told]:
    found = due_reminders(workspace.planner, who, DAY, language)
    return [one for one in found if one.reminder.kind == "sent_back"]


@pytest.mark.parametrize(
    ("comment", "language", "begins", "ends"),
    [
        (
            WHY,
            "ja",
            "北斗精密: プランが",
            f"に差し戻されました（大野 恵: {WHY}）。内容を見直し、再度提出してください。",
        ),
        (
            None,
            "ja",
            "北斗精密: プランが",
            "に差し戻されました（大野 恵）。内容を見直し、再度提出してください。",
        ),
        (
            WHY,
            "en",
            "北斗精密: the plan was sent back on ",
            f" (大野 恵: {WHY}). Change it and submit it again.",
        ),
    ],
)
def test_the_owner_reads_who_sent_it_back_and_why(
    workspace: Workspace, comment: str | None, language: Language, begins: str, ends: str
) -> None:
    plan_id = submitted(workspace)
    workspace.planner.move(OHNO, plan_id, "draft", comment, None)
    [mine] = told(workspace, MISAKI, language)
    assert mine.text.startswith(begins)
    assert mine.text.endswith(ends)
    page = reminders_page(workspace.desk, MISAKI, [mine], DAY, language)
    assert mine.text in page.text
    assert told(workspace, OHNO) == told(workspace, KEN) == []


def test_it_is_told_until_the_plan_is_submitted_again_and_each_time_anew(
    workspace: Workspace,
) -> None:
    plan_id = submitted(workspace)
    for times in (1, 2):
        workspace.planner.move(OHNO, plan_id, "draft", f"{times}回目", None)
        [mine] = told(workspace, MISAKI)
        assert f"大野 恵: {times}回目" in mine.text
        Reminders(workspace.database).take(mine.reminder.id, now=workspace.clock())
        stored = workspace.planner.get(MISAKI, plan_id)
        changed = stored.plan.with_head(purpose=f"目的 {times}")
        workspace.planner.save(MISAKI, stored, changed, "直した")
        assert told(workspace, MISAKI) == []
        workspace.planner.move(MISAKI, plan_id, "in_review", None, None)
    workspace.planner.move(OHNO, plan_id, "draft", "3回目", None)
    workspace.planner.move(MISAKI, plan_id, "in_review", None, None)
    assert told(workspace, MISAKI) == []


def test_whoever_submitted_it_for_the_owner_is_told_too(workspace: Workspace) -> None:
    boss = Principal("U01", "稲垣 真一", frozenset({"executive"}))
    plan_id = kept(workspace, followed_plan(workspace)).plan_id
    workspace.planner.move(OHNO, plan_id, "in_review", None, None)
    workspace.planner.move(boss, plan_id, "draft", WHY, None)
    assert [len(told(workspace, who)) for who in (MISAKI, OHNO, boss)] == [1, 1, 0]


def test_a_long_reason_is_cut_where_it_is_repeated(workspace: Workspace) -> None:
    plan_id = submitted(workspace)
    workspace.planner.move(OHNO, plan_id, "draft", "長い\n" * 200, None)
    [mine] = told(workspace, MISAKI)
    assert "…）。" in mine.text
    assert len(mine.what) < 320
