"""A body is counted in bytes before anything parses it, whether its length is declared or not."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Mapping
from typing import IO

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import problem, response

MIB = 1024 * 1024
MAX_BODY = 64 * 1024
BODY_SECONDS = 20.0
UPLOAD_SECONDS = 300.0
"""How long a body may take: an ordinary one, and one that may be larger."""
_IN_MEMORY = MIB
_PIECE = 256 * 1024
_TOO_LARGE = "The body is larger than {:,} bytes."


class BodyLimit:
    """Takes in the whole body within its limit, then lets the application have it.

    `larger` names paths with a limit of their own, one that ends with / all paths below it, and
    the first that fits counts. What is larger than 1 MiB lies on the disk until the request is
    done. After the body the application sees what the server says, so it
    notices a client that leaves.
    """

    def __init__(
        self, app: ASGIApp, limit: int = MAX_BODY, larger: Mapping[str, int] | None = None
    ) -> None:
        self._app = app
        self._limit = limit
        self._larger = tuple((larger or {}).items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        larger = self._larger_for(scope["path"])
        limit = larger or self._limit
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as body:
            try:
                async with asyncio.timeout(BODY_SECONDS if larger is None else UPLOAD_SECONDS):
                    digest = await _read(scope, receive, limit, body)
            except TimeoutError:
                await response(problem(408), {"Connection": "close"})(scope, receive, send)
                return
            except OverflowError:
                refusal = response(problem(413, _TOO_LARGE.format(limit)), {"Connection": "close"})
                await refusal(scope, receive, send)
                return
            if digest is not None:
                scope.setdefault("state", {}).update(body=body, body_digest=digest)
                await self._app(scope, _replay(body, receive), send)

    def _larger_for(self, path: str) -> int | None:
        for named, limit in self._larger:
            if path == named or (named.endswith("/") and path.startswith(named)):
                return limit
        return None


def body_digest(scope: Scope) -> str:
    """The SHA-256 of the body that was taken in, in hexadecimal."""
    found: str = scope["state"]["body_digest"]
    return found


async def _read(scope: Scope, receive: Receive, limit: int, body: IO[bytes]) -> str | None:
    """Takes the body in and gives its digest; None when the client left.

    Raises OverflowError as soon as it is too large.
    """
    declared = Headers(scope=scope).get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise OverflowError
    size, digest = 0, hashlib.sha256()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise OverflowError
        digest.update(piece)
        await _write(body, piece, size)
        if not message.get("more_body", False):
            body.seek(0)
            return digest.hexdigest()


async def _write(body: IO[bytes], piece: bytes, size: int) -> None:
    """What goes to the disk goes there beside the loop."""
    if size <= _IN_MEMORY:
        body.write(piece)
    else:
        await asyncio.to_thread(body.write, piece)


def _replay(body: IO[bytes], receive: Receive) -> Receive:
    """The body in pieces, then what the server says."""
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        piece = await asyncio.to_thread(body.read, _PIECE) if _on_disk(body) else body.read(_PIECE)
        given = len(piece) < _PIECE
        return {"type": "http.request", "body": piece, "more_body": not given}

    return receiving


def _on_disk(body: IO[bytes]) -> bool:
    return bool(getattr(body, "_rolled", False))
