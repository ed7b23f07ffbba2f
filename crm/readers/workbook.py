"""A sheet becomes a table: its titles are passed over, what is merged belongs to each row.

Nothing of that is silent: it is noted, and where it would be a guess the file or row is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path

from crm.errors import InputError
from crm.mapping import Source
from crm.readers.book import Book, Page
from crm.readers.header import Grid, Header, find_header, said_header
from crm.readers.loaded import Note, Ragged
from crm.readers.package import Package, said_of
from crm.readers.sheet import Cell, Range, Sheet, SheetRow, letters, place
from crm.readers.staging import BLANKS, Reading, Row, check_columns
from crm.thresholds import Imports

_LOOKED_AT = 200
"""Rows in which a header is looked for."""
_SHOWN = 200
_NOTED = 20
_TOTAL = re.compile(r"(?:総?合計|小計|総計|計|(?:grand |sub-?)?total|sum)", re.IGNORECASE)
_UNIT = re.compile(r"単位|\bunit", re.IGNORECASE)


class Workbook:
    """An open workbook."""

    def __init__(self, package: Package, limits: Imports) -> None:
        self._package = package
        self._limits = limits
        self._book = Book(package, limits)

    @property
    def pages(self) -> list[Page]:
        """Its sheets of cells, in their order."""
        return self._book.pages

    def reading(self, source: Source) -> Reading:
        """A sheet, opened. Raises InputError when it is not there, too large, or unclear."""
        page = self._book.page(source.sheet)
        with said_of(source.file):
            sheet = Sheet(self._package, self._book, page, self._limits)
        rows = _said(source.file, sheet.rows())
        first = list(islice(rows, _LOOKED_AT))
        if not first:
            raise InputError(f"{source.file}: the sheet `{page.name}` is empty.", "Name another.")
        grid = Grid(first, sheet.merged)
        header = _header(source, grid)
        names = tuple(header.columns[each] for each in sorted(header.columns))
        check_columns(source.file, names, header.top)
        table = _Table(source.file, sheet, header)
        self._note(table, source, page)
        table.note_titles(grid)
        return Reading(
            source.file,
            names,
            table.rows(chain(first, rows)),
            table.notes,
            sheet=page.name,
            header_row=header.top or None,
            header_rows=max(header.bottom - header.top + 1, 1),
        )

    def _note(self, table: _Table, source: Source, page: Page) -> None:
        for each in self.pages:
            if not each.shown:
                table.note("hidden_sheet", each.name)
        if self._book.from_1904:
            table.note("from_1904", page.name)
        others = [each.name for each in self.pages if each.shown and each != page]
        if source.sheet is None and others:
            table.note("other_sheets", page.name, ", ".join(others))


@contextmanager
def opened(path: Path, file: str, limits: Imports) -> Iterator[Workbook]:
    """A workbook, closed afterwards. Raises InputError for what is none that can be read."""
    with Package(path, file, limits) as package:
        yield Workbook(package, limits)


def _header(source: Source, grid: Grid) -> Header:
    """The header as it was said, or as it is found; without one, columns count from the left."""
    if source.header and source.header_row is None:
        return Header(0, 0, dict(enumerate(source.header, start=1)))
    if source.header_row is None:
        if source.header_rows is None:
            return find_header(source.file, grid)
        return said_header(source.file, grid, min(grid.rows), source.header_rows)
    header = said_header(source.file, grid, source.header_row, source.header_rows)
    if source.header is None:
        return header
    if len(source.header) != len(header.columns):
        raise InputError(
            f"{source.file}: row {header.top} has {len(header.columns)} columns, and `header` "
            f"names {len(source.header)}.",
            "Name each of them.",
        )
    named = zip(sorted(header.columns), source.header, strict=True)
    return Header(header.top, header.bottom, dict(named))


def _said(file: str, rows: Iterator[SheetRow]) -> Iterator[SheetRow]:
    with said_of(file):
        yield from rows


class _Table:
    """The rows below a header, and what there is to note of them."""

    def __init__(self, file: str, sheet: Sheet, header: Header) -> None:
        self.notes: list[Note] = []
        self._file = file
        self._sheet = sheet
        self._header = header
        self._columns = sorted(header.columns)
        self._below = [each for each in sheet.merged if each.top > header.bottom]
        self._held: dict[int, tuple[Range, Cell]] = {}
        self._across: Range | None = None

    def note(self, code: str, place: str = "", value: str = "") -> None:
        self.notes.append(Note(code, self._file, place, value))

    def note_titles(self, grid: Grid) -> None:
        """What stands above the header is no part of the table."""
        for row, cells in grid.rows.items():
            if row < self._header.top:
                text = " ".join(cell.text.strip(BLANKS) for _, cell in sorted(cells.items()))
                self.note("unit" if _UNIT.search(text) else "title", str(row), text[:_SHOWN])

    def rows(self, rows: Iterable[SheetRow]) -> Iterator[Row | Ragged]:
        """The rows of the table; what was noticed is noted when they end."""
        last = totals = filled = 0
        first_merged = ""
        merged = iter(self._below)
        upcoming = next(merged, None)
        try:
            for number, cells in rows:
                if number <= self._header.bottom:
                    continue
                last = number
                while upcoming and upcoming.top <= number:
                    if upcoming.top == number and self._hold(upcoming, cells):
                        filled += 1
                        first_merged = first_merged or str(upcoming)
                    upcoming = next(merged, None)
                if totals < _NOTED and (total := _total(cells)):
                    totals += 1
                    self.note("total_row", str(number), total)
                yield self._row(number, cells)
        finally:
            if filled:
                self.note("merged_rows", first_merged, str(filled))
            self._note_hidden(last)
            for column, signs in sorted(self._sheet.money.items()):
                if column in self._header.columns:
                    self.note("currency", self._header.columns[column], ", ".join(sorted(signs)))

    def _hold(self, merged: Range, cells: dict[int, Cell]) -> bool:
        """Remember what belongs to the rows below as well; whether it does."""
        cell = cells.get(merged.left)
        inside = [each for each in self._columns if merged.left <= each <= merged.right]
        if len(inside) > 1 and any(each in cells for each in inside):
            self._across = merged
        elif cell and merged.bottom > merged.top and inside == [merged.left]:
            self._held[merged.left] = merged, cell
            return True
        return False

    def _row(self, number: int, cells: dict[int, Cell]) -> Row | Ragged:
        if self._across and number <= self._across.bottom:
            return Ragged(number, str(self._across), "merged")
        for column, (merged, cell) in list(self._held.items()):
            if number > merged.bottom:
                del self._held[column]
            elif number > merged.top:
                cells[column] = cell
        for column, cell in cells.items():
            if cell.lacking:
                return Ragged(number, place(number, column), "formula")
            if column not in self._header.columns:
                texts = [cells[each].text for each in sorted(cells)]
                return Ragged(number, ", ".join(texts)[:_SHOWN])
        return number, [cells[column].text if column in cells else None for column in self._columns]

    def _note_hidden(self, last: int) -> None:
        rows = [each for each in self._sheet.hidden_rows if self._header.bottom < each <= last]
        columns = [each for each in self._columns if each in self._sheet.hidden_columns]
        if rows:
            self.note("hidden_rows", _runs(rows)[:_SHOWN], str(len(rows)))
        if columns:
            names = ", ".join(self._header.columns[each] for each in columns)
            self.note("hidden_columns", ", ".join(map(letters, columns)), names[:_SHOWN])


def _total(cells: dict[int, Cell]) -> str:
    """The first text of a row, if it is a word for a total."""
    text = next((cells[each].text for each in sorted(cells) if cells[each].is_text), "")
    word = text.strip(BLANKS)
    return word if _TOTAL.fullmatch(re.sub(rf"(?<=[^ -~])[{BLANKS}]+", "", word)) else ""


def _runs(numbers: list[int]) -> str:
    """Numbers in words: "5-9, 12"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
