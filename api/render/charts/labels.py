"""Names beside points: the most important first, and none over another or over a point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import hypot
from typing import Any

import altair as alt

from api.render.charts.layers import over
from api.render.charts.palette import INK, PAPER
from api.render.charts.scales import Scale
from api.render.charts.wording import wide

Point = tuple[float, float]
_NEAR, _ROUND = 11, 4
"""Pixels from a point to its name, and around a point that no name covers."""


@dataclass(frozen=True)
class Label:
    """A text at a place in pixels, y upwards; first the point it names, then its own left middle.

    `row` tells whose it is.
    """

    x: float
    y: float
    text: str
    row: int


@dataclass(frozen=True)
class _Box:
    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: _Box) -> bool:
        apart = self.right < other.left or other.right < self.left
        return not (apart or self.top < other.bottom or other.top < self.bottom)

    def holds(self, point: Point) -> bool:
        across = self.left - _ROUND < point[0] < self.right + _ROUND
        return across and self.bottom - _ROUND < point[1] < self.top + _ROUND


def placed(
    labels: Sequence[Label], points: Sequence[Point], width: float, height: float, size: float
) -> list[Label]:
    """Those labels that find room, in their order of importance; `points` are kept free of them."""
    found: list[Label] = []
    taken: list[_Box] = []
    for label in labels:
        for spot in _spots(label, size):
            box = _box(spot, size)
            inside = box.left >= 0 and box.right <= width and box.bottom >= 0 and box.top <= height
            if inside and not any(map(box.meets, taken)) and not any(map(box.holds, points)):
                taken.append(box)
                found.append(spot)
                break
    return found


def along(points: Sequence[Point], step: float = 8) -> list[Point]:
    """The points and those on the straight lines between them, so that no name lies on a line."""
    found = list(points)
    for (x, y), (x2, y2) in pairwise(points):
        parts = int(hypot(x2 - x, y2 - y) / step)
        found += [(x + (x2 - x) * n / parts, y + (y2 - y) * n / parts) for n in range(1, parts)]
    return found


def written(
    found: Sequence[Label], across: Scale, up: Scale, size: float, name: str = "labels"
) -> list[Any]:
    """The layers that write the names; a light edge keeps them readable over a line."""
    if not found:
        return []
    data = [
        {"lx": across.value(label.x), "ly": up.value(label.y), "shown": label.text}
        for label in found
    ]
    x, y = alt.X("lx:Q", scale=across.described()), alt.Y("ly:Q", scale=up.described())
    look: dict[str, Any] = {"align": "left", "baseline": "middle", "fontSize": size}
    edge = over(data).mark_text(
        stroke=PAPER, strokeWidth=4, strokeJoin="round", color=PAPER, **look
    )
    text = over(data, name).mark_text(color=INK, **look)
    return [each.encode(x=x, y=y, text="shown:N") for each in (edge, text)]


def _spots(label: Label, size: float) -> Iterator[Label]:
    """Right, left, above and below, then the same a little farther off."""
    length = wide(label.text, size)
    for far in (1.0, 1.8, 2.6):
        off, rise = _NEAR * far, size * 0.9 * far
        for dx, dy in (
            (off, 0), (-off - length, 0), (-length / 2, rise), (-length / 2, -rise), (off, rise),
            (off, -rise), (-off - length, rise), (-off - length, -rise),
        ):  # fmt: skip
            yield replace(label, x=label.x + dx, y=label.y + dy)


def _box(label: Label, size: float) -> _Box:
    half = size * 0.62
    return _Box(label.x - 2, label.y - half, label.x + wide(label.text, size) + 2, label.y + half)
