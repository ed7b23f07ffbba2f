"""Only what Slack has lately signed, in its own form, reaches the app; nothing forged is a 500.

Events come as JSON; what people press and send, and their commands, as forms.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, ValidationError
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.request.async_request import AsyncBoltRequest
from starlette.responses import JSONResponse, Response

from api.render.trace import trace_of
from api.slack.app import SlackDoor
from api.slack.config import SlackConfig
from api.slack.install import install_router

PATH = "/slack/events"
MAX_EVENT = 1024 * 1024
_FRESH_SECONDS = 300
_FORM = "application/x-www-form-urlencoded"
_FIELDS = 50
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


class _Interaction(BaseModel):
    """The parts of a form's payload that Bolt reads, in the types it takes for granted."""

    model_config = ConfigDict(strict=True, extra="ignore")

    type: str
    user: dict[str, Any]
    team: dict[str, Any] | None = None
    enterprise: dict[str, Any] | None = None
    channel: dict[str, Any] | None = None
    view: dict[str, Any] | None = None
    message: dict[str, Any] | None = None
    actions: list[dict[str, Any]] | None = None


class _Command(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    command: str
    team_id: str
    channel_id: str
    user_id: str
    trigger_id: str


def events_router(config: SlackConfig) -> APIRouter:
    """The route that Slack sends events to."""
    router = APIRouter(tags=["slack"])

    @router.post(PATH, summary="What Slack sends", include_in_schema=False)
    async def events(request: Request) -> Response:
        body = await request.body()
        if not signed(config.signing_secret, request.headers, body, time.time()):
            return _refused(401, "The signature is missing, wrong or too old.")
        form = request.headers.get("content-type", "").startswith(_FORM)
        if not (well_formed_form(body) if form else well_formed(body)):
            return _refused(400, "The body is nothing that Slack sends.")
        door: SlackDoor = request.app.state.slack
        bolt_request = _bolt_request(request, body, _FORM if form else "application/json")
        if bolt_request is None:
            return _refused(400, "The body is nothing that Slack sends.")
        found = await door.app.async_dispatch(bolt_request)
        if found.status >= 500:
            return _refused(503, "It could not be stored; send it again.")
        return to_starlette_response(found)

    if config.installs:
        router.include_router(install_router(config))
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


def well_formed_form(body: bytes) -> bool:
    """Whether the bytes are a form with a payload or a command of Slack, each of its type."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_FIELDS,
        )
        form = dict(pairs)
        if len(form) != len(pairs):
            return False
        if "payload" in form:
            _Interaction.model_validate(json.loads(form["payload"]))
        elif form.get("ssl_check") != "1":
            _Command.model_validate(form)
    except (ValueError, RecursionError, ValidationError):
        return False
    return True


def _bolt_request(request: Request, body: bytes, kind: str) -> AsyncBoltRequest | None:
    """The request with the headers Bolt needs and no other; None when Bolt cannot read it."""
    signed_with = ("x-slack-request-timestamp", "x-slack-signature")
    headers: dict[str, str | Sequence[str]] = {name: request.headers[name] for name in signed_with}
    headers["content-type"] = kind
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
