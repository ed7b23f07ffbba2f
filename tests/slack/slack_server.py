"""The fake Slack behind real HTTP and WebSocket on loopback."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web

from tests.slack.fake_slack import Args, Call, FakeSlack, error
from tests.slack.slack_methods import answer
from tests.slack.slack_rules import refused_message


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
            return web.json_response(error("ratelimited"), status=429, headers=headers)
        said = answer(slack, method, token, args)
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
        await asyncio.wait_for(runner.cleanup(), 60)
