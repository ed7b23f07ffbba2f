"""Only what Slack has lately signed, in its own form, reaches the app; nothing forged is a 500."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, ValidationError
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.request.async_request import AsyncBoltRequest
from starlette.responses import JSONResponse, Response

from api.render.trace import trace_of
from api.slack.app import SlackDoor
from api.slack.config import SlackConfig

PATH = "/slack/events"
MAX_EVENT = 1024 * 1024
_FRESH_SECONDS = 300
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
log = structlog.get_logger(__name__)


class _Shape(BaseModel):
    """The parts of an event body that Bolt reads, in the types it takes for granted."""

    model_config = ConfigDict(strict=True, extra="ignore")

    type: str
    team_id: str | None = None
    enterprise_id: str | None = None
    event: dict[str, Any] | None = None
    authorizations: list[dict[str, Any]] | None = None
    challenge: str | None = None


class _EventShape(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    type: str


def events_router(config: SlackConfig) -> APIRouter:
    """The route that Slack sends events to."""
    router = APIRouter(tags=["slack"])

    @router.post(PATH, summary="Events of Slack", include_in_schema=False)
    async def events(request: Request) -> Response:
        body = await request.body()
        if not signed(config.signing_secret, request.headers, body, time.time()):
            return _refused(401, "The signature is missing, wrong or too old.")
        if not well_formed(body):
            return _refused(400, "The body is no event of Slack.")
        door: SlackDoor = request.app.state.slack
        bolt_request = _bolt_request(request, body)
        if bolt_request is None:
            return _refused(400, "The body is no event of Slack.")
        found = await door.app.async_dispatch(bolt_request)
        if found.status >= 500:
            return _refused(503, "The event could not be stored; send it again.")
        return to_starlette_response(found)

    return router


def signed(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether Slack has signed these bytes in the last five minutes."""
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        return False
    if abs(now - int(timestamp)) > _FRESH_SECONDS:
        return False
    text = b"v0:" + timestamp.encode("ascii") + b":" + body
    expected = "v0=" + hmac.new(secret.encode("utf-8"), text, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature)


def well_formed(body: bytes) -> bool:
    """Whether the bytes are a JSON object with the parts of an event, each of its type."""
    try:
        parsed = json.loads(body.decode("utf-8"))
        shape = _Shape.model_validate(parsed)
        if shape.event is not None:
            _EventShape.model_validate(shape.event)
    except (ValueError, RecursionError, ValidationError):
        return False
    return shape.type != "event_callback" or shape.event is not None


def _bolt_request(request: Request, body: bytes) -> AsyncBoltRequest | None:
    """The request with the headers Bolt needs and no other; None when Bolt cannot read it."""
    signed_with = ("x-slack-request-timestamp", "x-slack-signature")
    headers: dict[str, str | Sequence[str]] = {name: request.headers[name] for name in signed_with}
    headers["content-type"] = "application/json"
    try:
        return AsyncBoltRequest(body=body.decode("utf-8"), headers=headers)
    except Exception as error:  # noqa: BLE001 - it only parses: what it raises is the body's doing
        log.warning("slack.malformed", trace=trace_of(error))
        return None


def _refused(status: int, detail: str) -> Response:
    titles = {400: "The request cannot be read", 401: "Not signed", 503: "Not available now"}
    body = {"type": "about:blank", "title": titles[status], "status": status, "detail": detail}
    headers = {"Retry-After": "5"} if status == 503 else {}
    return JSONResponse(body, status, headers, media_type="application/problem+json")
