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
