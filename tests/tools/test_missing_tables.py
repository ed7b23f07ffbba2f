"""A tool that lacks a table says so, in a warning or a refusal; it never breaks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest

from crm.schema import tables as canonical_tables
from crm.scope import MissingDataError, Scope, ScopedTables
from tests.companies import SAMPLE_DAY, tables_from
from tests.tools.asking import ask
from tests.tools.degenerate import HEAD, healthy
from tests.tools.requests import REQUESTS, Request, asked_of
from tests.tools.watching import tables_read
from tools.arguments import RowArguments
from tools.catalog import CATALOG
from tools.facts import metrics

TOOLS = [tool.name for tool in CATALOG]
CASES = list(canonical_tables())


def test_every_tool_of_the_catalog_is_asked_with_each_of_its_arguments() -> None:
    """Rows are chosen from a result, whatever the tables: they have tests of their own."""
    assert list(REQUESTS) == TOOLS
    for tool in CATALOG:
        given = {name for request in REQUESTS[tool.name] for name in request}
        others = {"as_of"} | set(RowArguments.model_fields)
        assert given == set(tool.arguments.model_fields) - others, tool.name


def asked(tools: Sequence[str], number: int) -> Iterator[tuple[str, Request]]:
    """A request for each of the tools: another one for each number."""
    for tool in tools:
        requests = [given for name, given in asked_of(HEAD) if name == tool]
        yield tool, requests[(number + TOOLS.index(tool)) % len(requests)]


def check(tables: ScopedTables, tools: Sequence[str] = TOOLS, number: int = 0) -> None:
    for tool, given in asked(tools, number):
        try:
            result = ask(tool, tables, SAMPLE_DAY, **given)
        except MissingDataError:
            continue
        for fact in result.all_facts():
            assert fact.name in metrics()
            assert not isinstance(fact.value, float)
            assert not isinstance(fact.value, Decimal) or fact.value.is_finite()


@pytest.mark.slow
@pytest.mark.parametrize("missing", CASES)
def test_every_tool_answers_or_says_what_is_missing(missing: str) -> None:
    tables = tables_from({t: r for t, r in healthy().items() if t != missing})
    reading = [tool for tool in TOOLS if missing in tables_read(tool)]
    check(tables, reading, CASES.index(missing))


@pytest.mark.parametrize(
    "missing", ["people", pytest.param("account_team", marks=pytest.mark.slow)]
)
def test_every_tool_answers_a_rep_or_says_what_is_missing(missing: str) -> None:
    mine = Scope(sees_all=False, person_ids=frozenset({"U07", "U08", "U14"}))
    tables = tables_from({t: r for t, r in healthy().items() if t != missing}, mine)
    check(tables)


@pytest.mark.parametrize("only", ["opportunities", "order_lines"])
def test_every_tool_answers_from_one_table_alone(only: str) -> None:
    tables = tables_from({"accounts": healthy()["accounts"], only: healthy()[only]})
    check(tables)


@pytest.mark.slow
def test_every_tool_answers_from_tables_without_rows() -> None:
    empty = {t: [] for t in healthy()} | {"accounts": healthy()["accounts"]}
    check(tables_from(empty))


def test_every_tool_answers_where_only_the_required_columns_are_filled() -> None:
    needed = {
        t: [{c.name: r[c.name] for c in canonical_tables()[t].columns if c.required} for r in rows_]
        for t, rows_ in healthy().items()
    }
    check(tables_from(needed))


def test_what_is_not_looked_at_is_said() -> None:
    tables = tables_from({t: r for t, r in healthy().items() if t != "order_lines"})
    warned = " ".join(w.en for w in ask("needs_attention", tables, SAMPLE_DAY).warnings)
    assert "sales down" in warned
