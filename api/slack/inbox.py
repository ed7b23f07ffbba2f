"""An item is stored once and handled once, however often it comes and whoever takes it up."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import sqlalchemy as sa

from api.slack.item import Item
from crm.database import clean, utc_now

FAILURES = 3
"""So often handling may fail before an item is given up."""
CLAIMS = 25
"""So often an item may be taken up: more means that it ends every process that does."""

metadata = sa.MetaData()

slack_inbox = sa.Table(
    "slack_inbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("enterprise", sa.Text, nullable=False),
    sa.Column("team", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("ts", sa.Text, nullable=False),
    sa.Column("user", sa.Text, nullable=False),
    sa.Column("thread_ts", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("direct", sa.Boolean, nullable=False),
    sa.Column("received_at", sa.DateTime, nullable=False),
    sa.Column("claimed_until", sa.DateTime),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("answered_at", sa.DateTime),
    sa.Column("kind", sa.String(20), nullable=False, server_default="message"),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("payload", sa.Text, nullable=False, server_default="{}"),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("stream_ts", sa.Text),
    sa.UniqueConstraint("enterprise", "team", "channel", "ts", name="uq_slack_message"),
)
_ITEM = [one.name for one in fields(Item)]


@dataclass(frozen=True)
class Claim:
    """An item that this process alone may handle until its lease ends.

    `stream_ts` is the message that an earlier attempt has begun to stream into.
    """

    id: int
    attempt: int
    failures: int
    item: Item
    stream_ts: str | None = None

    @property
    def is_last(self) -> bool:
        return self.failures + 1 >= FAILURES


class Inbox:
    """The items of all Slack teams of a workspace, shared by every process that serves it."""

    def __init__(self, engine: sa.Engine, lease_seconds: float) -> None:
        self._engine = engine
        self.lease_seconds = lease_seconds

    def store(self, item: Item) -> bool:
        """Keep an item durably; False when it is there already."""
        kept = {name: getattr(item, name) for name in _ITEM}
        kept |= {"text": clean(item.text), "payload": _json(item)}
        row = sa.insert(slack_inbox).values(**kept, received_at=utc_now())
        try:
            with self._engine.begin() as con:
                con.execute(row)
        except sa.exc.IntegrityError:
            return False
        return True

    def claim(self) -> Claim | None:
        """The oldest item that is free, with a lease on it; None when there is none.

        An item waits for the earlier ones of its thread. One statement: only one can win, and
        where others are taking an item at the same time it takes the next.
        """
        now = utc_now()
        free = _free(slack_inbox, now)
        chosen = sa.select(slack_inbox.c.id).where(free, ~_waits(now))
        chosen = chosen.order_by(slack_inbox.c.id).limit(1)
        oldest = chosen.with_for_update(skip_locked=True, of=slack_inbox).scalar_subquery()
        taking = (
            sa.update(slack_inbox)
            .where(slack_inbox.c.id == oldest, free)
            .values(claimed_until=now + self._lease, attempts=slack_inbox.c.attempts + 1)
            .returning(*slack_inbox.c)
        )
        with self._engine.begin() as con:
            row = con.execute(taking).mappings().one_or_none()
        if row is None:
            return None
        item = Item(**{n: row[n] for n in _ITEM} | {"payload": json.loads(row["payload"])})
        return Claim(row["id"], row["attempts"], row["failures"], item, row["stream_ts"])

    def renew(self, claim: Claim) -> bool:
        """Go on holding an item; False when another has taken it up meanwhile."""
        return self._set(claim, claimed_until=utc_now() + self._lease)

    def streams(self, claim: Claim, ts: str | None) -> None:
        """Remember the message that the answer is streamed into."""
        self._set(claim, stream_ts=ts)

    def done(self, claim: Claim) -> None:
        """The item is handled; what was said in it is needed no more."""
        self._set(claim, answered_at=utc_now(), claimed_until=None, payload="{}", text="")

    def failed(self, claim: Claim, seconds: float) -> None:
        """Handling has failed; it can be tried again after that time, if not too often already."""
        until = utc_now() + timedelta(seconds=seconds)
        self._set(claim, claimed_until=until, failures=claim.failures + 1)

    def later(self, claim: Claim, seconds: float) -> None:
        """Slack cannot be reached; it can be tried again after that time."""
        self._set(claim, claimed_until=utc_now() + timedelta(seconds=seconds))

    def give_back(self, claim: Claim) -> None:
        """Let go of an item that was not tried: the process stops."""
        self._set(claim, claimed_until=None, attempts=claim.attempt - 1)

    def waiting(self) -> int:
        """How many items are still to be handled."""
        pending = _unanswered(slack_inbox)
        with self._engine.connect() as con:
            counted = sa.select(sa.func.count()).select_from(slack_inbox).where(pending)
            return con.scalar(counted) or 0

    @property
    def _lease(self) -> timedelta:
        return timedelta(seconds=self.lease_seconds)

    def _set(self, claim: Claim, **values: object) -> bool:
        mine = (slack_inbox.c.id == claim.id) & (slack_inbox.c.attempts == claim.attempt)
        with self._engine.begin() as con:
            return con.execute(sa.update(slack_inbox).where(mine).values(**values)).rowcount > 0


def _json(item: Item) -> str:
    text = json.dumps(dict(item.payload), ensure_ascii=False)
    return clean(text.replace("\\u0000", " ")).encode("utf-8", "replace").decode("utf-8")


def _unanswered(table: sa.FromClause) -> sa.ColumnElement[bool]:
    tried = (table.c.failures < FAILURES) & (table.c.attempts < CLAIMS)
    return table.c.answered_at.is_(None) & tried


def _free(table: sa.FromClause, now: datetime) -> sa.ColumnElement[bool]:
    unclaimed = table.c.claimed_until.is_(None) | (table.c.claimed_until < now)
    return _unanswered(table) & unclaimed


def _waits(now: datetime) -> sa.ColumnElement[bool]:
    """Whether an earlier item of the same thread is still to be handled."""
    earlier = slack_inbox.alias("earlier")
    busy = earlier.c.answered_at.is_(None) & (earlier.c.claimed_until >= now)
    same_thread = [
        earlier.c[name] == slack_inbox.c[name]
        for name in ("enterprise", "team", "channel", "thread_ts")
    ]
    return sa.exists().where(
        *same_thread,
        slack_inbox.c.thread_ts != "",
        earlier.c.id < slack_inbox.c.id,
        _unanswered(earlier) | busy,
    )
