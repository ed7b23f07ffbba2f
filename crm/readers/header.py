"""The header of a sheet is found by its shape and by what is merged, or it is asked for.

It is the first row that is filled with text as wide as the data below. Rows above it are titles,
as long as they cannot be a part of it. A header of several rows is one where merged cells say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm.errors import InputError
from crm.readers.sheet import Cell, Range, SheetRow, place
from crm.readers.staging import BLANKS

_MOST_MERGED = 10_000
DEEPEST = 4
"""Rows of a header at the most."""
_REMARK = re.compile(
    r"単位.*\w|\bunits?\s*[:(]|\bin (?:thousands|millions)"
    r"|(?:作成|出力|現在|時点|as of|created|printed|exported).*\d|\d.*(?:作成|出力|現在|時点)",
    re.IGNORECASE,
)
_TITLE = re.compile(r"一覧|リスト|台帳|名簿|レポート|報告|\blist\b|\breport\b", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """Rows `top` to `bottom` of a sheet, and the name of each column by its number."""

    top: int
    bottom: int
    columns: dict[int, str]


class _NoneError(Exception):
    """These rows are no header; says why."""


class Grid:
    """The first rows of a sheet, in which merged cells are one."""

    def __init__(self, rows: Sequence[SheetRow], merged: Iterable[Range]) -> None:
        self.rows = dict(rows)
        last = rows[-1][0] if rows else 0
        self.merged = [each for each in merged if each.top <= last][:_MOST_MERGED]

    def range_at(self, row: int, column: int) -> Range:
        """The cells that are one with this one: it alone, if no others."""
        for each in self.merged:
            if each.top <= row <= each.bottom and each.left <= column <= each.right:
                return each
        return Range(row, column, row, column)

    def cell(self, at: Range) -> Cell | None:
        """What stands in cells that are one."""
        return self.rows.get(at.top, {}).get(at.left)

    def filled(self, row: int) -> list[Range]:
        """The cells of a row that hold something, from left to right, those that are one once."""
        spans = [each for each in self.merged if each.top <= row <= each.bottom]
        inside = {each for each in spans if self.cell(each)}
        alone = {
            Range(row, column, row, column)
            for column in self.rows.get(row, {})
            if not any(each.left <= column <= each.right for each in spans)
        }
        return sorted(inside | alone, key=lambda each: each.left)

    def below(self, row: int) -> set[int]:
        """The columns in which some row below holds something."""
        return {column for number, cells in self.rows.items() if number > row for column in cells}


def find_header(file: str, grid: Grid) -> Header:
    """The header of a sheet of which nothing is said. Raises InputError where it is unclear."""
    for row in grid.rows:
        try:
            header = _header(grid, row, None, strict=True)
        except _NoneError:
            continue
        others = _others_above(grid, header) or _others_below(grid, header)
        if others:
            found = [str(each) for each in sorted({*others, header.top})]
            raise InputError(
                f"{file}: rows {', '.join(found[:-1])} and {found[-1]} could be the header.",
                "Say `header_row` in the mapping, and `header_rows` where it has several.",
            )
        return header
    raise InputError(
        f"{file}: no row is surely the header: none is filled with text as wide as the data below, "
        "or merged cells do not tell what an empty cell of it means.",
        "Say `header_row` in the mapping, and `header_rows` where it has several; fill its cells.",
    )


def said_header(file: str, grid: Grid, top: int, depth: int | None) -> Header:
    """The header in the row that was said. Raises InputError where a column has no sure name."""
    try:
        return _header(grid, top, depth, strict=False)
    except _NoneError as error:
        raise InputError(
            f"{file}: row {top} is not a full header ({error}).",
            "Fill the cell, or correct `header_row` and `header_rows` in the mapping.",
        ) from None


def _header(grid: Grid, top: int, depth: int | None, strict: bool) -> Header:
    """The header that begins in a row; _NoneError when none does.

    Strict is: what is no text, what spans all and what reads like a title is no header, and every
    empty cell is explained by cells that are merged.
    """
    filled = grid.filled(top)
    if not filled or any(each.top < top for each in filled):
        raise _NoneError("it is empty, or part of a cell above")
    if strict and len(filled) == 1 and filled[0].right > filled[0].left:
        raise _NoneError("it is a title")
    bottom = top + depth - 1 if depth else _bottom(grid, top)
    if strict and bottom > top and any(_is_title_text(grid.cell(each)) for each in filled):
        raise _NoneError("it is a title")
    names = {}
    rows = range(top, bottom + 1)
    wanted = grid.below(bottom) | {
        column
        for row in rows
        for each in grid.filled(row)
        for column in range(each.left, min(each.right, each.left + 200) + 1)
    }
    for column in sorted(wanted):
        names[column] = _name(grid, rows, column, strict)
    if strict and not any(character.isalpha() for name in names.values() for character in name):
        raise _NoneError("it holds figures only")
    return Header(top, bottom, names)


def _bottom(grid: Grid, top: int) -> int:
    """The last row of a header: as deep as its merged cells say, and one below what they span."""
    bottom = top
    while True:
        inside = [each for row in range(top, bottom + 1) for each in grid.filled(row)]
        deepest = max(each.bottom for each in inside)
        if any(each.bottom == deepest and each.right > each.left for each in inside):
            deepest += 1
        if deepest == bottom:
            return bottom
        if deepest - top >= DEEPEST:
            raise _NoneError(f"it would have more than {DEEPEST} rows")
        bottom = deepest


def _name(grid: Grid, rows: range, column: int, strict: bool) -> str:
    """The name of a column: what stands over it, joined with one blank."""
    parts: dict[Range, str] = {}
    for row in rows:
        at = grid.range_at(row, column)
        cell = grid.cell(at)
        if at.top < rows[0] or at.bottom > rows[-1]:
            raise _NoneError(f"{at} is merged with cells that are not in it")
        if cell is None or cell.lacking:
            if not strict and cell is None and row < rows[-1] and _ends_before(grid, row, column):
                continue
            raise _NoneError(f"{place(row, column)} is empty")
        if strict and row == rows[0] and not cell.is_text:
            raise _NoneError(f"{place(row, column)} is no text")
        parts[at] = cell.text.strip(BLANKS)
    return " ".join(parts.values())


def _ends_before(grid: Grid, row: int, column: int) -> bool:
    """Whether nothing to the left can mean this empty cell too: no cell, or one that is merged."""
    left = [each for each in grid.filled(row) if each.right < column]
    return not left or left[-1].right > left[-1].left


def _others_above(grid: Grid, header: Header) -> list[int]:
    """The rows above that could be a part of the header, or the header."""
    widest_title = max(1, len(header.columns) // 2)
    found = []
    touching, edge = True, header.top
    for row in sorted((row for row in grid.rows if row < header.top), reverse=True):
        filled = grid.filled(row)
        touching = touching and max((each.bottom for each in filled), default=row) >= edge - 1
        edge = row
        if len(filled) > widest_title or (touching and not _is_title(grid, filled, header)):
            found.append(row)
    return found


def _is_title(grid: Grid, filled: list[Range], header: Header) -> bool:
    """Whether a row right above a header is one title, and neither a heading nor a poor header."""
    if len(filled) != 1:
        return False
    (only,) = filled
    if only.right > only.left:  # over some of the columns it could be their heading
        return only.left <= min(header.columns) and only.right >= max(header.columns)
    cell = grid.cell(only)
    if cell is None or not cell.is_text or _is_title_text(cell):
        return True
    return only.left <= min(header.columns) and len(header.columns) > 2


def _is_title_text(cell: Cell | None) -> bool:
    return cell is not None and bool(_TITLE.search(cell.text) or _REMARK.search(cell.text))


def _others_below(grid: Grid, header: Header) -> list[int]:
    """The row that could be the header as well: full of text too, after a gap."""
    several = len(header.columns) > 2
    gap = False
    number = header.bottom
    for row, cells in grid.rows.items():
        if row <= header.bottom:
            continue
        gap = gap or row > number + 1
        number = row
        if several and len(cells) == 1:
            gap = True
            continue
        if not gap:
            return []
        try:
            _header(grid, row, None, strict=True)
        except _NoneError:
            return []
        return [row]
    return []
