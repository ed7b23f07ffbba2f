"""Every tool gives the same facts on every engine, cell by cell, and the same warnings."""

from __future__ import annotations

from typing import Any

import pytest

from crm.scope import Scope, ScopedTables
from tests.companies import SAMPLE_DAY
from tests.tools.asking import ask
from tests.tools.requests import REQUESTS
from tools.facts import Value

EVERY = [
    pytest.param((tool, given), marks=() if given in (asked[0], asked[-1]) else pytest.mark.slow)
    for tool, asked in REQUESTS.items()
    for given in asked
]
"""Every request; those between the first and the last of a tool only in the slow run."""
ON_SPARK = {
    "account_overview", "pipeline_metrics", "customer_profitability", "whale_curve",
    "abcd_matrix", "white_space", "deal_health", "needs_attention",
}  # fmt: skip
MINE = Scope(sees_all=False, person_ids=frozenset({"U04", "U08", "U09", "U10"}))

Told = list[tuple[str, str | None, Value]]


def told(tables: ScopedTables, tool: str, given: dict[str, Any]) -> tuple[Told, list[str]]:
    result = ask(tool, tables, SAMPLE_DAY, **given)
    facts = [(fact.name, fact.subject, fact.value) for fact in result.all_facts()]
    return facts, [warning.en for warning in result.warnings]


def name(case: tuple[str, dict[str, Any]]) -> str:
    tool, given = case
    return " ".join([tool, *(f"{key}={value}" for key, value in given.items())])


@pytest.mark.parametrize("case", EVERY, ids=name)
def test_a_tool_answers_alike_on_postgresql(
    duckdb_tables: ScopedTables, postgres_tables: ScopedTables, case: tuple[str, dict[str, Any]]
) -> None:
    assert told(postgres_tables, *case) == told(duckdb_tables, *case)


@pytest.mark.spark
@pytest.mark.parametrize("case", [(tool, REQUESTS[tool][0]) for tool in sorted(ON_SPARK)], ids=name)
def test_a_tool_answers_alike_on_spark(
    duckdb_tables: ScopedTables, spark_tables: ScopedTables, case: tuple[str, dict[str, Any]]
) -> None:
    assert told(spark_tables, *case) == told(duckdb_tables, *case)


@pytest.mark.parametrize("tool", ["pipeline_metrics", "needs_attention"])
def test_a_scope_holds_on_postgresql(
    duckdb_tables: ScopedTables, postgres_tables: ScopedTables, tool: str
) -> None:
    def scoped(tables: ScopedTables) -> ScopedTables:
        return ScopedTables(tables.snapshot, MINE, tables.settings)

    assert told(scoped(postgres_tables), tool, {}) == told(scoped(duckdb_tables), tool, {})


def test_a_second_import_of_the_same_files_changes_nothing(postgres_tables: ScopedTables) -> None:
    assert postgres_tables["accounts"].count().to_pyarrow().as_py() == 120
