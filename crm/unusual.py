"""Texts that have no plain form are read once each, in Python, however many rows hold them."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pyarrow as pa

from crm.refused import Refused
from crm.values import name

_BATCH = 50_000
Reader = Callable[[str], str]
"""The canonical text of a value; raises Refused with a reason code."""

_SCHEMA = pa.schema([("text", pa.string()), ("value", pa.string()), ("fault", pa.string())])


def read_unusual(con: duckdb.DuckDBPyConnection, target: str, query: str, read: Reader) -> None:
    """Make the table `target` (text, value, fault) of the texts that `query` selects.

    Each of them is read to a value or refused with a reason code.
    """
    con.execute(f"CREATE TABLE {name(target)} (text VARCHAR, value VARCHAR, fault VARCHAR)")
    texts = con.cursor().execute(query)
    while batch := texts.fetchmany(_BATCH):
        rows = pa.Table.from_pylist([_read(text, read) for (text,) in batch], schema=_SCHEMA)
        con.register("_incoming", rows)
        con.execute(f"INSERT INTO {name(target)} SELECT * FROM _incoming")
        con.unregister("_incoming")


def _read(text: str, read: Reader) -> dict[str, str | None]:
    try:
        return {"text": text, "value": read(text), "fault": None}
    except Refused as refused:
        return {"text": text, "value": None, "fault": refused.reason}
