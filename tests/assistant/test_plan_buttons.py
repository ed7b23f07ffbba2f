"""A button does what stood at it, or nothing: whatever waits in its place by then."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from assistant.bootstrap import Workspace
from assistant.service import Assistant
from crm.scope import Principal
from plans.stored import Stored
from tests.assistant.conversations import answer
from tests.companies import SAMPLE_DAY
from tests.fakes import copy_of

TAKASE = Principal("U07", "高瀬 美咲", frozenset({"rep"}))
ACCOUNT = "A010"
OLD = "0" * 32
pytestmark = pytest.mark.asyncio(loop_scope="module")  # its threads know what they calculated


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> Workspace:
    found = copy_of(sample_workspace, tmp_path)
    found.model = "builtin"
    return found


async def press(assistant: Assistant, word: str, digest: str) -> str:
    """What is answered to the word of a button about that digest."""
    asked = assistant.ask(TAKASE, "t", word, as_of=SAMPLE_DAY, confirms=digest)
    events = [event async for event in asked]
    assert events[-1].type == "done"
    return events[-1].answer.text


async def test_an_old_yes_draws_up_no_plan_that_was_offered_since(workspace: Workspace) -> None:
    async with workspace.assistant() as assistant:
        text = "北斗精密のプランを見せて"
        offered = await answer(assistant, text, thread="t", principal=TAKASE)
        assert "プランは、まだありません" in offered.text
        assert "保存していません" in await press(assistant, "はい", OLD)
    assert workspace.planner.all(TAKASE) == []


async def test_an_old_number_chooses_nothing_of_what_is_listed_now(workspace: Workspace) -> None:
    stored = with_two_goals(workspace)
    async with workspace.assistant() as assistant:
        first = await answer(
            assistant, "北斗精密のプランの目標を2億円に", thread="t", principal=TAKASE
        )
        second = await answer(
            assistant, "北斗精密のプランの目標を3億円に", thread="t", principal=TAKASE
        )
        assert first.choices == second.choices  # in words they are the same
        assert first.choosing
        assert second.choosing not in (None, first.choosing)
        assert "保存していません" in await press(assistant, "1", first.choosing)
        shown = await press(assistant, "1", second.choosing)
        assert "3億円" in shown
        waiting = await answer(assistant, "はい", thread="t", principal=TAKASE)
    assert "第3版" in waiting.text
    goals = workspace.planner.get(TAKASE, stored.plan_id).plan.goals
    assert goals[0].amount == Decimal(300_000_000)


async def test_a_number_of_nothing_that_waits_changes_nothing(workspace: Workspace) -> None:
    stored = with_two_goals(workspace)
    async with workspace.assistant() as assistant:
        await answer(assistant, "北斗精密のプランを見せて", thread="t", principal=TAKASE)
        await press(assistant, "1", OLD)
        await press(assistant, "はい", OLD)
    assert workspace.planner.get(TAKASE, stored.plan_id).version == stored.version


@pytest.mark.parametrize("said", ["北斗精密のプランの目標を9億円に", "北斗精密のプランを提出して"])
async def test_a_read_only_access_leaves_nothing_that_the_person_says_yes_to_elsewhere(
    workspace: Workspace, said: str
) -> None:
    stored = workspace.planner.draft(TAKASE, ACCOUNT, as_of=SAMPLE_DAY)
    async with workspace.assistant() as assistant:
        reader = replace(TAKASE, read_only=True)
        found = await answer(assistant, said, thread="t", principal=reader)
        assert found.waits is None
        await answer(assistant, "はい", thread="t", principal=TAKASE)
    after = workspace.planner.get(TAKASE, stored.plan_id)
    assert (after.version, after.state) == (stored.version, stored.state)


def with_two_goals(workspace: Workspace) -> Stored:
    planner = workspace.planner
    stored = planner.draft(TAKASE, ACCOUNT, as_of=SAMPLE_DAY)
    goal = stored.plan.goals[0]
    other = goal.model_copy(update={"id": "g2", "what": "売上", "measure": "net_sales"})
    plan = stored.plan.with_items("goals", [other])
    return planner.save(TAKASE, stored, plan, "x", base=stored.version)
