"""What is kept for a while goes when its time is over: as soon as a door opens, and each hour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

from api.render.trace import trace_of

EACH_SECONDS = 3600.0
log = structlog.get_logger(__name__)


@asynccontextmanager
async def tidied(
    *tidy: Callable[[], object], each_seconds: float = EACH_SECONDS
) -> AsyncIterator[None]:
    """Meanwhile these are called at once and again each hour; one that fails, an hour later.

    Any number of processes may do it: what one has removed the others do not find.
    """
    tidying = asyncio.create_task(_tidy(tidy, each_seconds))
    try:
        yield
    finally:
        tidying.cancel()
        await asyncio.gather(tidying, return_exceptions=True)


async def _tidy(each: tuple[Callable[[], object], ...], seconds: float) -> None:
    while True:
        for remove in each:
            try:
                await asyncio.to_thread(remove)
            except Exception as error:  # noqa: BLE001 - the door stays open, the log says why
                log.error("tidy", trace=trace_of(error))
        await asyncio.sleep(seconds)
