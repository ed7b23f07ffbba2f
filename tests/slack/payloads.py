"""Events as Slack sends them, and requests signed as Slack signs them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import httpx

from tests.slack.fake_slack import BOT_USER, TEAM

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
CHANNEL = "C0SALES"
DIRECT = "D0SAEKI"
TS = "1790000000.000100"


def mention(text: str, user: str = "U0SAMPLE06", ts: str = TS, **more: Any) -> dict[str, Any]:
    """An app_mention in a channel."""
    return body(
        {
            "client_msg_id": "6f6f5e1a-0000-4e1b-9d0c-1a2b3c4d5e6f",
            "type": "app_mention",
            "text": f"<@{BOT_USER}> {text}",
            "user": user,
            "ts": ts,
            "channel": CHANNEL,
            "event_ts": ts,
            "team": TEAM,
            "blocks": [{"type": "rich_text", "block_id": "x", "elements": []}],
            **more,
        }
    )


def direct(text: str, user: str = "U0SAMPLE06", ts: str = TS, **more: Any) -> dict[str, Any]:
    """A message in the direct conversation with the app."""
    return body(
        {
            "client_msg_id": "7a7f5e1a-0000-4e1b-9d0c-1a2b3c4d5e6f",
            "type": "message",
            "text": text,
            "user": user,
            "ts": ts,
            "channel": DIRECT,
            "event_ts": ts,
            "team": TEAM,
            "channel_type": "im",
            **more,
        }
    )


def body(event: dict[str, Any]) -> dict[str, Any]:
    """The envelope around an event."""
    return {
        "token": "verification-token",
        "team_id": TEAM,
        "api_app_id": "A0TAGAYASU",
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{event.get('ts', '')}",
        "event_time": 1790000000,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-eyJldCI6ImFwcF9tZW50aW9uIn0",
    }


def signed(raw: bytes, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """The headers Slack sends with these bytes."""
    stamp = str(int(at if at is not None else time.time()))
    text = b"v0:" + stamp.encode() + b":" + raw
    signature = "v0=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature,
    }


async def deliver(
    client: httpx.AsyncClient, payload: dict[str, Any], **headers: str
) -> httpx.Response:
    """Send an event to our door as Slack does."""
    raw = json.dumps(payload).encode()
    return await client.post("/slack/events", content=raw, headers=signed(raw) | headers)
