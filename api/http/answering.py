"""A turn that a connection answers: each event is kept before it is told, none outlives it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable, Sequence

import structlog

from api.http.problems import problem_of
from api.http.turns import BEAT_SECONDS, MOST_ATTEMPTS, LostError, State, StreamedTurns, Told
from api.render.json import event_json
from assistant.answer import Done, Event, TextPart
from crm.errors import UnavailableError

_TRIES = 4
log = structlog.get_logger(__name__)

Asking = Callable[[str | None], AsyncGenerator[Event, None]]
"""Asks the turn of that name; None for one that nobody comes back to."""


class Answering:
    """Asks, keeps and tells the events of a turn; to be left whatever happens."""

    def __init__(
        self, turns: StreamedTurns, id_: str, holder: str, events: AsyncGenerator[Event, None]
    ) -> None:
        self._turns, self._id, self._holder = turns, id_, holder
        self._events = events
        self._step: asyncio.Future[list[Told]] | None = None
        self._keeping: asyncio.Future[list[Told]] | None = None
        self._leaving: asyncio.Future[None] | None = None
        self._beating = asyncio.create_task(self._beat())

    async def next(self) -> list[Told]:
        """The next events; none when the turn is over.

        The text of an answer is kept with its end: once a part of it is told, it stays as it is.
        Raises LostError when somebody else has taken the turn up.
        """
        self._step = asyncio.ensure_future(self._next())
        return await self._step

    async def _next(self) -> list[Told]:
        batch: list[tuple[str, str]] = []
        async for event in self._events:
            batch.append((event.type, _written(event_json(event))))
            if not isinstance(event, TextPart):
                return await self._keep(batch, "done" if isinstance(event, Done) else "running")
        return []

    async def fail(self, error: Exception) -> list[Told]:
        """The end of a turn that failed: its problem."""
        return await self._keep([("error", _written(problem_of(error).json_body()))], "failed")

    async def leave(self) -> None:
        """Ask no more, and leave a turn that is not over to whoever comes next."""
        if self._leaving is None:
            self._leaving = asyncio.ensure_future(self._left())
        await asyncio.shield(self._leaving)

    async def _left(self) -> None:
        self._beating.cancel()
        if self._step is not None and not self._step.done():
            self._step.cancel()
            await asyncio.wait([self._step])
        await self._events.aclose()
        if self._keeping is not None:
            await asyncio.wait([self._keeping])
        await asyncio.to_thread(self._turns.cut, self._id, self._holder)

    async def _keep(self, told: Sequence[tuple[str, str]], state: State) -> list[Told]:
        """Keep events; what is being kept when the client leaves is kept nevertheless."""
        adding = asyncio.to_thread(self._turns.add, self._id, self._holder, told, state)
        self._keeping = asyncio.ensure_future(adding)
        return await asyncio.shield(self._keeping)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await asyncio.to_thread(self._turns.beat, self._id, self._holder)


async def patiently(asking: Asking, id_: str) -> AsyncGenerator[Event, None]:
    """The events of a turn taken up; its thread may be held still by whoever broke off."""
    for left in reversed(range(_TRIES)):
        has_begun, events = False, asking(id_)
        try:
            async for event in events:
                has_begun = True
                yield event
            return
        except UnavailableError:
            if has_begun or not left:
                raise
        finally:
            await events.aclose()


async def answered(answering: Answering, after: int) -> AsyncGenerator[Told, None]:
    """What a turn tells behind that number, until it is over; its failure is told as well."""
    try:
        while told := await _next_or_failure(answering):
            for one in told:
                if one.number > after:
                    yield one
    finally:
        await answering.leave()


async def _next_or_failure(answering: Answering) -> list[Told]:
    try:
        return await answering.next()
    except LostError:
        raise
    except Exception as error:  # noqa: BLE001 - the door: the stream has begun, so an event says it
        return await answering.fail(error)


async def begun(
    answering: Answering, first: Sequence[Told], rest: Callable[[int], AsyncGenerator[Told, None]]
) -> AsyncGenerator[Told, None]:
    """What a turn of ours tells from its first events on; `rest` is told by whoever takes it up."""
    after = 0
    with contextlib.suppress(LostError):
        for one in first:
            yield one
            after = one.number
        async with contextlib.aclosing(answered(answering, after)) as told:
            async for one in told:
                yield one
                after = one.number
        return
    async with contextlib.aclosing(rest(after)) as told:
        async for one in told:
            yield one


async def followed(
    turns: StreamedTurns, id_: str, after: int, asking: Asking, *, look_seconds: float = 0.25
) -> AsyncGenerator[Told, None]:
    """What a turn tells behind that number, whoever answers it; by us when nobody does."""
    while True:
        progress = await asyncio.to_thread(turns.since, id_, after)
        for one in progress.told:
            yield one
            after = one.number
        if progress.is_over:
            return
        holder = await _taken(turns, id_) if progress.is_free else None
        if holder is None:
            await asyncio.sleep(look_seconds)
            continue
        log.info("http.turn_taken_up", attempt=progress.attempts + 1)
        events = patiently(asking, id_) if progress.attempts < MOST_ATTEMPTS else _given_up()
        answering = Answering(turns, id_, holder, events)
        with contextlib.suppress(LostError):
            async with contextlib.aclosing(answered(answering, after)) as told:
                async for one in told:
                    yield one
                    after = one.number
            return


async def _given_up() -> AsyncGenerator[Event, None]:
    raise UnavailableError("This turn was broken off too often.", "Ask again.")
    yield  # the events of a turn that is not asked any more


async def _taken(turns: StreamedTurns, id_: str) -> str | None:
    """Take a turn up; who leaves meanwhile leaves it to the next."""
    taking = asyncio.ensure_future(asyncio.to_thread(turns.take, id_))
    try:
        return await asyncio.shield(taking)
    except asyncio.CancelledError:
        await asyncio.shield(_given_back(turns, id_, taking))
        raise


async def _given_back(turns: StreamedTurns, id_: str, taking: asyncio.Future[str | None]) -> None:
    await asyncio.wait([taking])
    if holder := taking.result():
        await asyncio.to_thread(turns.cut, id_, holder)


def _written(data: object) -> str:
    return json.dumps(data, ensure_ascii=False)
