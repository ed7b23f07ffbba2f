"""A document is read as it is, or refused with its name and the remedy."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from crm.errors import InputError
from knowledge.documents import Document, digest_of, document
from knowledge.readers import Reader
from knowledge.sources import MAX_BYTES, Source, root_of, sources


def read(source: Source, root: Path) -> Document:
    with Reader() as reader:
        return document(source, str(root), digest_of(source), reader)


def read_documents(path: Path) -> list[Document]:
    return [read(source, root_of(path)) for source in sources(path)]


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_front_matter_says_what_a_document_is(tmp_path: Path) -> None:
    head = (
        "title: 計画\nkind: past_plan\nlanguage: ja\n"
        "date: 2025-12-19\naccount: A003\noutcome: achieved"
    )
    [document] = read_documents(write(tmp_path, "a.md", f"---\n{head}\n---\n# 見出し\n\n本文"))
    about = document.about
    assert (document.title, about.kind, about.language) == ("計画", "past_plan", "ja")
    assert (about.dated, about.account, about.outcome) == (date(2025, 12, 19), "A003", "achieved")
    assert "title:" not in document.body


@pytest.mark.parametrize(
    ("text", "title"),
    [("# 初回訪問\n\n本文", "初回訪問"), ("本文だけ", "a"), ("## 二段目\n\n本文", "二段目")],
)
def test_without_front_matter_the_title_is_the_first_heading_or_the_file(
    tmp_path: Path, text: str, title: str
) -> None:
    [document] = read_documents(write(tmp_path, "a.md", text))
    assert document.title == title
    assert document.about.kind == "note"
    assert document.about.account is None


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    text = "\ufeff---\r\ntitle: 計画\r\naccount: A003\r\n---\r\n本文\r\n"
    [document] = read_documents(write(tmp_path, "a.md", text))
    assert (document.title, document.about.account) == ("計画", "A003")


def test_a_folder_is_read_with_what_is_below_it_in_order(tmp_path: Path) -> None:
    for name in ("b.md", "a/c.markdown", "a/B.MD", "a/note.txt", ".git/c.md", "a/image.png"):
        write(tmp_path / "docs", name, f"# {name}\n\n本文")
    found = read_documents(tmp_path / "docs")
    assert [d.path for d in found] == [
        "docs/a/B.MD", "docs/a/c.markdown", "docs/a/note.txt", "docs/b.md",
    ]  # fmt: skip


def test_the_same_place_has_the_same_id_and_another_place_another(tmp_path: Path) -> None:
    write(tmp_path / "docs", "a.md", "一")
    first = read_documents(tmp_path / "docs")[0]
    write(tmp_path / "docs", "a.md", "二")
    write(tmp_path / "docs", "b.md", "二")
    again, other = read_documents(tmp_path / "docs")
    assert first.id == again.id != other.id
    assert first.digest != again.digest == other.digest


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("---\ntitle: x\n本文", "front matter has no end"),
        ("---\nkind: poem\n---\n本文", r"does not fit \(kind"),
        ("---\ndate: someday\n---\n本文", r"does not fit \(date"),
        ("---\nlanguage: fr\n---\n本文", r"does not fit \(language"),
        ("---\n- a\n- b\n---\n本文", "does not fit"),
        ("---\na: [1\n---\n本文", "does not fit"),
        ("---\naccount: 7\n---\n本文", r"does not fit \(account"),
        ("---\nkind: note\n---\n\n  \n", "is empty"),
        ("", "is empty"),
        ("本文 ".encode() + b"\xff\xfa", "neither UTF-8 nor CP932"),
        ("---\naudience: []\n---\n本文", r"does not fit \(audience"),
        ("---\naudience: ['']\n---\n本文", r"does not fit \(audience"),
        ("---\nemployees: -1\n---\n本文", r"does not fit \(employees"),
    ],
    ids=str,
)
def test_a_document_that_cannot_be_used_is_named_with_the_reason(
    tmp_path: Path, text: str | bytes, reason: str
) -> None:
    path = write(tmp_path, "bad.md", text)
    with pytest.raises(InputError, match=reason) as raised:
        read_documents(path)
    assert "bad.md" in str(raised.value)


def test_a_file_of_another_kind_an_empty_folder_and_nothing_are_refused(tmp_path: Path) -> None:
    for path, reason in (
        (write(tmp_path, "a.png", "x"), "is of a kind that cannot be read"),
        (tmp_path / "nowhere", "does not exist"),
    ):
        with pytest.raises(InputError, match=reason):
            read_documents(path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no documents"):
        read_documents(tmp_path / "empty")


def test_a_document_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="larger than 25 MiB"):
        read_documents(write(tmp_path, "big.md", "x" * (MAX_BYTES + 1)))
