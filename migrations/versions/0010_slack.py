"""Whatever Slack sends, what was delivered to it, and where the app is installed."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    pass
