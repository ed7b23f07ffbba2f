"""The tables of a Word document: their widths fit, their heads come again on every page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from docx.document import Document as Doc
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

from api.render.documents import word_style as style
from api.render.documents.layout import ACCENT, FAINT, FIGURES, LINE, SHADE, WIDTHS
from assistant.planning.show import Group, PartTable, Said

_COVER, _HALVES = (3.4, 13.6), (8.5, 8.5)
_ROOM = 70
"""Beside the text of a cell, in twentieths of a point."""
_SHORT = 8
"""Rows of a table up to which it stays on one page."""
_LONG = 400
"""Letters of a cell from which its row may go over to the next page."""


def cover(word: Doc, lines: Sequence[tuple[str, str]]) -> None:
    """Names and values, without a head."""
    table = _made(word, len(lines), _COVER)
    for row, (name, value) in zip(table.rows, lines, strict=True):
        _fill(row.cells[0], name, bold=True, ink=FAINT)
        _fill(row.cells[1], value)
        _whole(row)


def listed(word: Doc, part: PartTable) -> None:
    """A table of the plan with its head."""
    table = _made(word, len(part.rows) + 1, WIDTHS[part.name])
    head = table.rows[0]
    for cell, title, column in zip(head.cells, part.titles, part.columns, strict=True):
        _fill(cell, title, bold=True, ink=ACCENT, right=column in FIGURES)
        _shade(cell)
    _whole(head, repeated=True)
    for row, cells in zip(list(table.rows)[1:], part.rows, strict=True):
        for cell, text, column in zip(row.cells, cells, part.columns, strict=True):
            _fill(cell, text, right=column in FIGURES)
        if max(map(len, cells)) < _LONG:
            _whole(row)
    short = len(part.rows) <= _SHORT and sum(len(c) for r in part.rows for c in r) < 4 * _LONG
    _together(list(table.rows)[:-1] if short else [head])
    _after(word)


def quadrants(
    word: Doc, groups: Sequence[Group], say: Callable[[Paragraph, Said], None], nothing: str
) -> None:
    """Four sections in two rows of two, each under its title."""
    table = _made(word, len(groups), _HALVES)
    for at in range(0, len(groups), 2):
        head, body = table.rows[at], table.rows[at + 1]
        for cell, group in zip(head.cells, groups[at : at + 2], strict=True):
            _fill(cell, group.title or "", bold=True, ink=ACCENT)
            _shade(cell)
            cell.paragraphs[0].paragraph_format.keep_with_next = True
        for cell, group in zip(body.cells, groups[at : at + 2], strict=True):
            _statements(cell, group.statements, say, nothing)
        _whole(head)
        if _letters(groups[at : at + 2]) < 2 * _LONG:
            _whole(body)
    if _letters(groups) < 3 * _LONG:
        _together(list(table.rows)[:-1])
    _after(word)


def _letters(groups: Sequence[Group]) -> int:
    return sum(len(one.told) for group in groups for one in group.statements)


def _statements(
    cell: _Cell, said: Sequence[Said], say: Callable[[Paragraph, Said], None], nothing: str
) -> None:
    if not said:
        _fill(cell, nothing)
        return
    for number, one in enumerate(said):
        to = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
        to.style = "List Bullet"
        say(to, one)
        for run in to.runs:
            run.font.size = Pt(9)


def _made(word: Doc, rows: int, widths: Sequence[float]) -> Table:
    table: Table = word.add_table(rows, len(widths))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _lines(table)
    _close(table)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)
    return table


def _fill(
    cell: _Cell, text: str, *, bold: bool = False, ink: str = "", right: bool = False
) -> None:
    place = cell.paragraphs[0]
    place.paragraph_format.space_after = Pt(1)
    place.paragraph_format.space_before = Pt(1)
    if right:
        place.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = place.add_run(text)
    run.bold, run.font.size = bold, Pt(9)
    if ink:
        run.font.color.rgb = style.colour(ink)


def _whole(row: _Row, *, repeated: bool = False) -> None:
    """Keep a row on one page; `repeated` shows it on every page of its table."""
    told = row._tr.get_or_add_trPr()
    told.append(OxmlElement("w:cantSplit"))
    if repeated:
        told.append(OxmlElement("w:tblHeader"))


def _shade(cell: _Cell) -> None:
    shade = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", SHADE)):
        shade.set(qn(f"w:{key}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _lines(table: Table) -> None:
    """Thin lines between the rows and around."""
    told: Any = table._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{edge}")
        for key, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", LINE)):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    told.append(borders)


def _close(table: Table) -> None:
    """A millimetre of room beside the text of each cell."""
    room = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), str(_ROOM))
        edge.set(qn("w:type"), "dxa")
        room.append(edge)
    table._tbl.tblPr.append(room)


def _together(rows: Sequence[_Row]) -> None:
    """Keep these rows on one page with the row that follows."""
    for row in rows:
        for cell in row.cells:
            for place in cell.paragraphs:
                place.paragraph_format.keep_with_next = True


def _after(word: Doc) -> None:
    """A little room, for what follows a table stands close to it."""
    place = word.add_paragraph()
    place.paragraph_format.space_after = Pt(0)
    place.paragraph_format.line_spacing = Pt(6)
