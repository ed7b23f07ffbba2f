"""The workspace database: leases on threads, last briefings, evidence, what turns have used."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Literal

import sqlalchemy as sa
import structlog
from pydantic import TypeAdapter

from assistant.usage import Usage
from crm.database import upsert, utc, utc_now
from crm.errors import UnavailableError
from tools.facts import Fact, StoredFact

metadata = sa.MetaData()
log = structlog.get_logger(__name__)
_KEPT = TypeAdapter(dict[Literal["facts"], list[StoredFact]])
_KEPT_BEFORE = TypeAdapter(list[Fact])

leases = sa.Table(
    "thread_leases",
    metadata,
    sa.Column("thread", sa.Text, primary_key=True),
    sa.Column("holder", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.DateTime, nullable=False),
)
briefings = sa.Table(
    "last_briefings",
    metadata,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("as_of", sa.Date, nullable=False),
)
ANSWER = "answer:"
"""What stands before the id of an answer whose facts are kept by themselves."""
evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("thread", sa.Text, primary_key=True),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("kept_at", sa.DateTime),
)
turns = sa.Table(
    "turns",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("thread", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("started_at", sa.DateTime, nullable=False, index=True),
    sa.Column("tokens_in", sa.Integer),
    sa.Column("tokens_out", sa.Integer),
    sa.Column("cost", sa.Numeric(18, 8, asdecimal=False)),
    sa.Column("model_ms", sa.Integer, nullable=False),
    sa.Column("tools_ms", sa.Integer, nullable=False),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
)


class Leases:
    """One turn at a time on a thread, across processes."""

    _POLL_SECONDS = 0.05

    def __init__(self, engine: sa.Engine, hold_seconds: float) -> None:
        self._engine = engine
        self._hold = timedelta(seconds=hold_seconds)

    @asynccontextmanager
    async def hold(self, thread: str, wait_seconds: float) -> AsyncIterator[None]:
        """Hold the thread's lease; UnavailableError when it is not free in time."""
        holder = secrets.token_hex(16)
        deadline = asyncio.get_running_loop().time() + wait_seconds
        taking: asyncio.Future[bool] | None = None
        try:
            while True:
                taking = asyncio.ensure_future(asyncio.to_thread(self._take, thread, holder))
                if await asyncio.shield(taking):
                    break
                if asyncio.get_running_loop().time() > deadline:
                    raise UnavailableError(
                        "The previous message of this thread is still being answered.",
                        "Wait for its answer, then ask again.",
                    )
                await asyncio.sleep(self._POLL_SECONDS)
            yield
        finally:
            await asyncio.shield(self._give_back(taking, thread, holder))

    async def _give_back(
        self, taking: asyncio.Future[bool] | None, thread: str, holder: str
    ) -> None:
        """Release the lease, also one that is being taken while its taker is cancelled.

        To be shielded: whoever leaves a stream is cancelled again and again until they are gone.
        """
        if taking is not None:
            await asyncio.wait([taking])
        await asyncio.to_thread(self._release, thread, holder)

    def _take(self, thread: str, holder: str) -> bool:
        """Take the lease when it is free or has expired; one statement, so only one can win."""
        now = utc_now()
        row = {"thread": thread, "holder": holder, "expires_at": now + self._hold}
        with self._engine.begin() as con:
            return upsert(con, leases, [row], leases.c.expires_at < now) == 1

    def _release(self, thread: str, holder: str) -> None:
        mine = (leases.c.thread == thread) & (leases.c.holder == holder)
        with self._engine.begin() as con:
            con.execute(sa.delete(leases).where(mine))


class Briefings:
    """The day of each person's last briefing on each account."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def last(self, person: str, account: str, before: date) -> date | None:
        """The day of the last briefing, if it was before that day."""
        query = sa.select(briefings.c.as_of).where(
            briefings.c.person == person,
            briefings.c.account == account,
            briefings.c.as_of < before,
        )
        with self._engine.connect() as con:
            return con.scalar(query)

    def record(self, person: str, account: str, as_of: date) -> None:
        row = {"person": person, "account": account, "as_of": as_of}
        with self._engine.begin() as con:
            upsert(con, briefings, [row], briefings.c.as_of < as_of)


class Evidence:
    """The facts that the last answer of a thread showed, and those of answers by themselves."""

    KEPT = timedelta(days=30)
    """How long those of an answer by itself are kept; those of a thread, as long as the thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def keep(self, thread: str, facts: Sequence[Fact]) -> None:
        """Keep these in the place of those before."""
        kept = _KEPT.dump_json({"facts": list(facts)}).decode()
        row = {"thread": thread, "facts": kept, "kept_at": utc_now()}
        with self._engine.begin() as con:
            upsert(con, evidence, [row])

    def of(self, thread: str) -> list[Fact]:
        """The facts kept for a thread, in the order in which they were shown."""
        query = sa.select(evidence.c.facts).where(evidence.c.thread == thread)
        with self._engine.connect() as con:
            found = con.scalar(query)
        if not found:
            return []
        if found.startswith("["):  # as it was written before text was told from numbers
            return _KEPT_BEFORE.validate_json(found)
        return _KEPT.validate_json(found)["facts"]

    def forget(self, thread: str) -> None:
        """Keep nothing for a thread."""
        with self._engine.begin() as con:
            con.execute(sa.delete(evidence).where(evidence.c.thread == thread))

    def forget_old(self) -> int:
        """Remove what was kept of answers long ago; of how many."""
        of_answers = evidence.c.thread.contains(f":{ANSWER}", autoescape=True)
        old = evidence.c.kept_at < utc_now() - self.KEPT
        with self._engine.begin() as con:
            return con.execute(sa.delete(evidence).where(of_answers, old)).rowcount


class Turns:
    """What each turn has used, whatever came of it; unknown tokens and costs stay empty."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def record(
        self, thread: str, person: str, model: str, started_at: datetime, usage: Usage
    ) -> None:
        """Keep and log what a turn has used; no word of what was said is kept or logged."""
        used = {**asdict(usage), "cost": None if usage.cost is None else float(usage.cost)}
        row = {"thread": thread, "person": person, "model": model, **used}
        log.info("turn", **row)
        try:
            with self._engine.begin() as con:
                con.execute(sa.insert(turns).values(started_at=utc(started_at), **row))
        except sa.exc.SQLAlchemyError as error:
            # The answer is there already: it is not lost for want of its bookkeeping.
            log.warning("turn_not_kept", error=type(error).__name__)
