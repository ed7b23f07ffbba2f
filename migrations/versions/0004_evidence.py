"""The facts that the last answer of a thread showed, so that their evidence can be asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("thread", sa.Text, primary_key=True),
        sa.Column("facts", sa.Text, nullable=False),
    )
