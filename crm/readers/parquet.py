"""A Parquet file keeps its types; what DuckDB reads of it is never held in memory whole."""

from __future__ import annotations

from pathlib import Path

import duckdb

from crm.errors import InputError
from crm.readers.loaded import Loaded
from crm.values import name, quote


def load_parquet(con: duckdb.DuckDBPyConnection, alias: str, path: Path) -> Loaded:
    """Make the table `alias` of a Parquet file; `_row` counts from 1, as it has no header."""
    try:
        con.execute(
            f"CREATE TABLE {name(alias)} AS "
            f"SELECT row_number() OVER () AS _row, * FROM read_parquet({quote(str(path))})"
        )
    except duckdb.Error as error:
        raise InputError(
            f"{path.name} is not a Parquet file that can be read.", "Export it again."
        ) from error
    counted = con.execute(f"SELECT count(*) FROM {name(alias)}").fetchone()
    return Loaded(int(counted[0]) if counted else 0)
