"""When the client of a stream leaves, the model is asked no more, and nothing is left behind."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult

from api.http import stream as streams
from api.http.turns import StreamedTurns
from assistant.bootstrap import Workspace
from assistant.state import leases
from crm.scope import Principal
from tests.fakes import SlowModel, copy_of
from tests.http.serving import SSE, heard, serving, until

QUESTION = "東都電機の売上と利益は？"


class Timed(BaseChatModel):
    """Never answers; remembers when which question was asked and when it was given up."""

    asked: dict[str, float] = {}  # noqa: RUF012 - Pydantic copies it for each instance
    given_up: dict[str, float] = {}  # noqa: RUF012

    @property
    def _llm_type(self) -> str:
        return "timed"

    def bind_tools(self, *_tools: Any, **_rest: Any) -> Any:
        return self

    def _generate(self, *_messages: Any, **_more: Any) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(self, messages: list[BaseMessage], *_r: Any, **_more: Any) -> ChatResult:
        number = re.findall(r"No\.\d+", str(messages[-1].content))[-1]
        self.asked[number] = time.monotonic()
        try:
            await asyncio.sleep(60)
        finally:
            self.given_up[number] = time.monotonic()
        raise AssertionError("nobody has left")


def workspace_with(folder: Path, into: Path, model: BaseChatModel) -> Workspace:
    return copy_of(folder, into, model="test:slow", provider=model)


async def test_a_client_that_leaves_cancels_the_turn(
    sample_workspace: Path, tmp_path: Path, unprepared: None
) -> None:
    model = SlowModel()
    question = {"text": QUESTION, "thread": "mine"}
    workspace = workspace_with(sample_workspace, tmp_path, model)
    async with serving(workspace) as served, served.client() as client:
        async with client.stream("POST", "/v1/ask", json=question, headers=SSE) as said:
            assert said.status_code == 200
            events = heard(said)
            await anext(events)
            await until(lambda: model.log == ["called"])
        await until(lambda: model.log == ["called", "cancelled"])
        async with client.stream("POST", "/v1/ask", json=question, headers=SSE):
            await until(lambda: model.log == ["called", "cancelled", "called"])


async def test_a_client_that_leaves_before_its_json_cancels_the_turn(
    sample_workspace: Path, tmp_path: Path, unprepared: None
) -> None:
    model = SlowModel()
    async with serving(workspace_with(sample_workspace, tmp_path, model)) as served:
        async with served.client() as client:
            asking = asyncio.create_task(client.post("/v1/ask", json={"text": QUESTION}))
            await until(lambda: model.log == ["called"])
            asking.cancel()
            await asyncio.wait([asking])
        await until(lambda: model.log == ["called", "cancelled"], 1)


@pytest.mark.parametrize("count", [40, pytest.param(200, marks=pytest.mark.slow)])
async def test_clients_that_leave_leave_nothing_behind(
    sample_workspace: Path, tmp_path: Path, unprepared: None, count: int
) -> None:
    """The model is given up within a second of each leaving, and no task or lease is left."""
    model = Timed()
    workspace = workspace_with(sample_workspace, tmp_path, model)
    with (workspace.folder / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[http]\nrequests_per_minute = 10000\n")
    left: dict[str, float] = {}

    async def visit(client: httpx.AsyncClient, number: int) -> None:
        name = f"No.{number}"
        question = {"text": f"{QUESTION} {name}", "thread": f"t{number}"}
        async with client.stream("POST", "/v1/ask", json=question, headers=SSE) as said:
            assert said.status_code == 200
            await until(lambda: name in model.asked)
            left[name] = time.monotonic()

    async def all_visit(client: httpx.AsyncClient, numbers: range) -> None:
        await asyncio.gather(*(visit(client, number) for number in numbers))
        await until(lambda: len(model.given_up) == numbers.stop)

    async with serving(workspace) as served, served.client() as client:
        await all_visit(client, range(1))
        await asyncio.sleep(1)  # what all streams share is there, and the first one is gone
        before = len(asyncio.all_tasks())
        await all_visit(client, range(1, count + 1))
        assert max(model.given_up[name] - left[name] for name in left) <= 1.0
        await until(lambda: len(asyncio.all_tasks()) <= before)
    with workspace.database.connect() as con:
        assert con.scalar(sa.select(sa.func.count()).select_from(leases)) == 0


async def test_a_stream_says_that_the_server_is_stopped(
    sample_workspace: Path, tmp_path: Path, unprepared: None
) -> None:
    model = SlowModel()
    workspace = workspace_with(sample_workspace, tmp_path, model)
    async with serving(workspace) as served, served.client() as client:
        async with client.stream("POST", "/v1/ask", json={"text": QUESTION}, headers=SSE) as said:
            events = heard(said)
            first = await anext(events)
            await until(lambda: model.log == ["called"])
            served.server.should_exit = True
            *_, last = [event async for event in events]
        assert (last.name, last.data["status"], last.id) == ("error", 503, "")
        await until(lambda: model.log == ["called", "cancelled"], 1)
        turn = said.headers[streams.TURN_HEADER]
    progress = StreamedTurns(workspace.database).since(turn, first.number)
    assert (progress.state, progress.is_free) == ("cut", True)


async def test_a_client_that_takes_nothing_is_dropped(
    sample_workspace: Path, tmp_path: Path, unprepared: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "SEND_SECONDS", 0.5)
    workspace = workspace_with(sample_workspace, tmp_path, SlowModel())
    async with serving(workspace) as served:
        who = workspace.desk.directory().by_email("saeki@inaho.example")
        short, turn = a_turn(workspace, who, 1), a_turn(workspace, who, 64)
        async with served.client() as client:
            said = await client.get(f"/v1/turns/{short}/events")
            assert said.text.count("event: text") == 1
        before = len(asyncio.all_tasks())  # with what all streams share
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", int(served.url.rpartition(":")[2]), limit=1024
        )
        request = (
            f"GET /v1/turns/{turn}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {served.key}\r\n\r\n"
        )
        writer.write(request.encode())
        await reader.readline()
        await until(lambda: len(asyncio.all_tasks()) > before, 5)
        await until(lambda: len(asyncio.all_tasks()) <= before, 10)
        writer.transport.abort()


def a_turn(workspace: Workspace, who: Principal, mebibytes: int) -> str:
    """A turn that has told so much."""
    turns = StreamedTurns(workspace.database)
    turn, holder = turns.begin(who, '{"text": "?", "thread": "t"}')
    for _ in range(mebibytes):
        turns.add(turn, holder, [("text", '{"text": "' + "x" * 2**20 + '"}')])
    turns.add(turn, holder, [("done", "{}")], "done")
    return turn
