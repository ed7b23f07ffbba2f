"""A Socket Mode connection that has been silent for long is replaced: it may only look alive.

There are two of them, so that while one is replaced the other takes what comes.
"""

from __future__ import annotations

import asyncio
import time

import structlog
from aiohttp import WSMessage
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from api.render.trace import trace_of
from api.slack.client import PacedClient
from api.slack.config import SlackConfig
from api.slack.limits import Limits, error_name
from crm.errors import InputError

SILENT_SECONDS = 600.0
SOCKETS = 2
_LOOK_SECONDS = 15.0
_PING_SECONDS = 10.0
_REFUSED = frozenset({"invalid_auth", "not_authed", "not_allowed_token_type", "account_inactive"})
log = structlog.get_logger(__name__)


async def keep_connected(
    app: AsyncApp,
    config: SlackConfig,
    *,
    sockets: int = SOCKETS,
    silent_seconds: float = SILENT_SECONDS,
    look_seconds: float = _LOOK_SECONDS,
    ping_seconds: float = _PING_SECONDS,
) -> None:
    """Take what Slack sends over Socket Mode until cancelled; the same app as over HTTP.

    Raises InputError when Slack does not take the app token.
    """
    client = PacedClient(config.bot_token, config.api_url, Limits())
    try:
        await client.apps_connections_open(app_token=config.app_token)
    except SlackApiError as error:
        if error_name(error) in _REFUSED:
            raise InputError(
                "Slack does not take SLACK_APP_TOKEN.",
                "Make an app-level token with the scope connections:write (docs/slack.md).",
            ) from None
        log.warning("slack.socket_later", error=error_name(error))
    async with asyncio.TaskGroup() as group:
        for _ in range(sockets):
            handler = AsyncSocketModeHandler(
                app, config.app_token, web_client=client, ping_interval=ping_seconds
            )
            group.create_task(_keep(handler, silent_seconds, look_seconds))


async def _keep(
    handler: AsyncSocketModeHandler, silent_seconds: float, look_seconds: float
) -> None:
    heard = time.monotonic()

    async def hear(_message: WSMessage) -> None:
        nonlocal heard
        heard = time.monotonic()

    handler.client.on_message_listeners.append(hear)
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]
        while True:
            await asyncio.sleep(look_seconds)
            if time.monotonic() - heard > silent_seconds:
                log.info("slack.socket_renewed", silent_seconds=silent_seconds)
                heard = time.monotonic()
                try:
                    await handler.client.connect_to_new_endpoint(force=True)
                except Exception as error:  # noqa: BLE001 - Slack may be down: the next look tries
                    log.warning("slack.socket_later", trace=trace_of(error))
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
