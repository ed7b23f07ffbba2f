"""A small server on loopback that speaks OpenAI's chat completions and plays a script, with faults.

A line of the script is a text, `called(tool, **arguments)`, or one of the faults; the last line is
repeated when the script runs out. `requests` holds what was sent.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Called:
    """A line that calls tools."""

    calls: tuple[tuple[str, dict[str, Any]], ...]


@dataclass(frozen=True)
class Fault:
    """A line that is no answer: a status, a body that is no JSON, or silence."""

    name: str
    status: int = 200
    body: str = ""
    hangs: bool = False


def called(tool: str, **arguments: Any) -> Called:
    return Called(((tool, arguments),))


def _error(status: int, kind: str, message: str) -> Fault:
    body = json.dumps({"error": {"message": message, "type": kind, "code": kind}})
    return Fault(str(status), status, body)


REFUSED = _error(401, "invalid_api_key", "Incorrect API key provided: sk-te********cret.")
BUSY = _error(429, "rate_limit_exceeded", "Rate limit reached.")
BROKEN = _error(500, "server_error", "The server had an error.")
MALFORMED = Fault("malformed", body='{"choices": [{"mess')
NO_CHOICES = Fault("no choices", body=json.dumps({"id": "x", "object": "chat.completion"}))
HANGS = Fault("hang", hangs=True)
EMPTY = ""
FAULTS = (REFUSED, BUSY, BROKEN, MALFORMED, NO_CHOICES, HANGS)


@dataclass
class OpenAIServer:
    """What the server plays, and what it was sent."""

    script: list[str | Called | Fault]
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        line = self.script[min(len(self.requests), len(self.script) - 1)]
        self.requests.append(await request.json())
        self.keys.append(request.headers.get("Authorization", ""))
        if isinstance(line, Fault):
            if line.hangs:
                await asyncio.sleep(3600)
            return web.Response(status=line.status, text=line.body, content_type="application/json")
        return web.json_response(self._completion(line))

    def _completion(self, line: str | Called) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": None}
        if isinstance(line, Called):
            message["tool_calls"] = [
                {
                    "id": f"call_{len(self.requests)}_{n}",
                    "type": "function",
                    "function": {"name": tool, "arguments": json.dumps(arguments)},
                }
                for n, (tool, arguments) in enumerate(line.calls)
            ]
        else:
            message["content"] = line
        return {
            "id": f"chatcmpl-{len(self.requests)}",
            "object": "chat.completion",
            "created": 1,
            "model": "test",
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "finish_reason": "tool_calls" if isinstance(line, Called) else "stop",
                }
            ],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }


@asynccontextmanager
async def openai_server(*script: str | Called | Fault) -> AsyncIterator[OpenAIServer]:
    """The server while it plays; its address is `url`."""
    server = OpenAIServer(list(script))
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    server.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()
