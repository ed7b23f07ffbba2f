"""The counts are read on this machine, or with a token of their own; a person's key is none."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import os

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.http.problems import problem, response
from api.telemetry import Metrics

TOKEN = "TAGAYASU_METRICS_TOKEN"  # noqa: S105 - the name of a variable
PATH = "/metrics"
_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PASSED_ON = ("forwarded", "x-forwarded-for", "via")


def metrics_router(metrics: Metrics) -> APIRouter:
    """The route that Prometheus reads."""
    router = APIRouter()

    @router.get(PATH, include_in_schema=False)
    async def read(request: Request) -> Response:
        if not _may_read(request, os.environ.get(TOKEN, "")):
            return response(problem(404))
        return Response(await asyncio.to_thread(metrics.text), media_type=_TYPE)

    return router


def _may_read(request: Request, token: str) -> bool:
    if token:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        is_it = hmac.compare_digest(given.strip().encode(), token.encode())
        return scheme.lower() == "bearer" and is_it
    passed_on = any(name in request.headers for name in _PASSED_ON)
    host = request.client.host if request.client else ""
    try:
        return ipaddress.ip_address(host).is_loopback and not passed_on
    except ValueError:
        return False
