"""The workspace database is SQLite in the folder or PostgreSQL by its address, and behaves alike.

Times are kept in UTC without a zone; text is kept without NUL, which PostgreSQL does not take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from crm.errors import InputError, WorkspaceError

Place = Path | str
"""Where a database is: a file (SQLite), or the address of a PostgreSQL database."""

BUSY_SECONDS = 10
"""How long a connection, or the file while another process writes, is waited for."""


def open_database(place: Place) -> sa.Engine:
    """The workspace database; every commit is on the disk when it returns.

    Raises WorkspaceError when the address is none of PostgreSQL; nothing is connected yet.
    """
    return _postgres(place) if isinstance(place, str) else _sqlite(place)


def conninfo(url: str) -> str:
    """What psycopg connects with; WorkspaceError when the address cannot be read."""
    given = _parts(url)
    from psycopg.conninfo import make_conninfo

    return make_conninfo("", **{"connect_timeout": BUSY_SECONDS, **given})


def described(place: Place) -> str:
    """The database in words, without user or password."""
    if isinstance(place, Path):
        return f"SQLite in {place.name}"
    parts = _parts(place)
    at = parts.get("host") or "this machine"
    return f"PostgreSQL (database {parts.get('dbname') or 'of the user'} at {at})"


def unopened(place: Place) -> WorkspaceError:
    """What to say when the database cannot be opened."""
    if isinstance(place, Path):
        return WorkspaceError(
            f"The database {place} cannot be opened.",
            "Restore it from a backup, or move it away and add the documents again.",
        )
    return WorkspaceError(
        f"The workspace database cannot be opened: {described(place)}.",
        "Check that the server runs and that `database.url` in settings.toml or "
        "TAGAYASU_DATABASE_URL names a database in which its user may create tables; "
        "a password may come from PGPASSWORD or .pgpass.",
    )


def upsert(
    con: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    where: sa.ColumnElement[bool] | None = None,
) -> int:
    """Put each row in the place of the one with its primary key, if `where` holds for that.

    A row of a new key is always put; the answer is how many were.
    """
    insert = postgresql.insert if con.dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key]
    put = insert(table)
    values = {name: put.excluded[name] for name in rows[0] if name not in keys}
    put = put.on_conflict_do_update(index_elements=keys, set_=values, where=where)
    # Without the option only updates and deletions are counted for sure.
    return con.execute(put, list(rows), execution_options={"preserve_rowcount": True}).rowcount


def alone(con: sa.Connection, lock: int) -> None:
    """Be the only one with that lock to write until the transaction ends; others wait here.

    To be called before anything else of the transaction.
    """
    if con.dialect.name == "postgresql":
        con.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
    else:  # whose driver would begin a transaction only before rows are written
        con.exec_driver_sql("BEGIN IMMEDIATE")


def utc_now() -> datetime:
    """Now, as the database keeps it."""
    return utc(datetime.now(UTC))


def utc(moment: datetime) -> datetime:
    """A moment as the database keeps it; InputError when it has no time zone."""
    if moment.tzinfo is None:
        raise InputError(f"The time {moment} has no time zone.", "Give one, such as UTC.")
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(moment: datetime) -> datetime:
    """A moment as the database has kept it."""
    return moment.replace(tzinfo=UTC)


def clean(text: str) -> str:
    """Text as the database keeps it."""
    return text.replace("\x00", "")


def _sqlite(file: Path) -> sa.Engine:
    """A file with a write-ahead log."""
    engine = sa.create_engine(f"sqlite:///{file}", connect_args={"timeout": BUSY_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection, _record) -> None:  # type: ignore[no-untyped-def]
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine


def _postgres(url: str) -> sa.Engine:
    """A pool whose connections are tried before use: a server may have been started anew.

    The address goes to psycopg as it is, so that engine and conversations read it alike.
    """
    import psycopg

    given = conninfo(url)
    return sa.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(given), pool_pre_ping=True
    )


def _parts(url: str) -> dict[str, Any]:
    """The address taken apart."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        if not url.startswith(("postgresql://", "postgres://")):
            raise psycopg.ProgrammingError
        return conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Without the address: it may hold a password.
        raise WorkspaceError(
            "`database.url` in settings.toml, or TAGAYASU_DATABASE_URL, is no address of a "
            "PostgreSQL database.",
            "Write postgresql://user@host/database, or leave it empty (SQLite in the workspace).",
        ) from None
