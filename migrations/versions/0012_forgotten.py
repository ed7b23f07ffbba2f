"""Whom we must not know any more."""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    pass
