"""A small server on loopback that speaks OpenAI's chat completions and plays a script, with faults.

A line of the script is a text, `called(tool, **arguments)`, or one of the faults; the last line is
repeated when the script runs out. `requests` holds what was sent. It streams when asked to: words
and arguments in pieces, the usage at the end.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from aiohttp import web

TOKENS_IN, TOKENS_OUT = 1_000, 50
"""What every answer says it has used."""
_PIECE = 7


@dataclass(frozen=True)
class Said:
    """A text and how it ended; `tears` says what becomes of the stream half-way.

    `thinks` is for how many seconds nothing comes before its first word.
    """

    text: str
    finish: str | None = "stop"
    tears: Literal["", "hangs", "is cut", "errs"] = ""
    refusal: str | None = None
    tells_usage: bool = True
    thinks: float = 0


@dataclass(frozen=True)
class Called:
    """A line that calls tools; arguments given as a text are sent as they are."""

    calls: tuple[tuple[str, dict[str, Any] | str], ...]
    tears: Literal["", "hangs", "is cut", "errs"] = ""
    finish: str | None = "tool_calls"
    same_id: str = ""
    tells_usage: bool = True


@dataclass(frozen=True)
class Fault:
    """A line that is no answer: a status, a body that is no JSON, or silence."""

    name: str
    status: int = 200
    body: str = ""
    hangs: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    line: Said | Called | None = None
    """For a fault within a stream, what is torn or wrong."""


def called(tool: str, **arguments: Any) -> Called:
    return Called(((tool, arguments),))


def _error(status: int, kind: str, message: str) -> Fault:
    body = json.dumps({"error": {"message": message, "type": kind, "code": kind}})
    return Fault(str(status), status, body)


def busy(retry_after: str) -> Fault:
    """A rate limit that says when to come back."""
    return replace(BUSY, name=f"429 {retry_after}", headers=(("Retry-After", retry_after),))


LONG = "受注の見通しは明るいと考えております。" * 30
REFUSED = _error(401, "invalid_api_key", "Incorrect API key provided: sk-te********cret.")
BUSY = _error(429, "rate_limit_exceeded", "Rate limit reached.")
NO_CREDIT = _error(429, "insufficient_quota", "You exceeded your current quota.")
BROKEN = _error(500, "server_error", "The server had an error.")
OVERLOADED = _error(503, "overloaded", "The engine is overloaded.")
MALFORMED = Fault("malformed", body='{"choices": [{"mess')
NO_CHOICES = Fault("no choices", body=json.dumps({"id": "x", "object": "chat.completion"}))
HANGS = Fault("hang", hangs=True)
HANGS_MIDWAY = Fault("hang midway", line=Said(LONG, tears="hangs"))
CUT = Fault("cut", line=Said(LONG, tears="is cut"))
CUT_CALL = Fault("cut call", line=Called((("deal_health", {"limit": 50}),), tears="is cut"))
ENDS_EARLY = Fault("ends early", line=Said("受注率は", finish=None))
ERRS_MIDWAY = Fault("error midway", line=Said(LONG, tears="errs"))
TORN_CALL = Fault("torn call", line=Called((("deal_health", '{"limit": '),)))
LIST_CALL = Fault("list as arguments", line=Called((("deal_health", "[1, 2]"),)))
BABBLE = Fault("babble", line=Said("そして、また、さらに、" * 1_000))
WITHHELD = Fault("withheld", line=Said("申し訳", finish="content_filter"))
DECLINED = Fault("declined", line=Said("", refusal="I can't help with that."))
CUT_SHORT = Fault("cut short", line=Said("受注率は、ここ一年の", finish="length"))
EMPTY = Fault("empty", line=Said(""))
LASTING = (REFUSED, NO_CREDIT, BABBLE, WITHHELD, CUT_SHORT)
"""Faults that another try does not mend."""
PASSING = (
    BUSY, BROKEN, OVERLOADED, MALFORMED, NO_CHOICES, HANGS, HANGS_MIDWAY, CUT, CUT_CALL, ENDS_EARLY,
    ERRS_MIDWAY, TORN_CALL, LIST_CALL, EMPTY, DECLINED,
)  # fmt: skip
FAULTS = LASTING + PASSING
Line = str | Said | Called | Fault


@dataclass
class OpenAIServer:
    """What the server plays, and what it was sent."""

    script: list[Line]
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def then(self, *lines: Line) -> None:
        """Play these lines from the next request on."""
        self.script = [*self.script[:1] * len(self.requests), *lines]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        line = self.script[min(len(self.requests), len(self.script) - 1)]
        sent = await request.json()
        self.requests.append(sent)
        self.keys.append(request.headers.get("Authorization", ""))
        self.times.append(asyncio.get_running_loop().time())
        if isinstance(line, Fault) and line.line is None:
            if line.hangs:
                await asyncio.sleep(3600)
            return web.Response(status=line.status, text=line.body, headers=dict(line.headers),
                                content_type="application/json")  # fmt: skip
        told = line.line if isinstance(line, Fault) else line
        answer = Said(told) if isinstance(told, str) else told
        assert answer is not None
        if sent.get("stream"):
            return await self._streamed(request, answer, sent)
        return web.json_response(self._completion(answer))

    # ------------------------------------------------------------------ in one piece

    def _completion(self, line: Said | Called) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": None}
        if isinstance(line, Called):
            message["tool_calls"] = [
                {"id": self._id(line, n), "type": "function",
                 "function": {"name": tool, "arguments": _written(arguments)}}
                for n, (tool, arguments) in enumerate(line.calls)
            ]  # fmt: skip
        else:
            message |= {"content": line.text, "refusal": line.refusal}
        choice = {"index": 0, "message": message, "finish_reason": line.finish}
        return {**self._head("chat.completion"), "choices": [choice], "usage": _USAGE}

    def _head(self, kind: str) -> dict[str, Any]:
        number = len(self.requests)
        return {"id": f"chatcmpl-{number}", "object": kind, "created": 1, "model": "test"}

    def _id(self, line: Called, number: int) -> str:
        return line.same_id or f"call_{len(self.requests)}_{number}"

    # ------------------------------------------------------------------ in a stream

    async def _streamed(
        self, request: web.Request, line: Said | Called, sent: dict[str, Any]
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        pieces = list(self._pieces(line))
        for n, piece in enumerate(pieces):
            if line.tears and n >= len(pieces) // 2:
                return await self._torn(request, response, line.tears)
            await self._send(response, [{"index": 0, "delta": piece, "finish_reason": None}])
            if n == 0 and isinstance(line, Said):
                await asyncio.sleep(line.thinks)
        if line.finish is not None:
            await self._send(response, [{"index": 0, "delta": {}, "finish_reason": line.finish}])
            if line.tells_usage and (sent.get("stream_options") or {}).get("include_usage"):
                await self._send(response, [], usage=_USAGE)
            await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response

    async def _torn(
        self, request: web.Request, response: web.StreamResponse, how: str
    ) -> web.StreamResponse:
        if how == "hangs":
            await asyncio.sleep(3600)
        if how == "errs":
            await response.write(b'data: {"error": {"message": "The server had an error."}}\n\n')
            await response.write_eof()
        elif request.transport is not None:
            request.transport.abort()
        return response

    async def _send(
        self, response: web.StreamResponse, choices: list[dict[str, Any]], **more: Any
    ) -> None:
        event = {**self._head("chat.completion.chunk"), "choices": choices, **more}
        await response.write(f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())

    def _pieces(self, line: Said | Called) -> Iterator[dict[str, Any]]:
        """The deltas of an answer: words and arguments a few letters at a time."""
        yield {"role": "assistant", "content": ""}
        if isinstance(line, Said):
            yield from ({"content": piece} for piece in _in_pieces(line.text))
            if line.refusal is not None:
                yield {"refusal": line.refusal}
            return
        for n, (tool, arguments) in enumerate(line.calls):
            function = {"name": tool, "arguments": ""}
            yield {"tool_calls": [{"index": n, "id": self._id(line, n), "type": "function",
                                   "function": function}]}  # fmt: skip
            for piece in _in_pieces(_written(arguments)):
                yield {"tool_calls": [{"index": n, "function": {"arguments": piece}}]}


_USAGE = {
    "prompt_tokens": TOKENS_IN,
    "completion_tokens": TOKENS_OUT,
    "total_tokens": TOKENS_IN + TOKENS_OUT,
}


def _written(arguments: dict[str, Any] | str) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def _in_pieces(text: str) -> Iterator[str]:
    return (text[n : n + _PIECE] for n in range(0, len(text), _PIECE))


@asynccontextmanager
async def openai_server(*script: Line) -> AsyncIterator[OpenAIServer]:
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
