"""What each account brings and costs directly, a row for each; an unknown cost is never zero.

The lines follow the waterfall of customer profitability, as far as costs are booked to accounts.
"""

from __future__ import annotations

from collections.abc import Iterator

import ibis
from ibis import _

from crm.periods import Period
from crm.scope import ScopedTables
from tools.query import Side, beside, inside
from tools.work import work_done

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
    "lines", "uncosted", "list_sales", "discount", "net_sales", "net_costed",
    "standard_cost", "freight",
)  # fmt: skip
_COSTS = {f"cost_{item}": item for item in (MANUFACTURING, *COST_ITEMS)}
_COUNTED = ("net_sales", "net_costed", "standard_cost", "freight")
_NOTHING = ibis.literal(0, MONEY)


def account_money(tables: ScopedTables, period: Period) -> ibis.Table:
    """Sales, costs and profit of each visible account in the period.

    Columns: account_id; `lines`, `uncosted` (lines without a cost); `list_sales`,
    `discount` (NULL when no line has one), `net_sales`, `net_costed` (of the lines with a cost),
    `standard_cost`, `freight`; `cost_<item>` for each direct cost (labour: the booked cost, else
    activity hours times hourly cost); `gross_profit` over the lines with a known cost (NULL when
    there are lines but no cost is known), and `contribution`, the profit after direct costs.
    Money in the workspace currency. Raises MissingDataError without order_lines.
    """
    return tables.keep(("account_money", period), lambda: _account_money(tables, period))


def _account_money(tables: ScopedTables, period: Period) -> ibis.Table:
    accounts = tables["accounts"].select("account_id")
    found = beside(accounts, *_sides(tables, period))
    booked = {c: found[c] if c in found.columns else ibis.null(MONEY) for c in _COSTS}
    if "worked" in found.columns:
        booked["cost_labour"] = ibis.coalesce(booked["cost_labour"], found.worked)
    found = found.select(
        "account_id",
        *("list_sales", "discount"),
        **{c: found[c].fill_null(0) for c in ("lines", "uncosted")},
        **{c: found[c].fill_null(_NOTHING) for c in _COUNTED},
        **{c: cost.cast(MONEY).fill_null(_NOTHING) for c, cost in booked.items()},
    )
    no_cost_known = (found.lines > 0) & (found.uncosted == found.lines)
    gross = found.net_costed - found.standard_cost - found[f"cost_{MANUFACTURING}"]
    gross = no_cost_known.ifelse(ibis.null(MONEY), gross)
    below = sum((found[f"cost_{item}"] for item in COST_ITEMS), found.freight)
    return found.mutate(gross_profit=gross, contribution=gross - below)


def _sides(tables: ScopedTables, period: Period) -> Iterator[Side]:
    """What stands beside an account: its sales, its booked costs, and what its hours cost."""
    key = "account_id"
    yield _sales(tables, period), key, key, {c: c for c in _ORDERS}
    if "direct_costs" in tables:
        costs = tables["direct_costs"].filter(inside(period, "incurred_on"))
        booked = {c: _.amount.sum(where=_.item == item) for c, item in _COSTS.items()}
        yield costs.group_by(key).agg(**booked), key, key, {c: c for c in _COSTS}
    if hours_are_priced(tables):
        yield _worked(tables, period), key, key, {"worked": "worked"}


def _sales(tables: ScopedTables, period: Period) -> ibis.Table:
    lines = tables["order_lines"].filter(inside(period, "ordered_on"))
    return lines.group_by("account_id").agg(
        lines=_.count(),
        uncosted=_.count(where=_.standard_cost.isnull()),
        list_sales=_.list_amount.sum(),
        discount=_.discount.sum(),
        net_sales=_.net_amount.sum(),
        net_costed=_.net_amount.sum(where=_.standard_cost.notnull()),
        standard_cost=_.standard_cost.sum(),
        freight=_.freight.sum(),
    )


def hours_are_priced(tables: ScopedTables) -> bool:
    """Whether activities say how long and by whom, and people what an hour of theirs costs."""
    timed = tables.has("activities", "minutes", "person_id")
    return timed and tables.has("people", "hourly_cost")


def _worked(tables: ScopedTables, period: Period) -> ibis.Table:
    """Activity hours times hourly cost by account, where any of it is known."""
    summed = work_done(tables, period).group_by("account_id").agg(cost=_.paid.sum())
    return summed.mutate(worked=(summed.cost / 60).round(4).cast(MONEY))
