"""The conversations of people: each is its one person's, and no other can tell that it exists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from crm.database import aware, clean, upsert, utc, utc_now
from crm.errors import NotFoundError

TITLE = 80
"""Characters of a title at the most: it is the beginning of the first message."""

metadata = sa.MetaData()
threads = sa.Table(
    "threads",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("thread", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("begun_at", sa.DateTime, nullable=False),
    sa.Column("last_at", sa.DateTime, nullable=False),
    sa.Index("ix_threads_owner_last_at", "owner", "last_at"),
)


@dataclass(frozen=True)
class Thread:
    """A conversation as a list shows it; `title` is empty where its beginning is not known."""

    thread: str
    title: str
    begun_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Said:
    """One message of a conversation, as it was shown."""

    by: Literal["person", "assistant"]
    text: str


class Threads:
    """Which conversations there are. `name` is that under which a thread is kept, its owner's."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def keep(self, name: str, thread: str, text: str) -> None:
        """Note that a message of a conversation was answered; the first one gives the title."""
        owner, now = name.removesuffix(f":{thread}"), utc_now()
        row = {
            "name": name, "owner": owner, "thread": thread, "title": _title(text),
            "begun_at": now, "last_at": now,
        }  # fmt: skip
        later = sa.update(threads).where(threads.c.name == name).values(last_at=now)
        with self._engine.begin() as con:
            if con.execute(later).rowcount == 0:
                upsert(con, threads, [row])

    def page(
        self, owner: str, limit: int, after: tuple[datetime, str] | None = None
    ) -> list[Thread]:
        """Somebody's conversations, the last one first; those behind a moment and a thread."""
        query = sa.select(threads).where(threads.c.owner == owner)
        if after is not None:
            moment, thread = utc(after[0]), after[1]
            same = (threads.c.last_at == moment) & (threads.c.thread > thread)
            query = query.where((threads.c.last_at < moment) | same)
        query = query.order_by(threads.c.last_at.desc(), threads.c.thread).limit(limit)
        with self._engine.connect() as con:
            return [_thread(row) for row in con.execute(query).mappings()]

    def of(self, name: str) -> Thread:
        """The conversation kept under a name; NotFoundError when there is none."""
        with self._engine.connect() as con:
            query = sa.select(threads).where(threads.c.name == name)
            row = con.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFoundError("There is no such conversation of yours.", "List your own.")
        return _thread(row)

    def forget(self, name: str) -> None:
        """Let there be no conversation of that name."""
        with self._engine.begin() as con:
            con.execute(sa.delete(threads).where(threads.c.name == name))


def transcript(messages: Sequence[BaseMessage]) -> list[Said]:
    """What was said, without what was looked up; a message that got no answer has none."""
    found = []
    for message in messages:
        if isinstance(message, HumanMessage):
            found.append(Said("person", str(message.content)))
        elif isinstance(message, AIMessage) and not message.tool_calls and message.text:
            found.append(Said("assistant", message.text))
    return found


def _title(text: str) -> str:
    line = " ".join(clean(text).split())
    return line if len(line) <= TITLE else line[: TITLE - 1] + "…"


def _thread(row: sa.RowMapping) -> Thread:
    return Thread(row["thread"], row["title"], aware(row["begun_at"]), aware(row["last_at"]))
