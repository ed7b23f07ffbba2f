"""Imports of CRM exports: sent, tried without writing, run in the background, told to the end."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import File, Form, Path, UploadFile
from starlette.responses import JSONResponse, Response

from api.http.auth import Admin
from api.http.paging import Cursor, Limit, Listing, Page, moment_of
from api.http.routes.answers import NOT_THERE, form_example, links, refusals, routes
from api.http.schemas import Words
from api.http.schemas_house import ImportOut, ImportReportOut
from api.http.state import Opened
from assistant.imports import Import
from crm.errors import InputError
from crm.uploads import MAX_FILES, Sent

router = routes("imports")
_MOST_MAPPING = 2**20


@router.post(
    "/imports",
    status_code=202,
    response_model=ImportOut,
    summary="Import an export",
    operation_id="startImport",
    responses={
        202: {
            "description": "It has begun; `Location` tells how it goes.",
            "headers": {"Location": {"schema": {"type": "string"}, "description": "Its status."}},
            "links": links("id", readImport="import_id"),
        },
        **refusals(415, s409="Another import is running: there is one at a time."),
    },
    openapi_extra=form_example(
        files=["id,name\nA001,東都電機株式会社\n"],
        mapping="version: 1\ntables:\n  accounts:\n"
        "    {source: accounts.csv, columns: {account_id: id, name: name}}\n",
        dry_run=True,
    ),
)
async def start_import(
    admin: Admin,
    door: Opened,
    files: Annotated[
        list[UploadFile],
        File(
            min_length=1,
            max_length=MAX_FILES,
            description="The export: CSV, TSV, Excel and Parquet files, or zip archives of them.",
        ),
    ],
    mapping: Annotated[UploadFile, File(description="The mapping (YAML); docs/your-data.md.")],
    dry_run: Annotated[bool, Form(description="Do everything but write nothing.")] = True,
) -> Response:
    """Whole or not at all: the workspace is as it was until the import is complete. A dry run gives
    the same report and writes nothing. For an admin.
    """
    said = await mapping.read(_MOST_MAPPING + 1)
    if len(said) > _MOST_MAPPING:
        raise InputError("The mapping is larger than 1 MiB.", "Shorten it.")
    sent = [Sent(one.filename or "", one.file) for one in files]
    begin = door.workspace.imports.begin
    begun = await asyncio.to_thread(begin, admin, sent, said, dry_run=dry_run)
    return JSONResponse(_shown(begun), 202, {"Location": f"/v1/imports/{begun.id}"})


@router.get(
    "/imports",
    response_model=Page[ImportOut],
    summary="List imports",
    operation_id="listImports",
)
async def list_imports(
    _admin: Admin, door: Opened, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    """Those that came over HTTP, the newest first. For an admin."""
    at = _IMPORTS.after(cursor)
    after = (moment_of(at[0]), at[1]) if at else None
    found = await asyncio.to_thread(door.workspace.imports.page, limit + 1, after)
    return _IMPORTS.page(found, limit)


@router.get(
    "/imports/{import_id}",
    response_model=ImportReportOut,
    summary="How an import goes",
    operation_id="readImport",
    responses=NOT_THERE,
)
async def read_import(
    import_id: Annotated[Words, Path(description="The import's id.", max_length=100)],
    _admin: Admin,
    door: Opened,
) -> Response:
    """Its status, and its whole report when it is done. For an admin."""
    found = await asyncio.to_thread(door.workspace.imports.of, import_id)
    return JSONResponse({**_shown(found), "report": found.report})


def _shown(one: Import) -> dict[str, Any]:
    return {
        "id": one.id,
        "person_id": one.person,
        "file": one.file,
        "dry_run": one.dry_run,
        "status": one.status,
        "doing": one.doing,
        "reason": one.reason,
        "begun_at": one.begun_at.isoformat(),
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
    }


_IMPORTS: Listing[Import] = Listing(
    "imports", 2, lambda one: (one.begun_at.isoformat(), one.id), _shown
)
