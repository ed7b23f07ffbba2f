"""What a model is told of a result fits its room; what is left out is told, and can be asked for.

A cell of a row is the fact `column@subject`, the subject being the row's `@`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from assistant.ledger import Ledger, holds_passages, passage_of
from crm.settings import Language
from tools.facts import Fact, Table, ToolResult
from tools.format import shown

MOST_TOKENS = 1500
"""Tokens of one result at the most, as `tokens` counts them."""
MORE_ROWS = "more_rows"
_CHARACTERS_PER_TOKEN = 3.5
_FACTS_BESIDE_ROWS = 0.6
_FRAME = 60
_TEXT_LENGTHS = (400, 120, 30)
_WARNINGS = 0.25


def tokens(text: str) -> int:
    """How many tokens a text is at the most, for any tokenizer: a Japanese character is one."""
    plain = sum(1 for c in text if c.isascii())
    return len(text) - plain + math.ceil(plain / _CHARACTERS_PER_TOKEN)


def as_json(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


class Told:
    """Results as a model reads them, in one language, with the keys of one ledger."""

    def __init__(self, ledger: Ledger, language: Language) -> None:
        self._ledger = ledger
        self._language: Language = language

    def result(self, result: ToolResult, reference: str, from_row: int = 1) -> str:
        """A result from a row on: its facts by key with their figure, its rows and its parts."""
        return as_json(self._told(result, reference, _Room(MOST_TOKENS), from_row))

    def _told(
        self, result: ToolResult, reference: str, room: _Room, from_row: int = 1
    ) -> dict[str, Any]:
        room.spend(_FRAME if not result.parts else 2 * _FRAME)
        told: dict[str, Any] = {"reference": reference}
        if from_row == 1:
            told |= self._warnings(result, room)
            apart = room.part(_FACTS_BESIDE_ROWS if result.table or result.parts else 1)
            told |= self._facts(result.facts, apart, room)
        if result.table:
            told |= self._rows(result.table, reference, room, from_row)
        if result.parts and from_row == 1:
            told["page"] = f"The finished page: write {{{{page:{result.tool}}}}} to show it whole."
            told["parts"] = self._parts(result, reference, room)
        return told

    def _warnings(self, result: ToolResult, room: _Room) -> dict[str, Any]:
        apart = room.part(_WARNINGS)
        texts = [_cut(w.in_(self._language), _TEXT_LENGTHS[0]) for w in result.warnings]
        kept = [text for text in texts if apart.takes(text)]
        room.spend(apart.spent)
        told: dict[str, Any] = {"warnings": kept} if kept else {}
        return told | ({"warnings_in_all": len(texts)} if len(kept) < len(texts) else {})

    def _facts(self, facts: Sequence[Fact], apart: _Room, room: _Room) -> dict[str, Any]:
        """The facts that fit a part of the room, in order."""
        told: dict[str, str] = {}
        for fact in facts:
            key = self._ledger.key_of(fact)
            text = f"{fact.label.in_(self._language)}: {self._shown(fact, _TEXT_LENGTHS[0])}"
            if not apart.takes({key: text}):
                break
            told[key] = text
        room.spend(apart.spent)
        cut = {"facts_in_all": len(facts)} if len(told) < len(facts) else {}
        return {"facts": told, **cut} if facts else {}

    def _rows(self, table: Table, reference: str, room: _Room, from_row: int) -> dict[str, Any]:
        """As many rows as there is room for, from the one named (the first is 1)."""
        columns = {c.name: c.label.in_(self._language) for c in table.columns}
        told: dict[str, Any] = {"columns": columns} if room.takes(columns) else {}
        rows: list[dict[str, str]] = []
        for n in range(from_row - 1, len(table.rows)):
            row = self._fitting(table, n, room, shorten=not rows)
            if row is None:
                break
            rows.append(row)
        told |= {"rows": rows, "rows_in_all": table.total_rows}
        following = from_row + len(rows)
        if following <= len(table.rows):
            told["more"] = f"{MORE_ROWS}(reference={reference!r}, from_row={following})"
        elif len(table.rows) < table.total_rows:
            told["more"] = f"Rows looked up: {len(table.rows)}. For more, call with a larger limit."
        return told

    def _fitting(
        self, table: Table, row: int, room: _Room, *, shorten: bool
    ) -> dict[str, str] | None:
        """The row when there is room for it; the first one with texts as short as they must be."""
        for length in _TEXT_LENGTHS if shorten else _TEXT_LENGTHS[:1]:
            told = self._row(table, row, length)
            if room.takes(told):
                return told
        return None

    def _row(self, table: Table, row: int, length: int) -> dict[str, str]:
        """The known cells of a row by column; by their own key where another fact took theirs."""
        told = {"@": table.subjects[row]}
        for column in table.columns:
            cell = table.cell(row, column.name)
            key = self._ledger.key_of(cell)
            if cell.value is not None:
                told[column.name if key == cell.key else key] = self._shown(cell, length)
        if holds_passages(table):
            told["cite"] = self._ledger.cite(passage_of(table, row))
        return told

    def _parts(self, result: ToolResult, reference: str, room: _Room) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for n, part in enumerate(result.parts):
            name = f"{reference}.{part.tool}"
            apart = room.part(1 / (len(result.parts) - n))
            apart.spend(_FRAME // 3 + tokens(name))
            told[part.tool] = self._part(part, name, apart, {f.key for f in result.facts})
            room.spend(apart.spent)
        return told

    def _part(
        self, part: ToolResult, reference: str, room: _Room, known: Set[str]
    ) -> dict[str, Any]:
        """A part in little room, without the facts already told; its reference tells the rest."""
        told: dict[str, Any] = {"reference": reference}
        told |= self._facts([f for f in part.facts if f.key not in known], room.part(1), room)
        if part.table:
            rows = self._rows(part.table, reference, room, 1)["rows"]
            told |= {"rows": rows} if rows else {}
            told["rows_in_all"] = part.table.total_rows
        return told

    def _shown(self, fact: Fact, length: int) -> str:
        """Text from data is fenced, so that a model sees where it begins and ends."""
        text = shown(fact, self._language)
        if not isinstance(fact.value, str):
            return text
        return f"<data>{_cut(text, length).replace('<', '‹').replace('>', '›')}</data>"


class _Room:
    """The tokens that are left."""

    def __init__(self, tokens_left: int) -> None:
        self._left = tokens_left
        self.spent = 0

    def part(self, share: float) -> _Room:
        """A room of its own, of that share of what is left."""
        return _Room(max(0, int(self._left * share)))

    def spend(self, amount: int) -> None:
        self._left -= amount
        self.spent += amount

    def takes(self, piece: object) -> bool:
        """Whether there is room for a piece; it is then taken."""
        needed = tokens(as_json(piece)) + 1
        if needed > self._left:
            return False
        self.spend(needed)
        return True


def referred(results: Mapping[str, ToolResult]) -> Iterator[tuple[str, ToolResult]]:
    """The results of a turn and their parts, each with its reference: r1, r1.deal_health, r2."""
    for n, result in enumerate(results.values(), 1):
        yield from _with_parts(f"r{n}", result)


def _with_parts(reference: str, result: ToolResult) -> Iterator[tuple[str, ToolResult]]:
    yield reference, result
    for part in result.parts:
        yield from _with_parts(f"{reference}.{part.tool}", part)


def reference_of(results: Mapping[str, ToolResult], call_id: str) -> str:
    """The reference of the result of a call."""
    return f"r{list(results).index(call_id) + 1}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + "…"
