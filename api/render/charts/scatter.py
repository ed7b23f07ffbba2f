"""Accounts by two figures, parted by the cuts; only the accounts that matter are named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import altair as alt

from api.render.charts.labels import Label, Point, placed, written
from api.render.charts.layers import over
from api.render.charts.palette import FAINT, SERIES, SHAPES, SMALL, WIDTH
from api.render.charts.scales import Scale, axis, counts, linear, logarithmic, skewed
from api.render.charts.subject import Picture, Subject

_HEIGHT = 440
_NAMED = 14
"""Names at the most; there may be fewer, as none lies over another."""
_NAME = 24


def scatter(subject: Subject) -> Picture:
    """A point for each row whose two figures are known; colour and shape both tell its group."""
    chart = subject.chart
    rows = subject.known(chart.x, chart.y)
    figures = [[float(subject.number(row, c) or 0) for row in rows] for c in (chart.x, chart.y)]
    cuts = [subject.fact(key) for key in chart.cuts] if chart.cuts else [None, None]
    across, up = (
        _scale(values, cut, pixels, subject.unit(column))
        for values, cut, pixels, column in zip(
            figures, map(_float, cuts), (WIDTH, _HEIGHT), (chart.x, chart.y), strict=True
        )
    )
    names = subject.names(rows, chart.label or subject.table.columns[0].name, _NAME)
    groups = _groups(subject, rows)
    sizes = _sizes(subject, rows)
    data = [
        {"name": name, "x": x, "y": y, "group": group, "size": size}
        for name, x, y, group, size in zip(names, *figures, groups, sizes, strict=True)
    ]
    x, y = (
        _channel(subject, kind, name, column, scale)
        for kind, name, column, scale in (
            (alt.X, "x", chart.x, across), (alt.Y, "y", chart.y, up)
        )
    )  # fmt: skip
    marks = over(data, "marks").mark_point(
        filled=True, opacity=0.85, stroke="white", strokeWidth=0.8
    )
    look = {"color": alt.value(SERIES[0])} if not chart.colour else _grouped(groups)
    marks = marks.encode(x=x, y=y, size=alt.Size("size:Q", scale=None), **look)
    spots = [(across.pixel(a), up.pixel(b)) for a, b in zip(*figures, strict=True)]
    said = _names(names, spots, sizes, across, up)
    lines = [*_rule("x", _float(cuts[0]), across), *_rule("y", _float(cuts[1]), up)]
    unknown = len(subject.table.rows) - len(rows)
    note = subject.say("破線は区切り", "dashed lines: the cuts") if lines else ""
    return Picture([*lines, marks, *said], WIDTH, _HEIGHT, len(rows), unknown, note)


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _scale(values: Sequence[float], cut: float | None, pixels: int, unit: str) -> Scale:
    """Round steps, of whole numbers when they count; a share of the whole ends at 100 %."""
    seen = [*values, *([] if cut is None else [cut])] or [0.0]
    if skewed(seen):
        return logarithmic(seen, pixels)
    found = linear(seen, pixels, zero=min(seen) < 0 < max(seen), room=0.06, whole=counts(unit))
    if unit == "%" and max(seen) <= 1 < found.high:
        return replace(found, high=1.03, ticks=tuple(tick for tick in found.ticks if tick <= 1))
    return found


def _channel(subject: Subject, kind: Any, name: str, column: str, scale: Scale) -> Any:
    title = subject.heading(column)
    if scale.log:
        title += subject.say("（対数目盛）", " (log scale)")
    look = axis(scale, subject.unit(column), subject.language, title)
    return kind(f"{name}:Q", scale=scale.described(), axis=look)


def _groups(subject: Subject, rows: list[int]) -> list[str]:
    colour = subject.chart.colour
    return [subject.text(row, colour) if colour else "" for row in rows]


def _sizes(subject: Subject, rows: list[int]) -> list[float]:
    """Areas in square pixels: of the figure where there is one, else all alike."""
    size = subject.chart.size
    values = [float(subject.number(row, size) or 0) if size else 0 for row in rows]
    largest = max(values, default=0)
    return [70 + 430 * max(value, 0) / largest if largest > 0 else 90 for value in values]


def _grouped(groups: list[str]) -> dict[str, Any]:
    domain = sorted(set(groups), key=groups.index)
    legend = alt.Legend(title=None, orient="top", symbolSize=110, labelLimit=260)
    return {
        "color": alt.Color(
            "group:N", scale=alt.Scale(domain=domain, range=list(SERIES[: len(domain)])),
            legend=legend,
        ),
        "shape": alt.Shape(
            "group:N", scale=alt.Scale(domain=domain, range=list(SHAPES[: len(domain)])),
            legend=legend,
        ),
    }  # fmt: skip


def _rule(channel: str, cut: float | None, scale: Scale) -> list[Any]:
    if cut is None or (scale.log and cut <= 0):
        return []
    line = over([{"cut": cut}], f"cut-{channel}").mark_rule(
        color=FAINT, strokeDash=[6, 4], strokeWidth=1.5
    )
    kind = alt.X if channel == "x" else alt.Y
    return [line.encode(**{channel: kind("cut:Q", scale=scale.described())})]


def _names(
    names: list[str], spots: list[Point], sizes: list[float], across: Scale, up: Scale
) -> list[Any]:
    """The names of the points farthest from the middle of all, as far as there is room."""
    middle = [sorted(p[i] for p in spots)[len(spots) // 2] if spots else 0 for i in (0, 1)]
    spread = (across.pixels, up.pixels)

    def importance(n: int) -> float:
        off = sum(abs(spots[n][i] - middle[i]) / spread[i] for i in (0, 1))
        return -off - sizes[n] / 1000

    order = sorted(range(len(names)), key=importance)
    labels = [Label(*spots[n], names[n], n) for n in order]
    found = placed(labels, spots, across.pixels, up.pixels, SMALL)[:_NAMED]
    return written(found, across, up, SMALL)
