"""What is sent once is claimed first: one process has the right to send it, until its lease ends.

A process that dies while it sends leaves a claim that ends; the next one sends again, so that
nothing is lost and at most one message comes twice for each death.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from crm.database import upsert, utc

metadata = sa.MetaData()
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("person", sa.String(80), primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("key", sa.String(160), primary_key=True),
    sa.Column("holder", sa.String(32), nullable=False),
    sa.Column("expires_at", sa.DateTime, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("done_at", sa.DateTime, index=True),
    sa.Column("outcome", sa.String(20)),
    sa.Column("as_of", sa.Date),
)

Outcome = Literal["sent", "nothing", "given_up"]
LEASE = timedelta(minutes=3)
"""How long one may take to write and send a notice."""
TRIES = 5
KEPT = timedelta(days=60)
"""How long it is known that something was sent; nothing is due for nearly as long."""


@dataclass(frozen=True)
class Claim:
    """The right to send something, until `expires_at`."""

    person: str
    kind: str
    key: str
    holder: str
    expires_at: datetime
    tries: int


class Deliveries:
    """What was and is being sent to people, across processes."""

    def __init__(
        self, engine: sa.Engine, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._engine, self._clock = engine, clock

    def claim(self, person: str, kind: str, key: str) -> Claim | None:
        """The right to send this; None when it was sent, or another has the right."""
        now, where = utc(self._clock()), _row(person, kind, key)
        with self._engine.begin() as con:
            # Whoever claims it between this and the next statement keeps us from claiming it.
            tries = con.scalar(sa.select(deliveries.c.tries).where(where)) or 0
            row = {
                "person": person, "kind": kind, "key": key, "holder": secrets.token_hex(16),
                "expires_at": now + LEASE, "tries": tries + 1,
                "done_at": None, "outcome": None, "as_of": None,
            }  # fmt: skip
            free = deliveries.c.done_at.is_(None) & (deliveries.c.expires_at <= now)
            if upsert(con, deliveries, [row], free) != 1:
                return None
        return Claim(person, kind, key, str(row["holder"]), now + LEASE, tries + 1)

    def holds(self, claim: Claim) -> bool:
        """Whether the right still holds, for long enough to send."""
        return utc(self._clock()) < claim.expires_at - LEASE / 3

    def done(self, claim: Claim, outcome: Outcome, as_of: date | None = None) -> bool:
        """It is over, as of that day of the data; False when another has the right by now."""
        mine = _row(claim.person, claim.kind, claim.key) & (deliveries.c.holder == claim.holder)
        over = {"done_at": utc(self._clock()), "outcome": outcome, "as_of": as_of}
        with self._engine.begin() as con:
            found = con.execute(sa.update(deliveries).where(mine).values(over))
            return found.rowcount == 1

    def failed(self, claim: Claim) -> None:
        """It could not be sent: another try is made a while later, but not for ever."""
        if claim.tries >= TRIES:
            self.done(claim, "given_up")
            return
        mine = _row(claim.person, claim.kind, claim.key) & (deliveries.c.holder == claim.holder)
        later = utc(self._clock()) + timedelta(minutes=claim.tries)
        with self._engine.begin() as con:
            con.execute(sa.update(deliveries).where(mine).values(expires_at=later))

    def is_done(self, person: str, kind: str, key: str) -> bool:
        """Whether it is over with this."""
        query = sa.select(deliveries.c.done_at).where(_row(person, kind, key))
        with self._engine.connect() as con:
            return con.scalar(query) is not None

    def last(self, person: str, kind: str, before: date) -> date | None:
        """The day of the data, before that day, of the last of its kind that a person was sent."""
        query = sa.select(sa.func.max(deliveries.c.as_of)).where(
            deliveries.c.person == person,
            deliveries.c.kind == kind,
            deliveries.c.outcome == "sent",
            deliveries.c.as_of < before,
        )
        with self._engine.connect() as con:
            found: date | None = con.scalar(query)
        return found

    def forget_old(self) -> int:
        """Drop what was over long ago; how many."""
        old = sa.delete(deliveries).where(deliveries.c.done_at < utc(self._clock()) - KEPT)
        with self._engine.begin() as con:
            return con.execute(old).rowcount


def _row(person: str, kind: str, key: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        deliveries.c.person == person, deliveries.c.kind == kind, deliveries.c.key == key
    )
