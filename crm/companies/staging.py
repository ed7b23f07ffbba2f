"""What an import has staged: the canonical tables that stand, and names under their match keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from crm.companies.key import match_key
from crm.schema import Table, tables
from crm.values import name


def staged_tables(con: duckdb.DuckDBPyConnection) -> dict[str, Table]:
    """The tables of the schema `canonical`, in the order they are declared."""
    rows = con.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'canonical'"
    ).fetchall()
    standing = {table for (table,) in rows}
    return {n: table for n, table in tables().items() if n in standing}


def of(table: Table) -> str:
    """A staged table as it is named in SQL."""
    return f"canonical.{name(table.name)}"


@contextmanager
def match_key_in_sql(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """While it lasts, `match_key(text)` may be used in SQL on this connection."""
    con.complete()  # a result that nobody has read to its end allows no new function
    con.create_function("match_key", match_key, ["VARCHAR"], "VARCHAR")
    try:
        yield
    finally:
        con.complete()
        con.remove_function("match_key")
