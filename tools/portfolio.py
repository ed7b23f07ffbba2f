"""Which accounts a tool lists; what they are compared with is always everything the asker sees."""

from __future__ import annotations

from datetime import date

import ibis
from ibis import _
from pydantic import Field

from crm.scope import ScopedTables
from tools.arguments import GroupArguments, RowArguments
from tools.facts import FactBook
from tools.people import with_reports
from tools.query import attach, fetch_one


class PortfolioArguments(GroupArguments, RowArguments):
    """Which accounts to list, and how many."""

    account_id: str | None = Field(default=None, description="Only this account.")
    owner_id: str | None = Field(
        default=None, description="Only the accounts of this person and those below."
    )
    team: str | None = Field(default=None, description="Only this team's accounts.")
    limit: int = Field(default=20, ge=1, le=500, description="Accounts at the most.")


def record_name(book: FactBook, tables: ScopedTables, account_id: str) -> None:
    """Record what the account that a result is about is called."""
    one = tables["accounts"].filter(_.account_id == account_id).select("name")
    book.add("account.name", fetch_one(one)["name"], rows=1)


def listed_accounts(tables: ScopedTables, arguments: PortfolioArguments) -> ibis.Table:
    """The accounts asked for: account_id, name, status, owner_id, and `owner` and `team` by name.

    Raises NotFoundError when the account asked for is not visible.
    """
    if arguments.account_id:
        tables.require_account(arguments.account_id)
    accounts = with_owner(tables, tables["accounts"])
    accounts = accounts.select("account_id", "name", "status", "owner_id", "owner", "team")
    if arguments.owner_id:
        accounts = accounts.filter(_.owner_id.isin(with_reports(tables, arguments.owner_id)))
    if arguments.team:
        accounts = accounts.filter(_.team == arguments.team)
    if arguments.account_id:
        accounts = accounts.filter(_.account_id == arguments.account_id)
    return accounts


def with_owner(tables: ScopedTables, accounts: ibis.Table) -> ibis.Table:
    """Accounts with the name (`owner`) and the `team` of the person who owns each."""
    if "people" not in tables:
        return accounts.mutate(owner=accounts.owner_id, team=ibis.null("string"))
    people = tables["people"]
    return attach(accounts, people, "owner_id", "person_id", owner="name", team="team")


def customers(tables: ScopedTables, as_of: date | None = None) -> ibis.Table:
    """The visible customers; where no account has a status, all that ordered by `as_of`."""
    accounts = tables["accounts"]
    if statuses_known(tables):
        return accounts.filter(_.status == "customer")
    if "order_lines" not in tables:
        return accounts
    lines = tables["order_lines"]
    if as_of is not None:
        lines = lines.filter(_.ordered_on <= ibis.literal(as_of))
    return accounts.semi_join(lines, "account_id")


def statuses_known(tables: ScopedTables) -> bool:
    """Whether any visible account has a status."""
    if not tables.has("accounts", "status"):
        return False
    known = tables["accounts"].status.notnull().any()
    return bool(tables.remember(("statuses",), lambda: known.to_pyarrow().as_py()))


def warn_without_statuses(book: FactBook, tables: ScopedTables) -> None:
    """Say that whoever ordered was taken for a customer, where no account has a status."""
    if not statuses_known(tables):
        book.warn(
            "取引状況（accounts の status）が登録されていないため、"
            "受注のある取引先をすべて顧客とみなしました。",
            "No account has a status (accounts.status): every account with an order was taken "
            "for a customer.",
        )
