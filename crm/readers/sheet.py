"""A sheet is read row by row: what its cells show, and what is merged and hidden in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from time import thread_time

from crm.errors import InputError
from crm.readers.book import Book, Page, unescaped
from crm.readers.package import DamagedError, Package
from crm.readers.shown import iso, sections_of, shown
from crm.readers.staging import BLANKS
from crm.thresholds import Imports

_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_ROWS, _COLUMNS = 1_048_576, 16_384


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that holds something: what it shows, and whether it was entered as text.

    `lacking` is set for a formula that was never calculated: nobody knows what it shows.
    """

    text: str
    is_text: bool
    lacking: bool = False


SheetRow = tuple[int, dict[int, Cell]]
"""The number of a row, and its filled cells by the number of their column, both from 1."""


@dataclass(frozen=True, order=True)
class Range:
    """Cells that are one: first and last row, first and last column."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        return f"{place(self.top, self.left)}:{place(self.bottom, self.right)}"


def place(row: int, column: int) -> str:
    """The name of a cell: "B7"."""
    return f"{letters(column)}{row}"


def letters(column: int) -> str:
    """The name of a column: "B"."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


class Sheet:
    """One sheet of a workbook. What is merged and hidden is known before the rows are read."""

    def __init__(self, package: Package, book: Book, page: Page, limits: Imports) -> None:
        """Raises InputError for one that is too large, or takes this thread too long."""
        self.file = package.file
        self.page = page
        self._package = package
        self._book = book
        self._limits = limits
        self._until = thread_time() + limits.seconds_per_sheet
        self.money: dict[int, set[str]] = {}
        """Signs of currencies that the cells of a column show, of the rows read so far."""
        self.merged: list[Range] = []
        self.hidden_rows: list[int] = []
        self.hidden_columns: set[int] = set()
        outline = _Outline(self, limits.cells_per_sheet)
        for _ in package.parse(page.part, outline):
            self._check_time()
        self.merged.sort()

    def rows(self) -> Iterator[SheetRow]:
        """The rows that hold something, in their order."""
        cells = _Cells(self._book, self.money)
        for _ in self._package.parse(self.page.part, cells):
            self._check_time()
            yield from cells.taken()

    def too_many(self) -> InputError:
        return InputError(
            f"{self.file} has more than {self._limits.cells_per_sheet:,} cells on one sheet "
            f"(`{self.page.name}`).",
            "Export it as .csv, or raise `imports.cells_per_sheet` in settings.toml.",
        )

    def _check_time(self) -> None:
        if thread_time() > self._until:
            raise InputError(
                f"{self.file}: the sheet `{self.page.name}` took longer than "
                f"{self._limits.seconds_per_sheet} seconds.",
                "Export it as .csv, or raise `imports.seconds_per_sheet` in settings.toml.",
            )


class _Outline:
    """What there is to know before the cells are read; the cells are only counted."""

    def __init__(self, sheet: Sheet, most: int) -> None:
        self._sheet = sheet
        self._most = most
        self._counts = {"c": 0, "mergeCell": 0, "col": 0}
        self._inside = False
        self._row = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in self._counts:
            self._counts[tag] += 1
            if self._counts[tag] > self._most:
                raise self._sheet.too_many()
        if tag == "sheetData":
            self._inside = True
        elif tag == "row" and self._inside:
            self._row = _next(self._row, attributes.get("r"), _ROWS)
            if attributes.get("hidden") in ("1", "true"):
                self._sheet.hidden_rows.append(self._row)
        elif tag == "mergeCell":
            self._sheet.merged.append(_range(attributes.get("ref", "")))
        elif tag == "col" and attributes.get("hidden") in ("1", "true"):
            self._hide(int(attributes["min"]), int(attributes["max"]))

    def end(self, tag: str) -> None:
        self._inside = self._inside and tag != "sheetData"

    def text(self, data: str) -> None:
        """What cells hold is read later."""

    def _hide(self, first: int, last: int) -> None:
        if self._counts["col"] > _COLUMNS:
            raise DamagedError("col")
        if last < _COLUMNS:  # else it is all that lies to the right of the table
            self._sheet.hidden_columns.update(range(max(first, 1), last + 1))


class _Cells:
    """The cells, as they come."""

    def __init__(self, book: Book, money: dict[int, set[str]]) -> None:
        self._money = money
        self._strings = book.strings
        self._formats = book.formats
        self._from_1904 = book.from_1904
        self._done: list[SheetRow] = []
        self._inside = False
        self._row = self._column = 0
        self._here = ""
        self._cells: dict[int, Cell] = {}
        self._type = self._style = ""
        self._parts: list[str] | None = None
        self._formula = self._reading = self._phonetic = False

    def taken(self) -> list[SheetRow]:
        """The rows that have come since the last time."""
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._inside:
            self._inside = tag == "sheetData"
        elif tag == "c":
            self._column = self._column_of(attributes.get("r"))
            self._type = attributes.get("t", "n")
            self._style = attributes.get("s", "0")
            self._parts = None
            self._formula = False
        elif tag == "v" or (tag == "t" and not self._phonetic):
            self._parts = self._parts or []
            self._reading = True
        elif tag == "f":
            self._formula = True
        elif tag == "row":
            self._row = _next(self._row, attributes.get("r"), _ROWS)
            self._here = str(self._row)
            self._column = 0
            self._cells = {}
        elif tag == "rPh":
            self._phonetic = True

    def text(self, data: str) -> None:
        if self._reading and self._parts is not None:
            self._parts.append(data)

    def end(self, tag: str) -> None:
        if tag == "v" or tag == "t":
            self._reading = False
        elif tag == "c":
            if self._parts is not None or self._formula:
                self._keep("".join(self._parts or ()))
        elif tag == "row":
            if self._cells:
                self._done.append((self._row, self._cells))
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "sheetData":
            self._inside = False

    def _column_of(self, name: str | None) -> int:
        if name is None:
            return _next(self._column, None, _COLUMNS)
        word = name.rstrip("0123456789")
        column = _column(word)
        if name[len(word) :] != self._here or not self._column < column <= _COLUMNS:
            raise DamagedError(name)
        return column

    def _keep(self, raw: str) -> None:
        """Take in the cell that has ended. A text that a formula gives may be empty."""
        kind = self._type
        if self._formula and not raw and not (kind == "str" and self._parts is not None):
            self._cells[self._column] = Cell("", False, lacking=True)
            return
        is_text = kind in ("s", "str", "inlineStr")
        text = self._text(kind, raw)
        if text.strip(BLANKS):
            self._cells[self._column] = Cell(text, is_text)

    def _text(self, kind: str, raw: str) -> str:
        match kind:
            case "s":
                return self._strings[_index(raw, self._strings)]
            case "str" | "inlineStr":
                return unescaped(raw)
            case "b":
                return "TRUE" if raw == "1" else "FALSE"
            case "e":
                return raw
            case "d":
                return iso(raw)
        if not raw:
            return ""
        return self._number(raw)

    def _number(self, raw: str) -> str:
        if not self._formats:
            return shown(raw, "General", self._from_1904)
        code = self._formats[_index(self._style, self._formats)]
        if sign := sections_of(code)[0].money:
            self._money.setdefault(self._column, set()).add(sign)
        return shown(raw, code, self._from_1904)


def _index(raw: str, known: Sequence[str]) -> int:
    number = int(raw)
    if not 0 <= number < len(known):
        raise DamagedError(raw)
    return number


def _next(last: int, given: str | None, most: int) -> int:
    """The number of a row or column: as given, or the one after the last; they only grow."""
    number = last + 1 if given is None else int(given)
    if not last < number <= most:
        raise DamagedError(str(given))
    return number


def _position(name: str) -> tuple[int, int]:
    """Row and column of "B7"."""
    found = _CELL.fullmatch(name)
    if found is None:
        raise DamagedError(name)
    return int(found[2]), _column(found[1])


@cache
def _column(word: str) -> int:
    """The number of the column "B"; 0 for what is none."""
    column = 0
    for letter in word[:4]:
        if not "A" <= letter <= "Z":
            return 0
        column = column * 26 + ord(letter) - ord("A") + 1
    return column


def _range(name: str) -> Range:
    """The cells of "A1:C2"."""
    first, _, last = name.partition(":")
    (top, left), (bottom, right) = _position(first), _position(last or first)
    if top > bottom or left > right or bottom > _ROWS or right > _COLUMNS:
        raise DamagedError(name)
    return Range(top, left, bottom, right)
