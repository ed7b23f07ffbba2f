"""An answer is kept before it is sent, part by part, so that nothing of it is lost or sent anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from api.render.slack import Rendered
from api.slack.inbox import metadata, slack_inbox
from api.slack.item import Item
from crm.database import clean, utc_now

KEPT = timedelta(days=30)
"""How long it is known what came and what was sent; Slack sends nothing anew for nearly as long."""

slack_outbox = sa.Table(
    "slack_outbox",
    metadata,
    sa.Column("item", sa.Integer, sa.ForeignKey("slack_inbox.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("part", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary),
    sa.Column("begun_at", sa.DateTime),
    sa.Column("done_at", sa.DateTime),
    sa.Column("ts", sa.Text),
)


@dataclass(frozen=True)
class Post:
    """A message of the answer; `alone` shows it to the person who asked and to nobody else.

    With `direct` it goes into the direct conversation with that person, wherever they asked.
    """

    rendered: Rendered
    alone: bool = False
    direct: bool = False


@dataclass(frozen=True)
class File:
    """A file of the answer; with `alone` it goes to the asker's direct conversation with us."""

    name: str
    title: str
    content: bytes
    alt_text: str = ""
    alone: bool = False


Part = Post | File


@dataclass(frozen=True)
class Kept:
    """A part at its position; `begun` when it may have been sent, `ts` once it surely was."""

    position: int
    part: Part
    begun: bool = False
    done: bool = False
    ts: str | None = None


class Outbox:
    """The parts of answers that were worked out, shared by every process."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def keep(self, item: int, parts: Sequence[Part]) -> list[Kept]:
        """Keep the whole answer to an item, unless there is one already; the one that holds."""
        rows = [
            {"item": item, "position": n, "part": _text(part), "content": _content(part)}
            for n, part in enumerate(parts)
        ]
        try:
            with self._engine.begin() as con:
                if rows:
                    con.execute(sa.insert(slack_outbox), rows)
        except sa.exc.IntegrityError:
            pass  # another attempt was first; what it has kept is the answer
        return self.of(item)

    def of(self, item: int) -> list[Kept]:
        """The answer to an item in its order; empty when none was worked out."""
        query = sa.select(slack_outbox).where(slack_outbox.c.item == item)
        with self._engine.connect() as con:
            rows = con.execute(query.order_by(slack_outbox.c.position)).mappings().all()
        return [
            Kept(
                row["position"],
                _part(row["part"], row["content"]),
                begun=row["begun_at"] is not None,
                done=row["done_at"] is not None,
                ts=row["ts"],
            )
            for row in rows
        ]

    def conversation(self, item: Item) -> str | None:
        """The conversation of the answer to the same person that begins the item's thread."""
        held = slack_inbox.c
        same = [held[name] == getattr(item, name) for name in ("enterprise", "team", "user")]
        answered = slack_outbox.join(slack_inbox, slack_outbox.c.item == held.id)
        query = sa.select(held.channel, held.ts, held.thread_ts).select_from(answered)
        query = query.where(slack_outbox.c.ts == item.thread_ts, *same, held.kind != "message")
        with self._engine.connect() as con:
            row = con.execute(query.order_by(held.id).limit(1)).one_or_none()
        if row is None:
            return None
        begun = replace(item, channel=row.channel, ts=row.ts, thread_ts=row.thread_ts)
        return begun.thread

    def forget_old(self) -> int:
        """Remove what came long ago, answered or given up, with its answers; how many items."""
        old = slack_inbox.c.received_at < utc_now() - KEPT
        of_old = slack_outbox.c.item.in_(sa.select(slack_inbox.c.id).where(old))
        with self._engine.begin() as con:
            con.execute(sa.delete(slack_outbox).where(of_old))
            return con.execute(sa.delete(slack_inbox).where(old)).rowcount

    def begin(self, item: int, kept: Kept) -> Kept:
        """Note that a part is about to be sent."""
        self._set(item, kept, begun_at=utc_now())
        return replace(kept, begun=True)

    def done(self, item: int, kept: Kept, ts: str) -> None:
        """Note that a part was sent; its words are needed no more."""
        self._set(item, kept, done_at=utc_now(), ts=ts, part=_GONE, content=None)

    def _set(self, item: int, kept: Kept, **values: object) -> None:
        this = (slack_outbox.c.item == item) & (slack_outbox.c.position == kept.position)
        with self._engine.begin() as con:
            con.execute(sa.update(slack_outbox).where(this).values(**values))


_GONE = json.dumps({"text": "", "blocks": [], "alone": False})


def _text(part: Part) -> str:
    match part:
        case Post(rendered, alone, direct):
            held = {"text": rendered.text, "blocks": list(rendered.blocks), "alone": alone}
            held |= {"direct": direct}
        case File(name, title, _, alt_text, alone):
            held = {"file": name, "title": title, "alt_text": alt_text, "alone": alone}
    return clean(json.dumps(held, ensure_ascii=False))


def _content(part: Part) -> bytes | None:
    return part.content if isinstance(part, File) else None


def _part(text: str, content: bytes | None) -> Part:
    held = json.loads(text)
    if "file" in held:
        return File(held["file"], held["title"], content or b"", held["alt_text"], held["alone"])
    rendered = Rendered(tuple(held["blocks"]), held["text"])
    return Post(rendered, held["alone"], held.get("direct", False))
