"""A workbook as bare values, within limits; a formula is the value that was saved with it."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from api.render.documents.cells import Cell
from crm.errors import InputError
from crm.readers import MAX_CELLS
from knowledge.readers import check_package

MAX_ROWS, MAX_COLUMNS = 5_000, 100
"""Filled rows and columns of one sheet."""
_UNREADABLE = (
    InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError,
    IndexError, OSError, ParseError, EOFError, zlib.error,
)  # fmt: skip
"""What openpyxl raises for a file that is damaged in one way or another."""


@dataclass(frozen=True)
class RawSheet:
    """Row 1, and every other row that is not empty with its number."""

    header: tuple[Cell, ...]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class Raw:
    """The sheets of a workbook by title, and the values of the cells that have a name."""

    sheets: Mapping[str, RawSheet]
    named: Mapping[str, Cell]


def opened(data: bytes, place: str, titles: Collection[str]) -> Raw:
    """The values of these sheets of a workbook.

    Raises InputError for a damaged, protected or far too large one, and for formulas and faults
    that hold no value, naming each.
    """
    check_package(place, data)
    try:
        return _read(data, place, titles)
    except _UNREADABLE:
        raise InputError(
            f"{place} is not an .xlsx workbook that can be read.", "Save it as .xlsx again."
        ) from None


def _read(data: bytes, place: str, titles: Collection[str]) -> Raw:
    formulas = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    values = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    bad: list[str] = []
    try:
        sheets = {
            page.title: _sheet(place, page, values[page.title], bad)
            for page in formulas.worksheets
            if page.title in titles
        }
        named = {name: _named(values, each.attr_text or "")
                 for name, each in values.defined_names.items()
                 if name.startswith("tagayasu_")}  # fmt: skip
    finally:
        formulas.close()
        values.close()
    if bad:
        raise InputError(
            "\n- ".join([f"{place}: these cells hold no value.", *bad[:50]]) + "\n",
            "Replace each by the value itself; nothing was changed.",
        )
    return Raw(sheets, named)


def _sheet(place: str, page: Any, values: Any, bad: list[str]) -> RawSheet:
    header: tuple[Cell, ...] = ()
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for number, cells in _filled(place, page, values, bad):
        if number == 1:
            header = cells
        else:
            rows.append((number, cells))
        if len(rows) > MAX_ROWS:
            raise InputError(
                f"{place}: the sheet `{page.title}` has more than {MAX_ROWS:,} rows.",
                "Keep the plan's own rows only.",
            )
    return RawSheet(header, tuple(rows))


def _filled(
    place: str, page: Any, values: Any, bad: list[str]
) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """The rows that hold anything, with their numbers."""
    seen = 0
    both = zip(
        page.iter_rows(max_col=MAX_COLUMNS), values.iter_rows(max_col=MAX_COLUMNS), strict=False
    )
    for number, (row, cached) in enumerate(both, 1):
        seen += max(len(row), 1)
        if seen > MAX_CELLS * 10:
            raise InputError(
                f"{place}: the sheet `{page.title}` has too many cells.", "Delete its empty rows."
            )
        cells = tuple(
            _value(page, cell, known, bad) for cell, known in zip(row, cached, strict=False)
        )
        if any(cell is not None for cell in cells):
            yield number, cells


def _value(page: Any, cell: Any, known: Any, bad: list[str]) -> Cell:
    """A cell's value, of a formula the one saved with it; a fault such as #REF! is none."""
    is_formula = cell.data_type == "f"
    value: Cell = known.value if is_formula else cell.value
    if "e" in (cell.data_type, known.data_type) or (is_formula and value is None):
        bad.append(f"{page.title}!{cell.coordinate}: {str(cell.value)[:60]}")
        return None
    return value


def _named(workbook: Any, place: str) -> Cell:
    """The value of the one cell that a name stands for."""
    sheet, _, cell = place.rpartition("!")
    title = sheet.strip("'").replace("''", "'")
    found: Cell = workbook[title][cell.replace("$", "")].value
    return found
