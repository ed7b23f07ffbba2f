"""The lines of a customer's waterfall add up to its operating profit exactly.

From list sales to operating profit: each line is direct, or allocated with its driver.
Source: docs/metrics.md (customer profitability).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ibis import _

from crm.periods import Period
from crm.scope import ScopedTables
from tools.allocation import Allocation, Part, Unallocated, allocation
from tools.arguments import AccountArguments, YearArguments, open_book
from tools.exact import ratio
from tools.facts import Chart, FactBook, LeftOut, Text, ToolResult
from tools.money import COST_ITEMS, MANUFACTURING, account_money
from tools.profit_warnings import warn_of_direct_costs, warn_of_pools
from tools.query import Row, attach, fetch_one, inside
from tools.tool import Tool

_DIRECT = (
    "list_sales", "discount", "net_sales", "standard_cost", MANUFACTURING, "gross_profit",
    *COST_ITEMS,
)  # fmt: skip
_ALLOCATED = "_allocated"


class ProfitabilityArguments(AccountArguments, YearArguments):
    """Whose profitability, over which period."""


@dataclass(frozen=True)
class Line:
    """One line: costs are negative, sums stand as they are, None is unknown.

    `code` is a word of words.yaml (unit profit_line), else the item of a cost pool.
    """

    code: str
    kind: Literal["direct", "allocated", "sum"]
    amount: Decimal | None
    driver: str | None = None


def customer_profitability(tables: ScopedTables, arguments: ProfitabilityArguments) -> ToolResult:
    """The waterfall of one account from list sales to operating profit, in the period.

    Workspace currency. Raises NotFoundError for an account that is not visible, and
    MissingDataError without order_lines. Source: docs/metrics.md (customer profitability).
    """
    tables.require_account(arguments.account_id)
    book = open_book("customer_profitability", tables, arguments, "profitability")
    period = arguments.span(tables)
    book.add("meta.from", period.start)
    book.add("meta.to", period.end)
    money = _money(tables, arguments.account_id, period)
    shared = allocation(tables, period, as_of=arguments.as_of)
    borne = shared.of(arguments.account_id)
    lines = [*_direct(money), *_allocated(shared, borne)]
    allocated = sum((amount for _part, amount in borne), Decimal(0))
    contribution = money["contribution"]
    profit = None if contribution is None else contribution - allocated
    lines.append(Line("operating_profit", "sum", profit))
    _record(book, money, allocated, profit)
    _record_unallocated(book, shared.unallocated)
    warn_of_direct_costs(book, tables, money["uncosted"])
    warn_of_pools(book, tables, shared.unallocated)
    return _drawn(book, lines, money["net_sales"])


def _money(tables: ScopedTables, account_id: str, period: Period) -> Row:
    """The account's row of `account_money`, its name, and the lines without a list price."""
    rows = account_money(tables, period).filter(_.account_id == account_id)
    lines = tables["order_lines"].filter(_.account_id == account_id, inside(period, "ordered_on"))
    unlisted = (_.list_amount.isnull() | _.discount.isnull()).sum().fill_null(0)
    named = attach(rows, tables["accounts"], "account_id", "account_id", name="name")
    row = fetch_one(named.cross_join(lines.agg(unlisted=unlisted)))
    return row | {"uncosted": int(row["uncosted"])}


def _direct(money: Row) -> Iterator[Line]:
    """The lines down to capital cost; a gap in the records is a line of its own."""
    yield from _listed(money)
    yield Line("net_sales", "sum", money["net_sales"])
    if money["uncosted"]:
        yield Line("uncosted_sales", "direct", money["net_costed"] - money["net_sales"])
    known = money["gross_profit"] is not None
    yield Line("standard_cost", "direct", -money["standard_cost"] if known else None)
    yield Line(MANUFACTURING, "direct", -money[f"cost_{MANUFACTURING}"])
    yield Line("gross_profit", "sum", money["gross_profit"])
    for item in COST_ITEMS:
        freight = money["freight"] if item == "delivery" else 0
        yield Line(item, "direct", -money[f"cost_{item}"] - freight)


def _listed(money: Row) -> Iterator[Line]:
    if money["unlisted"]:
        yield Line("list_sales", "direct", None)
        yield Line("discount", "direct", None)
        return
    listed, discount = money["list_sales"] or Decimal(0), money["discount"] or Decimal(0)
    yield Line("list_sales", "direct", listed)
    yield Line("discount", "direct", -discount)
    if gap := money["net_sales"] - (listed - discount):
        yield Line("list_gap", "direct", gap)


def _allocated(shared: Allocation, borne: list[tuple[Part, Decimal]]) -> Iterator[Line]:
    """A line for each item that is allocated to anybody, those of the waterfall's lines first."""
    drivers: dict[str, list[str]] = {}
    for part in shared.parts:
        drivers.setdefault(part.item, []).append(part.driver)
    places = {code: place for place, code in enumerate(_DIRECT)}
    for item in sorted(drivers, key=lambda item: (places.get(item, len(places)), item)):
        cost = sum((amount for part, amount in borne if part.item == item), Decimal(0))
        code = item + _ALLOCATED if item in places else item
        yield Line(code, "allocated", -cost, ", ".join(sorted(set(drivers[item]))))


def _record(book: FactBook, money: Row, allocated: Decimal, profit: Decimal | None) -> None:
    lines, costed = money["lines"], money["lines"] - money["uncosted"]
    unknown = [LeftOut(rows=money["uncosted"], reason=Text(ja="原価が不明", en="cost unknown"))]
    book.add("account.name", money["name"], rows=1)
    book.add("profit.net_sales", money["net_sales"], rows=lines)
    if not money["unlisted"]:
        discount = money["discount"] or Decimal(0)
        book.add("profit.discount", discount, rows=lines)
        book.add("profit.discount_rate", ratio(discount, money["list_sales"]), rows=lines)
    for name, value in (
        ("profit.gross_profit_p", money["gross_profit"]),
        ("profit.contribution_p", money["contribution"]),
        ("profit.allocated", allocated),
        ("profit.operating_profit", profit),
        ("profit.operating_margin", ratio(profit, money["net_costed"])),
    ):
        part = name == "profit.allocated"
        book.add(name, value, rows=None if part else costed, left_out=[] if part else unknown)


def _record_unallocated(book: FactBook, left: tuple[Unallocated, ...]) -> None:
    """Money of the whole company's pools that no account bears, in all and by pool."""
    pools: dict[str, Decimal] = {}
    for pool in left:
        if pool.why == "driver":
            pools[pool.pool] = pools.get(pool.pool, Decimal(0)) + pool.amount
    if pools:
        book.add("profit.unallocated", sum(pools.values(), Decimal(0)), rows=len(pools))
    for name, amount in pools.items():
        book.add("profit.unallocated_pool", amount, subject=f"pool:{name}")


def _drawn(book: FactBook, lines: list[Line], net_sales: Decimal) -> ToolResult:
    table = book.table(
        {
            "profit.line": [line.code for line in lines],
            "profit.kind": [line.kind for line in lines],
            "profit.driver": [line.driver or "" for line in lines],
            "profit.amount": [line.amount for line in lines],
            "profit.share_of_sales": [ratio(line.amount, net_sales) for line in lines],
        },
        [f"line:{line.code}" for line in lines],
        sort=Text(ja="定価売上から営業利益への順", en="from list sales down to operating profit"),
    )
    chart = Chart(
        kind="waterfall",
        x="profit.line",
        y="profit.amount",
        colour="profit.kind",
        figures=("profit.share_of_sales",),
    )
    return book.result(table=table, chart=chart)


CUSTOMER_PROFITABILITY = Tool(
    "customer_profitability",
    ProfitabilityArguments,
    customer_profitability,
    Text(
        ja="一つの取引先の採算: 定価売上から営業利益までの段階表（直接費と配賦費用、配賦基準つき）",
        en="One customer's profitability: from list sales to operating profit, line by line, "
        "direct costs and allocated ones with their drivers",
    ),
    needs=("accounts", "order_lines"),
)
