"""Who asks is settled by the key or token, before anything else of the request is read.

What one may not see is as if it were not there (404); only a missing scope or role is a 403.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.problems import problem, response
from api.http.state import Door
from api.keys import PREFIX
from api.scopes import ADMIN, READ, WRITE, Access, reach
from crm.audit import through
from crm.errors import NotAllowedError, NotFoundError
from crm.scope import Principal

PROTECTED = {"/v1": "http", "/mcp": "mcp"}
"""The paths below which nobody gets in without a key or token, and the door each is."""
_REALM = 'Bearer realm="tagayasu"'


@dataclass(frozen=True)
class Caller:
    """Who asks, what the access they came with may do, and what it is (`key:<id>`, `token`)."""

    principal: Principal
    scopes: frozenset[Access]
    by: str

    @staticmethod
    def of(principal: Principal, given: frozenset[Access], by: str) -> Caller:
        """With a principal that may change nothing unless the access may."""
        held = reach(given)
        return Caller(replace(principal, read_only=WRITE not in held), held, by)


class Authentication:
    """Below the protected paths a request needs `Authorization: Bearer ...`, or it gets 401."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = protecting(scope["path"]) if scope["type"] == "http" else None
        if door is None:
            await self._app(scope, receive, send)
            return
        application: FastAPI = scope["app"]
        header = Headers(scope=scope).get("authorization", "")
        caller = await asyncio.to_thread(_caller, Door.of(application), header)
        if caller is None:
            error = ', error="invalid_token"' if header else ""
            detail = "The API key is missing, wrong or revoked."
            refusal = response(problem(401, detail), {"WWW-Authenticate": _REALM + error})
            await refusal(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        with through(door):
            await self._app(scope, receive, send)


def protecting(path: str) -> str | None:
    """The door that a protected path belongs to; None for one that is open to all."""
    return next((d for p, d in PROTECTED.items() if path == p or path.startswith(f"{p}/")), None)


def _caller(door: Door, header: str) -> Caller | None:
    scheme, _, given = header.partition(" ")
    given = given.strip()
    if scheme.lower() != "bearer" or not given.startswith(PREFIX):
        return None
    key = door.keys.use(given)
    if key is None:
        return None
    try:
        principal = door.assistant.directory().by_email(key.email)
    except NotFoundError:
        return None
    return Caller.of(principal, key.scopes, f"key:{key.id}")


def _of(request: Request) -> Caller:
    found: Caller = request.state.caller
    return found


Called = Annotated[Caller, Depends(_of)]
"""The person who asks with the scopes of their access."""


def _asker(caller: Called) -> Principal:
    return _with(caller, READ)


def _writer(caller: Called) -> Principal:
    return _with(caller, WRITE)


def _admin(caller: Called) -> Principal:
    if "admin" not in caller.principal.roles:
        raise NotAllowedError("This takes the role admin.", "Ask an admin of your company.")
    return _with(caller, ADMIN)


def _with(caller: Caller, scope: Access) -> Principal:
    if scope not in caller.scopes:
        raise NotAllowedError(
            f"This access lacks the scope `{scope}`.", f"Use a key with the scope `{scope}`."
        )
    return caller.principal


Asker = Annotated[Principal, Depends(_asker)]
"""The person who asks; read-only where their access lacks the scope `write`."""
Writer = Annotated[Principal, Depends(_writer)]
"""The person who asks, for what changes something: 403 without the scope `write`."""
Admin = Annotated[Principal, Depends(_admin)]
"""The person who asks, for an admin only: 403 without that role and the scope `admin`."""

described = HTTPBearer(
    auto_error=False, description="An API key of a person: `tagayasu key add <e-mail>`."
)
