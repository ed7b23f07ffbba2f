"""When people want to hear from us, and what they were sent."""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    pass
