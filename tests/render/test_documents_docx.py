"""A plan as .docx holds all of the plan, and comes out of a word processor as it should."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn

from api.render.charts import fonts
from api.render.documents import PlanDocument, word, write
from assistant.bootstrap import Workspace
from crm.errors import InputError
from crm.settings import Language
from tests.fakes import copy_of
from tests.render.plan_documents import HOSTILE, SHOWN, document_of, strained, with_plan
from tests.render.rendered import MISSING, Rendered, rendered, squeezed
from tools.format import shown

LANGUAGES: tuple[Language, ...] = ("ja", "en")
Documents = Callable[[Language], PlanDocument]


@pytest.fixture(scope="module", autouse=True)
def _letters() -> None:
    try:
        fonts.ready()
    except fonts.MissingFontError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def workspace(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return copy_of(sample_workspace, tmp_path_factory.mktemp("documents"))


@pytest.fixture(scope="module")
def document(workspace: Workspace) -> Documents:
    """The plan as a document in a language, drawn up once."""
    return cache(lambda language: document_of(workspace, language))


@pytest.fixture(scope="module", params=LANGUAGES)
def usual(document: Documents, request: pytest.FixtureRequest) -> PlanDocument:
    return document(request.param)


@pytest.fixture(scope="module", params=LANGUAGES)
def full(document: Documents, request: pytest.FixtureRequest) -> PlanDocument:
    drawn = document(request.param)
    return with_plan(drawn, strained(drawn.view.plan))


@pytest.fixture(scope="module")
def usual_file(usual: PlanDocument) -> bytes:
    return word.content(usual)


@pytest.fixture(scope="module")
def full_file(full: PlanDocument) -> bytes:
    return word.content(full)


def printed(content: bytes, folder: Path) -> Rendered:
    (folder / "plan.docx").write_bytes(content)
    return rendered(folder / "plan.docx", folder)


def told(document: PlanDocument) -> list[str]:
    """Everything that the plan says, in words."""
    view = document.view
    texts = [view.title, *(part.title for part in view.parts)]
    for part in view.parts:
        texts += [one.text for group in part.groups for one in group.statements]
        texts += [group.title for group in part.groups if group.title]
        texts += [cell for row in (part.table.rows if part.table else []) for cell in row]
        texts += part.lines
    return texts


def test_everything_the_plan_says_is_in_the_file(full: PlanDocument, full_file: bytes) -> None:
    opened = Document(io.BytesIO(full_file))
    found = squeezed("".join(opened.element.body.itertext()))
    assert [text for text in told(full) if squeezed(text) not in found] == []


def test_headings_tables_and_charts_are_what_they_look_like(
    usual: PlanDocument, usual_file: bytes
) -> None:
    opened = Document(io.BytesIO(usual_file))
    headings = [p.text for p in opened.paragraphs if p.style.name == "Heading 1"]
    assert headings[1:] == [f"{part.number}. {part.title}" for part in usual.view.parts]
    heads = [
        row
        for t in opened.tables
        for row in t.rows
        if row._tr.find(".//" + qn("w:tblHeader")) is not None
    ]
    tables = [t for p in usual.view.parts for t in (p.table, usual.table_after(p))]
    assert len(heads) == sum(1 for table in tables if table and table.rows)
    pictures = opened.element.body.findall(".//" + qn("wp:docPr"))
    assert [p.get("descr") for p in pictures] == [p.alt for p in usual.pictures]
    assert [p.name for p in usual.pictures] == [
        "sales_trend", "relationship_map", "customer_profitability", "white_space_map"
    ]  # fmt: skip
    about = opened.core_properties
    assert (about.title, about.author) == (usual.view.title, usual.view.owner)
    assert about.language.startswith(usual.language)


def test_the_summary_says_only_what_the_plan_says(full: PlanDocument) -> None:
    words = squeezed("".join(told(full)))
    for _title, lines in full.summary[1:]:
        for line in lines:
            start = squeezed(line.split("（仮説")[0].split(" (hypothesis")[0])
            for piece in re.split(r"[：:（()…]", start.rstrip("…）)"))[1:2]:
                assert piece in words


def test_on_paper_every_part_is_there_in_embedded_fonts(
    usual: PlanDocument, usual_file: bytes, tmp_path: Path
) -> None:
    paper = printed(usual_file, tmp_path)
    assert 6 <= paper.pages <= 9
    assert sum(paper.images) == len(usual.pictures)
    assert paper.fonts <= paper.embedded
    assert any("CJK" in font for font in paper.fonts)
    assert not [sign for sign in MISSING if sign in paper.words]
    assert [t for t in told(usual) if len(t) < 12 and squeezed(t) not in paper.words] == []
    first = squeezed(paper.texts[0])
    assert squeezed(usual.word("summary")) in first
    assert squeezed(usual.summary[-1][0]) in first
    assert all(squeezed(usual.word("confidential_line")) in squeezed(t) for t in paper.texts)


def test_long_texts_and_many_actions_fit_on_paper(
    full: PlanDocument, full_file: bytes, tmp_path: Path
) -> None:
    paper = printed(full_file, tmp_path)
    listed = [text for text in paper.texts[1:] if "No." in text]
    assert all(f"No.{n:02}" in "".join(listed) for n in range(len(HOSTILE), 60))
    heads = [word for title in full.view.table("actions").titles for word in title.split()]
    assert len(listed) >= 3
    assert all(word in text for text in listed for word in heads)
    assert paper.sizes == [paper.sizes[0]] * paper.pages
    assert not [sign for sign in MISSING if sign in paper.words]
    assert paper.fonts <= paper.embedded


def test_texts_from_people_do_nothing(full: PlanDocument, full_file: bytes) -> None:
    archive = zipfile.ZipFile(io.BytesIO(full_file))
    body = archive.read("word/document.xml").decode()
    codes = re.findall(r'w:instr="([^"]*)"|<w:instrText[^>]*>([^<]*)', body)
    assert codes == []
    links = archive.read("word/_rels/document.xml.rels").decode()
    assert "evil.example" not in links
    assert "External" not in links
    assert all(text in "".join(told(full)) for text in SHOWN)


def test_letters_that_no_file_can_hold_are_dropped(document: Documents, tmp_path: Path) -> None:
    drawn = document("ja")
    plan = drawn.view.plan
    person = plan.people[0].model_copy(update={"name": "福\x00島\x0b\ufffe\ud800子"})
    write(tmp_path / "plan.docx", with_plan(drawn, plan.with_items("people", [person])))
    assert "福島子" in "".join(Document(tmp_path / "plan.docx").element.body.itertext())


def test_another_ending_is_refused_and_a_bad_place_named(
    usual: PlanDocument, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no known ending"):
        write(tmp_path / "plan.odt", usual)
    with pytest.raises(InputError, match="cannot be written"):
        write(tmp_path / "absent" / "plan.docx", usual)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_as_a_whole(usual: PlanDocument, tmp_path: Path) -> None:
    to = tmp_path / "plan.docx"
    to.write_bytes(b"before")
    write(to, usual)
    assert zipfile.is_zipfile(to)
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.docx"]


def test_what_each_goal_asks_for_stands_beside_it(usual: PlanDocument, usual_file: bytes) -> None:
    ((goal, told),) = usual.way
    assert goal == usual.view.goals[0]["what"]
    (result,) = usual.reckoned
    facts = {fact.name: fact for fact in result.facts}
    assert [value for _name, value in told] == [
        shown(facts[f"goal.{name}"], usual.language)
        for name in ("actual", "remaining", "required_pipeline", "open_by", "proposal_due",
                     "planned_value", "planned_reaches")
    ]  # fmt: skip
    made = Document(io.BytesIO(usual_file))
    cells = {cell.text for table in made.tables for row in table.rows for cell in row.cells}
    assert {value for _name, value in told} <= cells
