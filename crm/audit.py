"""The audit log only grows: each entry is bound to the one before it, and no entry is ever altered.

What was said is kept beside the chain under a salted digest. It can be erased when a person must be
forgotten, and the chain still proves that nothing else was changed.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from crm.database import alone, aware, clean, utc, utc_now
from crm.scope import Principal

FIRST = "0" * 64
"""What the first entry is bound to."""
_LOCK = 7_406_003
_AT_ONCE = 1000
_DOOR: ContextVar[str] = ContextVar("door", default="cli")

metadata = sa.MetaData()
entries = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("person", sa.Text, nullable=False, index=True),
    sa.Column("door", sa.String(20), nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("before", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
details = sa.Table(
    "audit_details",
    metadata,
    sa.Column("seq", sa.Integer, sa.ForeignKey("audit.seq"), primary_key=True),
    sa.Column("salt", sa.String(32), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)


@dataclass(frozen=True)
class Noted:
    """Something that was done: the action, what it was done to (`account:A001`), and details.

    Details are JSON values. Personal data may stand in details only, never in the subject.
    """

    action: str
    subject: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """An entry as it is kept; `details` are None once they were erased."""

    seq: int
    at: datetime
    person: str
    door: str
    action: str
    subject: str
    details: Mapping[str, Any] | None
    hash: str


@dataclass(frozen=True)
class Verified:
    """What a check of the whole log has found; `broken_at` is the first entry that does not hold.

    `head` is the hash of the last entry: kept elsewhere, it proves later that no end was cut off.
    """

    entries: int
    erased: int
    head: str
    broken_at: int | None = None
    reason: str = ""

    @property
    def holds(self) -> bool:
        return self.broken_at is None


@contextmanager
def through(door: str) -> Iterator[None]:
    """What is done in this block, and in tasks and threads begun in it, came through that door."""
    token = _DOOR.set(door)
    try:
        yield
    finally:
        _DOOR.reset(token)


def door() -> str:
    """The door through which what is being done has come; `cli` where none has said so."""
    return _DOOR.get()


class Audit:
    """The audit log of a workspace, shared by every process that serves it."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def record(self, who: Principal, *done: Noted) -> None:
        """Append entries, all of them or none; they are on the disk when this returns."""
        if not done:
            return
        now, through_ = utc_now(), door()
        with self._engine.begin() as con:
            alone(con, _LOCK)
            seq, before = _last(con)
            rows, texts = [], []
            for one in done:
                seq, salt, text = seq + 1, secrets.token_hex(16), _text(one.details)
                row = {
                    "seq": seq, "at": now, "person": who.person_id, "door": through_,
                    "action": one.action, "subject": clean(one.subject),
                    "digest": _digest(salt, text), "before": before,
                }  # fmt: skip
                before = row["hash"] = _hash(row)
                rows.append(row)
                texts.append({"seq": seq, "salt": salt, "text": text})
            con.execute(sa.insert(entries), rows)
            con.execute(sa.insert(details), texts)

    def read(
        self, *, after: int = 0, limit: int = 100, person: str | None = None, action: str = ""
    ) -> list[Entry]:
        """Entries in their order, those behind `after`; of one person or action where given."""
        where = [entries.c.seq > after]
        where += [entries.c.person == person] if person is not None else []
        where += [entries.c.action == action] if action else []
        query = _joined().where(*where).order_by(entries.c.seq).limit(limit)
        with self._engine.connect() as con:
            return [_entry(row) for row in con.execute(query).mappings()]

    def erase(self, concerns: Callable[[str], bool]) -> int:
        """Erase the details of every entry whose details' text concerns somebody; how many."""
        with self._engine.begin() as con:
            found = con.execute(sa.select(details.c.seq, details.c.text)).all()
            gone = [seq for seq, text in found if concerns(text)]
            for part in _parts(gone):
                con.execute(sa.delete(details).where(details.c.seq.in_(part)))
        return len(gone)

    def verify(self, head: str | None = None) -> Verified:
        """Check every entry against the one before it and against its details.

        With `head`, the hash of an entry known from before, also that this entry is still there.
        """
        seq, before, erased, met = 0, FIRST, 0, head in (None, FIRST)
        while True:
            with self._engine.connect() as con:
                query = _joined().where(entries.c.seq > seq).order_by(entries.c.seq)
                rows = con.execute(query.limit(_AT_ONCE)).mappings().all()
            if not rows:
                break
            for row in rows:
                if reason := _fault(row, seq, before):
                    return Verified(seq, erased, before, row["seq"], reason)
                seq, before = row["seq"], row["hash"]
                erased += row["text"] is None
                met = met or before == head
        if not met:
            return Verified(seq, erased, before, seq + 1, "the entry of the given hash is gone")
        return Verified(seq, erased, before)


def _joined() -> sa.Select[Any]:
    joined = entries.outerjoin(details, entries.c.seq == details.c.seq)
    return sa.select(entries, details.c.salt, details.c.text).select_from(joined)


def _fault(row: sa.RowMapping, seq: int, before: str) -> str:
    """Why an entry does not hold; empty when it does."""
    if row["seq"] != seq + 1:
        return "entries are missing before it"
    if row["before"] != before or row["hash"] != _hash(row):
        return "it was altered, or the one before it"
    if row["text"] is not None and row["digest"] != _digest(row["salt"], row["text"]):
        return "its details were altered"
    return ""


def _last(con: sa.Connection) -> tuple[int, str]:
    query = sa.select(entries.c.seq, entries.c.hash).order_by(entries.c.seq.desc()).limit(1)
    row = con.execute(query).one_or_none()
    return (row.seq, row.hash) if row else (0, FIRST)


def _text(given: Mapping[str, Any]) -> str:
    return clean(json.dumps(given, ensure_ascii=False, sort_keys=True, default=str))


def _digest(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _hash(row: sa.RowMapping | Mapping[str, Any]) -> str:
    """Over everything of an entry but its details, which their digest stands for."""
    named = ("seq", "person", "door", "action", "subject", "digest", "before")
    bound = [utc(aware(row["at"])).isoformat(), *(row[name] for name in named)]
    text = json.dumps(bound, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _entry(row: sa.RowMapping) -> Entry:
    kept = json.loads(row["text"]) if row["text"] is not None else None
    names = ("seq", "person", "door", "action", "subject", "hash")
    return Entry(at=aware(row["at"]), details=kept, **{name: row[name] for name in names})


def _parts(found: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(found), _AT_ONCE):
        yield found[start : start + _AT_ONCE]
