"""Every text of the workspace database is gone through, of whatever table, also one made later.

A text is cleaned; a conversation whose steps name the person goes whole; the details of an entry of
the audit log go, and its chain stays whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from assistant.forgetting.binary import readable
from crm.database import alone
from crm.forgetting.spellings import Spellings
from plans.model import Plan

_LOCK = 7_406_013
_AT_ONCE = 500
THREADS = ("checkpoints", "checkpoint_blobs", "checkpoint_writes", "writes")
"""Where LangGraph keeps the steps of a conversation, in SQLite and in PostgreSQL."""
_ONLY_GROWS = frozenset({"audit", "audit_details"})
_NO_WORDS = frozenset(
    {"alembic_version", "checkpoint_migrations", "forgotten", "forgotten_key", "vectors"}
)
_ABOUT = (
    ("account", None),
    ("account_id", None),
    ("plan_id", "plans"),
    ("document_id", "documents"),
)
"""Columns that say of which account a row is, or the table that knows."""


@dataclass(frozen=True)
class Database:
    """A database's tables as they are now, and which of its rows are about the person's account."""

    engine: sa.Engine
    spellings: Spellings
    tables: Mapping[str, sa.Table]
    near: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @staticmethod
    def of(engine: sa.Engine, spellings: Spellings) -> Database:
        found = sa.MetaData()
        found.reflect(engine)
        near = {}
        account = spellings.contact.account_id
        for table, key, owner in (
            ("plans", "plan_id", "account_id"),
            ("documents", "id", "account"),
        ):
            if (of := found.tables.get(table)) is not None:
                with engine.connect() as con:
                    query = sa.select(of.c[key]).where(of.c[owner] == account)
                    near[table] = frozenset(con.scalars(query))
        return Database(engine, spellings, found.tables, near)

    def is_near(self, table: sa.Table, row: sa.RowMapping) -> bool:
        """Whether a row is about the person's account, by its columns or by its words."""
        for column, owner in _ABOUT:
            if column in table.c and row[column] is not None:
                if owner is None:
                    return bool(row[column] == self.spellings.contact.account_id)
                if row[column] in self.near.get(owner, frozenset()):
                    return True
        return any(self.spellings.is_near(text) for text in _words(table, row).values())

    def holding(self, table: sa.Table) -> Iterator[sa.RowMapping]:
        """The rows of a table in which the person is still written."""
        query = sa.select(table).execution_options(yield_per=_AT_ONCE)
        with self.engine.connect() as con:
            for row in con.execute(query).mappings():
                near = self.is_near(table, row)
                words = _words(table, row).values()
                if any(self.spellings.holds(text, near=near) for text in words):
                    yield row


def count(database: Database, only: frozenset[str] = frozenset()) -> dict[str, int]:
    """How many rows of each table name the person; of conversations, how many of these."""
    found: dict[str, int] = {}
    for table in _worded(database):
        asked = table.name in only if only else table.name not in THREADS
        if asked and (rows := sum(1 for _row in database.holding(table))):
            found[table.name] = rows
    if not only and (threads := _threads(database)):
        found["conversations"] = len(threads)
    return found


def clean(database: Database) -> dict[str, int]:
    """Take the person out of every table; the rows of each that were changed, or removed."""
    done: dict[str, int] = {}
    for table in _worded(database):
        if table.name in THREADS or table.name == "audit":
            continue
        held = list(database.holding(table))
        if held:
            done[table.name] = _cleaned(database, table, held)
    if threads := _threads(database):
        done["conversations"] = _remove(database, threads)
    return done


def vacuum(engine: sa.Engine) -> None:
    """Give back the room of what was removed: until then the disk still holds it."""
    if engine.dialect.name == "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as con:
            con.exec_driver_sql("VACUUM")
            con.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    found = sa.MetaData()
    found.reflect(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as con:
        con.exec_driver_sql("SET lock_timeout = '10s'")
        for table in found.sorted_tables:
            con.exec_driver_sql(f'VACUUM (FULL) "{table.name}"')
        con.exec_driver_sql("RESET lock_timeout")


def _worded(database: Database) -> Iterator[sa.Table]:
    for name, table in sorted(database.tables.items()):
        if name not in _NO_WORDS:
            yield table


def _words(table: sa.Table, row: sa.RowMapping) -> dict[str, str]:
    """The texts of a row by column; what is JSON or bytes as text."""
    found = {}
    for column in table.c:
        value = row[column.name]
        if isinstance(value, str):
            found[column.name] = value
        elif isinstance(value, bytes | memoryview):
            found[column.name] = readable(bytes(value))
        elif isinstance(value, dict | list):
            found[column.name] = json.dumps(value, ensure_ascii=False)
    return found


def _cleaned(database: Database, table: sa.Table, held: list[sa.RowMapping]) -> int:
    with database.engine.begin() as con:
        alone(con, _LOCK)
        for row in held:
            if table.name in _ONLY_GROWS:  # the chain proves the rest by the digest of what is gone
                con.execute(sa.delete(table).where(_is(table, row)))
                continue
            near = database.is_near(table, row)
            new = _without(database.spellings, table, row, near)
            if new is None:
                con.execute(sa.delete(table).where(_is(table, row)))
                continue
            _check(table, new)
            same = [table.c[c] == row[c] for c in new if isinstance(row[c], str | bytes)]
            con.execute(sa.update(table).where(_is(table, row), *same).values(**new))
    return len(held)


def _without(
    spellings: Spellings, table: sa.Table, row: sa.RowMapping, near: bool
) -> dict[str, Any] | None:
    """The values of a row that change; None where bytes hold the person and are no text."""
    new: dict[str, Any] = {}
    for column, text in _words(table, row).items():
        cleaned = spellings.without(text, near=near)
        if cleaned == text:
            continue
        match row[column]:
            case str():
                new[column] = cleaned
            case dict() | list():
                new[column] = json.loads(cleaned)
            case raw:
                if text.encode() != bytes(raw):
                    return None
                new[column] = cleaned.encode()
    return new


def _check(table: sa.Table, new: Mapping[str, Any]) -> None:
    """A plan stays a plan."""
    if table.name == "plan_versions" and "content" in new:
        Plan.model_validate_json(new["content"])


def _is(table: sa.Table, row: sa.RowMapping) -> sa.ColumnElement[bool]:
    keys = list(table.primary_key) or list(table.c)
    return sa.and_(*(table.c[k.name] == row[k.name] for k in keys))


def _threads(database: Database) -> frozenset[str]:
    """The conversations in whose steps the person is written."""
    found: set[str] = set()
    for name in THREADS:
        if (table := database.tables.get(name)) is not None:
            found |= {row["thread_id"] for row in database.holding(table)}
    return frozenset(found)


def _remove(database: Database, threads: frozenset[str]) -> int:
    with database.engine.begin() as con:
        alone(con, _LOCK)
        for name in THREADS:
            if (table := database.tables.get(name)) is not None:
                for thread in threads:
                    con.execute(sa.delete(table).where(table.c.thread_id == thread))
    return len(threads)
