"""A tool refuses for lack of data where a table that it needs is missing, and only there."""

from __future__ import annotations

import pytest

from crm.schema import tables as canonical_tables
from crm.scope import MissingDataError
from tests.companies import SAMPLE_DAY
from tests.tools.asking import ask
from tests.tools.degenerate import HEAD
from tests.tools.requests import Request, asked_of
from tests.tools.watching import lacking, tables_read_at_first
from tools.availability import unavailable
from tools.catalog import CATALOG
from tools.tool import Tool

TABLES = frozenset(canonical_tables())
EVERY_TOOL = pytest.mark.parametrize("tool", list(CATALOG), ids=lambda tool: tool.name)


def refuses(tool: Tool, *missing: str) -> bool:
    """Whether every request to the tool is refused for lack of data where tables are missing."""
    requests = [given for name, given in asked_of(HEAD) if name == tool.name]
    return all(refused(tool, given, *missing) for given in requests)


def refused(tool: Tool, given: Request, *missing: str) -> bool:
    with lacking(*missing) as tables:
        try:
            ask(tool.name, tables, SAMPLE_DAY, **given)
        except MissingDataError:
            return True
    return False


@EVERY_TOOL
def test_a_tool_needs_the_tables_without_which_it_refuses(tool: Tool) -> None:
    """Where its first request does not look at a table, that is answered without it as well."""
    looked_at = tables_read_at_first(tool.name) & TABLES
    assert {table for table in looked_at if refuses(tool, table)} == set(tool.needs)


@EVERY_TOOL
def test_the_tables_that_a_tool_needs_are_enough(tool: Tool) -> None:
    for one in tool.needs_any or ("",):
        assert not refuses(tool, *TABLES - {*tool.needs, one}), one


@pytest.mark.parametrize("tool", [t for t in CATALOG if t.needs_any], ids=lambda tool: tool.name)
def test_a_tool_that_needs_any_of_several_tables_refuses_without_all_of_them(tool: Tool) -> None:
    assert len(tool.needs_any) > 1
    assert not set(tool.needs) & set(tool.needs_any)
    assert refuses(tool, *tool.needs_any)


def names(present: frozenset[str]) -> dict[str, list[str]]:
    return {table: [t.name for t in tools] for table, tools in unavailable(present).items()}


def test_every_tool_is_available_where_no_table_is_missing() -> None:
    assert unavailable(TABLES) == {}
    assert unavailable(TABLES - {"market_facts", "account_team"}) == {}


def test_what_is_not_available_stands_under_the_missing_table_in_catalog_order() -> None:
    assert names(TABLES - {"contacts", "engagements", "targets"}) == {
        "contacts": ["key_contacts", "relationship_map", "introduction_routes"],
        "targets": ["targets_and_gap"],
        "engagements": ["engagement_report"],
    }


def test_a_tool_that_lacks_two_tables_stands_under_each() -> None:
    found = names(TABLES - {"products", "order_lines"})
    assert found["products"] == ["white_space"]
    assert "white_space" in found["order_lines"]


def test_a_tool_that_needs_any_of_several_is_available_while_one_is_there() -> None:
    assert "kpi_pair" not in names(TABLES - {"order_lines"})["order_lines"]
    found = names(TABLES - {"order_lines", "opportunities"})
    assert "kpi_pair" in found["order_lines"]
    assert "kpi_pair" in found["opportunities"]


def test_nothing_but_the_tables_of_the_schema_is_missing() -> None:
    assert set(unavailable(())) <= TABLES
    assert {tool for tools in unavailable(()).values() for tool in tools} == set(CATALOG)
