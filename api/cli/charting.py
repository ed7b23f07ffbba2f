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

_ENDINGS = (".png", ".svg", ".json")


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
    from api.render.charts.whole import chart

    workspace = context.workspace
    spec = chart(
        workspace.desk, context.principal(user), name, pairs(arguments),
        language or workspace.settings.company.language, part=part, as_of=as_of,
    )  # fmt: skip
    try:
        out.write_bytes(_in_form(spec, out.suffix.lower()))
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}.", "Name another.") from None
    context.console.print(f"{out}", soft_wrap=True, markup=False)


def _in_form(spec: dict[str, Any], ending: str) -> bytes:
    from api.render.charts import png, svg

    if ending == ".png":
        return png(spec)
    text = svg(spec) if ending == ".svg" else json.dumps(spec, ensure_ascii=False, indent=1)
    return text.encode("utf-8")
