"""CSV files for people: a spreadsheet opens them as they are and runs nothing that is in them."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from crm.errors import InputError

_ACTS = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+%?")
_GUARD = "'"


def guarded(cell: object) -> str:
    """The cell's text, behind an apostrophe where a spreadsheet would take it for a formula."""
    text = "" if cell is None else str(cell)
    acts = _ACTS.match(text) and not _NUMBER.fullmatch(text)
    return _GUARD + text if acts or _guarded(text) else text


def unguarded(text: str) -> str:
    """The text as it was before `guarded`."""
    return text[1:] if _guarded(text) else text


def _guarded(text: str) -> bool:
    return text.startswith(_GUARD) and bool(_ACTS.match(text.lstrip(_GUARD)))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a file whole or not at all, in UTF-8 with the mark by which Excel knows it."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows([guarded(cell) for cell in row] for row in rows)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def read_csv(path: Path, needed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of such a file as a person has saved it, each with its line's number.

    UTF-8 and CP932 are read. Raises InputError naming the file when it cannot be read or lacks one
    of the `needed` columns.
    """
    text = _decoded(path)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        if lacking := [c for c in needed if c not in (reader.fieldnames or [])]:
            raise InputError(
                f"{path.name} has no column `{lacking[0]}`.", "Take the file as it was written."
            )
        return [
            (reader.line_num, {k: unguarded(v or "") for k, v in row.items() if k})
            for row in reader
        ]
    except csv.Error as error:
        raise InputError(
            f"{path.name} cannot be read at line {reader.line_num}: {error}.",
            "Mend the quotes there.",
        ) from error


def _decoded(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Check its path.") from error
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(f"{path.name} is neither UTF-8 nor CP932 text.", "Save it as UTF-8.")
