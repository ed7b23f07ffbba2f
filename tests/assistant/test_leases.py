"""A thread's lease is free again whatever becomes of its holder, also of one cancelled twice."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from assistant.state import Leases
from crm.errors import UnavailableError

HOLD_SECONDS = 600


class SlowLeases(Leases):
    """Takes and releases as slowly as a busy disk."""

    def _take(self, thread: str, holder: str) -> bool:
        time.sleep(0.2)
        return super()._take(thread, holder)

    def _release(self, thread: str, holder: str) -> None:
        time.sleep(0.2)
        super()._release(thread, holder)


@pytest.fixture
def leases(engine: sa.Engine) -> SlowLeases:
    return SlowLeases(engine, HOLD_SECONDS)


async def _held(leases: Leases, begun: asyncio.Event) -> None:
    async with leases.hold("mine", 0):
        begun.set()
        await asyncio.sleep(HOLD_SECONDS)


async def _cancelled(task: asyncio.Task[None]) -> None:
    """Cancelled again and again until it is gone, as a stream's scope does."""
    while not task.done():
        task.cancel()
        await asyncio.sleep(0.01)


async def test_a_holder_cancelled_twice_gives_the_lease_back(leases: SlowLeases) -> None:
    begun = asyncio.Event()
    task = asyncio.create_task(_held(leases, begun))
    await begun.wait()
    with ThreadPoolExecutor(1) as threads:  # its only thread is busy: the release has to wait
        asyncio.get_running_loop().set_default_executor(threads)
        threads.submit(time.sleep, 0.5)
        await _cancelled(task)
        async with asyncio.timeout(20), leases.hold("mine", 10):
            pass


async def test_a_lease_being_taken_while_its_taker_is_cancelled_is_given_back(
    leases: SlowLeases,
) -> None:
    task = asyncio.create_task(_held(leases, asyncio.Event()))
    await asyncio.sleep(0.05)
    await _cancelled(task)
    await asyncio.sleep(0.3)  # by now it would have been taken
    async with asyncio.timeout(20), leases.hold("mine", 10):
        pass


async def test_a_lease_that_is_held_is_refused_and_stays_with_its_holder(
    leases: SlowLeases,
) -> None:
    async with leases.hold("mine", 0):
        for _attempt in range(2):
            with pytest.raises(UnavailableError, match="still being answered"):
                async with leases.hold("mine", 0):
                    pass
