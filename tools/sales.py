"""Net sales of each account in a period, for those that ordered in it."""

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
