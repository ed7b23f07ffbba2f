"""The calendars that people send."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("sent_at", sa.DateTime, nullable=False),
    )
