"""A header of whatever shape is recovered exactly or refused: it is never another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.errors import InputError
from crm.mapping import Source
from crm.readers import Loaded, load

Cells = list[list[Any]]


def read(path: Path, **options: object) -> tuple[Loaded, list[str], list[tuple[Any, ...]]]:
    con = duckdb.connect()
    source = Source.model_validate({"file": path.name, **options})
    loaded = load(con, "t", path.parent, source, path.parent)
    columns = [row[0] for row in con.execute("DESCRIBE t").fetchall()][1:]
    return loaded, columns, con.execute("SELECT * FROM t ORDER BY _row").fetchall()


def sheet(folder: Path, rows: Cells, merged: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    for each in merged:
        page.merge_cells(each)
    book.save(folder / "a.xlsx")
    return folder / "a.xlsx"


GROUPED: Cells = [
    ["会社名", "売上", None, "利益", None],
    [None, 2024, 2025, 2024, 2025],
    ["東都", 1, 2, 3, 4],
    ["西都", 5, 6, 7, 8],
]
GROUPS = ("A1:A2", "B1:C1", "D1:E1")
NAMES = ["会社名", "売上 2024", "売上 2025", "利益 2024", "利益 2025"]


def test_what_is_merged_over_two_rows_makes_one_name(tmp_path: Path) -> None:
    loaded, columns, rows = read(sheet(tmp_path, GROUPED, GROUPS))
    assert columns == NAMES
    assert rows[0] == (3, "東都", "1", "2", "3", "4")
    assert loaded.header_row == 1


def test_three_rows_make_one_name_too(tmp_path: Path) -> None:
    rows: Cells = [
        ["会社名", "売上", None, None, None],
        [None, "上期", None, "下期", None],
        [None, "予", "実", "予", "実"],
        ["東都", 1, 2, 3, 4],
    ]
    _, columns, _ = read(sheet(tmp_path, rows, ("A1:A3", "B1:E1", "B2:C2", "D2:E2")))
    assert columns == ["会社名", "売上 上期 予", "売上 上期 実", "売上 下期 予", "売上 下期 実"]


def test_a_title_over_the_whole_table_is_no_part_of_it(tmp_path: Path) -> None:
    rows = [["2026年度 顧客一覧", None, None, None, None], *GROUPED]
    merged = ("A1:E1", "A2:A3", "B2:C2", "D2:E2")
    loaded, columns, _ = read(sheet(tmp_path, rows, merged))
    assert columns == NAMES
    assert loaded.header_row == 2


@pytest.mark.parametrize("merged", [(), ("A1:A2",), ("B1:C1",), ("A1:A2", "B1:C1")])
def test_empty_cells_that_nothing_explains_are_refused(
    tmp_path: Path, merged: tuple[str, ...]
) -> None:
    with pytest.raises(InputError, match=r"a\.xlsx: ") as refusal:
        read(sheet(tmp_path, GROUPED, merged))
    assert "`header_row`" in refusal.value.remedy


@pytest.mark.parametrize(
    "remark",
    ["（単位：千円）", "単位 百万円", "作成日：2026/4/1", "2026年3月31日現在", "As of 2026-03-31"],
)
def test_a_remark_at_the_right_is_no_heading(tmp_path: Path, remark: str) -> None:
    rows: Cells = [[None, None, remark], ["会社", "売上", "利益"], ["東都", 1, 2]]
    assert read(sheet(tmp_path, rows))[1] == ["会社", "売上", "利益"]


def test_two_rows_that_could_be_the_header_are_named(tmp_path: Path) -> None:
    rows: Cells = [["顧客一覧"], ["部署", "担当", "年度"], [], ["id", "name", "v"], ["1", "a", "x"]]
    path = sheet(tmp_path, rows)
    with pytest.raises(InputError, match="rows 2 and 4 could be the header") as refusal:
        read(path)
    assert refusal.value.remedy.startswith("Say `header_row` in the mapping")
    assert read(path, header_row=4)[1] == ["id", "name", "v"]
    assert read(path, header_row=2)[1] == ["部署", "担当", "年度"]


@pytest.mark.parametrize(
    "rows",
    [
        [["部署", "営業部"], ["id", "name", "v"], ["1", "a", "x"]],  # a heading, or a parameter?
        [[None, "売上"], ["会社", "2024年", "2025年"], ["東都", "1", "2"]],
        [["会社名", None], ["東都", "東京"], ["西都", "大阪"]],  # a title, or a name that lacks?
        [["会社名", 2024, 2025], ["東都", "1", "2"], ["西都", "3", "4"]],
        [["id", "name"], ["1", "a", "おまけ"]],  # a column without a name
        [["1", "2"], ["3", "4"]],
        [[None, "日付", None], ["会社", "開始", "終了"], ["東都", "x", "y"]],
        [[None, "2025年度", None], ["会社", "売上", "利益"], ["東都", "1", "2"]],
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(tmp_path: Path, rows: Cells) -> None:
    with pytest.raises(InputError, match=r"a\.xlsx: ") as refusal:
        read(sheet(tmp_path, rows))
    assert "`header_row`" in refusal.value.remedy


def test_the_rows_of_the_header_can_be_said(tmp_path: Path) -> None:
    rows: Cells = [["社内限", "x"], ["会社名", 2024, 2025], ["東都", "1", "2"]]
    loaded, columns, read_rows = read(sheet(tmp_path, rows), header_row=2)
    assert columns == ["会社名", "2024", "2025"]
    assert read_rows == [(3, "東都", "1", "2")]
    assert loaded.notes[0].value == "社内限 x"


def test_a_heading_that_is_merged_ends_where_it_ends_if_two_rows_are_said(tmp_path: Path) -> None:
    rows: Cells = [[None, "売上", None, None], ["会社名", "上", "下", "備考"], ["東都", 1, 2, "x"]]
    path = sheet(tmp_path, rows, ("B1:C1",))
    with pytest.raises(InputError, match="rows 1 and 2 could be the header"):
        read(path)
    said = read(path, header_row=1, header_rows=2)
    assert said[1] == ["会社名", "売上 上", "売上 下", "備考"]


def test_a_header_that_was_said_must_name_every_column(tmp_path: Path) -> None:
    path = sheet(tmp_path, [["id", None], ["1", "a"]])
    with pytest.raises(InputError, match=r"row 1 is not a full header \(B1 is empty\)"):
        read(path, header_row=1)


def test_names_can_take_the_place_of_a_header(tmp_path: Path) -> None:
    path = sheet(tmp_path, GROUPED, GROUPS)
    assert read(path, header_row=1, header=list("abcde"))[1] == list("abcde")
    with pytest.raises(InputError, match="row 1 has 5 columns, and `header` names 2"):
        read(path, header_row=1, header=["a", "b"])


# ------------------------------------------------------------------ any shape

_WORDS = st.sampled_from(
    ["会社名", "売上", "利益", "担当", "2024年", "上期", "備考", "Name", "区分"]
)
_DATA = st.sampled_from(["東都", "A-1", 12, 3.5, "x", None])


@st.composite
def _shapes(draw: st.DrawFn) -> tuple[Cells, list[str], list[str], int]:
    """Titles, a header of one or two rows, and data; the names it has, what is merged, its row."""
    groups = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    deep = draw(st.booleans()) and len(groups) > 1 and max(groups) > 1  # else it is one full row
    width = sum(groups) if deep else max(len(groups), 2)
    cells: Cells = []
    merged: list[str] = []
    for title in draw(st.lists(st.sampled_from(["one", "two", "wide", "blank"]), max_size=3)):
        row: list[Any] = [None] * width
        if title != "blank":
            row[0] = draw(st.sampled_from(["2026年度 顧客一覧", "社外秘", "東都商事株式会社"]))
        if title == "two" and width > 2:  # as wide as the table nobody could tell it from a header
            row[-1] = draw(st.sampled_from(["作成日 2026/4/1", 46113, "営業部"]))
        cells.append(row)
        if title == "wide":
            merged.append(_range(len(cells), 0, len(cells), width - 1))
    top = len(cells) + 1
    if deep:
        names = _deep(draw, groups, cells, merged, top)
    else:
        names = [f"{draw(_WORDS)}{n}" for n in range(width)]
        cells.append([*names])
    for _ in range(draw(st.integers(1, 5))):
        row = [draw(_DATA) for _ in range(width)]
        row[draw(st.integers(0, width - 1))] = "値"
        cells.append(row)
    return cells, names, merged, top


def _deep(
    draw: st.DrawFn, groups: list[int], cells: Cells, merged: list[str], top: int
) -> list[str]:
    """Two rows: what spans columns is merged, or (the oracle then wants a refusal) is not."""
    upper: list[Any] = []
    lower: list[Any] = []
    names = []
    for number, size in enumerate(groups):
        label = f"{draw(_WORDS)}{number}"
        first = len(upper)
        if size == 1 and draw(st.booleans()):
            merged.append(_range(top, first, top + 1, first))
            parts: list[Any] = [None]
            names.append(label)
        else:
            parts = [f"{draw(_WORDS)}{n}" if draw(st.booleans()) else 2020 + n for n in range(size)]
            names += [f"{label} {part}" for part in parts]
            if size > 1 and draw(st.integers(0, 4)):
                merged.append(_range(top, first, top, first + size - 1))
        upper += [label] + [None] * (size - 1)
        lower += parts
    cells += [upper, lower]
    return names


def _range(top: int, left: int, bottom: int, right: int) -> str:
    return f"{chr(65 + left)}{top}:{chr(65 + right)}{bottom}"


@settings(max_examples=200)
@given(_shapes())
def test_a_header_is_recovered_exactly_or_refused(
    tmp_path_factory: pytest.TempPathFactory, shape: tuple[Cells, list[str], list[str], int]
) -> None:
    cells, names, merged, top = shape
    path = sheet(tmp_path_factory.mktemp("headers"), cells, merged)
    try:
        loaded, columns, rows = read(path)
    except InputError:
        return
    assert columns == names
    assert loaded.header_row == top
    depth = 1 if cells[top - 1] == names else 2
    expected = [row for row in cells[top - 1 + depth :] if any(v is not None for v in row)]
    assert [list(row[1:]) for row in rows] == [
        [None if v is None else str(v) for v in row] for row in expected
    ]
