"""What we do not know about an account, each gap with the question that would close it.

Source: docs/metrics.md (gaps).
"""

from __future__ import annotations

from ibis import _
from pydantic import Field

from crm.scope import ScopedTables
from tools.arguments import AccountArguments, open_book
from tools.deal_evidence import active_contacts
from tools.deal_health import open_deals
from tools.facts import Text, ToolResult
from tools.portfolio import record_name
from tools.query import Row, fetch, fetch_one
from tools.tool import Tool


class GapsArguments(AccountArguments):
    """Whose gaps to list."""

    limit: int = Field(default=5, ge=1, le=20, description="Gaps at the most.")


def knowledge_gaps(tables: ScopedTables, arguments: GapsArguments) -> ToolResult:
    """Gaps in what is recorded about an account, the most telling first."""
    tables.require_account(arguments.account_id)
    book = open_book("knowledge_gaps", tables, arguments)
    found = _contact_gaps(tables, arguments) + _deal_gaps(tables, arguments)
    found += _account_gaps(tables, arguments)
    record_name(book, tables, arguments.account_id)
    book.add("gaps.count", len(found), rows=len(found))
    table = book.table(
        {"gap.code": found, "gap.question": found},
        [f"gap:{code}" for code in found],
        sort=Text(ja="商談への影響の大きい順", en="most telling for a deal first"),
        limit=arguments.limit,
    )
    return book.result(table=table)


def _contact_gaps(tables: ScopedTables, arguments: AccountArguments) -> list[str]:
    if not tables.has("contacts", "buying_role"):
        return []
    people = fetch(tables["contacts"].filter(_.account_id == arguments.account_id))
    present = [p for p in people if p["left_on"] is None or p["left_on"] > arguments.as_of]
    roles = {p["buying_role"] for p in present}
    gaps = []
    if "decision_maker" not in roles:
        gaps.append("decision_maker_unknown")
    if "champion" not in roles:
        gaps.append("champion_unknown")
    if tables.has("activities", "contact_id"):
        active = active_contacts(tables, arguments.as_of, arguments.account_id)
        if active < tables.settings.deals.minimum_contacts:
            gaps.append("single_threaded")
        if "decision_maker" in roles and not _met_decision_maker(tables, arguments, present):
            gaps.append("decision_maker_not_met")
    return gaps


def _met_decision_maker(
    tables: ScopedTables, arguments: AccountArguments, present: list[Row]
) -> bool:
    makers = [p["contact_id"] for p in present if p["buying_role"] == "decision_maker"]
    met = tables["activities"].filter(
        _.account_id == arguments.account_id,
        _.contact_id.isin(makers),
        _.occurred_on <= arguments.as_of,
    )
    return bool(fetch_one(met.agg(n=_.count()))["n"])


def _deal_gaps(tables: ScopedTables, arguments: AccountArguments) -> list[str]:
    if "opportunities" not in tables:
        return []
    deals = open_deals(tables, arguments.as_of, arguments.account_id)
    gaps = []
    if any(deal.amount is None for deal in deals):
        gaps.append("budget_unknown")
    if any("no_next_step" in deal.signals for deal in deals):
        gaps.append("next_step_missing")
    if any("stalled" in deal.signals for deal in deals):
        gaps.append("blocker_unknown")
    if any(deal.expected_close is None or "overdue" in deal.signals for deal in deals):
        gaps.append("timing_unknown")
    return gaps


def _account_gaps(tables: ScopedTables, arguments: AccountArguments) -> list[str]:
    account = fetch_one(tables["accounts"].filter(_.account_id == arguments.account_id))
    gaps = []
    if "wallets" in tables:
        own = tables["wallets"].filter(_.account_id == arguments.account_id)
        if not fetch_one(own.agg(n=_.count()))["n"]:
            gaps.append("wallet_unknown")
    stage = account["current_stage"]
    if stage is None:
        gaps.append("business_issues_unknown")
    elif stage in ("Enter", "Extend"):
        gaps.append("plans_of_other_departments")
    else:
        gaps.append("midterm_plan")
    return gaps


KNOWLEDGE_GAPS = Tool(
    "knowledge_gaps",
    GapsArguments,
    knowledge_gaps,
    Text(
        ja="一つの取引先について記録にない事柄と、それを埋める質問",
        en="What is not recorded about an account, each with the question that closes it",
    ),
    needs=("accounts",),
)
