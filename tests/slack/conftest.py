"""Our Slack door on a copy of the sample company, and a Slack of our own on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from api.http.app import create_app
from api.slack.config import SlackConfig
from api.slack.inbox import Inbox
from assistant.bootstrap import Workspace
from crm.warehouse import Warehouse
from tests.fakes import copy_of
from tests.slack.fake_slack import APP_TOKEN, BOT_TOKEN, BOT_USER, FakeSlack
from tests.slack.payloads import CHANNEL, SECRET
from tests.slack.slack_server import fake_slack

Settle = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture(autouse=True)
def _unprepared(unprepared: None) -> None:
    """No test of this door is about its start."""


@pytest.fixture
def workspace(sample_workspace: Path, sample_warehouse: Warehouse, tmp_path: Path) -> Workspace:
    found = copy_of(sample_workspace, tmp_path)
    found.__dict__["warehouse"] = sample_warehouse
    with (found.folder / "settings.toml").open("a", encoding="utf-8") as file:
        file.write("\n[notices]\nenabled = false\n")  # whatever day and time a test runs at
    return found


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """The team of the sample company: its sixteen people, a guest, a bot and our app."""
    async with fake_slack() as slack:
        for number in range(1, 17):
            slack.person(f"U0SAMPLE{number:02d}")
        slack.person("U0NOID", "takase@inaho.example")
        slack.person("U0GUEST", "guest@elsewhere.example")
        slack.person("U0BOT", is_bot=True)
        slack.person("U0GONE", deleted=True)
        slack.person(BOT_USER, is_bot=True)
        slack.channels[CHANNEL] = ["U0SAMPLE06", "U0SAMPLE03", BOT_USER, "U0BOT", "U0SAMPLE01"]
        yield slack


@pytest.fixture
def config(slack: FakeSlack) -> SlackConfig:
    return SlackConfig(
        bot_token=BOT_TOKEN,
        signing_secret=SECRET,
        app_token=APP_TOKEN,
        api_url=slack.url,
        pace=0,
    )


@asynccontextmanager
async def door(workspace: Workspace, config: SlackConfig) -> AsyncIterator[httpx.AsyncClient]:
    """A process of ours with both doors open, and a client of it."""
    app = create_app(workspace, config)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


@pytest.fixture
async def client(workspace: Workspace, config: SlackConfig) -> AsyncIterator[httpx.AsyncClient]:
    async with door(workspace, config) as client:
        yield client


async def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for what must become true; fail when it does not in time."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


async def quiet(seconds: float = 0.5) -> None:
    """Long enough for a wrong second answer to come."""
    await asyncio.sleep(seconds)


async def handled(workspace: Workspace) -> None:
    """Wait until all that came is handled, and for what must not come after it."""
    inbox = Inbox(workspace.database, 1)
    async with asyncio.timeout(60):
        while await asyncio.to_thread(inbox.waiting):
            await asyncio.sleep(0.02)
    await quiet(0.2)
