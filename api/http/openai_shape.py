"""Below the paths that speak as OpenAI's do, every refusal has the shape of OpenAI's errors."""

from __future__ import annotations

import json
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import MEDIA_TYPE

PATHS = ("/v1/chat/completions", "/v1/models")
_KINDS = {
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "insufficient_permissions"),
    404: ("invalid_request_error", "not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
}
"""The type and code of an error by its status."""


def error_body(status: int, message: str, code: str | None = None) -> dict[str, Any]:
    """An error as OpenAI's interface tells it."""
    usual = ("server_error", None) if status >= 500 else ("invalid_request_error", None)
    kind, usual_code = _KINDS.get(status, usual)
    return {"error": {"message": message, "type": kind, "param": None, "code": code or usual_code}}


class OpenAIErrors:
    """Turns the problem documents of these paths into errors in OpenAI's shape."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not speaks_openai(scope["path"]):
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        body = bytearray()

        async def sending(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_problem(message):
                start = message
                return
            if start is None or message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                await _send_error(start, bytes(body), send)

        await self._app(scope, receive, sending)


def speaks_openai(path: str) -> bool:
    """Whether a path speaks as OpenAI's do."""
    return any(path == known or path.startswith(f"{known}/") for known in PATHS)


def _is_problem(start: Message) -> bool:
    kind = MutableHeaders(raw=list(start["headers"])).get("content-type", "")
    return kind.startswith(MEDIA_TYPE)


async def _send_error(start: Message, body: bytes, send: Send) -> None:
    told = json.loads(body)
    parts = (told.get("detail") or told["title"], told.get("remedy"))
    message = " ".join(part for part in parts if part)
    if log_id := told.get("log_id"):
        message = f"{message} ({log_id})"
    content = json.dumps(error_body(start["status"], message), ensure_ascii=False).encode()
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["content-type"] = "application/json"
    headers["content-length"] = str(len(content))
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": content, "more_body": False})
