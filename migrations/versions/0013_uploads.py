"""The threads of people, and imports that came through a door."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_PARTS = 3


def upgrade() -> None:
    op.create_table(
        "threads",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("thread", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("begun_at", sa.DateTime, nullable=False),
        sa.Column("last_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_threads_owner_last_at", "threads", ["owner", "last_at"])
    op.create_table(
        "imports",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("doing", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("report", sa.Text),
        sa.Column("begun_at", sa.DateTime, nullable=False, index=True),
        sa.Column("seen_at", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime),
    )
    _known_threads()


def _known_threads() -> None:
    """What is known of earlier conversations: whose they are, and when their turns were."""
    con = op.get_bind()
    turns = sa.table("turns", sa.column("thread"), sa.column("started_at", sa.DateTime))
    began, last = sa.func.min(turns.c.started_at), sa.func.max(turns.c.started_at)
    query = sa.select(turns.c.thread, began, last).group_by(turns.c.thread)
    rows = []
    for name, begun_at, last_at in con.execute(query):
        parts = name.split(":", _PARTS - 1)
        if len(parts) == _PARTS:
            rows.append(
                {
                    "name": name, "owner": ":".join(parts[:-1]), "thread": parts[-1], "title": "",
                    "begun_at": begun_at, "last_at": last_at,
                }
            )  # fmt: skip
    threads = sa.table(
        "threads", sa.column("name"), sa.column("owner"), sa.column("thread"), sa.column("title"),
        sa.column("begun_at", sa.DateTime), sa.column("last_at", sa.DateTime),
    )  # fmt: skip
    if rows:
        con.execute(sa.insert(threads), rows)
