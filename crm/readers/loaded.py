"""What reading gives: how much was read, which rows could not be, and what a person should know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from crm.thresholds import Imports

STANDARD = Imports()
"""The limits where nobody has set others."""

Unread = Literal["ragged", "merged", "formula", "not_json", "repeated_key", "nested"]
"""Why a row could not be read; the words are in crm/reasons.yaml."""


@dataclass(frozen=True, slots=True)
class Ragged:
    """A row that could not be read, with its number as a person counts it, and why."""

    row: int
    text: str
    reason: Unread = "ragged"


@dataclass(frozen=True, slots=True)
class Note:
    """Something noticed while reading; `code` has its words in `crm.readers.words`.

    `place` is where in the file (a sheet, "B7", a row, a column), `value` what stands there.
    """

    code: str
    file: str
    place: str = ""
    value: str = ""


@dataclass(frozen=True)
class Loaded:
    """A source that was read: `rows` stand in its table, `ragged` are the rows that do not."""

    rows: int
    ragged: list[Ragged] = field(default_factory=list)
    notes: tuple[Note, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None


@dataclass(frozen=True)
class Peeked:
    """The beginning of a file, a sheet or a table of a database, or why there is none to see.

    `file` is the path within the folder, or the table. `rows_sampled` are texts in the order of
    `columns`, None where a cell is empty. What a mapping would have to say of the file to be read
    like this stands in `encoding`, `delimiter`, `header_row` and `header_rows`.
    """

    file: str
    sheet: str | None = None
    columns: tuple[str, ...] = ()
    rows_sampled: tuple[tuple[str | None, ...], ...] = ()
    notes: tuple[Note, ...] = ()
    problem: str = ""
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    header_rows: int = 1
