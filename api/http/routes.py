"""A route translates: a request into one call of the assistant, and what it gives into JSON."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Security
from starlette.responses import JSONResponse, Response

from api.http.auth import Asker, described
from api.http.problems import MEDIA_TYPE, Problem
from api.http.schemas import AnswerOut, Day, Question, ResultOut, Words
from api.http.state import Opened
from api.http.stream import EXAMPLE, answer_of, asking, stream
from api.render.json import answer_json, result_json
from crm.settings import Language

_PROBLEM: dict[str, Any] = {"content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}


def _refusals(**described_as: str) -> dict[int | str, dict[str, Any]]:
    return {
        int(status.removeprefix("s")): {**_PROBLEM, "description": description}
        for status, description in described_as.items()
    }


_ALWAYS = _refusals(
    s401="The API key is missing, wrong or revoked.",
    s409="The workspace's import has no data for this.",
    s413="The body is larger than 64 KiB.",
    s422="Something in the request does not fit.",
    s500="Something went wrong; the problem has a log id.",
    s503="No answer in time, or the workspace cannot be used; try again later.",
)
router = APIRouter(prefix="/v1", dependencies=[Security(described)], responses=_ALWAYS)


@router.post(
    "/ask",
    response_model=AnswerOut,
    summary="Ask a question",
    tags=["conversation"],
    responses={
        200: {
            "description": "The answer; with `Accept: text/event-stream` the events of the turn: "
            "`status` and `text` as it goes, then one `done` with the answer, or one `error`.",
            "content": {"text/event-stream": {"example": EXAMPLE}},
        },
        **_refusals(s400="The body is not JSON."),
    },
)
async def ask(
    question: Question,
    request: Request,
    asker: Asker,
    door: Opened,
    last_event_id: Annotated[
        str | None, Header(description="Go on behind this event of a stream that broke off.")
    ] = None,
) -> Response:
    """Ask in Japanese or English. The answer holds no figure that the data does not.

    A conversation goes on when its `thread` is named again; it belongs to the one who asks.
    """
    if "text/event-stream" in request.headers.get("accept", ""):
        return await stream(door, asker, question, last_event_id)
    answer = await answer_of(request, asking(door, asker, question)(None))
    return JSONResponse(answer_json(answer)) if answer else Response(status_code=204)


@router.get(
    "/accounts/{account_id}/briefing",
    response_model=AnswerOut,
    summary="One page before a meeting",
    tags=["accounts"],
    responses=_refusals(s404="There is no such account, or the asker may not see it."),
)
async def briefing(
    account_id: Annotated[Words, Path(description="The account's id.", examples=["A001"])],
    asker: Asker,
    door: Opened,
    language: Annotated[
        Language | None, Query(description="Without it the workspace's own.")
    ] = None,
    as_of: Annotated[Day | None, Query(description="The day that counts as today.")] = None,
) -> Response:
    """The briefing page on an account, without conversation: who they are, where we stand, whom
    one meets, what changed, deals, money, what to say and what to ask.
    """
    answer = await asyncio.to_thread(door.assistant.brief, asker, account_id, language, as_of)
    return JSONResponse(answer_json(answer))


@router.get(
    "/attention",
    response_model=ResultOut,
    summary="Accounts that need attention",
    tags=["accounts"],
)
async def attention(
    asker: Asker,
    door: Opened,
    limit: Annotated[int, Query(ge=1, le=500, description="Accounts at the most.")] = 10,
    as_of: Annotated[Day | None, Query(description="The day that counts as today.")] = None,
) -> Response:
    """The asker's accounts with signals, by money at stake times severity, with reasons and one
    next step each.
    """
    result = await asyncio.to_thread(
        door.assistant.run_tool, asker, "needs_attention", {"limit": limit}, as_of
    )
    return JSONResponse(result_json(result))


@router.get(
    "/passages/{passage_id}",
    response_model=AnswerOut,
    summary="Open a cited passage",
    tags=["knowledge"],
    responses=_refusals(s404="There is no such passage, or the asker may not see it."),
)
async def passage(
    passage_id: Annotated[Words, Path(description="The `id` of a citation.")],
    asker: Asker,
    door: Opened,
    language: Annotated[
        Language | None, Query(description="Without it the workspace's own.")
    ] = None,
) -> Response:
    """A passage with its document, its heading, and the text before and after it."""
    arguments = {"passage_id": passage_id}
    answer = await asyncio.to_thread(
        door.assistant.page, asker, "open_passage", arguments, language
    )
    return JSONResponse(answer_json(answer))
