"""Playbooks, past plans and notes: searched, opened, added and removed, each for its readers."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import File, Form, Path, UploadFile
from starlette.responses import JSONResponse, Response

from api.http.auth import Asker, Writer
from api.http.paging import Cursor, Limit, Listing, Page
from api.http.routes.answers import (
    NO_CONTENT,
    NOT_THERE,
    Spoken,
    form_example,
    links,
    refusals,
    routes,
)
from api.http.schemas import AnswerOut, Day, ResultOut, Words
from api.http.schemas_house import DocumentOut, SearchIn
from api.http.state import Opened
from api.render.json import answer_json, result_json
from crm.settings import Language
from knowledge.documents import Kind
from knowledge.registry import Registered

router = routes("knowledge")
_DocumentId = Annotated[Words, Path(description="The document's id.", max_length=100)]
_Said = Annotated[Words | None, Form(max_length=200)]


@router.post(
    "/knowledge/search",
    response_model=ResultOut,
    summary="Search the library",
    operation_id="searchKnowledge",
    responses=refusals(404, 415),
)
async def search(asked: SearchIn, asker: Asker, door: Opened) -> Response:
    """Passages that fit a question, with their source; only of documents the asker may read."""
    given = asked.model_dump(exclude_none=True)
    result = await asyncio.to_thread(door.assistant.run_tool, asker, "search_knowledge", given)
    return JSONResponse(result_json(result))


@router.get(
    "/passages/{passage_id}",
    response_model=AnswerOut,
    summary="Open a cited passage",
    operation_id="openPassage",
    responses=NOT_THERE,
)
async def passage(
    passage_id: Annotated[Words, Path(description="The `id` of a citation.")],
    asker: Asker,
    door: Opened,
    language: Spoken = None,
) -> Response:
    """A passage with its document, its heading, and the text before and after it."""
    arguments = {"passage_id": passage_id}
    answer = await asyncio.to_thread(
        door.assistant.page, asker, "open_passage", arguments, language
    )
    return JSONResponse(answer_json(answer))


@router.get(
    "/documents",
    response_model=Page[DocumentOut],
    summary="List documents",
    operation_id="listDocuments",
)
async def list_documents(
    asker: Asker, door: Opened, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """The documents that the asker may read, by path."""
    found = await asyncio.to_thread(door.workspace.shelf.all, asker)
    return _DOCUMENTS.among(found, limit, cursor)


@router.get(
    "/documents/{document_id}",
    response_model=DocumentOut,
    summary="Read what a document is",
    operation_id="readDocument",
    responses=NOT_THERE,
)
async def read_document(document_id: _DocumentId, asker: Asker, door: Opened) -> Response:
    """What is said of it, and whom it is for."""
    return JSONResponse(
        _shown(await asyncio.to_thread(door.workspace.shelf.get, asker, document_id))
    )


@router.post(
    "/documents",
    status_code=201,
    response_model=DocumentOut,
    summary="Add a document",
    operation_id="addDocument",
    responses={
        200: {"model": DocumentOut, "description": "It took the place of yours of that name."},
        201: {
            "description": "It was added.",
            "headers": {"Location": {"schema": {"type": "string"}, "description": "Where it is."}},
            "links": links("id", readDocument="document_id", removeDocument="document_id"),
        },
        **refusals(404, 415),
    },
    openapi_extra=form_example(
        document="# 値下げの相談\n\n理由を伺い、量か期間の約束と引き換えにする。\n",
        kind="note",
        account_id="A001",
    ),
)
async def add_document(
    writer: Writer,
    door: Opened,
    document: Annotated[
        UploadFile, File(description="Markdown, text, HTML, PDF, Word, PowerPoint or Excel.")
    ],
    title: _Said = None,
    kind: Annotated[Kind | None, Form(description="Without it a note.")] = None,
    language: Annotated[Language | None, Form()] = None,
    date: Annotated[Day | None, Form(description="Of which day it is.")] = None,
    account_id: Annotated[
        Words | None, Form(max_length=200, description="It is for those who may see this account.")
    ] = None,
    audience: Annotated[
        list[Words] | None,
        Form(max_length=50, description="People (id or e-mail address), teams, roles it is for."),
    ] = None,
    industry: _Said = None,
    stage: _Said = None,
    outcome: Annotated[Literal["achieved", "partly", "missed"] | None, Form()] = None,
) -> Response:
    """About an account that you may change, or for people who answer to you; for everybody only
    from whoever sees everything. It can be found when this has answered.
    """
    said = {
        "title": title,
        "kind": kind,
        "language": language,
        "date": date,
        "account": account_id,
        "audience": [name for name in audience or [] if name.strip()] or None,
        "industry": industry,
        "stage": stage,
        "outcome": outcome,
    }
    given = {name: value for name, value in said.items() if value is not None}
    name = (document.filename or "").replace("\\", "/").rpartition("/")[2]
    content = await document.read()
    add = door.workspace.shelf.add
    added, is_new = await asyncio.to_thread(add, writer, name, content, given)
    headers = {"Location": f"/v1/documents/{added.id}"} if is_new else {}
    return JSONResponse(_shown(added), 201 if is_new else 200, headers)


@router.delete(
    "/documents/{document_id}",
    status_code=204,
    response_class=Response,
    summary="Remove a document",
    operation_id="removeDocument",
    responses={**NO_CONTENT, **NOT_THERE},
)
async def remove_document(document_id: _DocumentId, writer: Writer, door: Opened) -> Response:
    """Whoever has added it, or sees everything, takes it out: no passage of it is shown again."""
    await asyncio.to_thread(door.workspace.shelf.remove, writer, document_id)
    return Response(status_code=204)


def _shown(one: Registered) -> dict[str, Any]:
    return {
        "id": one.id,
        "path": one.path,
        "title": one.title,
        "kind": one.kind,
        "language": one.language,
        "date": one.date.isoformat() if one.date else None,
        "account_id": one.account,
        "industry": one.industry,
        "stage": one.stage,
        "outcome": one.outcome,
        "audience": list(one.audience),
    }


_DOCUMENTS: Listing[Registered] = Listing("documents", 2, lambda one: (one.path, one.id), _shown)
