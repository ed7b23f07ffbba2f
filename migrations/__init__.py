"""The schema of the workspace database, step by step; an old workspace opens in a new version."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

HEAD = "0006"
"""The newest revision; a test holds it against the files in versions/."""


def upgrade(engine: sa.Engine) -> None:
    """Bring a database to the newest schema; at once when it is there already."""
    if _revision(engine) == HEAD:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        revision = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return None if revision is None else str(revision)
