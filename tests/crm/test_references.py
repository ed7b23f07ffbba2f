"""A reference by name leads to the one row that has the name; else it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crm.errors import InputError
from crm.importer import ImportReport, import_folder
from tests.companies import tables_of, write_csv, write_mapping

ACCOUNTS = [
    ("A1", "株式会社東都電機", "トート;TOTO Electric", "佐伯 美咲", ""),
    ("A2", "北斗精密㈱", "", "佐伯美咲", "東都電機(株)"),
    ("A3", "みなと商事", "", "森 健", ""),
    ("A4", "ミナト商事株式会社", "", "", ""),
]
PEOPLE = [("P1", "佐伯 美咲"), ("P2", "森　健"), ("P3", "森健太")]


def imported(folder: Path, deals: list[tuple[str, str, str]], **more: Any) -> ImportReport:
    export = folder / "export"
    write_csv(export / "a.csv", ["id", "会社", "別名", "担当", "親"], ACCOUNTS)
    write_csv(export / "p.csv", ["id", "氏名"], PEOPLE)
    write_csv(export / "d.csv", ["id", "会社", "担当"], deals)
    by_name = {"match": "name"}
    tables = {
        "accounts": {"source": "a.csv", "columns": {
            "account_id": "id", "name": "会社", "aliases": "別名",
            "owner_id": {"column": "担当", **by_name}, "parent_id": {"column": "親", **by_name}}},
        "people": {"source": "p.csv", "columns": {"person_id": "id", "name": "氏名"}},
        "opportunities": {"source": "d.csv", "columns": {
            "opportunity_id": "id", "account_id": {"column": "会社", **by_name},
            "owner_id": {"column": "担当", **by_name}, "status": {"constant": "open"}}},
    }  # fmt: skip
    for left in more.get("without", ()):
        del tables[left]
    mapping = write_mapping(folder / "m.yaml", tables=tables)
    return import_folder(export, mapping, folder / "workspace")


@pytest.mark.parametrize(
    ("company", "id_"),
    [("東都電機", "A1"), ("㈱東都電機", "A1"), ("東都電機　株式会社", "A1"), ("ﾄｰﾄ", "A1"),
     ("toto ELECTRIC Inc.", "A1"), ("北斗精密", "A2"), ("", None)],
)  # fmt: skip
def test_a_company_is_found_however_its_name_is_written(
    tmp_path: Path, company: str, id_: str | None
) -> None:
    report = imported(tmp_path, [("D1", company, "森健")])
    assert report.rejects == ()
    (row,) = tables_of(tmp_path / "workspace")["opportunities"].to_pyarrow().to_pylist()
    assert (row["account_id"], row["owner_id"]) == (id_, "P2")


def test_a_person_is_found_by_an_address_too(tmp_path: Path) -> None:
    export = tmp_path / "export"
    write_csv(export / "p.csv", ["id", "name", "mail"], [("P1", "Avery", "Avery@Firm.example")])
    write_csv(export / "a.csv", ["id", "owner"], [("A1", "avery@firm.example"), ("A2", "Avery")])
    people = {"person_id": "id", "name": "name", "email": "mail"}
    accounts = {"account_id": "id", "name": "id", "owner_id": {"column": "owner", "match": "name"}}
    mapping = write_mapping(
        tmp_path / "m.yaml",
        tables={
            "people": {"source": "p.csv", "columns": people},
            "accounts": {"source": "a.csv", "columns": accounts},
        },
    )
    import_folder(export, mapping, tmp_path / "workspace")
    owners = tables_of(tmp_path / "workspace")["accounts"].owner_id.execute().tolist()
    assert owners == ["P1", "P1"]


def test_accounts_find_their_owner_and_their_parent(tmp_path: Path) -> None:
    imported(tmp_path, [])
    rows = tables_of(tmp_path / "workspace")["accounts"].order_by("account_id").to_pyarrow()
    found = [(r["account_id"], r["owner_id"], r["parent_id"]) for r in rows.to_pylist()]
    assert found == [("A1", "P1", None), ("A2", "P1", "A1"), ("A3", "P2", None), ("A4", None, None)]


def test_a_name_of_nobody_or_of_several_is_refused(tmp_path: Path) -> None:
    report = imported(
        tmp_path, [("D1", "みなと商事", ""), ("D2", "西都", "森 健一"), ("D3", "", "")]
    )
    assert [(r.row, r.column, r.value, r.reason) for r in report.rejects] == [
        (2, "会社", "みなと商事", "ambiguous_name"),
        (3, "会社", "西都", "unknown_name"),
        (3, "担当", "森 健一", "unknown_name"),
    ]
    (deals,) = (t for t in report.tables if t.table == "opportunities")
    assert (deals.read, deals.accepted) == (3, 1)


def test_names_of_a_table_that_is_not_imported_cannot_be_found(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no table `people` is imported"):
        imported(tmp_path, [], without=("people",))
