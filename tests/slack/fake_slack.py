"""A Slack of our own over real HTTP and WebSocket: it checks tokens and scopes, keeps Slack's
limits and rates, lets streams and triggers expire, and remembers what it was told."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.slack.slack_rates import Rates
from tests.slack.slack_rules import BLOCKS, fault, refused_message, refused_view

BOT_TOKEN = "xoxb-test"
APP_TOKEN = "xapp-test"
TEAM = "T0INAHO"
BOT_USER = "U0TAGAYASU"
TRIGGER_SECONDS = 3.0
CLIENT_ID, CLIENT_SECRET = "1.2", "client-secret"
Args = dict[str, Any]

SCOPES = {
    "assistant.threads.setStatus": "assistant:write",
    "assistant.threads.setTitle": "assistant:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write",
    "chat.appendStream": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.startStream": "chat:write",
    "chat.stopStream": "chat:write",
    "chat.update": "chat:write",
    "conversations.open": "im:write",
    "files.completeUploadExternal": "files:write",
    "files.getUploadURLExternal": "files:write",
    "users.info": "users:read",
    "users.lookupByEmail": "users:read.email",
}
"""What a method needs; those that depend on the kind of the channel are in `_scope`."""


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

    # ----------------------------------------------------------------- methods

    def answer(self, method: str, token: str, args: Args) -> Args:
        """What Slack answers to a call."""
        if method == "oauth.v2.access":
            return self._tokens(args)
        if (token == APP_TOKEN) != (method == "apps.connections.open"):
            return _error("not_allowed_token_type")
        if token != APP_TOKEN and token not in self.tokens:
            return _error("invalid_auth")
        if self.failures and self.failures[0][0] == method:
            return _error(self.failures.pop(0)[1])
        needed = _scope(method, args)
        if needed and self.granted is not None and needed not in self.granted:
            return {**_error("missing_scope"), "needed": needed}
        answering = _METHODS.get(method)
        if answering is None or ("Stream" in method and not self.knows_streams):
            return _error("unknown_method")
        return answering(self, args, token)

    def _tokens(self, args: Args) -> Args:
        given = str(args.get("code") or args.get("refresh_token"))
        made = self.codes.pop(given, None)
        if made is None:
            return _error("invalid_refresh_token" if "refresh_token" in args else "invalid_code")
        team = made.get("team") or {}
        organisation = made.get("enterprise") or {}
        self.tokens[made["access_token"]] = {
            "team_id": team.get("id") or organisation.get("id"),
            "enterprise_id": organisation.get("id"),
            "user_id": made["bot_user_id"],
        }
        return {"ok": True, **made}

    def _test(self, _args: Args, token: str) -> Args:
        return {"ok": True, **self.tokens[token]}

    def _revoke(self, _args: Args, token: str) -> Args:
        del self.tokens[token]
        return {"ok": True, "revoked": True}

    def _link(self, _args: Args, _token: str) -> Args:
        self.links += 1
        return {"ok": True, "url": self.url.replace("http:", "ws:") + "link"}

    def _user(self, args: Args, _token: str) -> Args:
        user = self.users.get(args["user"])
        return {"ok": True, "user": user} if user else _error("user_not_found")

    def _by_email(self, args: Args, _token: str) -> Args:
        found = [u for u in self.users.values() if u["profile"].get("email") == args["email"]]
        return {"ok": True, "user": found[0]} if found else _error("users_not_found")

    def _members(self, args: Args, _token: str) -> Args:
        if args["channel"] not in self.channels:
            return _error("channel_not_found")
        members = self.channels[args["channel"]]
        start = int(args.get("cursor") or 0)
        end = start + min(self.page, int(args["limit"]))
        cursor = str(end) if end < len(members) else ""
        page = {"members": members[start:end], "response_metadata": {"next_cursor": cursor}}
        return {"ok": True, **page}

    def _open(self, args: Args, _token: str) -> Args:
        [user] = args["users"] if isinstance(args["users"], list) else args["users"].split(",")
        if user not in self.users:
            return _error("user_not_found")
        channel = f"D{user[1:]}"
        self.channels.setdefault(channel, [user, BOT_USER])
        return {"ok": True, "channel": {"id": channel}}

    def _post(self, args: Args, _token: str) -> Args:
        if refused := refused_message(args):
            return _error(refused)
        return self._kept(args)

    def _kept(self, args: Args, **more: Any) -> Args:
        ts = self._stamp()
        self.messages[args["channel"], ts] = {**args, **more, "ts": ts}
        return {"ok": True, "ts": ts, "channel": args["channel"]}

    def _ephemeral(self, args: Args, _token: str) -> Args:
        if refused := refused_message(args):
            return _error(refused)
        members = self.channels.get(args["channel"])
        if members is not None and args["user"] not in members:
            return _error("user_not_in_channel")
        return {"ok": True, "message_ts": self._stamp()}

    def _stamp(self) -> str:
        return f"{int(time.time())}.{len(self.calls):06d}"

    def _update(self, args: Args, _token: str) -> Args:
        message = self.messages.get((args["channel"], args["ts"]))
        if message is None or message.get("streaming"):
            return _error("streaming_state_conflict" if message else "message_not_found")
        if refused := refused_message(args, update=True):
            return _error(refused)
        message.update(args)
        message["tasks"] = {}
        return {"ok": True, "ts": args["ts"], "channel": args["channel"]}

    def _delete(self, args: Args, _token: str) -> Args:
        gone = self.messages.pop((args["channel"], args["ts"]), None)
        return {"ok": True} if gone else _error("message_not_found")

    def _history(self, args: Args, _token: str) -> Args:
        since, thread = float(args.get("oldest") or 0), args.get("ts")
        found = [
            message
            for (channel, ts), message in sorted(self.messages.items())
            if channel == args["channel"] and float(ts) >= since
            if thread is None or thread in (ts, message.get("thread_ts"))
        ]
        return {"ok": True, "messages": found[: int(args.get("limit") or 100)], "has_more": False}

    # ----------------------------------------------------------------- streams

    def _start(self, args: Args, _token: str) -> Args:
        if not args.get("thread_ts"):
            return _error("invalid_arguments")
        whose = args.get("recipient_user_id") and args.get("recipient_team_id")
        if not args["channel"].startswith("D") and not whose:
            return _error("missing_recipient_user_id")
        message = {**args, "streaming": True, "blocks": [], "tasks": {}, "text": ""}
        if refused := _streamed(message, args):
            return _error(refused)
        return self._kept(message)

    def _append(self, args: Args, _token: str) -> Args:
        message = self._streaming(args)
        if message is None:
            return _error("message_not_in_streaming_state")
        refused = _streamed(message, args)
        return _error(refused) if refused else {"ok": True, "ts": args["ts"]}

    def _stop(self, args: Args, _token: str) -> Args:
        message = self._streaming(args)
        if message is None:
            return _error("message_not_in_streaming_state")
        if refused := _streamed(message, args):
            return _error(refused)
        blocks = args.get("blocks") or []
        if fault(blocks, BLOCKS) or len(message["blocks"]) + len(blocks) > BLOCKS:
            return _error("invalid_blocks")
        message["blocks"] = message["blocks"] + blocks
        message.update(streaming=False, metadata=args.get("metadata"))
        return {"ok": True, "ts": args["ts"]}

    def _streaming(self, args: Args) -> Args | None:
        message = self.messages.get((args["channel"], args["ts"]))
        if message is None or not message.get("streaming"):
            return None
        if self.stream_dies(message):
            message["streaming"] = False
            return None
        return message

    # ----------------------------------------------------------------- views, files, threads

    def _views(self, args: Args, _token: str) -> Args:
        if self.triggers.pop(args["trigger_id"], 0.0) < time.monotonic():
            return _error("expired_trigger_id")
        view = args["view"]
        if refused := refused_view(view):
            return _error(refused)
        made = {**view, "id": f"V{len(self.views):08d}", "hash": secrets.token_hex(8)}
        made["state"] = {"values": {}}
        self.views[made["id"]] = made
        return {"ok": True, "view": made}

    def _view(self, args: Args, _token: str) -> Args:
        held = self.views.get(args["view_id"])
        if held is None:
            return _error("not_found")
        if args.get("hash") and args["hash"] != held["hash"]:
            return _error("hash_conflict")
        if refused := refused_view(args["view"]):
            return _error(refused)
        held.update(args["view"], hash=secrets.token_hex(8))
        return {"ok": True, "view": held}

    def _publish(self, args: Args, _token: str) -> Args:
        held = self.homes.get(args["user_id"])
        if held and args.get("hash") and args["hash"] != held["hash"]:
            return _error("hash_conflict")
        if refused := refused_view(args["view"]):
            return _error(refused)
        made = {**args["view"], "hash": secrets.token_hex(8), "id": f"V{args['user_id']}"}
        self.homes[args["user_id"]] = made
        return {"ok": True, "view": made}

    def _upload(self, args: Args, _token: str) -> Args:
        made = f"F{len(self.files):08d}"
        self.files[made] = {**args, "length": int(args["length"]), "content": b""}
        where = self.url.replace("/api/", "/upload/") + made
        return {"ok": True, "file_id": made, "upload_url": where}

    def _uploaded(self, args: Args, _token: str) -> Args:
        for given in args["files"]:
            held = self.files.get(given["id"])
            if held is None or len(held["content"]) != held["length"]:
                return _error("file_not_found")
            held |= {"title": given.get("title"), "shared": args.get("channel_id")}
            held["thread_ts"] = args.get("thread_ts")
        return {"ok": True, "files": [{"id": given["id"]} for given in args["files"]]}

    def _done(self, args: Args, _token: str) -> Args:
        prompts = args.get("prompts") or []
        return _error("invalid_arguments") if len(prompts) > 4 else {"ok": True}


_METHODS: dict[str, Callable[[FakeSlack, Args, str], Args]] = {
    "auth.test": FakeSlack._test,
    "auth.revoke": FakeSlack._revoke,
    "apps.connections.open": FakeSlack._link,
    "users.info": FakeSlack._user,
    "users.lookupByEmail": FakeSlack._by_email,
    "conversations.members": FakeSlack._members,
    "conversations.open": FakeSlack._open,
    "conversations.replies": FakeSlack._history,
    "conversations.history": FakeSlack._history,
    "chat.postMessage": FakeSlack._post,
    "chat.postEphemeral": FakeSlack._ephemeral,
    "chat.update": FakeSlack._update,
    "chat.delete": FakeSlack._delete,
    "chat.startStream": FakeSlack._start,
    "chat.appendStream": FakeSlack._append,
    "chat.stopStream": FakeSlack._stop,
    "views.open": FakeSlack._views,
    "views.push": FakeSlack._views,
    "views.update": FakeSlack._view,
    "views.publish": FakeSlack._publish,
    "files.getUploadURLExternal": FakeSlack._upload,
    "files.completeUploadExternal": FakeSlack._uploaded,
    "assistant.threads.setStatus": FakeSlack._done,
    "assistant.threads.setTitle": FakeSlack._done,
    "assistant.threads.setSuggestedPrompts": FakeSlack._done,
}


def _scope(method: str, args: Args) -> str:
    kinds = {"D": "im", "G": "groups"}
    kind = kinds.get(str(args.get("channel"))[:1], "channels")
    if method in ("conversations.replies", "conversations.history"):
        return f"{kind}:history"
    if method == "conversations.members":
        return f"{kind}:read"
    return SCOPES.get(method, "")


def _streamed(message: Args, args: Args) -> str:
    """Put the chunks of a call into its message; Slack's name for what is wrong with them."""
    for chunk in args.get("chunks") or []:
        match chunk.get("type"):
            case "task_update":
                if chunk["status"] not in ("pending", "in_progress", "complete", "error"):
                    return "invalid_chunks"
                if not 0 < len(chunk["title"]) <= 256:
                    return "invalid_chunks"
                message["tasks"][chunk["id"]] = chunk
            case "blocks":
                if fault(chunk["blocks"], BLOCKS):
                    return "invalid_blocks"
                message["blocks"] = message["blocks"] + chunk["blocks"]
            case "markdown_text":
                if len(chunk["text"]) > 12_000:
                    return "msg_too_long"
                message["text"] += chunk["text"]
            case _:
                return "invalid_chunks"
    return ""


def _error(name: str) -> Args:
    return {"ok": False, "error": name}


# --------------------------------------------------------------------- the server


def _read(value: Any) -> Any:
    """An argument of a form: lists and objects come as JSON in it."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


async def _args(request: web.Request) -> Args:
    if request.content_type == "application/json":
        given: Args = await request.json()
        return {name: _read(value) for name, value in given.items()}
    form = dict(request.query) | dict(await request.post())
    return {name: _read(value) for name, value in form.items()}


def application(slack: FakeSlack) -> web.Application:
    """The HTTP server of a Slack."""

    async def api(request: web.Request) -> web.Response:
        args, method = await _args(request), request.match_info["method"]
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        channel = str(args.get("channel") or "")
        if slack.rates and (wait := slack.rates.refuse(method, channel)) is not None:
            headers = {"Retry-After": str(wait)}
            return web.json_response(_error("ratelimited"), status=429, headers=headers)
        said = slack.answer(method, token, args)
        if said["ok"]:
            slack.calls.append(Call(method, args, time.monotonic(), token))
        else:
            slack.refusals.append((method, said["error"]))
        return web.json_response(said)

    async def upload(request: web.Request) -> web.Response:
        slack.files[request.match_info["file"]]["content"] = await request.read()
        return web.Response(text="OK")

    async def respond(request: web.Request) -> web.Response:
        args = await request.json()
        if refused := refused_message(args):
            return web.Response(status=400, text=refused)
        slack.calls.append(Call("response_url", args, time.monotonic()))
        return web.Response(text="ok")

    async def link(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        slack.sockets.append(socket)
        hello = {"type": "hello", "num_connections": len(slack.open_sockets)}
        await socket.send_str(json.dumps(hello))
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                said = json.loads(message.data)
                slack.acknowledged.append(said["envelope_id"])
                slack.answers[said["envelope_id"]] = said.get("payload")
        return socket

    server = web.Application(client_max_size=64 * 1024 * 1024)
    server.router.add_get("/api/link", link)
    server.router.add_post("/api/respond/{id}", respond)
    server.router.add_route("*", "/api/{method}", api)
    server.router.add_post("/upload/{file}", upload)
    return server


@asynccontextmanager
async def fake_slack() -> AsyncIterator[FakeSlack]:
    """A Slack on a loopback port for as long as the block lasts."""
    slack = FakeSlack()
    runner = web.AppRunner(application(slack), shutdown_timeout=0.5)
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
