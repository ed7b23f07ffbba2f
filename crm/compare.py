"""What is different between two snapshots: accounts and deals that came, went, moved or changed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

import duckdb

from crm.values import name, quote

Kind = Literal[
    "accounts_new", "accounts_gone", "deals_new", "deals_gone", "deals_moved", "amounts_changed"
]
_EXAMPLES = 10


@dataclass(frozen=True)
class Example:
    """One row that is different: `before` and `after` are None where there was or is none."""

    id: str
    name: str | None
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Change:
    """How many rows are different in one way, and the first of them by id.

    `amount` is what all of them change the sum of the deals' amounts by, in the company's currency.
    """

    kind: Kind
    count: int
    examples: tuple[Example, ...] = ()
    amount: Decimal | None = None


@dataclass(frozen=True)
class Changes:
    """All that is different from the snapshot `since`; kinds without a row are left out."""

    since: str
    changes: tuple[Change, ...]


def compare(new: Path, old: Path, since: str) -> Changes:
    """What is different in the staging database `new` from the snapshot file `old`."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH {quote(str(new))} AS new (READ_ONLY)")
        con.execute(f"ATTACH {quote(str(old))} AS old (READ_ONLY)")
        accounts, deals = _sides(con, "accounts"), _sides(con, "opportunities")
        found = [*_accounts(con, *accounts), *_deals(con, *deals)]
    return Changes(since, tuple(change for change in found if change.count))


def _sides(con: duckdb.DuckDBPyConnection, table: str) -> tuple[str, str]:
    """The table before and after; an empty one where there is none."""
    held = {
        (row[0], row[1], row[2])
        for row in con.execute(
            "SELECT database_name, schema_name, table_name FROM duckdb_tables()"
        ).fetchall()
    }
    there = {side: (side, schema, table) in held for side, schema in _SCHEMAS.items()}
    if not any(there.values()):
        return "", ""
    known = next(side for side in _SCHEMAS if there[side])
    empty = f"(SELECT * FROM {_place(known, table)} LIMIT 0)"
    old, new = (_place(s, table) if there[s] else empty for s in ("old", "new"))
    return old, new


_SCHEMAS = {"old": "main", "new": "canonical"}


def _place(side: str, table: str) -> str:
    return f"{side}.{_SCHEMAS[side]}.{name(table)}"


def _accounts(con: duckdb.DuckDBPyConnection, old: str, new: str) -> list[Change]:
    if not old:
        return []
    return [
        _change(con, "accounts_new", _only(new, old, "account_id", "NULL", "NULL", "0")),
        _change(con, "accounts_gone", _only(old, new, "account_id", "NULL", "NULL", "0")),
    ]


def _deals(con: duckdb.DuckDBPyConnection, old: str, new: str) -> list[Change]:
    if not old:
        return []
    key, amount = "opportunity_id", "CAST(amount AS VARCHAR)"
    both = f"FROM {old} o JOIN {new} n ON o.{key} = n.{key}"
    stage = "concat_ws(' / ', {0}.status, {0}.stage)"
    was, is_ = stage.format("o"), stage.format("n")
    moved = (
        f"SELECT n.{key} AS id, n.name, {was} AS before, {is_} AS after, 0 AS amount {both} "
        f"WHERE o.status IS DISTINCT FROM n.status OR o.stage IS DISTINCT FROM n.stage"
    )
    changed = (
        f"SELECT n.{key} AS id, n.name, CAST(o.amount AS VARCHAR) AS before, "
        f"CAST(n.amount AS VARCHAR) AS after, COALESCE(n.amount, 0) - COALESCE(o.amount, 0) "
        f"AS amount {both} WHERE o.amount IS DISTINCT FROM n.amount"
    )
    return [
        _change(con, "deals_new", _only(new, old, key, "NULL", amount, "amount")),
        _change(con, "deals_gone", _only(old, new, key, amount, "NULL", "-amount")),
        _change(con, "deals_moved", moved),
        _change(con, "amounts_changed", changed),
    ]


def _only(some: str, others: str, key: str, before: str, after: str, amount: str) -> str:
    """The rows of `some` whose key is none of `others`."""
    return (
        f"SELECT {key} AS id, name, {before} AS before, {after} AS after, "
        f"COALESCE({amount}, 0) AS amount FROM {some} "
        f"WHERE {key} NOT IN (SELECT {key} FROM {others})"
    )


def _change(con: duckdb.DuckDBPyConnection, kind: Kind, query: str) -> Change:
    count, amount = con.execute(f"SELECT count(*), sum(amount) FROM ({query})").fetchone() or (0, 0)
    rows = con.execute(
        f"SELECT id, name, before, after FROM ({query}) ORDER BY id LIMIT {_EXAMPLES}"
    ).fetchall()
    told = kind in ("deals_new", "deals_gone", "amounts_changed")
    return Change(
        kind,
        int(count),
        tuple(Example(*row) for row in rows),
        Decimal(amount or 0) if told else None,
    )
