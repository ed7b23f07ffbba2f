"""What a document holds is placed piece by piece; what is not sure of its place is left."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.planning.importing.blocks import Line, Picture, Table
from assistant.planning.importing.collected import Collected
from assistant.planning.importing.grid import grid, sentences
from assistant.planning.importing.head import HeadReader
from assistant.planning.importing.headings import (
    is_in,
    is_nothing,
    is_section,
    label,
    needed,
    usual,
    why,
)
from assistant.planning.importing.items import MAKERS, done_note, from_line, ticked
from assistant.planning.importing.outline import GROUPS, Located, Outline
from assistant.planning.importing.row import WORDS, Context, Row
from assistant.planning.importing.tables import Column, Header, header, kind_of, spread
from assistant.planning.importing.values import Scale, unit_note
from tools.facts import Text

_KINDS = (*MAKERS, "hypotheses")
"""What tables are of."""
_NOT_TAKEN = ("sources", "notes", "summary")
_OF_LINES = {"calendar": "review", "people": "person", "team": "person"}
"""Why a line that is to be an item of a kind may be left."""


class Placer:
    """Places the lines and tables of one document; in a workbook no line is an item of a list."""

    def __init__(self, head: HeadReader, collected: Collected, *, is_workbook: bool) -> None:
        self._head, self._collected, self._is_workbook = head, collected, is_workbook
        self._leave = collected.leave
        self._tables: Sequence[Located] = ()
        self._unit: tuple[Line, str, Scale] | None = None

    def place(self, found: Outline) -> None:
        """Place every line and table; last what refers to others."""
        self._tables = [one for one in found.located if isinstance(one.block, Table)]
        for one in found.located:
            if isinstance(one.block, Table):
                self._table(one, one.block)
            elif isinstance(one.block, Picture):
                self._leave(one.block.text, one.block.place, why("picture"))
            else:
                self._line(one, one.block)
        self._drop_unit()
        for heading in found.empty:
            self._leave(heading.text, heading.place, why("empty"))
        self._collected.finish()
        for heading in found.unknown:
            if not self._collected.mentions(heading.text):
                self._leave(heading.text, heading.place, why("unknown", heading=heading.text))

    # ------------------------------------------------------------------ lines

    def _line(self, one: Located, line: Line) -> None:
        target = one.target or ""
        if is_nothing(line.text):
            return
        if unit := unit_note(line.text):
            self._drop_unit()
            self._unit = (line, one.path, unit)
        elif is_section(target) or target == "hypotheses":
            self._collected.statement(target, line.text, one.path, line.place)
        elif target == "purpose":
            if not self._head.purpose(line.text):
                self._leave(line.text, line.place, why("long", limit=WORDS))
        elif target in MAKERS:
            self._listed(target, one, line)
        elif one.is_beginning or target == "head":
            if left := self._head.line(line.text, line.place):
                self._leave(left, line.place, _reason(one))
        else:
            self._leave(line.text, line.place, _reason(one))

    def _listed(self, kind: str, one: Located, line: Line) -> None:
        """A line of a list of people, goals, actions; beside a table it may be anything."""
        is_beside = any(
            table.target == kind and f"{table.path} › ".startswith(f"{one.path} › ")
            for table in self._tables
        )
        if self._is_workbook or is_beside:
            self._leave(line.text, line.place, why("beside"))
        elif len(line.text) > WORDS:
            self._leave(line.text, line.place, why("long", limit=WORDS))
        else:
            self._item(kind, line)

    def _item(self, kind: str, line: Line) -> None:
        text, tick = ticked(line.text) if kind == "actions" else (line.text, None)
        item = from_line(kind, text, self._collected.next_id(kind))
        if item is None:
            self._leave(line.text, line.place, why(_OF_LINES[kind]))
        elif self._collected.keep(kind, item, line.text, line.place) and tick:
            self._collected.done(item.id, done_note(tick, self._head.head.language))
            self._leave(line.text, line.place, why("done"))

    def _drop_unit(self) -> None:
        if self._unit is not None:
            line, self._unit = self._unit[0], None
            self._leave(line.text, line.place, why("unused"))

    # ------------------------------------------------------------------ tables

    def _table(self, one: Located, table: Table) -> None:
        target = _of_table(one, table) or ""
        if target in _KINDS:
            self._rows(target, one, table)
        elif target in GROUPS:
            for part, text, place in grid(target, table):
                if part is None:
                    self._leave(text, place, one.reason)
                else:
                    self._collected.statement(part, text, one.path, place)
        elif is_section(target):
            for text, place in sentences(table):
                self._collected.statement(target, text, one.path, place)
        elif one.is_beginning or target == "head":
            self._pairs(one, table)
        else:
            self._all_left(table, _reason(one))

    def _pairs(self, one: Located, table: Table) -> None:
        """Rows of names and values, side by side; a table without a name that is known is none."""
        if not any(label(cell) for row in table.rows for cell in row):
            self._all_left(table, _reason(one))
            return
        for row, place in zip(table.rows, table.places, strict=True):
            cells = iter([*filter(None, row), ""])
            for name, value in zip(cells, cells, strict=False):
                whole = f"{name}: {value}" if value else name
                if value and (code := label(name)):
                    self._head.take(code, value, whole, place)
                else:
                    self._leave(whole, place, why("label", label=name))

    def _rows(self, kind: str, one: Located, table: Table) -> None:
        found = header(kind, table)
        if found is None:
            self._all_left(table, why("no_header", column=usual(kind, needed(kind))))
            return
        unit = self._unit_above(one.path) or self._head.unit
        rows = [*table.rows[: found.end], *spread(table)[found.end :]]
        for at, (cells, place) in enumerate(zip(rows, table.places, strict=True)):
            if at < found.start:
                noted = [scale for cell in cells if (scale := unit_note(cell))]
                unit = noted[0] if len(noted) == 1 else unit
                self._row_left([c for c in cells if not unit_note(c)], place, why("beside"))
            elif at >= found.end and not all(map(is_nothing, cells)):
                self._row(kind, one, found, cells, place, unit)

    def _unit_above(self, path: str) -> Scale | None:
        """The unit stated above a table, below the same headings."""
        if self._unit is None or self._unit[1] != path:
            return None
        unit, self._unit = self._unit[2], None
        return unit

    def _row(
        self,
        kind: str,
        one: Located,
        found: Header,
        cells: Sequence[str],
        place: str,
        unit: Scale | None,
    ) -> None:
        if len(cells) != len(found.columns):
            self._row_left(cells, place, why("cells"))
            return
        if is_in("totals", next(cell for cell in cells if cell)):
            self._row_left(cells, place, why("total"))
            return
        row = self._read(found, cells, place, unit)
        if row.get(needed(kind)) is None:
            named = next(column.name for column in found.columns if column.field == needed(kind))
            self._row_left(cells, place, why("required", column=named))
            return
        for cell, column in zip(cells, found.columns, strict=True):
            if is_nothing(cell) or _is_serial(cell, column):
                continue
            if column.field is None or column.is_twice:
                reason = why("columns") if column.is_twice else why("column", column=column.name)
                self._leave(f"{column.name}: {cell}" if column.name else cell, place, reason)
        self._collected.row(kind, row, one.path)

    def _read(self, found: Header, cells: Sequence[str], place: str, unit: Scale | None) -> Row:
        placed: dict[str, tuple[str, Column]] = {
            column.field: (cell, column)
            for cell, column in zip(cells, found.columns, strict=True)
            if column.field and not column.is_twice
        }
        head = self._head.head
        context = Context(self._head.calendar, head.currency, head.language, self._leave)
        return Row(context, place, placed, _joined(cells), unit)

    def _all_left(self, table: Table, reason: Text) -> None:
        for row, place in zip(table.rows, table.places, strict=True):
            self._row_left(row, place, reason)

    def _row_left(self, cells: Sequence[str], place: str, reason: Text) -> None:
        if any(cells):
            self._leave(_joined(cells), place, reason)


def _of_table(one: Located, table: Table) -> str | None:
    """What a table belongs to: by its heading, or by its columns where that leaves it open."""
    if one.target == "risk" and header("hypotheses", table):
        return "hypotheses"
    is_open = is_section(one.target) or one.target in (*_KINDS, "head") or not one.path
    if not is_open or (one.target in _KINDS and header(one.target or "", table)):
        return one.target
    return kind_of(table, _KINDS) or one.target


def _reason(one: Located) -> Text:
    """Why what stands in no part, or in one that is not taken over, is left."""
    return why(one.target) if one.target in _NOT_TAKEN else one.reason


def _is_serial(cell: str, column: Column) -> bool:
    """Whether a cell only numbers its row."""
    return cell.rstrip(".．)）").isdecimal() and is_in("serial", column.name)


def _joined(cells: Sequence[str]) -> str:
    return " | ".join(cell for cell in cells if cell)
