"""Stored messages are taken up one after the other, also those that a dead process left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from api.render.trace import trace_of
from api.slack.answering import Answering
from api.slack.inbox import Claim, Inbox
from api.slack.message import SlackMessage

_AT_ONCE = 8
_LOOK_SECONDS = 1.0
log = structlog.get_logger(__name__)


class Worker:
    """Answers what the inbox holds, several messages at once, for as long as it runs."""

    retry_seconds = 5.0
    """After a failed attempt the message waits so long, after the second twice as long."""

    def __init__(self, inbox: Inbox, answering: Answering, answer_seconds: float) -> None:
        self._inbox = inbox
        self._answering = answering
        self._limit = answer_seconds
        self._news = asyncio.Event()
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()

    async def store(self, message: SlackMessage) -> None:
        """Keep the message durably; it will be answered, once."""
        if await asyncio.to_thread(self._inbox.store, message):
            self._news.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer messages meanwhile; what is unfinished at the end is given back."""
        looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            looking.cancel()
            for task in self._running:
                task.cancel()
            await asyncio.gather(looking, *self._running, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            self._news.clear()
            while await self._take_one():
                pass
            try:
                await asyncio.wait_for(self._news.wait(), _LOOK_SECONDS)
            except TimeoutError:
                continue

    async def _take_one(self) -> bool:
        """Claim a message and begin with it; False when there is none."""
        await self._places.acquire()
        try:
            claim = await asyncio.to_thread(self._inbox.claim)
        except Exception as error:  # noqa: BLE001 - the loop outlives a database that is busy
            log.error("slack.inbox", trace=trace_of(error))
            claim = None
        if claim is None:
            self._places.release()
            return False
        task = asyncio.create_task(self._handle(claim))
        self._running.add(task)
        task.add_done_callback(self._finished)
        return True

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._places.release()
        self._news.set()

    async def _handle(self, claim: Claim) -> None:
        try:
            async with asyncio.timeout(self._limit):
                await self._answering.answer(claim.message)
        except asyncio.CancelledError:
            self._inbox.give_back(claim)
            raise
        except Exception as error:  # noqa: BLE001 - the door: the message is tried again
            log.error(
                "slack.attempt",
                thread=claim.message.thread,
                attempt=claim.attempt,
                given_up=claim.is_last,
                trace=trace_of(error),
            )
            if not claim.is_last:
                delay = self.retry_seconds * claim.attempt
                await asyncio.to_thread(self._inbox.retry_in, claim, delay)
        else:
            await asyncio.shield(asyncio.to_thread(self._inbox.done, claim))
