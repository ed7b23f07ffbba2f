"""A table as Slack can show it: narrow ones as aligned lines, others as a table, or line by line.

Slack takes a table of up to 100 rows, 20 columns and 10,000 characters, none of them empty.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.render.safe import defanged, width
from api.render.slack.text import SECTION, fitted, inert, packed, plain
from assistant.answer import TableBlock

ROWS, COLUMNS, CELLS = 100, 20, 9000
_GRID_COLUMNS = 44
"""Width up to which a table fits a telephone as monospaced lines."""
_FEW_ROWS = 3
"""So few rows are easier to read line by line."""
_FENCE = "```"
_EMPTY = "-"
_FIGURE = re.compile(r"[-▲△+]?[¥$€]?[0-9]")


@dataclass(frozen=True)
class Grid:
    """A table as a block of Slack's own; `text` says the same for those who cannot see it."""

    block: dict[str, Any]
    text: str
    letters: int
    heading: str = ""


def drawn(table: TableBlock) -> Grid | list[str]:
    """The table as a block where it is wide and fits, else as lines of mrkdwn."""
    cells = [[plain(cell) for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(width(row[i]) for row in cells) for i in range(len(table.columns))]
    if sum(widths) + 2 * len(widths) <= _GRID_COLUMNS:
        return _aligned(cells, widths)
    found = _block(cells) if len(table.rows) > _FEW_ROWS else None
    return found or lines(table)


def lines(table: TableBlock) -> list[str]:
    """A labelled line for each row."""
    return [part for row in table.rows for part in _labelled(table.columns, row)]


def _aligned(cells: Sequence[Sequence[str]], widths: Sequence[int]) -> list[str]:
    grid = [
        "  ".join(cell + " " * (w - width(cell)) for cell, w in zip(row, widths, strict=True))
        for row in cells
    ]
    room = SECTION - 2 * len(_FENCE) - 2
    within = packed([inert(line).rstrip() for line in grid], room)
    return [f"{_FENCE}\n{part}\n{_FENCE}" for part in within]


def _block(cells: Sequence[Sequence[str]]) -> Grid | None:
    shown = [[_cell(cell) for cell in row] for row in cells]
    letters = sum(len(cell) for row in shown for cell in row)
    if len(shown) > ROWS or len(shown[0]) > COLUMNS or letters > CELLS:
        return None
    block = {
        "type": "table",
        "column_settings": [
            {"align": "right" if _are_figures(column) else "left", "is_wrapped": True}
            for column in zip(*cells[1:], strict=True)
        ],
        "rows": [[{"type": "raw_text", "text": cell} for cell in row] for row in shown],
    }
    return Grid(block, "\n".join(" ／ ".join(map(inert, row)) for row in cells), letters)


def _cell(text: str) -> str:
    """Text of a cell: no mrkdwn there, so that signs are written wide instead of escaped."""
    return defanged(text).replace("<", "＜").replace(">", "＞").strip() or _EMPTY


def _are_figures(column: Sequence[str]) -> bool:
    known = [cell for cell in column if cell]
    return bool(known) and all(_FIGURE.match(cell) for cell in known)


def _labelled(columns: tuple[str, ...], row: tuple[str, ...]) -> list[str]:
    first, *rest = row
    named = [
        f"{plain(name)}: {plain(cell)}"
        for name, cell in zip(columns[1:], rest, strict=True)
        if cell.strip()
    ]
    return item(f"**{plain(first) or _EMPTY}**" + "".join(f" ／ {part}" for part in named), "• ")


def item(text: str, mark: str) -> list[str]:
    """A list's item with its mark, in as many lines as it needs."""
    first, *rest = fitted(text, SECTION - len(mark)) or [""]
    return [mark + first, *rest]
