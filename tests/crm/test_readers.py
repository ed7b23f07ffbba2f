"""A file is read whole, with its rows counted as a person counts them, or refused by its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crm.errors import InputError
from crm.mapping import Source
from crm.readers import Ragged, load
from crm.thresholds import Imports

Rows = tuple[list[tuple[object, ...]], list[Ragged]]


def read(folder: Path, file: str, limits: Imports | None = None, **options: object) -> Rows:
    """The rows of a file, each with its row number first, and the ragged rows."""
    con = duckdb.connect()
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    source = Source.model_validate({"file": file, **options})
    ragged = load(con, "t", folder, source, scratch, limits or Imports()).ragged
    return con.execute("SELECT * FROM t ORDER BY _row").fetchall(), ragged


def written(folder: Path, data: str | bytes, file: str = "a.csv", encoding: str = "utf-8") -> str:
    (folder / file).write_bytes(data if isinstance(data, bytes) else data.encode(encoding))
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
def test_japanese_text_is_read_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    file = written(tmp_path, "id,name\n1,㈱①髙～\n", encoding=encoding)
    assert read(tmp_path, file) == ([(2, "1", "㈱①髙～")], [])


def test_text_in_no_usual_encoding_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "id,name\n1,café\n", encoding="latin-1")
    with pytest.raises(InputError, match=r"a\.csv is neither UTF-8 nor CP932"):
        read(tmp_path, file)


@pytest.mark.parametrize("encoding", ["ascii", "no-such-encoding", "rot13"])
def test_an_encoding_that_does_not_fit_is_refused(tmp_path: Path, encoding: str) -> None:
    file = written(tmp_path, "id,name\n1,東都\n")
    with pytest.raises(InputError, match=f"a.csv cannot be read as {encoding}"):
        read(tmp_path, file, encoding=encoding)


def test_an_encoding_that_is_named_is_used(tmp_path: Path) -> None:
    file = written(tmp_path, "id,name\n1,é\n", encoding="latin-1")
    assert read(tmp_path, file, encoding="latin-1") == ([(2, "1", "é")], [])


def test_a_short_and_a_long_row_are_handed_back_with_their_numbers(tmp_path: Path) -> None:
    file = written(tmp_path, "id,name\n1,a\n2\n3,c,x\n4,d\n")
    assert read(tmp_path, file) == (
        [(2, "1", "a"), (5, "4", "d")],
        [Ragged(3, "2"), Ragged(4, "3,c,x")],
    )


def test_an_empty_cell_too_many_makes_a_row_ragged(tmp_path: Path) -> None:
    file = written(tmp_path, "id,name,city\n1,Foo, Inc,\n2,b,c\n")
    assert read(tmp_path, file) == ([(3, "2", "b", "c")], [Ragged(2, "1,Foo, Inc,")])


def test_a_long_mail_is_read_whole(tmp_path: Path) -> None:
    file = written(tmp_path, f"id,body\n1,{'長い' * 100_000}\n2\n")
    rows, ragged = read(tmp_path, file)
    assert rows == [(2, "1", "長い" * 100_000)]
    assert ragged == [Ragged(3, "2")]


def test_a_line_break_inside_quotes_is_part_of_the_value(tmp_path: Path) -> None:
    file = written(tmp_path, 'id,name\n1,"a\nb"\n2,"c, ""d"""\n')
    assert read(tmp_path, file)[0] == [(2, "1", "a\nb"), (3, "2", 'c, "d"')]


def test_a_header_over_two_lines_is_one_row(tmp_path: Path) -> None:
    file = written(tmp_path, 'id,"the\nname"\n1,a\n')
    assert read(tmp_path, file)[0] == [(2, "1", "a")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_empty_row_is_no_row_but_counts_as_one(tmp_path: Path, end: str) -> None:
    file = written(tmp_path, end.join(["id,name", "1,a", "", "2,b", ",", "3,c", ""]))
    assert read(tmp_path, file) == ([(2, "1", "a"), (4, "2", "b"), (6, "3", "c")], [])


def test_an_empty_row_counts_without_a_blank_line_too(tmp_path: Path) -> None:
    file = written(tmp_path, "id,name\n1,a\n,\n2,b\n")
    assert read(tmp_path, file) == ([(2, "1", "a"), (4, "2", "b")], [])


def test_windows_line_ends_are_no_part_of_a_value(tmp_path: Path) -> None:
    file = written(tmp_path, "id,name\r\n1,a\r\n2,b\r\n")
    assert read(tmp_path, file)[0] == [(2, "1", "a"), (3, "2", "b")]


def test_the_last_row_needs_no_line_end(tmp_path: Path) -> None:
    assert read(tmp_path, written(tmp_path, "id,name\n1,a"))[0] == [(2, "1", "a")]


def test_a_file_with_a_header_only_has_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path, written(tmp_path, "id,name\n")) == ([], [])


def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, 'id,name\n1,a\n2,"b\n3,c\n')
    with pytest.raises(InputError, match=r"a\.csv cannot be read after row 2"):
        read(tmp_path, file)


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("id,ID", "cannot be used twice"),
        ("id,name,name", "cannot be used twice"),
        ("id,_row", "reserved"),
        ("id,,name", "not a full header"),
        (",", "not a full header"),
        ("id, ", "not a full header"),
    ],
)
def test_a_header_that_names_columns_badly_is_refused(
    tmp_path: Path, header: str, problem: str
) -> None:
    file = written(tmp_path, f"{header}\n1,2,3\n")
    with pytest.raises(InputError, match=problem) as refusal:
        read(tmp_path, file)
    assert "a.csv" in refusal.value.what
    assert refusal.value.remedy


@pytest.mark.parametrize("file", ["a.csv", "a.tsv", "a.parquet", "a.xlsx"])
def test_an_empty_file_is_refused(tmp_path: Path, file: str) -> None:
    with pytest.raises(InputError, match=f"{file} is empty"):
        read(tmp_path, written(tmp_path, b"", file))


def test_a_file_of_blank_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a full header"):
        read(tmp_path, written(tmp_path, "\n\n"))


def test_a_missing_file_is_named_with_its_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.csv does not exist in"):
        read(tmp_path, "gone.csv")


@pytest.mark.parametrize("file", ["../secret.csv", "/etc/passwd", "sub/../../secret.csv"])
def test_a_file_outside_the_folder_is_never_opened(tmp_path: Path, file: str) -> None:
    inner = tmp_path / "inner"
    (inner / "sub").mkdir(parents=True)
    written(tmp_path, "id\n1\n", "secret.csv")
    with pytest.raises(InputError, match="outside the import folder"):
        read(inner, file)


def test_a_link_that_leads_outside_is_never_followed(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    written(tmp_path, "id\n1\n", "secret.csv")
    (inner / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(InputError, match="outside the import folder"):
        read(inner, "link.csv")


@pytest.mark.parametrize(
    ("file", "remedy"),
    [
        ("a.xls", "save it as .xlsx"),
        ("a.xlsb", "save it as .xlsx"),
        ("a.json", "one object a line"),
        ("a.pdf", "Use .csv, .tsv, .txt, .jsonl, .parquet or .xlsx"),
        ("export", "Use .csv, .tsv, .txt, .jsonl, .parquet or .xlsx"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_to_do_about_it(
    tmp_path: Path, file: str, remedy: str
) -> None:
    with pytest.raises(InputError, match=rf"{file}: .* cannot be read\..*{remedy}"):
        read(tmp_path, written(tmp_path, "x", file))


def test_a_tab_separated_file_without_header_takes_the_given_one(tmp_path: Path) -> None:
    file = written(tmp_path, "1\ta\n2\tb\n", "a.tsv")
    assert read(tmp_path, file, header=["id", "name"])[0] == [(1, "1", "a"), (2, "2", "b")]


def test_a_row_that_does_not_fit_a_given_header_is_handed_back(tmp_path: Path) -> None:
    file = written(tmp_path, "1\ta\n2\n", "a.tsv")
    assert read(tmp_path, file, header=["id", "name"]) == ([(1, "1", "a")], [Ragged(2, "2")])


def test_another_delimiter_can_be_named(tmp_path: Path) -> None:
    file = written(tmp_path, "id;name\n1;a,b\n")
    assert read(tmp_path, file, delimiter=";")[0] == [(2, "1", "a,b")]


def test_a_parquet_file_keeps_its_types(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["1", "2"], "n": [7, None]}), tmp_path / "a.parquet")
    assert read(tmp_path, "a.parquet")[0] == [(1, "1", 7), (2, "2", None)]


def test_a_broken_parquet_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.parquet is not a Parquet file"):
        read(tmp_path, written(tmp_path, b"PAR1 broken PAR1", "a.parquet"))


def workbook(path: Path, rows: Sequence[list[Any]], sheet: str = "Sheet") -> str:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(row)
    book.save(path)
    return path.name


def test_a_workbook_is_read_with_its_empty_cells_as_unknown(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["id", "name"], ["1", "㈱髙橋"], ["2", None], [3, 4.5]])
    assert read(tmp_path, file)[0] == [(2, "1", "㈱髙橋"), (3, "2", None), (4, "3", "4.5")]


def test_a_sheet_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["id"], ["1"]], "取引先")
    assert read(tmp_path, file, sheet="取引先")[0] == [(2, "1")]
    with pytest.raises(InputError, match=r"no sheet `顧客`.*取引先"):
        read(tmp_path, file, sheet="顧客")


def test_a_workbook_with_a_header_that_is_not_full_is_refused(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["売上", None], ["東京", "2"], ["大阪", "3"]])
    with pytest.raises(InputError, match="rows 1 and 2 could be the header"):
        read(tmp_path, file)


@pytest.mark.parametrize("data", [b"not a zip at all", b"PK\x03\x04 cut off"])
def test_a_broken_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError, match=r"a\.xlsx is not an \.xlsx workbook"):
        read(tmp_path, written(tmp_path, data, "a.xlsx"))


def test_a_sheet_with_too_many_cells_is_refused(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["id", "name"], *[["1", "a"]] * 5])
    with pytest.raises(InputError, match="more than 10 cells"):
        read(tmp_path, file, Imports(cells_per_sheet=10))
