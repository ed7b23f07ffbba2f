"""The audit log, which only grows, and what people thought of an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_SQLITE = """CREATE TRIGGER audit_{what}_refused BEFORE {what} ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END"""
_FUNCTION = """CREATE FUNCTION audit_refused() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log only grows'; END $$"""
_POSTGRES = """CREATE TRIGGER audit_{what}_refused BEFORE {what} ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_refused()"""


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("person", sa.Text, nullable=False, index=True),
        sa.Column("door", sa.String(20), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("before", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "audit_details",
        sa.Column("seq", sa.Integer, sa.ForeignKey("audit.seq"), primary_key=True),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "feedback",
        sa.Column("answer", sa.String(32), primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("useful", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("said_at", sa.DateTime, nullable=False),
    )
    postgres = op.get_bind().dialect.name == "postgresql"
    if postgres:
        op.execute(_FUNCTION)
    for what in ("UPDATE", "DELETE"):
        op.execute((_POSTGRES if postgres else _SQLITE).format(what=what))
