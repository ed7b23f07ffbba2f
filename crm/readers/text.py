"""A file becomes a table of its rows, each with its row number as a person would count it.

`_row` is the row in the file with the header as row 1. Text files are read as text; rows that have
more or fewer cells than the header are handed back as faults, never padded or cut in silence.
"""

from __future__ import annotations

import codecs
import csv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from crm.errors import InputError
from crm.mapping import Source
from crm.readers.loaded import STANDARD, Loaded, Ragged
from crm.thresholds import Imports
from crm.values import name, quote

MAX_CELLS = STANDARD.cells_per_sheet
MAX_CELL_CHARACTERS = 1 << 24
_DELIMITERS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
KINDS = {*_DELIMITERS, ".parquet", ".xlsx"}
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def load(
    con: duckdb.DuckDBPyConnection,
    alias: str,
    folder: Path,
    source: Source,
    scratch: Path,
    limits: Imports = STANDARD,
) -> Loaded:
    """Make the table `alias` (the file's columns and `_row`) in `con`; tell what was read.

    Raises InputError naming the file when it is missing, outside the folder, empty or unreadable.
    """
    path = _inside(folder, source.file)
    ragged = _rows(con, alias, path, source, scratch, limits)
    counted = con.execute(f"SELECT count(*) FROM {name(alias)}").fetchone()
    return Loaded(int(counted[0]) if counted else 0, ragged)


def _rows(
    con: duckdb.DuckDBPyConnection,
    alias: str,
    path: Path,
    source: Source,
    scratch: Path,
    limits: Imports,
) -> list[Ragged]:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _parquet(con, alias, path)
    if suffix == ".xlsx":
        return _xlsx(con, alias, path, source, limits.cells_per_sheet)
    if suffix in _DELIMITERS:
        return _text(con, alias, path, source, scratch)
    raise InputError(
        f"{source.file}: files of the kind `{suffix or 'no ending'}` cannot be read.",
        "Use .csv, .tsv, .parquet or .xlsx.",
    )


def _inside(folder: Path, file: str) -> Path:
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise InputError(f"{file} lies outside the import folder {folder}.", "Move it inside.")
    if not path.is_file():
        raise InputError(
            f"{file} does not exist in {folder}.", "Check the name in the mapping and the folder."
        )
    if path.stat().st_size == 0:
        raise InputError(f"{file} is empty.", "Export it again.")
    return path


def _parquet(con: duckdb.DuckDBPyConnection, alias: str, path: Path) -> list[Ragged]:
    try:
        con.execute(
            f"CREATE TABLE {name(alias)} AS "
            f"SELECT row_number() OVER () AS _row, * FROM read_parquet({quote(str(path))})"
        )
    except duckdb.Error as error:
        raise InputError(
            f"{path.name} is not a Parquet file that can be read.", "Export it again."
        ) from error
    return []


def _xlsx(
    con: duckdb.DuckDBPyConnection, alias: str, path: Path, source: Source, most: int
) -> list[Ragged]:
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
        rows = (_cells(row) for row in sheet.iter_rows(values_only=True))
        return _from_rows(con, alias, path.name, _limited(path.name, rows, most), source.header)
    finally:
        book.close()


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


def _text(
    con: duckdb.DuckDBPyConnection, alias: str, path: Path, source: Source, scratch: Path
) -> list[Ragged]:
    encoding = source.encoding or detect_encoding(path)
    delimiter = source.delimiter or _DELIMITERS[path.suffix.lower()]
    readable = path if encoding == "utf-8" else _as_utf8(path, encoding, scratch / f"{alias}.csv")
    with readable.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream, delimiter=delimiter)
        header = list(source.header) if source.header else next(reader, [])
    _check_header(path.name, header)
    regular = _is_regular(readable, delimiter, len(header))
    if not (regular and _fast(con, alias, readable, header, source, delimiter)):
        with readable.open(encoding="utf-8", newline="") as stream:
            rows = csv.reader(stream, delimiter=delimiter, strict=True)
            return _from_rows(con, alias, path.name, rows, source.header)
    return []


def _is_regular(path: Path, delimiter: str, width: int) -> bool:
    """Whether every row has `width` cells: DuckDB skips blank lines and cuts an empty last cell."""
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    with path.open(encoding="utf-8", newline="") as stream:
        try:
            return all(len(row) == width for row in csv.reader(stream, delimiter=delimiter))
        except csv.Error:
            return False


def _fast(
    con: duckdb.DuckDBPyConnection,
    alias: str,
    path: Path,
    header: list[str],
    source: Source,
    delimiter: str,
) -> bool:
    """Whether DuckDB could read the file; it refuses odd quotes and mixed line ends."""
    skip = 0 if source.header else 1  # in rows: a header cell may hold a line break
    columns = ", ".join(f"{quote(h)}: 'VARCHAR'" for h in header)
    cells = ", ".join(name(h) for h in header)
    try:
        con.execute(
            f"CREATE TABLE {name(alias)} AS SELECT * FROM "
            f"(SELECT row_number() OVER () + {skip} AS _row, * "
            f"FROM read_csv({quote(str(path))}, auto_detect=false, header=false, skip={skip}, "
            f"delim={quote(delimiter)}, quote='\"', escape='\"', strict_mode=true, "
            f"null_padding=false, columns={{{columns}}})) WHERE coalesce({cells}) IS NOT NULL"
        )
    except duckdb.Error:
        return False
    return True


def detect_encoding(path: Path) -> str:
    """BOM, then strict UTF-8, then CP932 (which, unlike Shift_JIS, holds ㈱ ① 髙 ～)."""
    with path.open("rb") as stream:
        start = stream.read(4)
    for bom, encoding in _BOMS.items():
        if start.startswith(bom):
            return encoding
    for encoding in ("utf-8", "cp932"):
        try:
            with path.open(encoding=encoding, newline="") as stream:
                while stream.read(1 << 20):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise InputError(
        f"{path.name} is neither UTF-8 nor CP932 (Shift_JIS) text.",
        "Save it as UTF-8, or name its encoding in the mapping.",
    )


def _as_utf8(path: Path, encoding: str, copy: Path) -> Path:
    try:
        with (
            path.open(encoding=encoding, newline="") as source,
            copy.open("w", encoding="utf-8", newline="") as target,
        ):
            while block := source.read(1 << 20):
                target.write(block)
    except (UnicodeDecodeError, LookupError) as error:
        raise InputError(
            f"{path.name} cannot be read as {encoding}.",
            "Correct `encoding` in the mapping or leave it out.",
        ) from error
    return copy


def _check_header(file: str, header: list[str]) -> None:
    if not header or any(not h.strip() for h in header):
        raise InputError(
            f"{file}: the first row is not a full header (a cell is empty).",
            "Give every column a name, or list them as `header` in the mapping.",
        )
    seen: set[str] = set()
    for column in header:
        if column.lower() in seen or column.lower() == "_row":
            raise InputError(
                f"{file}: the column name `{column}` cannot be used twice or is reserved.",
                "Rename it in the file.",
            )
        seen.add(column.lower())


def _from_rows(
    con: duckdb.DuckDBPyConnection,
    alias: str,
    file: str,
    rows: Iterator[list[str]],
    given_header: tuple[str, ...] | None,
) -> list[Ragged]:
    header = list(given_header) if given_header else next(rows, [])
    _check_header(file, header)
    before = 0 if given_header else 1
    number = before
    ragged: list[Ragged] = []
    numbers: list[int] = []
    columns: list[list[str]] = [[] for _ in header]
    try:
        for number, row in enumerate(rows, start=before + 1):
            if not row or not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                ragged.append(Ragged(number, ",".join(row)[:200]))
                continue
            numbers.append(number)
            for column, cell in zip(columns, row, strict=True):
                column.append(cell)
    except csv.Error as error:
        raise InputError(
            f"{file} cannot be read after row {number}: {error}.", "Mend the quotes there."
        ) from error
    table = pa.table(
        [pa.array(numbers, pa.int64()), *(pa.array(c, pa.string()) for c in columns)],
        names=["_row", *header],
    )
    con.register("_incoming", table)
    con.execute(f"CREATE TABLE {name(alias)} AS SELECT * FROM _incoming")
    con.unregister("_incoming")
    return ragged
