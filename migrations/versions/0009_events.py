"""The events of a turn, for a client that comes back."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    pass
