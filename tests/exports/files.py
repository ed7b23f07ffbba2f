"""How exports write their files: quoted text in some encoding, or a workbook."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

Row = Sequence[object]


def cells(text: str) -> list[str | None]:
    """The cells of a row that is written with bars between them; between two bars is nothing."""
    return [cell.replace("\\n", "\n") or None for cell in text.split("|")]


def write_text(path: Path, rows: Iterable[Row], encoding: str = "utf-8") -> None:
    """A CSV file with every cell in quotes and Windows line ends; None is an empty cell."""
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)


def blank(header: Row) -> list[str]:
    """A row that holds nothing."""
    return [""] * len(header)
