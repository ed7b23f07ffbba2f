"""Bars with their figures beside them: of groups, of the lines of a waterfall, of the stages."""

from __future__ import annotations

from typing import Any

import altair as alt

from api.render.charts.layers import over
from api.render.charts.palette import BLUE, GREY, INK, ORANGE, SMALL, TEXT, VERMILLION, WIDTH
from api.render.charts.scales import Scale, axis, counts, linear
from api.render.charts.subject import Picture, Subject
from api.render.charts.wording import wide

MOST = 40
"""Bars of one chart; the subtitle says that there are more."""
_NAMES = 44
_ROW = 27


def bars(subject: Subject) -> Picture:
    """A bar for each row in the table's order, as long as its figure; below zero to the left."""
    chart = subject.chart
    known = subject.known(chart.y)
    rows = known[:MOST]
    names = subject.names(rows, chart.x, _NAMES)
    data = []
    for row, name in zip(rows, names, strict=True):
        value = _float(subject, row, chart.y)
        data.append(_bar(name, 0, value, subject.text(row, chart.y), value < 0))
    colours = {"above": BLUE, "below": VERMILLION}
    layers, height = _horizontal(subject, data, colours, subject.heading(chart.y))
    return Picture(layers, WIDTH, height, len(rows), len(subject.table.rows) - len(known))


def waterfall(subject: Subject) -> Picture:
    """Each line hangs where the one before ended; a sum stands on zero. Unknown lines are left out.

    After an unknown line the end is unknown: until the next sum a line stands on zero too.
    """
    chart = subject.chart
    kind = chart.colour or chart.x
    data: list[dict[str, Any]] = []
    reached: float | None = 0
    places = [subject.table.column(c) for c in (chart.x, kind)]
    for row, cells in enumerate(subject.table.rows):
        if subject.number(row, chart.y) is None:
            reached = None
            continue
        value = _float(subject, row, chart.y)
        whole = cells[places[1]] == "sum"
        start = 0 if whole else reached or 0
        reached = value if whole else None if reached is None else start + value
        bar = _bar(subject.text(row, chart.x, _NAMES), start, start + value, "", value < 0)
        figures = [subject.text(row, name) for name in (chart.y, *chart.figures)]
        bar |= {"kind": subject.text(row, kind), "value": value}
        data.append(bar | {"shown": subject.say("、", ", ").join(figures)})
    kinds = {code: subject.say(*words) for code, words in _KINDS.items()}
    colours = {kinds["sum"]: BLUE, kinds["direct"]: ORANGE, kinds["allocated"]: GREY}
    layers, height = _horizontal(subject, data, colours, subject.heading(chart.y), "kind")
    unknown = len(subject.table.rows) - len(data)
    return Picture(layers, WIDTH, height, len(data), unknown)


_KINDS = {"sum": ("小計", "sum"), "direct": ("直接", "direct"), "allocated": ("配賦", "allocated")}


def funnel(subject: Subject) -> Picture:
    """A centred bar for each stage, as wide as the value of its open deals."""
    chart = subject.chart
    rows = subject.known(chart.y)
    names = subject.names(rows, chart.x, _NAMES)
    values = [_float(subject, row, chart.y) for row in rows]
    scale = Scale(-1, 1, (), WIDTH // 2)
    widest = max(values, default=0) or 1
    data = []
    for row, name, value in zip(rows, names, values, strict=True):
        half = value / widest
        figures = [subject.text(row, name) for name in (*chart.figures, chart.y)]
        bar = _bar(name, -half, half, subject.say("、", ", ").join(figures), value < 0)
        data.append(bar | {"value": value, "beside": max(half, 0) + 0.03})
    height = 46 * len(data)
    y = _names_axis(data)
    base = over(data, "marks")
    bar = base.mark_bar(color=BLUE, size=34).encode(
        x=alt.X("from:Q", scale=scale.described(), axis=None), x2="to:Q", y=y
    )
    text = over(data).mark_text(align="left", fontSize=TEXT, color=INK)
    text = text.encode(x=alt.X("beside:Q", scale=scale.described()), y=y, text="shown:N")
    return Picture([bar, text], WIDTH // 2, height, len(rows), len(subject.table.rows) - len(rows))


def _float(subject: Subject, row: int, name: str) -> float:
    return float(subject.number(row, name) or 0)


def _bar(name: str, start: float, end: float, shown: str, below: bool) -> dict[str, Any]:
    side = "below" if below else "above"
    return {
        "name": name, "from": start, "to": end, "value": end - start, "shown": shown, "kind": side,
    }  # fmt: skip


def _horizontal(
    subject: Subject,
    data: list[dict[str, Any]],
    colours: dict[str, str],
    title: str,
    legend: str | None = None,
) -> tuple[list[Any], int]:
    """The bars with their names at the left and their figures at their ends, and the height."""
    unit = subject.unit(subject.chart.y)
    ends = [end for bar in data for end in (bar["from"], bar["to"])]
    room = max((wide(bar["shown"], SMALL) for bar in data), default=0) + 10
    round_ = linear(ends, WIDTH, whole=counts(unit))
    left = room if any(_leftwards(bar) for bar in data) else 0
    scale = _with_room(round_, ends, left, room)
    x = alt.X("from:Q", scale=scale.described(), axis=axis(scale, unit, subject.language, title))
    y = _names_axis(data)
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=list(colours), range=list(colours.values())),
        legend=alt.Legend(title=None, orient="top") if legend else None,
    )
    layers: list[Any] = [
        over(data, "marks").mark_bar(size=_ROW - 9).encode(x=x, x2="to:Q", y=y, color=colour)
    ]
    for leftwards in (False, True):
        side = [bar | {"end": _end(bar)} for bar in data if _leftwards(bar) == leftwards]
        if side:
            look = ("right", -5) if leftwards else ("left", 5)
            text = over(side).mark_text(fontSize=SMALL, color=INK, align=look[0], dx=look[1])
            end = alt.X("end:Q", scale=scale.described())
            layers.append(text.encode(x=end, y=y, text="shown:N"))
    zero = over([{"zero": 0}]).mark_rule(color=INK)
    layers.append(zero.encode(x=alt.X("zero:Q", scale=scale.described())))
    return layers, max(_ROW * len(data), 60)


def _leftwards(bar: dict[str, Any]) -> bool:
    """Whether the figure stands at the left of its bar: below zero."""
    return bool(max(bar["from"], bar["to"]) <= 0 and bar["value"] < 0)


def _end(bar: dict[str, Any]) -> float:
    pick = min if _leftwards(bar) else max
    return float(pick(bar["from"], bar["to"]))


def _with_room(scale: Scale, ends: list[float], left: float, right: float) -> Scale:
    """The scale widened so that the figures beside the longest bars are in the picture."""
    low, high = min([*ends, 0]), max([*ends, 0])
    inner = max(scale.pixels - left - right, 120)
    each = ((high - low) or 1) / inner
    return Scale(min(low - left * each, 0), high + right * each, scale.ticks, scale.pixels)


def _names_axis(data: list[dict[str, Any]]) -> alt.Y:
    return alt.Y(
        "name:N",
        sort=None,
        scale=alt.Scale(domain=[bar["name"] for bar in data]),
        axis=alt.Axis(title=None, labelLimit=420, ticks=False, domain=False, labelPadding=8),
    )
