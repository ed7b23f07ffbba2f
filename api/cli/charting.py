"""`chart`: one tool run, and its chart written to a file."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli.catalog import pairs
from api.cli.context import Context
from crm.errors import InputError

if TYPE_CHECKING:
    from crm.settings import Language
    from tools.facts import ToolResult

_ENDINGS = (".png", ".svg", ".json")
_ALL = "500"
"""Rows that a tool lists at the most."""


def run(
    context: Context,
    name: str,
    arguments: list[str],
    out: Path,
    *,
    part: str | None,
    as_of: date | None,
    user: str | None,
    language: Language | None,
) -> None:
    """Write the chart of a tool's answer; the ending of the file says in which form."""
    if out.suffix.lower() not in _ENDINGS:
        raise InputError(f"`{out.name}` is no picture.", f"End it in {', '.join(_ENDINGS)}.")
    from api.render.charts import vega_lites

    result = _whole(context, name, pairs(arguments), as_of, user)
    found = vega_lites(result, language or context.workspace.settings.company.language)
    if not found:
        raise InputError(f"`{name}` has nothing to draw here.", "Ask it with `tagayasu tool`.")
    chosen = part or next(iter(found))
    if chosen not in found:
        raise InputError(f"There is no chart `{chosen}`.", f"There are: {', '.join(found)}.")
    try:
        out.write_bytes(_in_form(found[chosen], out.suffix.lower()))
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}.", "Name another.") from None
    context.console.print(f"{out}", soft_wrap=True, markup=False)


def _whole(
    context: Context, name: str, given: dict[str, str], as_of: date | None, user: str | None
) -> ToolResult:
    """The answer, with all its rows where the chart is of all and none asked for fewer."""
    from api.render.charts import is_cut_short

    desk, principal = context.workspace.desk, context.principal(user)
    result = desk.run_tool(principal, name, given, as_of)
    if "limit" in given or not is_cut_short(result):
        return result
    return desk.run_tool(principal, name, {**given, "limit": _ALL}, as_of)


def _in_form(spec: dict[str, Any], ending: str) -> bytes:
    from api.render.charts import png, svg

    if ending == ".png":
        return png(spec)
    text = svg(spec) if ending == ".svg" else json.dumps(spec, ensure_ascii=False, indent=1)
    return text.encode("utf-8")
