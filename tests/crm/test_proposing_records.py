"""Of a record that takes several rows a proposal takes the first, but for order lines."""

from __future__ import annotations

from pathlib import Path

from crm.importer import ImportReport, import_folder
from crm.proposing import propose, written
from tests.companies import tables_of, write_csv

FIRMS = [["レコード番号", "会社名"], ["1", "東都電機"], ["2", "北星工業"], ["3", "青葉商事"]]
HEADER = ["レコードの開始行", "レコード番号", "会社名"]


def proposed(folder: Path, file: str, header: list[str], rows: list[list[str]]) -> str:
    write_csv(folder / "e" / "顧客管理.csv", FIRMS[0], FIRMS[1:])
    write_csv(folder / "e" / file, [*HEADER, *header], rows)
    text = written(propose(str(folder / "e")))
    (folder / "m.yaml").write_text(text, encoding="utf-8")
    return text


def imported(folder: Path) -> ImportReport:
    return import_folder(folder / "e", folder / "m.yaml", folder / "w")


def test_a_deal_is_the_first_row_of_its_record(tmp_path: Path) -> None:
    rows = [
        ["*", "7", "東都電機", "更新", "提案", "商品A"],
        ["", "7", "東都電機", "更新", "提案", "商品B"],
        ["*", "8", "北星工業", "増設", "受注", "商品A"],
        ["*", "9", "青葉商事", "保守", "失注", ""],
    ]
    text = proposed(tmp_path, "案件管理.csv", ["案件名", "フェーズ", "商品名"], rows)
    assert "opportunity_id: レコード番号" in text
    assert "レコードの2行目から（テーブル）" in text
    report = imported(tmp_path)
    deals = next(one for one in report.tables if one.table == "opportunities")
    assert (deals.read, deals.accepted) == (3, 3)
    source = next(one for one in report.sources if one.file == "案件管理.csv")
    assert (source.read, source.used, source.unexplained) == (4, 3, 0)


def test_the_lines_of_an_order_are_all_rows_of_its_record(tmp_path: Path) -> None:
    rows = [
        ["*", "7", "東都電機", "2026-04-01", "2", "1,000"],
        ["", "7", "東都電機", "2026-04-01", "1", "500"],
        ["*", "8", "北星工業", "2026-04-02", "3", "900"],
        ["*", "9", "青葉商事", "2026-04-03", "1", "100"],
    ]
    proposed(tmp_path, "受注明細.csv", ["受注日", "数量", "売上金額"], rows)
    assert imported(tmp_path).rejects == ()
    lines = tables_of(tmp_path / "w")["order_lines"].order_by(["order_id", "line_no"]).to_pyarrow()
    assert [(r["order_id"], r["line_no"], int(r["net_amount"])) for r in lines.to_pylist()] == [
        ("7", 1, 1000), ("7", 2, 500), ("8", 1, 900), ("9", 1, 100)
    ]  # fmt: skip
