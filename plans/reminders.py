"""Reminders of a plan: each is noted once and sent by one process only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime

import sqlalchemy as sa

from crm.database import aware, utc
from plans.store import lock
from plans.tables import plan_reminders


@dataclass(frozen=True)
class Due:
    """What somebody is to be reminded of, and on which day; `text_key` names the words."""

    kind: str
    due: date
    person_id: str
    text_key: str


@dataclass(frozen=True)
class Reminder(Due):
    """A reminder that is noted; `sent_at` is None until a door has taken it to send."""

    id: int
    plan_id: str
    sent_at: datetime | None


class Reminders:
    """The reminders of every plan."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def note(self, plan_id: str, wanted: Iterable[Due]) -> None:
        """Let these be the reminders of a plan that are still to be sent.

        One that was sent is not noted again; one no longer wanted is dropped.
        """
        with self._engine.begin() as con:
            lock(con, plan_id)
            known = {_due(one): one for one in _read(con, plan_reminders.c.plan_id == plan_id)}
            keep = set(wanted)
            gone = [r.id for due, r in known.items() if r.sent_at is None and due not in keep]
            if gone:
                con.execute(sa.delete(plan_reminders).where(plan_reminders.c.id.in_(gone)))
            new = sorted(keep - known.keys(), key=lambda d: (d.due, d.kind, d.person_id))
            if new:
                rows = [{"plan_id": plan_id, **asdict(due)} for due in new]
                con.execute(sa.insert(plan_reminders), rows)

    def unsent(self, day: date) -> list[Reminder]:
        """What is due by that day and not sent yet, the earliest first."""
        with self._engine.connect() as con:
            return _read(con, plan_reminders.c.due <= day, plan_reminders.c.sent_at.is_(None))

    def take(self, reminder_id: int, *, now: datetime) -> bool:
        """Take a reminder to send it; False when it is gone or another process has taken it."""
        free = sa.update(plan_reminders).where(
            plan_reminders.c.id == reminder_id, plan_reminders.c.sent_at.is_(None)
        )
        with self._engine.begin() as con:
            return con.execute(free.values(sent_at=utc(now))).rowcount == 1


def _read(con: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Reminder]:
    query = sa.select(plan_reminders).where(*where)
    rows = con.execute(query.order_by(plan_reminders.c.due, plan_reminders.c.id)).mappings().all()
    return [
        Reminder(**(dict(row) | {"sent_at": row["sent_at"] and aware(row["sent_at"])}))
        for row in rows
    ]


def _due(reminder: Reminder) -> Due:
    return Due(reminder.kind, reminder.due, reminder.person_id, reminder.text_key)
