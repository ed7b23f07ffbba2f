"""A Socket Mode connection that has been silent for long is replaced: it may only look alive."""

from __future__ import annotations

import asyncio
import time

import structlog
from aiohttp import WSMessage
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from api.slack.client import PacedClient
from api.slack.config import SlackConfig
from api.slack.limits import Limits

SILENT_SECONDS = 600.0
_LOOK_SECONDS = 15.0
log = structlog.get_logger(__name__)


async def keep_connected(
    app: AsyncApp,
    config: SlackConfig,
    *,
    silent_seconds: float = SILENT_SECONDS,
    look_seconds: float = _LOOK_SECONDS,
) -> None:
    """Take events over Socket Mode until cancelled; the same app as over HTTP."""
    client = PacedClient(config.bot_token, config.api_url, Limits())
    handler = AsyncSocketModeHandler(app, config.app_token, web_client=client)
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
                await handler.client.connect_to_new_endpoint(force=True)
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
