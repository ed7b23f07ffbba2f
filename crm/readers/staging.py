"""Rows go into their table in batches: a file is never held in memory whole."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from crm.errors import InputError
from crm.readers.loaded import Loaded, Note, Ragged
from crm.values import name

BLANKS = " \t\r\n\u3000\u00a0"
"""What `crm.values.trimmed` takes for nothing."""
_BATCH_ROWS = 50_000
_BATCH_CHARACTERS = 1 << 24
_TOLERATED = 1_000
_MOST_COLUMNS = 16_384
_SURE = 100_000

Row = tuple[int, Sequence[str | None]]
"""The number of a row as a person counts it, and its cells."""


@dataclass
class Reading:
    """A source that was opened: its columns, and its rows as they come, each read once.

    A row has as many cells as there are columns. `notes` is whole when the rows have been read.
    """

    file: str
    columns: tuple[str, ...]
    rows: Iterator[Row | Ragged]
    notes: list[Note] = field(default_factory=list)
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    header_rows: int = 1

    def close(self) -> None:
        """Read no further; the notes are whole then."""
        if isinstance(self.rows, Generator):
            self.rows.close()

    def loaded(self, rows: int, ragged: list[Ragged]) -> Loaded:
        """What became of it."""
        return Loaded(
            rows,
            ragged,
            tuple(self.notes),
            self.encoding,
            self.delimiter,
            self.sheet,
            self.header_row,
        )


def check_columns(file: str, columns: Sequence[str], row: int = 1) -> None:
    """Refuse a header in which a column has no name, or the name of another."""
    if not columns or any(not column.strip(BLANKS) for column in columns):
        raise InputError(
            f"{file}: row {row} is not a full header (a cell is empty).",
            "Give every column a name, say in which row the header is (`header_row`), or list the "
            "names as `header` in the mapping.",
        )
    if len(columns) > _MOST_COLUMNS:
        raise InputError(
            f"{file} has more than {_MOST_COLUMNS:,} columns.", "Export fewer of them."
        )
    seen: set[str] = set()
    for column in columns:
        if column.lower() in seen or column.lower() == "_row":
            raise InputError(
                f"{file}: the column name `{column}` cannot be used twice or is reserved.",
                "Rename it in the file.",
            )
        seen.add(column.lower())


def stage(con: duckdb.DuckDBPyConnection, alias: str, reading: Reading) -> Loaded:
    """Make the table `alias` of a reading: its columns as text, empty cells as NULL, and `_row`."""
    columns = ", ".join(f"{name(column)} VARCHAR" for column in reading.columns)
    con.execute(f"CREATE TABLE {name(alias)} (_row BIGINT, {columns})")
    batch = _Batch(len(reading.columns))
    ragged: list[Ragged] = []
    rows = 0
    for row in reading.rows:
        if isinstance(row, Ragged):
            ragged.append(row)
            if len(ragged) % _SURE == 0:
                refuse_mostly_ragged(reading.file, rows, ragged)
            continue
        rows += 1
        if batch.add(row):
            _insert(con, alias, batch.taken())
    _insert(con, alias, batch.taken())
    refuse_mostly_ragged(reading.file, rows, ragged)
    return reading.loaded(rows, ragged)


def refuse_mostly_ragged(file: str, rows: int, ragged: Sequence[Ragged]) -> None:
    """Refuse a file of which most rows could not be read: they are not what is wrong."""
    if len(ragged) > _TOLERATED and len(ragged) > rows:
        raise InputError(
            f"{file}: {len(ragged):,} of {len(ragged) + rows:,} rows cannot be read, the first of "
            f"them row {ragged[0].row}.",
            "Check `delimiter`, `encoding` and `header_row` in the mapping, and the file's ending.",
        )


class _Batch:
    """Rows on their way, by column."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: list[Row] = []
        self._characters = 0

    def add(self, row: Row) -> bool:
        """Take a row in; whether the batch is full."""
        self._rows.append(row)
        self._characters += sum(map(len, filter(None, row[1])))
        return len(self._rows) >= _BATCH_ROWS or self._characters >= _BATCH_CHARACTERS

    def taken(self) -> list[pa.Array]:
        """The columns of the batch, which is empty then."""
        numbers = pa.array([number for number, _ in self._rows], pa.int64())
        cells = zip(*(cells for _, cells in self._rows), strict=True)
        columns = [pa.array([cell or None for cell in column], pa.string()) for column in cells]
        empty = [pa.array([], pa.string())] * self._width
        self._rows, self._characters = [], 0
        return [numbers, *(columns or empty)]


def _insert(con: duckdb.DuckDBPyConnection, alias: str, columns: list[pa.Array]) -> None:
    if not len(columns[0]):
        return
    batch = pa.table(columns, names=[str(place) for place in range(len(columns))])
    con.register("_batch", batch)
    con.execute(f"INSERT INTO {name(alias)} SELECT * FROM _batch")
    con.unregister("_batch")
