"""A plan as a Word document: A4, real headings and lists, one table a collection, charts."""

from __future__ import annotations

import io
from datetime import UTC

from docx import Document
from docx.document import Document as Doc
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.shared import Cm, Emu, Pt
from docx.text.paragraph import Paragraph

from api.render.documents import word_style as style
from api.render.documents.document import PlanDocument
from api.render.documents.layout import ACCENT, FAINT, SUPPOSED
from api.render.documents.pictures import SCALE, Picture
from api.render.documents.word_tables import cover, listed, quadrants
from assistant.planning.show import Group, Part, Said

_WIDEST, _HIGHEST = Cm(16.2), Cm(11)
_PIXEL = Emu(914400 // 96 * 9 // 10 // SCALE)
"""A pixel of a picture in print, where its letters are as large as those around it."""


def content(document: PlanDocument) -> bytes:
    """The bytes of the .docx."""
    word: Doc = Document()
    style.prepare(word)
    _describe(word, document)
    _around(word, document)
    _front(word, document)
    for part in document.view.parts:
        _part(word, document, part)
    kept = io.BytesIO()
    word.save(kept)
    return kept.getvalue()


def _describe(word: Doc, document: PlanDocument) -> None:
    """What the file says of itself."""
    about, changed = word.core_properties, document.stored.updated_at.astimezone(UTC)
    about.title, about.subject = document.view.title, document.word("kind")
    about.author = about.last_modified_by = document.view.owner
    about.language = "ja-JP" if document.language == "ja" else "en-GB"
    about.category, about.comments = document.word("confidential"), ""
    about.created = about.modified = changed.replace(tzinfo=None)


def _around(word: Doc, document: PlanDocument) -> None:
    """The line above and the line below of every page."""
    section = word.sections[0]
    above, below = section.header.paragraphs[0], section.footer.paragraphs[0]
    above.text = document.view.title
    stops = below.paragraph_format.tab_stops
    stops.add_tab_stop(style.TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
    below.add_run(document.word("confidential_line") + "\t")
    style.field(below, "PAGE")
    below.add_run(" / ")
    style.field(below, "NUMPAGES")


def _front(word: Doc, document: PlanDocument) -> None:
    """The first page: what this is, and the plan in short."""
    kind = word.add_paragraph(style="Subtitle")
    kind.add_run(f"{document.word('kind')}　|　{document.word('confidential')}")
    word.add_paragraph(document.view.title, style="Title")
    cover(word, document.cover)
    if document.view.purpose:
        purpose = word.add_paragraph()
        purpose.add_run(f"{document.view.purpose_title}　").bold = True
        purpose.add_run(document.view.purpose)
    word.add_heading(document.word("summary"), 1)
    for title, lines in document.summary:
        word.add_heading(title, 3)
        for line in lines or [document.view.nothing]:
            word.add_paragraph(line, style="List Bullet")
    _faint(word, document.word("legend"))


def _part(word: Doc, document: PlanDocument, part: Part) -> None:
    heading = word.add_heading(f"{part.number}. {part.title}", 1)
    if part.number == 1 or part.lines:
        heading.paragraph_format.page_break_before = True
    if part.code == "swot":
        quadrants(word, part.groups, lambda to, one: _say(to, document, one), document.view.nothing)
    else:
        for group in part.groups:
            _group(word, document, group)
    if part.table is not None and part.table.rows:
        listed(word, part.table)
    elif part.table is not None and not part.groups:
        word.add_paragraph(document.view.nothing)
    if (after := document.table_after(part)) is not None:
        word.add_heading(document.word(after.name), 2)
        listed(word, after)
    for line in part.lines:
        word.add_paragraph(line, style="List Bullet")
    for picture in document.pictures_of(part):
        _picture(word, document, picture)


def _group(word: Doc, document: PlanDocument, group: Group) -> None:
    """The statements of a section under their heading."""
    if group.title:
        word.add_heading(group.title, 2)
    for one in group.statements:
        _say(word.add_paragraph(style="List Bullet"), document, one)
    if not group.statements:
        word.add_paragraph(document.view.nothing)


def _say(to: Paragraph, document: PlanDocument, one: Said) -> None:
    """A statement; a hypothesis has its mark before it, in another colour."""
    if one.status is not None:
        mark = document.word("hypothesis", status=one.status)
        run = to.add_run(f"［{mark}］" if document.language == "ja" else f"[{mark}] ")
        run.bold, run.font.color.rgb = True, style.colour(SUPPOSED)
    to.add_run(one.text)


def _picture(word: Doc, document: PlanDocument, picture: Picture) -> None:
    """A chart with its caption on the same page, and what it says for those who cannot see it."""
    place = word.add_paragraph()
    place.paragraph_format.keep_with_next = True
    place.paragraph_format.space_before = Pt(8)
    share = min(_PIXEL, _WIDEST / picture.width, _HIGHEST / picture.height)
    size = Emu(int(picture.width * share)), Emu(int(picture.height * share))
    drawn = place.add_run().add_picture(io.BytesIO(picture.png), *size)
    told = drawn._inline.docPr  # python-docx has no public name for it
    told.set("descr", picture.alt)
    told.set("title", picture.title)
    number = document.number(picture)
    caption = word.add_paragraph(style="Caption")
    title = caption.add_run(document.word("figure", number=number, title=picture.title))
    title.font.color.rgb = style.colour(ACCENT)
    note = caption.add_run(
        f"　{picture.note}" if document.language == "ja" else f"  {picture.note}"
    )
    note.bold = False


def _faint(word: Doc, text: str) -> None:
    run = word.add_paragraph().add_run(text)
    run.font.size, run.font.color.rgb = Pt(8), style.colour(FAINT)
