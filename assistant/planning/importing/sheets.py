"""The sheets of a workbook become headings, lines and tables; no cell is lost on the way.

The places of what is read are `sheet #n`: the n-th row of that sheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.planning.importing.blocks import (
    LONGEST_HEADING,
    MARKED,
    Block,
    Heading,
    Line,
    Table,
    harmless,
)
from assistant.planning.importing.headings import targets
from assistant.planning.importing.values import unit_note
from crm.text import visible
from knowledge.workbook import Sheet

_NO_NAME = re.compile(r"(?:Sheet|シート)\s?[0-9]*", re.IGNORECASE)


def sheet_blocks(sheets: Sequence[Sheet]) -> list[Block]:
    """What the sheets hold, in order."""
    found: list[Block] = []
    for sheet in sheets:
        name = harmless(visible(sheet.name))
        found.append(Heading("" if _NO_NAME.fullmatch(name) else name, 2, name))
        for rows in _apart(sheet):
            found.extend(_part(sheet, name, rows))
    return found


def _apart(sheet: Sheet) -> Iterator[list[int]]:
    """The rows of each table of a sheet: they are apart where a row is blank."""
    filled = sorted({row for row, _column in sheet.cells})
    group: list[int] = []
    for row in filled:
        if group and row > group[-1] + 1:
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _part(sheet: Sheet, name: str, rows: Sequence[int]) -> Iterator[Block]:
    """A table of a sheet, with the titles that stand alone in the rows above it."""
    own = set(rows)
    columns = range(1, max(column for row, column in sheet.cells if row in own) + 1)
    cells = {row: tuple(_cell(sheet.cells.get((row, c), "")) for c in columns) for row in rows}
    alone = [sum(1 for cell in cells[row] if cell) == 1 for row in rows]
    titles = next((n for n, one in enumerate(alone) if not one), len(alone))
    for row in rows[:titles]:
        yield _single(next(c for c in cells[row] if c), f"{name} #{row}", titles < len(rows))
    if table := rows[titles:]:
        beside, below = (
            frozenset((y, x) for y, row in enumerate(table) for x, c in enumerate(columns)
                      if (row, c) in merged)
            for merged in (sheet.beside, sheet.below)
        )  # fmt: skip
        places = tuple(f"{name} #{row}" for row in table)
        yield Table(tuple(cells[row] for row in table), places, beside, below)


def _cell(text: str) -> str:
    parts = (harmless(part) for part in visible(text).splitlines())
    return "\n".join(part for part in parts if part)


def _single(cell: str, place: str, is_above_table: bool) -> Heading | Line:
    """A cell alone in its row: a heading where its words are known or it titles a table."""
    text = " ".join(cell.split("\n"))
    mark = MARKED.match(text)
    is_title = is_above_table and len(text) <= LONGEST_HEADING and unit_note(text) is None
    if mark or is_title or targets(text, is_close_enough=False):
        return Heading(text, mark[1][0] if mark else "cell", place)
    return Line(text, place)
