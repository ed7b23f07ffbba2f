"""Allocated costs add up to their pools to the last unit; what no driver carries is said, not lost.

Source: docs/metrics.md (customer profitability). A pool is divided over the whole company by its
driver; only the rows of visible accounts leave.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import ibis
import numpy as np
import pyarrow as pa
from ibis import _
from numpy.typing import NDArray

from crm.errors import InputError
from crm.periods import Period, parse_period
from crm.scope import ScopedTables
from tools.driver_quantities import (
    NET_SALES,
    ORDERS,
    Quantities,
    Span,
    as_decimals,
    measure,
)
from tools.exact import round_money
from tools.money import MONEY, account_money
from tools.query import attach, fetch
from tools.remainders import largest_remainder

Basis = Literal["revenue", "orders", "activity"]
"""How pools are divided: all by net sales, all by orders, or each by its own driver."""

_UNIT = Decimal("0.0001")
_MOST = 1 << 62


@dataclass(frozen=True)
class Unallocated:
    """Money of a pool that could not be divided, and why.

    `why` is `driver` (no account has any of it) or `period` (the pool's period cannot be read;
    the amount is that of the whole row).
    """

    pool: str
    driver: str
    amount: Decimal
    why: Literal["driver", "period"]


@dataclass(frozen=True)
class Part:
    """Pools that are one line of a waterfall: pool, item and the driver that divided it."""

    pool: str
    item: str
    driver: str


@dataclass(frozen=True, eq=False)
class Allocation:
    """All pools of a period divided over the whole company.

    `units[i, j]` is what account j bears of part i, in units of 0.0001.
    """

    accounts: pa.Array
    parts: tuple[Part, ...]
    units: NDArray[np.int64]
    unallocated: tuple[Unallocated, ...]

    def of(self, account_id: str) -> list[tuple[Part, Decimal]]:
        """What one account bears of each part, in the order of the parts."""
        place = self.accounts.index(pa.scalar(account_id, pa.string())).as_py()
        if place < 0:
            return []
        return [
            (part, int(units) * _UNIT)
            for part, units in zip(self.parts, self.units[:, place], strict=True)
            if units
        ]


@dataclass(frozen=True)
class _Pool:
    """One row of cost_pools: its part, its span, and the units that fall into the period."""

    part: Part
    span: Span
    units: int


def allocation(tables: ScopedTables, period: Period, basis: Basis = "activity") -> Allocation:
    """The pools of a period divided over the whole company: not to be shown beyond the scope.

    Amounts by overlapping days, half-up to four decimals; quantities over the same days; the
    largest remainder, ties by account_id.
    """
    company = tables.company_wide()
    return company.remember(
        ("allocation", period, basis), lambda: _allocate(company, period, basis)
    )


def operating_profit(tables: ScopedTables, period: Period, basis: Basis = "activity") -> ibis.Table:
    """Operating profit of each visible account in a period.

    Columns: account_id, lines, net_sales, net_costed, gross_profit, contribution, `allocated` (0
    when nothing is) and operating_profit, contribution - allocated (NULL when the contribution
    is). decimal(38,4). Raises MissingDataError without order_lines.
    Source: docs/metrics.md (customer profitability).
    """
    return tables.keep(
        ("operating_profit", period, basis), lambda: _operating_profit(tables, period, basis)
    )


def allocated_lines(tables: ScopedTables, period: Period, basis: Basis = "activity") -> ibis.Table:
    """What each visible account bears of each pool: account_id, pool, item, driver, amount."""
    whole = tables.company_wide().keep(
        ("allocated_lines", period, basis), lambda: _lines(allocation(tables, period, basis))
    )
    return whole.semi_join(tables["accounts"], "account_id")


def unallocated(
    tables: ScopedTables, period: Period, basis: Basis = "activity"
) -> tuple[Unallocated, ...]:
    """What of the whole company's pools could not be divided, by pool and driver."""
    return allocation(tables, period, basis).unallocated


def _operating_profit(tables: ScopedTables, period: Period, basis: Basis) -> ibis.Table:
    money = account_money(tables, period).select(
        "account_id", "lines", "net_sales", "net_costed", "gross_profit", "contribution"
    )
    if "cost_pools" in tables:
        totals = tables.company_wide().keep(
            ("allocated", period, basis), lambda: _totals(allocation(tables, period, basis))
        )
        found = attach(money, totals, "account_id", "account_id", allocated="allocated")
        found = found.mutate(allocated=_.allocated.fill_null(ibis.literal(0, MONEY)))
    else:
        found = money.mutate(allocated=ibis.literal(0, MONEY))
    return found.mutate(operating_profit=(_.contribution - _.allocated).cast(MONEY))


def _allocate(company: ScopedTables, period: Period, basis: Basis) -> Allocation:
    found = list(_pools(company, period, basis))
    pools = [pool for pool in found if isinstance(pool, _Pool)]
    if sum(abs(pool.units) for pool in pools) > _MOST:
        raise InputError(
            "The amounts of `cost_pools` are too large to be divided exactly.",
            "Correct cost_pools.amount.",
        )
    spans = dict.fromkeys(pool.span for pool in pools)
    drivers = dict.fromkeys(pool.part.driver for pool in pools)
    unread = [pool for pool in found if isinstance(pool, Unallocated)]
    return _divided(pools, measure(company, spans, drivers), unread)


def _divided(pools: list[_Pool], measured: Quantities, unread: list[Unallocated]) -> Allocation:
    parts = {part: place for place, part in enumerate(dict.fromkeys(p.part for p in pools))}
    units = np.zeros((len(parts), len(measured.accounts)), dtype=np.int64)
    left: dict[tuple[str, str, str], Decimal] = {}
    for pool in pools:
        cell = measured.of.get((pool.part.driver, pool.span.text))
        if cell is not None:
            places, quantities = cell
            units[parts[pool.part], places] += largest_remainder(pool.units, quantities)
        else:
            key = (pool.part.pool, pool.part.driver, "driver")
            left[key] = left.get(key, Decimal(0)) + pool.units * _UNIT
    unable = [Unallocated(p, d, amount, "driver") for (p, d, _why), amount in left.items()]
    return Allocation(measured.accounts, tuple(parts), units, (*unable, *unread))


def _pools(company: ScopedTables, period: Period, basis: Basis) -> Iterator[_Pool | Unallocated]:
    """The rows of cost_pools that fall into the period, in a fixed order."""
    if "cost_pools" not in company:
        return
    start = company.settings.company.fiscal_year_start
    same: dict[str, str] = {"revenue": NET_SALES, "orders": ORDERS}
    columns = ("pool", "item", "driver", "period", "amount")
    for row in fetch(company["cost_pools"].select(*columns).order_by(*columns)):
        driver = same.get(basis) or row["driver"]
        try:
            whole = parse_period(row["period"], period.end, start)
        except InputError:
            yield Unallocated(row["pool"], driver, row["amount"], "period")
            continue
        days = Period(max(whole.start, period.start), min(whole.end, period.end))
        amount = round_money(row["amount"] * max(days.days, 0) / whole.days)
        if days.days > 0 and amount:
            span = Span(row["period"], whole, days, period.end, start)
            yield _Pool(Part(row["pool"], row["item"], driver), span, int(amount.scaleb(4)))


def _totals(found: Allocation) -> pa.Table:
    return pa.table(
        {
            "account_id": found.accounts,
            "allocated": as_decimals(found.units.sum(axis=0, dtype=np.int64)),
        }
    )


def _lines(found: Allocation) -> pa.Table:
    which, place = np.nonzero(found.units)
    text = {
        name: pa.array([getattr(part, name) for part in found.parts], pa.string()).take(
            pa.array(which)
        )
        for name in ("pool", "item", "driver")
    }
    return pa.table(
        {
            "account_id": found.accounts.take(pa.array(place)),
            **text,
            "amount": as_decimals(found.units[which, place]),
        }
    )
