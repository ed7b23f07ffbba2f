"""Whatever a provider does wrong: an answer within the deadline, and a thread that goes on."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from assistant import attempts
from assistant.bootstrap import Workspace
from crm.warehouse import Warehouse
from tests.assistant.conversations import answer, limited
from tests.assistant.provided import KEY, NAME, assert_whole, at, choose_provider
from tests.fakes import copy_of
from tests.openai_server import (
    BROKEN,
    BUSY,
    CUT_CALL,
    FAULTS,
    HANGS,
    HANGS_MIDWAY,
    LASTING,
    PASSING,
    TORN_CALL,
    WITHHELD,
    Fault,
    Said,
    busy,
    called,
    openai_server,
)

STALLED = "停滞している商談は？"
TURN = 8.0
USUAL_PAUSE = attempts._FIRST_PAUSE
pytestmark = pytest.mark.asyncio(loop_scope="module")  # its threads know what they calculated


@pytest.fixture(autouse=True)
def _chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that is asked again soon, where it is not the pauses that are looked at."""
    choose_provider(monkeypatch)
    monkeypatch.setattr(attempts, "_FIRST_PAUSE", 0.05)


@pytest.fixture
def _usual_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_FIRST_PAUSE", USUAL_PAUSE)


@pytest.fixture
def workspace(sample_workspace: Path, sample_warehouse: Warehouse, tmp_path: Path) -> Workspace:
    found = copy_of(sample_workspace, tmp_path)
    found.__dict__["warehouse"] = sample_warehouse
    return limited(
        found,
        turn_seconds=TURN, provider_timeout_seconds=1, silence_seconds=0.5, retries=1,
    )  # fmt: skip


def patient(workspace: Workspace, fault: Fault) -> Workspace:
    """A slow machine is not taken for the silence that most faults are not."""
    if fault in (HANGS, HANGS_MIDWAY):
        return workspace
    return limited(workspace, provider_timeout_seconds=6, silence_seconds=5)


def named(fault: Fault) -> str:
    return fault.name


@pytest.mark.parametrize("fault", FAULTS, ids=named)
async def test_each_fault_gives_an_answer_of_the_builtin_model_and_the_thread_goes_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    workspace = patient(workspace, fault)
    async with openai_server(fault) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            begun = time.monotonic()
            said = await answer(assistant, STALLED, thread="t")
            took = time.monotonic() - begun
            asked = len(server.requests)
            await assert_whole(assistant, "t")
            server.then(called("deal_health"), "進行中は{{deals.open_count}}です。")
            after = await answer(assistant, "進行中の商談は？", thread="t")
            await assert_whole(assistant, "t")
    assert took < TURN
    assert said.model == "builtin"
    assert [c.name for c in said.tool_calls] == ["deal_health"]
    assert [NAME in notice for notice in said.notices] == [True]
    assert KEY not in said.text
    assert asked == (1 if fault in LASTING else 2)
    assert (after.text, after.model, after.notices) == ("進行中は130件です。", NAME, ())


@pytest.mark.parametrize("fault", PASSING, ids=named)
async def test_a_fault_that_passes_is_not_noticed_by_the_asker(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    workspace = patient(workspace, fault)
    async with openai_server(fault, "承知しました。") as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, STALLED, thread="t")
            await assert_whole(assistant, "t")
    assert (said.text, said.model, said.notices) == ("承知しました。", NAME, ())
    assert len(server.requests) == 2
    assert server.requests[0] == server.requests[1]


@pytest.mark.parametrize("fault", [HANGS_MIDWAY, CUT_CALL, BROKEN, WITHHELD, TORN_CALL], ids=named)
async def test_a_fault_after_a_tool_call_keeps_what_was_looked_up(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    workspace = patient(workspace, fault)
    async with openai_server(called("deal_health", signal="stalled"), fault) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, STALLED, thread="t")
            await assert_whole(assistant, "t")
    assert said.model == "builtin"
    assert len(said.tool_calls) == 1
    assert "4件" in said.text


async def test_what_a_failed_provider_looked_up_in_vain_is_not_shown(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(workspace, retries=0)
    wanted = called("deal_health", signal="stalled")
    async with openai_server(wanted, BROKEN) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            plain = await answer(assistant, STALLED)
            more = called("more_rows", reference="r1")
            server.then(called("no_such_tool"), wanted, more, wanted, BROKEN)
            said = await answer(assistant, STALLED, thread="t")
            await assert_whole(assistant, "t")
    assert len(server.requests) == 7
    assert said.model == "builtin"
    assert said.text == plain.text


async def test_a_fault_in_the_repair_leaves_what_could_be_verified(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = "受注率は47.1 %です。受注は{{pipeline.won_count}}です。"
    async with openai_server(called("pipeline_metrics"), draft, BROKEN) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, "受注率は？", thread="t")
            await assert_whole(assistant, "t")
    assert said.text.startswith("受注は325件です。")
    assert "47.1" not in said.text
    assert said.model == NAME


# ------------------------------------------------------------------ patience


async def test_a_provider_is_asked_again_when_it_says_so(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with openai_server(busy("1.5"), "はい。") as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, STALLED)
    assert said.text == "はい。"
    assert 1.5 <= server.times[1] - server.times[0] < 3


async def test_a_date_to_come_back_at_is_understood(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=4), usegmt=True)
    async with openai_server(busy(date), "はい。") as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, STALLED)
    assert said.text == "はい。"
    assert server.times[1] - server.times[0] > 1


@pytest.mark.parametrize("when", ["30", "Fri, 31 Dec 2100 23:59:59 GMT"])
async def test_nobody_waits_beyond_the_turn(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    async with openai_server(busy(when), "はい。") as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            async with asyncio.timeout(4):
                said = await answer(assistant, STALLED)
    assert said.model == "builtin"
    assert len(server.requests) == 1


@pytest.mark.parametrize("when", ["soon", "-5", "nan", "Mon, 99 Foo 2026"])
@pytest.mark.usefixtures("_usual_pauses")
async def test_a_time_that_cannot_be_read_is_the_usual_pause(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    async with openai_server(busy(when), "はい。") as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, STALLED)
    assert said.text == "はい。"
    assert 0.3 < server.times[1] - server.times[0] < 1.5


@pytest.mark.usefixtures("_usual_pauses")
async def test_pauses_grow_from_try_to_try(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(workspace, retries=2)
    async with openai_server(BUSY, BUSY, "はい。") as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, STALLED)
    first, second, third = server.times
    assert said.text == "はい。"
    assert third - second > second - first


@pytest.mark.parametrize(
    "fault", [pytest.param(HANGS, marks=pytest.mark.slow), HANGS_MIDWAY, BUSY], ids=named
)
@pytest.mark.usefixtures("_usual_pauses")
async def test_many_tries_end_in_time_for_the_builtin_model(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    limited(workspace, turn_seconds=6, provider_timeout_seconds=60, retries=50)
    async with openai_server(fault) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            begun = time.monotonic()
            said = await answer(assistant, STALLED)
            took = time.monotonic() - begun
    assert took < 6
    assert said.model == "builtin"
    assert len(server.requests) <= 12


async def test_tries_count_among_the_calls_of_a_turn(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(workspace, calls_per_turn=2, retries=9)
    async with openai_server(BROKEN) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, STALLED)
    assert said.model == "builtin"
    assert len(server.requests) == 2


async def test_silence_within_an_answer_is_noticed_before_the_call_is_over(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(workspace, turn_seconds=60, provider_timeout_seconds=30)
    async with openai_server(HANGS_MIDWAY, "はい。") as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            async with asyncio.timeout(6):
                said = await answer(assistant, STALLED)
    assert said.text == "はい。"


async def test_a_model_may_think_before_its_first_word(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(workspace, provider_timeout_seconds=4, silence_seconds=0.3)
    async with openai_server(Said("はい。", thinks=1)) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, STALLED)
    assert (said.text, said.model) == ("はい。", NAME)


async def test_nobody_listening_is_answered_by_the_builtin_model(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{unused_tcp_port}/v1")
    async with workspace.assistant() as assistant:
        async with asyncio.timeout(TURN):
            said = await answer(assistant, STALLED)
    assert said.model == "builtin"


async def test_a_thread_survives_every_fault_one_after_the_other(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(workspace, retries=0, remembered_turns=50)
    async with openai_server(*FAULTS) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            for _fault in FAULTS:
                await answer(assistant, STALLED, thread="t")
            server.then("はい。")
            said = await answer(assistant, "聞こえますか", thread="t")
            await assert_whole(assistant, "t")
    assert said.text == "はい。"
    assert len(server.requests) == len(FAULTS) + 1
    last = server.requests[-1]["messages"]
    called_ids = {c["id"] for m in last for c in m.get("tool_calls") or ()}
    assert called_ids == {m["tool_call_id"] for m in last if m["role"] == "tool"}
    assert len(called_ids) == len(FAULTS)
