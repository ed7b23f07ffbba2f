"""A forgotten contact's row stays, without anything of theirs: nobody else's figures change.

The row keeps its account and gets an id that leads nowhere; activities and relationships follow it.
How many people were met, on how many deals, stays true; who it was is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import duckdb

from crm.forgetting.list import Forgotten
from crm.forgetting.spellings import MARK
from crm.schema import Table, tables
from crm.values import name, quote

Clean = Callable[[str, str | None, bool], str]
"""The text without those who are forgotten: of a row of that account; linked: about one of them."""
_KEPT = frozenset({"contact_id", "account_id", "name"})
_OTHERS: Mapping[str, frozenset[str]] = {
    "contacts": frozenset({"name", "email", "phone"}),
    "accounts": frozenset({"name", "name_kana", "aliases"}),
}
"""Columns that say who others are: what they hold is theirs."""
_NOT_ABOUT_CUSTOMERS = frozenset({"people", "products", "cost_pools"})


def blank_known(con: duckdb.DuckDBPyConnection, forgotten: Forgotten) -> int:
    """Blank whoever of the staged tables is on the list; how many contacts were there."""
    staged = _staged(con)
    ids: set[str] = set()
    if "contacts" in staged:
        rows = con.execute(
            "SELECT contact_id, account_id, name, email FROM canonical.contacts"
        ).fetchall()
        ids |= {row[0] for row in rows if forgotten.is_contact(*row)}
    found = len(ids)
    for table in staged.values():
        for column in _references(table):
            named = con.execute(f"SELECT DISTINCT {name(column)} FROM {_of(table)}").fetchall()
            ids |= {v for (v,) in named if v and forgotten.digest("id", v) in forgotten.digests}
    blank(
        con,
        {id_: forgotten.pseudonym(id_) for id_ in ids},
        lambda text, account, _linked: forgotten.without(text, account),
    )
    return found


def blank(con: duckdb.DuckDBPyConnection, ids: Mapping[str, str], clean: Clean) -> dict[str, int]:
    """Blank these contacts in the tables of the schema `canonical`; rows changed by table.column.

    `ids` gives each contact's id the one that stands for it from now on.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE _forgotten (id VARCHAR, pseudonym VARCHAR)")
    if ids:
        con.executemany("INSERT INTO _forgotten VALUES (?, ?)", list(ids.items()))
    changed: dict[str, int] = {}
    for table in _staged(con).values():
        for column in _texts(table):
            changed[f"{table.name}.{column}"] = _clean(con, table, column, clean)
    for table in _staged(con).values():
        if table.name == "contacts":
            changed["contacts"] = _empty(con, table)
        for column in _references(table):
            changed[f"{table.name}.{column}"] = _renamed(con, table, column)
    con.execute("DROP TABLE _forgotten")
    return {place: rows for place, rows in changed.items() if rows}


def _staged(con: duckdb.DuckDBPyConnection) -> dict[str, Table]:
    rows = con.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'canonical'"
    ).fetchall()
    return {table: tables()[table] for (table,) in rows if table in tables()}


def _of(table: Table) -> str:
    return f"canonical.{name(table.name)}"


def _references(table: Table) -> list[str]:
    own = ["contact_id"] if table.name == "contacts" else []
    return own + [c.name for c in table.columns if c.ref == "contacts"]


def _texts(table: Table) -> list[str]:
    if table.name in _NOT_ABOUT_CUSTOMERS:
        return []
    theirs = _OTHERS.get(table.name, frozenset())
    return [c.name for c in table.columns if c.type in ("text", "list") and c.name not in theirs]


def _clean(con: duckdb.DuckDBPyConnection, table: Table, column: str, clean: Clean) -> int:
    account = "account_id" if table.column("account_id") else "NULL::VARCHAR"
    of_theirs = [f"{name(c)} IN (SELECT id FROM _forgotten)" for c in _references(table)]
    linked = f"coalesce({' OR '.join(of_theirs)}, false)" if of_theirs else "false"
    rows = con.execute(
        f"SELECT DISTINCT {name(column)}, {account}, {linked} FROM {_of(table)} "
        f"WHERE {name(column)} IS NOT NULL"
    ).fetchall()
    new = [(*row, cleaned) for row in rows if (cleaned := clean(*row)) != row[0]]
    if not new:
        return 0
    con.execute(
        "CREATE OR REPLACE TEMP TABLE _cleaned "
        "(old VARCHAR, account VARCHAR, linked BOOLEAN, new VARCHAR)"
    )
    con.executemany("INSERT INTO _cleaned VALUES (?, ?, ?, ?)", new)
    done = con.execute(
        f"UPDATE {_of(table)} SET {name(column)} = _cleaned.new FROM _cleaned "
        f"WHERE {name(column)} = _cleaned.old AND {account} IS NOT DISTINCT FROM _cleaned.account "
        f"AND {linked} = _cleaned.linked"
    ).fetchone()
    con.execute("DROP TABLE _cleaned")
    return int(done[0]) if done else 0


def _empty(con: duckdb.DuckDBPyConnection, table: Table) -> int:
    others = ", ".join(f"{name(c)} = NULL" for c in table.names if c not in _KEPT)
    done = con.execute(
        f"UPDATE {_of(table)} SET name = {quote(MARK)}, {others} "
        "WHERE contact_id IN (SELECT id FROM _forgotten)"
    ).fetchone()
    return int(done[0]) if done else 0


def _renamed(con: duckdb.DuckDBPyConnection, table: Table, column: str) -> int:
    done = con.execute(
        f"UPDATE {_of(table)} SET {name(column)} = _forgotten.pseudonym FROM _forgotten "
        f"WHERE {name(column)} = _forgotten.id"
    ).fetchone()
    return int(done[0]) if done else 0
