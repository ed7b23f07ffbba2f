"""What every response says to browsers and caches, and to which names the door answers."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import problem, response
from api.http.record import HEADER as REQUEST_ID

SENT_BY_PAGES = (
    "Authorization", "Content-Type", "Accept", "Idempotency-Key", "If-Match", "If-None-Match",
    "Last-Event-ID", REQUEST_ID,
)  # fmt: skip
SEEN_BY_PAGES = (
    "ETag", "Location", "Link", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining",
    "RateLimit-Reset", "Idempotency-Replayed", REQUEST_ID,
)  # fmt: skip
"""What pages of an allowed origin may send, and what they may read."""
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
_PROBES = {"/healthz", "/readyz"}


class SafeHeaders:
    """Adds the headers that a response does not have already."""

    def __init__(self, app: ASGIApp, *, tls: bool) -> None:
        self._app = app
        self._headers = _ALWAYS | (_HSTS if tls else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sending)


class Head:
    """Answers HEAD as GET would be, without a body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            bare = _Bare(receive, send)
            scope, receive, send = {**scope, "method": "GET"}, bare.receive, bare.send
        await self._app(scope, receive, send)


class _Bare:
    """A response without its body; to what streams, its client seems to leave."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._ended = False

    async def receive(self) -> Message:
        return {"type": "http.disconnect"} if self._ended else await self._receive()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._send(message)
            await self._send({"type": "http.response.body", "body": b""})
            self._ended = True


class Hosts:
    """Answers only to the host names it is known by; probes may come by address."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = [host.lower() for host in hosts]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _PROBES or self._known(scope):
            await self._app(scope, receive, send)
            return
        refusal = problem(421, "This server does not answer to that host name.")
        await response(refusal)(scope, receive, send)

    def _known(self, scope: Scope) -> bool:
        given = Headers(scope=scope).get("host", "").lower()
        name = given.rpartition(":")[0] if given.rpartition(":")[2].isdecimal() else given
        return not self._hosts or any(
            name == host or (host.startswith("*.") and name.endswith(host[1:]))
            for host in self._hosts
        )
