"""Whole companies are mapped: the sample's export, public data, a Japanese office, a database."""

from __future__ import annotations

import difflib
import sqlite3
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crm.importer import ImportReport, import_folder
from crm.mapping import load_mapping
from crm.proposing import propose, written
from crm.schema import tables as canonical_tables
from crm.scope import ScopedTables
from tests.companies import SAMPLE, SHARED, tables_of
from tests.conftest import new_postgres
from tests.crm.japanese_export import DEALS, FIRMS, LINES, PEOPLE, write_export

PROPOSALS = Path(__file__).parent / "proposals"
MOST_EDITS = 10


def _shared(company: str) -> Path:
    folder = SHARED / company
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent: this test needs the public data of that folder.")
    return folder


def _imported(
    export: Path, mapping: Path, folder: Path
) -> tuple[dict[str, tuple[int, int]], ScopedTables, ImportReport]:
    """Rows accepted and rejected by table, the tables, and the report."""
    report = import_folder(export, mapping, folder / "workspace")
    counts = {one.table: (one.accepted, one.rejected) for one in report.tables}
    return counts, tables_of(folder / "workspace"), report


def _sum(tables: ScopedTables, table: str, column: str) -> Any:
    return tables[table][column].sum().execute()


# ------------------------------------------------------------------ the sample company


def test_the_sample_company_maps_itself_completely() -> None:
    found = propose(str(SAMPLE / "data"))
    assert [table.table.name for table in found.tables] == list(canonical_tables())
    assert not found.unused
    for table in found.tables:
        assert (table.left, table.missing) == ((), ())
        assert table.confidence > 0.9
        for entry in table.entries:
            assert entry.active
            assert entry.confidence > 0.9, f"{table.table.name}.{entry.column.name}"
            assert (entry.heading, entry.by_name) == (entry.column.name, False)


# ------------------------------------------------------------------ public data


@pytest.mark.parametrize("company", ["maven_crm", "adventureworks"])
def test_what_is_proposed_for_public_data_is_what_is_kept_here(company: str) -> None:
    text = written(propose(str(_shared(company))), samples=False)
    assert text == (PROPOSALS / f"{company}.proposed.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("company", ["maven_crm", "adventureworks"])
def test_a_person_edits_ten_lines_of_a_proposal_at_the_most(company: str) -> None:
    proposed, edited = (
        (PROPOSALS / f"{company}.{kind}.yaml").read_text(encoding="utf-8").splitlines()
        for kind in ("proposed", "edited")
    )
    assert load_mapping(PROPOSALS / f"{company}.proposed.yaml").tables
    lines = [line for line in difflib.ndiff(proposed, edited) if line.startswith("+ ")]
    assert 0 < len(lines) <= MOST_EDITS, lines


def test_maven_comes_in_by_its_edited_proposal_with_the_figures_known(tmp_path: Path) -> None:
    mapping = PROPOSALS / "maven_crm.edited.yaml"
    counts, tables, _ = _imported(_shared("maven_crm"), mapping, tmp_path)
    assert counts == {
        "accounts": (85, 0),
        "people": (35, 0),
        "products": (7, 0),
        "opportunities": (8_800, 0),
    }
    deals = tables["opportunities"].select("stage", "status", "amount").execute()
    assert Counter(deals["stage"]) == {
        "Won": 4_238, "Lost": 2_473, "Engaging": 1_589, "Prospecting": 500
    }  # fmt: skip
    assert Counter(deals["status"]) == {"won": 4_238, "lost": 2_473, "open": 2_089}
    assert sum(deals.loc[deals["status"] == "won", "amount"]) == 10_005_534
    products = set(tables["products"]["product_id"].execute())
    assert set(tables["opportunities"]["product_id"].execute()) == products


def test_adventureworks_comes_in_by_its_edited_proposal_with_the_figures_known(
    tmp_path: Path,
) -> None:
    mapping = PROPOSALS / "adventureworks.edited.yaml"
    counts, tables, report = _imported(_shared("adventureworks"), mapping, tmp_path)
    assert counts == {
        "accounts": (701, 0),
        "people": (17, 0),
        "contacts": (753, 0),
        "products": (606, 0),
        "order_lines": (60_855, 0),
    }
    assert not report.broken
    figures = {
        column: round(Decimal(str(_sum(tables, "order_lines", column))), 2)
        for column in ("net_amount", "standard_cost", "freight", "discount")
    }
    assert figures == {
        "net_amount": Decimal("80450596.98"),
        "standard_cost": Decimal("79980114.38"),
        "freight": Decimal("2011265.92"),
        "discount": Decimal("527507.93"),
    }


# ------------------------------------------------------------------ a Japanese office


def test_a_japanese_office_comes_in_as_proposed_with_nothing_edited(tmp_path: Path) -> None:
    export = write_export(tmp_path / "出力")
    mapping = tmp_path / "mapping.yaml"
    text = written(propose(str(export)))
    mapping.write_text(text, encoding="utf-8")
    counts, tables, report = _imported(export, mapping, tmp_path)
    assert counts == {
        "accounts": (len(FIRMS), 0),
        "people": (len(PEOPLE), 0),
        "opportunities": (DEALS, 0),
        "order_lines": (LINES, 0),
    }, report.rejects[:5]
    assert not report.broken
    assert _sum(tables, "opportunities", "amount") == sum(100 + n for n in range(DEALS)) * 1_000
    assert _sum(tables, "order_lines", "net_amount") == 1_000 * sum(range(LINES))
    assert _sum(tables, "order_lines", "discount") == -100 * (LINES // 2)
    assert _sum(tables, "order_lines", "line_no") == LINES // 2 * 3
    assert _sum(tables, "accounts", "annual_revenue") == 1_000 * 1_000_000 * 21
    status = Counter(tables["opportunities"]["status"].execute())
    assert status == {"open": DEALS * 3 // 5, "won": DEALS // 5, "lost": DEALS // 5}


def test_what_a_japanese_office_leaves_open_is_asked_in_japanese(tmp_path: Path) -> None:
    text = written(propose(str(write_export(tmp_path / "出力"))))
    assert "opportunities: {file: 案件.xlsx, sheet: 案件一覧, header_row: 3}" in text
    assert "language: ja" in text
    assert "A: null  # ?" in text
    assert "# IDの列がないため、名前（取引先名）をIDにします。" in text
    assert "account_id: {column: 得意先名, match: name}" in text
    assert "created_on: 登録日" in text
    assert "inaho.example" not in text


# ------------------------------------------------------------------ databases

TABLES = """
CREATE TABLE crm_account (id text, name text, owner text);
CREATE TABLE opportunity (id integer, account_id text, stage_name text, amount numeric);
CREATE TABLE settings (key1 text, setting text);
INSERT INTO crm_account VALUES ('A-001', 'Toto', 'Jo'), ('A-002', 'Aoba', 'Jo');
INSERT INTO opportunity VALUES (1, 'A-001', 'Closed Won', 12.5), (2, 'A-002', 'Proposal', 3);
"""


def _check_database(address: str, folder: Path) -> None:
    found = propose(address)
    assert [table.table.name for table in found.tables] == ["accounts", "opportunities"]
    assert [one.label for one in found.unused] == ["settings"]
    mapping = folder / "mapping.yaml"
    mapping.write_text(written(found), encoding="utf-8")
    loaded = load_mapping(mapping)
    assert loaded.source("accounts").table == "crm_account"
    assert loaded.settings.warehouse.source_url == found.address


def test_a_sqlite_database_is_mapped_table_by_table(tmp_path: Path) -> None:
    file = tmp_path / "crm.db"
    with sqlite3.connect(file) as con:
        con.executescript(TABLES)
    _check_database(f"sqlite:///{file}", tmp_path)


def test_a_postgres_database_is_mapped_and_no_password_is_written(tmp_path: Path) -> None:
    import psycopg

    with new_postgres() as address:
        with psycopg.connect(address, autocommit=True) as con:
            con.execute(TABLES)
        _check_database(address.replace("root@", "root:s3cret@"), tmp_path)
        assert "s3cret" not in (tmp_path / "mapping.yaml").read_text(encoding="utf-8")
