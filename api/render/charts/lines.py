"""Lines: sales over time, and the whale curve of cumulative profit with its peak."""

from __future__ import annotations

from typing import Any

import altair as alt

from api.render.charts.labels import Label, along, placed, written
from api.render.charts.layers import over
from api.render.charts.palette import BLUE, FAINT, INK, SMALL, VERMILLION, WIDTH
from api.render.charts.scales import Scale, axis, linear
from api.render.charts.subject import Picture, Subject
from api.render.charts.wording import wide

_HEIGHT = 400
_NAMES = 26
_CURVE = ("whale.rank", "whale.cumulative")


def trend(subject: Subject) -> Picture:
    """A point for each period in the table's order; a diamond where days of it are missing."""
    chart = subject.chart
    rows = subject.known(chart.y)
    names = subject.names(rows, chart.x, 20)
    across = Scale(-0.5, max(len(rows), 1) - 0.5, (), WIDTH)
    values = [float(subject.number(row, chart.y) or 0) for row in rows]
    up = linear(values, _HEIGHT, room=0.08)
    whole = (subject.say("全期間", "whole period"), subject.say("一部の日のみ", "part of its days"))
    column = subject.table.column(chart.colour) if chart.colour else None
    data = [
        {
            "at": n,
            "name": names[n],
            "value": values[n],
            "whole": whole[column is not None and subject.table.rows[row][column] == "no"],
        }
        for n, row in enumerate(rows)
    ]
    x = alt.X("at:Q", scale=across.described(), axis=None)
    y = alt.Y(
        "value:Q",
        scale=up.described(),
        axis=axis(up, subject.unit(chart.y), subject.language, subject.heading(chart.y)),
    )
    shape = alt.Shape(
        "whole:N",
        scale=alt.Scale(domain=list(whole), range=["circle", "diamond"]),
        legend=alt.Legend(title=None, orient="top")
        if len({d["whole"] for d in data}) > 1
        else None,
    )
    dots = over(data, "marks").mark_point(color=BLUE, filled=True, size=110, opacity=1)
    layers = [
        over(data).mark_line(color=BLUE, strokeWidth=2.5).encode(x=x, y=y),
        dots.encode(x=x, y=y, shape=shape),
        _below(data, names, x),
        *_told(subject, rows, values, across, up),
    ]
    return Picture(layers, WIDTH, _HEIGHT, len(rows), len(subject.table.rows) - len(rows))


def _below(data: list[dict[str, Any]], names: list[str], x: alt.X) -> Any:
    """The names of the periods under the axis, aslant where they are too long for their place."""
    aslant = max((wide(name, SMALL) for name in names), default=0) > WIDTH / max(len(names), 1) - 10
    look = {"angle": 320, "align": "right"} if aslant else {"align": "center"}
    text = over(data).mark_text(fontSize=SMALL, color=INK, baseline="top", clip=False, **look)
    return text.encode(x=x, y=alt.value(_HEIGHT + 10), text="name:N")


def _told(
    subject: Subject, rows: list[int], values: list[float], across: Scale, up: Scale
) -> list[Any]:
    """The figures of the last period, of the highest and lowest, and of the others with room."""
    spots = [(across.pixel(n), up.pixel(value)) for n, value in enumerate(values)]
    ordered = sorted(range(len(rows)), key=lambda n: values[n])
    first = [len(rows) - 1, *ordered[-1:], *ordered[:1], *range(len(rows))]
    texts = [
        Label(x=spots[n][0], y=spots[n][1], text=subject.text(rows[n], subject.chart.y), row=n)
        for n in dict.fromkeys(first)
    ]
    return written(placed(texts, along(spots), WIDTH, _HEIGHT, SMALL), across, up, SMALL)


def whale(subject: Subject) -> Picture:
    """The cumulative profit by rank; where accounts are not listed, dashes lead to peak and end."""
    chart = subject.chart
    rows = sorted(subject.known(chart.x, chart.y), key=lambda r: subject.number(r, chart.x) or 0)
    spots = [
        (float(subject.number(row, chart.x) or 0), float(subject.number(row, chart.y) or 0))
        for row in rows
    ]
    known = dict(spots) | _ends(subject)
    across = linear([*known, 0], WIDTH, whole=True)
    across = Scale(0, max([*known, 1]) * 1.04, across.ticks, WIDTH)
    up = linear(list(known.values()), _HEIGHT, room=0.1)
    x = alt.X(
        "rank:Q",
        scale=across.described(),
        axis=axis(across, "count", subject.language, subject.heading(chart.x), grid=False),
    )
    y = alt.Y(
        "value:Q",
        scale=up.described(),
        axis=axis(up, subject.unit(chart.y), subject.language, subject.heading(chart.y)),
    )
    data = [{"rank": rank, "value": value} for rank, value in spots]
    every = [{"rank": rank, "value": value} for rank, value in sorted(({0.0: 0.0} | known).items())]
    layers: list[Any] = [
        over(every).mark_line(color=FAINT, strokeDash=[4, 4], strokeWidth=1.5).encode(x=x, y=y),
        over(data).mark_line(color=BLUE, strokeWidth=3).encode(x=x, y=y),
        over(data, "marks")
        .mark_point(color=BLUE, filled=True, size=22, opacity=1)
        .encode(x=x, y=y),
    ]
    layers += _marked(subject, rows, known, across, up)
    unknown = int(subject.fact("whale.unknown") or 0)
    cut = len(rows) < len(known) - (0.0 in known)
    note = subject.say("破線は一覧にない取引先", "dashes: accounts not listed") if cut else ""
    return Picture(layers, WIDTH, _HEIGHT, len(rows), unknown, note)


def _ends(subject: Subject) -> dict[float, float]:
    """The peak and the end of the whole curve, by rank, as far as the facts tell them."""
    pairs = (("whale.peak_accounts", "whale.peak"), ("whale.accounts", "whale.total"))
    told = [(subject.fact(rank), subject.fact(value)) for rank, value in pairs]
    return {float(r): float(v) for r, v in told if r is not None and v is not None}


def _marked(
    subject: Subject, rows: list[int], known: dict[float, float], across: Scale, up: Scale
) -> list[Any]:
    """Peak and end with their figures; the accounts that gain and lose most by name."""
    ends = _ends(subject)
    words = [subject.say("頂点", "Peak"), subject.say("終点", "End")]
    keys = ["whale.peak", "whale.total"]
    told = [
        (rank, value, f"{word} {subject.fact_text(key)}")
        for (rank, value), word, key in zip(ends.items(), words, keys, strict=False)
    ]
    marks = [{"rank": rank, "value": value} for rank, value, _text in told]
    texts = [
        Label(across.pixel(rank), up.pixel(value), text, n)
        for n, (rank, value, text) in enumerate(told)
    ]
    for row in [row for row in rows if (subject.number(row, "whale.profit") or 0) > 0][:3]:
        rank, value = (float(subject.number(row, c) or 0) for c in _CURVE)
        texts.append(Label(across.pixel(rank), up.pixel(value), _named(subject, row), row))
    spots = [(across.pixel(r), up.pixel(v)) for r, v in sorted(known.items())]
    found = placed(texts, along(spots), WIDTH, _HEIGHT, SMALL)
    x, y = alt.X("rank:Q", scale=across.described()), alt.Y("value:Q", scale=up.described())
    stars = over(marks).mark_point(
        shape="diamond", size=170, filled=True, color=VERMILLION, opacity=1
    )
    return [
        stars.encode(x=x, y=y),
        *written(found, across, up, SMALL),
        *_losses(subject, rows, known, across, up),
    ]


def _named(subject: Subject, row: int) -> str:
    return f"{subject.text(row, 'account.name', _NAMES)} {subject.text(row, 'whale.profit')}"


def _losses(
    subject: Subject, rows: list[int], known: dict[float, float], across: Scale, up: Scale
) -> list[Any]:
    """The accounts that lose most, written under the end of the curve where that leaves room."""
    lost = [row for row in rows if (subject.number(row, "whale.profit") or 0) < 0][:-4:-1]
    right = [value for rank, value in known.items() if across.pixel(rank) > WIDTH / 2]
    if not lost or min((up.pixel(value) for value in right), default=0) < _HEIGHT / 2:
        return []
    lines = [subject.say("赤字の大きい取引先", "Largest losses")]
    lines += [_named(subject, row) for row in lost]
    left = WIDTH - 12 - max(wide(line, SMALL) for line in lines)
    bottom = max(up.pixel(0), 0) + 30
    block = [Label(left, bottom + 21 * n, line, n) for n, line in enumerate(reversed(lines))]
    return written(block, across, up, SMALL, "losses")
