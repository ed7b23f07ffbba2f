"""Cells of two texts: heat maps, whose lightness counts, and maps, whose colour is a state."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import altair as alt

from api.render.charts.layers import over
from api.render.charts.palette import (
    BLUE,
    FAINT,
    INK,
    LIGHT_TO_DARK,
    ORANGE,
    PAPER,
    RULE,
    SKY,
    SMALL,
    TEXT,
    VERMILLION,
    WIDTH,
)
from api.render.charts.subject import Picture, Subject
from api.render.charts.wording import plain, wide
from tools.format import show

_MOST = 15
_ORDERED: dict[str, tuple[str, ...]] = {
    "contact_level": ("executive", "department head", "section head", "staff"),
    "level": ("high", "low"),
    "third": ("3", "2", "1"),
}
"""From top to bottom; from left to right it is the other way round."""
_STATES = {
    "owned": (BLUE, PAPER), "open": (SKY, INK), "competitor": (VERMILLION, PAPER),
    "lost": (ORANGE, INK), "white": (PAPER, INK),
}  # fmt: skip
_UNKNOWN = ("#ECECEC", FAINT)


def heatmap(subject: Subject) -> Picture:
    """The darker a cell the more there are; the number and its further figures stand in it."""
    chart = subject.chart
    count = chart.colour or chart.y
    rows = subject.known(count)
    numbers = [float(subject.number(row, count) or 0) for row in rows]
    least, span = min(numbers, default=0), (max(numbers, default=0) - min(numbers, default=0)) or 1
    shades = len(LIGHT_TO_DARK) - 1
    data = []
    for row in rows:
        number = float(subject.number(row, count) or 0)
        shade = 0 if number <= 0 else 1 + round((shades - 1) * (number - least) / span)
        ink = PAPER if shade >= shades - 1 else INK
        texts = [subject.text(row, count), *_further(subject, row)]
        if chart.label:
            texts[0] = f"{subject.text(row, chart.label)}  {texts[0]}"
        data.append(_cell(subject, row, texts, LIGHT_TO_DARK[shade], ink) | {"value": number})
    names = subject.say("、", ", ").join(subject.heading(c) for c in (count, *chart.figures))
    note = subject.say(f"マスの数字: {names}", f"in each cell: {names}")
    picture = _picture(subject, data, len(subject.table.rows) - len(rows), note)
    whole = sum((subject.number(row, count) or Decimal(0) for row in rows), Decimal(0))
    many = subject.say("合計", "total ") + show(whole, subject.unit(count), subject.language)
    return replace(picture, many=many)


def statemap(subject: Subject) -> Picture:
    """The state of each cell in words and colour, with its money; or that it is unknown."""
    chart = subject.chart
    column = subject.table.column(chart.colour or chart.x)
    data = []
    for row, cells in enumerate(subject.table.rows):
        state = str(cells[column])
        known = any(subject.number(row, name) is not None for name in chart.figures[1:])
        told = state != "white" or known or len(chart.figures) < 2
        fill, ink = _STATES.get(state, _UNKNOWN) if told else _UNKNOWN
        word = subject.text(row, chart.colour or chart.x)
        texts = [word if told else subject.say("推計できない", "no estimate")]
        texts += _money(subject, row)
        data.append(_cell(subject, row, texts, fill, ink) | {"value": state})
    sides = [{cell[side] for cell in _apart(data)} for side in ("across", "down")]
    empty = len(sides[0]) * len(sides[1]) - len(data)
    note = subject.say("空欄は記録なし", "empty: nothing recorded") if empty else ""
    return _picture(subject, data, 0, note)


def _further(subject: Subject, row: int) -> list[str]:
    """The further figures of a cell; people are named, for money names itself."""
    named = {"map.met": subject.say("うち接点あり ", "met ")}
    return [named.get(name, "") + subject.text(row, name) for name in subject.chart.figures]


def _money(subject: Subject, row: int) -> list[str]:
    """What is bought and what could be, as far as it is above zero."""
    named = {
        "whitespace.own": subject.say("購入 ", "buys "),
        "whitespace.potential": subject.say("見込み ", "could buy "),
    }
    return [
        named.get(name, "") + subject.text(row, name)
        for name in subject.chart.figures
        if (subject.number(row, name) or 0) > 0
    ]


def _cell(subject: Subject, row: int, texts: list[str], fill: str, ink: str) -> dict[str, Any]:
    chart = subject.chart
    down = subject.text(row, chart.y, 30)
    if chart.kind == "map" and chart.label:
        down = subject.say("・", ", ").join([subject.text(row, chart.label, 24), down])
    return {
        "across": subject.text(row, chart.x, 22), "down": down, "lines": texts, "fill": fill,
        "ink": ink,
    }  # fmt: skip


def _order(subject: Subject, name: str, found: list[str], *, across: bool) -> list[str]:
    """The words of an ordered unit in their order, the others as they come."""
    codes = _ORDERED.get(subject.unit(name), ())
    column = subject.table.column(name)
    place = {
        subject.text(n, name, 30): codes.index(str(row[column]))
        for n, row in enumerate(subject.table.rows)
        if str(row[column]) in codes
    }
    sign = -1 if across else 1
    return sorted(dict.fromkeys(found), key=lambda text: sign * place.get(text, sign * len(codes)))


def _picture(subject: Subject, data: list[dict[str, Any]], unknown: int, note: str) -> Picture:
    chart, data = subject.chart, _apart(data)
    down = _order(subject, chart.y, [c["down"] for c in data], across=False)
    across = _order(subject, chart.x, [c["across"] for c in data], across=True)
    columns, rows = across[:_MOST], down[:_MOST]
    data = [c for c in data if c["across"] in columns and c["down"] in rows]
    most = max((len(c["lines"]) for c in data), default=1)
    longest = max((wide(line, SMALL) for c in data for line in c["lines"]), default=60)
    step = max(int(longest) + 18, min(WIDTH // max(len(columns), 1), 230), 70)
    height = 26 + 19 * most
    x = alt.X(
        "across:N",
        sort=None,
        scale=alt.Scale(domain=columns, paddingInner=0, paddingOuter=0),
        axis=_axis(_title(subject, chart.x), orient="top", labelAngle=0, labelLimit=step - 8),
    )
    y = alt.Y(
        "down:N",
        sort=None,
        scale=alt.Scale(domain=rows, paddingInner=0, paddingOuter=0),
        axis=_axis(_title(subject, chart.y), labelLimit=300),
    )
    base = over(data, "marks").mark_rect(stroke=RULE, strokeWidth=1.5)
    layers: list[Any] = [base.encode(x=x, y=y, fill=alt.Fill("fill:N", scale=None))]
    layers += [layer for n in range(most) for layer in _lines(data, n, x, y)]
    return Picture(layers, step * len(columns), height * len(rows), len(data), unknown, note)


def _apart(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cells with a number behind a name that stands for two: no cell lies over another."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for cell in data:
        place = (cell["across"], cell["down"])
        seen[place] += 1
        more = f" ({seen[place]})" if seen[place] > 1 else ""
        found.append(cell | {"down": cell["down"] + more})
    return found


def _lines(data: list[dict[str, Any]], n: int, x: alt.X, y: alt.Y) -> list[Any]:
    """The nth line of the texts, one layer for each number of lines that a cell has."""
    layers = []
    for many in sorted({len(cell["lines"]) for cell in data if len(cell["lines"]) > n}):
        said = [
            cell | {"shown": plain(cell["lines"][n], 60)}
            for cell in data
            if len(cell["lines"]) == many
        ]
        text = over(said).mark_text(
            dy=round((n - (many - 1) / 2) * 19),
            fontSize=TEXT if n == 0 else SMALL,
            fontWeight="bold" if n == 0 else "normal",
        )
        layers.append(text.encode(x=x, y=y, text="shown:N", color=alt.Color("ink:N", scale=None)))
    return layers


def _title(subject: Subject, name: str) -> str | None:
    return subject.heading(name) if subject.unit(name) in ("level", "third") else None


def _axis(title: str | None, **more: Any) -> alt.Axis:
    return alt.Axis(title=title, ticks=False, domain=False, labelPadding=8, **more)
