"""What a key may do and until when, and requests that are answered once."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    # What a key could do before, it still can: read and write, without an end.
    for column in (
        sa.Column("name", sa.Text, nullable=False, server_default=""),
        sa.Column("scopes", sa.Text, nullable=False, server_default="read write"),
        sa.Column("created_by", sa.Text, nullable=False, server_default=""),
        sa.Column("expires_at", sa.DateTime),
        sa.Column("last_used_at", sa.DateTime),
    ):
        op.add_column("api_keys", column)
    op.create_table(
        "idempotent_requests",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("begun_at", sa.DateTime, nullable=False, index=True),
        sa.Column("status", sa.Integer),
        sa.Column("headers", sa.Text),
        sa.Column("body", sa.LargeBinary),
    )
