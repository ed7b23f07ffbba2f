"""What people thought of an answer: one opinion a person, the last one counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from crm.database import aware, clean, upsert, utc, utc_now
from crm.errors import InputError
from crm.scope import Principal

REASON = 2000
"""Characters of a reason at the most."""
_ID = re.compile(r"[0-9a-f]{16,32}")

metadata = sa.MetaData()
feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("answer", sa.String(32), primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("useful", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("said_at", sa.DateTime, nullable=False),
)


@dataclass(frozen=True)
class Opinion:
    """What one person thought of one answer."""

    answer: str
    person: str
    useful: bool
    reason: str
    said_at: datetime


class Feedback:
    """The opinions on the answers of a workspace."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def say(self, who: Principal, answer: str, useful: bool, reason: str = "") -> None:
        """Keep what somebody thinks of the answer with that id.

        A reason stays where the same is said without one: a button's press may be handled after
        the reason that was asked for at it.

        Raises InputError when the id is none or the reason is too long, NotAllowedError for who
        may only read.
        """
        who.ensure_may_write()
        reason = clean(reason).strip()
        if not _ID.fullmatch(answer):
            raise InputError("That is no answer's id.", "Take the `id` of an answer.")
        if len(reason) > REASON:
            raise InputError(f"The reason is longer than {REASON:,} characters.", "Shorten it.")
        row = {"answer": answer, "person": who.person_id, "useful": useful, "reason": reason}
        news = None if reason else (feedback.c.useful != useful) | (feedback.c.reason == "")
        with self._engine.begin() as con:
            upsert(con, feedback, [row | {"said_at": utc_now()}], where=news)

    def all(
        self, limit: int = 1000, after: tuple[datetime, str, str] | None = None
    ) -> list[Opinion]:
        """The opinions, the newest first; those behind a moment, an answer and a person."""
        c = feedback.c
        query = sa.select(feedback)
        if after is not None:
            moment, rest = utc(after[0]), sa.tuple_(c.answer, c.person)
            same = (c.said_at == moment) & (rest > sa.tuple_(*map(sa.literal, after[1:])))
            query = query.where((c.said_at < moment) | same)
        query = query.order_by(c.said_at.desc(), c.answer, c.person).limit(limit)
        with self._engine.connect() as con:
            rows = con.execute(query).mappings().all()
        return [Opinion(**{**row, "said_at": aware(row["said_at"])}) for row in rows]
