"""The HTTP door behind a real server on loopback, and what a client of a stream reads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from api.http.app import create_app
from api.keys import Keys
from assistant.bootstrap import Workspace
from tests.http.conftest import ONLY_HTTP, SAEKI

SSE = {"Accept": "text/event-stream"}


@dataclass(frozen=True)
class Served:
    """A server that runs: its clients, and what stops it."""

    url: str
    key: str
    server: uvicorn.Server

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {key or self.key}"}
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60, limits=limits)


@asynccontextmanager
async def serving(workspace: Workspace, person: str = SAEKI) -> AsyncIterator[Served]:
    """The workspace behind a server of its own, with the key of a person."""
    app = create_app(workspace, ONLY_HTTP)
    config = uvicorn.Config(
        app, port=0, log_level="warning", timeout_graceful_shutdown=5, backlog=1024
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        assert not running.done(), running
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    key = Keys(workspace.database).issue(person)
    try:
        yield Served(f"http://127.0.0.1:{port}", key, server)
    finally:
        server.should_exit = True
        await running


@dataclass(frozen=True)
class Heard:
    """An event as a client hears it."""

    id: str
    name: str
    data: dict[str, Any]

    @property
    def number(self) -> int:
        return int(self.id.rpartition(".")[2])


async def heard(response: httpx.Response) -> AsyncIterator[Heard]:
    """The events of a stream as they come."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if line and name:
            fields[name] = value
        elif "event" in fields:
            yield Heard(fields.get("id", ""), fields["event"], json.loads(fields["data"]))
            fields = {}


def text_of(events: list[Heard]) -> str:
    """The text of an answer, as its events tell it."""
    return "\n\n".join(event.data["text"] for event in events if event.name == "text")


async def until(true: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)
