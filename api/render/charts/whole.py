"""A tool asked for its chart: with all rows where the chart speaks of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from api.render.charts.describe import Spec, is_cut_short, vega_lites
from assistant.desk import Desk
from crm.errors import InputError
from crm.scope import Principal
from crm.settings import Language
from tools.facts import ToolResult

_ALL = 500
"""Rows that a tool lists at the most."""


def chart(
    desk: Desk,
    who: Principal,
    tool: str,
    given: Mapping[str, Any],
    language: Language,
    *,
    part: str | None = None,
    as_of: date | None = None,
) -> Spec:
    """The chart of a tool's answer, or that of one of its parts.

    Raises InputError when there is nothing to draw or no such part.
    """
    result = with_all_rows(desk, who, desk.run_tool(who, tool, dict(given), as_of), given, as_of)
    found = vega_lites(result, language)
    if not found:
        raise InputError(f"`{tool}` has nothing to draw here.", "Ask for its figures.")
    chosen = part or next(iter(found))
    if chosen not in found:
        raise InputError(f"There is no chart `{chosen}`.", f"There are: {', '.join(found)}.")
    return found[chosen]


def with_all_rows(
    desk: Desk,
    who: Principal,
    result: ToolResult,
    given: Mapping[str, Any],
    as_of: date | None = None,
) -> ToolResult:
    """The result of a tool; where its chart speaks of all rows and no number was asked for, all."""
    if "limit" in given or not is_cut_short(result):
        return result
    return desk.result(who, result.tool, {**given, "limit": _ALL}, as_of)
