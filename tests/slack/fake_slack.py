"""A Slack of our own: its teams, what it was told by whom, and what it was made to refuse.

It answers in `slack_methods` and `slack_messages`, keeps Slack's limits and rates in `slack_rules`
and `slack_rates`, and listens in `slack_server`.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.slack.slack_rates import Rates

BOT_TOKEN = "xoxb-test"
APP_TOKEN = "xapp-test"
TEAM = "T0INAHO"
BOT_USER = "U0TAGAYASU"
TRIGGER_SECONDS = 3.0
CLIENT_ID, CLIENT_SECRET = "1.2", "client-secret"
Args = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A call of a Web API method with its arguments, when it came, and with which token."""

    method: str
    args: Args
    at: float = 0.0
    token: str = ""


@dataclass
class FakeSlack:
    """A Slack with its teams: their channels and users, and what the app has said to them."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    channels: dict[str, list[str]] = field(default_factory=dict)
    users: dict[str, Args] = field(default_factory=dict)
    failures: list[tuple[str, str]] = field(default_factory=list)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    """What was refused, and how."""
    page: int = 2
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    """What came back with the acknowledgement of a socket's envelope."""
    rates: Rates | None = None
    granted: set[str] | None = None
    """The scopes the app was given; None gives it all."""
    tokens: dict[str, Args] = field(default_factory=dict)
    """Who a token belongs to, as auth.test has it."""
    codes: dict[str, Args] = field(default_factory=dict)
    """What oauth.v2.access answers to a code or a refresh token, once."""
    messages: dict[tuple[str, str], Args] = field(default_factory=dict)
    """Every message that is there for all, by channel and ts."""
    views: dict[str, Args] = field(default_factory=dict)
    homes: dict[str, Args] = field(default_factory=dict)
    files: dict[str, Args] = field(default_factory=dict)
    triggers: dict[str, float] = field(default_factory=dict)
    knows_streams: bool = True
    stream_dies: Callable[[Args], bool] = lambda _message: False
    """Whether a stream is over by the time of an append or its end."""
    links: int = 0

    def __post_init__(self) -> None:
        self.tokens[BOT_TOKEN] = {"team_id": TEAM, "user_id": BOT_USER, "bot_id": "B0TAGAYASU"}

    def person(self, user: str, email: str | None = None, **more: Any) -> None:
        """Let there be a user as users.info shows one."""
        profile = {"real_name": user} | ({"email": email} if email else {})
        shown = {"id": user, "team_id": TEAM, "is_bot": False, "deleted": False}
        shown |= {"tz": "Asia/Tokyo", "tz_offset": 32400, "locale": "ja-JP"}
        self.users[user] = {**shown, "is_email_confirmed": True, "profile": profile, **more}

    def said(self, method: str) -> list[Args]:
        """The arguments of every call of a method that was taken."""
        return [call.args for call in self.calls if call.method == method]

    @property
    def posts(self) -> list[Args]:
        return self.said("chat.postMessage")

    @property
    def private(self) -> list[Args]:
        return self.said("chat.postEphemeral")

    def trigger(self) -> str:
        """A trigger that opens one modal within three seconds."""
        made = f"{len(self.triggers)}.{secrets.token_hex(4)}"
        self.triggers[made] = time.monotonic() + TRIGGER_SECONDS
        return made

    # ----------------------------------------------------------------- sockets

    @property
    def open_sockets(self) -> list[web.WebSocketResponse]:
        return [socket for socket in self.sockets if not socket.closed]

    async def send(self, envelope: Args) -> None:
        """Deliver an envelope over the newest Socket Mode connection."""
        await self.open_sockets[-1].send_str(json.dumps(envelope))

    async def deliver(self, envelope: Args, *, again_after: float = 0.5) -> None:
        """Deliver an envelope again, over the newest connection, until it is acknowledged."""
        while envelope["envelope_id"] not in self.acknowledged:
            for socket in self.open_sockets[-1:]:
                try:
                    await socket.send_str(json.dumps(envelope))
                except ConnectionError:
                    continue
            await asyncio.sleep(again_after)

    async def drop(self) -> None:
        """Close every connection without a word."""
        for socket in self.open_sockets:
            await socket.close()


Method = Callable[[FakeSlack, Args, str], Args]
"""What answers to a method's arguments and the token they came with."""


def error(name: str) -> Args:
    """How Slack refuses."""
    return {"ok": False, "error": name}
