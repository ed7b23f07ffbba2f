"""What an account brings and what it costs directly; a cost that is not known is never taken as zero.

The lines follow the waterfall of docs/metrics.md, section 3, as far as costs are booked to accounts.
"""

from __future__ import annotations

import ibis
from ibis import _

from crm.periods import Period
from crm.scope import ScopedTables
from tools.query import attach, times

MANUFACTURING = "customer_manufacturing"
LABOUR = "labour"
COST_ITEMS = (
    "labour",
    "entertainment",
    "rebate",
    "store_promotion",
    "delivery",
    "packing",
    "inventory",
    "service",
    "capital",
)
"""Direct costs below gross profit, in the order of the waterfall."""

_MONEY = "decimal(38,4)"


def inside(period: Period, column: str) -> ibis.Deferred:
    """The condition that a date column lies in the period, both ends included."""
    return getattr(_, column).between(ibis.literal(period.start), ibis.literal(period.end))


def account_money(tables: ScopedTables, period: Period) -> ibis.Table:
    """One row per visible account with its sales, costs and profit in the period.

    Columns: account_id, list_sales, discount, net_sales, standard_cost, orders, lines, uncosted
    (lines without a cost), gross_profit, freight, one per item of COST_ITEMS, contribution
    (profit after direct costs). Gross profit covers the lines whose cost is known, and is NULL when
    an account has lines but no cost is known. Labour is the booked cost, else activity hours times
    hourly cost.
    """
    money = tables["accounts"].select("account_id")
    money = _join_orders(tables, money, period)
    money = _join_costs(tables, money, period)
    money = _join_labour(tables, money, period)
    no_cost_known = (_.lines > 0) & (_.uncosted == _.lines)
    money = money.mutate(
        gross_profit=ibis.ifelse(
            no_cost_known,
            ibis.null(_MONEY),
            _.net_costed - _.standard_cost - _.customer_manufacturing,
        )
    )
    below = _.freight
    for item in COST_ITEMS:
        below = below + getattr(_, item)
    return money.mutate(contribution=_.gross_profit - below)


def _join_orders(tables: ScopedTables, money: ibis.Table, period: Period) -> ibis.Table:
    if "order_lines" not in tables:
        sums = ["list_sales", "discount", "net_sales", "standard_cost", "net_costed", "freight"]
        counts = ["orders", "lines", "uncosted"]
        return money.mutate(
            **{c: ibis.null(_MONEY) for c in sums}, **{c: ibis.null("int64") for c in counts}
        )
    lines = tables["order_lines"].filter(inside(period, "ordered_on"))
    summed = lines.group_by("account_id").agg(
        list_sales=_.list_amount.sum(),
        discount=_.discount.sum(),
        net_sales=_.net_amount.sum(),
        standard_cost=_.standard_cost.sum(),
        net_costed=_.net_amount.sum(where=_.standard_cost.notnull()),
        freight=_.freight.sum(),
        orders=_.order_id.nunique(),
        lines=_.count(),
        uncosted=_.standard_cost.isnull().sum(),
    )
    columns = [c for c in summed.columns if c != "account_id"]
    joined = attach(money, summed, "account_id", "account_id", **{c: c for c in columns})
    return joined.mutate(
        **{c: joined[c].cast(_MONEY).fill_null(0) for c in columns[:6]},
        **{c: joined[c].fill_null(0) for c in columns[6:]},
    )


def _join_costs(tables: ScopedTables, money: ibis.Table, period: Period) -> ibis.Table:
    items = (MANUFACTURING, *COST_ITEMS)
    if "direct_costs" not in tables:
        return money.mutate(**{item: ibis.literal(0).cast(_MONEY) for item in items})
    costs = tables["direct_costs"].filter(inside(period, "incurred_on"))
    summed = costs.group_by("account_id").agg(
        **{item: costs.amount.sum(where=costs["item"] == item) for item in items}
    )
    joined = attach(money, summed, "account_id", "account_id", **{i: i for i in items})
    return joined.mutate(**{item: joined[item].cast(_MONEY).fill_null(0) for item in items})


def _join_labour(tables: ScopedTables, money: ibis.Table, period: Period) -> ibis.Table:
    """Labour from activity hours where none is booked."""
    if not (tables.has("activities", "minutes") and tables.has("people", "hourly_cost")):
        return money
    worked = attach(
        tables["activities"].filter(inside(period, "occurred_on")),
        tables["people"],
        "person_id",
        "person_id",
        hourly_cost="hourly_cost",
    )
    hours = worked.minutes.cast("decimal(18,4)") / 60
    summed = worked.group_by("account_id").agg(
        worked_cost=times(hours.cast("decimal(18,6)"), worked.hourly_cost).sum()
    )
    money = attach(money, summed, "account_id", "account_id", worked_cost="worked_cost")
    return money.mutate(
        labour=ibis.ifelse(
            money.labour == 0, money.worked_cost.cast(_MONEY).fill_null(0), money.labour
        )
    )
