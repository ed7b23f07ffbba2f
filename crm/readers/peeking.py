"""A folder nobody has seen before is looked at file by file; one that is bad spoils no other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from crm.errors import InputError
from crm.mapping import Source
from crm.readers.loaded import Peeked
from crm.readers.loading import KINDS, load
from crm.values import name

SAMPLE_ROWS = 2_000
"""Rows of a file that are looked at."""


def peek(folder: Path) -> list[Peeked]:
    """The beginning of every file of a folder that can be read, in the order of their names.

    Every sheet of a workbook comes by itself. What cannot be read comes with its `problem`.
    """
    return [peeked for path in _files(folder) for peeked in _file(folder, path)]


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        hidden = any(part.startswith((".", "~$", "__MACOSX")) for part in inside)
        if path.is_file() and not hidden and path.suffix.lower() in KINDS:
            yield path


def _file(folder: Path, path: Path) -> list[Peeked]:
    file = path.relative_to(folder).as_posix()
    con = duckdb.connect()
    try:
        with tempfile.TemporaryDirectory(prefix="tagayasu-peek-") as scratch:
            loaded = load(con, "peeked", folder, Source(file=file), Path(scratch))
        described = con.execute("DESCRIBE peeked").fetchall()
        columns = tuple(row[0] for row in described if row[0] != "_row")
        texts = ", ".join(f"CAST({name(column)} AS VARCHAR)" for column in columns)
        rows = con.execute(f"SELECT {texts} FROM peeked ORDER BY _row LIMIT {SAMPLE_ROWS}")
        return [Peeked(file, None, columns, tuple(rows.fetchall()), loaded.notes)]
    except InputError as error:
        return [Peeked(file, problem=str(error))]
    finally:
        con.close()
