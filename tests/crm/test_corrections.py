"""What was refused is mended by hand in rejects.csv and goes in with the same files."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crm.csv_files import read_csv, write_csv
from crm.errors import InputError
from crm.importer import ImportReport, import_folder
from tests.companies import tables_of, write_mapping

Edit = Callable[[dict[str, str]], str | None]
COLUMNS = {
    "account_id": "番号",
    "name": "名称",
    "employees": "従業員",
    "annual_revenue": "年商(千円)",
}


def imported(
    folder: Path, text: str, rejects: Path | None = None, table: str = "accounts", **spec: Any
) -> ImportReport:
    (folder / "export").mkdir(exist_ok=True)
    (folder / "export" / "in.csv").write_text(text, encoding="utf-8")
    spec = spec or {"columns": COLUMNS}
    mapping = write_mapping(folder / "m.yaml", tables={table: {"source": "in.csv", **spec}})
    return import_folder(folder / "export", mapping, folder / "workspace", corrections=rejects)


def mended(report: ImportReport, correct: Edit, encoding: str = "utf-8-sig") -> Path:
    """The rejects with what `correct` says of each, saved beside them as a spreadsheet would."""
    assert report.rejects_file is not None
    with report.rejects_file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    target = report.rejects_file.with_name("mended.csv")
    with target.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows({**row, "correction": correct(row) or ""} for row in rows)
    return target


def rows_of(folder: Path) -> list[tuple[Any, ...]]:
    rows = tables_of(folder / "workspace")["accounts"].order_by("account_id").to_pyarrow()
    return [tuple(r[c] for c in ("account_id", "employees", "annual_revenue")) for r in
            rows.to_pylist()]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_a_mended_value_is_read_like_any_other(tmp_path: Path, encoding: str) -> None:
    text = "番号,名称,従業員,年商(千円)\nA1,東都,約200人,5\nA2,北斗,10,5百万円\nA3,湊,7,1\n"
    first = imported(tmp_path, text)
    assert [(r.row, r.field, r.reason) for r in first.rejects] == [
        (2, "employees", "not_a_number"),
        (3, "annual_revenue", "two_units"),
    ]
    new = {"employees": "200", "annual_revenue": "5,000"}
    second = imported(tmp_path, text, mended(first, lambda row: new[row["field"]], encoding))
    assert second.rejects == ()
    assert rows_of(tmp_path) == [("A1", 200, 5000), ("A2", 10, 5_000_000), ("A3", 7, 1000)]
    assert second.snapshot != first.snapshot


def test_what_is_still_wrong_is_refused_again(tmp_path: Path) -> None:
    text = "番号,名称,従業員,年商(千円)\nA1,東都,x,1\nA2,北斗,y,1\nA3,湊,1,1\n"
    path = mended(imported(tmp_path, text), lambda row: "some" if row["row"] == "2" else None)
    again = imported(tmp_path, text, path)
    assert [(r.row, r.value) for r in again.rejects] == [(2, "some"), (3, "y")]


def test_a_row_of_too_few_cells_is_mended_as_a_whole(tmp_path: Path) -> None:
    text = "番号,名称,従業員,年商(千円)\nA1,東都\nA2,北斗,2,3\n"
    path = mended(imported(tmp_path, text), lambda _row: 'A1,"東都, 電機",1,2')
    report = imported(tmp_path, text, path)
    assert (report.rejects, report.tables[0].read) == ((), 2)
    assert rows_of(tmp_path) == [("A1", 1, 2000), ("A2", 2, 3000)]


def test_a_second_row_of_a_key_gets_a_key_of_its_own(tmp_path: Path) -> None:
    text, spec = "番号,名称\nP1,制御盤\nP1,継電器\n", {"product_id": "番号", "name": "名称"}
    first = imported(tmp_path, text, table="products", columns=spec)
    path = mended(first, lambda _row: "P9")
    assert imported(tmp_path, text, path, table="products", columns=spec).rejects == ()
    found = tables_of(tmp_path / "workspace")["products"].order_by("product_id").to_pyarrow()
    assert [row["product_id"] for row in found.to_pylist()] == ["P1", "P9"]


def test_a_selected_row_is_mended_too(tmp_path: Path) -> None:
    text = "id,firm,people\nA1,東都,many\n"
    select = 'SELECT id AS account_id, firm AS name, people AS employees, _row FROM "in.csv"'
    path = mended(imported(tmp_path, text, select=select), lambda _row: "12")
    assert imported(tmp_path, text, path, select=select).rejects == ()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda row: row | {"correction": ""}, "holds no correction"),
        (lambda row: row | {"row": "9"}, "no longer stands there"),
        (lambda row: row | {"value": "other"}, "no longer stands there"),
        (lambda row: row | {"field": "colour"}, "does not say which cell"),
        (lambda row: row | {"row": "two"}, "does not say which cell"),
        (lambda row: row | {"file": "other.csv"}, "not made of that file"),
        (lambda row: row | {"table": "contacts", "field": "name"}, "not made of that file"),
    ],
)
def test_a_correction_that_fits_nothing_is_refused_and_nothing_changes(
    tmp_path: Path, change: Callable[[dict[str, str]], dict[str, str]], says: str
) -> None:
    text = "番号,名称,従業員,年商(千円)\nA1,東都,x,1\nA2,北斗,2,2\n"
    path = mended(imported(tmp_path, text), lambda _row: "1")
    ((_line, row),) = read_csv(path, ())
    write_csv(path, list(row), [list(change(row).values())])
    before = rows_of(tmp_path)
    with pytest.raises(InputError, match=says):
        imported(tmp_path, text, path)
    assert rows_of(tmp_path) == before


def test_one_value_cannot_be_corrected_twice(tmp_path: Path) -> None:
    text = "番号,名称,従業員,年商(千円)\nA1,東都,x,1\nA2,北斗,2,2\n"
    path = mended(imported(tmp_path, text), lambda _row: "1")
    ((_line, row),) = read_csv(path, ())
    write_csv(path, list(row), [list(row.values())] * 2)
    with pytest.raises(InputError, match="twice: lines 2 and 3"):
        imported(tmp_path, text, path)
