"""A folder nobody has seen before is looked at file by file; one that is bad spoils no other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from crm.errors import InputError
from crm.mapping import Source
from crm.readers.database import Database
from crm.readers.delimiter import BY_ENDING
from crm.readers.jsonlines import JsonLines
from crm.readers.loaded import STANDARD, Note, Peeked, Ragged
from crm.readers.loading import (
    JSON_LINES,
    KINDS,
    OTHER_KINDS,
    WORKBOOKS,
    inside,
    plain_path,
    unreadable,
)
from crm.readers.parquet import Parquet
from crm.readers.staging import Reading
from crm.readers.text import Text
from crm.readers.workbook import Workbook, opened
from crm.thresholds import Imports

SAMPLE_ROWS = 2_000
"""Rows of a file that are looked at."""
_CELL_CHARACTERS = 1_000


def peek(place: Path | Database, limits: Imports = STANDARD) -> list[Peeked]:
    """The beginning of every file of a folder, or of every table of a database, by their names.

    Every sheet of a workbook comes by itself. What cannot be read comes with its `problem`; only
    a database that cannot be opened raises InputError.
    """
    if isinstance(place, Database):
        return [_table(place, table) for table in place.tables()]
    return [peeked for file in _files(place) for peeked in _file(place, file, limits)]


def _files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        within = path.relative_to(folder)
        hidden = any(part.startswith((".", "~$", "__MACOSX")) for part in within.parts)
        if path.is_file() and not hidden and path.suffix.lower() in (*KINDS, *OTHER_KINDS):
            yield within.as_posix()


def _file(folder: Path, file: str, limits: Imports) -> Iterator[Peeked]:
    try:
        path = inside(folder, file)
        if path.suffix.lower() in WORKBOOKS:
            with opened(path, file, limits) as workbook:
                for page in workbook.pages:
                    yield _sheet(workbook, file, page.name)
            return
        with tempfile.TemporaryDirectory(prefix="tagayasu-peek-") as scratch:
            yield _sample(_reading(plain_path(path, Path(scratch) / "link"), file, scratch))
    except (InputError, OSError) as error:
        yield Peeked(file, problem=str(error))


def _reading(path: Path, file: str, scratch: str) -> Reading:
    suffix = Path(file).suffix.lower()
    if suffix in BY_ENDING:
        return Text(path, Source(file=file), Path(scratch) / "copy").reading()
    if suffix in JSON_LINES:
        return JsonLines(path, Source(file=file), Path(scratch) / "copy").reading()
    if suffix == ".parquet":
        return Parquet(path, file).reading()
    raise unreadable(file, suffix)


def _table(database: Database, table: str) -> Peeked:
    try:
        return _sample(database.reading(table, SAMPLE_ROWS))
    except InputError as error:
        return Peeked(table, problem=str(error))


def _sheet(workbook: Workbook, file: str, sheet: str) -> Peeked:
    try:
        return _sample(workbook.reading(Source(file=file, sheet=sheet)))
    except InputError as error:
        return Peeked(file, sheet, problem=str(error))


def _sample(reading: Reading) -> Peeked:
    """The first rows of a reading; it is over then."""
    rows: list[tuple[str | None, ...]] = []
    ragged: list[Ragged] = []
    for row in islice(reading.rows, SAMPLE_ROWS):
        if isinstance(row, Ragged):
            ragged.append(row)
        else:
            rows.append(tuple(cell[:_CELL_CHARACTERS] if cell else None for cell in row[1]))
    reading.close()
    if ragged:
        note = Note("unread_rows", reading.file, str(ragged[0].row), str(len(ragged)))
        reading.notes.append(note)
    return Peeked(
        reading.file,
        reading.sheet,
        reading.columns,
        tuple(rows),
        tuple(reading.notes),
        "",
        reading.encoding,
        reading.delimiter,
        reading.header_row,
        reading.header_rows,
    )
