"""A source becomes a table in which each row has its number as a person would count it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from crm.errors import InputError
from crm.mapping import Source
from crm.readers.delimiter import BY_ENDING
from crm.readers.loaded import STANDARD, Loaded
from crm.readers.parquet import load_parquet
from crm.readers.text import Text
from crm.readers.workbook import load_workbook
from crm.thresholds import Imports

KINDS = (*BY_ENDING, ".parquet", ".xlsx")
"""Endings of the files that are read."""


def load(
    con: duckdb.DuckDBPyConnection,
    alias: str,
    folder: Path,
    source: Source,
    scratch: Path,
    limits: Imports = STANDARD,
) -> Loaded:
    """Make the table `alias` (the source's columns and `_row`) in `con`; tell what was read.

    `_row` is the row in the file, the header being row 1. Texts are read as text, an empty cell as
    NULL; rows that cannot be read are handed back, never padded or cut in silence. Raises
    InputError naming the file when it is missing, outside the folder, empty or unreadable.
    """
    path = inside(folder, source.file)
    suffix = path.suffix.lower()
    if suffix in BY_ENDING:
        return Text(path, source, scratch / f"{alias}.csv").load(con, alias)
    if suffix == ".parquet":
        return load_parquet(con, alias, path)
    if suffix == ".xlsx":
        return load_workbook(con, alias, path, source, limits)
    raise InputError(
        f"{source.file}: files of the kind `{suffix or 'no ending'}` cannot be read.",
        "Use .csv, .tsv, .parquet or .xlsx.",
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
