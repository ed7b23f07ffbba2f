"""Whatever Slack sends, what was delivered to it, and where the app is installed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column(
        "slack_inbox", sa.Column("kind", sa.String(20), nullable=False, server_default="message")
    )
    op.add_column("slack_inbox", sa.Column("name", sa.Text, nullable=False, server_default=""))
    op.add_column("slack_inbox", sa.Column("payload", sa.Text, nullable=False, server_default="{}"))
    op.add_column(
        "slack_inbox", sa.Column("failures", sa.Integer, nullable=False, server_default="0")
    )
    op.add_column("slack_inbox", sa.Column("stream_ts", sa.Text))
    op.create_table(
        "slack_outbox",
        sa.Column("item", sa.Integer, sa.ForeignKey("slack_inbox.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("begun_at", sa.DateTime),
        sa.Column("done_at", sa.DateTime),
        sa.Column("ts", sa.Text),
    )
    op.create_table(
        "slack_installations",
        sa.Column("enterprise", sa.Text, primary_key=True),
        sa.Column("team", sa.Text, primary_key=True),
        sa.Column("app", sa.Text, nullable=False),
        sa.Column("bot_user", sa.Text, nullable=False),
        sa.Column("bot_token", sa.LargeBinary, nullable=False),
        sa.Column("refresh_token", sa.LargeBinary),
        sa.Column("expires_at", sa.DateTime),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("installed_by", sa.Text, nullable=False),
        sa.Column("installed_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "slack_states",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("expires_at", sa.DateTime, nullable=False),
    )
