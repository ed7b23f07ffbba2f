"""When people want to hear from us, and what they were sent."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "notice_preferences",
        sa.Column("person", sa.String(80), primary_key=True),
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("value", sa.String(80), nullable=False),
        sa.Column("said_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("person", sa.String(80), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("key", sa.String(160), primary_key=True),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.DateTime, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("done_at", sa.DateTime, index=True),
        sa.Column("outcome", sa.String(20)),
        sa.Column("as_of", sa.Date),
    )
