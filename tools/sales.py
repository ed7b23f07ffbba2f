"""What each account ordered in a period: net sales, and orders, of those that did."""

from __future__ import annotations

import ibis
from ibis import _

from crm.periods import Period
from crm.scope import ScopedTables
from tools.money import MONEY
from tools.query import inside


def account_sales(tables: ScopedTables, period: Period) -> ibis.Table:
    """The registered, visible accounts with order lines in the period, a kept row for each.

    Columns: account_id, `lines`, and `net_sales` (decimal(38,4), workspace currency). Raises
    MissingDataError without order_lines.
    """
    return tables.keep(("account_sales", period), lambda: _account_sales(tables, period))


def _account_sales(tables: ScopedTables, period: Period) -> ibis.Table:
    lines = tables["order_lines"].filter(inside(period, "ordered_on"))
    sold = lines.group_by("account_id").agg(
        lines=_.count(), net_sales=_.net_amount.sum().cast(MONEY)
    )
    return sold.semi_join(tables["accounts"], "account_id")


def account_orders(tables: ScopedTables, period: Period) -> ibis.Table:
    """The orders (distinct order_id) of each account with order lines in the period.

    Columns: account_id, `orders`. Raises MissingDataError without order_lines.
    """
    return tables.keep(("account_orders", period), lambda: _account_orders(tables, period))


def _account_orders(tables: ScopedTables, period: Period) -> ibis.Table:
    lines = tables["order_lines"].filter(inside(period, "ordered_on"))
    ordered = lines.select("account_id", "order_id").distinct()
    return ordered.group_by("account_id").agg(orders=_.count())
