"""A plan on ten slides: each says what the plan says, and its notes what that rests on."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from pptx import Presentation
from pptx.util import Pt

from api.render.charts.palette import BLUE, FAINT, GREEN, ORANGE, PAPER, RULE, VERMILLION
from api.render.documents.canvas import HIGH, LEFT, RIGHT, WIDE, Box, Canvas
from api.render.documents.document import PlanDocument
from api.render.documents.pictures import Picture
from api.render.safe import inert
from crm.declared import declared
from crm.periods import add_months
from plans.model import FIVE_P, Action, Section
from tools.format import show_date, shown

_BODY = Box(LEFT, 104, RIGHT - LEFT, 388)
_QUARTER = 3
_SHARES = {
    "people": (2, 2.8, 1.8, 1.8, 1.8), "goals": (4, 2, 2, 1.6), "kpis": (3.6, 2.4, 2.2, 2.8),
    "calendar": (4, 2, 2.4), "team": (2, 2, 3), "way": (2.3, 1.8, 1.9, 1.9, 2.3, 2.3, 1.9, 1.4),
}  # fmt: skip
"""How the columns of a table share its width."""
_SWOT: tuple[tuple[Section, str], ...] = (
    ("strength", BLUE), ("weakness", ORANGE), ("opportunity", GREEN), ("threat", VERMILLION),
)  # fmt: skip


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = declared("api.render.documents", "slides.yaml")
    return words


def content(document: PlanDocument) -> bytes:
    """The slides of a plan. Raises MissingFontError where no font has Japanese letters."""
    return _Deck(document).bytes()


class _Deck:
    """Makes the slides of one plan, each on a blank one of our own."""

    def __init__(self, document: PlanDocument) -> None:
        self._document, self._view = document, document.view
        self._plan, self._language = document.view.plan, document.language
        self._deck = Presentation()
        self._deck.slide_width, self._deck.slide_height = Pt(WIDE), Pt(HIGH)

    def bytes(self) -> bytes:
        self._title()
        slides: Sequence[tuple[Callable[[Canvas], None], str, str, tuple[Section, ...]]] = (
            (self._summary, self._document.word("summary"), self._goal(), ("position", "scenario")),
            (self._account, self._name("account"), self._first("account"), ("account", "industry")),
            (self._position, self._name("position"), self._first("position"), ("position",)),
            (self._people, self._name("people"), self._first("organisation"), ("organisation",)),
            (self._goals, self._name("goal"), self._goal(), ()),
            (self._swot, self._name("swot"), "", ("strength", "weakness", "opportunity", "threat")),
            (self._strategy, self._name("strategy"), self._first("scenario"),
             ("scenario", *FIVE_P)),
            (self._actions, self._name("actions"), self._next(), ()),
            (self._reviews, self._name("reviews"), "", ("risk",)),
        )  # fmt: skip
        for number, (draw, name, says, sections) in enumerate(slides, 2):
            canvas = self._slide(number, name, says)
            draw(canvas)
            if canvas.is_cut:
                canvas.text(Box(LEFT, 498, 560, 12), [self._say("cut")], 8, 7, colour=FAINT)
            self._notes(canvas, sections)
        self._about()
        into = io.BytesIO()
        self._deck.save(into)
        return into.getvalue()

    # ------------------------------------------------------------------ the frame

    def _blank(self) -> Canvas:
        slide = self._deck.slides.add_slide(self._deck.slide_layouts[5])
        return Canvas(slide, lambda count: self._say("more", count=count))

    def _slide(self, number: int, name: str, says: str) -> Canvas:
        """A slide with its name, what it says in one sentence, and the foot."""
        canvas = self._blank()
        canvas.fill(Box(0, 0, WIDE, 6), BLUE)
        canvas.heading(Box(LEFT, 22, RIGHT - LEFT, 62), says or name, 22, 15)
        if says:
            canvas.text(Box(LEFT, 12, 500, 14), [name], 10, 9, bold=True, colour=BLUE)
        canvas.fill(Box(LEFT, 512, RIGHT - LEFT, 0.75), RULE)
        canvas.text(Box(LEFT, 517, 560, 13), [self._view.title], 9, 7, colour=FAINT)
        mark = f"{self._document.word('confidential')}   {number}"
        canvas.text(Box(RIGHT - 130, 517, 130, 13), [mark], 9, 8, colour=FAINT)
        return canvas

    def _title(self) -> None:
        canvas, document = self._blank(), self._document
        canvas.fill(Box(0, 0, 300, HIGH), BLUE)
        canvas.text(Box(44, 60, 230, 60), [document.word("kind")], 24, 14, bold=True, colour=PAPER)
        canvas.text(Box(44, 480, 230, 20), [document.word("confidential")], 13, 10, colour=PAPER)
        canvas.heading(Box(348, 60, 560, 130), self._view.title, 34, 18)
        for number, (name, value) in enumerate(document.cover):
            y = 200 + 42 * number
            canvas.text(Box(348, y, 560, 14), [name], 10, 9, colour=FAINT)
            canvas.text(Box(348, y + 15, 560, 24), [value], 16, 10)
        if self._view.purpose:
            canvas.text(Box(348, 456, 560, 50), [self._view.purpose], 13, 9, colour=FAINT)
        self._notes(canvas, ())

    # ------------------------------------------------------------------ the slides

    def _summary(self, canvas: Canvas) -> None:
        parts = self._document.summary
        colours = (BLUE, BLUE, GREEN, GREEN, VERMILLION)
        upper, lower = _BODY.rows(2, 18)
        places = [*upper.columns(2, 24), *lower.columns(3, 24)]
        for (name, texts), place, colour in zip(parts, places, colours, strict=True):
            canvas.card(place, name, texts or [self._view.nothing], colour=colour)

    def _account(self, canvas: Canvas) -> None:
        left, right = _BODY.columns(2, 28)
        canvas.card(left, self._part_title("account"), self._lines("account", skip=True), size=15)
        industry = self._part_title("industry")
        canvas.card(right, industry, self._lines("industry"), size=15, colour=GREEN)

    def _position(self, canvas: Canvas) -> None:
        shown_ = [
            p for p in map(self._picture, ("customer_profitability", "pipeline_metrics")) if p
        ]
        if not shown_:
            canvas.text(_BODY, self._lines("position"), 16, 10, bullets=True)
            return
        place = Box(_BODY.x, _BODY.y, 270, _BODY.h)
        canvas.card(place, self._name("position"), self._lines("position", skip=True))
        rest = Box(_BODY.x + 298, _BODY.y, _BODY.w - 298, _BODY.h)
        for box, picture in zip(rest.rows(len(shown_), 10), shown_, strict=True):
            canvas.picture(box, picture)

    def _people(self, canvas: Canvas) -> None:
        picture = self._picture("relationship_map")
        left, right = _BODY.columns(2, 24)
        place = left if picture else _BODY
        others = self._lines("organisation", skip=True)
        taken = canvas.text(Box(place.x, place.y, place.w, 84), others, 12, 9, bullets=True) + 10
        team = self._view.table("team")
        room = place.below(taken)
        people = Box(room.x, room.y, room.w, room.h * 0.66 if team.rows else room.h)
        used = self._table(canvas, people, "people")
        if team.rows:
            self._table(canvas, room.below(used + 14), "team")
        if picture:
            canvas.picture(right, picture)

    def _goals(self, canvas: Canvas) -> None:
        upper = Box(_BODY.x, _BODY.y, _BODY.w, 100)
        used = self._table(canvas, upper, "goals", size=13)
        rest = _BODY.below(used + 18)
        if way := self._document.way:
            names = [self._document.word("way_goal"), *(name for name, _value in way[0][1])]
            rows = [[goal, *(value for _name, value in told)] for goal, told in way]
            place = Box(rest.x, rest.y, rest.w, 96)
            used = canvas.table(place, names, rows, _SHARES["way"], size=11)
            rest = rest.below(used + 18)
        picture = self._picture("sales_trend")
        left, right = rest.columns(2, 24) if picture else (rest, rest)
        self._table(canvas, left, "kpis")
        if picture:
            canvas.picture(right, picture)

    def _swot(self, canvas: Canvas) -> None:
        upper, lower = _BODY.rows(2, 18)
        for (section, colour), box in zip(
            _SWOT, [*upper.columns(2, 24), *lower.columns(2, 24)], strict=True
        ):
            canvas.card(box, self._section(section), self._lines(section), colour=colour)

    def _strategy(self, canvas: Canvas) -> None:
        picture = self._picture("white_space_map")
        upper = Box(_BODY.x, _BODY.y, _BODY.w, 244) if picture else _BODY
        left, right = upper.columns(2, 24)
        canvas.card(left, self._name("strategy"), self._lines("scenario", skip=True))
        if picture:
            canvas.picture(_BODY.below(252), picture)
        rows = [
            (self._section(section), text)
            for section in FIVE_P for text in self._lines(section)
        ]  # fmt: skip
        canvas.table(right, ["5P", self._name("strategy")], rows, (1, 5), size=11)

    def _actions(self, canvas: Canvas) -> None:
        table = self._view.table("actions")
        if not table.rows:
            canvas.text(_BODY, [self._view.nothing], 14, 10)
            return
        at = [self._when(action) for action in self._plan.actions]
        rows = [
            ["" if n and at[n - 1] == when else when, *row]
            for n, (when, row) in enumerate(zip(at, table.rows, strict=True))
        ]
        shares = (2.5, 2.1, 6, 2.3, 2, 2, 1.8, 1.6)
        canvas.table(_BODY, [self._say("when"), *table.titles], rows, shares, size=11, floor=8)

    def _reviews(self, canvas: Canvas) -> None:
        first, second, third = _BODY.columns(3, 22)
        heading = Box(first.x, first.y, first.w, 20)
        canvas.text(heading, [self._say("reviews")], 13, 10, bold=True, colour=BLUE)
        self._table(canvas, Box(first.x, first.y + 26, first.w, first.h - 26), "calendar")
        upper, lower = second.rows(2, 14)
        canvas.card(upper, self._say("risks"), self._lines("risk"), colour=VERMILLION, size=12)
        guesses = [self._say("test", text=row["text"], test=row["test"])
                   for row in self._view.hypotheses]  # fmt: skip
        canvas.card(lower, self._say("hypotheses"), guesses or [self._view.nothing], colour=ORANGE,
                    size=12)  # fmt: skip
        canvas.card(third, self._say("sources"), self._view.sources or [self._view.nothing],
                    colour=FAINT, size=11)  # fmt: skip

    # ------------------------------------------------------------------ what stands on them

    def _table(self, canvas: Canvas, box: Box, name: str, size: float = 11) -> float:
        table = self._view.table(name)
        if not table.rows:
            return canvas.text(box, [self._view.nothing], size, 9)
        return canvas.table(box, table.titles, table.rows, _SHARES[name], size=size)

    def _lines(self, section: Section, *, skip: bool = False) -> list[str]:
        """The statements of a section; without the one that is the slide's title."""
        told = [said.told for said in self._view.statements(section)]
        if skip and len(told) > 1 and self._first(section) == told[0]:
            told = told[1:]
        return told or [self._view.nothing]

    def _first(self, section: Section) -> str:
        """What a slide says in its title: the first of its statements that is no quotation."""
        found = self._view.statements(section)
        return found[0].told if found and not found[0].quoted else ""

    def _goal(self) -> str:
        for goal, row in zip(self._plan.goals, self._view.goals, strict=True):
            if goal.amount is not None and goal.due is not None:
                return self._say("goal_title", **row)
        return ""

    def _next(self) -> str:
        coming = dict(self._document.summary)[self._document.word("next")]
        return coming[0] if coming else ""

    def _when(self, action: Action) -> str:
        """The quarter of the plan in which an action is due."""
        if action.due is None:
            return self._say("undated")
        start = self._plan.head.start
        while add_months(start, _QUARTER) <= action.due:
            start = add_months(start, _QUARTER)
        end = add_months(start, _QUARTER) - timedelta(days=1)
        if action.due < start:
            return self._until(start - timedelta(days=1))
        return self._say("quarter", start=self._month(start), end=self._month(end))

    def _until(self, day: date) -> str:
        return self._say("quarter", start="", end=self._month(day))

    def _month(self, day: date) -> str:
        return f"{day.year}年{day.month}月" if self._language == "ja" else f"{day:%b %Y}"

    def _picture(self, name: str) -> Picture | None:
        return next((p for p in self._document.pictures if p.name == name), None)

    def _section(self, section: Section) -> str:
        groups = (group for part in self._view.parts for group in part.groups)
        return next(g.title or "" for g in groups if g.section == section)

    def _part_title(self, code: str) -> str:
        return next(part.title for part in self._view.parts if part.code == code)

    def _name(self, slide: str) -> str:
        name: str = _words()["slides"][slide][self._language]
        return name

    def _say(self, name: str, **values: object) -> str:
        said: str = _words()[name][self._language].format(**values)
        return said

    # ------------------------------------------------------------------ behind them

    def _notes(self, canvas: Canvas, sections: Sequence[Section]) -> None:
        lines = list(dict.fromkeys(self._rests_on(sections)))
        if lines:
            told = "\n".join([self._say("notes"), *map(inert, lines)])
            canvas.slide.notes_slide.notes_text_frame.text = told

    def _rests_on(self, sections: Sequence[Section]) -> Iterator[str]:
        for statement in self._plan.section(*sections):
            for fact in statement.facts:
                yield self._say(
                    "note", label=fact.label.in_(self._language),
                    value=shown(fact, self._language), tool=fact.basis.tool,
                    day=show_date(fact.basis.as_of, self._language), snapshot=fact.basis.snapshot,
                )  # fmt: skip
            if statement.quote is not None:
                quote = statement.quote
                yield " › ".join(part for part in (quote.title, quote.heading, quote.file) if part)

    def _about(self) -> None:
        about, head = self._deck.core_properties, self._plan.head
        about.title, about.author = self._view.title[:255], self._view.owner[:255]
        about.subject = self._document.word("kind")
        about.category, about.language = self._document.word("confidential"), self._language
        about.created = about.modified = datetime.combine(head.as_of, time(), UTC)
