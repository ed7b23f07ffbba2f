"""What a stream has to tell is kept until its client has had time to come back for it.

An event is on the disk before it is sent. A turn belongs to the person who asked; it is answered by
one connection at a time, which says every few seconds that it is still there. When that one is
gone, the next to come takes the turn up again.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from assistant.service import owned
from crm.database import clean, utc_now
from crm.errors import NotFoundError
from crm.scope import Principal

KEPT = timedelta(hours=1)
"""How long the events of a turn are kept."""
BEAT_SECONDS = 5.0
SILENT = timedelta(seconds=20)
"""Whoever answers a turn and has not been heard of for so long is gone."""
MOST_ATTEMPTS = 10
"""How often a turn is taken up at the most: one that always breaks off is given up."""
State = Literal["running", "cut", "done", "failed"]

metadata = sa.MetaData()
turns = sa.Table(
    "streamed_turns",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("holder", sa.String(32), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("heard_at", sa.DateTime, nullable=False),
    sa.Column("begun_at", sa.DateTime, nullable=False, index=True),
)
events = sa.Table(
    "streamed_events",
    metadata,
    sa.Column("turn", sa.String(32), sa.ForeignKey("streamed_turns.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(20), nullable=False),
    sa.Column("data", sa.Text, nullable=False),
)


@dataclass(frozen=True)
class Told:
    """An event as it is sent: its number within the turn, its name, and its data as JSON."""

    number: int
    name: str
    data: str


@dataclass(frozen=True)
class StreamedTurn:
    """A turn that is told in a stream: what was asked, and how far it is."""

    id: str
    question: str


@dataclass(frozen=True)
class Progress:
    """How far a turn is, whether nobody answers it any more, and what it has told since."""

    state: State
    is_free: bool
    attempts: int
    told: tuple[Told, ...]

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed")


class LostError(Exception):
    """Somebody else answers the turn by now: whoever held it was silent for too long."""


class StreamedTurns:
    """The turns that are told in streams, in the database that all processes share."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def begin(self, who: Principal, question: str) -> tuple[str, str]:
        """Keep a turn that is being answered: its id, and the name of its holder.

        What nobody will come back for any more is removed.
        """
        id_, holder, now = secrets.token_hex(16), secrets.token_hex(16), utc_now()
        row = {
            "id": id_, "person": owned(who, ""), "question": clean(question), "state": "running",
            "holder": holder, "attempts": 1, "heard_at": now, "begun_at": now,
        }  # fmt: skip
        with self._engine.begin() as con:
            _forget_old(con)
            con.execute(sa.insert(turns).values(row))
        return id_, holder

    def forget_old(self) -> int:
        """Remove what nobody will come back for any more; how many turns."""
        with self._engine.begin() as con:
            return _forget_old(con)

    def of(self, who: Principal, id_: str) -> StreamedTurn:
        """A turn of that person; NotFoundError alike for others' turns and for none."""
        mine = (turns.c.id == clean(id_)) & (turns.c.person == owned(who, ""))
        query = sa.select(turns.c.id, turns.c.question).where(mine)
        with self._engine.connect() as con:
            row = con.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFoundError(
                "There is no such turn that you can come back to.",
                f"Turns are kept for {KEPT.seconds // 60} minutes; ask again.",
            )
        return StreamedTurn(**row)

    def since(self, id_: str, number: int) -> Progress:
        """How far a turn is, with its events after that number."""
        later = (events.c.turn == id_) & (events.c.number > number)
        told = sa.select(events.c.number, events.c.name, events.c.data).where(later)
        named = (turns.c.state, turns.c.attempts, _free(utc_now()).label("is_free"))
        with self._engine.connect() as con:
            # The turn first: of one that is over, every event is there.
            row = con.execute(sa.select(*named).where(turns.c.id == id_)).mappings().one_or_none()
            found = con.execute(told.order_by(events.c.number)).mappings().all()
        if row is None:  # it was removed, being old
            return Progress("failed", False, 0, ())
        return Progress(
            row["state"], bool(row["is_free"]), row["attempts"], tuple(Told(**one) for one in found)
        )

    def add(
        self, id_: str, holder: str, told: Sequence[tuple[str, str]], state: State = "running"
    ) -> list[Told]:
        """Keep events (name, data) of a turn behind those before, all of them or none.

        Raises LostError when the holder does not have the turn any more.
        """
        heard = {"heard_at": utc_now(), "state": state}
        with self._engine.begin() as con:
            # Written first, the row is this transaction's own until it ends.
            if con.execute(sa.update(turns).where(_held(id_, holder)).values(heard)).rowcount != 1:
                raise LostError
            last = con.scalar(sa.select(sa.func.max(events.c.number)).where(events.c.turn == id_))
            rows = [
                {"turn": id_, "number": n, "name": name, "data": clean(data)}
                for n, (name, data) in enumerate(told, (last or 0) + 1)
            ]
            con.execute(sa.insert(events), rows)
        return [Told(row["number"], row["name"], row["data"]) for row in rows]  # type: ignore[arg-type]

    def take(self, id_: str) -> str | None:
        """Take up a turn that nobody answers any more: the holder's name, None while one does."""
        now, holder = utc_now(), secrets.token_hex(16)
        values = {
            "state": "running", "holder": holder, "heard_at": now, "attempts": turns.c.attempts + 1,
        }  # fmt: skip
        with self._engine.begin() as con:
            taken = con.execute(
                sa.update(turns).where(turns.c.id == id_, _free(now)).values(values)
            )
        return holder if taken.rowcount == 1 else None

    def beat(self, id_: str, holder: str) -> bool:
        """Say that the holder is still there; False when the turn is not theirs any more."""
        beating = sa.update(turns).where(_held(id_, holder)).values(heard_at=utc_now())
        with self._engine.begin() as con:
            return con.execute(beating).rowcount == 1

    def cut(self, id_: str, holder: str) -> None:
        """Leave a turn that is not over to whoever comes next."""
        with self._engine.begin() as con:
            con.execute(sa.update(turns).where(_held(id_, holder)).values(state="cut"))


def _forget_old(con: sa.Connection) -> int:
    old = turns.c.begun_at < utc_now() - KEPT
    con.execute(sa.delete(events).where(events.c.turn.in_(sa.select(turns.c.id).where(old))))
    return con.execute(sa.delete(turns).where(old)).rowcount


def _free(now: datetime) -> sa.ColumnElement[bool]:
    silent = sa.and_(turns.c.state == "running", turns.c.heard_at < now - SILENT)
    return sa.or_(turns.c.state == "cut", silent)


def _held(id_: str, holder: str) -> sa.ColumnElement[bool]:
    return sa.and_(turns.c.id == id_, turns.c.holder == holder, turns.c.state == "running")
