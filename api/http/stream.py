"""A turn as server-sent events; when the client leaves, the turn is cancelled."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent

from api.http.problems import problem_of
from api.render.json import event_json
from assistant.answer import Event

EXAMPLE = (
    'event: status\ndata: {"type": "status", "text": "質問を確認しています"}\n\n'
    'event: text\ndata: {"type": "text", "text": "..."}\n\n'
    'event: done\ndata: {"type": "done", "answer": {"text": "...", "facts": []}}\n\n'
)


async def stream(events: AsyncGenerator[Event, None]) -> EventSourceResponse:
    """The events as a response.

    What is refused before the first event is raised here, so that it has a status code of its own.
    """
    first = await anext(events)
    return EventSourceResponse(_sent(first, events), ping=15, send_timeout=30)


async def _sent(
    first: Event, events: AsyncGenerator[Event, None]
) -> AsyncGenerator[ServerSentEvent, None]:
    try:
        yield _event(first.type, event_json(first))
        async for event in events:
            yield _event(event.type, event_json(event))
    except Exception as error:  # noqa: BLE001 - the door: the stream has begun, so an event says it
        yield _event("error", problem_of(error).json_body())
    finally:
        await events.aclose()


def _event(name: str, data: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name)
