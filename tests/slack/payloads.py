"""Events as Slack sends them, and requests signed as Slack signs them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

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


# --------------------------------------------------------------------- what people press and send


def pressed(
    action_id: str,
    value: str = "",
    user: str = "U0SAMPLE06",
    *,
    channel: str = DIRECT,
    ts: str = TS,
    trigger: str = "",
    **more: Any,
) -> dict[str, Any]:
    """A button pressed under a message of ours."""
    return interaction(
        "block_actions",
        user,
        trigger_id=trigger or f"press.{action_id}.{value}.{ts}",
        container={"type": "message", "message_ts": ts, "channel_id": channel},
        channel={"id": channel, "name": "x"},
        message={"type": "message", "user": BOT_USER, "ts": ts, "text": "x", "thread_ts": ts},
        actions=[
            {
                "action_id": action_id,
                "block_id": "b",
                "type": "button",
                "value": value,
                "action_ts": ts,
            }
        ],
        **more,
    )


def submitted(
    callback_id: str,
    values: dict[str, Any] | None = None,
    user: str = "U0SAMPLE06",
    *,
    view_id: str = "V1",
    private_metadata: str = "",
    **more: Any,
) -> dict[str, Any]:
    """A modal sent; `values` as Slack has them: block -> action -> state."""
    view = {
        "id": view_id,
        "hash": "h1",
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": private_metadata,
        "state": {"values": values or {}},
        "app_installed_team_id": TEAM,
    }
    return interaction("view_submission", user, trigger_id="s.1", view=view, **more)


def shortcut(
    callback_id: str, text: str, user: str = "U0SAMPLE06", *, trigger: str = "m.1", **more: Any
) -> dict[str, Any]:
    """A message shortcut chosen at somebody's message."""
    message = {"type": "message", "user": "U0SAMPLE03", "ts": TS, "text": text}
    return interaction(
        "message_action",
        user,
        callback_id=callback_id,
        trigger_id=trigger,
        message_ts=TS,
        channel={"id": CHANNEL, "name": "sales"},
        message=message,
        **more,
    )


def interaction(kind: str, user: str, **more: Any) -> dict[str, Any]:
    """What Slack sends when somebody presses, chooses or sends something."""
    return {
        "type": kind,
        "token": "verification-token",
        "team": {"id": TEAM, "domain": "inaho"},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": user, "username": "x", "name": "x", "team_id": TEAM},
        "api_app_id": "A0TAGAYASU",
        "response_url": "https://hooks.slack.com/actions/T0/1/x",
        **more,
    }


def command(
    text: str, user: str = "U0SAMPLE06", *, channel: str = DIRECT, trigger: str = "c.1", **more: str
) -> dict[str, str]:
    """A slash command."""
    return {
        "token": "verification-token",
        "team_id": TEAM,
        "team_domain": "inaho",
        "channel_id": channel,
        "channel_name": "x",
        "user_id": user,
        "user_name": "x",
        "command": "/tagayasu",
        "text": text,
        "api_app_id": "A0TAGAYASU",
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/T0/1/x",
        "trigger_id": trigger,
        **more,
    }


def home_opened(user: str = "U0SAMPLE06", ts: str = TS, **more: Any) -> dict[str, Any]:
    """The App Home opened by somebody."""
    event = {"type": "app_home_opened", "user": user, "channel": DIRECT, "tab": "home"}
    return body({**event, "event_ts": ts, **more})


def thread_started(user: str = "U0SAMPLE06", ts: str = TS, **more: Any) -> dict[str, Any]:
    """The assistant's container opened by somebody."""
    thread = {"user_id": user, "context": {}, "channel_id": DIRECT, "thread_ts": ts}
    event = {"type": "assistant_thread_started", "assistant_thread": thread, "event_ts": ts}
    return body({**event, **more})


def form(payload: dict[str, Any]) -> bytes:
    """The bytes Slack sends: a command's fields, or an interaction in the field `payload`."""
    if "command" in payload:
        return urlencode(payload).encode()
    return urlencode({"payload": json.dumps(payload)}).encode()


async def deliver_form(
    client: httpx.AsyncClient, payload: dict[str, Any], **headers: str
) -> httpx.Response:
    """Send a command or an interaction to our door as Slack does."""
    raw = form(payload)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return await client.post("/slack/events", content=raw, headers=signed(raw) | kind | headers)
