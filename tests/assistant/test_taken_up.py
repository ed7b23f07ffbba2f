"""A turn that broke off is taken up by its name: it counts once, and is done once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from assistant.answer import Answer, Done
from assistant.bootstrap import Workspace
from assistant.service import Assistant, owned
from crm.scope import Principal
from plans.stored import Stored
from tests.companies import SAMPLE_DAY
from tests.fakes import copy_of
from tests.scripted_model import HANG, ScriptedModel, call

TAKASE = Principal("U07", "高瀬 美咲", frozenset({"rep"}))
QUESTION = "北斗精密の売上は？"
pytestmark = pytest.mark.asyncio(loop_scope="module")  # its threads know what they calculated


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> Workspace:
    found = copy_of(sample_workspace, tmp_path)
    found.model = "builtin"
    return found


@pytest.fixture
def stored(workspace: Workspace) -> Stored:
    return workspace.planner.draft(TAKASE, "A010", as_of=SAMPLE_DAY)


async def said(assistant: Assistant, text: str, turn: str | None = None) -> Answer:
    asked = assistant.ask(TAKASE, "t", text, turn=turn)
    return [event.answer async for event in asked if isinstance(event, Done)][-1]


async def kept(assistant: Assistant) -> list[tuple[str, str]]:
    """What stands in the thread, as (kind, text)."""
    graph = assistant._conversation.graph
    state = await graph.aget_state({"configurable": {"thread_id": owned(TAKASE, "t")}})
    return [(m.type, str(m.content)[:20]) for m in state.values["messages"]]


async def test_a_turn_taken_up_stands_in_the_thread_once(workspace: Workspace) -> None:
    async with workspace.assistant() as assistant:
        await said(assistant, QUESTION, "one")
        undisturbed = await kept(assistant)
        await said(assistant, QUESTION, "one")
        assert await kept(assistant) == undisturbed


async def test_a_half_finished_turn_leaves_nothing_when_it_is_taken_up(
    workspace: Workspace,
) -> None:
    lookup = call("account_overview", account_id="A010")
    model = ScriptedModel(script=[lookup, HANG, lookup, "{{page:account_overview}}"])
    workspace.model, workspace.provider = "scripted", model
    async with workspace.assistant() as assistant:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(said(assistant, QUESTION, "one"), 3)
        half = await kept(assistant)
        assert [kind for kind, _ in half] == ["human", "ai", "tool"]
        await said(assistant, QUESTION, "one")
        assert [kind for kind, _ in await kept(assistant)] == ["human", "ai", "tool", "ai"]


async def test_what_was_asked_meanwhile_stays(workspace: Workspace) -> None:
    async with workspace.assistant() as assistant:
        await said(assistant, QUESTION, "one")
        await said(assistant, "北斗精密の商談は？", "two")
        later = (await kept(assistant))[4:]
        await said(assistant, QUESTION, "one")
        assert (await kept(assistant))[: len(later)] == later


async def test_a_yes_taken_up_saves_once(workspace: Workspace, stored: Stored) -> None:
    async with workspace.assistant() as assistant:
        await said(assistant, "北斗精密のプランの目標を1.2億円に")
        first = await said(assistant, "はい", "yes")
        again = await said(assistant, "はい", "yes")
    assert workspace.planner.get(TAKASE, stored.plan_id).version == 2
    assert again.text == first.text


async def test_a_move_taken_up_is_made_once(workspace: Workspace, stored: Stored) -> None:
    async with workspace.assistant() as assistant:
        await said(assistant, "北斗精密のプランを提出して")
        first = await said(assistant, "はい", "yes")
        again = await said(assistant, "はい", "yes")
    moved = workspace.planner.get(TAKASE, stored.plan_id)
    assert moved.state == "in_review"
    assert len(workspace.planner.history(moved)[1]) == 1
    assert again.text == first.text


async def test_the_words_said_before_elsewhere_may_stand(workspace: Workspace) -> None:
    model = ScriptedModel(script=["北斗精密の予算は7,777万円と伺っています。"])
    workspace.model, workspace.provider = "scripted", model
    before, question = "北斗精密の予算は7,777万円でした", "北斗精密の予算は？"
    async with workspace.assistant() as assistant:
        asked = assistant.ask(TAKASE, "t", question, earlier=[before])
        *_, last = [event async for event in asked]
        assert "7,777万円" in last.answer.text  # type: ignore[union-attr]
        other = assistant.ask(TAKASE, "other", question)
        *_, last = [event async for event in other]
        assert "7,777万円" not in last.answer.text  # type: ignore[union-attr]
