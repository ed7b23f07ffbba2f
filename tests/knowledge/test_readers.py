"""Every kind of file is read; what is broken, protected or a bomb is refused in one line."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from docx import Document as Word
from pptx import Presentation

from crm.errors import InputError
from knowledge import readers
from knowledge.documents import Document, digest_of, document
from knowledge.readers import Reader
from knowledge.sources import root_of, sources

TEXT = "停滞した案件は、三者の打ち合わせで動かします。"


def read(path: Path) -> list[Document | InputError]:
    found: list[Document | InputError] = []
    with Reader() as reader:
        for source in sources(path):
            try:
                found.append(document(source, str(root_of(path)), digest_of(source), reader))
            except InputError as error:
                found.append(error)
    return found


def only(path: Path) -> Document:
    [found] = read(path)
    assert isinstance(found, Document), found
    return found


def refusal(path: Path) -> str:
    [found] = read(path)
    assert isinstance(found, InputError), found
    return str(found)


def docx(path: Path) -> Path:
    word = Word()
    word.add_heading("立て直しの型", 1)
    word.add_heading("初動", 2)
    word.add_paragraph(TEXT)
    table = word.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ("項目", "期限", "訪問", "4月"), strict=True):
        cell.text = text
    word.save(str(path))
    return path


def pptx(path: Path) -> Path:
    slides = Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[1])
    slide.shapes.title.text = "立て直しの型"
    slide.placeholders[1].text = TEXT
    slides.save(str(path))
    return path


def xlsx(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("項目", "期限"), (TEXT, "4月"), ("訪問", None)):
        sheet.append(row)
    book.save(path)
    return path


def pdf(path: Path) -> Path:
    """A page of one line, written by hand: no library of ours makes PDFs."""
    stream = b"BT /F1 24 Tf 72 700 Td (Stalled deals move by a meeting of three.) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = io.BytesIO(b""), []
    out.write(b"%PDF-1.4\n")
    for number, text in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, text))
    begin = out.tell()
    out.write(b"xref\n0 6\n0000000000 65535 f \n")
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % begin)
    path.write_bytes(out.getvalue())
    return path


def html(path: Path) -> Path:
    path.write_text(
        f"<html><head><title>x</title></head><body><h1>立て直しの型</h1><p>{TEXT}</p>"
        "<script>alert(1)</script></body></html>",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("make", [docx, pptx, xlsx, html], ids=lambda make: make.__name__)
def test_every_kind_of_file_is_read(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    found = only(make(tmp_path / f"plan.{make.__name__}"))
    assert TEXT in found.body
    assert "alert" not in found.body
    assert "NaN" not in found.body


def test_a_pdf_is_read(tmp_path: Path) -> None:
    assert "Stalled deals move by a meeting of three." in only(pdf(tmp_path / "plan.pdf")).body


def test_headings_and_tables_of_a_word_document_stay(tmp_path: Path) -> None:
    found = only(docx(tmp_path / "plan.docx"))
    assert found.title == "立て直しの型"
    assert "## 初動" in found.body
    assert "| 訪問 | 4月 |" in found.body


def test_text_of_windows_in_japan_is_read(tmp_path: Path) -> None:
    (tmp_path / "memo.txt").write_bytes("㈱髙橋商店　打ち合わせ".encode("cp932"))
    assert only(tmp_path / "memo.txt").body == "㈱髙橋商店　打ち合わせ"


def test_a_file_beside_a_document_says_what_it_is(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    pdf(docs / "plan.pdf")
    (docs / "plan.pdf.yaml").write_text(
        "title: 計画\nkind: past_plan\naudience: [east, r1@example.jp]", encoding="utf-8"
    )
    [found] = read(docs)
    assert isinstance(found, Document)
    assert (found.title, found.about.kind) == ("計画", "past_plan")
    assert found.about.audience == ("east", "r1@example.jp")


def test_what_is_said_beside_a_file_counts_in_its_digest(tmp_path: Path) -> None:
    pdf(tmp_path / "plan.pdf")
    [before] = sources(tmp_path)
    (tmp_path / "plan.pdf.yaml").write_text("kind: past_plan", encoding="utf-8")
    [after] = sources(tmp_path)
    assert digest_of(before) != digest_of(after)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", b"%PDF-1.7 and nothing else", "cannot be read: it is damaged"),
        ("a.docx", b"PK\x03\x04 and nothing else", "is damaged"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "protected by a password"),
        ("a.md", b"", "is empty"),
        ("a.pdf", b"", "is empty"),
        ("a.html", b"<p></p>", "holds no text"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(
    tmp_path: Path, name: str, data: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(data)
    told = refusal(tmp_path / name)
    assert reason in told
    assert name in told
    assert "\n" not in told


def test_a_file_of_a_hundred_megabytes_is_not_even_opened(tmp_path: Path) -> None:
    with (tmp_path / "big.pdf").open("wb") as file:
        file.truncate(100 * 2**20)
    assert "larger than 25 MiB" in refusal(tmp_path / "big.pdf")


def test_an_office_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", b"\0" * (201 * 2**20))
    assert "unpacks to more than 200 MiB" in refusal(tmp_path / "a.docx")


def test_a_reader_that_hangs_is_ended_and_the_next_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "_SECONDS", 0.001)
    assert "could not be read within" in refusal(pdf(tmp_path / "plan.pdf"))
    monkeypatch.undo()
    assert only(tmp_path / "plan.pdf")


# ------------------------------------------------------------------ archives


def archive(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name.replace("__", "/").replace("_DOT_", "."), data)
    return path


def test_an_archive_is_read_like_a_folder(tmp_path: Path) -> None:
    made = archive(
        tmp_path / "plans.zip",
        east__a_DOT_md=TEXT.encode(),
        east__b_DOT_pdf=pdf(tmp_path / "x.pdf").read_bytes(),
        east__b_DOT_pdf_DOT_yaml="title: 計画".encode(),
        image_DOT_png=b"x",
    )
    found = [f for f in read(made) if isinstance(f, Document)]
    assert [(d.path, d.title) for d in found] == [
        ("plans/east/a.md", "a"),
        ("plans/east/b.pdf", "計画"),
    ]


def test_a_bomb_in_an_archive_is_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    made = archive(tmp_path / "p.zip", a_DOT_md=b" " * (20 * 2**20), b_DOT_md=TEXT.encode())
    bomb, rest = read(made)
    assert "unpacks to far more than it is packed" in str(bomb)
    assert isinstance(rest, Document)


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    made = tmp_path / "p.zip"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as whole:
        for n in range(6):
            whole.writestr(f"{n}.bin", b"\0" * (100 * 2**20))
    with pytest.raises(InputError, match="unpacks to more than 500 MiB"):
        sources(made)


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(b"no archive")
    with pytest.raises(InputError, match="is not a zip archive"):
        sources(tmp_path / "p.zip")


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("秘密", encoding="utf-8")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.md").symlink_to(tmp_path / "secret.md")
    assert "leads out of" in refusal(docs)


def test_a_workbook_says_what_its_cells_show(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "実績"
    sheet.append(["項目", "金額", "割合", "金額", "日"])
    sheet.append(["売上", 12345678.123, 0.305, 1_500_000, date(2026, 9, 30)])
    sheet.append([])
    sheet.append(["A|B\nC", None, None, None, None])
    sheet["C2"].number_format, sheet["D2"].number_format = "0.0%", '"¥"#,##0'
    path = tmp_path / "book.xlsx"
    book.save(path)
    with Reader() as reader:
        text = reader.markdown(str(path), ".xlsx", path.read_bytes())
    assert text.splitlines() == [
        "## 実績",
        "",
        "| 項目 | 金額 | 割合 | 金額 | 日 |",
        "| --- | --- | --- | --- | --- |",
        "| 売上 | 12345678.123 | 30.5% | ¥1500000 | 2026-09-30 |",
        "| A\\|B C |  |  |  |  |",
    ]
