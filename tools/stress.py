"""The same pools divided by revenue, by orders and by activity: whose profit depends on the choice.

Source: docs/metrics.md (allocation stress).
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
from ibis import _
from pydantic import Field

from crm.periods import Period
from crm.scope import ScopedTables
from tools.allocation import Allocation, Basis, allocations, operating_profit
from tools.arguments import RowArguments, YearArguments, open_book
from tools.facts import Chart, FactBook, LeftOut, Text, ToolResult
from tools.listing import descending, first_rows, subjects
from tools.money import MONEY
from tools.profit_warnings import warn_of_direct_costs, warn_of_pools
from tools.query import attach, fetch_one
from tools.tool import Tool

BASES: tuple[Basis, ...] = ("revenue", "orders", "activity")


class StressArguments(YearArguments, RowArguments):
    """Over which period, and how many accounts to list."""

    limit: int = Field(default=20, ge=1, le=500, description="Accounts at the most.")


def allocation_stress(tables: ScopedTables, arguments: StressArguments) -> ToolResult:
    """Operating profit of each account with all pools by net sales, by orders, by their drivers.

    Of the accounts that traded in the period and whose contribution is known; workspace currency.
    Raises MissingDataError without order_lines. Source: docs/metrics.md (allocation stress).
    """
    book = open_book("allocation_stress", tables, arguments, "profitability")
    period = arguments.span(tables)
    book.add("meta.from", period.start)
    book.add("meta.to", period.end)
    shared = allocations(tables, period, BASES, arguments.as_of)
    traded = _under_each(tables, arguments, period)
    _record(book, tables, traded, shared)
    known = traded.filter(_.activity.notnull())
    named = attach(known, tables["accounts"], "account_id", "account_id", name="name")
    rows, count = first_rows(named, [descending("changes"), descending("spread")], arguments.limit)
    table = book.table(
        {
            "account.name": [row["name"] for row in rows],
            **{f"stress.{basis}": [row[basis] for row in rows] for basis in BASES},
            "stress.spread": [row["spread"] for row in rows],
            "stress.sign_change": ["yes" if row["changes"] else "no" for row in rows],
        },
        subjects(rows),
        sort=Text(
            ja="黒字と赤字が入れ替わる取引先、続いて差の大きい順",
            en="accounts whose sign changes first, then the largest spread",
        ),
        total_rows=count,
    )
    return book.result(table=table, chart=Chart(kind="bar", x="account.name", y="stress.spread"))


def _under_each(tables: ScopedTables, arguments: StressArguments, period: Period) -> ibis.Table:
    """Accounts with lines: the profit under each basis, `spread`, and `changes` (1 or 0)."""
    found = operating_profit(tables, period, "activity", arguments.as_of).filter(_.lines > 0)
    found = found.rename(activity="operating_profit").drop("allocated")
    for basis in BASES[:2]:
        other = operating_profit(tables, period, basis, arguments.as_of)
        columns = {basis: other.operating_profit}
        found = attach(found, other, "account_id", "account_id", **columns)
    profits = [found[basis] for basis in BASES]
    below = [(profit < 0).ifelse(1, 0) for profit in profits]
    count = sum(below[1:], below[0])
    return found.mutate(
        spread=ibis.greatest(*profits) - ibis.least(*profits),
        changes=((count > 0) & (count < len(BASES))).ifelse(1, 0),
    )


def _record(
    book: FactBook,
    tables: ScopedTables,
    traded: ibis.Table,
    shared: Mapping[Basis, Allocation],
) -> None:
    nothing = ibis.literal(0, MONEY)
    sums = {basis: traded[basis].sum().fill_null(nothing) for basis in BASES}
    row = fetch_one(
        traded.agg(
            n=_.activity.count(),
            unknown=_.activity.isnull().sum().fill_null(0),
            uncosted=_.uncosted.sum().cast("int64").fill_null(0),
            changes=_.changes.sum().cast("int64").fill_null(0),
            **sums,
        )
    )
    unknown = [LeftOut(rows=row["unknown"], reason=Text(ja="原価が不明", en="cost unknown"))]
    nothing_known = not row["n"] and row["unknown"] > 0
    changes = None if nothing_known else row["changes"]
    book.add("stress.accounts", row["n"], rows=row["n"], left_out=unknown)
    book.add("stress.sign_changes", changes, rows=row["n"], left_out=unknown)
    book.add("stress.pool_total", shared["activity"].total)
    for basis in BASES:
        total = None if nothing_known else row[basis]
        book.add(f"stress.total_{basis}", total, rows=row["n"], left_out=unknown)
        warn_of_pools(book, tables, shared[basis].unallocated)
    warn_of_direct_costs(book, tables, row["uncosted"])


ALLOCATION_STRESS = Tool(
    "allocation_stress",
    StressArguments,
    allocation_stress,
    Text(
        ja="配賦基準の影響: 売上基準・受注件数基準・活動基準での営業利益と、黒字赤字が変わる取引先",
        en="Allocation stress: operating profit under revenue, order and activity drivers, and "
        "whose sign changes",
    ),
    needs=("accounts", "order_lines"),
)
