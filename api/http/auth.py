"""Who asks is settled by the API key, before anything else of the request is read."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.problems import problem, response
from api.http.state import Door
from crm.errors import NotFoundError
from crm.scope import Principal

PROTECTED = "/v1"
_REALM = 'Bearer realm="tagayasu"'


class Authentication:
    """Below /v1 every request needs `Authorization: Bearer tgy_...`, or it gets 401."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _protected(scope["path"]):
            await self._app(scope, receive, send)
            return
        application: FastAPI = scope["app"]
        header = Headers(scope=scope).get("authorization", "")
        principal = await asyncio.to_thread(_principal_of, Door.of(application), header)
        if principal is None:
            error = ', error="invalid_token"' if header else ""
            detail = "The API key is missing, wrong or revoked."
            refusal = response(problem(401, detail), {"WWW-Authenticate": _REALM + error})
            await refusal(scope, receive, send)
            return
        scope.setdefault("state", {})["principal"] = principal
        await self._app(scope, receive, send)


def _protected(path: str) -> bool:
    return path == PROTECTED or path.startswith(f"{PROTECTED}/")


def _principal_of(door: Door, header: str) -> Principal | None:
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        return None
    email = door.keys.email_of(key.strip())
    if email is None:
        return None
    try:
        return door.assistant.directory().by_email(email)
    except NotFoundError:
        return None


def _of(request: Request) -> Principal:
    found: Principal = request.state.principal
    return found


Asker = Annotated[Principal, Depends(_of)]
"""The person whose key the request carries."""

described = HTTPBearer(
    auto_error=False, description="An API key of a person: `tagayasu key add <e-mail>`."
)
