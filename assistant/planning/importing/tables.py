"""A table is read by the names of its columns; what the names do not settle is not read.

The header may be two rows of which the upper one groups columns (当社 over 担当 and 部門); a name
reaches over a blank cell beside it only where both are one cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.planning.importing.blocks import Table
from assistant.planning.importing.headings import column, needed, one_of
from assistant.planning.importing.values import Scale, scale

_HEADER_WITHIN = 8
"""Rows of a table in which its header is looked for: titles and notes may stand above."""


@dataclass(frozen=True)
class Column:
    """A column: its name as written, the field it means (None: unknown), what its figures are in.

    `is_twice` tells that another column means the same.
    """

    name: str
    field: str | None
    scale: Scale | None
    is_twice: bool = False


@dataclass(frozen=True)
class Header:
    """The columns of a table; `start` is the first of the header's rows, `end` that after them."""

    start: int
    end: int
    columns: tuple[Column, ...]

    @property
    def fields(self) -> set[str]:
        return {c.field for c in self.columns if c.field and not c.is_twice}


def header(kind: str, table: Table) -> Header | None:
    """The header of a table of that kind; None where there is none.

    It names the field that every row needs, and one more unless the table has a single column.
    """
    rows = table.rows
    for at in range(min(len(rows), _HEADER_WITHIN)):
        if at + 1 < len(rows) and (lower := _lower(kind, rows[at], rows[at + 1])):
            names = [_both(kind, *pair) for pair in zip(_above(table, at), lower, strict=True)]
            if found := _fitting(kind, Header(at, at + 2, _columns(names))):
                return found
        names = [(cell, column(kind, cell), scale(cell)) for cell in rows[at]]
        if found := _fitting(kind, Header(at, at + 1, _columns(names))):
            return found
    return None


def kind_of(table: Table, kinds: Sequence[str]) -> str | None:
    """The one kind whose columns a whole first row names; several that fit are none."""
    for row in table.rows[:2]:
        names = [cell for cell in row if cell]
        fit = [kind for kind in kinds if len(names) > 2 and all(column(kind, n) for n in names)]
        fit = [kind for kind in fit if header(kind, table) is not None]
        if len(fit) == 1:
            return fit[0]
    return None


def spread(table: Table) -> Sequence[tuple[str, ...]]:
    """The rows, with what a cell that reaches over several rows says in each of them."""
    rows: list[tuple[str, ...]] = []
    for y, row in enumerate(table.rows):
        rows.append(
            tuple(rows[-1][x] if (y, x) in table.below else cell for x, cell in enumerate(row))
        )
    return rows


_Named = tuple[str, str | None, Scale | None]
"""A column's name, the field it means, and what its figures are in."""


def _columns(named: Sequence[_Named]) -> tuple[Column, ...]:
    often = Counter(field for _name, field, _scale in named if field)
    return tuple(Column(n, f, s, f is not None and often[f] > 1) for n, f, s in named)


def _fitting(kind: str, found: Header) -> Header | None:
    named = [c for c in found.columns if c.name]
    if needed(kind) not in found.fields or (len(found.fields) < 2 and len(named) > 1):
        return None
    return found


def _lower(kind: str, upper: Sequence[str], lower: Sequence[str]) -> list[str] | None:
    """The second row of a header, over the same columns; None where it is a row of the table.

    It only names columns, of which some stand below a blank. Where cells of the first row reach
    down (in Word), the second has cells below the others alone.
    """
    if len(lower) < len(upper):
        grouped = [n for n, up in enumerate(upper) if not up or upper[n + 1 : n + 2] == ("",)]
        if len(grouped) != len(lower):
            return None
        spread = [""] * len(upper)
        for n, cell in zip(grouped, lower, strict=True):
            spread[n] = cell
        lower = spread
    below = any(low and not up for up, low in zip(upper, lower, strict=False))
    if not below or len(upper) != len(lower):
        return None
    above = _carried(upper)
    named = [
        column(kind, low) or any(_tried(kind, up, low))
        for up, low in zip(above, lower, strict=True)
        if low
    ]
    return list(lower) if named and all(named) else None


def _above(table: Table, at: int) -> list[tuple[str, str, bool | None]]:
    """The first row of a header: each name, the one to its left where it is blank, and whether
    both are one cell, if that is known."""
    row, left = table.rows[at], _carried(table.rows[at])
    if len(table.rows[at + 1]) < len(row):
        return [(up, left[n], True) for n, up in enumerate(row)]
    told = table.merged
    return [(up, left[n], None if told is None else (at, n) in told) for n, up in enumerate(row)]


def _both(kind: str, above: tuple[str, str, bool | None], name: str) -> _Named:
    """What a column of two names means; where the upper one may or may not reach over it, nothing
    unless both readings are the same."""
    upper, left, is_merged = above
    over = upper or (left if is_merged else "")
    field = next(filter(None, _tried(kind, over, name)), None)
    if name and not over and left and is_merged is None:
        readings = {field, *_together(kind, left, name)}
        field = field if readings == {field} or column(kind, left) else None
    shown = " ".join(part for part in (over, name) if part)
    return shown, field, scale(name) or scale(over)


def _tried(kind: str, upper: str, lower: str) -> list[str | None]:
    """What the names may mean together, then what the lower means alone.

    Alone it is of the side that such a table is about: 部門 below 当社 is not the customer's.
    """
    if not (upper and lower):
        return [column(kind, upper or lower)]
    other = "ours" if kind == "people" else "theirs"
    alone = [] if one_of("sides", upper) == other else [column(kind, lower)]
    return [*_together(kind, upper, lower), *alone]


def _together(kind: str, upper: str, lower: str) -> list[str | None]:
    both = (f"{upper}の{lower}", f"{lower}の{upper}", f"{upper}{lower}", f"{upper} {lower}")
    return [column(kind, text) for text in both]


def _carried(row: Sequence[str]) -> list[str]:
    found: list[str] = []
    for cell in row:
        found.append(cell or (found[-1] if found else ""))
    return found
