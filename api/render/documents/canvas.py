"""A slide to put text, tables and pictures on; what has no room is cut with … or counted."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Pt

from api.render.charts.palette import BLUE, FAINT, INK, PAPER, RULE
from api.render.documents import measure
from api.render.documents.pictures import Picture

FONT = "Noto Sans CJK JP"
WIDE, HIGH = 960.0, 540.0
"""A slide of 16:9 in points."""
LEFT, RIGHT = 44.0, WIDE - 44.0
TINT = "#EAF3F9"
_PAD = 5.0
_GAP = 4.0
_LINES = (6, 5, 4, 3, 2, 1)
"""Lines that a paragraph may have, when all together have no room."""


@dataclass(frozen=True)
class Box:
    """A place on a slide, in points."""

    x: float
    y: float
    w: float
    h: float

    def below(self, taken: float) -> Box:
        """What is left under the upper `taken` points."""
        return Box(self.x, self.y + taken, self.w, self.h - taken)

    def columns(self, count: int, gap: float = 16) -> list[Box]:
        """The box in columns of the same width."""
        wide = (self.w - gap * (count - 1)) / count
        return [Box(self.x + n * (wide + gap), self.y, wide, self.h) for n in range(count)]

    def rows(self, count: int, gap: float = 12) -> list[Box]:
        """The box in rows of the same height."""
        high = (self.h - gap * (count - 1)) / count
        return [Box(self.x, self.y + n * (high + gap), self.w, high) for n in range(count)]


@dataclass
class Canvas:
    """One slide; `more` says how what is left out is counted, `is_cut` whether anything was."""

    slide: Any
    more: Callable[[int], str]
    is_cut: bool = False

    def text(
        self, box: Box, texts: Sequence[str], size: float, floor: float, *, bold: bool = False,
        colour: str = INK, bullets: bool = False,
    ) -> float:  # fmt: skip
        """Paragraphs in a box, as large as they fit between two sizes; the height they take."""
        room = box.w - (14 if bullets else 0)
        size, told = self._fitted(list(texts), room, box.h, size, floor, bold)
        shape = self.slide.shapes.add_textbox(Pt(box.x), Pt(box.y), Pt(box.w), Pt(box.h))
        frame = _frame(shape.text_frame)
        for number, text in enumerate(told):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            _say(paragraph, text, size, bold, colour)
            paragraph.space_after = Pt(_GAP if number + 1 < len(told) else 0)
            if bullets:
                _bullet(paragraph)
        return measure.height(told, size, room, _GAP, bold=bold)

    def heading(self, box: Box, text: str, size: float, floor: float, colour: str = INK) -> None:
        """The slide's title, in the place that programs list slides by."""
        size, told = self._fitted([text], box.w, box.h, size, floor, True)
        shape = self.slide.shapes.title
        shape.left, shape.top = Pt(box.x), Pt(box.y)
        shape.width, shape.height = Pt(box.w), Pt(box.h)
        frame = _frame(shape.text_frame)
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        frame.auto_size = MSO_AUTO_SIZE.NONE
        frame.paragraphs[0].alignment = PP_ALIGN.LEFT
        _say(frame.paragraphs[0], told[0], size, True, colour)

    def _fitted(
        self, texts: list[str], room: float, high: float, size: float, floor: float, bold: bool
    ) -> tuple[float, list[str]]:
        def fits(told: Sequence[str]) -> bool:
            return measure.fits(told, size, room, _GAP, high, bold=bold)

        while size > floor and not fits(texts):
            size -= 1
        if fits(texts):
            return size, texts
        self.is_cut = True
        told = texts
        for most in _LINES:
            told = [measure.cut(text, size, room, most, bold=bold) for text in texts]
            if fits(told):
                return size, told
        kept = len(told)
        while kept > 0:
            kept -= 1
            short = [*told[:kept], self.more(len(texts) - kept)]
            if fits(short):
                return size, short
        return size, [measure.MORE]

    def card(
        self, box: Box, title: str, texts: Sequence[str], *, colour: str = BLUE,
        size: float = 13, bullets: bool = True,
    ) -> None:  # fmt: skip
        """A heading with a coloured edge, and what stands under it."""
        self.fill(Box(box.x, box.y, 3, box.h), colour)
        inner = Box(box.x + 12, box.y, box.w - 12, box.h)
        self.text(Box(inner.x, inner.y, inner.w, 20), [title], 13, 10, bold=True, colour=colour)
        self.text(inner.below(23), texts, size, 9, bullets=bullets)

    def fill(self, box: Box, colour: str) -> None:
        """A coloured area."""
        shape = self.slide.shapes.add_shape(
            MSO_SHAPE.RECTANGLE, Pt(box.x), Pt(box.y), Pt(box.w), Pt(box.h)
        )
        shape.fill.solid()
        shape.fill.fore_color.rgb = _rgb(colour)
        shape.line.fill.background()
        shape.shadow.inherit = False

    def table(
        self, box: Box, titles: Sequence[str], rows: Sequence[Sequence[str]],
        shares: Sequence[float], *, size: float = 11, floor: float = 8,
    ) -> float:  # fmt: skip
        """A table of text as large as it fits; rows that do not are counted in a line below."""
        total = sum(shares)
        wide = [box.w * share / total for share in shares]
        for most in (3, 2, 1):
            for points in (n / 2 for n in range(int(size * 2), int(floor * 2) - 1, -1)):
                told = [self._cells(row, wide, points, most) for row in rows]
                heights = [_row_height(row, wide, points) for row in [list(titles), *told]]
                if sum(heights) <= box.h:
                    break
            if sum(heights) <= box.h:
                break
        kept = len(told)
        while kept and sum(heights[: kept + 1]) > box.h - (18 if kept < len(told) else 0):
            kept -= 1
        if any(
            c != r for cs, rs in zip(told, rows, strict=True) for c, r in zip(cs, rs, strict=True)
        ):
            self.is_cut = True
        high = sum(heights[: kept + 1])
        self._draw(box, titles, told[:kept], wide, heights, points)
        if kept < len(rows):
            self.is_cut = True
            line = Box(box.x, box.y + high + 2, box.w, 16)
            self.text(line, [self.more(len(rows) - kept)], 10, 8, colour=FAINT)
            high += 18
        return high

    def _cells(
        self, row: Sequence[str], wide: Sequence[float], size: float, most: int
    ) -> list[str]:
        return [
            measure.cut(text, size, room - 2 * _PAD, most)
            for text, room in zip(row, wide, strict=True)
        ]

    def _draw(
        self, box: Box, titles: Sequence[str], rows: Sequence[Sequence[str]],
        wide: Sequence[float], heights: Sequence[float], size: float,
    ) -> None:  # fmt: skip
        count = len(rows) + 1
        high = sum(heights[:count])
        frame = self.slide.shapes.add_table(
            count, len(wide), Pt(box.x), Pt(box.y), Pt(box.w), Pt(high)
        )
        table = frame.table
        _plain_style(frame)
        for number, room in enumerate(wide):
            table.columns[number].width = Pt(room)
        for number, cells in enumerate([titles, *rows]):
            table.rows[number].height = Pt(heights[number])
            for column, text in enumerate(cells):
                cell = table.cell(number, column)
                _look(cell, number)
                _say(cell.text_frame.paragraphs[0], text, size, number == 0, INK)

    def picture(self, box: Box, picture: Picture) -> None:
        """A chart as large as it fits, with its conclusion above and its period below."""
        head = self.text(Box(box.x, box.y, box.w, 34), [picture.title], 12, 9, bold=True)
        self.text(Box(box.x, box.y + box.h - 14, box.w, 14), [picture.note], 9, 7, colour=FAINT)
        room = Box(box.x, box.y + head + 4, box.w, box.h - head - 22)
        scale = min(room.w / picture.width, room.h / picture.height)
        wide, high = picture.width * scale, picture.height * scale
        shape = self.slide.shapes.add_picture(
            io.BytesIO(picture.png),
            Pt(room.x),
            Pt(room.y + (room.h - high) / 2),
            Pt(wide),
            Pt(high),
        )
        properties = shape._element.nvPicPr.cNvPr
        properties.set("descr", _clean(picture.alt))
        properties.set("name", _clean(picture.title))


def _row_height(row: Sequence[str], wide: Sequence[float], size: float) -> float:
    most = max(
        len(measure.lines(text, size, room - 2 * _PAD))
        for text, room in zip(row, wide, strict=True)
    )
    return most * size * measure.LINE + _PAD


def _frame(frame: Any) -> Any:
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = MSO_ANCHOR.TOP
    return frame


def _say(paragraph: Any, text: str, size: float, bold: bool, colour: str) -> None:
    """One run, its letters of the same font in every script."""
    run = paragraph.add_run()
    run.text = _clean(text) or "\u00a0"  # an empty cell would be as high as large letters
    font = run.font
    font.size, font.bold, font.name = Pt(size), bold, FONT
    font.color.rgb = _rgb(colour)
    properties = run._r.get_or_add_rPr()
    latin = properties.find(qn("a:latin"))
    east = _element("a:ea")
    east.set("typeface", FONT)
    latin.addnext(east)
    paragraph.line_spacing = Pt(size * measure.LINE)


def _bullet(paragraph: Any) -> None:
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", str(Pt(14)))
    properties.set("indent", str(-Pt(14)))
    mark = _under(properties, "a:buChar")
    mark.set("char", "•")


def _look(cell: Any, number: int) -> None:
    cell.margin_left = cell.margin_right = Pt(_PAD)
    cell.margin_top = cell.margin_bottom = Pt(_PAD / 2)
    cell.fill.solid()
    cell.fill.fore_color.rgb = _rgb(TINT if number == 0 else PAPER)
    line = _under(cell._tc.get_or_add_tcPr(), "a:lnB")
    line.set("w", str(Pt(0.75)))
    solid = _under(line, "a:solidFill")
    colour = _under(solid, "a:srgbClr")
    colour.set("val", (BLUE if number == 0 else RULE).removeprefix("#"))
    line.getparent().insert(0, line)


def _plain_style(frame: Any) -> None:
    frame.table.horz_banding = False


def _element(name: str) -> Any:
    return OxmlElement(name)


def _under(parent: Any, name: str) -> Any:
    """A new last child of an element."""
    child = _element(name)
    parent.append(child)
    return child


def _rgb(colour: str) -> Any:
    colour_of: Any = RGBColor
    return colour_of(*bytes.fromhex(colour.removeprefix("#")))


def _clean(text: str) -> str:
    """Text as a slide can hold it, on one line."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())
