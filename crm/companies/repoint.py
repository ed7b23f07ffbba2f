"""References follow an account that became part of another; no key stands twice because of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from crm.companies.staging import of, staged_tables
from crm.schema import Column, Table
from crm.values import name

Value = str | int | Decimal | date | None


@dataclass(frozen=True)
class Difference:
    """A value that is given up, and the one that is kept in its place."""

    column: str
    kept: Value
    given_up: Value


@dataclass(frozen=True)
class Collision:
    """A row that is given up: with its account gone into another, its key would stand twice.

    `key` is the key of the row that is kept. A row that says the same as that one is no collision.
    """

    table: str
    key: tuple[Value, ...]
    from_id: str
    differing: tuple[Difference, ...]


def repoint(con: duckdb.DuckDBPyConnection, into: Mapping[str, str]) -> tuple[Collision, ...]:
    """Let every staged reference to an account lead to the one that it became part of.

    Where a key would stand twice the row stays that belonged to the account that stays, else the
    earliest; the other goes, and is a collision unless it says the same.
    """
    if not into:
        return ()
    con.execute(
        "CREATE OR REPLACE TEMP TABLE _into AS "
        "SELECT unnest(?::VARCHAR[]) AS old, unnest(?::VARCHAR[]) AS new",
        [list(into), list(into.values())],
    )
    collisions: list[Collision] = []
    for table in staged_tables(con).values():
        columns = [column for column in table.references if column.ref == "accounts"]
        for column in columns:
            if column.name in table.key:
                collisions += _collisions(con, table, column)
            con.execute(
                f"UPDATE {of(table)} SET {name(column.name)} = _into.new FROM _into "
                f"WHERE {name(column.name)} = _into.old"
            )
    con.execute("DROP TABLE _into")
    return tuple(collisions)


def _collisions(con: duckdb.DuckDBPyConnection, table: Table, column: Column) -> list[Collision]:
    """Take out the rows whose key will stand twice; those of them that say something else."""
    account = name(column.name)
    keys = ", ".join("_new" if c == column.name else name(c) for c in table.key)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE _meeting AS SELECT _place, _first, _new FROM (SELECT *, "
        f"first_value(_place) OVER (PARTITION BY {keys} ORDER BY _moved, _place) AS _first, "
        f"bool_or(_moved) OVER (PARTITION BY {keys}) AS _touched FROM (SELECT t.*, "
        f"t.rowid AS _place, coalesce(_into.new, t.{account}) AS _new, "
        f"_into.old IS NOT NULL AS _moved "
        f"FROM {of(table)} t LEFT JOIN _into ON t.{account} = _into.old)) "
        "WHERE _touched AND _place <> _first"
    )
    given_up, kept = (", ".join(f"{side}.{name(c)}" for c in table.names) for side in ("t", "kept"))
    rows = con.execute(
        f"SELECT _new, {given_up}, {kept} FROM _meeting JOIN {of(table)} t ON t.rowid = _place "
        f"JOIN {of(table)} kept ON kept.rowid = _first ORDER BY _place"
    ).fetchall()
    con.execute(f"DELETE FROM {of(table)} WHERE rowid IN (SELECT _place FROM _meeting)")
    con.execute("DROP TABLE _meeting")
    found = (_collision(table, column, *row) for row in rows)
    return [collision for collision in found if collision.differing]


def _collision(table: Table, column: Column, account: str, *cells: Value) -> Collision:
    width = len(table.columns)
    given_up = dict(zip(table.names, cells[:width], strict=True))
    kept = dict(zip(table.names, cells[width:], strict=True))
    return Collision(
        table.name,
        tuple(account if c == column.name else kept[c] for c in table.key),
        str(given_up[column.name]),
        tuple(
            Difference(c, kept[c], given_up[c])
            for c in table.names
            if c not in table.key and kept[c] != given_up[c]
        ),
    )
