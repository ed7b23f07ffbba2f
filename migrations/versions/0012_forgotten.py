"""Whom we must not know any more: keyed digests, and the key."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "forgotten",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("length", sa.Integer, nullable=False),
        sa.Column("forgotten_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "forgotten_key",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", sa.String(64), nullable=False),
    )
