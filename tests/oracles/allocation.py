"""Every pool is given out to the last 0.0001, by whole units and the largest remainder.

Recomputes the allocation of cost_pools (docs/metrics.md, section 3) in whole numbers only:
amounts in units of 0.0001, quantities over a common denominator.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .canonical import Row, Tables, half_up, rows, within
from .spans import Asked, Span, cut, holds, length, overlap, span

PLACES = 4
VISIT_KINDS = ("visit", "store_proposal", "storefront_check", "hq_proposal", "executive_meeting")
BASES: dict[str, str | None] = {"revenue": "net_sales", "orders": "orders", "activity": None}
Quantities = dict[str, Fraction]


def pools_in(tables: Tables, as_of: date, period: Asked = None, fiscal_start: int = 4) -> list[Row]:
    """The rows of cost_pools that share days with the asked period (cut at as_of), in file order.

    Adds first and last (the shared days), span (the days of the pool's own period) and amount_in:
    amount x shared days / own days, half-up to 4 decimals.
    """
    wanted = cut(period, as_of, fiscal_start)
    out: list[Row] = []
    for row in rows(tables, "cost_pools"):
        own = span(row["period"], as_of, fiscal_start)
        first, last = overlap(own, wanted)
        if first > last:
            continue
        part = Fraction(row["amount"]) * length((first, last)) / length(own)
        out.append(
            row | {"span": own, "first": first, "last": last, "amount_in": half_up(part, PLACES)}
        )
    return out


class Meter:
    """Measures drivers over days, company-wide: every account_id that has a row takes part."""

    def __init__(self, tables: Tables, as_of: date, fiscal_start: int = 4) -> None:
        self.lines = [r for r in rows(tables, "order_lines") if r["ordered_on"] <= as_of]
        self.acts = [r for r in rows(tables, "activities") if r["occurred_on"] <= as_of]
        self.recorded = [
            r | {"span": span(r["period"], as_of, fiscal_start)}
            for r in rows(tables, "account_drivers")
        ]
        self.recorded = [r for r in self.recorded if r["span"][0] <= as_of]
        self.known: dict[tuple[str, str, Span], Quantities] = {}

    def quantities(self, driver: str, pool: Row) -> Quantities:
        """account_id to the quantity of `driver` over the days the pool shares with the period."""
        key = (driver, str(pool["period"]), (pool["first"], pool["last"]))
        if key not in self.known:
            self.known[key] = self.measure(driver, pool)
        return self.known[key]

    def measure(self, driver: str, pool: Row) -> Quantities:
        """The same, measured now; {} for a driver that nothing records."""
        days = (pool["first"], pool["last"])
        lines = [r for r in self.lines if within(r["ordered_on"], *days)]
        acts = [r for r in self.acts if within(r["occurred_on"], *days)]
        if driver == "orders":
            pairs = {(r["account_id"], r["order_id"]) for r in lines}
            return counted(account for account, _ in pairs)
        if driver == "order_lines":
            return counted(r["account_id"] for r in lines)
        if driver in ("quantity", "net_sales"):
            return summed(lines, "quantity" if driver == "quantity" else "net_amount")
        if driver == "visits":
            return counted(r["account_id"] for r in acts if r["kind"] in VISIT_KINDS)
        if driver == "hours":
            return {i: minutes / 60 for i, minutes in summed(acts, "minutes").items()}
        rows_of = [
            r
            for r in self.recorded
            if r["driver"] == driver
            and (r["period"] == pool["period"] or holds(pool["span"], r["span"]))
        ]
        if driver == "returns" and not rows_of:
            return counted(r["account_id"] for r in lines if r["net_amount"] < 0)
        return summed(rows_of, "quantity")


def counted(accounts: Iterable[str]) -> Quantities:
    """How often each account occurs."""
    out: Quantities = {}
    for account in accounts:
        out[account] = out.get(account, Fraction(0)) + 1
    return out


def summed(records: list[Row], column: str) -> Quantities:
    """The sum of a column's known cells by account."""
    out: Quantities = {}
    for record in records:
        if record.get(column) is not None:
            account = record["account_id"]
            out[account] = out.get(account, Fraction(0)) + Fraction(record[column])
    return out


def largest_remainder(units: int, quantities: Mapping[str, Fraction]) -> dict[str, int]:
    """Whole units by share of the positive quantities, adding up to `units`; {} when none is.

    Floor of each exact quota, then one unit each to the largest remainders, ties by key
    ascending. Fewer than no units are shared out like as many units, with the sign turned.
    """
    if units < 0:
        return {key: -share for key, share in largest_remainder(-units, quantities).items()}
    taking = {key: q for key, q in quantities.items() if q > 0}
    if not taking:
        return {}
    scale = math.lcm(*(q.denominator for q in taking.values()))
    whole = {key: q.numerator * (scale // q.denominator) for key, q in taking.items()}
    total = sum(whole.values())
    quotas = {key: divmod(units * q, total) for key, q in whole.items()}
    out = {key: floor for key, (floor, _) in quotas.items()}
    left = units - sum(out.values())
    for key in sorted(quotas, key=lambda k: (-quotas[k][1], k))[:left]:
        out[key] += 1
    return out


def allocation(
    tables: Tables,
    as_of: date,
    period: Asked = None,
    basis: str = "activity",
    fiscal_start: int = 4,
) -> Row:
    """What every account bears of the pools of a period.

    pools: the rows of `pools_in` with driver (the one used), total (the sum of the positive
    quantities) and shares, {account_id: Decimal}, {} when nothing can be shared by it.
    by_account: {account_id: {item: Fraction}}. drivers: {item: sorted drivers of the allocated
    pools}. unallocated: the pools without a share. basis: activity takes each pool's own driver,
    revenue net_sales and orders orders for every pool.
    """
    meter = Meter(tables, as_of, fiscal_start)
    pools: list[Row] = []
    by_account: dict[str, dict[str, int]] = {}
    drivers: dict[str, set[str]] = {}
    for pool in pools_in(tables, as_of, period, fiscal_start):
        driver = BASES[basis] or str(pool["driver"])
        quantities = meter.quantities(driver, pool)
        units = int(pool["amount_in"].scaleb(PLACES))
        shares = largest_remainder(units, quantities)
        for account, share in shares.items():
            items = by_account.setdefault(account, {})
            items[pool["item"]] = items.get(pool["item"], 0) + share
        if shares:
            drivers.setdefault(pool["item"], set()).add(driver)
        pools.append(
            pool
            | {
                "driver": driver,
                "total": sum((q for q in quantities.values() if q > 0), Fraction(0)),
                "shares": {i: Decimal(s).scaleb(-PLACES) for i, s in shares.items()},
            }
        )
    unit = Fraction(1, 10**PLACES)
    return {
        "pools": pools,
        "by_account": {
            i: {item: share * unit for item, share in items.items()}
            for i, items in by_account.items()
        },
        "drivers": {item: sorted(names) for item, names in drivers.items()},
        "unallocated": [pool for pool in pools if not pool["shares"]],
    }
