"""A Parquet file keeps its types; it is read batch by batch, and never held in memory whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from crm.errors import InputError
from crm.readers.loaded import Loaded, Note
from crm.readers.staging import Reading, Row, check_columns
from crm.values import name, quote

_DIGITS = 38
_SAMPLED = 1_000


class Parquet:
    """A Parquet file whose columns can be rows of a table: no lists, no records, no pictures.

    A column of bytes is left out, and noted. A moment with a zone becomes text in UTC.
    """

    def __init__(self, path: Path, file: str) -> None:
        """Raises InputError naming the file, and the column that cannot be read."""
        self.file = file
        self._path = path
        try:
            schema = pq.read_schema(path)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise InputError(
                f"{file} is not a Parquet file that can be read.", "Export it again."
            ) from error
        self.notes: list[Note] = []
        self._shown: dict[str, str] = {}
        for field in schema:
            if _is_bytes(field.type):
                self.notes.append(Note("bytes_left_out", file, field.name))
            else:
                self._shown[field.name] = self._expression(field)
        check_columns(file, list(self._shown))

    def load(self, con: duckdb.DuckDBPyConnection, alias: str) -> Loaded:
        """Make the table `alias`; `_row` counts from 1, as there is no header."""
        rows = self._run(con, f"CREATE TABLE {name(alias)} AS {self._select()}").fetchone()
        return self.reading().loaded(int(rows[0]) if rows else 0, [])

    def reading(self) -> Reading:
        """Its rows as texts, one by one."""
        return Reading(self.file, tuple(self._shown), self._rows(), self.notes)

    def _rows(self) -> Iterator[Row]:
        with duckdb.connect() as con:
            texts = ", ".join(f"CAST({name(each)} AS VARCHAR)" for each in self._shown)
            found = self._run(con, f"SELECT _row, {texts} FROM ({self._select()})")
            while batch := found.fetchmany(_SAMPLED):
                for number, *cells in batch:
                    yield number, cells

    def _select(self) -> str:
        shown = ", ".join(f"{how} AS {name(column)}" for column, how in self._shown.items())
        file = quote(str(self._path))
        return (
            f"SELECT file_row_number + 1 AS _row, {shown} "
            f"FROM read_parquet({file}, file_row_number = true)"
        )

    def _run(self, con: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
        try:
            return con.execute(query)
        except duckdb.Error as error:
            raise InputError(
                f"{self.file} is not a Parquet file that can be read.", "Export it again."
            ) from error

    def _expression(self, field: pa.Field) -> str:
        kind = field.type
        if pa.types.is_nested(kind) or (pa.types.is_decimal(kind) and kind.precision > _DIGITS):
            what = "numbers of too many digits" if pa.types.is_decimal(kind) else "lists or records"
            raise InputError(
                f"{self.file}: the column `{field.name}` holds {what}.",
                "Export it as text, or leave it out.",
            )
        if pa.types.is_timestamp(kind) and kind.tz:
            unit = "_ns" if kind.unit == "ns" else ""
            since = f"epoch{unit or '_us'}({name(field.name)})"
            return f"replace(CAST(make_timestamp{unit}({since}) AS VARCHAR), ' ', 'T') || 'Z'"
        return name(field.name)


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )
