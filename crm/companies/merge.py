"""Accounts that are one company become one row, and nothing of theirs is lost or counted twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from crm.companies.answers import Answers
from crm.companies.repoint import Collision, Difference, Value, repoint
from crm.companies.sameness import Sameness, Why, sameness
from crm.schema import tables
from crm.values import name

Row = dict[str, Value]


@dataclass(frozen=True)
class Merged:
    """A row that became part of another, why, and where it said something else than what stays.

    Of two rows of one id `from_id` is `into_id`, unless both became part of another account.
    """

    from_id: str
    into_id: str
    why: Why
    differing: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class MergeReport:
    """All that a merge did; what it did not merge, and why, is in `sameness`."""

    merged: tuple[Merged, ...]
    collisions: tuple[Collision, ...]
    sameness: Sameness


def merge(con: duckdb.DuckDBPyConnection, answers: Answers | None = None) -> MergeReport:
    """Merge the staged accounts of one id, of one valid corporate number, or one as answered.

    The row that stays keeps its values, and where it knows none it takes the others', the earliest
    first. Its aliases take their names. Every reference to an account that is gone leads to the one
    that stays; `repoint` says what becomes of rows whose keys meet there.
    """
    same = sameness(con, answers)
    merged = _merge_rows(con, same)
    collisions = repoint(con, same.into)
    return MergeReport(tuple(_without_circles(con, merged)), collisions, same)


def _merge_rows(con: duckdb.DuckDBPyConnection, same: Sameness) -> list[Merged]:
    """One row for each company; what became of the others."""
    stays: list[Row] = []
    gone: list[int] = []
    merged: list[Merged] = []
    for into_id, places in sorted(_rows(con, same).items(), key=lambda one: same.order[one[0]]):
        places.sort(key=lambda one: (_id(one[1]) != into_id, same.order[_id(one[1])]))
        gone += [place for place, _ in places[1:]]
        rows = [row for _, row in places]
        joined = _joined(into_id, rows, same.into)
        lost = _differing(joined, rows[0], same.into)  # its parent, where that is now itself
        seen = {_id(rows[0])}
        for row in rows[1:]:
            why: Why = "id" if _id(row) in seen else same.why[_id(row)]
            seen.add(_id(row))
            differing = (*_differing(joined, row, same.into), *lost)
            merged.append(Merged(_id(row), into_id, why, differing))
            lost = ()
        stays.append(joined)
    _replace(con, stays, gone)
    return merged


def _rows(con: duckdb.DuckDBPyConnection, same: Sameness) -> dict[str, list[tuple[int, Row]]]:
    """The rows that are to be one, by the account that stays, the earlier of one id first."""
    names = tables()["accounts"].names
    con.execute(
        "CREATE OR REPLACE TEMP TABLE _one AS SELECT unnest(?::VARCHAR[]) AS account_id",
        [[*same.into, *set(same.into.values())]],
    )
    found = con.execute(
        f"SELECT rowid, {', '.join(map(name, names))} FROM canonical.accounts "
        "WHERE account_id IN (SELECT account_id FROM _one "
        "UNION ALL SELECT account_id FROM canonical.accounts GROUP BY 1 HAVING count(*) > 1) "
        "ORDER BY created_on NULLS LAST, rowid"
    ).fetchall()
    con.execute("DROP TABLE _one")
    rows: dict[str, list[tuple[int, Row]]] = defaultdict(list)
    for place, *cells in found:
        row = dict(zip(names, cells, strict=True))
        rows[same.into.get(_id(row), _id(row))].append((place, row))
    return rows


def _joined(into_id: str, rows: Sequence[Row], into: Mapping[str, str]) -> Row:
    """The first row with what only others know, and with their names as aliases."""
    joined: Row = {}
    for column in rows[0]:
        known = (value for row in rows if (value := _value(row, column, into)) is not None)
        joined[column] = next(known, None)
    joined["account_id"] = into_id
    others = [*_aliases(rows[0])]
    for row in rows[1:]:
        others += [_listed(row["name"]), *_aliases(row)]
    own = (joined["name"], _listed(joined["name"]))
    aliases = [alias for alias in dict.fromkeys(others) if alias not in own]
    joined["aliases"] = ";".join(aliases) or None
    return joined


def _listed(alias: Value) -> str:
    """A name as it stands in a list, which semicolons part."""
    return str(alias).replace(";", "；")


def _aliases(row: Row) -> list[str]:
    return [a.strip() for a in str(row["aliases"] or "").split(";") if a.strip()]


def _value(row: Row, column: str, into: Mapping[str, str]) -> Value:
    """A value of a row; its parent is the account that the parent became part of, never itself."""
    value = row[column]
    if column != "parent_id" or not isinstance(value, str):
        return value
    parent = into.get(value, value)
    return None if parent == into.get(_id(row), _id(row)) else parent


def _differing(joined: Row, row: Row, into: Mapping[str, str]) -> tuple[Difference, ...]:
    """What a row says otherwise than the joined one, but for its id and its aliases."""
    said = {c: v for c, v in row.items() if v is not None and c not in ("account_id", "aliases")}
    return tuple(
        Difference(column, joined[column], value)
        for column, value in said.items()
        if joined[column] != (_value(row, column, into) or value)
    )


def _replace(con: duckdb.DuckDBPyConnection, stays: Sequence[Row], gone: Sequence[int]) -> None:
    """Put the joined rows in the place of those they were made of."""
    if not gone:
        return
    con.execute(
        "DELETE FROM canonical.accounts WHERE rowid IN (SELECT unnest(?::BIGINT[]))", [list(gone)]
    )
    columns = tables()["accounts"].columns
    typed = ", ".join(
        f"CAST(unnest(?::VARCHAR[]) AS {column.sql_type}) AS {name(column.name)}"
        for column in columns
    )
    texts = [[_text(row[column.name]) for row in stays] for column in columns]
    con.execute(f"CREATE OR REPLACE TEMP TABLE _stays AS SELECT {typed}", texts)
    values = ", ".join(f"{name(c.name)} = _stays.{name(c.name)}" for c in columns)
    con.execute(
        f"UPDATE canonical.accounts SET {values} FROM _stays "
        "WHERE accounts.account_id = _stays.account_id"
    )
    con.execute("DROP TABLE _stays")


def _without_circles(con: duckdb.DuckDBPyConnection, merged: Sequence[Merged]) -> Iterator[Merged]:
    """What became of the rows, once no account that stays is its own parent's parent."""
    parents: dict[str, str] = dict(
        con.execute(
            "SELECT account_id, parent_id FROM canonical.accounts WHERE parent_id IS NOT NULL"
        ).fetchall()
    )
    for one in merged:
        if one.into_id not in _ancestors(one.into_id, parents):
            yield one
            continue
        lost = Difference("parent_id", None, parents.pop(one.into_id))
        con.execute(
            "UPDATE canonical.accounts SET parent_id = NULL WHERE account_id = ?", [one.into_id]
        )
        yield replace(one, differing=(*one.differing, lost))


def _ancestors(account: str, parents: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    while (parent := parents.get(account)) is not None and parent not in found:
        found.add(parent)
        account = parent
    return found


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def _id(row: Row) -> str:
    return str(row["account_id"])
