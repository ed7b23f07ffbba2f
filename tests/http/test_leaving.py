"""When the client of a stream leaves, the turn is cancelled and its thread is free again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
import uvicorn

from api.http.app import create_app
from api.keys import Keys
from tests.fakes import SlowModel, copy_of
from tests.http.conftest import ONLY_HTTP, SAEKI


@pytest.fixture
def model() -> SlowModel:
    return SlowModel()


@pytest.fixture
async def client(
    sample_workspace: Path, tmp_path: Path, model: SlowModel
) -> AsyncIterator[httpx.AsyncClient]:
    workspace = copy_of(sample_workspace, tmp_path, model="test:slow", provider=model)
    key = Keys(workspace.database).issue(SAEKI)
    config = uvicorn.Config(
        create_app(workspace, ONLY_HTTP), port=0, log_level="warning", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    headers = {"Authorization": f"Bearer {key}"}
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
        yield client
    server.should_exit = True
    await serving


async def test_a_client_that_leaves_cancels_the_turn(
    client: httpx.AsyncClient, model: SlowModel
) -> None:
    question = {"text": "東都電機の売上と利益は？", "thread": "mine"}
    accept = {"Accept": "text/event-stream"}
    async with client.stream("POST", "/v1/ask", json=question, headers=accept) as said:
        assert said.status_code == 200
        async for line in said.aiter_lines():
            assert line == "event: status"
            await _until(lambda: model.log == ["called"])
            break
    await _until(lambda: model.log == ["called", "cancelled"])

    async with client.stream("POST", "/v1/ask", json=question, headers=accept):
        await _until(lambda: model.log == ["called", "cancelled", "called"])


async def _until(true: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)
