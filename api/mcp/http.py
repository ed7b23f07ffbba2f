"""MCP over streamable HTTP: every request stands alone, and brings the key of its person.

Nothing is kept between requests, so any process of the server can take any of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.http.auth import Caller
from api.http.problems import problem, response
from api.mcp.server import Asking, mcp_server
from api.scopes import READ
from assistant.service import Assistant
from crm.errors import NotAllowedError
from crm.scope import Principal

PATH = "/mcp"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class McpDoor:
    """The path /mcp; open while its `opened` lasts."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._origins = frozenset(origins)
        self._manager: StreamableHTTPSessionManager | None = None

    @property
    def route(self) -> Route:
        return Route(PATH, endpoint=self, methods=["POST"], include_in_schema=False)

    @asynccontextmanager
    async def opened(self, assistant: Assistant) -> AsyncIterator[None]:
        """Serve an assistant until the block ends.

        The manager has a task of its own: it must end in the one it began in, and whoever opens
        the application may close it from another.
        """
        server = mcp_server(assistant, _caller)
        manager = StreamableHTTPSessionManager(server, stateless=True)
        begun, ending = asyncio.Event(), asyncio.Event()

        async def run() -> None:
            async with manager.run():
                begun.set()
                await ending.wait()

        running = asyncio.create_task(run())
        await begun.wait()
        self._manager = manager
        try:
            yield
        finally:
            self._manager = None
            ending.set()
            await running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._may_come_from(Headers(scope=scope).get("origin")):
            refusal = problem(403, "Pages of this origin may not call it.")
            await response(refusal)(scope, receive, send)
        elif self._manager is None:
            await response(problem(503))(scope, receive, send)
        else:
            await self._manager.handle_request(scope, receive, send)

    def _may_come_from(self, origin: str | None) -> bool:
        """A page may call only from this machine or from where the settings allow it.

        A name that somebody has pointed at our address is neither (DNS rebinding).
        """
        if origin is None or origin in self._origins:
            return True
        try:
            return urlsplit(origin).hostname in _LOOPBACK
        except ValueError:
            return False


def _caller(asking: Asking) -> Principal:
    """Whose key or token the request carries; NotAllowedError when it may not read."""
    request = asking.request
    if request is None:
        raise RuntimeError("a request over HTTP comes with its HTTP request")
    caller: Caller = request.state.caller
    if READ not in caller.scopes:
        raise NotAllowedError("This access lacks the scope `read`.", "Use another key.")
    return caller.principal
