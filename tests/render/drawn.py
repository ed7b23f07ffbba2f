"""How the tests read a chart's description: the rows it draws, and every text in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tools.facts import ToolResult

Spec = dict[str, Any]


def values(spec: Spec, name: str = "marks") -> list[dict[str, Any]]:
    """The data of the layer of that name; none where there is no such layer."""
    for layer in spec["layer"]:
        if layer.get("name") == name:
            data = layer.get("data", spec.get("data"))
            found: list[dict[str, Any]] = (
                spec["datasets"][data["name"]] if "name" in data else data["values"]
            )
            return found
    return []


def texts(part: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text of a description with the keys that lead to it."""
    if isinstance(part, str):
        yield path, part
    elif isinstance(part, dict):
        for key, below in part.items():
            yield from texts(below, (*path, str(key)))
    elif isinstance(part, list):
        for below in part:
            yield from texts(below, path)


def said(spec: Spec) -> str:
    """Title and subtitle in one line."""
    title = spec["title"]
    lines = [*title["text"], *title["subtitle"]]
    return " ".join(lines)


def drawable(result: ToolResult) -> Iterator[ToolResult]:
    """The result and its parts that have a chart and rows."""
    for each in (result, *result.parts):
        if each.chart is not None and each.table is not None and each.table.rows:
            yield each


def numbers(result: ToolResult, column: str) -> list[Any]:
    """The known numbers of a column."""
    assert result.table is not None
    place = result.table.column(column)
    return [row[place] for row in result.table.rows if row[place] is not None]


def with_cells(result: ToolResult, column: str, cells: dict[int, Any]) -> ToolResult:
    """The result with other cells in some rows of a column."""
    assert result.table is not None
    place = result.table.column(column)
    rows = [
        (*row[:place], cells.get(n, row[place]), *row[place + 1 :])
        for n, row in enumerate(result.table.rows)
    ]
    table = result.table.model_copy(update={"rows": tuple(rows)})
    return result.model_copy(update={"table": table})


def with_texts(result: ToolResult, *texts: str) -> ToolResult:
    """The result and its parts with these texts, in turn, in the cells of plain text."""
    columns = [c.name for c in result.table.columns if c.unit == "text"] if result.table else []
    for place, column in enumerate(columns):
        assert result.table is not None
        cells = {n: texts[(n + place) % len(texts)] for n in range(len(result.table.rows))}
        result = with_cells(result, column, cells)
    return result.model_copy(update={"parts": tuple(with_texts(p, *texts) for p in result.parts)})
