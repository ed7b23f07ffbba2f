"""A reference by name leads to the one row that has the name, or to none."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping

import duckdb

from crm.companies.key import match_key
from crm.names import normal
from crm.refused import Refused
from crm.schema import Table
from crm.unusual import Reader
from crm.values import name

NAMES = ("name", "aliases", "email")
"""The columns by which a row may be called."""
_BLANKS = re.compile(r"\s+")


def finder(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    relation: str,
    into: Mapping[str, str] | None = None,
) -> Reader:
    """How a name is read to the key of the row of `table` that has it; its rows are in `relation`.

    Companies are known by their names and aliases without the legal form, everything else by its
    name without blanks, people by their e-mail addresses too. Rows that `into` makes one count as
    that one. Refuses with `unknown_name` or, where several rows have it, with `ambiguous_name`.
    """
    key, keyed = table.key[0], _keyed(table)
    named = [c for c in NAMES if table.column(c)]
    shown = ", ".join(f"CAST({name(c)} AS VARCHAR)" for c in (key, *named))
    becomes = into or {}
    known: defaultdict[str, set[str]] = defaultdict(set)
    rows = con.execute(f"SELECT {shown} FROM {relation}")
    while batch := rows.fetchmany(50_000):
        for id_, *names in batch:
            for one in _names(names):
                known[keyed(one)].add(becomes.get(id_, id_))

    def find(text: str) -> str:
        found = known.get(keyed(text), set())
        if len(found) != 1:
            raise Refused("ambiguous_name" if found else "unknown_name")
        return next(iter(found))

    return find


def _keyed(table: Table) -> Callable[[str], str]:
    if table.name == "accounts":
        return match_key
    return lambda text: _BLANKS.sub("", normal(text))


def _names(cells: list[str | None]) -> list[str]:
    """The name and, one by one, the aliases and addresses of a row."""
    first, *lists = cells
    more = [one for cell in lists if cell for one in cell.split(";")]
    return [one.strip() for one in (first, *more) if one and one.strip()]
