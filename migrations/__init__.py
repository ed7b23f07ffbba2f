"""The schema of the workspace database, step by step; an old workspace opens in a new version."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

HEAD = "0006"
"""The newest revision; a test holds it against the files in versions/."""


_LOCK = 7_406_001


def upgrade(engine: sa.Engine) -> None:
    """Bring a database to the newest schema; at once when it is there already.

    Processes that start together wait for each other; a step that fails leaves nothing behind.
    """
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.begin() as connection:
        _alone(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _alone(connection: sa.Connection) -> None:
    """Be the only one to change the schema until the transaction ends; others wait here."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    else:  # whose driver would begin a transaction only before rows are written
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return None if revision is None else str(revision)
