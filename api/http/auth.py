"""Who asks is settled by the key or token, before anything else of the request is read.

What one may not see is as if it were not there (404); only a missing scope or role is a 403.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import problem, problem_of, response
from api.http.state import Door
from api.keys import PREFIX
from api.scopes import ADMIN, READ, WRITE, Access, reach
from crm.audit import Noted, through
from crm.errors import NotAllowedError, NotFoundError, TagayasuError
from crm.scope import Principal
from crm.scope import Scope as Sight

PROTECTED = {"/v1": "http", "/mcp": "mcp"}
"""The paths below which nobody gets in without a key or token, and the door each is."""
NOBODY = Principal("", "")
"""Who is noted for what somebody did who did not get in."""
_NOTHING = Sight(sees_all=False)
_REALM = 'Bearer realm="tagayasu"'
_NO_ACCESS = "The key or token is missing, wrong or no longer in use."


@dataclass(frozen=True)
class Caller:
    """Who asks, what the access they came with may do, and what it is (`key:<id>`, `token`).

    `sees` is what the person may see at this moment.
    """

    principal: Principal
    scopes: frozenset[Access]
    by: str
    sees: Sight = _NOTHING

    @staticmethod
    def of(
        principal: Principal, given: frozenset[Access], by: str, sees: Sight = _NOTHING
    ) -> Caller:
        """With a principal that may change nothing unless the access may."""
        held = reach(given)
        return Caller(replace(principal, read_only=WRITE not in held), held, by, sees)

    @property
    def rights(self) -> str:
        """What decides which answers this access gets: it differs where any of it does."""
        sees, person = self.sees, self.principal
        shared = None if sees.shared is None else sorted(sees.shared)
        parts = (sorted(self.scopes), sorted(person.roles), sees.sees_all, sorted(sees.person_ids))
        return repr((*parts, shared))


@dataclass(frozen=True)
class Refused:
    """Nobody gets in with this; `known` is what is noted of a key or person of ours."""

    known: Noted | None = None


class Authentication:
    """Below the protected paths a request needs `Authorization: Bearer ...`, or it gets 401.

    Then it takes one from the person's bucket of requests, or gets 429.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = protecting(scope["path"]) if scope["type"] == "http" else None
        if name is None:
            await self._app(scope, receive, send)
            return
        application: FastAPI = scope["app"]
        door, header = Door.of(application), Headers(scope=scope).get("authorization", "")
        with through(name):
            try:
                caller = await asyncio.to_thread(_caller, door, header)
            except TagayasuError as error:
                await response(problem_of(error))(scope, receive, send)
                return
            if isinstance(caller, Refused):
                refusal = await _refusal(door, caller, _address(scope), is_given=bool(header))
                await refusal(scope, receive, send)
                return
            taken = door.requests.take(caller.principal.person_id)
            if not taken.allowed:
                detail = "These are more requests than one person may make in a minute."
                await response(problem(429, detail), taken.headers())(scope, receive, send)
                return
            scope.setdefault("state", {})["caller"] = caller
            await self._app(scope, receive, _with_headers(send, taken.headers()))


async def _refusal(door: Door, refused: Refused, address: str, *, is_given: bool) -> JSONResponse:
    """401, or 429 when too many came from there."""
    taken = door.failures.take(address)
    if not taken.allowed:
        detail = "Too many requests without a valid key or token came from this address."
        return response(problem(429, detail), {"Retry-After": str(taken.retry_after)})
    if refused.known is not None:
        await asyncio.to_thread(door.workspace.audit.record, NOBODY, refused.known)
    error = ', error="invalid_token"' if is_given else ""
    return response(problem(401, _NO_ACCESS), {"WWW-Authenticate": _REALM + error})


def _address(scope: Scope) -> str:
    """Where a request comes from; of an IPv6 address the network, which is one customer's."""
    host = (scope.get("client") or ("",))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network(f"{address}/64", strict=False))


def _with_headers(send: Send, more: Mapping[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(more)
        await send(message)

    return sending


def protecting(path: str) -> str | None:
    """The door that a protected path belongs to; None for one that is open to all."""
    return next((d for p, d in PROTECTED.items() if path == p or path.startswith(f"{p}/")), None)


def _caller(door: Door, header: str) -> Caller | Refused:
    """Whose key or token it is. Raises UnavailableError while tokens cannot be checked."""
    scheme, _, given = header.partition(" ")
    given = given.strip()
    if scheme.lower() != "bearer" or not given:
        return Refused()
    if given.startswith(PREFIX):
        return _by_key(door, given)
    bearer = door.tokens.bearer(given) if door.tokens is not None else None
    if bearer is None:
        return Refused()
    found = _person(door, bearer.email)
    if found is None:
        return Refused(
            Noted("login.refused", "token", {"reason": "no person", "who": bearer.email})
        )
    return Caller.of(found[0], bearer.scopes, "token", found[1])


def _by_key(door: Door, given: str) -> Caller | Refused:
    key = door.keys.use(given)
    if key is None:
        ended = door.keys.find(given)
        if ended is None:
            return Refused()
        reason = "revoked" if ended.revoked_at else "expired"
        return Refused(Noted("login.refused", f"key:{ended.id}", {"reason": reason}))
    found = _person(door, key.email)
    if found is None:
        return Refused(Noted("login.refused", f"key:{key.id}", {"reason": "no person"}))
    return Caller.of(found[0], key.scopes, f"key:{key.id}", found[1])


def _person(door: Door, email: str) -> tuple[Principal, Sight] | None:
    directory = door.assistant.directory()
    try:
        principal = directory.by_email(email)
    except NotFoundError:
        return None
    return principal, directory.scope(principal)


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
    auto_error=False,
    description="An API key of a person (`tagayasu key add <e-mail>`), or a token of your identity "
    "provider.",
)
