"""A Slack of our own over real HTTP: it checks tokens, keeps Slack's limits, and records calls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

BOT_TOKEN = "xoxb-test"
APP_TOKEN = "xapp-test"
TEAM = "T0INAHO"
BOT_USER = "U0TAGAYASU"
SECTION, BLOCKS, OVER_ALL, TEXT = 3000, 50, 13_200, 40_000


@dataclass(frozen=True)
class Call:
    """A call of a Web API method with its arguments."""

    method: str
    args: dict[str, Any]


@dataclass
class FakeSlack:
    """One Slack team: its channels and users, and what the app has said to it."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    channels: dict[str, list[str]] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[tuple[str, str]] = field(default_factory=list)
    page: int = 2
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)

    def person(self, user: str, email: str | None = None, **more: Any) -> None:
        """Let there be a user as users.info shows one."""
        profile = {"real_name": user} | ({"email": email} if email else {})
        shown = {"id": user, "team_id": TEAM, "is_bot": False, "deleted": False}
        self.users[user] = {**shown, "is_email_confirmed": True, "profile": profile, **more}

    def said(self, method: str) -> list[dict[str, Any]]:
        """The arguments of every call of a method so far."""
        return [call.args for call in self.calls if call.method == method]

    @property
    def posts(self) -> list[dict[str, Any]]:
        return self.said("chat.postMessage")

    @property
    def private(self) -> list[dict[str, Any]]:
        return self.said("chat.postEphemeral")

    async def send(self, envelope: dict[str, Any]) -> None:
        """Deliver an envelope over the newest Socket Mode connection."""
        await self.sockets[-1].send_str(json.dumps(envelope))

    def answer(self, method: str, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """What Slack answers to a call."""
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if token != wanted:
            return {"ok": False, "error": "invalid_auth"}
        if self.failures and self.failures[0][0] == method:
            return {"ok": False, "error": self.failures.pop(0)[1]}
        match method:
            case "auth.test":
                return {"ok": True, "team_id": TEAM, "user_id": BOT_USER, "bot_id": "B0TAGAYASU"}
            case "apps.connections.open":
                return {"ok": True, "url": self.url.replace("http:", "ws:") + "link"}
            case "users.info":
                user = self.users.get(args["user"])
                return {"ok": True, "user": user} if user else _error("user_not_found")
            case "conversations.members":
                return self._members(args)
            case "chat.postMessage" | "chat.postEphemeral":
                return self._post(method, args)
        return _error("unknown_method")

    def _members(self, args: dict[str, Any]) -> dict[str, Any]:
        if args["channel"] not in self.channels:
            return _error("channel_not_found")
        members = self.channels[args["channel"]]
        start = int(args.get("cursor") or 0)
        end = start + min(self.page, int(args["limit"]))
        cursor = str(end) if end < len(members) else ""
        page = {"members": members[start:end], "response_metadata": {"next_cursor": cursor}}
        return {"ok": True, **page}

    def _post(self, method: str, args: dict[str, Any]) -> dict[str, Any]:
        blocks = args.get("blocks") or []
        texts = [block["text"]["text"] for block in blocks]
        if len(blocks) > BLOCKS or any(not text or len(text) > SECTION for text in texts):
            return _error("invalid_blocks")
        if sum(map(len, texts)) > OVER_ALL:
            return _error("msg_blocks_too_long")
        if len(args.get("text", "")) > TEXT:
            return _error("msg_too_long")
        if not blocks and not args.get("text"):
            return _error("no_text")
        self.calls.append(Call(method, args))
        stamp = f"1700000000.{len(self.calls):06d}"
        return {"ok": True, "ts": stamp, "message_ts": stamp, "channel": args["channel"]}


def _error(name: str) -> dict[str, Any]:
    return {"ok": False, "error": name}


@asynccontextmanager
async def fake_slack() -> AsyncIterator[FakeSlack]:
    """A Slack on a loopback port for as long as the block lasts."""
    slack = FakeSlack()

    async def api(request: web.Request) -> web.Response:
        if request.content_type == "application/json":
            args = await request.json()
        else:
            args = dict(request.query) | dict(await request.post())
            if isinstance(args.get("blocks"), str):
                args["blocks"] = json.loads(args["blocks"])
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        method = request.match_info["method"]
        if not method.startswith("chat."):
            slack.calls.append(Call(method, args))
        return web.json_response(slack.answer(method, token, args))

    async def link(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        slack.sockets.append(socket)
        await socket.send_str(json.dumps({"type": "hello", "num_connections": 1}))
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                slack.acknowledged.append(json.loads(message.data)["envelope_id"])
        return socket

    server = web.Application()
    server.router.add_get("/api/link", link)
    server.router.add_route("*", "/api/{method}", api)
    runner = web.AppRunner(server, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    slack.url = f"http://127.0.0.1:{port}/api/"
    try:
        yield slack
    finally:
        for socket in slack.sockets:
            await socket.close()
        await asyncio.wait_for(runner.cleanup(), 5)
