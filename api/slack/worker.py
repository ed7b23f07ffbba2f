"""Stored items are taken up one after the other, also those that a dead process left behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import ParamSpec, TypeVar

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from api.render.trace import trace_of
from api.slack.inbox import Claim, Inbox
from api.slack.item import Item
from api.slack.outbox import Outbox
from api.slack.registry import Surfaces
from api.slack.reply import Reply
from api.slack.stream import is_transient
from api.slack.teams import Teams
from api.slack.visitor import still_for_all
from crm.audit import through

_AT_ONCE = 8
_SENDING_AT_ONCE = 64
_LOOK_SECONDS = 1.0
_THREADS = 4
_LONGEST_WAIT = 300.0
_TIDY_SECONDS = 3600.0
P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger(__name__)


class Worker:
    """Handles what the inbox holds, several items at once, for as long as it runs."""

    retry_seconds = 5.0
    """After a failed attempt the item waits so long, after the second twice as long."""

    def __init__(
        self,
        inbox: Inbox,
        outbox: Outbox,
        teams: Teams,
        surfaces: Surfaces,
        handling_seconds: float,
    ) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._teams = teams
        self._surfaces = surfaces
        self._limit = handling_seconds
        self._threads = ThreadPoolExecutor(_THREADS, "slack-inbox")
        self._news = asyncio.Event()
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._claims = asyncio.Semaphore(_SENDING_AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()

    async def store(self, item: Item) -> None:
        """Keep the item durably; it will be handled, once."""
        if await self._apart(self._inbox.store, item):
            self._news.set()

    async def _apart(self, do: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Do something with the inbox in threads that turns never occupy: Slack waits for it."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(do, *given, **named))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Handle items meanwhile; what is unfinished at the end is given back."""
        with through("slack"):
            looking = asyncio.create_task(self._look())
        try:
            yield
        finally:
            looking.cancel()
            for task in self._running:
                task.cancel()
            await asyncio.gather(looking, *self._running, return_exceptions=True)

    async def _look(self) -> None:
        tidied = float("-inf")
        while True:
            self._news.clear()
            while await self._take_one():
                pass
            if time.monotonic() - tidied > _TIDY_SECONDS:
                tidied = time.monotonic()
                await self._tidy()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):  # wait_for may swallow a cancellation
                    await self._news.wait()

    async def _tidy(self) -> None:
        try:
            await self._apart(self._outbox.forget_old)
        except Exception as error:  # noqa: BLE001 - it is tried again an hour later
            log.error("slack.tidy", trace=trace_of(error))

    async def _take_one(self) -> bool:
        """Claim an item and begin with it; False when there is none."""
        await self._claims.acquire()
        await self._places.acquire()  # an item is taken only when it can be handled at once
        try:
            claim = await self._apart(self._inbox.claim)
        except Exception as error:  # noqa: BLE001 - the loop outlives a database that is busy
            log.error("slack.inbox", trace=trace_of(error))
            claim = None
        if claim is None:
            self._places.release()
            self._claims.release()
            return False
        task = asyncio.create_task(self._held(claim))
        self._running.add(task)
        task.add_done_callback(self._finished)
        return True

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._claims.release()
        self._news.set()

    async def _held(self, claim: Claim) -> None:
        """Handle an item while its lease is renewed; stop when another has taken it up."""
        handling = asyncio.create_task(self._handle(claim))
        renewing = asyncio.create_task(self._renew(claim, handling))
        try:
            await handling
        except asyncio.CancelledError:
            handling.cancel()
            await asyncio.gather(handling, return_exceptions=True)
            await asyncio.shield(self._apart(self._inbox.give_back, claim))
            raise
        except Exception as error:  # noqa: BLE001 - the door: the item is tried again
            await self._put_off(claim, error)
        else:
            await asyncio.shield(self._apart(self._inbox.done, claim))
        finally:
            renewing.cancel()

    async def _handle(self, claim: Claim) -> None:
        """Work the answer out, unless it is kept already, and send it.

        Working out takes one of few places; sending, which may wait long for Slack, takes none.
        """
        reply = None
        try:
            if claim.item.kind == "ended":
                await self._teams.ended(claim.item)
                return
            workplace = await self._teams.of(claim.item)
            handler = self._surfaces.handler(claim.item)
            if workplace is not None and handler is not None:
                readers = partial(still_for_all, claim.item, workplace)
                reply = Reply(workplace.delivery, self._inbox, self._outbox, claim, readers)
                if not await reply.kept():
                    async with asyncio.timeout(self._limit):
                        await handler(claim.item, workplace, reply)
        finally:
            self._places.release()
            self._news.set()
        if reply is not None:
            await reply.send()

    async def _renew(self, claim: Claim, handling: asyncio.Task[None]) -> None:
        while True:
            await asyncio.sleep(self._inbox.lease_seconds / 3)
            try:
                if await self._apart(self._inbox.renew, claim):
                    continue
            except Exception as error:  # noqa: BLE001 - the next time may succeed
                log.error("slack.inbox", trace=trace_of(error))
                continue
            log.warning("slack.taken_over", kind=claim.item.kind, thread=claim.item.thread)
            handling.cancel()
            return

    async def _put_off(self, claim: Claim, error: Exception) -> None:
        passing = _is_passing(error)
        log.error(
            "slack.attempt",
            kind=claim.item.kind,
            thread=claim.item.thread,
            attempt=claim.attempt,
            given_up=claim.is_last and not passing,
            trace=trace_of(error),
        )
        delay = min(self.retry_seconds * claim.attempt, _LONGEST_WAIT)
        put_off = self._inbox.later if passing else self._inbox.failed
        await self._apart(put_off, claim, delay)


def _is_passing(error: Exception) -> bool:
    """Whether it is Slack or the way to it that has failed for now, rather than the item."""
    if isinstance(error, SlackApiError):
        return is_transient(error)
    return isinstance(error, aiohttp.ClientError | ConnectionError)
