"""What has happened at an account since a day: counted from the records, newest first."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
from ibis import _
from pydantic import Field

from crm.periods import Period
from crm.scope import ScopedTables
from tools.arguments import AccountArguments, open_book
from tools.deals import LOST, UNUSABLE, WON, closings_known, deals_at
from tools.facts import FactBook, Text, ToolResult
from tools.portfolio import record_name
from tools.query import Row, fetch, fetch_one, inside
from tools.tool import Tool


class ChangesArguments(AccountArguments):
    """From when on to look."""

    since: date | None = Field(
        default=None, description="First day to look at; without it the last 90 days."
    )
    limit: int = Field(default=4, ge=1, le=50, description="Recent activities listed at the most.")


def recent_changes(tables: ScopedTables, arguments: ChangesArguments) -> ToolResult:
    """Orders, deals, people and activities at an account since a day, both ends included."""
    tables.require_account(arguments.account_id)
    book = open_book("recent_changes", tables, arguments)
    record_name(book, tables, arguments.account_id)
    start = arguments.since or arguments.as_of - timedelta(days=89)
    span = Period(min(start, arguments.as_of), arguments.as_of)
    book.add("changes.since", span.start)
    if "order_lines" in tables:
        _orders(tables, book, arguments.account_id, span)
    if "opportunities" in tables:
        _deals(tables, book, arguments, span)
    if "contacts" in tables:
        left = tables["contacts"].filter(
            _.account_id == arguments.account_id, inside(span, "left_on")
        )
        for row in fetch(left.order_by("left_on")):
            subject = f"contact:{row['contact_id']}"
            book.add("contact.name", row["name"], subject=subject, rows=1)
            book.add("contact.left_on", row["left_on"], subject=subject, rows=1)
    if "activities" not in tables:
        return book.result()
    rows = _activities(tables, arguments.account_id, span)
    book.add("changes.activities", len(rows), rows=len(rows))
    columns = ("occurred_on", "kind", "direction", "contact", "subject")
    table = book.table(
        {f"activity.{column}": [r[column] for r in rows] for column in columns},
        [f"activity:{r['activity_id']}" for r in rows],
        sort=Text(ja="新しい順", en="newest first"),
        limit=arguments.limit,
    )
    return book.result(table=table)


def _orders(tables: ScopedTables, book: FactBook, account_id: str, span: Period) -> None:
    lines = tables["order_lines"].filter(_.account_id == account_id, inside(span, "ordered_on"))
    row = fetch_one(lines.agg(orders=_.order_id.nunique(), value=_.net_amount.sum(), n=_.count()))
    book.add("changes.orders", row["orders"], rows=row["n"])
    book.add("changes.order_value", row["value"] if row["n"] else 0, rows=row["n"])


def _deals(tables: ScopedTables, book: FactBook, arguments: ChangesArguments, span: Period) -> None:
    deals = deals_at(tables, arguments.as_of).filter(_.account_id == arguments.account_id)
    row = fetch_one(
        deals.agg(
            deals=_.count(),
            begun=_.created_on.count(),
            unusable=(_.state == UNUSABLE).sum(),
            new=inside(span, "created_on").sum(),
            won=((_.state == WON) & inside(span, "closed_on")).sum(),
            lost=((_.state == LOST) & inside(span, "closed_on")).sum(),
        )
    )
    whose = tables.has("opportunities", "account_id")
    closings = closings_known(tables, arguments.as_of)
    for name, known in (
        ("new", whose and (row["begun"] > 0 or not row["deals"])),
        ("won", whose and closings),
        ("lost", whose and closings),
    ):
        book.add(f"changes.deals_{name}", (row[name] or 0) if known else None, rows=row[name] or 0)
    _warn_of_deals(book, row, whose)


def _warn_of_deals(book: FactBook, row: Row, whose: bool) -> None:
    """Say which deals could not be counted, and why."""
    if not whose:
        book.warn(
            "商談に取引先（opportunities の account_id）の登録がないため、"
            "商談の動きは分かりません。",
            "Deals do not say whose they are (opportunities.account_id): what became of this "
            "account's deals is unknown.",
        )
    if row["unusable"]:
        book.warn(
            f"状態と完了日が合わない商談が{row['unusable']}件あり、数えていません"
            "（商談の完了日を直してください）。",
            "Deals not counted because status and closing date do not fit "
            f"(correct their closing dates): {row['unusable']}.",
        )
    if undated := row["deals"] - row["begun"]:
        book.warn(
            f"開始日が不明な商談が{undated}件あり、新しい商談に数えていません。",
            f"Deals without a start date are not counted as new: {undated}.",
        )


def _activities(tables: ScopedTables, account_id: str, span: Period) -> list[Row]:
    acts = tables["activities"].filter(_.account_id == account_id, inside(span, "occurred_on"))
    if "contacts" in tables:
        contacts = tables["contacts"].select(contact_key="contact_id", contact="name")
        acts = acts.left_join(contacts, [("contact_id", "contact_key")]).drop("contact_key")
    else:
        acts = acts.mutate(contact=ibis.null("string"))
    return fetch(acts.order_by(ibis.desc("occurred_on"), ibis.desc("activity_id")))


RECENT_CHANGES = Tool(
    "recent_changes",
    ChangesArguments,
    recent_changes,
    Text(
        ja="一つの取引先で、ある日から後に起きたこと: 受注、商談、離任、活動",
        en="What happened at an account since a day: orders, deals, leavers, activities",
    ),
    needs=("accounts",),
)
