"""A plan on slides: ten of them, all sections, real pictures and fonts, no text out of its box."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from pptx import Presentation
from pptx.util import Pt

from api.render.documents import PlanDocument, measure, write
from api.render.documents.pictures import Picture
from api.render.documents.slides import _words, content
from assistant.planning.show import PlanView
from crm.settings import Language
from plans.checks import check
from plans.model import Action, KeyPerson, Plan
from plans.stored import Stored
from tests.plans.complete import DAY, complete, guessed
from tests.render.rendered import MISSING, rendered, squeezed

NOW = datetime(2026, 9, 30, tzinfo=UTC)


def a_png(width: int = 900, height: int = 400) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = b"".join(b"\0" + b"\x90\xc0\xe0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in parts)


def pictures() -> list[Picture]:
    names = ("sales_trend", "customer_profitability", "relationship_map", "white_space_map",
             "pipeline_metrics")  # fmt: skip
    return [
        Picture(n, f"図 {n}", "2026年9月30日時点", a_png(), 900, 400, f"説明 {n}") for n in names
    ]


def a_document(plan: Plan, language: Language, charts: list[Picture]) -> PlanDocument:
    stored = Stored(
        plan_id="p1", account_id="A010", owner_id=None, state="draft", version=3, hash=plan.hash(),
        approved_hash=None, approved_version=None, updated_at=NOW, head=plan.head, plan=plan,
    )  # fmt: skip
    return PlanDocument(stored, PlanView(plan, language), charts, check(plan, DAY))


def long_plan() -> Plan:
    """Statements of 2,000 characters, 60 actions and 40 people."""
    plan = complete()
    text = ("新工場の一貫搬送ラインについてThe new line, 増設を検討している。" * 80)[:2000]
    sections = ("account", "industry", "position", "organisation", "scenario", "product", "price",
                "strength", "weakness", "opportunity", "threat", "risk")  # fmt: skip
    statements = [
        guessed(f"x{n}.{section}", section, text=text, test=text)
        for section in sections for n in range(4)
    ]  # fmt: skip
    actions = [
        Action(id=f"b{n:02}", what=f"{n}番目の行動 " + text[:300], due=date(2026, 12, n % 28 + 1),
               owner="高瀬 美咲" * 9, value=Decimal(10**9 + n))
        for n in range(60)
    ]  # fmt: skip
    people = [KeyPerson(id=f"q{n}", name=f"氏名{n}" * 20, title="部長" * 40) for n in range(40)]
    plan = plan.with_items("statements", statements).with_items("actions", actions)
    return plan.with_items("people", people).with_head(title="長い題名" * 45, purpose=text)


def outside(data: bytes) -> list[str]:
    """Every text that, as measured, is higher than its box, and every shape off its slide."""
    deck: Any = Presentation(io.BytesIO(data))
    found = []
    for number, slide in enumerate(deck.slides, 1):
        for shape in slide.shapes:
            if shape.left < 0 or shape.top < 0 or (
                shape.left + shape.width > deck.slide_width + 1
                or shape.top + shape.height > deck.slide_height + 1
            ):  # fmt: skip
                found.append(f"{number}: off the slide: {shape.name}")
            if (
                shape.has_text_frame
                and shape.text_frame.text
                and _height(shape) > shape.height + 99
            ):
                found.append(f"{number}: {shape.text_frame.text[:40]}")
    return found


def _height(shape: Any) -> float:
    total = 0.0
    for paragraph in shape.text_frame.paragraphs:
        run = paragraph.runs[0]
        size, after = run.font.size.pt, paragraph.space_after
        room = shape.width / Pt(1) - (14 if paragraph._p.get_or_add_pPr().get("marL") else 0)
        count = len(measure.lines(run.text, size, room, bold=bool(run.font.bold)))
        total += count * size * measure.LINE + (after.pt if after else 0)
    return Pt(total)


PLANS = {"complete": complete, "long": long_plan, "empty": lambda: Plan(head=complete().head)}


@cache
def slides(name: str, language: Language, *, with_charts: bool) -> bytes:
    """The slides of a plan, made once for all tests that look at them."""
    return content(a_document(PLANS[name](), language, pictures() if with_charts else []))


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("with_charts", [True, False])
def test_no_text_leaves_its_box(name: str, language: Language, *, with_charts: bool) -> None:
    assert outside(slides(name, language, with_charts=with_charts)) == []


@pytest.mark.parametrize("name", ["complete", "long"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_slides_open_with_every_section_picture_and_font(
    name: str, language: Language, tmp_path: Path
) -> None:
    file = tmp_path / "plan.pptx"
    file.write_bytes(slides(name, language, with_charts=True))
    found = rendered(file, tmp_path)
    assert 8 <= found.pages <= 10
    assert {(round(w), round(h)) for w, h in found.sizes} == {(960, 540)}
    for title in _words()["slides"].values():
        assert squeezed(title[language]) in found.words
    assert sum(found.images) >= len(pictures())
    assert any("CJK" in font for font in found.embedded)
    assert not any(mark in found.words for mark in MISSING)
    with pdfplumber.open(found.pdf) as opened:
        for page in opened.pages:
            assert all(c["x0"] >= 0 and c["x1"] <= 960 and c["bottom"] <= 540 for c in page.chars)
            foot = [c for c in page.chars if c["top"] > 513]
            above = [c for c in page.chars if c["bottom"] > 513 and c not in foot]
            assert not above  # nothing runs into the foot of the slide


def test_what_has_no_room_is_counted() -> None:
    deck: Any = Presentation(io.BytesIO(slides("long", "en", with_charts=False)))
    texts = [s.text_frame.text for slide in deck.slides for s in slide.shapes if s.has_text_frame]
    assert any(text.startswith("+") and "more in the document" in text for text in texts)
    actions = next(s.table for s in deck.slides[8].shapes if s.has_table)
    left = next(t for t in texts_of(deck.slides[8]) if t.startswith("+"))
    assert len(actions.rows) - 1 + int(left.split()[0]) == len(long_plan().actions)


def texts_of(slide: Any) -> list[str]:
    return [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]


def test_pictures_have_words_and_figures_their_sources(tmp_path: Path) -> None:
    write(tmp_path / "plan.pptx", a_document(complete(), "ja", pictures()))
    deck: Any = Presentation(str(tmp_path / "plan.pptx"))
    shown = [s for slide in deck.slides for s in slide.shapes if s.shape_type == 13]
    assert {s._element.nvPicPr.cNvPr.get("descr") for s in shown} == {p.alt for p in pictures()}
    notes = " ".join(s.notes_slide.notes_text_frame.text for s in deck.slides if s.has_notes_slide)
    assert "market.md" in notes
    assert deck.core_properties.title == complete().head.title
    assert all(slide.shapes.title.text_frame.text for slide in deck.slides)
