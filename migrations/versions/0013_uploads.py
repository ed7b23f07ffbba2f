"""The threads of people, and imports that came through a door."""

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    pass
