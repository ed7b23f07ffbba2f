"""A plan as HTML is one file that fetches nothing, runs nothing and can be printed."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from api.render.charts import fonts
from api.render.documents import PlanDocument, page
from assistant.bootstrap import Workspace
from crm.settings import Language
from tests.fakes import copy_of
from tests.render.plan_documents import SHOWN, document_of, strained, with_plan
from tests.render.rendered import rendered, squeezed

LANGUAGES: tuple[Language, ...] = ("ja", "en")
_EMPTY = {"meta", "img", "col", "br"}


class Reader(HTMLParser):
    """Reads the tags with what they say, and the text; fails where tags are not nested."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module", params=LANGUAGES)
def document(
    sample_workspace: Path,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> PlanDocument:
    try:
        fonts.ready()
    except fonts.MissingFontError as error:
        pytest.skip(str(error))
    workspace: Workspace = copy_of(sample_workspace, tmp_path_factory.mktemp("html"))
    drawn = document_of(workspace, request.param)
    return with_plan(drawn, strained(drawn.view.plan))


@pytest.fixture(scope="module")
def text(document: PlanDocument) -> str:
    return page.content(document).decode("utf-8")


@pytest.fixture(scope="module")
def read(text: str) -> Reader:
    return Reader(text)


def test_it_says_all_of_the_plan(document: PlanDocument, read: Reader) -> None:
    found = squeezed(read.text)
    for part in document.view.parts:
        assert squeezed(f"{part.number}. {part.title}") in found
        for group in part.groups:
            assert all(squeezed(one.text) in found for one in group.statements)
        for row in part.table.rows if part.table else []:
            assert all(squeezed(cell) in found for cell in row)
    assert read.all("html") == [{"lang": document.language}]


def test_nothing_is_fetched_and_nothing_runs(text: str, read: Reader) -> None:
    names = {tag for tag, _ in read.tags}
    assert not names & {"script", "link", "iframe", "a", "form", "object"}
    assert all(not key.startswith("on") for _, given in read.tags for key in given)
    sources = [str(image["src"]) for image in read.all("img")]
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_texts_from_people_stay_text(text: str, read: Reader) -> None:
    assert "<script" not in text
    assert all(hostile in read.text for hostile in SHOWN)


def test_charts_are_whole_and_told_in_words(document: PlanDocument, read: Reader) -> None:
    images = read.all("img")
    assert [image["alt"] for image in images] == [picture.alt for picture in document.pictures]
    for image, picture in zip(images, document.pictures, strict=True):
        assert base64.b64decode(str(image["src"]).partition(",")[2]) == picture.png


def test_it_is_made_for_paper(document: PlanDocument, text: str, read: Reader) -> None:
    assert re.search(r"@page \{ size: A4; margin: \d+mm", text)
    assert "table-header-group" in text
    assert "break-inside: avoid" in text
    tables = [t for p in document.view.parts for t in (p.table, document.table_after(p))]
    listed = [table for table in tables if table and table.rows]
    assert len(read.all("thead")) == len(listed) + 2  # and two of the four quadrants


def test_a_hypothesis_is_marked(document: PlanDocument, read: Reader) -> None:
    marks = [given for tag, given in read.tags if (tag, given.get("class")) == ("span", "supposed")]
    supposed = [s for p in document.view.parts for g in p.groups for s in g.statements if s.status]
    assert len(marks) == len(supposed)


def test_an_office_reads_it(document: PlanDocument, text: str, tmp_path: Path) -> None:
    (tmp_path / "plan.html").write_text(text, encoding="utf-8")
    paper = rendered(tmp_path / "plan.html", tmp_path)
    assert all(squeezed(part.title) in paper.words for part in document.view.parts)
    assert sum(paper.images) >= len(document.pictures)
