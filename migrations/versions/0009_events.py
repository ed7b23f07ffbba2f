"""The events of a turn, for a client that comes back."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "streamed_turns",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("heard_at", sa.DateTime, nullable=False),
        sa.Column("begun_at", sa.DateTime, nullable=False, index=True),
    )
    op.create_table(
        "streamed_events",
        sa.Column("turn", sa.String(32), sa.ForeignKey("streamed_turns.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
    )
