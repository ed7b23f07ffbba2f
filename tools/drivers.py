"""The driver catalogue: what may drive growth or profit, one row an account; unknown stays unknown.

Source: docs/metrics.md (driver).
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import ibis
from ibis import _

from crm.periods import trailing
from crm.scope import ScopedTables
from tools.allocation import operating_profit
from tools.cuts import quotient
from tools.deals import LOST, OPEN, WON, deals_at
from tools.facts import FactBook
from tools.money import MONEY, account_money
from tools.portfolio import customers
from tools.potentials import potentials
from tools.query import attach, inside
from tools.sales import account_orders
from tools.wallets import latest_wallets

Driver = Literal[
    "net_sales", "net_sales_growth", "headroom", "annual_revenue", "employees", "objective_score",
    "operating_profit", "contribution", "win_rate", "frequency", "breadth", "open_value",
    "revenue_growth",
]  # fmt: skip
DRIVERS: dict[Driver, tuple[tuple[str, str], ...]] = {
    "net_sales": (("order_lines", "net_amount"),),
    "net_sales_growth": (("order_lines", "net_amount"),),
    "headroom": (("wallets", "spend"), ("order_lines", "net_amount")),
    "annual_revenue": (("accounts", "annual_revenue"),),
    "employees": (("accounts", "employees"),),
    "objective_score": (("accounts", "objective_score"),),
    "operating_profit": (("order_lines", "standard_cost"),),
    "contribution": (("order_lines", "standard_cost"),),
    "win_rate": (("opportunities", "closed_on"),),
    "frequency": (("order_lines", "order_id"),),
    "breadth": (("order_lines", "product_id"), ("products", "category")),
    "open_value": (("opportunities", "amount"),),
    "revenue_growth": (("accounts", "revenue_growth"),),
}
"""Every driver with the columns it is made from."""

YEAR = 365
OWN = ("annual_revenue", "employees", "objective_score", "revenue_growth")
"""Drivers that are recorded at the account; they are those of the export, whatever the day."""


def driver_table(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Every driver of every visible account, under its name.

    Columns: account_id; `customer` (boolean); `closed`, the deals behind its win rate; the drivers.
    Money is decimal(38,4), ratios float64,
    counts int64; NULL is unknown. Windows are the trailing 365 days; win_rate and open_value speak
    of all deals by `as_of`. A driver whose table is missing is NULL throughout.
    Source: docs/metrics.md (driver).
    """
    return tables.keep(("drivers", as_of), lambda: _drivers(tables, as_of))


def warn_of_missing(book: FactBook, tables: ScopedTables, drivers: list[Driver]) -> None:
    """Name the columns without which drivers are unknown, in whole or in part."""
    for driver in drivers:
        for table, column in DRIVERS[driver]:
            if not tables.has(table, column):
                book.warn(
                    f"データがないため不明な値があります: {table} の {column} "
                    "（取り込みの対応表に追加してください）",
                    f"Some values are unknown for want of data: {table}.{column} "
                    "(add it to the mapping and import)",
                )


def _drivers(tables: ScopedTables, as_of: date) -> ibis.Table:
    found = tables["accounts"].select("account_id", *OWN)
    own = customers(tables, as_of)
    found = attach(found, own, "account_id", "account_id", customer="account_id")
    found = found.mutate(
        customer=_.customer.notnull(),
        annual_revenue=_.annual_revenue.cast(MONEY),
        employees=_.employees.cast("int64"),
    )
    for add in (_with_sales, _with_breadth, _with_deals, _with_headroom):
        found = add(tables, as_of, found)
    return found.select("account_id", "customer", "closed", *DRIVERS)


def _with_sales(tables: ScopedTables, as_of: date, found: ibis.Table) -> ibis.Table:
    if "order_lines" not in tables:
        return found.mutate(
            **{c: ibis.null(MONEY) for c in ("net_sales", "contribution", "operating_profit")},
            net_sales_growth=ibis.null("float64"),
            frequency=ibis.null("int64"),
            lines=ibis.null("int64"),
        )
    year = trailing(as_of, YEAR)
    money, profit = account_money(tables, year), operating_profit(tables, year)
    before = _sales_before(tables, as_of)
    found = attach(
        found, money, "account_id", "account_id",
        net_sales="net_sales", contribution="contribution", lines="lines",
    )  # fmt: skip
    orders = account_orders(tables, year)
    found = attach(found, orders, "account_id", "account_id", frequency="orders")
    found = attach(found, profit, "account_id", "account_id", operating_profit="operating_profit")
    found = attach(found, before, "account_id", "account_id", before="net_sales")
    bought = found.lines > 0
    growth = quotient(found.net_sales - found.before, found.before)
    return found.mutate(
        net_sales=found.net_sales.cast(MONEY),
        frequency=found.frequency.fill_null(0).cast("int64"),
        net_sales_growth=(found.before > 0).ifelse(growth, ibis.null("float64")),
        contribution=found.contribution.cast(MONEY),
        operating_profit=bought.ifelse(found.operating_profit.cast(MONEY), ibis.null(MONEY)),
    ).drop("before")


def _sales_before(tables: ScopedTables, as_of: date) -> ibis.Table:
    lines = tables["order_lines"].filter(inside(trailing(as_of, YEAR, years_back=1), "ordered_on"))
    return lines.group_by("account_id").agg(net_sales=_.net_amount.sum().cast(MONEY))


def _with_breadth(tables: ScopedTables, as_of: date, found: ibis.Table) -> ibis.Table:
    """Categories bought; unknown where something was bought and no category is known."""
    if not (tables.has("order_lines", "product_id") and tables.has("products", "category")):
        return found.mutate(breadth=ibis.null("int64")).drop("lines")
    lines = tables["order_lines"].filter(inside(trailing(as_of, YEAR), "ordered_on"))
    named = attach(lines, tables["products"], "product_id", "product_id", category="category")
    bought = named.group_by("account_id").agg(categories=_.category.nunique())
    found = attach(found, bought, "account_id", "account_id", categories="categories")
    known = (found.lines == 0) | (found.categories > 0)
    breadth = known.ifelse(found.categories.fill_null(0), ibis.null("int64")).cast("int64")
    return found.mutate(breadth=breadth).drop("categories", "lines")


def _with_deals(tables: ScopedTables, as_of: date, found: ibis.Table) -> ibis.Table:
    """The win rate over all closed deals, and the value of the open ones (0 of none)."""
    if "opportunities" not in tables:
        return found.mutate(
            win_rate=ibis.null("float64"), open_value=ibis.null(MONEY), closed=ibis.null("int64")
        )
    deals = deals_at(tables, as_of)
    summed = deals.group_by("account_id").agg(
        won=(_.state == WON).sum(),
        closed=_.state.isin([WON, LOST]).sum(),
        opened=(_.state == OPEN).sum(),
        value=_.amount.sum(where=_.state == OPEN).cast(MONEY),
    )
    found = attach(
        found, summed, "account_id", "account_id",
        won="won", closed="closed", opened="opened", value="value",
    )  # fmt: skip
    none_open = found.opened.fill_null(0) == 0
    return found.mutate(
        win_rate=quotient(found.won, found.closed),
        open_value=none_open.ifelse(ibis.literal(0, MONEY), found.value),
    ).drop("won", "opened", "value")


def _with_headroom(tables: ScopedTables, as_of: date, found: ibis.Table) -> ibis.Table:
    """What could still be sold: the wallet less own sales, else the potential seen at peers."""
    wallet, potential = ibis.null(MONEY), ibis.null(MONEY)
    if "wallets" in tables:
        spend = (
            latest_wallets(tables, as_of)
            .group_by("account_id")
            .agg(wallet=_.spend.sum().cast(MONEY))
        )
        found = attach(found, spend, "account_id", "account_id", wallet="wallet")
    else:
        found = found.mutate(wallet=wallet)
    if "order_lines" in tables and "products" in tables:
        summed = (
            potentials(tables, as_of)
            .group_by("account_id")
            .agg(potential=_.potential.sum().cast(MONEY))
        )
        found = attach(found, summed, "account_id", "account_id", potential="potential")
    else:
        found = found.mutate(potential=potential)
    left = found.wallet - found.net_sales
    room = (left > 0).ifelse(left, ibis.literal(0, MONEY))
    headroom = left.notnull().ifelse(room, found.potential)
    return found.mutate(headroom=headroom.cast(MONEY)).drop("wallet", "potential")
