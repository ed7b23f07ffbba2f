"""People and ways between them: who reports to whom, and through whom to be introduced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from api.render.charts.layers import over
from api.render.charts.palette import BLUE, FAINT, GREY, INK, ORANGE, PAPER, SMALL, TEXT
from api.render.charts.subject import Picture, Subject
from api.render.charts.wording import plain

_ACROSS = 5
"""People beside each other."""
_BOX = (206, 76)
_GAP = (18, 44)
_LEVELS = ("executive", "department head", "section head", "staff")
_ROUTES = 12
_FONTS = ((TEXT + 1, "bold"), (SMALL, "normal"), (SMALL - 1, "normal"))
"""Of the lines in a box: name, title, role."""


@dataclass(frozen=True)
class _Person:
    row: int
    name: str
    x: int
    y: int


def relationships(subject: Subject) -> Picture:
    """A box for each contact by level, the highest on top; lines lead from a superior down.

    A solid frame says that we meet the person, a dashed one that we do not.
    """
    tiers = _beside_superiors(subject, _tiers(subject))
    people = [
        _Person(row, subject.text(row, subject.chart.x, 18), *_place(n, len(tier), depth))
        for depth, tier in enumerate(tiers)
        for n, row in enumerate(tier)
    ]
    width = _ACROSS * (_BOX[0] + _GAP[0])
    width = min(width, max(len(tier) for tier in tiers) * (_BOX[0] + _GAP[0])) if tiers else width
    left = min((p.x for p in people), default=0)
    people = [_Person(p.row, p.name, p.x - left + _GAP[0] // 2, p.y) for p in people]
    height = len(tiers) * (_BOX[1] + _GAP[1]) - _GAP[1] + 4
    canvas = _Canvas(max(width, 480), height)
    boxes = [_contact(subject, person) for person in people]
    texts = [_texts(subject, person) for person in people]
    met = subject.say("接点あり", "met"), subject.say("接点なし", "not met")
    note = subject.say(
        f"実線の枠は{met[0]}、破線の枠は{met[1]}または不明",
        "solid frame: met; dashed: not met or unknown",
    )
    layers = [*canvas.lines(_reports(subject, people)), *canvas.boxes(boxes)]
    for n, (size, weight) in enumerate(_FONTS):
        layers += canvas.texts([each[n] for each in texts], size, weight)
    return Picture(layers, canvas.width, height, len(people), 0, note)


def _tiers(subject: Subject) -> list[list[int]]:
    """The rows by level, at most so many beside each other; those without a level come last."""
    known = "contact.level" in {c.name for c in subject.table.columns}
    column = subject.table.column("contact.level") if known else 0
    levels: dict[str, list[int]] = {level: [] for level in (*_LEVELS, "")}
    for row, cells in enumerate(subject.table.rows):
        level = str(cells[column])
        levels[level if level in levels else ""].append(row)
    return [
        rows[start : start + _ACROSS]
        for rows in levels.values()
        for start in range(0, len(rows), _ACROSS)
    ]


def _beside_superiors(subject: Subject, tiers: list[list[int]]) -> list[list[int]]:
    """Each tier in the order of its superiors above, so that few lines cross."""
    place: dict[str, float] = {}
    for tier in tiers:
        chiefs = {row: subject.text(row, subject.chart.y) for row in tier}
        tier.sort(key=lambda row: place.get(chiefs[row], 1.0))
        for n, row in enumerate(tier):
            place.setdefault(subject.text(row, subject.chart.x), (n + 0.5) / len(tier))
    return tiers


def _place(n: int, of: int, depth: int) -> tuple[int, int]:
    """The left upper corner of the nth box of a tier, which is centred."""
    step = _BOX[0] + _GAP[0]
    return int((_ACROSS - of) * step / 2) + n * step, depth * (_BOX[1] + _GAP[1])


def _contact(subject: Subject, person: _Person) -> dict[str, Any]:
    cells = subject.table.rows[person.row]
    met = str(cells[subject.table.column("map.status")]) == "met"
    return {
        "x": person.x, "y": person.y, "x2": person.x + _BOX[0], "y2": person.y + _BOX[1],
        "name": person.name, "colour": BLUE if met else FAINT, "solid": met,
    }  # fmt: skip


def _texts(subject: Subject, person: _Person) -> list[dict[str, Any]]:
    """Name, title, and role with attitude, one under the other."""
    role, attitude = (
        subject.text(person.row, name) if subject.table.cell(person.row, name).value is not None
        else "" for name in ("contact.buying_role", "contact.attitude")
    )  # fmt: skip
    last = subject.say("・", ", ").join(part for part in (role, attitude) if part)
    shown = (person.name, subject.text(person.row, "contact.title", 25), last)
    middle = person.x + _BOX[0] / 2
    return [
        {"x": middle, "y": person.y + 18 + 21 * n, "shown": text} for n, text in enumerate(shown)
    ]


def _reports(subject: Subject, people: Sequence[_Person]) -> list[dict[str, Any]]:
    """The lines between a superior on the map and whoever reports to them, in three strokes."""
    places: dict[str, list[_Person]] = {}
    for person in people:
        places.setdefault(subject.text(person.row, subject.chart.x), []).append(person)
    strokes = []
    heights: dict[int, int] = {}
    for person in people:
        superior = places.get(subject.text(person.row, subject.chart.y), [])
        if len(superior) != 1 or superior[0].y >= person.y:
            continue
        above = superior[0]
        start, end = above.x + _BOX[0] / 2, person.x + _BOX[0] / 2
        way = heights.setdefault(above.row, len(heights))
        bottom, turn = above.y + _BOX[1], person.y - 10 - 8 * (way % 4)
        for x, y, x2, y2 in (
            (start, bottom, start, turn), (start, turn, end, turn), (end, turn, end, person.y)
        ):  # fmt: skip
            strokes.append({"x": x, "y": y, "x2": x2, "y2": y2})
    return strokes


def routes(subject: Subject) -> Picture:
    """A line of people for each route, ours at the left; the stronger the thicker."""
    rows = list(range(len(subject.table.rows)))[:_ROUTES]
    gap, box, height = 110, 190, 72
    steps = [_steps(subject, row) for row in rows]
    longest = max((len(each) for each in steps), default=1)
    canvas = _Canvas(longest * (box + gap) - gap + 20, max(height * len(rows), height))
    boxes, names, lines, words = [], [], [], []
    for n, (row, each) in enumerate(zip(rows, steps, strict=True)):
        y = n * height + 20
        for k, name in enumerate(each):
            x = 10 + k * (box + gap)
            ours = k == 0
            boxes.append({"x": x, "y": y, "x2": x + box, "y2": y + 42, "name": name,
                          "colour": BLUE if ours else ORANGE, "solid": True})  # fmt: skip
            names.append({"x": x + box / 2, "y": y + 21, "shown": name})
            if k:
                lines.append({"x": x - gap, "y": y + 21, "x2": x, "y2": y + 21})
        kind = subject.text(row, "route.kind")
        strength = subject.text(row, "route.strength")
        words.append({"x": 10 + box + gap / 2, "y": y + 9, "shown": strength})
        words.append({"x": 10 + box + gap / 2, "y": y + 34, "shown": kind})
    layers = [*canvas.lines(lines), *canvas.boxes(boxes), *canvas.texts(names, TEXT, "bold")]
    layers += canvas.texts(words, SMALL, "normal")
    note = subject.say(
        "左が当社側、右が先方。線の上は関係の強さ", "ours at the left; above the line its strength"
    )
    return Picture(layers, canvas.width, canvas.height, len(rows), 0, note)


def _steps(subject: Subject, row: int) -> list[str]:
    path = str(subject.table.rows[row][subject.table.column("route.path")] or "")
    return [plain(name, 24) for name in path.split(" → ")]


@dataclass(frozen=True)
class _Canvas:
    """A picture measured in pixels from its left upper corner."""

    width: int
    height: int

    def _x(self, name: str) -> alt.X:
        return alt.X(f"{name}:Q", scale=alt.Scale(domain=[0, self.width], nice=False), axis=None)

    def _y(self, name: str) -> alt.Y:
        scale = alt.Scale(domain=[self.height, 0], nice=False)
        return alt.Y(f"{name}:Q", scale=scale, axis=None)

    def lines(self, strokes: list[dict[str, Any]]) -> list[Any]:
        if not strokes:
            return []
        rule = over(strokes, "ways").mark_rule(color=GREY, strokeWidth=2)
        return [rule.encode(x=self._x("x"), y=self._y("y"), x2="x2:Q", y2="y2:Q")]

    def boxes(self, boxes: list[dict[str, Any]]) -> list[Any]:
        rect = over(boxes, "marks").mark_rect(cornerRadius=6, fill=PAPER, strokeWidth=2)
        look = alt.Scale(domain=[True, False], range=[[1, 0], [5, 4]])
        dash = alt.StrokeDash("solid:N", legend=None, scale=look)
        stroke = alt.Stroke("colour:N", scale=None)
        return [
            rect.encode(x=self._x("x"), y=self._y("y"), x2="x2:Q", y2="y2:Q", stroke=stroke,
                        strokeDash=dash)
        ]  # fmt: skip

    def texts(self, texts: list[dict[str, Any]], size: int, weight: str) -> list[Any]:
        said = [text for text in texts if text["shown"]]
        if not said:
            return []
        text = over(said).mark_text(fontSize=size, fontWeight=weight, color=INK, baseline="middle")
        return [text.encode(x=self._x("x"), y=self._y("y"), text="shown:N")]
