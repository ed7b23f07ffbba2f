"""What stands in a text is counted before it is parsed, so that no row is lost on the way."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from crm.errors import InputError
from crm.values import name, quote

MAX_CELL_CHARACTERS = 1 << 24
_LONGEST_LINE = 1 << 26
_BLOCK = 1 << 22
_FORBIDDEN = {"\0": "a NUL character", "\ufeff": "a second byte order mark"}


@dataclass(frozen=True)
class Marks:
    """How often each mark stands in a text, and whether it ends with a line end."""

    counts: Mapping[str, int]
    ended: bool

    @property
    def uniform(self) -> bool:
        """Whether its lines end with LF or CRLF, and none with CR alone."""
        return self.counts["\r"] == self.counts["\r\n"]


def count_marks(path: Path, file: str, delimiter: str) -> Marks:
    """The marks of a UTF-8 text. Raises InputError for a character that no export should hold."""
    counts = dict.fromkeys((delimiter, "\n", "\r", "\r\n", '"'), 0)
    forbidden = [mark.encode() for mark in _FORBIDDEN]
    last = b""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK) + stream.readline(MAX_CELL_CHARACTERS):
            for mark in counts:
                counts[mark] += block.count(mark.encode())
            if any(each in block for each in forbidden):
                _refuse_forbidden(path, file, delimiter)
            last = block[-1:]
    return Marks(counts, last in (b"\n", b"\r"))


def lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 text with their ends, for a `csv.reader`; csv.Error for endless ones."""
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    with path.open(encoding="utf-8", newline="") as stream:
        while line := stream.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE and not line.endswith(("\n", "\r")):
                raise csv.Error(f"a line has more than {_LONGEST_LINE:,} characters")
            yield line


def agrees(
    con: duckdb.DuckDBPyConnection,
    alias: str,
    marks: Marks,
    delimiter: str,
    columns: Sequence[str],
    header: Sequence[str],
) -> bool:
    """Whether the table holds as many delimiters and line ends as the text it was made of.

    DuckDB passes over blank lines and cuts an empty last cell that is one too many; then it does
    not. `header` are the cells of the text's header, which is not in the table.
    """
    rows, *inside = _counted(con, alias, columns, [delimiter, "\n", "\r"], marks.counts['"'] > 0)
    delimiters, feeds, returns = (
        n + "".join(header).count(mark)
        for n, mark in zip(inside, (delimiter, "\n", "\r"), strict=True)
    )
    between = rows * (len(columns) - 1) + max(len(header) - 1, 0)
    ends = rows + bool(header) - (not marks.ended)
    return (
        marks.counts[delimiter] == between + delimiters
        and marks.counts["\n"] == ends + feeds
        and marks.counts["\r"] - returns in (0, ends)
    )


def _counted(
    con: duckdb.DuckDBPyConnection,
    alias: str,
    columns: Sequence[str],
    marks: Sequence[str],
    quoted: bool,
) -> list[int]:
    """How many rows a table has, and how often each mark stands in its cells."""
    sums = [
        "+".join(
            f"coalesce(sum(CASE WHEN contains({name(c)}, {quote(mark)}) "
            f"THEN length({name(c)}) - length(replace({name(c)}, {quote(mark)}, '')) END), 0)"
            for c in columns
        )
        for mark in marks
    ]
    shown = ", ".join(sums if quoted else ["0"] * len(marks))
    found = con.execute(f"SELECT count(*), {shown} FROM {name(alias)}").fetchone() or ()
    return [int(n) for n in found]


def _refuse_forbidden(path: Path, file: str, delimiter: str) -> None:
    number = 0
    try:
        for number, row in enumerate(csv.reader(lines(path), delimiter=delimiter), start=1):
            for mark, words in _FORBIDDEN.items():
                if any(mark in cell for cell in row):
                    raise InputError(f"{file}: row {number} holds {words}.", "Export it again.")
    except csv.Error:
        raise InputError(
            f"{file}: row {number + 1} is damaged: it holds what no text holds.", "Export it again."
        ) from None
