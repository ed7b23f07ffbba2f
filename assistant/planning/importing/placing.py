"""What a document holds is placed in a plan, piece by piece; what is not sure of its place is left.

A statement is quoted from the document, unless it is marked as a hypothesis.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from assistant.planning.importing.blocks import Line, Table
from assistant.planning.importing.grid import grid, named_part, sentences
from assistant.planning.importing.head import HeadReader
from assistant.planning.importing.headings import (
    data,
    is_in,
    is_nothing,
    is_section,
    label,
    one_of,
    why,
)
from assistant.planning.importing.items import MAKERS, from_line, progress
from assistant.planning.importing.outline import Located, Outline
from assistant.planning.importing.row import WORDS, Context, Row
from assistant.planning.importing.tables import Column, Header, header, kind_of
from assistant.planning.importing.values import Scale, unit_note
from crm.names import match_key
from plans.model import Item, Plan, Progress, Quote, Statement
from tools.facts import Text

MOST = 999
"""Items of a section or collection."""
_KINDS = (*MAKERS, "hypotheses")
"""What tables are of."""


@dataclass(frozen=True)
class Unplaced:
    """A text of the document that is not in the plan, where it stands, and why."""

    text: str
    place: str
    why: Text


class Placer:
    """Places one document; `file` is its name."""

    def __init__(
        self, reader: HeadReader, file: str, suffix: str, unplaced: list[Unplaced]
    ) -> None:
        self._head, self._file, self._unplaced = reader, file, unplaced
        self._is_workbook = suffix == ".xlsx"
        self._items: dict[str, dict[str, Item]] = {}
        self._progress: list[Progress] = []
        self._served: list[tuple[str, Row]] = []
        self._supposed: list[tuple[str, Row]] = []
        self._tabled: set[str | None] = set()
        self._unit: tuple[Line, str, Scale] | None = None

    def place(self, found: Outline) -> None:
        """Place every line and table; last what refers to others."""
        self._tabled = {one.target for one in found.located if isinstance(one.block, Table)}
        for one in found.located:
            if isinstance(one.block, Table):
                self._table(one, one.block)
            else:
                self._line(one, one.block)
        self._drop_unit()
        for heading in found.empty:
            self._leave(heading.text, heading.place, why("empty"))
        for path, row in self._supposed:
            self._hypothesis(path, row)
        for id_, row in self._served:
            self._serve(id_, row)

    def plan(self) -> Plan:
        """What was placed."""
        parts: dict[str, list[Item]] = {"progress": list(self._progress)}
        for kind, items in self._items.items():
            collection = "statements" if is_section(kind) else kind
            parts.setdefault(collection, []).extend(items.values())
        return Plan.model_validate({"head": self._head.head, **parts})

    def counts(self) -> Mapping[str, int]:
        """How much stands in the head, in each section and in each collection."""
        found = {"head": self._head.count} | {k: len(items) for k, items in self._items.items()}
        return {kind: count for kind, count in found.items() if count}

    def _leave(self, text: str, place: str, reason: Text) -> None:
        self._unplaced.append(Unplaced(text, place, reason))

    # ------------------------------------------------------------------ lines

    def _line(self, one: Located, line: Line) -> None:
        target = one.target
        if is_nothing(line.text):
            return
        if unit := unit_note(line.text):
            self._drop_unit()
            self._unit = (line, one.path, unit)
        elif target in ("swot", "five_p"):
            self._in_group(one, target, line)
        elif is_section(target) or target == "hypotheses":
            self._statement(target or "", line.text, one.path, line.place)
        elif target == "purpose":
            if not self._head.purpose(line.text):
                self._leave(line.text, line.place, why("long", limit=WORDS))
        elif target in MAKERS:
            self._listed(target or "", line)
        elif one.is_beginning or target == "head":
            self._beginning(one, line.text, line.place)
        else:
            self._leave(line.text, line.place, _reason(one))

    def _in_group(self, one: Located, group: str, line: Line) -> None:
        part, rest = named_part(group, line.text)
        if part is None or not rest:
            self._leave(line.text, line.place, one.reason)
        else:
            self._statement(part, rest, one.path, line.place)

    def _listed(self, kind: str, line: Line) -> None:
        """A line of a list of people, goals, actions; beside a table it may be anything."""
        if self._is_workbook or kind in self._tabled:
            self._leave(line.text, line.place, why("beside"))
            return
        item = None
        if len(line.text) <= WORDS:
            item = from_line(kind, line.text, self._id(kind))
        if item is None:
            unclear = why("first") if kind == "calendar" else why("person")
            long = why("long", limit=WORDS)
            self._leave(line.text, line.place, long if len(line.text) > WORDS else unclear)
        else:
            self._keep(kind, item, line.text, line.place)

    def _beginning(self, one: Located, text: str, place: str) -> None:
        self._head.leave = lambda whole, _place, reason: self._leave(whole, place, reason)
        if left := self._head.line(text):
            self._leave(left, place, _reason(one))

    # ------------------------------------------------------------------ statements

    def _statement(
        self, target: str, said: str, path: str, place: str, row: Row | None = None
    ) -> None:
        section = "risk" if target == "hypotheses" else target
        text, status = _supposed(said)
        if target == "hypotheses":
            status = status or "open"
        if row is not None and (code := one_of("status", row.get("status") or "")):
            status = code
        if len(text) > WORDS:
            self._leave(said, place, why("long", limit=WORDS))
            return
        statement = Statement(
            id=self._id(section),
            section=section,  # type: ignore[arg-type]
            text=text,
            kind="hypothesis" if status else "quoted",
            status=status,  # type: ignore[arg-type]
            test=row.words("test") if row else None,
            quote=Quote(passage_id="", title=self._file, heading=path, file=self._file),
        )
        self._keep(section, statement, said, place)

    def _hypothesis(self, path: str, row: Row) -> None:
        """A row of a table of hypotheses; one that is said elsewhere is only completed by it."""
        said = row.get("text") or ""
        status = row.get("status")
        if status and one_of("status", status) is None:
            row.leave("status", why("fit"))
        for items in self._items.values():
            for item in items.values():
                if isinstance(item, Statement) and item.status and item.text == said:
                    changed = {"status": one_of("status", status or "") or item.status,
                               "test": item.test or row.words("test")}  # fmt: skip
                    items[item.id] = item.model_copy(update=changed)
                    return
        self._statement("hypotheses", said, path, row.place, row)

    # ------------------------------------------------------------------ tables

    def _table(self, one: Located, table: Table) -> None:
        target = _table_target(one, table)
        if target in _KINDS:
            self._rows(target or "", one, table)
        elif target in ("swot", "five_p"):
            for part, text, place in grid(target, table):
                if part is None:
                    self._leave(text, place, one.reason)
                else:
                    self._statement(part, text, one.path, place)
        elif is_section(target):
            for text, place in sentences(table):
                self._statement(target or "", text, one.path, place)
        elif one.is_beginning or target == "head":
            self._pairs(one, table)
        else:
            for row, place in zip(table.rows, table.places, strict=True):
                self._row_left(row, place, _reason(one))

    def _pairs(self, one: Located, table: Table) -> None:
        """Rows of names and values, side by side."""
        for row, place in zip(table.rows, table.places, strict=True):
            at = 0
            while at < len(row):
                code, value = label(row[at]), "".join(row[at + 1 : at + 2])
                if code and value:
                    self._beginning(one, f"{row[at]}: {value}", place)
                    at += 2
                    continue
                if row[at]:
                    self._leave(row[at], place, _reason(one))
                at += 1

    def _rows(self, kind: str, one: Located, table: Table) -> None:
        found = header(kind, table)
        if found is None:
            for row, place in zip(table.rows, table.places, strict=True):
                self._row_left(row, place, why("no_header"))
            return
        unit = self._take_unit(one.path) or self._head.unit
        for at, (cells, place) in enumerate(zip(table.rows, table.places, strict=True)):
            if at >= found.end:
                self._row(kind, one, found, cells, place, unit)
            elif at < found.start:
                noted = [scale for cell in cells if (scale := unit_note(cell))]
                unit = noted[0] if len(noted) == 1 else unit
                self._row_left([c for c in cells if not unit_note(c)], place, why("beside"))

    def _row(
        self, kind: str, one: Located, found: Header, cells: Any, place: str, unit: Scale | None
    ) -> None:
        if all(is_nothing(cell) for cell in cells):
            return
        text = _joined(cells)
        first = next(cell for cell in cells if cell)
        needed = data()["required"][kind]
        if len(cells) != len(found.columns):
            self._leave(text, place, why("cells"))
            return
        if is_in("totals", first):
            self._leave(text, place, why("total"))
            return
        row = self._read(found, cells, place, unit)
        if row.get(needed) is None:
            named = next(column.name for column in found.columns if column.field == needed)
            self._leave(text, place, why("required", column=named))
            return
        for cell, column in zip(cells, found.columns, strict=True):
            if not is_nothing(cell) and (column.field is None or column.is_twice):
                reason = why("columns") if column.is_twice else why("column", column=column.name)
                self._leave(f"{column.name}: {cell}" if column.name else cell, place, reason)
        if kind == "hypotheses":
            self._supposed.append((one.path, row))
        else:
            self._made(kind, row)

    def _read(self, found: Header, cells: Any, place: str, unit: Scale | None) -> Row:
        placed: dict[str, tuple[str, Column]] = {
            column.field: (cell, column)
            for cell, column in zip(cells, found.columns, strict=True)
            if column.field and not column.is_twice
        }
        context = Context(
            self._head.calendar, self._head.head.currency, self._head.head.language, self._leave
        )
        return Row(context, place, placed, _joined(cells), unit)

    def _made(self, kind: str, row: Row) -> None:
        before = len(self._unplaced)
        id_ = self._id(kind)
        try:
            item = MAKERS[kind](row, id_)
            became = progress(row, id_) if kind == "actions" else None
        except ValidationError:
            del self._unplaced[before:]
            self._leave(row.text, row.place, why("fit"))
            return
        if item is None or not self._keep(kind, item, row.text, row.place):
            return
        if became is not None:
            self._progress.append(became)
        if kind == "actions" and row.get("goal"):
            self._served.append((id_, row))

    def _serve(self, id_: str, row: Row) -> None:
        """Link an action to the goal that it names."""
        named = match_key(row.get("goal") or "")
        goals = self._items.get("goals", {})
        fit = [i for i, goal in goals.items() if match_key(getattr(goal, "what", "")) == named]
        if len(fit) != 1:
            row.leave("goal", why("goal"))
            return
        actions = self._items["actions"]
        actions[id_] = actions[id_].model_copy(update={"goal": fit[0]})

    # ------------------------------------------------------------------ keeping

    def _id(self, kind: str) -> str:
        return f"{kind}.{len(self._items.get(kind, ())) + 1:03}"

    def _keep(self, kind: str, item: Item, text: str, place: str) -> bool:
        kept = self._items.setdefault(kind, {})
        if len(kept) >= MOST:
            self._leave(text, place, why("many", limit=MOST))
            return False
        kept[item.id] = item
        return True

    def _row_left(self, cells: Any, place: str, reason: Text) -> None:
        if any(cells):
            self._leave(_joined(cells), place, reason)

    def _take_unit(self, path: str) -> Scale | None:
        """The unit stated above a table, below the same headings."""
        if self._unit is None or self._unit[1] != path:
            return None
        unit, self._unit = self._unit[2], None
        return unit

    def _drop_unit(self) -> None:
        if self._unit is not None:
            line, self._unit = self._unit[0], None
            self._leave(line.text, line.place, why("fit"))


def _table_target(one: Located, table: Table) -> str | None:
    """What a table belongs to: by its heading, or by its columns where that leaves it open."""
    if one.target == "risk" and header("hypotheses", table):
        return "hypotheses"
    is_open = is_section(one.target) or one.target in (*_KINDS, "head") or not one.path
    if not is_open or (one.target in _KINDS and header(one.target or "", table)):
        return one.target
    return kind_of(table, _KINDS) or one.target


def _reason(one: Located) -> Text:
    """Why what stands in no part, or in one that is not taken over, is left."""
    return why(one.target) if one.target in ("sources", "notes") else one.reason


def _joined(cells: Any) -> str:
    return " | ".join(cell for cell in cells if cell)


def _supposed(text: str) -> tuple[str, str | None]:
    """A statement without the mark of a hypothesis, and its status; None where it is none."""
    for pattern in _marks():
        match = pattern.fullmatch(text)
        if match is None:
            continue
        said = match.groupdict().get("status")
        status = one_of("status", said) if said else "open"
        return (match["text"], status) if status else (text, "open")
    return text, None


@cache
def _marks() -> tuple[re.Pattern[str], ...]:
    word = "|".join(re.escape(word) for word in data()["hypothesis"])
    return (
        re.compile(
            rf"(?P<text>.+?)\s*[（(\[【]\s*(?:{word})\s*(?:[・,、:：/]\s*(?P<status>[^()（）]+?))?\s*"
            r"[)）\]】][。.]?",
            re.IGNORECASE,
        ),
        re.compile(
            rf"(?:[（(\[【]\s*(?:{word})\s*[)）\]】]|(?:{word})\s*[:：])\s*(?P<text>.+)", re.I
        ),
    )
