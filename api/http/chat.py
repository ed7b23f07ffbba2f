"""Chat clients made for OpenAI's interface can ask here: the last message of the user is asked.

What a client says that we said before is not believed: of earlier messages only the user's own
words count, and they are no facts. Who wants to go on in a thread of ours names it.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncGenerator
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Header, Path, Request, Security
from pydantic import BaseModel, ConfigDict, Field, StrictInt
from sse_starlette import ServerSentEvent
from starlette.responses import JSONResponse, Response

from api.http.auth import Asker, described
from api.http.openai_shape import error_body
from api.http.problems import problem_of
from api.http.schemas import Words
from api.http.state import Door, Opened
from api.http.stream import Dropping, answer_of
from api.render.markdown import markdown
from assistant.answer import Answer, Done, Event
from assistant.service import MAX_QUESTION
from assistant.told import tokens
from crm.scope import Principal

MODEL = "tagayasu"
THREAD_HEADER = "X-Tagayasu-Thread"
_BEGAN = 1_767_225_600  # 2026-01-01, since when there is this model
log = structlog.get_logger(__name__)


class Part(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(extra="ignore")

    type: str
    text: Words | None = None


class Message(BaseModel):
    """A message of the conversation as the client has it."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Words | list[Part] | None = None

    @property
    def is_text(self) -> bool:
        return not isinstance(self.content, list) or all(p.type == "text" for p in self.content)

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text or "" for part in self.content).strip()
        return (self.content or "").strip()


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


class Chat(BaseModel):
    """A request as OpenAI's interface has it; how a model is to sample is not ours to obey."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {
                    "model": MODEL,
                    "messages": [{"role": "user", "content": "東都電機の売上と利益は？"}],
                }
            ]
        },
    )

    model: Words = Field(description=f"`{MODEL}`.")
    messages: list[Message] = Field(
        min_length=1, max_length=2000, description="The conversation; its last message is asked."
    )
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: StrictInt | None = Field(default=None, description="1, or left out.")
    stop: str | list[str] | None = Field(default=None, description="Left out: an answer is whole.")
    max_tokens: StrictInt | None = Field(default=None, ge=1)
    max_completion_tokens: StrictInt | None = Field(
        default=None, ge=1, description="Paragraphs that do not fit are left out whole."
    )
    response_format: dict[str, Any] | None = None
    tool_choice: str | dict[str, Any] | None = None
    function_call: str | dict[str, Any] | None = None
    logprobs: bool | None = None
    modalities: list[str] | None = None
    metadata: dict[str, Any] | None = Field(
        default=None, description="`thread`: the thread of ours to go on with."
    )

    @property
    def limit(self) -> int | None:
        """Tokens of the answer at the most."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def question(self) -> str:
        return self.messages[-1].text

    @property
    def earlier(self) -> list[str]:
        """What the user said before, as far as one turn can look back."""
        said = [m.text[:MAX_QUESTION] for m in self.messages[:-1] if m.role == "user"]
        return [text for text in said if text][-10:]

    def thread(self, header: str | None) -> str | None:
        """The thread to go on with; None when each request stands alone."""
        named = header or (self.metadata or {}).get("thread")
        return str(named) if named else None


def refusal(chat: Chat) -> Response | None:
    """Why a request cannot be served, if it cannot."""
    if chat.model != MODEL:
        return _error(404, f"There is no model `{chat.model}`; it is `{MODEL}`.", "model_not_found")
    if chat.messages[-1].role != "user":
        return _error(400, "The last message must be the user's.")
    if not all(m.is_text for m in chat.messages if m.role == "user"):
        return _error(400, "Only text is read: no images, audio or files.", "unsupported_content")
    if len(chat.question) > MAX_QUESTION:
        text = f"The last message is longer than {MAX_QUESTION:,} characters."
        return _error(400, text, "context_length_exceeded")
    if not chat.question:
        return _error(400, "The last message is empty.")
    for name, is_asked in _unserved(chat).items():
        if is_asked:
            return _error(400, f"`{name}` is not supported with this value.", "unsupported_value")
    return None


def _unserved(chat: Chat) -> dict[str, bool]:
    """What a client may ask for and cannot get here."""
    shape = (chat.response_format or {}).get("type", "text")
    return {
        "n": chat.n not in (None, 1),
        "stop": bool(chat.stop),
        "response_format": shape != "text",
        "tool_choice": chat.tool_choice not in (None, "auto", "none"),
        "function_call": chat.function_call not in (None, "auto", "none"),
        "logprobs": bool(chat.logprobs),
        "modalities": any(kind != "text" for kind in chat.modalities or ()),
    }


router = APIRouter(prefix="/v1", dependencies=[Security(described)], tags=["chat"])
_ERROR = {
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["error"],
                "properties": {"error": {"type": "object"}},
            }
        }
    }
}
_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {**_ERROR, "description": text}
    for status, text in (
        (400, "The request asks for what is not served here."),
        (401, "The API key is missing, wrong or revoked."),
        (404, "There is no such model."),
        (413, "The body is too large."),
        (422, "Something in the request does not fit."),
        (500, "Something went wrong; the message has a log id."),
        (503, "No answer in time; try again later."),
    )
}


@router.post(
    "/chat/completions",
    summary="Ask as with OpenAI's interface",
    responses={
        200: {
            "description": "A `chat.completion`; with `stream` its chunks, then `[DONE]`.",
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "text/event-stream": {"schema": {"type": "string"}},
            },
        },
        **_ERRORS,
    },
    response_class=Response,
)
async def completions(
    chat: Chat,
    request: Request,
    asker: Asker,
    door: Opened,
    thread: Annotated[
        str | None, Header(alias=THREAD_HEADER, description="The thread of ours to go on with.")
    ] = None,
) -> Response:
    """For chat clients that speak OpenAI's interface. The last message is asked. Without a thread
    each request stands alone: of earlier messages only the user's own words count.
    """
    if (refused := refusal(chat)) is not None:
        return refused
    events = _events(door, asker, chat, chat.thread(thread))
    completion = Completion(chat)
    if chat.stream:
        first = await anext(events)
        return Dropping(completion.chunks(first, events), events.aclose)
    answer = await answer_of(request, events)
    if answer is None:
        return Response(status_code=204)
    return JSONResponse(completion.whole(answer), headers={THREAD_HEADER: answer.thread})


def _events(
    door: Door, asker: Principal, chat: Chat, thread: str | None
) -> AsyncGenerator[Event, None]:
    """The events of the turn; in a thread of ours, that thread knows what was said before."""
    earlier = [] if thread else chat.earlier
    return door.assistant.ask(asker, thread, chat.question, earlier=earlier)


class Completion:
    """An answer as OpenAI's interface tells it, at once or in chunks."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._id = f"chatcmpl-{secrets.token_hex(12)}"
        self._created = int(time.time())

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The whole completion."""
        parts, reason = self._fitting(answer)
        message = {"role": "assistant", "content": "".join(parts), "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
        return {
            **self._head("chat.completion"),
            "choices": [choice],
            "usage": self._usage(parts),
            "tagayasu": _ours(answer),
        }

    async def chunks(
        self, first: Event, events: AsyncGenerator[Event, None]
    ) -> AsyncGenerator[ServerSentEvent, None]:
        """The completion in chunks: nothing is told before the answer is checked."""
        try:
            yield self._chunk({"role": "assistant", "content": ""})
            answer = first.answer if isinstance(first, Done) else await _last(events)
            parts, reason = self._fitting(answer)
            for part in parts:
                yield self._chunk({"content": part})
            yield self._chunk({}, reason, tagayasu=_ours(answer))
            options = self._chat.stream_options
            if options is not None and options.include_usage:
                head = self._head("chat.completion.chunk")
                yield _sent({**head, "choices": [], "usage": self._usage(parts)})
        except Exception as error:  # noqa: BLE001 - the door: the stream has begun
            found = problem_of(error)
            yield _sent(error_body(found.status, found.detail or found.title))
        finally:
            await events.aclose()
        yield ServerSentEvent("[DONE]")

    def _fitting(self, answer: Answer) -> tuple[list[str], str]:
        """The answer in paragraphs, as many as there is room for: none is cut within."""
        blocks = markdown(answer.text).split("\n\n")
        parts = [text if n == 0 else f"\n\n{text}" for n, text in enumerate(blocks)]
        room = self._chat.limit
        if room is None:
            return parts, "stop"
        for n, part in enumerate(parts):
            room -= tokens(part)
            if room < 0:
                return parts[:n], "length"
        return parts, "stop"

    def _usage(self, parts: list[str]) -> dict[str, int]:
        """What went in and out of this door; what a provider's model used is another matter."""
        asked, told = tokens(self._chat.question), sum(map(tokens, parts))
        return {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told}

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self._id, "object": kind, "created": self._created, "model": MODEL}

    def _chunk(
        self, delta: dict[str, Any], reason: str | None = None, **ours: Any
    ) -> ServerSentEvent:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return _sent({**self._head("chat.completion.chunk"), "choices": [choice], **ours})


async def _last(events: AsyncGenerator[Event, None]) -> Answer:
    return [event.answer async for event in events if isinstance(event, Done)][-1]


def _ours(answer: Answer) -> dict[str, Any]:
    """What our clients may want to know beside: where to go on, and what was cut or missing."""
    return {"answer": answer.id, "thread": answer.thread, "notices": list(answer.notices)}


def _sent(data: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, ensure_ascii=False))


def _error(status: int, message: str, code: str | None = None) -> JSONResponse:
    return JSONResponse(error_body(status, message, code), status)


def _model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": _BEGAN, "owned_by": MODEL}


@router.get("/models", summary="Models, as OpenAI's interface lists them", responses=_ERRORS)
async def models(_asker: Asker) -> dict[str, Any]:
    """The one model there is for a chat client: the assistant."""
    return {"object": "list", "data": [_model()]}


@router.get("/models/{model}", summary="A model", responses=_ERRORS)
async def model(
    model: Annotated[Words, Path(description=f"`{MODEL}`.")], _asker: Asker
) -> Response:
    """The model of that name."""
    if model != MODEL:
        return _error(404, f"There is no model `{model}`; it is `{MODEL}`.", "model_not_found")
    return JSONResponse(_model())
