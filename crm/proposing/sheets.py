"""A file, a sheet or a table that is looked at: its headings, and what stands below them.

Its first rows tell what it is. What has to be true of every row is asked of the whole of it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path, PurePosixPath

import duckdb

from crm.errors import InputError
from crm.mapping import Source
from crm.proposing.headings import plain
from crm.proposing.synonyms import synonyms, tables_called
from crm.proposing.values import LONGEST, Values
from crm.readers import Database, Peeked, load
from crm.readers.delimiter import BY_ENDING
from crm.readers.peeking import SAMPLE_ROWS
from crm.values import name, trimmed

LISTED = 200_000
"""Different texts of a column that are listed at the most."""
_TABLE = "whole"

Opened = Callable[["Sheet", ExitStack], duckdb.DuckDBPyConnection | None]
"""Loads all rows of a sheet as the table `whole`; None where they cannot be read."""


class Sheet:
    """One thing that may hold a table: of a folder, or of a database (`in_database`)."""

    def __init__(self, peeked: Peeked, *, in_database: bool = False) -> None:
        self.peeked, self.in_database = peeked, in_database
        self._whole: duckdb.DuckDBPyConnection | None = None
        self._values: dict[str, Values] = {}

    @cached_property
    def headings(self) -> tuple[str, ...]:
        return self.peeked.columns

    @property
    def label(self) -> str:
        """How a person calls it: the file, and its sheet."""
        sheet = self.peeked.sheet
        return f"{self.peeked.file} [{sheet}]" if sheet else self.peeked.file

    @cached_property
    def called(self) -> dict[str, float]:
        """The tables that its name speaks of, with how sure from 0 to 1."""
        name = self.peeked.file
        stem = name.rpartition(".")[2] if self.in_database else PurePosixPath(name).stem
        found = dict(tables_called(self.peeked.sheet)) if self.peeked.sheet else {}
        for table, sure in tables_called(stem).items():
            found[table] = max(found.get(table, 0.0), sure * (0.85 if self.peeked.sheet else 1.0))
        return found

    @cached_property
    def first_row(self) -> str | None:
        """The heading that marks with * the first row of a record, where one takes several."""
        known = {plain(text) for text in synonyms().headings.first_row}
        return next((heading for heading in self.headings if plain(heading) in known), None)

    @property
    def is_whole(self) -> bool:
        """Whether the rows looked at are all there are."""
        unread = sum(int(note.value) for note in self.peeked.notes if note.code == "unread_rows")
        return len(self.peeked.rows_sampled) + unread < SAMPLE_ROWS

    @property
    def source(self) -> Source:
        """What a mapping says of it so that it is read as it was looked at.

        Not its encoding: that is told by each file, and the next export may have another.
        """
        if self.in_database:
            return Source(table=self.peeked.file)
        usual = BY_ENDING.get(PurePosixPath(self.peeked.file).suffix.lower())
        said = {
            "file": self.peeked.file,
            "sheet": self.peeked.sheet,
            "delimiter": None if self.peeked.delimiter == usual else self.peeked.delimiter,
            "header_row": self.peeked.header_row,
            "header_rows": self.peeked.header_rows,
        }
        return Source.model_validate({k: v for k, v in said.items() if v not in (None, 1)})

    def values(self, heading: str) -> Values:
        """What stands under a heading: in all rows where they were read, else in the first ones.

        Of a record that takes several rows, the first one counts.
        """
        if heading not in self._values:
            self._values[heading] = (
                _asked(self._whole, heading, self.first_row)
                if self._whole
                else self._sampled(heading)
            )
        return self._values[heading]

    def _sampled(self, heading: str) -> Values:
        place = self._places[heading]
        rows = self.peeked.rows_sampled
        if self.first_row and heading != self.first_row:
            mark = self._places[self.first_row]
            rows = tuple(row for row in rows if row[mark] == "*")
        return Values.of((row[place] for row in rows), complete=self.is_whole)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {heading: place for place, heading in enumerate(self.headings)}

    def read_whole(self, opened: Opened, stack: ExitStack) -> None:
        """From now on speak of all rows; of the first ones where the rest cannot be read."""
        if not self.is_whole and self._whole is None:
            self._whole = opened(self, stack)
            self._values.clear()


def opener(folder: Path, database: Database | None = None) -> Opened:
    """Opens the whole of a file in a folder, or of a table in a database."""

    def opened(sheet: Sheet, stack: ExitStack) -> duckdb.DuckDBPyConnection | None:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tagayasu-map-")))
        con = duckdb.connect(str(scratch / "whole.duckdb"), config={"memory_limit": "512MB"})
        stack.callback(con.close)
        try:
            load(con, _TABLE, folder, sheet.source, scratch, database=database)
        except InputError:
            return None
        return con

    return opened


def _asked(con: duckdb.DuckDBPyConnection, heading: str, first_row: str | None) -> Values:
    text = trimmed(f"left(CAST({name(heading)} AS VARCHAR), {LONGEST})")
    rows_of = f"{_TABLE} WHERE {name(first_row)} = '*'" if first_row else _TABLE
    rows, filled, different = con.execute(
        f"SELECT count(*), count(t), count(DISTINCT t) FROM (SELECT {text} AS t FROM {rows_of})"
    ).fetchone() or (0, 0, 0)
    listed = con.execute(
        f"SELECT t, count(*) FROM (SELECT {text} AS t, _row FROM {rows_of}) WHERE t IS NOT NULL "
        f"GROUP BY t ORDER BY min(_row), t LIMIT {LISTED}"
    ).fetchall()
    return Values(dict(listed), rows, filled, different, len(listed) == different)
