"""The canonical tables are declared once, in two languages, and DuckDB accepts them."""

from __future__ import annotations

import re

import duckdb
import pytest

from crm.schema import Column, tables

COLUMNS = [(t.name, c) for t in tables().values() for c in t.columns]
NAMES = [f"{table}.{column.name}" for table, column in COLUMNS]


def test_there_are_the_seventeen_tables_of_the_metrics_page() -> None:
    assert list(tables()) == [
        "accounts", "people", "account_team", "contacts", "products", "opportunities",
        "stage_history", "order_lines", "activities", "direct_costs", "cost_pools",
        "account_drivers", "targets", "wallets", "engagements", "relationships", "market_facts",
    ]  # fmt: skip


@pytest.mark.parametrize("table", tables())
def test_every_table_says_what_it_is_in_japanese_and_english(table: str) -> None:
    assert re.search(r"[ぁ-ん]|[一-龠]", tables()[table].ja)
    assert re.search(r"[A-Za-z]", tables()[table].en)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_every_column_says_what_it_is_in_japanese_and_english(table: str, column: Column) -> None:
    assert re.search(r"[ぁ-んァ-ヶ一-龠]", column.ja)
    assert re.search(r"[A-Za-z]", column.en)


@pytest.mark.parametrize("table", tables())
def test_the_statement_that_makes_a_table_runs(table: str) -> None:
    con = duckdb.connect()
    con.execute(tables()[table].ddl())
    made = [row[0] for row in con.execute(f"DESCRIBE {table}").fetchall()]
    assert made == list(tables()[table].names)


@pytest.mark.parametrize("table", tables())
def test_a_key_is_made_of_columns_of_its_table(table: str) -> None:
    spec = tables()[table]
    assert all(spec.column(c) is not None for c in spec.key)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_a_reference_names_a_table_with_a_key_of_one_column(table: str, column: Column) -> None:
    if column.ref is not None:
        assert len(tables()[column.ref].key) == 1


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_only_an_enum_lists_its_values(table: str, column: Column) -> None:
    assert bool(column.values) == (column.type == "enum")


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_a_count_has_a_unit(table: str, column: Column) -> None:
    assert column.unit or column.type not in ("integer", "number")
