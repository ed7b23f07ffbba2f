"""The accounts that somebody may see, listed or found by name, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass, fields

import ibis
from ibis import _

from crm.errors import InputError
from crm.scope import ScopedTables
from tools.accounts import Match, matches, named_accounts
from tools.query import fetch

_ORDER = ("id", "exact", "alias", "kana", "part", "typo")
MOST = 200
"""Characters of a name at the most."""


@dataclass(frozen=True)
class Account:
    """What a list shows of an account; `parent_id` where that can be seen too."""

    account_id: str
    name: str
    name_kana: str | None
    industry: str | None
    city: str | None
    current_stage: str | None
    owner_id: str | None
    parent_id: str | None


Place = tuple[int, int, str]
"""Where an account stands among those found: how it fits, how well, and its id."""


def account(tables: ScopedTables, account_id: str) -> Account:
    """An account; NotFoundError when it cannot be seen."""
    [found] = _read(tables, [tables.require_account(account_id)])
    return found


def listed(tables: ScopedTables, limit: int, after: str | None = None) -> list[Account]:
    """The accounts by their ids, those behind an id."""
    rows = tables["accounts"].select(*_COLUMNS)
    if after is not None:
        rows = rows.filter(_.account_id > after)
    return _made(tables, rows.order_by("account_id").limit(limit))


def found(
    tables: ScopedTables, name: str, limit: int, after: Place | None = None
) -> list[tuple[Place, Account]]:
    """The accounts that a name may mean, the best first; those behind a place.

    Raises InputError for no name or one that is too long.
    """
    text = name.strip()
    if not text or len(text) > MOST:
        raise InputError(f"A name has 1 to {MOST} characters.", "Name the account, or a part.")
    places = [_place(match) for match in matches(named_accounts(tables), text)]
    wanted = [place for place in places if after is None or place > after][:limit]
    by_id = {one.account_id: one for one in _read(tables, [place[2] for place in wanted])}
    return [(place, by_id[place[2]]) for place in wanted if place[2] in by_id]


_COLUMNS = [field.name for field in fields(Account)]


def _place(match: Match) -> Place:
    return _ORDER.index(match.how), -match.score, match.account_id


def _read(tables: ScopedTables, ids: list[str]) -> list[Account]:
    rows = tables["accounts"].filter(_.account_id.isin(ids)).select(*_COLUMNS)
    return _made(tables, rows)


def _made(tables: ScopedTables, rows: ibis.Table) -> list[Account]:
    """The rows as accounts; a parent that cannot be seen is as if there were none."""
    read = fetch(rows)
    parents = sorted({row["parent_id"] for row in read if row["parent_id"]})
    known = tables["accounts"].filter(_.account_id.isin(parents)).select("account_id")
    seen = {row["account_id"] for row in fetch(known)} if parents else set()
    return [
        Account(**row | {"parent_id": row["parent_id"] if row["parent_id"] in seen else None})
        for row in read
    ]
