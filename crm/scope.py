"""Who may see which rows: tools get tables that are already filtered, and can get no others."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from contextvars import ContextVar
from datetime import date
from functools import cached_property
from typing import TypeVar

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from crm.directory import OPERATOR as OPERATOR
from crm.directory import Directory as Directory
from crm.directory import Person as Person
from crm.directory import Principal as Principal
from crm.directory import Scope as Scope
from crm.errors import NotAllowedError, NotFoundError, TagayasuError
from crm.personal import mask
from crm.schema import tables as canonical_tables
from crm.settings import Settings
from crm.snapshot import Snapshot

T = TypeVar("T")
Published = Mapping[str, Callable[[], pa.Table]]
"""Small tables that other rooms derive, by name, each as it is now."""
_RESTS: ContextVar[list[bool] | None] = ContextVar("rests_on_published", default=None)
"""Whether what is being computed rests on a published table; None while nothing is."""


class MissingDataError(TagayasuError):
    """A tool needs a table or column that this workspace's import does not fill."""


class ScopedTables:
    """The canonical tables as one principal may see them, as Ibis tables.

    `tables["accounts"]` gives a table; `"wallets" in tables` tells whether the import filled it.
    `published` tables, each with an `account_id`, are filtered like any other; one without rows is
    absent. They change while the snapshot does not: what rests on them is kept only as long.
    Columns marked personal are unknown, and addresses in free text masked, where the setting
    `access.personal` does not show them to who asks.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        scope: Scope,
        settings: Settings,
        *,
        published: Published | None = None,
        directory: Directory | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.scope = scope
        self.settings = settings
        self.published: Published = published or {}
        self.directory = directory or Directory.of(snapshot)

    def __contains__(self, table: str) -> bool:
        return table in self.snapshot.filled or self._derived(table) is not None

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table and all of these columns are filled."""
        filled = self.snapshot.filled.get(table, frozenset())
        if (derived := self._derived(table)) is not None:
            filled = frozenset(derived.column_names)
        return set(columns) <= filled and table in self

    def _derived(self, table: str) -> pa.Table | None:
        """The published table of that name; None when there is none, or it has no rows."""
        if table not in self.published:
            return None
        _rest()
        rows = self._as_published[table]
        return rows if rows.num_rows else None

    @cached_property
    def _as_published(self) -> Mapping[str, pa.Table]:
        """The published tables as they were when the first of them was asked for."""
        return {name: rows() for name, rows in self.published.items()}

    @cached_property
    def _published_key(self) -> Hashable:
        return tuple((name, str(rows.to_pylist())) for name, rows in self._as_published.items())

    def __getitem__(self, table: str) -> ibis.Table:
        """The rows of a table within the scope.

        Raises MissingDataError when the workspace has no such table.
        """
        if (derived := self._derived(table)) is not None:
            key = (self._whole(("published", table)), self._published_key)
            return self.snapshot.keep(key, lambda: self._visible(derived))
        rows = self._unfiltered(table)
        hidden = self._hidden(table)
        if self.scope.sees_all and not hidden:
            return rows
        return self.snapshot.view((self._seen_as, table), lambda: self._shown(table, rows, hidden))

    def _shown(self, table: str, rows: ibis.Table, hidden: Mapping[str, bool]) -> ibis.Table:
        seen = rows if self.scope.sees_all else self._filtered(table, rows)
        return self._without(seen, hidden) if hidden else seen

    # ------------------------------------------------------------------ what is personal

    @cached_property
    def sight(self) -> str:
        """Whose e-mail addresses and telephones are shown: "all", "", or those of the accounts that
        the person with this id works on."""
        level = self.settings.access.personal
        if level == "all":
            return "all"
        who = self.scope.person_id
        works = level == "team" and bool(who) and bool(self.works_on(who))
        return who if works else ""

    def works_on(self, person_id: str) -> frozenset[str]:
        """The accounts that a person owns or is on the team of."""
        return self.snapshot.memory.get(
            ("works on", person_id, self.directory.shares), lambda: self._works_on(person_id)
        )

    def _works_on(self, person_id: str) -> frozenset[str]:
        if "accounts" not in self.snapshot.filled:
            return frozenset()
        own = Scope(False, frozenset({person_id}), self._shares_of(person_id))
        rows = self._accounts_of(own).to_pyarrow()
        return frozenset(rows["account_id"].to_pylist())

    def _shares_of(self, person_id: str) -> frozenset[str] | None:
        if self.directory.shares is None:
            return None
        return self.directory.shared_with({person_id})

    def shows_personal(self, account_id: str | None) -> bool:
        """Whether what is personal of an account's contacts, or of nobody's, is shown as it is."""
        if self.sight in ("all", ""):
            return self.sight == "all"
        return account_id is not None and account_id in self.works_on(self.sight)

    def _hidden(self, table: str) -> Mapping[str, bool]:
        """The columns of which something is kept back: all of it (True), or addresses in text."""
        if self.sight == "all" or table not in canonical_tables():
            return {}
        filled = self.snapshot.filled.get(table, frozenset())
        columns = [c for c in canonical_tables()[table].columns if c.name in filled]
        found = {c.name: True for c in columns if c.personal}
        free = [c.name for c in columns if c.free]
        return found | {c: False for c in free if self._holds_addresses(table, c)}

    def _holds_addresses(self, table: str, column: str) -> bool:
        """Whether any row's text has an e-mail address or a telephone: mostly none has."""
        return self.snapshot.memory.get(
            ("holds addresses", table, column), lambda: self._finds_addresses(table, column)
        )

    def _finds_addresses(self, table: str, column: str) -> bool:
        rows = self.snapshot.table(table)
        held = rows.filter(rows[column].notnull() & (mask(rows[column]) != rows[column]))
        return bool(held.limit(1).count().to_pyarrow().as_py())

    def _without(self, rows: ibis.Table, hidden: Mapping[str, bool]) -> ibis.Table:
        shown = ibis.literal(False)
        if self.sight and "account_id" in rows.columns:
            shown = rows.account_id.isin(sorted(self.works_on(self.sight))).fill_null(False)
        elif self.sight and "to_contact_id" in rows.columns:
            ours = self._unfiltered("contacts")
            ours = ours.filter(ours.account_id.isin(sorted(self.works_on(self.sight))))
            shown = rows.to_contact_id.isin(ours.contact_id).fill_null(False)
        return rows.mutate(
            **{
                name: shown.ifelse(rows[name], ibis.null(str) if whole else mask(rows[name]))
                for name, whole in hidden.items()
            }
        )

    # ------------------------------------------------------------------ what is kept

    def _unfiltered(self, table: str) -> ibis.Table:
        if table not in self:
            raise MissingDataError(
                f"This workspace has no data for `{table}`.", "Add it to the mapping and import."
            )
        return self.snapshot.table(table)

    def _visible(self, rows: pa.Table) -> pa.Table:
        """The rows of a published table that are about visible accounts."""
        accounts = ScopedTables.__getitem__(self, "accounts").select("account_id").to_pyarrow()
        seen = accounts["account_id"].combine_chunks()
        return rows.filter(pc.is_in(rows["account_id"], value_set=seen))

    def remember(self, key: Hashable, compute: Callable[[], T]) -> T:
        """What `compute` gives, kept as long as the snapshot is open.

        Only for values that follow from the key, the scope and the immutable snapshot alone.
        """
        memory = self.snapshot.memory
        return self._resting(
            key,
            lambda whole: memory.get(whole, compute),
            lambda _whole, new, found: memory.get(new, lambda: found),
        )

    def keep(self, key: Hashable, build: Callable[[], ibis.Table | pa.Table]) -> ibis.Table:
        """Like `remember`, for rows: what `build` gives as a table that others can build on."""
        return self._resting(
            key,
            lambda whole: self.snapshot.keep(whole, build),
            lambda whole, new, _found: self.snapshot.rekey(whole, new),
        )

    def _resting(
        self,
        key: Hashable,
        get: Callable[[Hashable], T],
        rekey: Callable[[Hashable, Hashable, T], T],
    ) -> T:
        """What is kept under the key; under the published tables too, where it rests on them.

        That is known once it was computed for the first time; whatever is computed of it rests on
        them as well.
        """
        whole, resting = self._whole(key), self.snapshot.resting
        if whole in resting:
            _rest()
            return get((whole, self._published_key))
        rests = [False]
        token = _RESTS.set(rests)
        try:
            found = get(whole)
        finally:
            _RESTS.reset(token)
        if rests[0]:
            resting.add(whole)
        if whole not in resting:
            return found
        _rest()
        return rekey(whole, (whole, self._published_key), found)

    def company_wide(self) -> ScopedTables:
        """The same tables without the scope, for shares of a whole company's cost or sales.

        Whoever uses it cuts the rows back to the scope before they leave the tool.
        """
        everything = Scope(sees_all=True)
        return type(self)(
            self.snapshot, everything, self.settings, published=self.published,
            directory=self.directory,
        )  # fmt: skip

    def _whole(self, key: Hashable) -> Hashable:
        return (type(self).__name__, self._seen_as, self._settings_key, key)

    @cached_property
    def _seen_as(self) -> Hashable:
        """What decides which rows and which of their values are seen."""
        teams = self.directory.teams(self.scope.person_ids)
        works_on = self.works_on(self.sight) if self.sight not in ("", "all") else None
        return (self.scope, teams, self.sight, works_on)

    @cached_property
    def _settings_key(self) -> str:
        return self.settings.model_dump_json()

    def require_account(self, account_id: str) -> str:
        """The id of an account that exists and is visible; else NotFoundError, alike for both."""
        if not self.remember(("visible", account_id), lambda: self._sees(account_id)):
            raise NotFoundError(
                f"There is no account `{account_id}` that you can see.", "Look it up by name."
            )
        return account_id

    def _sees(self, account_id: str) -> bool:
        own = self["accounts"].filter(ibis._.account_id == account_id)
        return bool(own.count().to_pyarrow().as_py())

    def require_write(self, account_id: str) -> str:
        """The id of an account whose plans the asker may change.

        Raises NotFoundError when they cannot see it, NotAllowedError when they may only read it.
        """
        if not self.may_write(self.require_account(account_id)):
            raise NotAllowedError(
                "This account is shared with you for reading: its plans cannot be changed.",
                "Ask its owner for the access `write`.",
            )
        return account_id

    def may_write(self, account_id: str) -> bool:
        """Whether the asker or theirs own an account, or share it for writing."""
        return account_id in self._writable(account_id)

    def _writable(self, account_id: str) -> frozenset[str]:
        """The account, if the asker or theirs own it or share it for writing; else nothing."""
        if self.scope.sees_all:
            return frozenset({account_id})
        people = sorted(self.scope.person_ids)
        accounts = self._unfiltered("accounts")
        own = accounts.owner_id.isin(people) & (accounts.account_id == account_id)
        found = accounts.filter(own).select("account_id")
        if self.directory.shares is not None:
            shared = self.directory.shared_with(self.scope.person_ids, "write")
            return shared & {account_id} or frozenset(found.to_pyarrow()["account_id"].to_pylist())
        if "account_team" in self:
            team = self.snapshot.table("account_team")
            mine = team.person_id.isin(people) & (team.account_id == account_id)
            may = team.filter(mine & (team.access == "write")).select("account_id")
            found = found.union(may, distinct=True)
        return frozenset(found.to_pyarrow()["account_id"].to_pylist())

    def _visible_accounts(self) -> ibis.Table:
        return self._accounts_of(self.scope)

    def _accounts_of(self, scope: Scope) -> ibis.Table:
        """The ids of the accounts that the people of a scope own or share."""
        people = sorted(scope.person_ids)
        accounts = self._unfiltered("accounts")
        if scope.shared is not None:
            shown = accounts.owner_id.isin(people) | accounts.account_id.isin(sorted(scope.shared))
            return accounts.filter(shown).select("account_id")
        visible = accounts.filter(accounts.owner_id.isin(people)).select("account_id")
        if "account_team" in self:
            team = self.snapshot.table("account_team")
            shared = team.filter(team.person_id.isin(people)).select("account_id")
            visible = visible.union(shared, distinct=True)
        return visible

    def _filtered(self, table: str, rows: ibis.Table) -> ibis.Table:
        people = sorted(self.scope.person_ids)
        match table:
            case "people" | "products" | "cost_pools":
                return rows
            case "market_facts":
                hidden = self._unfiltered("accounts").anti_join(
                    self._visible_accounts(), "account_id"
                )
                of_hidden = rows.subject.isin(hidden.account_id) | rows.subject.isin(hidden.name)
                return rows.filter(~of_hidden)
            case "opportunities":
                own = rows.account_id.isnull() & rows.owner_id.isin(people)
                return rows.filter(own | rows.account_id.isin(self._visible_accounts().account_id))
            case "targets":
                seen = rows.owner_id.isin(people)
                seen |= rows.account_id.isin(self._visible_accounts().account_id)
                of_team = rows.owner_id.isnull() & rows.account_id.isnull()
                seen |= rows.team.isin(sorted(self.directory.teams(people))) & of_team
                return rows.filter(seen)
            case "stage_history":
                return rows.semi_join(self["opportunities"], "opportunity_id")
            case "relationships":
                return rows.semi_join(
                    self["contacts"], rows.to_contact_id == self["contacts"].contact_id
                )
            case _:
                return rows.semi_join(self._visible_accounts(), "account_id")


def _rest() -> None:
    """Note that what is being computed rests on a published table."""
    if (rests := _RESTS.get()) is not None:
        rests[0] = True


def today(settings: Settings) -> date:
    """The day a door takes for granted when none is given: the data's, else the company's today."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    if settings.company.as_of:
        return settings.company.as_of
    return datetime.now(ZoneInfo(settings.company.time_zone)).date()
