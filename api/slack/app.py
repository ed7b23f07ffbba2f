"""An item is stored, then acknowledged, then handled; HTTP and Socket Mode share this app."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.logger.messages import warning_token_skipped
from slack_bolt.response import BoltResponse

from api.render.trace import trace_of
from api.slack.config import SlackConfig
from api.slack.inbox import Inbox
from api.slack.item import Item
from api.slack.outbox import Outbox
from api.slack.reading import item_of
from api.slack.registry import AtOnce, Surfaces
from api.slack.scheduler import SlackSender, running
from api.slack.socket import keep_connected
from api.slack.teams import Teams
from api.slack.worker import Worker
from api.tidying import tidied
from assistant.bootstrap import Workspace
from assistant.service import Assistant
from assistant.state import Evidence
from crm.audit import through

_LEASE_SECONDS = 45.0
"""A dead process's items are taken up after this; a living one renews its leases."""
_MARGIN_SECONDS = 60.0
_AT_ONCE_SECONDS = 2.3
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SlackDoor:
    """The Bolt app, the worker behind it, and the teams they serve."""

    app: AsyncApp
    worker: Worker
    teams: Teams
    inbox: Inbox


def build(
    workspace: Workspace,
    assistant: Assistant,
    config: SlackConfig,
    shown: Surfaces | None = None,
    *,
    lease_seconds: float = _LEASE_SECONDS,
) -> SlackDoor:
    """Put the door together; nothing runs and nothing is asked of Slack yet."""
    if shown is None:
        from api.slack.surfaces import surfaces

        shown = surfaces()
    inbox = Inbox(workspace.database, lease_seconds)
    teams = Teams(workspace, assistant, config)
    limit = assistant.settings.models.turn_seconds + _MARGIN_SECONDS
    worker = Worker(inbox, Outbox(workspace.database), teams, shown, limit)
    return SlackDoor(_bolt(config, _Taking(worker, teams, shown)), worker, teams, inbox)


class _Taking:
    """Takes in what Slack sends: what cannot wait is done at once, the rest is stored."""

    def __init__(self, worker: Worker, teams: Teams, shown: Surfaces) -> None:
        self._worker = worker
        self._teams = teams
        self._shown = shown

    async def take(self, body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        """What Slack is answered; raises what the database raises, and then Slack sends again."""
        item = item_of(body, context.enterprise_id or "", context.team_id or "")
        if item is None:
            return BoltResponse(status=200, body="")
        said = await self._at_once(item)
        handled = item.kind == "ended" or self._shown.handler(item) is not None
        if handled and not said.over:
            kept = dict(item.payload) | dict(said.kept)
            fields = {**vars(item), "payload": kept}
            await self._worker.store(Item(**fields))
        return BoltResponse(status=200, body=dict(said.response) if said.response else "")

    async def _at_once(self, item: Item) -> AtOnce:
        quick = self._shown.at_once(item)
        if quick is None:
            return AtOnce()
        try:
            async with asyncio.timeout(_AT_ONCE_SECONDS):
                workplace = await self._teams.of(item)
                if workplace is None:
                    return AtOnce(over=True)
                with through("slack"):
                    return await quick(item, workplace)
        except Exception as error:
            log.error("slack.at_once", kind=item.kind, name=item.name, trace=trace_of(error))
            if item.kind in ("submission", "options"):
                raise  # Slack tells the person, and what was entered stays on the screen
            return AtOnce()


def _is_news(record: logging.LogRecord) -> bool:
    """Bolt finds SLACK_BOT_TOKEN in the environment and says that it ignores it, as it should."""
    return record.getMessage() != warning_token_skipped()


def _bolt(config: SlackConfig, taking: _Taking) -> AsyncApp:
    async def authorize(
        enterprise_id: str | None, team_id: str | None, **_rest: Any
    ) -> AuthorizeResult:
        """Signed is signed; whether the team may use this workspace is decided per item."""
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="")

    async def take(body: dict[str, Any], context: AsyncBoltContext) -> BoltResponse:
        return await taking.take(body, context)

    logger = logging.getLogger("api.slack.bolt")
    logger.addFilter(_is_news)  # a filter that is there already is not added again
    app = AsyncApp(
        name="tagayasu",
        logger=logger,
        signing_secret=config.signing_secret or "unused in Socket Mode",
        authorize=authorize,
        attaching_conversation_kwargs_enabled=False,
        attaching_function_token_enabled=False,
    )
    app.use(take)
    return app


@asynccontextmanager
async def opened(
    workspace: Workspace,
    assistant: Assistant,
    config: SlackConfig,
    shown: Surfaces | None = None,
    *,
    lease_seconds: float = _LEASE_SECONDS,
) -> AsyncIterator[SlackDoor]:
    """The door with its worker running, and what is due sent at its time."""
    door = build(workspace, assistant, config, shown, lease_seconds=lease_seconds)
    sender = SlackSender(door.teams.all, workspace.preferences)
    async with door.worker.running(), running(workspace.notices, sender):
        yield door


async def run_socket(workspace: Workspace, config: SlackConfig | None = None) -> None:
    """Answer in Slack over Socket Mode until cancelled.

    Raises InputError when SLACK_BOT_TOKEN or SLACK_APP_TOKEN is missing.
    """
    config = (config or SlackConfig.of_environment(os.environ)).for_socket()
    async with (
        workspace.assistant() as assistant,
        opened(workspace, assistant, config) as door,
        tidied(Evidence(workspace.database).forget_old),
    ):
        await keep_connected(door.app, config)
