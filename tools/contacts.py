"""People to meet: who decides, who helps, who has left, and when we last spoke with each."""

from __future__ import annotations

from datetime import timedelta

import ibis
from ibis import _
from pydantic import Field

from crm.scope import ScopedTables
from tools.arguments import AccountArguments, RowArguments, open_book
from tools.facts import Text, ToolResult
from tools.portfolio import record_name
from tools.query import Row, attach, days_between, fetch
from tools.tool import Tool

ROLES = ("decision_maker", "champion", "approver", "influencer", "opponent", "user", "gatekeeper")
_RECENTLY_LEFT = 180


class KeyContactsArguments(AccountArguments, RowArguments):
    """Whose people to list."""

    limit: int = Field(default=5, ge=1, le=100, description="People at the most.")


def key_contacts(tables: ScopedTables, arguments: KeyContactsArguments) -> ToolResult:
    """The people who matter at an account: by role in buying, then influence."""
    tables.require_account(arguments.account_id)
    book = open_book("key_contacts", tables, arguments)
    record_name(book, tables, arguments.account_id)
    rows = _people(tables, arguments)
    present = [r for r in rows if not r["gone"]]
    book.add("contacts.count", len(present), rows=len(rows))
    if tables.has("contacts", "buying_role"):
        for role in ("decision_maker", "champion"):
            holding = sum(1 for r in present if r["buying_role"] == role)
            book.add(f"contacts.{role}s", holding, rows=len(rows))
    rows.sort(
        key=lambda r: (
            ROLES.index(r["buying_role"]) if r["buying_role"] in ROLES else len(ROLES),
            -(r["influence"] or 0),
            r["contact_id"],
        )
    )
    columns = ("name", "title", "department", "buying_role", "influence", "attitude", "last_met",
               "quiet_days", "left_on")  # fmt: skip
    table = book.table(
        {f"contact.{column}": [r[column] for r in rows] for column in columns},
        [f"contact:{r['contact_id']}" for r in rows],
        sort=Text(ja="購買での役割、影響力の順", en="role in buying, then influence"),
        limit=arguments.limit,
    )
    return book.result(table=table)


def _people(tables: ScopedTables, arguments: KeyContactsArguments) -> list[Row]:
    """Those present and those who left lately (`gone`), with the day each was last met."""
    day = ibis.literal(arguments.as_of)
    people = tables["contacts"].filter(_.account_id == arguments.account_id)
    if tables.has("activities", "contact_id"):
        met = tables["activities"].filter(
            _.account_id == arguments.account_id, _.occurred_on <= day, _.contact_id.notnull()
        )
        last = met.group_by("contact_id").agg(last_met=_.occurred_on.max())
        people = attach(people, last, "contact_id", "contact_id", last_met="last_met")
    else:
        people = people.mutate(last_met=ibis.null("date"))
    since = ibis.literal(arguments.as_of - timedelta(days=_RECENTLY_LEFT))
    people = people.filter(_.left_on.isnull() | (_.left_on > since))
    gone = (_.left_on <= day).fill_null(False)
    return fetch(
        people.mutate(
            gone=gone,
            left_on=gone.ifelse(_.left_on, ibis.null("date")),
            quiet_days=days_between(day, _.last_met),
        )
    )


KEY_CONTACTS = Tool(
    "key_contacts",
    KeyContactsArguments,
    key_contacts,
    Text(
        ja="一つの取引先の主要な関係者: 役割、影響力、態度、最終接点、離任",
        en="The people who matter at an account: role, influence, attitude, last contact, leavers",
    ),
    needs=("accounts", "contacts"),
)
