"""Conversations are kept by LangGraph's own checkpointers, in SQLite or PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm.database import BUSY_SECONDS, Place, conninfo, unopened

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from psycopg import AsyncConnection
    from psycopg.rows import DictRow

_SETUP_LOCK = 7_406_002
_SETUP_SECONDS = 60
_POLL_SECONDS = 0.1


def open_threads(place: Place) -> AbstractAsyncContextManager[BaseCheckpointSaver[Any]]:
    """The store of conversations; each step is on the disk before the next begins.

    Raises WorkspaceError when it cannot be opened.
    """
    return _postgres(place) if isinstance(place, str) else _sqlite(place)


@asynccontextmanager
async def _sqlite(file: Path) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    import aiosqlite
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    async with aiosqlite.connect(file) as connection:
        await connection.execute("PRAGMA journal_mode=WAL")
        await connection.execute("PRAGMA synchronous=FULL")
        yield AsyncSqliteSaver(connection)


@asynccontextmanager
async def _postgres(url: str) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    """The saver lets one statement run at a time, hence few connections; each is tried first."""
    import psycopg
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    from psycopg.rows import dict_row
    from psycopg_pool import AsyncConnectionPool, PoolTimeout

    pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
        conninfo(url),
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
        min_size=1,
        max_size=2,
        timeout=BUSY_SECONDS,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )
    try:
        try:
            await pool.open(wait=True, timeout=BUSY_SECONDS)
            async with pool.connection() as connection:
                await _set_up(connection)
        except (psycopg.DatabaseError, PoolTimeout) as error:
            raise unopened(url) from error
        yield AsyncPostgresSaver(pool)
    finally:
        await pool.close()


async def _set_up(connection: AsyncConnection[DictRow]) -> None:
    """Bring the checkpointer's tables to its newest schema; one process at a time.

    The lock is tried again and again, not waited for: its tables' indexes are made concurrently,
    and for that PostgreSQL waits until every statement before it has ended, also one that waits.
    """
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    from psycopg.errors import LockNotAvailable

    deadline = asyncio.get_running_loop().time() + _SETUP_SECONDS
    while not await _locked(connection, "pg_try_advisory_lock"):
        if asyncio.get_running_loop().time() > deadline:
            raise LockNotAvailable("the set-up of the checkpointer is held by another process")
        await asyncio.sleep(_POLL_SECONDS)
    try:
        await AsyncPostgresSaver(connection).setup()
    finally:
        await _locked(connection, "pg_advisory_unlock")


async def _locked(connection: AsyncConnection[DictRow], function: str) -> bool:
    """Ask for the lock of the set-up, or give it back; whether that was done."""
    cursor = await connection.execute(f"SELECT {function}(%s) AS done", [_SETUP_LOCK])
    row = await cursor.fetchone()
    return row is not None and bool(row["done"])
