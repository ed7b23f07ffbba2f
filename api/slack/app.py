"""An event is stored, then acknowledged, then answered; HTTP and Socket Mode share this app."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from api.slack.answering import Answering
from api.slack.config import SlackConfig
from api.slack.inbox import Inbox
from api.slack.message import message_of
from api.slack.people import People
from api.slack.post import client_of
from api.slack.socket import keep_connected
from api.slack.worker import Worker
from assistant.bootstrap import Workspace
from assistant.service import Assistant

_POSTING_SECONDS = 60.0
_LEASE_MARGIN_SECONDS = 15.0

Next = Callable[[], Awaitable[BoltResponse]]


@dataclass(frozen=True)
class SlackDoor:
    """The Bolt app and the worker behind it."""

    app: AsyncApp
    client: AsyncWebClient
    worker: Worker


def build(assistant: Assistant, database: sa.Engine, config: SlackConfig) -> SlackDoor:
    """Put the door together; nothing runs and nothing is asked of Slack yet.

    An answer has the turn's time and that for posting; the lease is longer, so that a message
    whose process lives is never taken up by another.
    """
    client = client_of(config)
    limit = assistant.settings.models.turn_seconds + _POSTING_SECONDS
    inbox = Inbox(database, limit + _LEASE_MARGIN_SECONDS)
    people = People(client, assistant)
    worker = Worker(inbox, Answering(client, assistant, people), limit)
    return SlackDoor(_bolt(config, worker), client, worker)


def _bolt(config: SlackConfig, worker: Worker) -> AsyncApp:
    async def authorize(
        enterprise_id: str | None, team_id: str | None, **_rest: Any
    ) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id, team_id=team_id, bot_token=config.bot_token
        )

    async def store(body: dict[str, Any], next: Next) -> None:  # noqa: A002 - Bolt's name
        message = message_of(body)
        if message is not None:
            await worker.store(message)
        await next()

    async def stored() -> None:
        """Nothing is left to do: Bolt has acknowledged, and the worker answers."""

    logger = logging.getLogger("api.slack.bolt")
    app = AsyncApp(
        name="tagayasu",
        logger=logger,
        signing_secret=config.signing_secret or "unused in Socket Mode",
        authorize=authorize,
        attaching_conversation_kwargs_enabled=False,
        attaching_function_token_enabled=False,
    )
    app.event(re.compile(r".*"), middleware=[store])(stored)
    return app


@asynccontextmanager
async def opened(
    assistant: Assistant, database: sa.Engine, config: SlackConfig
) -> AsyncIterator[SlackDoor]:
    """The door with its worker running."""
    door = build(assistant, database, config)
    async with door.worker.running():
        yield door


async def run_socket(workspace: Workspace, config: SlackConfig | None = None) -> None:
    """Answer in Slack over Socket Mode until cancelled.

    Raises InputError when SLACK_BOT_TOKEN or SLACK_APP_TOKEN is missing.
    """
    config = (config or SlackConfig.of_environment(os.environ)).for_socket()
    async with (
        workspace.assistant() as assistant,
        opened(assistant, workspace.database, config) as door,
    ):
        await keep_connected(door.app, door.client, config.app_token)
