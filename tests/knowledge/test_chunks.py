"""Chunks follow headings, keep their ids, and are never much longer than asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.chunks import Chunk, called_by, names
from knowledge.chunks import chunk as cut
from knowledge.documents import About, Document

SIZE = 200


def document(body: str, title: str = "計画") -> Document:
    return Document("d" * 16, "/docs", "docs/a.md", title, About(), body, "0")


def chunk(of: Document, size: int) -> list[Chunk]:
    return cut(of, size, "test")


def test_a_chunk_belongs_to_its_section_under_the_path_of_its_headings() -> None:
    body = "# 題\n\n前文\n\n## 一\n\n本文一\n\n### 細目\n\n本文二\n\n## 二\n\n本文三"
    found = chunk(document(body), SIZE)
    assert [(c.heading, c.text) for c in found] == [
        ("", "前文"),
        ("一", "本文一"),
        ("一 > 細目", "本文二"),
        ("二", "本文三"),
    ]
    assert [c.position for c in found] == [0, 1, 2, 3]


def test_a_heading_inside_a_fence_is_text() -> None:
    found = chunk(document("## 一\n\n```\n# no heading\n```\n\n本文"), SIZE)
    assert [c.heading for c in found] == ["一"]


def test_a_long_section_is_cut_at_paragraphs_and_a_table_stays_whole() -> None:
    table = "| a | b |\n|---|---|\n" + "\n".join(f"| {n} | x |" for n in range(8))
    body = "## 一\n\n" + "あ" * 120 + "\n\n" + table + "\n\n" + "い" * 120
    texts = [c.text for c in chunk(document(body), SIZE)]
    assert sum(table in text for text in texts) == 1
    assert all(len(text) <= SIZE for text in texts)


def test_the_title_and_headings_are_embedded_with_the_text() -> None:
    [only] = chunk(document("## 一\n\n本文 (https://a.example/b)", "題"), SIZE)
    assert only.indexed == "題\n一\n本文"
    assert only.text == "本文 (https://a.example/b)"


def test_other_embeddings_have_other_vectors() -> None:
    [one], [other] = (cut(document("本文"), SIZE, model) for model in ("a", "b"))
    assert one.id == other.id
    assert one.digest != other.digest


def test_a_document_of_headings_alone_is_one_passage() -> None:
    [only] = chunk(document("# 題\n\n## 一\n\n## 二"), SIZE)
    assert only.text == "# 題\n\n## 一\n\n## 二"


def test_headings_of_the_first_level_are_sections_where_there_are_several() -> None:
    found = chunk(document("# 一\n\n本文一\n\n# 二\n\n本文二"), SIZE)
    assert [c.heading for c in found] == ["一", "二"]


def test_a_long_table_is_cut_between_rows_and_every_piece_has_its_head() -> None:
    head = "| a | b |\n|---|---|"
    rows = [f"| {n:03} | {'x' * 20} |" for n in range(30)]
    texts = [c.text for c in chunk(document("\n".join([head, *rows])), SIZE)]
    assert len(texts) > 1
    assert all(text.startswith(head) and len(text) <= SIZE for text in texts)
    assert [row for text in texts for row in text.splitlines()[2:]] == rows


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    sentences = [f"{n}番目の文で、二十字ほどの長さがあります。" for n in range(30)]
    texts = [c.text for c in chunk(document("".join(sentences)), SIZE)]
    assert len(texts) > 1
    assert all(text.endswith("。") and len(text) <= SIZE for text in texts)
    assert "".join(texts) == "".join(sentences)


def test_a_document_is_called_by_title_headings_and_file() -> None:
    of = document("# 題\n\n## 一\n\n本文\n\n### 細目\n\n本文\n\n## 二\n\n本文\n\n## 一\n\n本文")
    called = names(of, chunk(of, SIZE), "test")
    assert [(n.kind, n.name) for n in called] == [
        ("title", "計画"), ("heading", "一"), ("heading", "細目"), ("heading", "二"), ("file", "a"),
        ("place", "docs a"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "called"),
    [
        ("docs/renewal-team/_index.md", "docs/renewal-team"),
        ("docs/renewal-team/README.md", "docs/renewal-team"),
        ("docs/renewal-team/start.md", "docs/renewal-team/start"),
        ("index.md", "index"),
    ],
)
def test_the_first_page_of_a_folder_goes_by_the_folders_name(path: str, called: str) -> None:
    assert called_by(path) == called


def test_an_edit_changes_the_digest_of_its_chunk_only_and_no_id() -> None:
    before = chunk(document("## 一\n\n本文\n\n## 二\n\n本文"), SIZE)
    after = chunk(document("## 一\n\n本文\n\n## 二\n\n直した本文"), SIZE)
    assert [c.id for c in before] == [c.id for c in after]
    assert [a.digest == b.digest for a, b in zip(before, after, strict=True)] == [True, False]


def test_a_new_section_in_front_keeps_the_ids_of_the_others() -> None:
    before = {c.heading: c.id for c in chunk(document("## 一\n\n本文\n\n## 二\n\n本文"), SIZE)}
    after = {
        c.heading: c.id
        for c in chunk(document("## 零\n\n新\n\n## 一\n\n本文\n\n## 二\n\n本文"), SIZE)
    }
    assert {h: i for h, i in after.items() if h != "零"} == before


def test_a_new_title_changes_every_digest() -> None:
    one, other = (chunk(document("## 一\n\n本文", title), SIZE)[0] for title in ("甲", "乙"))
    assert one.id == other.id
    assert one.digest != other.digest


_LINES = st.lists(st.text("あいう漢字 ab#|-`\n", max_size=60), max_size=30).map("\n".join)


@given(_LINES)
def test_no_word_is_lost_and_no_id_is_given_twice(body: str) -> None:
    found = chunk(document(body), SIZE)
    assert len({c.id for c in found}) == len(found)
    assert all(c.text.strip() for c in found)
    longest = max((len(line) for line in body.splitlines()), default=0)
    assert all(len(c.text) <= max(SIZE, longest) * 2 for c in found)
    kept = "".join("".join(c.text.split()) for c in found)
    words = [line for line in body.splitlines() if line.strip() and not line.startswith("#")]
    assert all("".join(line.split()) in kept for line in words)
