"""Canonical tables of rows, staged as an import stages them, shut off from everything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from crm.schema import tables
from crm.values import name
from tests.companies import Rows


def staged(rows: Rows) -> duckdb.DuckDBPyConnection:
    """A connection in which these tables stand in the schema `canonical`, in the rows' order."""
    con = duckdb.connect()
    con.execute("CREATE SCHEMA canonical")
    for table, records in rows.items():
        con.execute(tables()[table].ddl().replace("CREATE TABLE ", "CREATE TABLE canonical.", 1))
        columns = list(dict.fromkeys(c for record in records for c in record))
        if records:
            con.execute(
                f"INSERT INTO canonical.{table} ({', '.join(map(name, columns))}) SELECT "
                + ", ".join("unnest(?::VARCHAR[])" for _ in columns),
                [[_text(record.get(c)) for record in records] for c in columns],
            )
    con.execute("SET enable_external_access = false; SET lock_configuration = true")
    return con


def all_of(con: duckdb.DuckDBPyConnection, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """The rows of a staged table, in their order."""
    shown: Sequence[str] = columns or tables()[table].names
    return con.execute(
        f"SELECT {', '.join(map(name, shown))} FROM canonical.{table} ORDER BY rowid"
    ).fetchall()


def numbered(body: int) -> str:
    """A corporate number of these twelve digits, by the weights from the left: 2, 1, 2, 1, ..."""
    digits = f"{body:012}"
    total = sum(int(d) * w for d, w in zip(digits, (2, 1) * 6, strict=True))
    return f"{9 - total % 9}{digits}"


def _text(value: object) -> str | None:
    return None if value is None else str(value)
