"""Rows of a result are chosen and ordered as the asker says, from all rows there are."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from crm.errors import InputError
from tools.arguments import Arguments, RowArguments
from tools.facts import Table, TableColumn, Text, ToolResult, Value
from tools.format import shown

EVERY_ROW = 10_000_000
"""The limit of a tool whose rows are chosen afterwards."""
_CONDITION = re.compile(r"\s*([\w.]+)\s*(>=|<=|!=|=|>|<)\s*(.+?)\s*")
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Condition:
    """A column of the table, compared with a value."""

    column: str
    compared: str
    value: str

    def holds(self, value: Value) -> bool:
        """Whether a value fits; an unknown one fits nothing."""
        return value is not None and _COMPARED[self.compared](value, _value(self, value))


def conditions(where: str) -> list[Condition]:
    """The conditions of a `where`, joined by " and ". Raises InputError when one is none."""
    found = []
    for part in re.split(r"\s+and\s+", where.strip(), flags=re.IGNORECASE):
        match = _CONDITION.fullmatch(part)
        if match is None:
            raise InputError(
                f"`{part}` is not a condition.",
                "Write a column, >=, >, <=, <, = or !=, and a value: deal.amount >= 1000000.",
            )
        found.append(Condition(match[1], match[2], match[3]))
    return found


def unlimited(arguments: Arguments) -> Arguments:
    """The arguments with which a tool gives all rows, where they are chosen or ordered later."""
    if isinstance(arguments, RowArguments) and (arguments.where or arguments.sort):
        return arguments.model_copy(update={"limit": EVERY_ROW, "where": None, "sort": None})
    return arguments


def chosen(result: ToolResult, arguments: Arguments) -> ToolResult:
    """The result with the rows that the arguments choose, in the order they say.

    Facts about the whole stay those of the whole; a row whose value is unknown fits no condition
    and comes last. Raises InputError when a column is none of the table.
    """
    if not isinstance(arguments, RowArguments) or not (arguments.where or arguments.sort):
        return result
    table = result.table
    if table is None:
        raise InputError(f"{result.tool} has no rows to choose from.", "Leave out where and sort.")
    asked = conditions(arguments.where) if arguments.where else []
    places = [n for n in range(len(table.rows)) if all(_fits(table, n, c) for c in asked)]
    if arguments.sort:
        places = _ordered(table, places, arguments.sort)
    kept = places[: getattr(arguments, "limit", len(places))]
    order = _order(table, arguments.sort) if arguments.sort else table.sort
    stated = {"arguments": arguments.stated()}
    update = {
        "rows": tuple(table.rows[n] for n in kept),
        "subjects": tuple(table.subjects[n] for n in kept),
        "total_rows": len(places),
        "sort": order,
        "basis": table.basis.model_copy(update=stated),
    }
    told = (_told(table, asked, len(places)),) if asked else ()
    facts = (
        fact.model_copy(update={"basis": fact.basis.model_copy(update=stated)})
        for fact in result.facts
    )
    return result.model_copy(
        update={
            "facts": tuple(facts),
            "table": table.model_copy(update=update),
            "warnings": (*told, *result.warnings),
        }
    )


def _fits(table: Table, row: int, condition: Condition) -> bool:
    return condition.holds(table.rows[row][_place(table, condition.column)])


def _value(condition: Condition, beside: Value) -> Value:
    if not isinstance(beside, Decimal | int):
        return condition.value
    try:
        number = Decimal(condition.value.replace(",", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise InputError(f"`{condition.value}` is not a number.", "Compare the column with one.")
    return number


def _ordered(table: Table, places: Sequence[int], sort: str) -> list[int]:
    column = _place(table, sort.removeprefix("-"))
    known = [n for n in places if table.rows[n][column] is not None]
    unknown = [n for n in places if table.rows[n][column] is None]
    values: dict[int, Any] = {n: table.rows[n][column] for n in known}
    known.sort(key=values.__getitem__, reverse=sort.startswith("-"))
    return known + unknown


def _place(table: Table, name: str) -> int:
    names = [column.name for column in table.columns]
    if name not in names:
        raise InputError(f"The table has no column `{name}`.", f"It has: {', '.join(names)}.")
    return names.index(name)


def _column(table: Table, name: str) -> TableColumn:
    return table.columns[_place(table, name)]


def _order(table: Table, sort: str) -> Text:
    label = _column(table, sort.removeprefix("-")).label
    if sort.startswith("-"):
        return Text(ja=f"{label.ja}の大きい順", en=f"by {label.en.lower()}, the largest first")
    return Text(ja=f"{label.ja}の小さい順", en=f"by {label.en.lower()}, the smallest first")


_WORDS = {
    ">=": ("以上", "at least"),
    ">": ("超", "more than"),
    "<=": ("以下", "at most"),
    "<": ("未満", "less than"),
    "=": ("", "equal to"),
    "!=": ("以外", "other than"),
}


def _told(table: Table, asked: Sequence[Condition], rows: int) -> Text:
    """What was chosen, in words: 3 of 130 rows, amount at least ¥100.0M."""
    ja, en = [], []
    for condition in asked:
        place = _place(table, condition.column)
        spec = table.columns[place]
        known = next((row[place] for row in table.rows if row[place] is not None), None)
        value = _value(condition, known) if known is not None else condition.value
        if isinstance(known, int) and isinstance(value, Decimal) and value == int(value):
            value = int(value)
        fact = table.model_copy(
            update={
                "rows": ((*[None] * place, value, *[None] * (len(table.columns) - place - 1)),),
                "subjects": ("",),
            }
        ).cell(0, condition.column)
        words = _WORDS[condition.compared]
        ja.append(f"{spec.label.ja}が{shown(fact, 'ja')}{words[0]}")
        en.append(f"{spec.label.en.lower()} {words[1]} {shown(fact, 'en')}")
    of = len(table.rows)
    return Text(
        ja=f"{'、'.join(ja)}のものは{rows}件です（全{of}件中）。",
        en=f"With {' and '.join(en)}: {rows} of {of}.",
    )
