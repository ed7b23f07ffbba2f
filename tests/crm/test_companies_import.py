"""An import makes one account of one company, asks about equal names, and remembers the answers."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from crm.companies.outcome import CompanyCounts
from crm.importer import ImportReport, import_folder
from tests.companies import as_it_is, tables_of, write_csv, write_mapping

NUMBER, OTHER = "7000012050002", "4000012090001"
ACCOUNTS = [
    ("A1", "株式会社東都電機", NUMBER, "100", ""),
    ("A2", "㈱東都電機", NUMBER, "", "名古屋"),
    ("A3", "みなと商事", "", "5", "東京"),
    ("A4", "ミナト商事株式会社", "", "9", "大阪"),
    ("A5", "湊商事", OTHER, "", ""),
]
DEALS = [("D1", "A1", "open", "10"), ("D2", "A2", "won", "20"), ("D3", "A4", "won", "5")]


def imported(folder: Path, answers: Path | None = None, **more: Any) -> ImportReport:
    accounts = more.get("accounts", ACCOUNTS)
    header = ["account_id", "name", "corporate_number", "employees", "city"]
    write_csv(folder / "export" / "accounts.csv", header, accounts)
    deals = ["opportunity_id", "account_id", "status", "amount"]
    write_csv(folder / "export" / "opportunities.csv", deals, DEALS)
    mapping = write_mapping(folder / "m.yaml", tables=as_it_is("accounts", "opportunities"))
    return import_folder(folder / "export", mapping, folder / "workspace", answers=answers)


def accounts_of(folder: Path) -> dict[str, tuple[Any, ...]]:
    rows = tables_of(folder / "workspace")["accounts"].to_pyarrow().to_pylist()
    return {r["account_id"]: (r["name"], r["aliases"], r["employees"], r["city"]) for r in rows}


def amounts_of(folder: Path) -> dict[str, int]:
    deals = tables_of(folder / "workspace")["opportunities"].to_pyarrow().to_pylist()
    found: dict[str, int] = {}
    for deal in deals:
        found[deal["account_id"]] = found.get(deal["account_id"], 0) + int(deal["amount"])
    return found


def filled(report: ImportReport, same_as: dict[str, str]) -> Path:
    assert report.duplicates_file is not None
    with report.duplicates_file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    path = report.duplicates_file.with_name("filled.csv")
    cells = [
        [{**row, "same_as": same_as.get(row["account_id"], "")}[c] for c in row] for row in rows
    ]
    return write_csv(path, list(rows[0]), cells)


def test_one_corporate_number_is_one_company_and_equal_names_are_asked_about(
    tmp_path: Path,
) -> None:
    report = imported(tmp_path)
    assert report.companies == CompanyCounts(merged=1, groups=1, in_groups=2)
    assert (report.tables[0].read, report.tables[0].accepted, report.rejects) == (5, 5, ())
    found = accounts_of(tmp_path)
    assert found["A1"] == ("株式会社東都電機", "㈱東都電機", 100, "名古屋")
    assert sorted(found) == ["A1", "A3", "A4", "A5"]
    assert amounts_of(tmp_path) == {"A1": 30, "A4": 5}
    assert report.duplicates_file is not None
    merged = report.duplicates_file.with_name("merged.csv").read_text("utf-8-sig").splitlines()
    assert merged == [
        "table,from,into,why,column,kept,given_up",
        "accounts,A2,A1,corporate_number,,,",
        "accounts,A2,A1,corporate_number,name,株式会社東都電機,㈱東都電機",
    ]


def test_an_answer_merges_and_is_remembered(tmp_path: Path) -> None:
    first = imported(tmp_path)
    second = imported(tmp_path, filled(first, {"A3": "A4"}))
    assert (second.companies.groups, second.snapshot != first.snapshot) == (0, True)
    assert accounts_of(tmp_path)["A4"] == ("ミナト商事株式会社", "みなと商事", 9, "大阪")
    third = imported(tmp_path)
    assert (third.unchanged, third.companies) == (True, second.companies)


def test_accounts_told_apart_are_not_asked_about_again(tmp_path: Path) -> None:
    second = imported(tmp_path, filled(imported(tmp_path), {"A3": "no"}))
    assert second.companies.groups == 0
    assert {"A3", "A4"} <= accounts_of(tmp_path).keys()


def test_rows_of_one_id_become_one_and_what_differs_is_told(tmp_path: Path) -> None:
    twice = [("A1", "東都電機", "", "", "津"), ("A1", "東都電機", "", "7", "伊勢")]
    report = imported(tmp_path, accounts=twice)
    assert (report.rejects, report.companies.merged, report.companies.giving_up) == ((), 1, 1)
    assert accounts_of(tmp_path) == {"A1": ("東都電機", None, 7, "津")}


@pytest.mark.parametrize("number", ["1234567890123", "70000120500029"])
def test_a_number_that_is_none_merges_nothing(tmp_path: Path, number: str) -> None:
    rows = [("A1", "東都電機", number, "", ""), ("A2", "北斗精密", number, "", "")]
    report = imported(tmp_path, accounts=rows)
    assert (report.companies.merged, report.companies.shared_invalid_numbers) == (0, 2)
