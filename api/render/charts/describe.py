"""The chart of a result as a self-contained Vega-Lite description, with its title and subtitle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import altair as alt

from api.render.charts import palette
from api.render.charts.bars import bars, funnel, waterfall
from api.render.charts.cells import heatmap, statemap
from api.render.charts.lines import trend, whale
from api.render.charts.people import relationships, routes
from api.render.charts.scatter import scatter
from api.render.charts.subject import Picture, Subject
from api.render.charts.wording import lines_of, plain
from crm.declared import declared
from crm.settings import Language
from tools.facts import Fact, Table, ToolResult
from tools.format import show_date, shown

Spec = dict[str, Any]
_KINDS: dict[str, Callable[[Subject], Picture]] = {
    "bar": bars, "line": trend, "scatter": scatter, "waterfall": waterfall, "whale": whale,
    "funnel": funnel, "heatmap": heatmap, "map": statemap, "graph": relationships,
    "routes": routes,
}  # fmt: skip
_BY_KIND = {
    ("pipeline_metrics", "funnel"): "pipeline_stages",
    ("white_space", "map"): "white_space_departments",
}
"""Results that are called by another name when they are drawn in that way."""
_FACT = re.compile(r"\{([^{}]+)\}")


def vega_lite(result: ToolResult, language: Language) -> Spec | None:
    """The chart of a result; None where it has none, or nothing in it is known.

    The description holds its data as values, under names of our own (`marks` are the rows drawn).
    """
    return _described(result, _by_key(result), language)


def vega_lites(result: ToolResult, language: Language) -> dict[str, Spec]:
    """The charts of a result and of its parts, by the name of the result that each is of."""
    found = {}
    for each, facts in _with_parts(result, {}):
        spec = _described(each, facts, language)
        if spec is not None:
            found[each.tool] = spec
    return found


def is_cut_short(result: ToolResult) -> bool:
    """Whether the chart speaks of all rows, but the list was cut off: ask for more of them."""
    table, chart = result.table, result.chart
    whole = chart is not None and chart.kind in ("whale", "scatter")
    return whole and table is not None and len(table.rows) < table.total_rows


def _with_parts(
    result: ToolResult, above: Mapping[str, Fact]
) -> Iterator[tuple[ToolResult, Mapping[str, Fact]]]:
    facts = {**above, **_by_key(result)}
    yield result, facts
    for part in result.parts:
        yield from _with_parts(part, facts)


def _by_key(result: ToolResult) -> dict[str, Fact]:
    return {fact.key: fact for fact in result.facts}


def _described(result: ToolResult, facts: Mapping[str, Fact], language: Language) -> Spec | None:
    if result.chart is None or result.table is None or not result.table.rows:
        return None
    subject = Subject(result.table, result.chart, facts, language)
    picture = _KINDS[result.chart.kind](subject)
    if not picture.drawn:
        return None
    title = _title(result, facts, language)
    below = _subtitle(result.table, picture, facts, language)
    return _framed(picture, title, below)


def _framed(picture: Picture, title: str, below: str) -> Spec:
    columns = max(picture.width, 560) // 8
    heading = alt.Title(
        text=lines_of(title, int(columns * 0.85), 2),
        subtitle=lines_of(below, int(columns * 1.2), 3),
    )
    chart = alt.layer(
        *picture.layers,
        width=picture.width,
        height=picture.height,
        title=heading,
        description=f"{title} ({below})",
        padding={"left": 16, "right": 28, "top": 14, "bottom": 14},
        background=palette.PAPER,
        config=_look(),
    )
    spec: Spec = chart.to_dict(validate=False)
    return spec


def _look() -> Any:
    ink, faint = palette.INK, palette.FAINT
    return alt.Config(
        font=palette.FONT,
        view=alt.ViewConfig(stroke=None),
        title=alt.TitleConfig(
            anchor="start", frame="group", fontSize=palette.TITLE, color=ink, offset=16,
            subtitleFontSize=palette.SUBTITLE, subtitleColor=faint, subtitlePadding=6,
            lineHeight=26, subtitleLineHeight=19,
        ),
        axis=alt.AxisConfig(
            labelFontSize=palette.SMALL, titleFontSize=palette.TEXT, labelColor=ink,
            titleColor=faint, titleFontWeight="normal", titlePadding=10, labelLimit=330,
        ),
        legend=alt.LegendConfig(labelFontSize=palette.SMALL, labelColor=ink, symbolSize=110),
    )  # fmt: skip


@cache
def _titles() -> dict[str, dict[str, dict[str, str]]]:
    titles: dict[str, dict[str, dict[str, str]]] = declared("api.render.charts", "titles.yaml")
    return titles


def _title(result: ToolResult, facts: Mapping[str, Fact], language: Language) -> str:
    """The conclusion when every fact that it names is known, else what the chart is called."""
    kind = result.chart.kind if result.chart else ""
    words = _titles().get(_BY_KIND.get((result.tool, kind), result.tool))
    if words is None:
        return plain(result.tool)
    says = words.get("says", {}).get(language)
    named = [facts.get(key) for key in _FACT.findall(says or "")]
    if says and all(fact is not None and fact.value is not None for fact in named):
        return _FACT.sub(lambda found: plain(shown(facts[found[1]], language), 60), says)
    return words["name"][language]


def _subtitle(table: Table, picture: Picture, facts: Mapping[str, Fact], language: Language) -> str:
    """Period or day, how many are drawn of how many, and how many are unknown."""
    ja = language == "ja"
    days = [facts[key].value for key in ("meta.from", "meta.to") if key in facts]
    if len(days) == 2 and all(days):
        first, last = (plain(shown(facts[key], language)) for key in ("meta.from", "meta.to"))
        when = f"{first}～{last}" if ja else f"{first} to {last}"
    else:
        day = show_date(table.basis.as_of, language)
        when = f"{day}時点" if ja else f"as of {day}"
    n, total = picture.drawn, table.total_rows
    if picture.many:
        many = picture.many
    elif n == total:
        many = f"n = {n}"
    else:
        many = f"{total}件中{n}件を表示" if ja else f"{n} of {total} shown"
    parts = [when, many]
    if picture.unknown:
        unknown = picture.unknown
        parts.append(f"不明な{unknown}件は除く" if ja else f"{unknown} unknown left out")
    return ("　" if ja else "; ").join(part for part in [*parts, picture.note] if part)
