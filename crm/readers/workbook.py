"""A sheet of a workbook is read as its cells are stored."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from crm.errors import InputError
from crm.mapping import Source
from crm.readers.loaded import Loaded, Ragged
from crm.readers.staging import BLANKS, Reading, Row, check_columns, stage
from crm.thresholds import Imports


def load_workbook(
    con: duckdb.DuckDBPyConnection, alias: str, path: Path, source: Source, limits: Imports
) -> Loaded:
    """Make the table `alias` of a sheet."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise InputError(
            f"{path.name} is not an .xlsx workbook that can be read.", "Save it as .xlsx again."
        ) from error
    try:
        if source.sheet is not None and source.sheet not in book.sheetnames:
            raise InputError(
                f"{path.name} has no sheet `{source.sheet}`.",
                f"Its sheets: {', '.join(book.sheetnames)}.",
            )
        sheet = book[source.sheet] if source.sheet else book[book.sheetnames[0]]
        rows = _limited(
            path.name,
            (_cells(row) for row in sheet.iter_rows(values_only=True)),
            limits.cells_per_sheet,
        )
        header = list(source.header) if source.header else next(rows, [])
        check_columns(path.name, header)
        numbered = _numbered(rows, len(header), 1 if source.header else 2)
        return stage(con, alias, Reading(path.name, tuple(header), numbered))
    finally:
        book.close()


def _numbered(rows: Iterator[list[str]], width: int, first: int) -> Iterator[Row | Ragged]:
    for number, row in enumerate(rows, start=first):
        if not any(cell.strip(BLANKS) for cell in row):
            continue
        yield (number, row) if len(row) == width else Ragged(number, ",".join(row)[:200])


def _cells(row: tuple[Any, ...]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in row]


def _limited(file: str, rows: Iterator[list[str]], most: int) -> Iterator[list[str]]:
    cells = 0
    for row in rows:
        cells += len(row)
        if cells > most:
            raise InputError(
                f"{file} has more than {most:,} cells on one sheet.", "Export it as .csv."
            )
        yield row
