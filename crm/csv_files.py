"""CSV files for people: a spreadsheet opens them as they are, and gives them back as they were."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from crm import csv_cells
from crm.errors import InputError
from crm.readers import detect_encoding
from crm.width import AROUND

_DELIMITERS = (",", "\t", ";")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a file whole or not at all, in UTF-8 with the mark by which Excel knows it.

    Texts stand so that a spreadsheet runs and turns nothing (`csv_cells`); None is empty.
    """
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(map(_cells, rows))
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def _cells(row: Sequence[object]) -> list[object]:
    return [csv_cells.written(cell) if isinstance(cell, str) else cell for cell in row]


def read_csv(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of such a file as a person has saved it, each with its number; the header is row 1.

    Rows without any text are left out, cells are trimmed. Raises InputError naming the file when
    it cannot be read, is a workbook, or lacks one of the `needed` columns.
    """
    text = _text(path)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip().casefold() for cell in next(reader, [])]
        if lacking := [column for column in needed if column not in header]:
            raise InputError(
                f"{path.name} has no column `{lacking[0]}`.",
                "Fill the file in as it was written, and save it as CSV.",
            )
        for number, row in enumerate(reader, start=2):
            cells = [csv_cells.read(cell.strip(AROUND)) for cell in row]
            if any(cells):
                cells += [""] * (len(header) - len(cells))
                yield number, dict(zip(header, cells, strict=False))
    except csv.Error as error:
        raise InputError(
            f"{path.name} cannot be read: {error}.", "Save it as CSV once more."
        ) from error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            if stream.read(2) == b"PK":
                raise InputError(f"{path.name} is a workbook.", "Save it as CSV (UTF-8).")
        encoding = detect_encoding(path)
        return path.read_bytes().decode(encoding).removeprefix("\ufeff")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Check its path.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is damaged text.", "Save it as CSV (UTF-8).") from error
