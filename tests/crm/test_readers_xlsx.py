"""A sheet is read as what it shows; what is hidden, merged or passed over is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from crm.errors import InputError
from crm.mapping import Source
from crm.readers import Loaded, Note, Ragged, load

Rows = list[tuple[object, ...]]
Sheet = list[list[Any]]


def read(path: Path, **options: object) -> tuple[Loaded, Rows]:
    con = duckdb.connect()
    source = Source.model_validate({"file": path.name, **options})
    loaded = load(con, "t", path.parent, source, path.parent)
    return loaded, con.execute("SELECT * FROM t ORDER BY _row").fetchall()


def sheet(
    folder: Path, rows: Sheet, change: Callable[[Worksheet], object] = lambda _: None
) -> Path:
    """A workbook of one sheet with these rows, changed before it is saved."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    change(page)
    book.save(folder / "a.xlsx")
    return folder / "a.xlsx"


def one(folder: Path, value: object, number_format: str = "General") -> object:
    """What a cell of that value and format is read as."""

    def formatted(page: Worksheet) -> None:
        page["B2"].number_format = number_format

    _, rows = read(sheet(folder, [["id", "v"], ["1", value]], formatted))
    return rows[0][2]


# ------------------------------------------------------------------ values


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        ("001", "General", "001"),
        (" 東都 ", "General", " 東都 "),
        (1234567, "#,##0", "1234567"),
        (0.1 + 0.2, "General", "0.3"),
        (1234.5678901234567, "0.00", "1234.56789012346"),
        (1e20, "General", "100000000000000000000"),
        (1.5e-7, "0.00E+00", "0.00000015"),
        (1000000000000001, "0", "1000000000000001"),
        (-1234.5, '#,##0;"▲"#,##0', "-1234.5"),
        (-0.0, "General", "0"),
        (True, "General", "TRUE"),
        (0.35, "0%", "35%"),
        (0.3333, "0%", "33.33%"),
        (-0.05, "0.0%;[Red]-0.0%", "-5%"),
        (35, '0"%"', "35%"),
        (1234567, "#,##0,", "1234.567"),
        (1234000000, "#,##0,,", "1234"),
        (-1234000, "#,##0,;[Red]-#,##0,", "-1234"),
        (1234567, '#,##0,"千円"', "1234.567千円"),
        (1200, '#,##0"千円"', "1200千円"),
        (2500000, '[>=1000000]0.0,,"M";[>=1000]0.0,"K";0', "2.5M"),
        (2500, '[>=1000000]0.0,,"M";[>=1000]0.0,"K";0', "2.5K"),
        (250, '[>=1000000]0.0,,"M";[>=1000]0.0,"K";0', "250"),
        (0.12, "0.00,", "0.00012"),
        (12, '0"名"', "12"),
        (12, "0000", "0012"),
        (12, '"A-"000', "A-012"),
        (123456, "0000", "123456"),
        (-12, "0000", "-12"),
        (1.5, "0000", "1.5"),
        (12, '"¥"00', "12"),
        (1200, '"¥"#,##0', "1200"),
        ("#N/A", "General", "#N/A"),
        (date(2026, 4, 1), "yyyy/m/d", "2026-04-01"),
        (datetime(2026, 4, 1, 9, 30), "yyyy/m/d h:mm", "2026-04-01T09:30:00"),
        (datetime(2026, 4, 1, 23, 59, 59), 'yyyy"年"m"月"d"日"', "2026-04-01T23:59:59"),
        (46113, '[$-411]ggge"年"m"月"d"日"', "2026-04-01"),
        (46113, 'm"月"', "2026-04-01"),
        (time(9, 30), "h:mm", "09:30:00"),
        (1.5, "[h]:mm", "36:00:00"),
        (60, "yyyy/m/d", "60"),
        (59, "yyyy/m/d", "1900-02-28"),
        (61, "yyyy/m/d", "1900-03-01"),
        (-1, "yyyy/m/d", "-1"),
    ],
)
def test_a_cell_is_read_as_what_it_shows_and_never_rounded(
    tmp_path: Path, value: object, number_format: str, text: str
) -> None:
    assert one(tmp_path, value, number_format) == text


def test_days_may_be_counted_from_1904(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    page = book.active
    assert page is not None
    page.append(["day"])
    page.append([date(2026, 4, 1)])
    page.append([44651])
    book.save(tmp_path / "a.xlsx")
    loaded, rows = read(tmp_path / "a.xlsx")
    assert rows == [(2, "2026-04-01"), (3, "44651")]
    assert [note.code for note in loaded.notes] == ["from_1904"]


def test_the_currency_that_a_column_shows_is_said(tmp_path: Path) -> None:
    def dollars(page: Worksheet) -> None:
        page["B2"].number_format = "[$$-409]#,##0.00"
        page["B3"].number_format = '#,##0"円"'

    loaded, rows = read(sheet(tmp_path, [["id", "amount"], ["1", 5], ["2", 6]], dollars))
    assert rows == [(2, "1", "5"), (3, "2", "6")]
    assert Note("currency", "a.xlsx", "amount", "$, 円") in loaded.notes


def test_a_formula_that_was_never_calculated_refuses_its_row_by_its_cell(tmp_path: Path) -> None:
    rows: Sheet = [["id", "a", "sum"], ["1", 2, "=B2*2"], ["2", 3, 6]]
    loaded, read_rows = read(sheet(tmp_path, rows))
    assert loaded.ragged == [Ragged(2, "C2", "formula")]
    assert read_rows == [(3, "2", "3", "6")]


# ------------------------------------------------------------------ rows and notes


def test_rows_keep_the_numbers_that_the_sheet_gives_them(tmp_path: Path) -> None:
    rows: Sheet = [["id", "name"], ["1", "a"], [], [" ", "\u3000"], ["2", None]]
    assert read(sheet(tmp_path, rows))[1] == [(2, "1", "a"), (5, "2", None)]


def test_titles_above_the_header_are_passed_over_and_said(tmp_path: Path) -> None:
    rows: Sheet = [
        ["2026年度 顧客一覧"],
        [None, None, "単位：千円"],
        [],
        ["コード", "会社名", "売上"],
        ["C1", "東都", 1200],
    ]
    loaded, read_rows = read(sheet(tmp_path, rows))
    assert read_rows == [(5, "C1", "東都", "1200")]
    assert loaded.header_row == 4
    assert loaded.notes == (
        Note("title", "a.xlsx", "1", "2026年度 顧客一覧"),
        Note("unit", "a.xlsx", "2", "単位：千円"),
    )


def test_what_is_merged_over_rows_belongs_to_each_of_them(tmp_path: Path) -> None:
    rows: Sheet = [
        ["会社", "部署"],
        ["東都", "営業"],
        [None, "購買"],
        [None, "法務"],
        ["西都", "営業"],
    ]
    loaded, read_rows = read(sheet(tmp_path, rows, lambda page: page.merge_cells("A2:A4")))
    assert read_rows == [
        (2, "東都", "営業"), (3, "東都", "購買"), (4, "東都", "法務"), (5, "西都", "営業"),
    ]  # fmt: skip
    assert loaded.notes == (Note("merged_rows", "a.xlsx", "A2:A4", "1"),)


def test_a_row_in_which_cells_are_merged_over_columns_is_handed_back(tmp_path: Path) -> None:
    rows: Sheet = [["会社", "部署"], ["東日本", None], ["東都", "営業"]]
    loaded, read_rows = read(sheet(tmp_path, rows, lambda page: page.merge_cells("A2:B2")))
    assert loaded.ragged == [Ragged(2, "A2:B2", "merged")]
    assert read_rows == [(3, "東都", "営業")]


def test_a_cell_beyond_the_header_makes_its_row_ragged(tmp_path: Path) -> None:
    rows: Sheet = [["id", "name"], ["1", "a"]]
    rows += [["2", "b"]] * 300 + [["3", "c", "おまけ"]]
    loaded, _ = read(sheet(tmp_path, rows))
    assert loaded.ragged == [Ragged(303, "3, c, おまけ")]


@pytest.mark.parametrize("word", ["合計", "合　計", "小計", "総計", "計", "Total", "Grand Total"])
def test_a_row_that_looks_like_a_total_is_a_row_and_is_said(tmp_path: Path, word: str) -> None:
    rows: Sheet = [["id", "name", "v"], ["1", "計測社", 2], [None, word, 2]]
    loaded, read_rows = read(sheet(tmp_path, rows))
    assert loaded.notes == (Note("total_row", "a.xlsx", "3", word),)
    assert read_rows[-1] == (3, None, word, "2")


def test_hidden_rows_columns_and_sheets_are_read_and_said(tmp_path: Path) -> None:
    def hide(page: Worksheet) -> None:
        for row in (3, 4, 6):
            page.row_dimensions[row].hidden = True
        page.column_dimensions["B"].hidden = True
        assert page.parent is not None
        page.parent.create_sheet("控え").sheet_state = "hidden"

    rows: Sheet = [["id", "name"], *[[str(n), "a"] for n in range(6)]]
    loaded, read_rows = read(sheet(tmp_path, rows, hide))
    assert len(read_rows) == 6
    assert loaded.notes == (
        Note("hidden_sheet", "a.xlsx", "控え"),
        Note("hidden_rows", "a.xlsx", "3-4, 6", "3"),
        Note("hidden_columns", "a.xlsx", "B", "name"),
    )


def test_the_first_sheet_that_is_shown_is_read_and_the_others_are_said(tmp_path: Path) -> None:
    def arrange(page: Worksheet) -> None:
        page.sheet_state = "hidden"
        assert page.parent is not None
        for title in ("顧客", "案件"):
            page.parent.create_sheet(title).append([title])

    loaded, _ = read(sheet(tmp_path, [["x"]], arrange))
    assert loaded.sheet == "顧客"
    assert Note("other_sheets", "a.xlsx", "顧客", "案件") in loaded.notes


def test_a_sheet_without_a_header_takes_the_given_one(tmp_path: Path) -> None:
    loaded, rows = read(sheet(tmp_path, [["1", "a"], ["2", "b"]]), header=["id", "name"])
    assert rows == [(1, "1", "a"), (2, "2", "b")]
    assert loaded.header_row is None


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.xlsx: the sheet `Sheet` is empty"):
        read(sheet(tmp_path, []))
