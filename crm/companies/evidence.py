"""What the staged tables know of accounts that may be one company; unknown is None, never zero."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from crm.companies.answers import Answers
from crm.companies.corporate_number import corporate_number
from crm.companies.key import loose_key
from crm.companies.staging import staged_tables

MOST = 5
"""Accounts that are named beside another one, at the most."""
_COLUMNS = (
    "account_id", "name", "corporate_number", "country", "region", "city", "industry", "owner_id",
)  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """An account and what is known of it; a count is None where its table does not stand.

    `shared_domains` are those of e-mail addresses that contacts of another one of the group have;
    `similar` are accounts of nearly the same name, `told_apart` those that an answer tells apart.
    """

    account_id: str
    name: str
    corporate_number: str | None
    country: str | None
    region: str | None
    city: str | None
    industry: str | None
    owner_id: str | None
    deals: int | None
    orders: int | None
    contacts: int | None
    last_activity: date | None
    shared_domains: tuple[str, ...] = ()
    similar: tuple[str, ...] = ()
    told_apart: tuple[str, ...] = ()

    @property
    def valid_number(self) -> str | None:
        return corporate_number(self.corporate_number)


class Evidence:
    """What is known of the accounts in the temporary table `_asked`; `_keyed` has every key."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, answers: Answers, public_domains: frozenset[str]
    ) -> None:
        self._con = con
        self._tables = staged_tables(con)
        self._answers = answers
        self._accounts = self._records()
        self._deals = self._per_account("opportunities", "count(*)", 0)
        self._orders = self._per_account("order_lines", "count(DISTINCT order_id)", 0)
        self._contacts = self._per_account("contacts", "count(*)", 0)
        self._last_activity = self._per_account("activities", "max(occurred_on)", None)
        self._domains = self._of_contacts(public_domains)
        self._similar = _similar(con)

    def of_group(self, key: str, ids: Sequence[str]) -> Iterator[Candidate]:
        """The accounts of a group, in the order of their ids as they are given."""
        bearers = Counter(domain for id_ in ids for domain in self._domains.get(id_, ()))
        whole = frozenset(ids)
        for id_ in ids:
            shared = (d for d in self._domains.get(id_, ()) if bearers[d] > 1)
            apart = self._answers.apart_from(id_, whole - {id_})
            yield Candidate(
                **self._accounts[id_],
                deals=self._deals(id_),
                orders=self._orders(id_),
                contacts=self._contacts(id_),
                last_activity=self._last_activity(id_),
                shared_domains=tuple(sorted(shared)),
                similar=self._similar.get(key, ()),
                told_apart=tuple(sorted(apart)[:MOST]),
            )

    def _records(self) -> dict[str, dict[str, Any]]:
        columns = ", ".join(f"a.{column}" for column in _COLUMNS)
        rows = self._con.execute(
            f"SELECT {columns} FROM canonical.accounts a JOIN _keyed k ON k.place = a.rowid "
            "WHERE a.account_id IN (SELECT account_id FROM _asked)"
        ).fetchall()
        return {row[0]: dict(zip(_COLUMNS, row, strict=True)) for row in rows}

    def _per_account(self, table: str, value: str, nothing: int | None) -> Callable[[str], Any]:
        """A value of an account's rows: `nothing` where there are none, None without the table."""
        if table not in self._tables:
            return lambda _: None
        values = dict(
            self._con.execute(
                f"SELECT account_id, {value} FROM canonical.{table} "
                "WHERE account_id IN (SELECT account_id FROM _asked) GROUP BY account_id"
            ).fetchall()
        )
        return lambda account: values.get(account, nothing)

    def _of_contacts(self, public_domains: frozenset[str]) -> dict[str, frozenset[str]]:
        """The domains of the e-mail addresses of each account's contacts."""
        if "contacts" not in self._tables:
            return {}
        rows = self._con.execute(
            r"SELECT account_id, list(DISTINCT lower(regexp_extract(email, '@([^@\s]+)\s*$', 1))) "
            "FROM canonical.contacts WHERE account_id IN (SELECT account_id FROM _asked) "
            "AND email IS NOT NULL GROUP BY account_id"
        ).fetchall()
        return {account: frozenset(domains) - public_domains - {""} for account, domains in rows}


def _similar(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """By key, the accounts of other keys that are the same in their loose form."""
    of_form: dict[str, list[str]] = defaultdict(list)
    for (key,) in con.execute("SELECT DISTINCT key FROM _keyed ORDER BY key").fetchall():
        of_form[loose_key(key)].append(key)
    near = {key: alike for alike in of_form.values() if len(alike) > 1 for key in alike}
    ids = dict(
        con.execute(
            "SELECT key, list(account_id ORDER BY account_id) FROM _keyed "
            "WHERE key IN (SELECT unnest(?::VARCHAR[])) GROUP BY key",
            [list(near)],
        ).fetchall()
    )
    return {
        key: tuple([id_ for other in alike if other != key for id_ in ids[other]][:MOST])
        for key, alike in near.items()
    }
