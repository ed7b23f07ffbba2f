"""The delimiter is the one that cuts the rows alike; where two could be it, nothing is guessed."""

from __future__ import annotations

import csv
import io
from itertools import islice
from pathlib import Path

from crm.errors import InputError

BY_ENDING = {".csv": ",", ".tsv": "\t", ".txt": "\t"}
NAMES = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
_ROWS = 200
_SAMPLE = 1 << 20


def find_delimiter(path: Path, file: str, passed: int) -> str:
    """The delimiter of the UTF-8 text of a file of that name; `passed` rows are no table.

    It cuts the header into several cells, and at least half of the first rows alike. Where several
    do, the one usual for the file's ending is it if it cuts every row alike. What cuts nothing is a
    table of one column. Raises InputError where it is unclear.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        sample = stream.read(_SAMPLE)
        cut = bool(stream.read(1))
    usual = BY_ENDING[Path(file).suffix.lower()]
    shares = {each: _share(_cells(sample, each, passed, cut)) for each in NAMES}
    several = [each for each, share in shares.items() if share is not None]
    plausible = [each for each in several if (shares[each] or 0) >= 0.5]
    if len(plausible) == 1:
        return plausible[0]
    if several in ([], [usual]) or shares[usual] == 1:
        return usual
    names = " and ".join(NAMES[each] for each in several)
    raise InputError(
        f"{file}: it is unclear what parts its columns: {names} could.",
        "Say `delimiter` in the mapping.",
    )


def _cells(sample: str, delimiter: str, passed: int, cut: bool) -> list[int]:
    """How many cells the first rows have that are not blank."""
    rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        widths = [len(row) for row in islice(rows, passed, passed + _ROWS)]
    except csv.Error:
        return []
    if cut and len(widths) < _ROWS:
        widths = widths[:-1]
    return [width for width in widths if width]


def _share(widths: list[int]) -> float | None:
    """The share of rows that are as wide as the header; None where that is not cut."""
    if not widths or widths[0] < 2:
        return None
    return widths.count(widths[0]) / len(widths)
