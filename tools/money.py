"""What each account brings and costs directly, a row for each; an unknown cost is never zero.

The lines follow the waterfall of customer profitability, as far as costs are booked to accounts.
"""

from __future__ import annotations

import ibis
from ibis import _

from crm.periods import Period
from crm.scope import ScopedTables
from tools.query import attach, inside, times

MANUFACTURING = "customer_manufacturing"
LABOUR = "labour"
COST_ITEMS = (
    LABOUR,
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

MONEY = "decimal(38,4)"
_ORDERS = (
    "lines", "uncosted", "orders", "list_sales", "discount", "net_sales", "net_costed",
    "standard_cost", "freight",
)  # fmt: skip
_COUNTED = ("net_sales", "net_costed", "standard_cost", "freight")
_NOTHING = ibis.literal(0, MONEY)


def account_money(tables: ScopedTables, period: Period) -> ibis.Table:
    """Sales, costs and profit of each visible account in the period.

    Columns: account_id; `lines`, `uncosted` (lines without a cost), `orders`; `list_sales`,
    `discount` (NULL when no line has one), `net_sales`, `net_costed` (of the lines with a cost),
    `standard_cost`, `freight`; `cost_<item>` for each direct cost (labour: the booked cost, else
    activity hours times hourly cost); `gross_profit` over the lines with a known cost (NULL when
    there are lines but no cost is known), and `contribution`, the profit after direct costs.
    Money in the workspace currency. Raises MissingDataError without order_lines.
    """
    return tables.keep(("account_money", period), lambda: _account_money(tables, period))


def _account_money(tables: ScopedTables, period: Period) -> ibis.Table:
    accounts = tables["accounts"].select("account_id")
    sales = _sales(tables, period)
    found = attach(accounts, sales, "account_id", "account_id", **{c: c for c in _ORDERS})
    found = _with_direct_costs(tables, found, period)
    found = found.mutate(
        **{c: found[c].fill_null(0) for c in ("lines", "uncosted", "orders")},
        **{c: found[c].fill_null(_NOTHING) for c in _COUNTED},
    )
    no_cost_known = (found.lines > 0) & (found.uncosted == found.lines)
    gross = found.net_costed - found.standard_cost - found[f"cost_{MANUFACTURING}"]
    found = found.mutate(gross_profit=no_cost_known.ifelse(ibis.null(MONEY), gross))
    below = [found[f"cost_{item}"] for item in COST_ITEMS]
    return found.mutate(contribution=found.gross_profit - found.freight - sum(below[1:], below[0]))


def _sales(tables: ScopedTables, period: Period) -> ibis.Table:
    lines = tables["order_lines"].filter(inside(period, "ordered_on"))
    return lines.group_by("account_id").agg(
        lines=_.count(),
        uncosted=_.standard_cost.isnull().sum(),
        orders=_.order_id.nunique(),
        list_sales=_.list_amount.sum(),
        discount=_.discount.sum(),
        net_sales=_.net_amount.sum(),
        net_costed=_.net_amount.sum(where=_.standard_cost.notnull()),
        standard_cost=_.standard_cost.sum(),
        freight=_.freight.sum(),
    )


def _with_direct_costs(tables: ScopedTables, accounts: ibis.Table, period: Period) -> ibis.Table:
    items = (MANUFACTURING, *COST_ITEMS)
    booked: dict[str, ibis.Value] = {f"cost_{item}": ibis.null(MONEY) for item in items}
    if "direct_costs" in tables:
        costs = tables["direct_costs"].filter(inside(period, "incurred_on"))
        summed = costs.group_by("account_id").agg(
            **{f"cost_{item}": _.amount.sum(where=_.item == item) for item in items}
        )
        accounts = attach(accounts, summed, "account_id", "account_id", **{c: c for c in booked})
    else:
        accounts = accounts.mutate(**booked)
    if hours_are_priced(tables):
        worked = _worked(tables, period)
        accounts = attach(accounts, worked, "account_id", "account_id", worked="worked")
        labour = ibis.coalesce(accounts.cost_labour, accounts.worked)
        accounts = accounts.mutate(cost_labour=labour).drop("worked")
    return accounts.mutate(**{c: accounts[c].cast(MONEY).fill_null(_NOTHING) for c in booked})


def hours_are_priced(tables: ScopedTables) -> bool:
    """Whether activities say how long and by whom, and people what an hour of theirs costs."""
    timed = tables.has("activities", "minutes", "person_id")
    return timed and tables.has("people", "hourly_cost")


def _worked(tables: ScopedTables, period: Period) -> ibis.Table:
    """Activity hours times hourly cost by account, where any of it is known."""
    acts = tables["activities"].filter(inside(period, "occurred_on"))
    paid = attach(acts, tables["people"], "person_id", "person_id", hourly_cost="hourly_cost")
    summed = paid.group_by("account_id").agg(cost=times(_.minutes, _.hourly_cost).sum())
    return summed.mutate(worked=(summed.cost / 60).round(4).cast(MONEY))
