"""A source becomes a table in which each row has its number as a person would count it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb

from crm.errors import InputError
from crm.mapping import Source
from crm.readers.database import Database
from crm.readers.delimiter import BY_ENDING
from crm.readers.jsonlines import JsonLines
from crm.readers.loaded import STANDARD, Loaded
from crm.readers.parquet import Parquet
from crm.readers.staging import Reading, stage
from crm.readers.text import Text
from crm.readers.workbook import opened
from crm.thresholds import Imports

_PATTERN = set("*?[")
WORKBOOKS = (".xlsx", ".xlsm")
JSON_LINES = (".jsonl", ".ndjson")
KINDS = (*BY_ENDING, *JSON_LINES, ".parquet", *WORKBOOKS)
"""Endings of the files that are read."""
OTHER_KINDS = {
    ".xls": "Open it in Excel and save it as .xlsx.",
    ".xlsb": "Open it in Excel and save it as .xlsx.",
    ".ods": "Save it as .xlsx.",
    ".json": "Export it as JSON lines (.jsonl), one object a line.",
}
"""Endings of exports that are not read, and what to do about them."""


def load(
    con: duckdb.DuckDBPyConnection,
    alias: str,
    folder: Path,
    source: Source,
    scratch: Path,
    limits: Imports = STANDARD,
    database: Database | None = None,
) -> Loaded:
    """Make the table `alias` (the source's columns and `_row`) in `con`; tell what was read.

    `_row` is the row in the file, the header being row 1. Texts are read as text, an empty cell as
    NULL; rows that cannot be read are handed back, never padded or cut in silence. A source that is
    a table is read from the database. Raises InputError naming the file when it is missing, outside
    the folder, empty or unreadable.
    """
    if source.table:
        return stage(con, alias, _table(source.table, database))
    path = inside(folder, source.file)
    suffix = path.suffix.lower()
    ours = Path(tempfile.mkdtemp(dir=scratch))
    if suffix in BY_ENDING:
        return Text(plain_path(path, ours / "link"), source, ours / "utf8").load(con, alias)
    if suffix in JSON_LINES:
        return stage(con, alias, JsonLines(path, source, ours / "utf8").reading())
    if suffix == ".parquet":
        return Parquet(plain_path(path, ours / "link"), source.file).load(con, alias)
    if suffix in WORKBOOKS:
        with opened(path, source.file, limits) as workbook:
            return stage(con, alias, workbook.reading(source))
    raise unreadable(source.file, suffix)


def _table(table: str, database: Database | None) -> Reading:
    if database is None:
        raise InputError(
            f"The source `{table}` is a table of a database, and none is named.",
            "Say `warehouse.source_url` in settings.toml (a new workspace: in the mapping).",
        )
    return database.reading(table)


def plain_path(path: Path, link: Path) -> Path:
    """A path that DuckDB takes for one file: in `*`, `?` and `[` it sees a pattern for several."""
    if not _PATTERN & set(str(path)):
        return path
    link.symlink_to(path)
    return link


def unreadable(file: str, suffix: str) -> InputError:
    """What to say of a file of another kind."""
    return InputError(
        f"{file}: files of the kind `{suffix or 'no ending'}` cannot be read.",
        OTHER_KINDS.get(suffix, "Use .csv, .tsv, .txt, .jsonl, .parquet or .xlsx."),
    )


def inside(folder: Path, file: str) -> Path:
    """Where a file of the folder is. Raises InputError when it is outside, not there, or empty."""
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
