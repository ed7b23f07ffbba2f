"""Groups of companies: every account counts as its ultimate parent, as far as the asker sees it."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property

import ibis
import pyarrow as pa
from ibis import _

from crm.scope import Directory, Published, Scope, ScopedTables
from crm.settings import Settings
from crm.snapshot import Snapshot
from tools.facts import Table, TableColumn, Text, ToolResult, metrics
from tools.query import attach, fetch

_STATUSES = ("customer", "former", "prospect")


class GroupedTables(ScopedTables):
    """The tables with the head of its group in the place of every account.

    `accounts` holds the heads with their own attributes; a group is a customer when a member is.
    The groups are those that `asker` sees, also where the whole company is looked at.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        scope: Scope,
        settings: Settings,
        asker: Scope | None = None,
        *,
        published: Published | None = None,
        directory: Directory | None = None,
    ) -> None:
        super().__init__(snapshot, scope, settings, published=published, directory=directory)
        self.asker = scope if asker is None else asker

    def company_wide(self) -> GroupedTables:
        """The same groups without the scope; accounts that the asker does not see stay alone."""
        everything = Scope(sees_all=True)
        return GroupedTables(
            self.snapshot, everything, self.settings, self.asker, published=self.published,
            directory=self.directory,
        )  # fmt: skip

    def _whole(self, key: Hashable) -> Hashable:
        return (self.asker, super()._whole(key))

    @cached_property
    def heads(self) -> dict[str, str]:
        """The head of each account that has one above it; members of a cycle stay by themselves."""
        return self.remember(("heads",), lambda: _heads(self._parents))

    @cached_property
    def circles(self) -> list[str]:
        """Accounts whose parents lead back to themselves."""
        return sorted(a for a in self._parents if _leads_back(a, self._parents))

    @cached_property
    def members(self) -> dict[str, list[str]]:
        """The names of the accounts of each group of several, by its head."""
        return self.remember(("members",), self._members)

    @cached_property
    def _parents(self) -> dict[str, str]:
        """The parent of each account whose parent is visible too."""
        seen = ScopedTables(self.snapshot, self.asker, self.settings, directory=self.directory)[
            "accounts"
        ]
        rows = fetch(seen.select("account_id", "parent_id").order_by("account_id"))
        known = {row["account_id"] for row in rows}
        return {row["account_id"]: row["parent_id"] for row in rows if row["parent_id"] in known}

    def _members(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        accounts = super().__getitem__("accounts").select("account_id", "name")
        for row in fetch(accounts.order_by("account_id")):
            account: str = row["account_id"]
            found.setdefault(self.heads.get(account, account), []).append(row["name"])
        return {head: names for head, names in found.items() if len(names) > 1}

    def __getitem__(self, table: str) -> ibis.Table:
        rows = super().__getitem__(table)
        if "account_id" not in rows.columns or not self.heads:
            return rows
        if self._derived(table) is not None:  # kept for a while only: no view may stand on it
            return self._grouped(table, rows, self._head_table())
        heads = self._head_table()  # a view stands on it: another one when it was dropped since
        key = (self._whole(table), heads.get_name())
        return self.snapshot.view(key, lambda: self._grouped(table, rows, heads))

    def _grouped(self, table: str, rows: ibis.Table, known: ibis.Table) -> ibis.Table:
        joined = attach(rows, known, "account_id", "account_id", head="head")
        if table != "accounts":
            return joined.mutate(account_id=ibis.coalesce(joined["head"], joined.account_id)).drop(
                "head"
            )
        rank = ibis.cases(*((joined.status == s, i) for i, s in enumerate(_STATUSES)))
        of_group = joined.mutate(head=ibis.coalesce(joined["head"], joined.account_id), best=rank)
        status = of_group.group_by("head").agg(best=_.best.min())
        heads = joined.filter(joined["head"].isnull()).drop("head", "status")
        heads = attach(heads, status, "account_id", "head", best="best")
        named = ibis.cases(*((heads.best == i, s) for i, s in enumerate(_STATUSES)))
        return (
            heads.mutate(status=named, parent_id=ibis.null("string"))
            .drop("best")
            .select(*rows.columns)
        )

    def _head_table(self) -> ibis.Table:
        return self.keep(
            ("head_table",),
            lambda: pa.table(
                {"account_id": list(self.heads), "head": list(self.heads.values())},
                schema=pa.schema({"account_id": pa.string(), "head": pa.string()}),
            ),
        )


def by_group(tables: ScopedTables) -> GroupedTables:
    """The tables with groups in the place of accounts."""
    return GroupedTables(
        tables.snapshot, tables.scope, tables.settings, published=tables.published,
        directory=tables.directory,
    )  # fmt: skip


def with_members(result: ToolResult, tables: GroupedTables) -> ToolResult:
    """The result with the members of each group listed beside its row."""
    warnings = list(result.warnings)
    if tables.circles:
        names = ", ".join(tables.circles[:5])
        warnings.append(
            Text(
                ja=f"親会社の登録が循環している取引先は単独で集計しました: {names}"
                "（accounts の parent_id を直してください）",
                en=f"Parents that lead in a circle are counted alone: {names} "
                "(mend parent_id in accounts)",
            )
        )
    table = result.table and _listed(result.table, tables)
    return result.model_copy(update={"table": table, "warnings": tuple(warnings)})


def _listed(table: Table, tables: GroupedTables) -> Table:
    if not any(subject.startswith("account:") for subject in table.subjects):
        return table
    metric = metrics()["group.members"]
    column = TableColumn(name=metric.name, label=metric.label, unit=metric.unit)
    cells = [tables.members.get(s.removeprefix("account:")) for s in table.subjects]
    return table.model_copy(
        update={
            "columns": (*table.columns, column),
            "rows": tuple(
                (*row, "; ".join(names) if names else "")
                for row, names in zip(table.rows, cells, strict=True)
            ),
        }
    )


def _heads(parents: dict[str, str]) -> dict[str, str]:
    heads: dict[str, str] = {}
    for account in parents:
        if _leads_back(account, parents):
            continue
        head = account
        while head in parents and not _leads_back(head, parents):
            head = parents[head]
        heads[account] = head
    return heads


def _leads_back(account: str, parents: dict[str, str]) -> bool:
    """Whether going up from the account comes back to it."""
    seen = {account}
    above = parents.get(account)
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == account
