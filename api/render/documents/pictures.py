"""The charts that belong into an account plan, as pictures with their words beside them."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.render.charts import png, vega_lites
from crm.settings import Language
from tools.facts import ToolResult

SCALE = 2
"""Pixels drawn for each pixel of the chart, so that print is sharp."""
_SHOWN = (
    "sales_trend", "relationship_map", "customer_profitability", "white_space_map",
    "pipeline_metrics",
)  # fmt: skip
"""The results that are drawn, in the order of the plan."""
_FEW = 3
"""Open deals from which a funnel says more than its deals."""
_PNG_SIZE = struct.Struct(">II")
_PNG_SIZE_AT = 16
"""Where a PNG tells its width and height."""


@dataclass(frozen=True)
class Picture:
    """A chart as a PNG of `width` by `height` pixels at twice its size; its words are beside it.

    `name` is that of the result drawn, `title` its conclusion, `note` the period and how many are
    drawn, `alt` what it says to those who cannot see it.
    """

    name: str
    title: str
    note: str
    png: bytes
    width: int
    height: int
    alt: str


def pictures(results: Mapping[str, ToolResult], language: Language) -> list[Picture]:
    """The charts of these results that have something to show. Raises MissingFontError."""
    specs: dict[str, dict[str, Any]] = {}
    for result in results.values():
        specs |= vega_lites(_brief(result), language)
    return [_picture(name, specs[name], language) for name in _SHOWN if name in specs]


def _brief(result: ToolResult) -> ToolResult:
    """Without what tells nothing: lines of nought in a waterfall, a funnel of a deal or two."""
    table, chart = result.table, result.chart
    if table is None or chart is None:
        return result
    deals = next((f.value for f in result.facts if f.key == "pipeline.open_count"), None)
    if chart.kind == "funnel" and isinstance(deals, int) and deals < _FEW:
        return result.model_copy(update={"chart": None})
    if chart.kind != "waterfall":
        return result
    at = table.column(chart.y)
    kept = [n for n, row in enumerate(table.rows) if row[at] != 0]
    return result.model_copy(
        update={
            "table": table.model_copy(
                update={
                    "rows": tuple(table.rows[n] for n in kept),
                    "subjects": tuple(table.subjects[n] for n in kept),
                }
            )
        }
    )


def _picture(name: str, spec: dict[str, Any], language: Language) -> Picture:
    heading = spec["title"]
    drawn = png({key: part for key, part in spec.items() if key != "title"}, SCALE)
    width, height = _PNG_SIZE.unpack_from(drawn, _PNG_SIZE_AT)
    between = "" if language == "ja" else " "
    return Picture(
        name=name,
        title=between.join(heading["text"]),
        note=between.join(heading["subtitle"]),
        png=drawn,
        width=width,
        height=height,
        alt=spec["description"],
    )
