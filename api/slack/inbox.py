"""A message is stored once and answered once, however often it comes and whoever takes it up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from api.slack.message import SlackMessage
from crm.database import clean, utc_now

ATTEMPTS = 3

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
    sa.UniqueConstraint("enterprise", "team", "channel", "ts", name="uq_slack_message"),
)


@dataclass(frozen=True)
class Claim:
    """A message that this process alone may answer until its lease ends."""

    id: int
    attempt: int
    message: SlackMessage

    @property
    def is_last(self) -> bool:
        return self.attempt >= ATTEMPTS


class Inbox:
    """The messages of all Slack teams of a workspace, shared by every process that serves it."""

    def __init__(self, engine: sa.Engine, lease_seconds: float) -> None:
        self._engine = engine
        self._lease = timedelta(seconds=lease_seconds)

    def store(self, message: SlackMessage) -> bool:
        """Keep a message durably; False when it is there already."""
        kept = asdict(message) | {"text": clean(message.text)}
        row = sa.insert(slack_inbox).values(**kept, received_at=utc_now())
        try:
            with self._engine.begin() as con:
                con.execute(row)
        except sa.exc.IntegrityError:
            return False
        return True

    def claim(self) -> Claim | None:
        """The oldest message that is free, with a lease on it; None when there is none.

        A message waits for the earlier ones of its thread. One statement: only one can win, and
        where others are taking a message at the same time it takes the next.
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
        fields = {name: row[name] for name in SlackMessage.__dataclass_fields__}
        return Claim(row["id"], row["attempts"], SlackMessage(**fields))

    def done(self, claim: Claim) -> None:
        """The message is answered, or has been given up for good."""
        self._set(claim, answered_at=utc_now(), claimed_until=None)

    def retry_in(self, claim: Claim, seconds: float) -> None:
        """Let go of the message; it can be claimed again after that time."""
        self._set(claim, claimed_until=utc_now() + timedelta(seconds=seconds))

    def give_back(self, claim: Claim) -> None:
        """Let go of a message that was not tried: the process stops."""
        self._set(claim, claimed_until=None, attempts=claim.attempt - 1)

    def _set(self, claim: Claim, **values: object) -> None:
        mine = (slack_inbox.c.id == claim.id) & (slack_inbox.c.attempts == claim.attempt)
        with self._engine.begin() as con:
            con.execute(sa.update(slack_inbox).where(mine).values(**values))


def _free(table: sa.FromClause, now: datetime) -> sa.ColumnElement[bool]:
    unclaimed = table.c.claimed_until.is_(None) | (table.c.claimed_until < now)
    return table.c.answered_at.is_(None) & (table.c.attempts < ATTEMPTS) & unclaimed


def _waits(now: datetime) -> sa.ColumnElement[bool]:
    """Whether an earlier message of the same thread is still to be answered."""
    earlier = slack_inbox.alias("earlier")
    pending = (earlier.c.attempts < ATTEMPTS) | (earlier.c.claimed_until >= now)
    same_thread = [
        earlier.c[name] == slack_inbox.c[name]
        for name in ("enterprise", "team", "channel", "thread_ts")
    ]
    return sa.exists().where(
        *same_thread, earlier.c.id < slack_inbox.c.id, earlier.c.answered_at.is_(None), pending
    )
