"""A plan comes in as a document and goes out as one; who takes one out is noted."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import File, Form, Query, Request, UploadFile
from starlette.responses import JSONResponse, Response

from api.http.auth import Asker, Writer
from api.http.etags import tag_of
from api.http.routes.answers import (
    NOT_THERE,
    PlanId,
    Spoken,
    file,
    form_example,
    refusals,
    routes,
)
from api.http.routes.plan_answers import plan_of
from api.http.schemas import Words
from api.http.schemas_plans import TakenOverOut
from api.http.state import Opened
from api.render.documents.plan import content
from api.render.plan_json import checked_json, head_json
from assistant.planning.importing.reading import Asked, Imported, read_plan
from crm.errors import InputError
from crm.scope import today
from crm.settings import Language
from crm.uploads import safe_name
from plans.checks import check
from plans.stored import Stored

router = routes("plans")
Kind = Literal["docx", "pptx", "xlsx", "html", "md", "json", "yaml"]
_TYPES: dict[Kind, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "md": "text/markdown",
    "json": "application/json",
    "yaml": "application/yaml",
}
MOST_BYTES = 15 * 2**20


@router.get(
    "/plans/{plan_id}/export",
    response_class=Response,
    summary="Take a plan out as a document",
    operation_id="exportPlan",
    responses={
        **file("The document. The workbook can be edited and saved again.", *_TYPES.values()),
        **NOT_THERE,
    },
)
async def export_plan(
    plan_id: PlanId,
    request: Request,
    asker: Asker,
    door: Opened,
    form: Annotated[
        Kind | None,
        Query(alias="format", description="Without it what `Accept` names, else Markdown."),
    ] = None,
    language: Spoken = None,
) -> Response:
    """Word, PowerPoint, Excel, a page for print (HTML), Markdown, JSON or YAML."""
    kind = form or _accepted(request)

    def made() -> tuple[Stored, bytes]:
        stored = plan_of(door, asker, plan_id)
        return stored, content(door.workspace.planner, asker, stored, f".{kind}", language)

    stored, bytes_ = await asyncio.to_thread(made)
    name = quote(f"{stored.head.title}.{kind}", safe="")
    headers = {
        "Content-Disposition": f'attachment; filename="plan-{stored.plan_id}.{kind}"; '
        f"filename*=UTF-8''{name}",
        "ETag": tag_of(stored),
    }
    return Response(bytes_, media_type=_TYPES[kind], headers=headers)


def _accepted(request: Request) -> Kind:
    accepted = request.headers.get("accept", "")
    return next((kind for kind, type_ in _TYPES.items() if type_ in accepted), "md")


@router.post(
    "/plan-imports",
    response_model=TakenOverOut,
    summary="Read a document as a plan",
    operation_id="importPlan",
    responses={
        201: {"model": TakenOverOut, "description": "It was saved as a new draft."},
        **refusals(404, 415),
    },
    openapi_extra=form_example(
        document="# 東都電機 アカウントプラン\n\n## 目標\n\n- 受注額 1億円（2027年3月31日）\n",
        account_id="A001",
        dry_run=True,
    ),
)
async def import_plan(
    writer: Writer,
    door: Opened,
    document: Annotated[
        UploadFile, File(description="Word, PowerPoint, Excel, PDF, HTML, Markdown or text.")
    ],
    account_id: Annotated[Words, Form(description="The account's id.", max_length=200)],
    period: Annotated[
        Words | None, Form(description="Without it the document's.", max_length=60)
    ] = None,
    language: Annotated[
        Language | None, Form(description="The plan's language; without it the company's.")
    ] = None,
    dry_run: Annotated[bool, Form(description="Only say what would be placed where.")] = True,
) -> Response:
    """Says what was placed in which section and what was not, and why. Nothing is saved unless
    `dry_run` is false; then it is a new draft of yours.
    """
    bytes_ = await document.read()
    name = safe_name(PurePosixPath((document.filename or "").replace("\\", "/")).name)
    if len(bytes_) > MOST_BYTES:
        raise InputError("The document is too large.", "15 MiB at the most.")

    def taken() -> tuple[Imported, Stored | None]:
        planner = door.workspace.planner
        door.workspace.desk.tables(writer).require_write(account_id)
        head = planner.head(writer, account_id, period, language)
        start = door.workspace.settings.company.fiscal_year_start
        with tempfile.TemporaryDirectory(prefix="tagayasu-plan-") as folder:
            place = Path(folder) / name
            place.write_bytes(bytes_)
            try:
                found = read_plan(place, Asked(head, period is not None, start))
            except InputError as error:
                what = error.what.replace(f"{folder}/", "")
                raise InputError(what, error.remedy) from None
        if dry_run:
            return found, None
        return found, planner.keep(writer, found.plan, f"imported from {name}")

    found, saved = await asyncio.to_thread(taken)
    day = today(door.workspace.settings)
    told: dict[str, Any] = {
        "dry_run": dry_run,
        "plan": found.plan.model_dump(mode="json"),
        "placed": dict(found.placed),
        "unplaced": [
            {"place": one.place, "text": one.text, "why": one.why.model_dump()}
            for one in found.unplaced
        ],
        "checked": checked_json(check(found.plan, day)),
        "saved": head_json(saved) if saved else None,
    }
    if saved is None:
        return JSONResponse(told)
    headers = {"Location": f"/v1/plans/{saved.plan_id}", "ETag": tag_of(saved)}
    return JSONResponse(told, 201, headers)
