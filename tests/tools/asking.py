"""How the tests ask a tool, and how they compare its figures with an oracle's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from crm.scope import ScopedTables
from tests.oracles.canonical import half_up
from tools.catalog import CATALOG
from tools.facts import ToolResult, Value


def ask(tool: str, tables: ScopedTables, as_of: date, **given: Any) -> ToolResult:
    """A tool's answer, asked by name as every door asks it."""
    return CATALOG[tool].call(tables, {"as_of": as_of, **given})


def figure(result: ToolResult, name: str) -> Value:
    """The value of the fact of that name; fails when the tool does not give it."""
    fact = result.fact(name)
    assert fact is not None, f"{result.tool} gives no {name}"
    return fact.value


def rows_of(result: ToolResult) -> dict[str, dict[str, Value]]:
    """The table's rows by subject, each by column name, in the order of the table."""
    assert result.table is not None
    names = [column.name for column in result.table.columns]
    return {
        subject: dict(zip(names, row, strict=True))
        for subject, row in zip(result.table.subjects, result.table.rows, strict=True)
    }


def money(value: Any) -> Decimal | None:
    """An oracle's exact amount with the four decimals that a fact of money keeps."""
    return half_up(value, 4)
