"""A provider is asked until it answers or the turn's time for it is over; a torn answer is none.

An answer is read as it streams: silence, babble and a cut are noticed at once, and no word of it
is shown before it has been checked.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from secrets import SystemRandom
from typing import Any

import structlog
from langchain.agents.middleware import ModelRequest, ModelResponse
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.exceptions import ModelError
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, GenerationChunk

from assistant.answer import Status
from assistant.compose import say
from assistant.deps import Turn
from assistant.spans import Told, span
from assistant.usage import NONE, Tokens, tokens_told
from crm.settings import Models

LONGEST_ANSWER = 8_000
"""Characters of a draft, or of a call's arguments, after which nothing good comes any more."""
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 4.0
_PROVIDERS_SHARE = 0.75
_ENDS = ("finish_reason", "stop_reason", "stopReason", "done_reason", "status")
_CUT_SHORT = {"length", "max_tokens", "MAX_TOKENS", "incomplete"}
_WITHHELD = {"content_filter", "refusal", "SAFETY", "guardrail_intervened"}
_LATER = {408, 409, 425, 429}
log = structlog.get_logger(__name__)

Handler = Callable[[ModelRequest[Turn]], Awaitable[ModelResponse[Any]]]


class NoAnswerError(Exception):
    """What came is no answer; `again` says whether another try may bring one."""

    def __init__(self, reason: str, *, again: bool = True) -> None:
        self.reason = reason
        self.again = again
        super().__init__(reason)


class Attempts:
    """Asks one provider's model, as patiently as the settings allow."""

    def __init__(self, provider: BaseChatModel, settings: Models) -> None:
        self._provider = provider
        self._settings = settings

    async def response(
        self, request: ModelRequest[Turn], handler: Handler, turn: Turn
    ) -> ModelResponse[Any]:
        """The provider's answer; raises what the last try raised when there is none in time."""
        for number in range(self._settings.retries + 1):
            try:
                with span("model", model=turn.model, attempt=number + 1) as told:
                    return await self._try(request, handler, turn, told)
            except Exception as error:
                pause = _pause(error, number)
                kind = _kind(error)
                said = {"model": turn.model, "error": kind, "tried": number + 1}
                log.warning("provider_failed", **said, check="tagayasu doctor")
                last = number == self._settings.retries or pause >= self._left(turn)
                if last or not _may_pass(error):
                    raise
            await asyncio.sleep(pause)
        raise NoAnswerError("not asked")

    async def _try(
        self, request: ModelRequest[Turn], handler: Handler, turn: Turn, told: Told
    ) -> ModelResponse[Any]:
        """One call, timed and counted whatever comes of it."""
        left = min(self._settings.provider_timeout_seconds, self._left(turn))
        if left <= 0 or turn.usage.calls >= self._settings.calls_per_turn:
            raise NoAnswerError("no time or call left", again=False)
        begun, used, failed = time.monotonic(), None, True
        listener = _Listener(turn, self._settings.silence_seconds)
        model = _heard_by(self._provider, listener)
        try:
            async with asyncio.timeout(left) as clock:
                listener.start(clock)
                response = await handler(request.override(model=model))
            used = _tokens(response)
            _ensure_whole(response, listener)
            failed = False
            return response
        except TimeoutError:
            raise listener.reason() from None
        except Exception as error:
            used = used or (NONE if _status(error) is not None else None)
            raise
        finally:
            price = self._settings.prices.get(turn.model)
            seconds = time.monotonic() - begun
            if used is not None:
                told.tell(tokens_in=used.read, tokens_out=used.written)
            turn.usage = turn.usage.called(seconds, used, price, failed=failed)

    def _left(self, turn: Turn) -> float:
        """Seconds of the turn that the provider may still have; the rest is the builtin model's."""
        ends = turn.began + self._settings.turn_seconds * _PROVIDERS_SHARE
        return ends - time.monotonic()


class _Listener(AsyncCallbackHandler):
    """Hears an answer while it streams, and ends it when it falls silent or never ends."""

    def __init__(self, turn: Turn, silence: float) -> None:
        self.has_begun = False
        self.arguments: dict[int | str, str] = {}
        self._turn = turn
        self._clock: asyncio.Timeout | None = None
        self._ends = 0.0
        self._silence = silence
        self._characters = 0
        self._is_babble = False

    def start(self, clock: asyncio.Timeout) -> None:
        """Take the clock of a call, which rings when its time is over."""
        self._clock, self._ends = clock, clock.when() or 0.0

    async def on_llm_new_token(
        self,
        token: str | list[str | dict[str, Any]],
        *,
        chunk: GenerationChunk | ChatGenerationChunk | None = None,
        **_rest: Any,
    ) -> None:
        self.has_begun = True
        text = token if isinstance(token, str) else ""
        message = chunk.message if isinstance(chunk, ChatGenerationChunk) else None
        if isinstance(message, AIMessageChunk):
            text = text or message.text
            for piece in message.tool_call_chunks:
                self._note(piece.get("index"), piece.get("args") or "")
        self._characters += len(text)
        if text:
            tell_writing(self._turn)
        if self._characters:  # before its first word a model may think for long
            self._wind()

    def _note(self, index: int | str | None, arguments: str) -> None:
        place = len(self.arguments) if index is None else index
        self.arguments[place] = self.arguments.get(place, "") + arguments
        self._characters += len(arguments)

    def _wind(self) -> None:
        """Let the clock ring after the next silence; at once in an answer without end."""
        if self._clock is None or self._clock.expired():
            return
        self._is_babble = self._characters > LONGEST_ANSWER
        now = asyncio.get_running_loop().time()
        self._clock.reschedule(now if self._is_babble else min(self._ends, now + self._silence))

    def reason(self) -> NoAnswerError:
        """Why the clock ended the call."""
        if self._is_babble:
            return NoAnswerError("too long", again=False)
        fell_silent = self._clock is not None and (self._clock.when() or 0.0) < self._ends
        return NoAnswerError("fell silent" if fell_silent else "timed out")


def tell_writing(turn: Turn) -> None:
    """Tell the asker, once, that the answer is being written."""
    if not turn.writing:
        turn.writing = True
        turn.emit(Status(text=say("writing", turn.language)))


def _heard_by(model: BaseChatModel, listener: _Listener) -> BaseChatModel:
    """The model with a listener beside those it has."""
    given = model.callbacks
    others = given if isinstance(given, list) else given.handlers if given else []
    return model.model_copy(update={"callbacks": [*others, listener]})


def _ensure_whole(response: ModelResponse[Any], listener: _Listener) -> None:
    """Raises NoAnswerError for what is empty, torn, withheld or endless."""
    message = response.result[-1]
    end = next((str(message.response_metadata[k]) for k in _ENDS
                if message.response_metadata.get(k)), None)  # fmt: skip
    if end in _WITHHELD or message.additional_kwargs.get("refusal"):
        raise NoAnswerError("withheld", again=False)
    if end in _CUT_SHORT:
        raise NoAnswerError("cut short", again=False)
    if listener.has_begun and end is None and _tells_its_end(message):
        raise NoAnswerError("cut off")
    if any(not _is_object(given) for given in listener.arguments.values()):
        raise NoAnswerError("malformed call")
    called = isinstance(message, AIMessage) and message.tool_calls
    if isinstance(message, AIMessage) and message.invalid_tool_calls:
        raise NoAnswerError("malformed call")
    if not called and not message.text.strip():
        raise NoAnswerError("empty")
    if len(message.text) > LONGEST_ANSWER:
        raise NoAnswerError("too long", again=False)


def _tells_its_end(message: BaseMessage) -> bool:
    """Whether this provider's answers say how they ended; others are believed to be whole."""
    return message.response_metadata.get("model_provider") in {"openai", "azure", "anthropic"}


def _is_object(arguments: str) -> bool:
    """Whether a call's arguments are a JSON object; none at all are an empty one."""
    if not arguments.strip():
        return True
    try:
        return isinstance(json.loads(arguments), dict)
    except ValueError:
        return False


def _tokens(response: ModelResponse[Any]) -> Tokens | None:
    message = response.result[-1]
    told = message.usage_metadata if isinstance(message, AIMessage) else None
    return tokens_told(dict(told) if told else None)


def _may_pass(error: Exception) -> bool:
    """Whether the same request may be answered a little later."""
    if isinstance(error, NoAnswerError):
        return error.again
    if "insufficient_quota" in str(getattr(error, "code", "")):
        return False
    if (status := _status(error)) is not None:
        return status in _LATER or status >= 500
    return error.is_retryable if isinstance(error, ModelError) else True


def _status(error: Exception) -> int | None:
    """The HTTP status with which the provider refused."""
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _pause(error: Exception, number: int) -> float:
    """Seconds until the next try: what the provider asks for, else longer each time."""
    if (asked := _retry_after(error)) is not None:
        return asked
    usual = min(_FIRST_PAUSE * 2.0**number, _LONGEST_PAUSE)
    return usual * SystemRandom().uniform(0.75, 1.25)


def _retry_after(error: Exception) -> float | None:
    """The provider's Retry-After in seconds: a number of them, or a date."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    given = str(headers.get("retry-after") or "")
    if re.fullmatch(r"\d{1,6}(\.\d+)?", given):
        return float(given)
    try:
        wait: timedelta = parsedate_to_datetime(given) - datetime.now(UTC)
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())


def _kind(error: Exception) -> str:
    """What may be logged of an error: its kind, never its text, which may hold a key or a name."""
    return error.reason if isinstance(error, NoAnswerError) else type(error).__name__
