"""What a person has written beside refused values goes in with the same files imported again."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from crm.csv_files import read_csv
from crm.errors import InputError
from crm.schema import tables
from crm.values import name

HEADER = (
    "file", "row", "column", "value", "reason", "how_to_mend", "table", "field", "correction",
)  # fmt: skip
"""The columns of rejects.csv; a person fills the last."""
_BETWEEN = " / "


@dataclass(frozen=True)
class Correction:
    """What a refused value is to be; `line` is that of the file it was written in."""

    line: int
    table: str
    file: str
    row: int
    field: str
    value: str
    correction: str

    @property
    def place(self) -> str:
        return f"line {self.line} ({self.file}, row {self.row})"


Corrections = Mapping[tuple[str, str], Sequence[Correction]]
"""Corrections by table and file."""


def load_corrections(path: Path) -> Corrections:
    """The lines of a rejects.csv in which `correction` is filled.

    Raises InputError naming the line when one cannot be used, or when none is filled.
    """
    found: defaultdict[tuple[str, str], list[Correction]] = defaultdict(list)
    seen: dict[tuple[object, ...], int] = {}
    for line, cells in read_csv(path, HEADER):
        if not cells["correction"]:
            continue
        one = _correction(path, line, cells)
        cell = (one.table, one.file, one.row, one.field, one.value)
        if cell in seen:
            raise InputError(
                f"{path.name} corrects one value twice: lines {seen[cell]} and {line}.",
                "Keep one of them.",
            )
        seen[cell] = line
        found[one.table, one.file].append(one)
    if not found:
        raise InputError(
            f"{path.name} holds no correction.", "Fill its column `correction` and save it."
        )
    return found


def _correction(path: Path, line: int, cells: Mapping[str, str]) -> Correction:
    fields = [f for f in cells["field"].split(", ") if f]
    table = tables().get(cells["table"])
    known = not fields or (table is not None and set(fields) <= set(table.names))
    if not cells["row"].isdecimal() or not known:
        raise InputError(
            f"{path.name}, line {line}, does not say which cell it corrects.",
            "Fill `correction` only, and leave the other columns as they were written.",
        )
    if len(fields) > 1 and len(cells["correction"].split(_BETWEEN)) != len(fields):
        raise InputError(
            f"{path.name}, line {line}: the key has {len(fields)} parts.",
            f"Write them as `{_BETWEEN.join(fields)}`.",
        )
    return Correction(
        line, cells["table"], cells["file"], int(cells["row"]), cells["field"], cells["value"],
        cells["correction"],
    )  # fmt: skip


def mend_rows(
    con: duckdb.DuckDBPyConnection,
    alias: str,
    ragged: Mapping[int, str],
    mended: Sequence[Correction],
) -> set[int]:
    """Put rows in whose number of cells was wrong, as a person has written them; their numbers.

    Raises InputError when the file has no such ragged row, or the cells do not fit still.
    """
    columns = [row[0] for row in con.execute(f"DESCRIBE {name(alias)}").fetchall()]
    cells = [c for c in columns if c != "_row"]
    for one in mended:
        if ragged.get(one.row) != one.value:
            raise _stale(one)
        row = next(csv.reader([one.correction]))
        if len(row) != len(cells):
            raise InputError(
                f"The correction of {one.place} has {len(row)} cells; the header has {len(cells)}.",
                "Write the whole row, its cells parted by commas.",
            )
        marks = ", ".join("?" for _ in row)
        shown = ", ".join(name(c) for c in cells)
        con.execute(
            f"INSERT INTO {name(alias)} (_row, {shown}) VALUES (?, {marks})", [one.row, *row]
        )
    return {one.row for one in mended}


def mend_values(
    con: duckdb.DuckDBPyConnection,
    staged: str,
    file: str,
    raw: Mapping[str, str],
    mended: Sequence[Correction],
) -> None:
    """Write corrections over the raw texts in the table `staged`; `raw` names them by field.

    `file` says, as SQL, which file a row is of.
    Raises InputError when the cell no longer holds what was refused.
    """
    for one in mended:
        fields = one.field.split(", ")
        if not set(fields) <= set(raw):
            raise _stale(one)
        parts = one.correction.split(_BETWEEN) if len(fields) > 1 else [one.correction]
        old = " || ' / ' || ".join(f"COALESCE({raw[f]}, '')" for f in fields)
        sets = ", ".join(f"{raw[f]} = ?" for f in fields)
        done = con.execute(
            f"UPDATE {staged} SET {sets} "
            f"WHERE {file} = ? AND COALESCE(_row, _seq) = ? AND {old} = ?",
            [*parts, one.file, one.row, one.value],
        ).fetchone()
        if not done or not done[0]:
            raise _stale(one)


def _stale(one: Correction) -> InputError:
    return InputError(
        f"{one.place} corrects `{one.value}`, which no longer stands there.",
        "Import without the corrections, and correct the rejects that this gives.",
    )
