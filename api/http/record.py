"""Every request has an id, a line in the log, a span and a place in the counts: not its content."""

from __future__ import annotations

import re
import secrets
import time
from contextlib import ExitStack

import structlog
from opentelemetry import trace
from opentelemetry.propagate import extract
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.auth import Caller
from api.telemetry import Metrics

HEADER = "X-Request-ID"
_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")
_QUIET = {"/healthz", "/readyz", "/metrics"}
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_LEFT = 499
"""The status of a request whose client left before it was answered."""
log = structlog.get_logger(__name__)
tracer = trace.get_tracer(__name__)


class Recording:
    """The outermost layer."""

    def __init__(self, app: ASGIApp, metrics: Metrics | None = None) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get(HEADER, "")
        id_ = given if _ID.fullmatch(given) else secrets.token_hex(16)
        begun, response = time.monotonic(), _Response(id_, send, self._metrics)
        with (
            structlog.contextvars.bound_contextvars(request_id=id_),
            tracer.start_as_current_span(
                "http", context=extract(dict(headers)), kind=trace.SpanKind.SERVER
            ) as span,
            response.open,
        ):
            try:
                await self._app(scope, receive, response)
            finally:
                self._record(scope, response.status or _LEFT, time.monotonic() - begun, span)

    def _record(self, scope: Scope, status: int, seconds: float, span: trace.Span) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = route_of(scope)
        span.update_name(f"{method} {route}")
        span.set_attributes(
            {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
            }
        )
        if self._metrics is not None:
            self._metrics.request(method, route, status, seconds)
        if route not in _QUIET or status >= 500:
            log.info(
                "http.request", method=method, route=route, status=status,
                ms=round(seconds * 1000), person=_person(scope),
            )  # fmt: skip


class _Response:
    """Passes a response on with the request's id, and counts it while it streams."""

    def __init__(self, id_: str, send: Send, metrics: Metrics | None) -> None:
        self._id, self._send, self._metrics = id_, send, metrics
        self.status = 0
        self.open = ExitStack()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[HEADER] = self._id
            streams = headers.get("content-type", "").startswith("text/event-stream")
            if streams and self._metrics is not None:
                self.open.enter_context(self._metrics.stream())
        await self._send(message)


def route_of(scope: Scope) -> str:
    """The template of the route, such as /v1/accounts/{account_id}; `-` where none has matched."""
    route = scope.get("route")
    return str(getattr(route, "path", None) or "-")


def _person(scope: Scope) -> str | None:
    caller: Caller | None = scope.get("state", {}).get("caller")
    return caller.principal.person_id if caller else None
