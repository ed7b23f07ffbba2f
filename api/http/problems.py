"""Every refusal is a problem document; what an exception says inside stays in the log."""

from __future__ import annotations

import secrets
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.render.trace import trace_of
from crm.errors import (
    ConflictedError,
    InputError,
    NotAllowedError,
    NotFoundError,
    TagayasuError,
    UnavailableError,
    WorkspaceError,
)
from crm.scope import MissingDataError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
_TITLES = {
    400: "The request cannot be read",
    401: "A valid key or token is needed",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "The request took too long",
    409: "Not as things stand",
    413: "The request is too large",
    412: "It has changed since",
    415: "That kind of content is not taken",
    421: "Not this server",
    422: "The request does not fit",
    428: "A condition is needed",
    429: "Too many requests",
    500: "Something went wrong",
    503: "Not available now",
}
log = structlog.get_logger(__name__)


class Problem(BaseModel):
    """A refusal as RFC 9457 has it, with what to do about it and, for a failure, its log id."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Not found",
                "status": 404,
                "detail": "There is no account `A999` that you can see.",
                "remedy": "Look it up by name.",
            }
        }
    )

    type: str = Field(default="about:blank", description="Always about:blank.")
    title: str = Field(description="What kind of refusal it is; the same for every one of a kind.")
    status: int = Field(description="The HTTP status code.")
    detail: str | None = Field(default=None, description="What happened, for a person.")
    remedy: str | None = Field(default=None, description="What to do about it.")
    log_id: str | None = Field(default=None, description="Where the operator finds it in the log.")

    def json_body(self) -> dict[str, Any]:
        return self.model_dump(exclude_none=True)


def problem(status: int, detail: str | None = None, remedy: str | None = None) -> Problem:
    """The problem of a status code."""
    title = _TITLES.get(status, "The request was refused")
    return Problem(title=title, status=status, detail=detail, remedy=remedy or None)


def problem_of(error: Exception) -> Problem:
    """The problem that an exception is to a client; an unforeseen one is logged under an id."""
    match error:
        case WorkspaceError():
            log.warning("http.workspace", what=error.what, remedy=error.remedy)
            return problem(503, "The workspace cannot be used now.", "Ask its operator.")
        case TagayasuError():
            return problem(_status(error), error.what, error.remedy)
    log_id = secrets.token_hex(6)
    log.error("http.failed", log_id=log_id, trace=trace_of(error))
    return problem(500).model_copy(update={"log_id": log_id})


def _status(error: TagayasuError) -> int:
    match error:
        case InputError():
            return 422
        case NotAllowedError():
            return 403
        case NotFoundError():
            return 404
        case MissingDataError() | ConflictedError():
            return 409
        case UnavailableError():
            return 503
    return 500


def response(found: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    """A problem as a response."""
    more = dict(headers or {})
    if found.status == 503:
        more.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    return JSONResponse(found.json_body(), found.status, more, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every refusal of the routes and of the framework a problem."""

    @app.exception_handler(TagayasuError)
    async def _refused(_request: Request, error: TagayasuError) -> JSONResponse:
        return response(problem_of(error))

    @app.exception_handler(RequestValidationError)
    async def _unfit(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return response(problem(400, "The body is not valid JSON."))
        place = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
        return response(problem(422, f"`{place}` does not fit: {first['msg']}."))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_allowed(app, request.scope))
            if request.method == "OPTIONS":
                return Response(status_code=204, headers=headers)
        detail = error.detail if error.status_code == 415 else None  # which type is wanted
        return response(problem(error.status_code, detail), headers)


def _allowed(app: FastAPI, scope: Scope) -> list[str]:
    """The methods that a path takes."""

    def takes(method: str) -> bool:
        asked = {**scope, "method": method}
        return any(route.matches(asked)[0] is Match.FULL for route in app.router.routes)

    found = [method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if takes(method)]
    return [*found, *(["HEAD"] if "GET" in found else []), "OPTIONS"]


class Guard:
    """The outermost layer: whatever fails inside is logged, and the client gets a bare 500."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:  # noqa: BLE001 - the door: the log id goes out, the rest stays
            found = problem_of(error)
            if not started:
                await response(found)(scope, receive, send)
