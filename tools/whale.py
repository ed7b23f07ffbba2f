"""The whale curve: accounts by profit, best first, and what the profit adds up to on the way.

Its peak is what the profitable accounts bring; what lies between peak and end the others lose.
Source: docs/metrics.md (whale curve).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import ibis
from ibis import _
from pydantic import Field

from crm.periods import Period
from crm.scope import ScopedTables
from tools.allocation import operating_profit, unallocated
from tools.arguments import YearArguments, open_book
from tools.exact import ratio
from tools.facts import Chart, FactBook, LeftOut, Table, Text, ToolResult
from tools.listing import ascending, first_rows, subjects
from tools.money import MONEY, account_money
from tools.portfolio import PortfolioArguments, listed_accounts
from tools.profit_warnings import warn_of_direct_costs, warn_of_few, warn_of_pools
from tools.query import Row, attach, fetch_one
from tools.tool import Tool

Profit = Literal["operating", "contribution", "gross"]
_COLUMN: dict[Profit, str] = {
    "operating": "operating_profit", "contribution": "contribution", "gross": "gross_profit"
}  # fmt: skip


class WhaleArguments(PortfolioArguments, YearArguments):
    """Which profit, over which period, and which accounts of the curve to list."""

    basis: Profit = Field(
        default="operating",
        description="Profit: operating (after allocated costs), contribution (after direct "
        "costs), or gross.",
    )


def whale_curve(tables: ScopedTables, arguments: WhaleArguments) -> ToolResult:
    """The cumulative curve of profit over the accounts that traded in the period.

    The curve is always that of all visible accounts; the filters choose which of its rows are
    listed. Raises MissingDataError without order_lines. Source: docs/metrics.md (whale curve).
    """
    book = open_book("whale_curve", tables, arguments, "profitability")
    period = arguments.span(tables)
    book.add("meta.from", period.start)
    book.add("meta.to", period.end)
    book.add("whale.basis", arguments.basis)
    traded = _traded(tables, arguments, period)
    total = _record(book, traded)
    listed = _listed(tables, arguments, traded, book, total["total"])
    warn_of_direct_costs(book, tables, total["uncosted"])
    if arguments.basis == "operating":
        warn_of_pools(book, tables, unallocated(tables, period, as_of=arguments.as_of))
    chart = Chart(kind="whale", x="whale.rank", y="whale.cumulative", label="account.name")
    return book.result(table=listed, chart=chart)


def _traded(tables: ScopedTables, arguments: WhaleArguments, period: Period) -> ibis.Table:
    """The accounts with lines in the period, with `profit` (NULL: unknown)."""
    if arguments.basis == "operating":
        found = operating_profit(tables, period, as_of=arguments.as_of)
    else:
        found = account_money(tables, period)
    found = found.filter(_.lines > 0)
    return found.select("account_id", "uncosted", profit=found[_COLUMN[arguments.basis]])


def _record(book: FactBook, traded: ibis.Table) -> Row:
    gains, losses = traded.profit > 0, traded.profit < 0
    nothing = ibis.literal(0, MONEY)
    row = fetch_one(
        traded.agg(
            n=_.profit.count(),
            unknown=_.profit.isnull().sum().fill_null(0),
            uncosted=_.uncosted.sum().cast("int64").fill_null(0),
            total=_.profit.sum().fill_null(nothing),
            peak=_.profit.sum(where=gains).fill_null(nothing),
            peak_n=gains.sum().fill_null(0),
            losers=losses.sum().fill_null(0),
            lost=_.profit.sum(where=losses).fill_null(nothing),
        )
    )
    n, total = row["n"], row["total"]
    unknown = [LeftOut(rows=row["unknown"], reason=Text(ja="原価が不明", en="cost unknown"))]
    nothing_known = not n and row["unknown"] > 0
    book.add("whale.accounts", n, rows=n, left_out=unknown)
    for name, value in (
        ("total", total),
        ("peak", row["peak"]),
        ("peak_accounts", row["peak_n"]),
        ("losers", row["losers"]),
        ("losers_share", ratio(row["losers"], n)),
        ("lost", row["lost"]),
        ("peak_to_end", ratio(row["peak"], total) if total > 0 else None),
    ):
        book.add(f"whale.{name}", None if nothing_known else value, rows=n, left_out=unknown)
    book.add("whale.unknown", row["unknown"], rows=n + row["unknown"])
    warn_of_few(book, n)
    return row


def _listed(
    tables: ScopedTables,
    arguments: WhaleArguments,
    traded: ibis.Table,
    book: FactBook,
    total: Decimal,
) -> Table:
    order = [traded.profit.desc(), traded.account_id.asc()]
    curve = traded.filter(_.profit.notnull()).mutate(
        rank=ibis.row_number().over(order_by=order) + 1,
        cumulative=traded.profit.sum().over(ibis.cumulative_window(order_by=order)),
    )
    names = listed_accounts(tables, arguments)
    named = attach(names.select("account_id", "name"), curve, "account_id", "account_id",
                   rank="rank", profit="profit", cumulative="cumulative")  # fmt: skip
    rows, count = first_rows(named.filter(_.rank.notnull()), [ascending("rank")], arguments.limit)
    return book.table(
        {
            "account.name": [row["name"] for row in rows],
            "whale.rank": [row["rank"] for row in rows],
            "whale.profit": [row["profit"] for row in rows],
            "whale.cumulative": [row["cumulative"] for row in rows],
            "whale.share_of_total": [ratio(row["profit"], total) for row in rows],
        },
        subjects(rows),
        sort=Text(ja="利益の大きい順", en="highest profit first"),
        total_rows=count,
    )


WHALE_CURVE = Tool(
    "whale_curve",
    WhaleArguments,
    whale_curve,
    Text(
        ja="ホエールカーブ: 利益の大きい順の累積。頂点、終点、赤字の取引先の数と割合",
        en="Whale curve: cumulative profit by account; its peak and end, and who loses money",
    ),
    needs=("accounts", "order_lines"),
)
