"""What has happened at many accounts since a day: counted over all of them, and what stands out.

The counts are those of `recent_changes`, over every account of a person (and those below).
"""

from __future__ import annotations

from datetime import date

import ibis
from ibis import _
from pydantic import Field

from crm.periods import Period
from crm.scope import ScopedTables
from tools.arguments import Arguments, open_book
from tools.deals import LOST, UNUSABLE, WON, closings_known, deals_at
from tools.facts import FactBook, Text, ToolResult
from tools.portfolio import PortfolioArguments, listed_accounts
from tools.query import Row, fetch, fetch_one, inside


class TerritoryArguments(Arguments):
    """Whose accounts to look at, and from when on."""

    owner_id: str | None = Field(
        default=None, description="Only the accounts of this person and those below."
    )
    since: date = Field(description="First day to look at.")
    limit: int = Field(default=4, ge=1, le=50, description="Events listed at the most.")


def territory_changes(tables: ScopedTables, arguments: TerritoryArguments) -> ToolResult:
    """Orders, deals and activities since a day, both ends included, over all the accounts.

    The table holds deals won and lost and people who left, the largest amounts first.
    """
    book = open_book("territory_changes", tables, arguments)
    span = Period(min(arguments.since, arguments.as_of), arguments.as_of)
    asked = PortfolioArguments(as_of=arguments.as_of, owner_id=arguments.owner_id)
    accounts = listed_accounts(tables, asked).select("account_id", "name")
    row = fetch_one(accounts.agg(accounts=_.count()))
    book.add("changes.accounts", row["accounts"], rows=row["accounts"])
    book.add("changes.since", span.start)
    events: list[Row] = []
    if "order_lines" in tables:
        _orders(tables, accounts, span, book)
    if "opportunities" in tables:
        events += _deals(tables, accounts, span, arguments.as_of, book)
    if tables.has("contacts", "left_on"):
        events += _leavers(tables, accounts, span)
    if "activities" in tables:
        acts = tables["activities"].semi_join(accounts, "account_id")
        found = fetch_one(acts.filter(inside(span, "occurred_on")).agg(n=_.count()))
        book.add("changes.activities", found["n"], rows=found["n"])
    events.sort(key=lambda e: (-(e["amount"] or 0), e["happened"], e["subject"]))
    columns = ("account", "what", "kind", "amount", "happened")
    table = book.table(
        {f"change.{name}": [event[name] for event in events] for name in columns},
        [event["subject"] for event in events],
        sort=Text(ja="金額の大きい順", en="largest amount first"),
        limit=arguments.limit,
    )
    return book.result(table=table)


def _orders(tables: ScopedTables, accounts: ibis.Table, span: Period, book: FactBook) -> None:
    lines = tables["order_lines"].semi_join(accounts, "account_id")
    lines = lines.filter(inside(span, "ordered_on"))
    row = fetch_one(lines.agg(orders=_.order_id.nunique(), value=_.net_amount.sum(), n=_.count()))
    book.add("changes.orders", row["orders"], rows=row["n"])
    book.add("changes.order_value", row["value"] if row["n"] else 0, rows=row["n"])


def _deals(
    tables: ScopedTables, accounts: ibis.Table, span: Period, as_of: date, book: FactBook
) -> list[Row]:
    """The deals won and lost; all of them counted in the book, where that can be known."""
    names = accounts.select(named="account_id", account="name")
    deals = deals_at(tables, as_of).inner_join(names, _.account_id == names.named)
    closed = deals.filter(_.state.isin([WON, LOST]), inside(span, "closed_on"))
    counts = fetch_one(
        deals.agg(
            deals=_.count(),
            begun=_.created_on.count(),
            unusable=(_.state == UNUSABLE).sum(),
            new=inside(span, "created_on").sum(),
        )
    )
    closed = closed.select(
        "account", "amount", what="name", kind="state", happened="closed_on", id="opportunity_id"
    )
    found = [row | {"subject": f"opportunity:{row['id']}"} for row in fetch(closed)]
    whose, closings = tables.has("opportunities", "account_id"), closings_known(tables, as_of)
    known = whose and (counts["begun"] > 0 or not counts["deals"])
    book.add("changes.deals_new", (counts["new"] or 0) if known else None, rows=counts["new"] or 0)
    for name, state in (("won", WON), ("lost", LOST)):
        number = sum(row["kind"] == state for row in found)
        book.add(f"changes.deals_{name}", number if whose and closings else None, rows=number)
    if counts["unusable"]:
        book.warn(
            f"状態と完了日が合わない商談が{counts['unusable']}件あり、数えていません"
            "（商談の完了日を直してください）。",
            "Deals not counted because status and closing date do not fit "
            f"(correct their closing dates): {counts['unusable']}.",
        )
    return found


def _leavers(tables: ScopedTables, accounts: ibis.Table, span: Period) -> list[Row]:
    """The contacts who have left."""
    names = accounts.select(named="account_id", account="name")
    left = tables["contacts"].filter(inside(span, "left_on"))
    left = left.inner_join(names, _.account_id == names.named)
    left = left.select(
        "account", what="name", kind=ibis.literal("left"), happened="left_on", id="contact_id",
        amount=ibis.null("decimal(18,4)"),
    )  # fmt: skip
    return [row | {"subject": f"contact:{row['id']}"} for row in fetch(left)]
