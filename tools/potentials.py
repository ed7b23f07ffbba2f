"""White-space potential: what buying peers spend, scaled to the account, less what it buys; exact.

Peers are the visible customers of the same industry and size band, without the account itself.
Only the middle buyers of each group are looked at: an account's own place among them tells which
of these is the median without it. Source: docs/metrics.md (whitespace).
"""

from __future__ import annotations

from datetime import date

import ibis
from ibis import _

from crm.periods import trailing
from crm.scope import ScopedTables
from tools.money import MONEY
from tools.portfolio import customers
from tools.query import attach, inside, times
from tools.sizes import banded

YEAR = 365
_UNITS = "decimal(38,0)"
_GROUP = ("industry", "band")


def potentials(tables: ScopedTables, as_of: date) -> ibis.Table:
    """What each visible account could buy more of, in each category that can be estimated.

    Columns: account_id; category; `own`, its net sales in the trailing 365 days; `buying`, the
    peers who buy; `peers`, all of them; `buyers`, the share who buy (float64); `potential`, the
    median of the buying peers' spend for each employee (where those are unknown: for each unit of
    revenue) times the account's own, less `own`, in whole currency units, 0 where nothing is left
    (decimal(38,4)). No row where peers or buyers are too few: the [white_space] settings.
    Raises MissingDataError without order_lines or products.
    """
    return tables.keep(("potentials", as_of), lambda: _potentials(tables, as_of))


def category_spend(tables: ScopedTables, as_of: date) -> ibis.Table:
    """What each account bought in each category in the trailing 365 days: `own`, and `costed` and
    `cost`, the net sales and standard cost of the lines with a known cost (NULL: none known).
    """
    return tables.keep(("category_spend", as_of), lambda: _category_spend(tables, as_of))


def bought_lines(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The order lines of the trailing 365 days, with the `category` of their product (known)."""
    lines = tables["order_lines"].filter(inside(trailing(as_of, YEAR), "ordered_on"))
    named = attach(lines, tables["products"], "product_id", "product_id", category="category")
    return named.filter(_.category.notnull())


def peer_groups(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The peer group of each visible account: industry, band, `scale`, `customer`, `peers`.

    `scale` is employees, where unknown the annual revenue, in ten-thousandths (NULL: neither is
    above zero); `customer` whether it counts as a peer of others; `peers` how many it has itself.
    """
    return tables.keep(("peer_groups", as_of), lambda: _peer_groups(tables, as_of))


def _category_spend(tables: ScopedTables, as_of: date) -> ibis.Table:
    summed = (
        bought_lines(tables, as_of)
        .group_by("account_id", "category")
        .agg(
            own=_.net_amount.sum(),
            costed=_.net_amount.sum(where=_.standard_cost.notnull()),
            cost=_.standard_cost.sum(),
        )
    )
    return summed.mutate(**{c: summed[c].cast(MONEY) for c in ("own", "costed", "cost")})


def _peer_groups(tables: ScopedTables, as_of: date) -> ibis.Table:
    """An account scaled by revenue has no band, so all of a group are scaled by the same."""
    accounts = tables["accounts"]
    employees, revenue = accounts.employees.cast(MONEY), accounts.annual_revenue.cast(MONEY)
    scale = (employees > 0).ifelse(employees, (revenue > 0).ifelse(revenue, ibis.null(MONEY)))
    known = accounts.select(
        "account_id",
        "industry",
        band=banded(accounts.employees).fill_null(""),
        scale=(scale * 10_000).cast(_UNITS),
    )
    known = attach(
        known, customers(tables, as_of), "account_id", "account_id", customer="account_id"
    )
    comparable = known.scale.notnull() & known.industry.notnull()
    known = known.mutate(customer=known.customer.notnull() & comparable)
    of_group = known.account_id.count(where=known.customer).over(group_by=_GROUP)
    others = of_group - known.customer.ifelse(1, 0)
    return known.mutate(peers=comparable.ifelse(others, 0))


def _potentials(tables: ScopedTables, as_of: date) -> ibis.Table:
    limits = tables.settings.white_space
    groups = peer_groups(tables, as_of)
    spend = category_spend(tables, as_of)
    placed = _placed(groups, spend)
    asked = groups.filter((_.peers >= limits.minimum_peers) & _.scale.notnull())
    pairs = asked.join(_middles(placed), _GROUP)
    mine = placed.select("account_id", "category", "place")
    pairs = pairs.left_join(mine, ["account_id", "category"]).drop(
        "account_id_right", "category_right"
    )
    buying = pairs.buyers_in_group - pairs.place.notnull().ifelse(1, 0)
    pairs = pairs.mutate(buying=buying)
    needed = times(pairs.peers, ibis.literal(limits.minimum_buyers, "decimal(9,6)"))
    pairs = pairs.filter((_.buying > 0) & (_.buying >= needed))
    own = spend.select("account_id", "category", "own")
    pairs = pairs.left_join(own, ["account_id", "category"]).drop(
        "account_id_right", "category_right"
    )
    pairs = pairs.mutate(own=pairs.own.fill_null(ibis.literal(0, MONEY)))
    return pairs.select(
        "account_id",
        "category",
        "own",
        "buying",
        "peers",
        buyers=pairs.buying / pairs.peers,
        potential=_potential(pairs),
    )


def _placed(groups: ibis.Table, spend: ibis.Table) -> ibis.Table:
    """Each buyer's `place` (from 1) by spend for its size, among all of its group and category."""
    buyers = groups.filter(_.customer).join(spend.filter(_.own > 0), "account_id")
    buyers = buyers.mutate(spend_units=(_.own * 10_000).cast(_UNITS))
    for_its_size = buyers.own.cast("float64") / buyers.scale.cast("float64")
    within = ibis.window(group_by=(*_GROUP, "category"), order_by=[for_its_size, buyers.account_id])
    return buyers.mutate(
        place=ibis.row_number().over(within) + 1,
        buyers_in_group=_.count().over(group_by=(*_GROUP, "category")),
    )


def _middles(placed: ibis.Table) -> ibis.Table:
    """The three buyers in the middle of each group and category: spend and scale of each."""
    from_middle = placed.place - (placed.buyers_in_group / 2).floor().cast("int64")
    seen = placed.mutate(from_middle=from_middle)
    values = {
        f"{name}_{i}": seen[column].max(where=seen.from_middle == i)
        for i in (0, 1, 2)
        for name, column in (("spend", "spend_units"), ("scale", "scale"))
    }
    return seen.group_by(*_GROUP, "category").agg(buyers_in_group=_.buyers_in_group.max(), **values)


def _potential(pairs: ibis.Table) -> ibis.Value:
    """The median of the others' spend for their size, times the scale, less own; whole units.

    With m buyers and k = m // 2, the values at places k, k + 1 and k + 2 are known. Of all buyers
    the median is at k and k + 1 (m even) or at k + 1; without the one at place p every place from
    p on moves up by one. The quotients are whole numbers and remainders, so nothing is rounded
    before the end.
    """
    place, odd = pairs.place, pairs.buyers_in_group % 2
    middle = (pairs.buyers_in_group / 2).floor().cast("int64")
    low = place.isnull().ifelse(odd, (place <= middle).ifelse(1, 0))
    high = place.isnull().ifelse(1, odd + (place <= middle + odd).ifelse(1, 0))
    (first, rest_1, scale_1), (second, rest_2, scale_2) = (
        _scaled(pairs, which) for which in (low, high)
    )
    carried = (rest_1 * scale_2 + rest_2 * scale_1 >= scale_1 * scale_2).ifelse(1, 0)
    own = (pairs.own * 10_000).cast(_UNITS)
    doubled = first + second + carried - 2 * own + 10_000
    whole = _divided(doubled, ibis.literal(20_000, _UNITS))
    return (doubled > 0).ifelse(whole, 0).cast(MONEY)


def _scaled(pairs: ibis.Table, which: ibis.Value) -> tuple[ibis.Value, ibis.Value, ibis.Value]:
    """A middle buyer's spend times the account's scale over the buyer's: quotient, rest, divisor"""
    spend, scale = (
        ibis.cases(
            (which == 0, pairs[f"{c}_0"]), (which == 1, pairs[f"{c}_1"]), else_=pairs[f"{c}_2"]
        )
        for c in ("spend", "scale")
    )
    product = spend * pairs.scale
    return _divided(product, scale), product % scale, scale


def _divided(value: ibis.Value, by: ibis.Value) -> ibis.Value:
    """Whole division of whole decimals; exact as far as the quotient has 15 digits."""
    return ((value - value % by) / by).round(0).cast(_UNITS)
