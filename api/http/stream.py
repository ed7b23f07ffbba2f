"""A turn as server-sent events: nothing is lost or told twice, however often a client comes back.

When the client leaves, the model is no longer asked. When it comes back, here or at another process
on the same database, it gets what it has not seen; a turn that was broken off is taken up again.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import anyio
import structlog
from fastapi import APIRouter, Header, Path, Request, Security
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.http.answering import Answering, Asking, begun, followed
from api.http.auth import Asker, described
from api.http.problems import MEDIA_TYPE, Problem, problem
from api.http.schemas import Question
from api.http.state import Door, Opened
from api.http.turns import StreamedTurns, Told
from assistant.answer import Answer, Done, Event
from crm.errors import InputError
from crm.scope import Principal

EXAMPLE = (
    "id: 5f2c…e1.1\nevent: status\n"
    'data: {"type": "status", "text": "質問を確認しています"}\n\n'
    'id: 5f2c…e1.2\nevent: text\ndata: {"type": "text", "text": "..."}\n\n'
    "id: 5f2c…e1.3\nevent: done\n"
    'data: {"type": "done", "answer": {"text": "...", "facts": []}}\n\n'
)
PING_SECONDS = 15
SEND_SECONDS = 30.0
"""A client that takes nothing for so long is dropped; nothing is read ahead for it meanwhile."""
GRACE_SECONDS = 2.0
"""How long a stream has to say good-bye when the server is stopped."""
RETRY_MS = 1000
TURN_HEADER = "X-Tagayasu-Turn"
_LAST_EVENT = re.compile(r"([0-9a-f]{32})(?:\.([0-9]{1,9}))?")
_STOPPING = problem(
    503, "The server is being stopped.", "Connect again with Last-Event-ID: the turn goes on."
)
log = structlog.get_logger(__name__)
Found = TypeVar("Found")


@dataclass(frozen=True)
class Position:
    """Where a client stands: the turn, and the number of the last event it has."""

    turn: str
    number: int

    @classmethod
    def read(cls, last_event_id: str) -> Position:
        """What a Last-Event-ID says. Raises InputError when it is none of ours."""
        found = _LAST_EVENT.fullmatch(last_event_id.strip())
        if found is None:
            raise InputError(
                "`Last-Event-ID` does not fit: it is none of our events.",
                "Send the `id` of the last event as it came.",
            )
        return cls(found[1], int(found[2] or 0))


class Dropping(EventSourceResponse):
    """Events as a response; a client that takes none of them for too long is dropped.

    `leave` is done at the end in any case, also when the client left before the first event.
    """

    def __init__(
        self,
        events: AsyncGenerator[ServerSentEvent, None],
        leave: Callable[[], Awaitable[None]] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(events, ping=PING_SECONDS, send_timeout=SEND_SECONDS, **more)
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            log.info("http.slow_client_dropped")
        finally:
            if self._leave is not None:
                await self._leave()


def _streaming(
    turn: str,
    told: AsyncGenerator[Told, None],
    leave: Callable[[], Awaitable[None]] | None = None,
) -> Response:
    """Events of a turn as a response; when the client leaves, they are asked for no more."""
    stopping = anyio.Event()
    return Dropping(
        _sent(turn, told, stopping),
        leave,
        headers={TURN_HEADER: turn},
        shutdown_event=stopping,
        shutdown_grace_period=GRACE_SECONDS,
    )


async def stream(
    door: Door, asker: Principal, question: Question, last_event_id: str | None = None
) -> Response:
    """A question's turn as a stream, or the rest of it behind the event that the client has.

    What is refused before the first event is raised here, so that it has a status code of its own.
    """
    if last_event_id:
        return await resumed(door, asker, Position.read(last_event_id), question)
    turns = StreamedTurns(door.workspace.database)
    thread = question.thread or secrets.token_hex(8)  # the same one whenever it is taken up
    whole = question.model_copy(update={"thread": thread})
    id_, holder = await asyncio.to_thread(turns.begin, asker, whole.model_dump_json())
    ask = asking(door, asker, whole)
    answering = Answering(turns, id_, holder, ask(id_))
    try:
        first = await answering.next()
    except BaseException:
        await answering.leave()
        raise
    told = begun(answering, first, lambda after: followed(turns, id_, after, ask))
    return _streaming(id_, told, answering.leave)


async def resumed(
    door: Door, asker: Principal, position: Position, question: Question | None = None
) -> Response:
    """The rest of a turn; 204 when there is none.

    Raises NotFoundError for no turn of theirs, InputError when it answers another question.
    """
    turns = StreamedTurns(door.workspace.database)
    turn = await asyncio.to_thread(turns.of, asker, position.turn)
    asked = Question.model_validate_json(turn.question)
    if question is not None and not _is_same(question, asked):
        raise InputError(
            "`Last-Event-ID` belongs to the turn of another question.",
            "Send the same question again, or leave the header out.",
        )
    progress = await asyncio.to_thread(turns.since, turn.id, position.number)
    if progress.is_over and not progress.told:
        return Response(status_code=204, headers={TURN_HEADER: turn.id})
    told = followed(turns, turn.id, position.number, asking(door, asker, asked))
    return _streaming(turn.id, told)


async def answer_of(request: Request, events: AsyncGenerator[Event, None]) -> Answer | None:
    """The answer at the end of a turn; None when the client has left, and nobody asks any more."""

    async def last() -> Answer:
        return [event.answer async for event in events if isinstance(event, Done)][-1]

    return await while_there(request, last())


async def while_there(request: Request, work: Awaitable[Found]) -> Found | None:
    """What the work gives, as long as the client is there; None, and an end to it, when not."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        leaving.cancel()
        working.cancel()
        await asyncio.wait((working, leaving))


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def asking(door: Door, asker: Principal, question: Question) -> Asking:
    """How the question is asked, each time under the name of its turn."""
    return lambda turn: door.assistant.ask(
        asker,
        question.thread,
        question.text,
        as_of=question.as_of,
        language=question.language,
        confirms=question.confirms,
        turn=turn,
    )


def _is_same(question: Question, asked: Question) -> bool:
    if question.thread is None:
        asked = asked.model_copy(update={"thread": None})
    return question == asked


async def _sent(
    turn: str, told: AsyncGenerator[Told, None], stopping: anyio.Event
) -> AsyncGenerator[ServerSentEvent, None]:
    """The events as they go over the wire, until the turn is over or the server is stopped."""
    stopped, coming = asyncio.ensure_future(stopping.wait()), None
    try:
        while True:
            coming = asyncio.ensure_future(anext(told, None))
            await asyncio.wait((coming, stopped), return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                yield ServerSentEvent(json.dumps(_STOPPING.json_body()), event="error")
                return
            if (one := coming.result()) is None:
                return
            yield ServerSentEvent(
                one.data, event=one.name, id=f"{turn}.{one.number}", retry=RETRY_MS
            )
    finally:
        stopped.cancel()
        await asyncio.shield(_ended(coming, told))


async def _ended(
    coming: asyncio.Future[Told | None] | None, told: AsyncGenerator[Told, None]
) -> None:
    if coming is not None and not coming.done():
        coming.cancel()
        await asyncio.wait([coming])
    await told.aclose()


router = APIRouter(prefix="/v1", dependencies=[Security(described)], tags=["conversation"])


@router.get(
    "/turns/{turn_id}/events",
    summary="Go on with the stream of a turn",
    response_class=Response,
    responses={
        200: {
            "description": "The events that the client does not have, as `POST /v1/ask` tells them."
            " A turn that was broken off, when its client left, is taken up again.",
            "content": {"text/event-stream": {"example": EXAMPLE}},
        },
        204: {"description": "The client has every event of the turn."},
        **{
            status: {
                "description": text,
                "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
            }
            for status, text in (
                (401, "The API key is missing, wrong or revoked."),
                (404, "There is no such turn, it is somebody else's, or it is over for an hour."),
                (422, "`Last-Event-ID` is none of this turn."),
                (503, "The workspace cannot be used; try again later."),
            )
        },
    },
)
async def turn_events(
    turn_id: Annotated[str, Path(description="The turn, as `X-Tagayasu-Turn` names it.")],
    asker: Asker,
    door: Opened,
    last_event_id: Annotated[
        str | None, Header(description="The `id` of the last event that came; without it all.")
    ] = None,
) -> Response:
    """The rest of a turn's events after `Last-Event-ID`, at whichever process of the server."""
    position = Position.read(last_event_id or turn_id)
    if position.turn != turn_id:
        raise InputError(
            "`Last-Event-ID` is none of this turn.", "Send the `id` of its last event as it came."
        )
    return await resumed(door, asker, position)
