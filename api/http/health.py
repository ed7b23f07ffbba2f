"""Alive means that the process answers; ready means that it can answer questions."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa
import structlog
from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from api.http.problems import MEDIA_TYPE, Problem, problem, response
from api.http.state import Door, Opened
from api.render.trace import trace_of
from crm.errors import TagayasuError

router = APIRouter(tags=["operation"])
log = structlog.get_logger(__name__)


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> dict[str, str]:
    """Says so without touching the data or the database."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    summary="Can it answer questions?",
    responses={
        503: {
            "description": "The data or the database is not open.",
            "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
        }
    },
)
async def readyz(door: Opened) -> Response:
    """Opens the imported data and reads from the workspace database."""
    try:
        await asyncio.to_thread(_open, door)
    except (TagayasuError, sa.exc.SQLAlchemyError, OSError) as error:
        log.warning("http.not_ready", trace=trace_of(error))
        return response(problem(503, "The data or the database is not open."))
    return JSONResponse({"status": "ready"})


def _open(door: Door) -> None:
    door.workspace.warehouse.open()
    with door.workspace.database.connect() as con:
        con.execute(sa.text("SELECT 1"))
