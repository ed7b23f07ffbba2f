"""The page and the styles of a Word document: fonts for both scripts, sizes, colours."""

from __future__ import annotations

from typing import Any

from docx.document import Document as Doc
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from api.render.documents.layout import ACCENT, FAINT, INK

_AFTER_SPACING = (
    "w:bidi", "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:contextualSpacing",
    "w:mirrorIndents", "w:suppressOverlap", "w:jc", "w:textDirection", "w:textAlignment",
    "w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr",
    "w:pPrChange",
)  # fmt: skip
"""What the format requires to stand after the spacing of letters."""
TEXT_WIDTH = Cm(17)
_LATIN, _EAST_ASIAN = "Arial", "Noto Sans CJK JP"
_STYLES: dict[str, tuple[float, bool, str, float, float]] = {
    "Normal": (10, False, INK, 0, 4),
    "Title": (20, True, ACCENT, 2, 8),
    "Subtitle": (10, True, FAINT, 0, 2),
    "Heading 1": (14, True, ACCENT, 16, 6),
    "Heading 2": (11, True, INK, 10, 3),
    "Heading 3": (10, True, ACCENT, 6, 1),
    "List Bullet": (10, False, INK, 0, 3),
    "Caption": (8.5, True, FAINT, 2, 10),
    "Header": (8, False, FAINT, 0, 0),
    "Footer": (8, False, FAINT, 0, 0),
}
"""For each style: points, bold, colour, points before and after."""


def prepare(word: Doc) -> None:
    """Set the page and every style that is used."""
    page = word.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2)
    page.top_margin, page.bottom_margin = Cm(2.2), Cm(2)
    page.header_distance = page.footer_distance = Cm(1)
    _defaults(word)
    for name, (size, bold, ink, before, after) in _STYLES.items():
        style: Any = word.styles[name]
        _fonts(style.element.get_or_add_rPr())
        style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
        style.font.color.rgb = colour(ink)
        form = style.paragraph_format
        form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), 1.15
        form.widow_control = True
        form.keep_with_next = name.startswith("Heading") or name in ("Title", "Subtitle")
        _bare(style.element.get_or_add_pPr())


def colour(code: str) -> RGBColor:
    return RGBColor.from_string(code)


def field(to: Paragraph, name: str) -> None:
    """A figure that the word processor works out: PAGE, NUMPAGES."""
    made = OxmlElement("w:fldSimple")
    made.set(qn("w:instr"), name)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    made.append(run)
    to._p.append(made)


def _defaults(word: Doc) -> None:
    """The fonts and the language of all text that says nothing else."""
    defaults = word.styles.element.find(qn("w:docDefaults"))
    run = defaults.find(qn("w:rPrDefault")).find(qn("w:rPr"))
    _fonts(run)
    spoken = run.find(qn("w:lang"))
    spoken.set(qn("w:val"), "en-GB")  # of Latin letters: Japanese rules would break words of theirs
    spoken.set(qn("w:eastAsia"), "ja-JP")


def _bare(form: Any) -> None:
    """No lines or tab stops of the template; no gaps between digits and Japanese letters."""
    for name in ("w:pBdr", "w:tabs"):
        for found in form.findall(qn(name)):
            form.remove(found)
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):
        off = OxmlElement(name)
        off.set(qn("w:val"), "0")
        form.insert_element_before(off, *_AFTER_SPACING)


def _fonts(run: Any) -> None:
    fonts = run.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        run.insert(0, fonts)
    fonts.attrib.clear()
    for script, font in (
        ("ascii", _LATIN), ("hAnsi", _LATIN), ("eastAsia", _EAST_ASIAN), ("cs", _LATIN)
    ):  # fmt: skip
        fonts.set(qn(f"w:{script}"), font)
