"""A workbook from a stranger is refused in one sentence: it neither grows, nor reads, nor runs."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.errors import InputError
from crm.mapping import Source
from crm.readers import Loaded, load, peek
from crm.thresholds import Imports

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATED = "http://schemas.openxmlformats.org/package/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
PARTS = {
    "_rels/.rels": f'<Relationships xmlns="{RELATED}"><Relationship Id="a" '
    f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="顧客" sheetId="1" r:id="s"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATED}">'
    f'<Relationship Id="s" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="t" Type="{OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
    "</Relationships>",
    STRINGS: f'<sst xmlns="{MAIN}"><si><t>id</t></si></sst>',
}


def text(reference: str, value: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{value}</t></is></c>'


def rows(*cells: str) -> str:
    """A sheet with a row for each text of cells."""
    inside = "".join(f'<row r="{n}">{each}</row>' for n, each in enumerate(cells, start=1))
    return f'<worksheet xmlns="{MAIN}"><sheetData>{inside}</sheetData></worksheet>'


def package(path: Path, sheet: str, **parts: str) -> Path:
    """A workbook put together by hand, with other parts by their names."""
    found = PARTS | {SHEET: sheet} | parts
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return path


def read(path: Path, limits: Imports | None = None) -> Loaded:
    con = duckdb.connect()
    source = Source(file=path.name)
    return load(con, "t", path.parent, source, path.parent, limits or Imports())


def refused(path: Path, limits: Imports | None = None) -> str:
    """The sentence with which a workbook is refused; it names the file and a remedy."""
    with pytest.raises(InputError) as refusal:
        read(path, limits)
    assert path.name in refusal.value.what
    assert refusal.value.remedy
    assert len(str(refusal.value)) < 300
    return str(refusal.value)


GOOD = rows(text("A1", "id"), text("A2", "1"))


def test_a_workbook_put_together_by_hand_is_read(tmp_path: Path) -> None:
    assert read(package(tmp_path / "a.xlsx", GOOD)).rows == 1


def test_prefixes_and_missing_references_make_no_difference(tmp_path: Path) -> None:
    sheet = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c></x:row>'
        "<x:row><x:c><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    assert read(package(tmp_path / "a.xlsx", sheet)).rows == 1


def test_how_a_name_is_pronounced_is_no_part_of_it(tmp_path: Path) -> None:
    strings = (
        f'<sst xmlns="{MAIN}"><si><r><t>会社</t></r><r><t>名</t></r>'
        '<rPh sb="0" eb="2"><t>カイシャメイ</t></rPh></si><si><t>a_x000D__x0000_</t></si></sst>'
    )
    sheet = rows('<c r="A1" t="s"><v>0</v></c>', '<c r="A2" t="s"><v>1</v></c>')
    package(tmp_path / "a.xlsx", sheet, **{STRINGS: strings})
    (seen,) = peek(tmp_path)
    assert (seen.columns, seen.rows_sampled) == (("会社名",), (("a\r_x0000_",),))


def test_formats_are_those_of_cells_and_some_are_known_by_number_alone(tmp_path: Path) -> None:
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="5" formatCode="#,##0,"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="31"/><xf numFmtId="5"/></cellXfs>'
        '<dxfs><dxf><numFmt numFmtId="0" formatCode="#,##0,"/></dxf></dxfs></styleSheet>'
    )
    related = PARTS["xl/_rels/workbook.xml.rels"].replace(
        "<Relationship Id", f'<Relationship Id="y" Type="{OFFICE}/styles" Target="styles.xml"/>'
        "<Relationship Id", 1,
    )  # fmt: skip
    cells = (f'<c r="A{n + 2}" s="{n}"><v>46113</v></c>' for n in range(3))
    parts = {"xl/styles.xml": styles, "xl/_rels/workbook.xml.rels": related}
    package(tmp_path / "a.xlsx", rows(text("A1", "id"), *cells), **parts)
    (seen,) = peek(tmp_path)
    assert seen.rows_sampled == (("46113",), ("2026-04-01",), ("46.113",))


# ------------------------------------------------------------------ size and time


def test_a_sheet_that_expands_too_far_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx", rows(text("A1", " " * 300_000_000)))
    assert path.stat().st_size < 500_000
    began = time.monotonic()
    assert "expands to more than 200 MiB" in refused(path)
    assert time.monotonic() - began < 1


def test_a_part_that_expands_far_for_its_size_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx", rows(text("A1", " " * 100_000_000)))
    assert "more than 100 times its size" in refused(path)
    assert "is empty" in refused(path, Imports(expansion_ratio=100_000))


def test_an_archive_that_lies_about_its_sizes_expands_no_further_than_it_says(
    tmp_path: Path,
) -> None:
    path = package(tmp_path / "a.xlsx", rows(text("A1", "x" * 50_000_000)))
    true = struct.pack("<L", len(rows(text("A1", "x" * 50_000_000))))
    path.write_bytes(path.read_bytes().replace(true, struct.pack("<L", 1_000)))
    assert "is not an .xlsx workbook" in refused(path)


def test_cells_are_counted_before_they_are_kept(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx", rows(text("A1", "id"), *["<c/><c/>"] * 5))
    assert "more than 10 cells on one sheet (`顧客`)" in refused(path, Imports(cells_per_sheet=10))
    assert read(path, Imports(cells_per_sheet=11)).rows == 0


def test_a_sheet_that_takes_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter(range(0, 10_000, 20))
    monkeypatch.setattr("crm.readers.sheet.thread_time", lambda: next(moments))
    path = package(tmp_path / "a.xlsx", GOOD)
    assert "took longer than 30 seconds" in refused(path)


def test_a_merge_over_the_whole_sheet_costs_nothing(tmp_path: Path) -> None:
    merge = '<mergeCells><mergeCell ref="A2:XFD1048576"/></mergeCells></worksheet>'
    sheet = rows(text("A1", "id"), text("A2", "1")).replace("</worksheet>", merge)
    began = time.monotonic()
    assert read(package(tmp_path / "a.xlsx", sheet)).rows == 1
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("reference", ["A1:B1", "A1:A2", "A1:B2", "A2:B2", "B2:B3"])
def test_what_lies_under_merged_cells_is_never_taken_for_what_they_show(
    tmp_path: Path, reference: str
) -> None:
    merge = f'<mergeCells><mergeCell ref="{reference}"/></mergeCells></worksheet>'
    cells = [text("B1", "under"), text("B2", "x") + text("C2", "y"), text("B3", "z")]
    path = package(tmp_path / "a.xlsx", rows(*cells).replace("</worksheet>", merge))
    try:
        loaded = read(path)
    except InputError:
        return
    assert loaded.rows == 0


# ------------------------------------------------------------------ what is no workbook


def _with_dtd(sheet: str, entity: str) -> str:
    return f"<!DOCTYPE x [<!ENTITY e {entity}>]>{sheet.replace('<t>1</t>', '<t>&e;</t>')}"


@pytest.mark.parametrize(
    "entity", ['"laughs"', 'SYSTEM "file:///etc/passwd"', 'SYSTEM "http://127.0.0.1/x"']
)
@pytest.mark.parametrize("part", [SHEET, STRINGS, "xl/workbook.xml", "_rels/.rels"])
def test_a_document_type_is_refused_wherever_it_stands(
    tmp_path: Path, entity: str, part: str
) -> None:
    content = (PARTS | {SHEET: GOOD})[part]
    path = package(tmp_path / "a.xlsx", GOOD, **{part: _with_dtd(content, entity)})
    assert "is not an .xlsx workbook" in refused(path)


@pytest.mark.parametrize("name", ["/etc/x.xml", "../x.xml", "a\\..\\..\\x.xml", "C:\\x.xml"])
def test_a_part_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    path = package(tmp_path / "a.xlsx", GOOD)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), "x")
    assert "is not an .xlsx workbook" in refused(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx", GOOD)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(SHEET, GOOD)
    assert "or one twice" in refused(path)


def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsx", GOOD)
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(10_001):
            archive.writestr(f"x{number}", "")
    assert "too many parts" in refused(path)


@pytest.mark.parametrize("ending", [".xlsx", ".xlsm"])
def test_a_protected_or_old_workbook_is_refused_as_such(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    assert "protected by a password, or is an old .xls" in refused(path)


def test_a_workbook_with_macros_is_read_without_them(tmp_path: Path) -> None:
    path = package(tmp_path / "a.xlsm", GOOD, **{"xl/vbaProject.bin": "macros"})
    assert read(path).rows == 1


@pytest.mark.parametrize(
    "sheet",
    [
        rows('<c r="A1" t="s"><v>9</v></c>'),
        rows('<c r="A1" t="s"><v>-1</v></c>'),
        rows('<c r="A2"><v>1</v></c>'),
        rows('<c r="XFE1"><v>1</v></c>'),
        rows('<c r="あ1"><v>1</v></c>'),
        rows('<c r="B1"><v>1</v></c><c r="A1"><v>1</v></c>'),
        rows("<c/>").replace('r="1"', 'r="1048577"'),
        rows("<c/>").replace('r="1"', 'r="x"'),
        rows("<c/>", "<c/>").replace('r="2"', 'r="1"'),
        GOOD.replace(
            "</worksheet>", '<mergeCells><mergeCell ref="B2:A1"/></mergeCells></worksheet>'
        ),
        GOOD.replace("<sheetData>", '<cols><col hidden="1"/></cols><sheetData>'),
        GOOD[:-5],
        "",
        "x",
    ],
)
def test_a_damaged_sheet_is_refused(tmp_path: Path, sheet: str) -> None:
    assert "is not an .xlsx workbook" in refused(package(tmp_path / "a.xlsx", sheet))


def _good() -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["id", "name"])
    page.append(["1", "東都"])
    page.append(["2", 3.5])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _repacked(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with each of its parts changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for each in old.namelist():
            new.writestr(each, change(old.read(each)))
    return stream.getvalue()


@settings(max_examples=150)
@given(
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=4)), min_size=1, max_size=5),
)
def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, inside: bool, damage: list[tuple[int, bytes]]
) -> None:
    def damaged(data: bytes) -> bytes:
        for place, what in damage:
            at = place % (len(data) + 1)
            data = data[:at] + what + data[at + len(what) :]
        return data

    data = _repacked(_good(), damaged) if inside else damaged(_good())
    path = tmp_path_factory.mktemp("damaged") / "a.xlsx"
    path.write_bytes(data)
    try:
        read(path)
    except InputError as refusal:
        assert "a.xlsx" in refusal.what  # noqa: PT017 - either is right
