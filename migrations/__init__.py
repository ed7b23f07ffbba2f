"""The schema of the workspace database, step by step; an old workspace opens in a new version."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from crm.database import alone
from crm.errors import WorkspaceError

HEAD = "0015"
"""The newest revision; a test holds it against the files in versions/."""


_LOCK = 7_406_001


def upgrade(engine: sa.Engine) -> None:
    """Bring a database to the newest schema; at once when it is there already.

    Processes that start together wait for each other; a step that fails leaves nothing behind.
    Raises WorkspaceError for a schema that is newer than this version.
    """
    with engine.connect() as connection:
        found = _revision(connection)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise WorkspaceError(
            "A newer version of Tagayasu has used this workspace: this one cannot read it.",
            "Use that version, or restore the backup that was made before it.",
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.begin() as connection:
        alone(connection, _LOCK)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return None if revision is None else str(revision)
