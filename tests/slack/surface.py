"""The Slack door alone, for tests of what people see; events come in by HTTP as in the server."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI

from api.slack.app import opened
from api.slack.config import SlackConfig
from api.slack.events import events_router
from assistant.bootstrap import Workspace
from tests.slack.fake_slack import FakeSlack
from tests.slack.payloads import SECRET, signed
from tests.slack.seeing import Message


class Visit:
    """Somebody's way through our app: what they do goes in, and what they see is looked up."""

    def __init__(self, client: httpx.AsyncClient, slack: FakeSlack, door: Any) -> None:
        self.client, self.slack, self.door = client, slack, door

    async def event(self, payload: dict[str, Any]) -> httpx.Response:
        return await self._sent(json.dumps(payload).encode(), "application/json", "/slack/events")

    async def form(self, payload: dict[str, Any]) -> httpx.Response:
        """What somebody pressed, sent or commanded, as Slack sends it."""
        if "command" in payload:
            raw = urlencode(payload).encode()
        else:
            raw = urlencode({"payload": json.dumps(payload)}).encode()
        return await self._sent(raw, "application/x-www-form-urlencoded", "/slack/events")

    async def _sent(self, raw: bytes, kind: str, path: str) -> httpx.Response:
        headers = {**signed(raw, SECRET), "Content-Type": kind}
        return await self.client.post(path, content=raw, headers=headers)

    async def settled(self, seconds: float = 60) -> None:
        """Wait until everything that came is handled."""
        async with asyncio.timeout(seconds):
            while await asyncio.to_thread(self._waits):
                await asyncio.sleep(0.02)

    def _waits(self) -> bool:
        import sqlalchemy as sa

        from api.slack.inbox import slack_inbox

        left = sa.select(sa.func.count()).where(slack_inbox.c.answered_at.is_(None))
        with self.door.inbox._engine.connect() as con:
            return bool(con.scalar(left))

    def view(self) -> Message:
        """The modal that was opened last."""
        return list(self.slack.views.values())[-1]


@asynccontextmanager
async def slack_door(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> AsyncIterator[Visit]:
    app = FastAPI()
    app.include_router(events_router(config))
    async with (
        workspace.assistant() as assistant,
        opened(workspace, assistant, config) as door,
    ):
        app.state.slack = door
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield Visit(client, slack, door)


@pytest.fixture
async def visit(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> AsyncIterator[Visit]:
    async with slack_door(workspace, config, slack) as visit:
        yield visit


def trigger(slack: FakeSlack) -> str:
    """A trigger that is good for three seconds."""
    slack.triggers.setdefault("", 0)
    made = slack.trigger()
    assert slack.triggers[made] > time.monotonic()
    return made
