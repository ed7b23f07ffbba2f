"""What a key may do and until when, and requests that are answered once."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    pass
