"""What a company without some of its tables cannot ask for is told before anybody asks."""

from __future__ import annotations

from collections.abc import Collection

from crm.schema import tables
from tools.catalog import CATALOG
from tools.tool import Tool


def unavailable(present: Collection[str]) -> dict[str, tuple[Tool, ...]]:
    """The tools that cannot run for want of a table, by the missing table, in catalog order.

    `present` are the tables that the import filled. A tool that lacks two stands under each; so
    does one that needs any of several and has none of them. Tables that no tool lacks are left out.
    """
    lacking = {tool: _lacking(tool, set(present)) for tool in CATALOG}
    found = {table: tuple(t for t in CATALOG if table in lacking[t]) for table in tables()}
    return {table: those for table, those in found.items() if those}


def _lacking(tool: Tool, present: set[str]) -> set[str]:
    one_of = set(tool.needs_any)
    return (set(tool.needs) - present) | (set() if one_of & present else one_of)
