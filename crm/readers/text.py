"""A text becomes a table of its rows: DuckDB reads what is regular, and what it read is counted.

What is not regular (blank lines, rows of another width, odd quotes) is read row by row.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import duckdb

from crm.errors import InputError
from crm.mapping import Source
from crm.readers.delimiter import find_delimiter
from crm.readers.encoding import as_utf8
from crm.readers.loaded import Loaded, Ragged
from crm.readers.marks import Marks, agrees, count_marks, lines
from crm.readers.staging import BLANKS, Reading, Row, check_columns, stage
from crm.values import name, quote

_SHOWN = 200


class Text:
    """A text file, its encoding and its delimiter known; `folder` is where a copy may be made."""

    def __init__(self, path: Path, source: Source, copy: Path) -> None:
        if source.header_rows not in (None, 1):
            raise InputError(
                f"{source.file}: `header_rows` is for workbooks.",
                "Say `header_row`, and the names as `header`.",
            )
        self.file = source.file
        self.path, self.encoding = as_utf8(path, source.file, source.encoding, copy)
        self._passed = source.header_row - 1 if source.header_row else 0
        self.delimiter = source.delimiter or find_delimiter(self.path, source.file, self._passed)
        self._given = source.header
        self._headed = source.header is None or source.header_row is not None
        self.header_row: int | None = None
        self._header: list[str] = []
        if self._headed:
            self.header_row, self._header = self._found()
        self.columns = tuple(self._given or (cell.strip(BLANKS) for cell in self._header))
        check_columns(self.file, self.columns, self.header_row or 1)

    def load(self, con: duckdb.DuckDBPyConnection, alias: str) -> Loaded:
        """Make the table `alias` of it. Raises InputError for what is no text or has odd quotes."""
        marks = count_marks(self.path, self.file, self.delimiter)
        plain = self.header_row in (None, 1)
        if plain and marks.uniform and self._fast(con, alias, marks):
            counted = con.execute(f"SELECT count(*) FROM {name(alias)}").fetchone()
            return self.reading().loaded(int(counted[0]) if counted else 0, [])
        return stage(con, alias, self.reading())

    def reading(self) -> Reading:
        """Its rows, one by one."""
        return Reading(
            self.file,
            self.columns,
            self._rows(),
            encoding=self.encoding,
            delimiter=self.delimiter,
            header_row=self.header_row,
        )

    def _found(self) -> tuple[int, list[str]]:
        """The row in which the header is, and its cells: the first that is no blank line."""
        for number, row in islice(self._numbered(), self._passed, None):
            if len(row) > 1 or not _is_blank(row) or self._passed:
                return number, row
        return self._passed + 1, []

    def _rows(self) -> Iterator[Row | Ragged]:
        before = self.header_row or 0
        width = len(self.columns)
        for number, row in self._numbered():
            if number <= before or _is_blank(row):
                continue
            if len(row) == width:
                yield number, row
            else:
                yield Ragged(number, self.delimiter.join(row)[:_SHOWN])

    def _numbered(self) -> Iterator[tuple[int, list[str]]]:
        number = 0
        try:
            reader = csv.reader(lines(self.path), delimiter=self.delimiter, strict=True)
            for number, row in enumerate(reader, start=1):
                yield number, row
        except csv.Error as error:
            raise InputError(
                f"{self.file} cannot be read after row {number}: {_words(error)}.",
                f"Mend the quotes of row {number + 1}.",
            ) from error

    def _fast(self, con: duckdb.DuckDBPyConnection, alias: str, marks: Marks) -> bool:
        """Whether DuckDB could read the file, and read all of it.

        Its rows stand in a table of their own, in whose order they are numbered.
        """
        skip = 1 if self._headed else 0  # in rows: a header cell may hold a line break
        held = f"_read {alias}"
        columns = ", ".join(f"{quote(column)}: 'VARCHAR'" for column in self.columns)
        try:
            con.execute(
                f"CREATE TABLE {name(held)} AS FROM "
                f"read_csv({quote(str(self.path))}, auto_detect=false, header=false, "
                f"skip={skip}, delim={quote(self.delimiter)}, quote='\"', escape='\"', "
                f"strict_mode=true, null_padding=false, columns={{{columns}}})"
            )
        except duckdb.Error:
            return False
        if not agrees(con, held, marks, self.delimiter, self.columns, self._header):
            con.execute(f"DROP TABLE {name(held)}")
            return False
        blank = " AND ".join(
            f"regexp_full_match(coalesce({name(column)}, ''), {quote(f'[{BLANKS}]*')})"
            for column in self.columns
        )
        rows = f"FROM {name(held)}"
        if con.execute(f"SELECT 1 {rows} WHERE {blank} LIMIT 1").fetchone():
            rows += f" WHERE NOT ({blank})"
        con.execute(f"CREATE VIEW {name(alias)} AS SELECT rowid + {skip + 1} AS _row, * {rows}")
        return True


def _is_blank(row: list[str]) -> bool:
    return not "".join(row).strip(BLANKS)


def _words(error: csv.Error) -> str:
    return "a quote is never closed" if "unexpected end" in str(error) else str(error)
