"""What goes to Slack goes through here: no unfurling, in the thread, to all or to one alone."""

from __future__ import annotations

from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from api.render.slack import Rendered
from api.slack.config import SlackConfig
from api.slack.message import SlackMessage

_TIMEOUT_SECONDS = 10


def client_of(config: SlackConfig) -> AsyncWebClient:
    """A client that waits when Slack says so, and gives up on a call after ten seconds."""
    return AsyncWebClient(
        token=config.bot_token,
        base_url=config.api_url,
        timeout=_TIMEOUT_SECONDS,
        retry_handlers=[
            AsyncConnectionErrorRetryHandler(max_retry_count=1),
            AsyncRateLimitErrorRetryHandler(max_retry_count=2),
        ],
    )


async def post(client: AsyncWebClient, to: SlackMessage, rendered: Rendered) -> None:
    """Into the message's thread, for everybody there."""
    await client.chat_postMessage(
        channel=to.channel,
        thread_ts=to.thread_ts,
        text=rendered.text,
        blocks=list(rendered.blocks),
        unfurl_links=False,
        unfurl_media=False,
    )


async def post_to_asker(client: AsyncWebClient, to: SlackMessage, rendered: Rendered) -> None:
    """Into the message's thread, for the one who asked alone."""
    await client.chat_postEphemeral(
        channel=to.channel,
        user=to.user,
        thread_ts=to.thread_ts,
        text=rendered.text,
        blocks=list(rendered.blocks),
    )
