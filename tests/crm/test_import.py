"""An import accounts for every row it reads, and is whole or not at all."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm import corrections
from crm.errors import InputError, TagayasuError, WorkspaceError
from crm.importer import ImportReport, import_folder
from tests.companies import as_it_is, import_rows, tables_of, write_csv, write_mapping

ACCOUNTS = [{"account_id": "A1", "name": "東都電機"}, {"account_id": "A2", "name": "北斗精密"}]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file under a folder with its bytes."""
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def one_table(folder: Path, csv_text: str, table: str = "accounts", **spec: object) -> ImportReport:
    """Import one file `in.csv` into one table with this mapping of it."""
    (folder / "export").mkdir(exist_ok=True)
    (folder / "export" / "in.csv").write_text(csv_text, encoding="utf-8")
    mapping = write_mapping(folder / "m.yaml", tables={table: {"source": "in.csv", **spec}})
    return import_folder(folder / "export", mapping, folder / "workspace")


def rejects_of(report: ImportReport) -> list[dict[str, str]]:
    assert report.rejects_file is not None
    with report.rejects_file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


CELL = st.one_of(
    st.sampled_from(["", "A1", "A2", "2026-04-01", "2026-02-30", "12.5", "1e5", "nan", "visit",
                     "Visit", "会議", "in", "3", "９", "ア,イ", 'say "x"', "a\nb", " "]),
    st.text("abア9-,", max_size=4),
)  # fmt: skip
HEADER = ["activity_id", "account_id", "kind", "occurred_on", "minutes", "direction"]


@settings(derandomize=True, max_examples=15, deadline=None)
@given(st.lists(st.lists(CELL, min_size=4, max_size=7), max_size=8))
def test_every_row_read_is_accepted_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("dirty")
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    write_csv(folder / "export" / "activities.csv", HEADER, rows)
    mapping = write_mapping(folder / "m.yaml", tables=as_it_is("activities"))
    report = import_folder(folder / "export", mapping, folder / "workspace")
    (table,) = report.tables
    (source,) = report.sources
    ragged = sum(len(row) != len(HEADER) for row in rows)
    assert source.read == len(rows)
    assert source.ragged == ragged
    assert table.accepted + table.rejected == table.read
    assert table.read + (0 if table.read == len(rows) else ragged) == len(rows)
    refused = {r.row for r in report.rejects}
    assert len(refused) == table.rejected + (len(rows) - table.read)
    kept = tables_of(folder / "workspace")["activities"].count().execute()
    assert kept == table.accepted


@settings(derandomize=True, max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ABC"), CELL, st.integers(0, 2)), max_size=9))
def test_rows_of_a_renamed_file_add_up_with_the_ragged_ones(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("renamed")
    cells = [[key, name, *["more"] * extra] for key, name, extra in rows]
    write_csv(folder / "export" / "in.csv", ["id", "title", "x"], cells)
    spec = {"source": "in.csv", "columns": {"account_id": "id", "name": "title"}}
    mapping = write_mapping(folder / "m.yaml", tables={"accounts": spec})
    (table,) = import_folder(folder / "export", mapping, folder / "w", dry_run=True).tables
    assert table.read == len(rows)
    assert table.accepted + table.rejected == len(rows)


def test_a_rejected_value_is_reported_with_its_place_its_reason_and_how_to_mend_it(
    tmp_path: Path,
) -> None:
    text = "番号,名称,従業員\nA1,東都,100\nA2,北斗,約200人\n,みなと,3\n"
    columns = {"account_id": "番号", "name": "名称", "employees": "従業員"}
    report = one_table(tmp_path, text, columns=columns)
    assert rejects_of(report) == [
        {
            "file": "in.csv", "row": "3", "column": "従業員", "value": "約200人",
            "reason": "数値として読めません", "how_to_mend": "12345.67 の形に直してください",
            "table": "accounts", "field": "employees", "correction": "",
        },
        {
            "file": "in.csv", "row": "4", "column": "番号", "value": "",
            "reason": "必須の値が空です",
            "how_to_mend": "値を入れるか、マッピングで default を指定してください",
            "table": "accounts", "field": "account_id", "correction": "",
        },
    ]  # fmt: skip


def test_reasons_stand_in_the_language_of_the_workspace(tmp_path: Path) -> None:
    rows = [{"account_id": "A1", "name": "Acme", "employees": "many"}]
    _, report = import_rows(tmp_path, {"accounts": rows}, language="en")
    assert rejects_of(report)[0]["reason"] == "cannot be read as an exact number"


def test_a_ragged_row_of_a_renamed_file_is_rejected_with_its_number(tmp_path: Path) -> None:
    columns = {"account_id": "id", "name": "name"}
    report = one_table(tmp_path, "id,name\nA1,a\nA2\n", columns=columns)
    assert [(r["row"], r["value"]) for r in rejects_of(report)] == [("3", "A2")]


def test_a_ragged_row_of_a_selected_file_is_rejected_with_its_number(tmp_path: Path) -> None:
    text = "account_id,name\nA1,a\nA2\n"
    report = one_table(tmp_path, text, select='SELECT * FROM "in.csv"')
    assert [(r["row"], r["value"]) for r in rejects_of(report)] == [("3", "A2")]


def test_the_second_row_of_a_key_is_a_duplicate_and_the_first_is_kept(tmp_path: Path) -> None:
    rows = [
        {"product_id": id_, "name": name} for id_, name in (("P1", "a"), ("P2", "b"), ("P1", "c"))
    ]
    workspace, report = import_rows(tmp_path, {"products": rows})
    assert [(r.row, r.column, r.value, r.reason) for r in report.rejects] == [
        (4, "product_id", "P1", "duplicate")
    ]
    names = tables_of(workspace)["products"].order_by("product_id").name.execute().tolist()
    assert names == ["a", "b"]


def test_a_row_refused_for_a_value_makes_no_later_row_a_duplicate(tmp_path: Path) -> None:
    rows = [
        {"account_id": "A1", "name": "x", "employees": "many"},
        {"account_id": "A1", "name": "y", "employees": "3"},
    ]
    _, report = import_rows(tmp_path, {"accounts": rows})
    assert [r.reason for r in report.rejects] == ["not_a_number"]
    assert report.tables[0].accepted == 1


def test_a_row_with_two_wrong_values_is_rejected_once_and_reported_twice(tmp_path: Path) -> None:
    rows = [{"account_id": "A1", "name": "x", "employees": "many", "created_on": "then"}]
    _, report = import_rows(tmp_path, {"accounts": rows})
    assert sorted(r.column for r in report.rejects) == ["created_on", "employees"]
    assert report.tables[0].rejected == 1


def test_a_broken_reference_is_kept_and_reported(tmp_path: Path) -> None:
    deals = [
        {"opportunity_id": "D1", "account_id": "A1", "status": "open"},
        {"opportunity_id": "D2", "account_id": "A9", "status": "open"},
        {"opportunity_id": "D3", "account_id": None, "status": "open"},
        {"opportunity_id": "D4", "account_id": "A9", "status": "open"},
    ]
    workspace, report = import_rows(tmp_path, {"accounts": ACCOUNTS, "opportunities": deals})
    assert {(b.column, b.value, b.rows) for b in report.broken} == {
        ("account_id", "A9", 2),
        ("account_id", None, 1),
    }
    assert tables_of(workspace)["opportunities"].count().execute() == 4
    assert report.broken_file is not None
    assert "opportunities,account_id,A9,2" in report.broken_file.read_text("utf-8-sig")


def test_a_mapping_renames_translates_defaults_and_multiplies(tmp_path: Path) -> None:
    text = "id,firm,people,sales,state\nA1,Acme,,1.5,N/A\n"
    report = one_table(
        tmp_path,
        text,
        columns={
            "account_id": "id",
            "name": "firm",
            "employees": {"column": "people", "default": "7"},
            "annual_revenue": {"column": "sales", "multiply": 1000000},
            "region": {"column": "state", "values": {"N/A": None}},
            "status": {"constant": "prospect"},
        },
    )
    assert report.rejects == ()
    row = tables_of(tmp_path / "workspace")["accounts"].to_pyarrow().to_pylist()[0]
    assert (row["employees"], row["annual_revenue"]) == (7, Decimal(1500000))
    assert (row["region"], row["status"]) == (None, "prospect")


def test_a_row_that_a_select_leaves_out_is_counted_with_its_reason(tmp_path: Path) -> None:
    text = "account_id,name,kind\nA1,a,x\nA2,b,old\nA3,c,?\n"
    report = one_table(
        tmp_path,
        text,
        select="SELECT account_id, name, _row FROM \"in.csv\" WHERE kind = 'x'",
        left_out=[{"where": "kind = 'old'", "reason": "given up"}],
    )
    (source,) = report.sources
    assert (source.read, source.used, source.unexplained) == (3, 1, 1)
    assert source.left_out == (("given up", 1),)


def test_a_dry_run_reports_all_and_writes_nothing_at_all(tmp_path: Path) -> None:
    write_csv(tmp_path / "export" / "accounts.csv", ["account_id", "name"], [["A1", "a"], ["", ""]])
    mapping = write_mapping(tmp_path / "m.yaml", tables=as_it_is("accounts"))
    before = contents(tmp_path)
    report = import_folder(tmp_path / "export", mapping, tmp_path / "new" / "w", dry_run=True)
    assert report.dry_run
    assert report.tables[0].accepted == 1
    assert report.rejects_file is None
    assert contents(tmp_path) == before
    assert not (tmp_path / "new").exists()


def test_a_dry_run_over_a_workspace_leaves_it_as_it_was(tmp_path: Path) -> None:
    workspace, first = import_rows(tmp_path, {"accounts": ACCOUNTS})
    write_csv(tmp_path / "export" / "accounts.csv", ["account_id", "name"], [["A7", "new"]])
    before = contents(workspace)
    report = import_folder(tmp_path / "export", tmp_path / "mapping.yaml", workspace, dry_run=True)
    assert not report.unchanged
    assert report.snapshot != first.snapshot
    assert contents(workspace) == before


def test_the_same_files_give_the_same_snapshot_and_are_called_unchanged(tmp_path: Path) -> None:
    workspace, first = import_rows(tmp_path, {"accounts": ACCOUNTS})
    _, again = import_rows(tmp_path, {"accounts": ACCOUNTS})
    _, changed = import_rows(tmp_path, {"accounts": ACCOUNTS[:1]})
    assert (first.unchanged, again.unchanged, changed.unchanged) == (False, True, False)
    assert first.snapshot == again.snapshot != changed.snapshot
    assert tables_of(workspace).snapshot.id == changed.snapshot


def test_an_earlier_export_can_be_imported_again(tmp_path: Path) -> None:
    _, first = import_rows(tmp_path, {"accounts": ACCOUNTS})
    import_rows(tmp_path, {"accounts": ACCOUNTS[:1]})
    workspace, third = import_rows(tmp_path, {"accounts": ACCOUNTS})
    assert third.snapshot == first.snapshot
    assert tables_of(workspace)["accounts"].count().execute() == 2


FAILURES = {
    "the file is gone": lambda f: (f / "export" / "accounts.csv").unlink(),
    "the file is empty": lambda f: (f / "export" / "accounts.csv").write_text(""),
    "a quote is open": lambda f: (f / "export" / "accounts.csv").write_text('account_id,name\n"A'),
    "a column is unknown": lambda f: (f / "export" / "accounts.csv").write_text("colour\nred\n"),
    "the mapping is wrong": lambda f: (f / "mapping.yaml").write_text("version: 9"),
    "the folder is gone": lambda f: (f / "export").rename(f / "elsewhere"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_an_import_that_fails_leaves_the_workspace_byte_for_byte(
    tmp_path: Path, failure: str
) -> None:
    workspace, _ = import_rows(tmp_path, {"accounts": ACCOUNTS})
    before = contents(workspace)
    FAILURES[failure](tmp_path)
    with pytest.raises(TagayasuError):
        import_folder(tmp_path / "export", tmp_path / "mapping.yaml", workspace)
    assert contents(workspace) == before


@pytest.mark.parametrize("failure", FAILURES)
def test_a_first_import_that_fails_makes_no_workspace(tmp_path: Path, failure: str) -> None:
    import_rows(tmp_path, {"accounts": ACCOUNTS})
    FAILURES[failure](tmp_path)
    with pytest.raises(TagayasuError):
        import_folder(tmp_path / "export", tmp_path / "mapping.yaml", tmp_path / "second")
    assert not (tmp_path / "second").exists()


def test_a_folder_with_other_things_in_it_is_no_workspace(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "thesis.txt").write_text("dear")
    with pytest.raises(WorkspaceError, match="not a workspace"):
        import_rows(tmp_path, {"accounts": ACCOUNTS})
    assert [p.name for p in (tmp_path / "workspace").iterdir()] == ["thesis.txt"]


def test_settings_that_a_person_changed_survive_an_import(tmp_path: Path) -> None:
    workspace, _ = import_rows(tmp_path, {"accounts": ACCOUNTS}, name="Acme")
    (workspace / "settings.toml").write_text('[company]\nname = "Mine"\n')
    import_rows(tmp_path, {"accounts": ACCOUNTS[:1]}, name="Acme")
    assert tables_of(workspace).settings.company.name == "Mine"


@pytest.mark.parametrize(
    "name", ['say "hello"', "back\\slash", "two\nlines", "tab\there", "東都 ✓", "del\x7f", "'q'"]
)
def test_any_company_name_gives_settings_that_can_be_read(tmp_path: Path, name: str) -> None:
    company: dict[str, Any] = {"name": name, "as_of": date(2026, 9, 30), "fiscal_year_start": 7}
    workspace, _ = import_rows(tmp_path, {"accounts": ACCOUNTS}, **company)
    found = tables_of(workspace).settings.company
    assert found.name == name
    assert (found.as_of, found.fiscal_year_start) == (date(2026, 9, 30), 7)


def test_the_sample_company_is_imported_without_a_reject(sample_workspace: Path) -> None:
    (folder,) = (sample_workspace / "imports").iterdir()
    lines = (folder / "rejects.csv").read_text("utf-8-sig").splitlines()
    assert lines == [",".join(corrections.HEADER)]


def test_maven_repairs_names_and_reports_deals_without_an_account(maven_workspace: Path) -> None:
    (folder,) = (maven_workspace / "imports").iterdir()
    broken = (folder / "broken_references.csv").read_text("utf-8-sig").splitlines()
    assert broken[1:] == ["opportunities,account_id,,1425"]
    deals = tables_of(maven_workspace)["opportunities"].to_pyarrow().to_pylist()
    products = Counter(d["product_id"] for d in deals)
    assert products["GTX Pro"] == 1480
    assert "GTXPro" not in products


def test_adventureworks_says_why_each_ledger_row_was_left_out(
    adventureworks_workspace: Path, tmp_path: Path
) -> None:
    from tests.companies import MAPPINGS, SHARED

    report = import_folder(
        SHARED / "adventureworks", MAPPINGS / "adventureworks.yaml", tmp_path / "w", dry_run=True
    )
    ledger = next(s for s in report.sources if s.file == "FactFinance.parquet")
    assert ledger.read == 39409
    assert ledger.unexplained == 0
    assert (ledger.used or 0) + sum(n for _, n in ledger.left_out) == ledger.read


def test_a_mapping_without_the_accounts_table_is_still_imported(tmp_path: Path) -> None:
    workspace, _ = import_rows(tmp_path, {"products": [{"product_id": "P1", "name": "p"}]})
    with pytest.raises(TagayasuError, match="no data for `accounts`"):
        _ = tables_of(workspace)["accounts"]


def test_an_import_from_a_file_instead_of_a_folder_is_refused(tmp_path: Path) -> None:
    import_rows(tmp_path, {"accounts": ACCOUNTS})
    with pytest.raises(InputError, match="is not a folder"):
        import_folder(tmp_path / "mapping.yaml", tmp_path / "mapping.yaml", tmp_path / "w")
