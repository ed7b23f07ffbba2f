"""Questions, the conversations they make, and what people thought of the answers."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

from fastapi import Header, Path, Request
from starlette.responses import JSONResponse, Response

from api.http.auth import Admin, Asker, Writer
from api.http.paging import Cursor, Limit, Listing, Page, moment_of
from api.http.routes.answers import NO_CONTENT, NOT_THERE, links, refusals, routes
from api.http.schemas import AnswerOut, Question, Words
from api.http.schemas_house import ConversationOut, FeedbackIn, OpinionOut, ThreadOut
from api.http.state import Opened
from api.http.stream import EXAMPLE, answer_of, asking, stream
from api.render.json import answer_json
from api.render.markdown import markdown
from assistant.conversations import Thread
from assistant.feedback import Opinion
from crm.audit import Noted

router = routes("conversation")
_ThreadName = Annotated[
    Words, Path(description="The conversation, as an answer's `thread` names it.", max_length=200)
]


@router.post(
    "/ask",
    response_model=AnswerOut,
    summary="Ask a question",
    operation_id="ask",
    responses={
        200: {
            "description": "The answer; with `Accept: text/event-stream` the events of the turn: "
            "`status` and `text` as it goes, then one `done` with the answer, or one `error`.",
            "content": {"text/event-stream": {"example": EXAMPLE}},
            "links": links("thread", readThread="thread", deleteThread="thread"),
        },
        204: {"description": "The stream that `Last-Event-ID` names was told to its end."},
        **refusals(415, s404="There is no such turn of yours to go on with."),
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

    A conversation goes on when its `thread` is named again; it belongs to the one who asks. A yes
    to what an answer's `waits` shows is bound to it by `confirms`.
    """
    if "text/event-stream" in request.headers.get("accept", ""):
        return await stream(door, asker, question, last_event_id)
    answer = await answer_of(request, asking(door, asker, question)(None))
    return JSONResponse(answer_json(answer)) if answer else Response(status_code=204)


@router.get(
    "/threads",
    response_model=Page[ThreadOut],
    summary="List your conversations",
    operation_id="listThreads",
)
async def list_threads(
    asker: Asker, door: Opened, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    """The asker's own conversations, the last one first."""
    at = _THREADS.after(cursor)
    after = (moment_of(at[0]), at[1]) if at else None
    found = await asyncio.to_thread(door.assistant.threads, asker, limit + 1, after)
    return _THREADS.page(found, limit)


@router.get(
    "/threads/{thread:path}",
    response_model=ConversationOut,
    summary="Read a conversation",
    operation_id="readThread",
    responses=NOT_THERE,
)
async def read_thread(thread: _ThreadName, asker: Asker, door: Opened) -> Response:
    """What was said in it, as it was shown then."""
    found, said = await door.assistant.thread(asker, thread)
    messages = [{"by": one.by, "text": markdown(one.text)} for one in said]
    return JSONResponse({**_thread(found), "messages": messages})


@router.delete(
    "/threads/{thread:path}",
    status_code=204,
    response_class=Response,
    summary="Delete a conversation",
    operation_id="deleteThread",
    responses={**NO_CONTENT, **NOT_THERE},
)
async def delete_thread(thread: _ThreadName, writer: Writer, door: Opened) -> Response:
    """It is gone with all that was said in it; the audit log keeps that there was one."""
    await door.assistant.forget_thread(writer, thread)
    return Response(status_code=204)


@router.post(
    "/feedback",
    status_code=204,
    response_class=Response,
    summary="Say whether an answer was useful",
    operation_id="giveFeedback",
    responses={**NO_CONTENT, **refusals(415)},
)
async def give_feedback(said: FeedbackIn, writer: Writer, door: Opened) -> Response:
    """Useful or not, and why; the last word of a person on an answer counts."""
    feedback = door.workspace.feedback
    await asyncio.to_thread(feedback.say, writer, said.answer, said.useful, said.reason)
    noted = Noted("feedback", f"answer:{said.answer}", {"useful": said.useful})
    await asyncio.to_thread(door.workspace.audit.record, writer, noted)
    return Response(status_code=204)


@router.get(
    "/feedback",
    response_model=Page[OpinionOut],
    summary="List what people thought of answers",
    operation_id="listFeedback",
)
async def list_feedback(
    _admin: Admin, door: Opened, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """The newest first; for an admin."""
    at = _OPINIONS.after(cursor)
    after = (moment_of(at[0]), at[1], at[2]) if at else None
    found = await asyncio.to_thread(door.workspace.feedback.all, limit + 1, after)
    return _OPINIONS.page(found, limit)


def _thread(one: Thread) -> dict[str, str]:
    return {
        "thread": one.thread,
        "title": one.title,
        "begun_at": one.begun_at.isoformat(),
        "last_at": one.last_at.isoformat(),
    }


_THREADS: Listing[Thread] = Listing(
    "threads", 2, lambda one: (one.last_at.isoformat(), one.thread), _thread
)
_OPINIONS: Listing[Opinion] = Listing(
    "feedback",
    3,
    lambda one: (one.said_at.isoformat(), one.answer, one.person),
    lambda one: {**asdict(one), "said_at": one.said_at.isoformat()},
)
