"""Allocated costs add up to their pools to the last unit; what no driver carries is said, not lost.

Source: docs/metrics.md (customer profitability). A pool is divided over the whole company by its
driver; only the rows of visible accounts leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, partial
from typing import Literal

import ibis
import numpy as np
import pyarrow as pa
from ibis import _

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
from tools.remainders import Shares, Units

Basis = Literal["revenue", "orders", "activity"]
"""How pools are divided: all by net sales, all by orders, or each by its own driver."""

_UNIT = Decimal("0.0001")
_WORD = 1 << 63
_MONEY = (
    "account_id", "lines", "uncosted", "net_sales", "net_costed", "gross_profit", "contribution"
)  # fmt: skip


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

    `units[i, j]` is what account j bears of part i, in units of 0.0001; `total` is the money of
    all pools in the period, divided or not.
    """

    accounts: pa.Array
    parts: tuple[Part, ...]
    units: Units
    unallocated: tuple[Unallocated, ...]
    total: Decimal

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


def allocation(
    tables: ScopedTables, period: Period, basis: Basis = "activity", as_of: date | None = None
) -> Allocation:
    """The pools of a period divided over the whole company: not to be shown beyond the scope.

    Amounts by overlapping days, half-up to four decimals; quantities over the same days; the
    largest remainder, ties by account_id. `as_of` (default: the period's last day) is what
    relative periods are read with, and hides quantities recorded for later ones.
    """
    return allocations(tables, period, [basis], as_of)[basis]


def allocations(
    tables: ScopedTables, period: Period, bases: Sequence[Basis], as_of: date | None = None
) -> dict[Basis, Allocation]:
    """`allocation` under each basis; what is not known yet is measured once for all of them."""
    company, day = tables.company_wide(), as_of or period.end

    together = cache(lambda: _allocate(company, period, bases, day))

    def divided(basis: Basis) -> Allocation:
        return together()[basis]

    return {
        basis: company.remember(("allocation", period, basis, day), partial(divided, basis))
        for basis in bases
    }


def operating_profit(
    tables: ScopedTables, period: Period, basis: Basis = "activity", as_of: date | None = None
) -> ibis.Table:
    """Operating profit of each visible account in a period.

    Columns: account_id, lines, uncosted (lines without a cost), net_sales, net_costed,
    gross_profit, contribution, `allocated` (0 when nothing is) and operating_profit,
    contribution - allocated (NULL when the contribution is). decimal(38,4). Raises
    MissingDataError without order_lines. Source: docs/metrics.md (customer profitability).
    """
    return tables.keep(
        ("operating_profit", period, basis, as_of or period.end),
        lambda: _operating_profit(tables, period, basis, as_of),
    )


def allocated_lines(
    tables: ScopedTables, period: Period, basis: Basis = "activity", as_of: date | None = None
) -> ibis.Table:
    """What each visible account bears of each pool: account_id, pool, item, driver, amount."""
    whole = tables.company_wide().keep(
        ("allocated_lines", period, basis, as_of or period.end),
        lambda: _lines(allocation(tables, period, basis, as_of)),
    )
    return whole.semi_join(tables["accounts"], "account_id")


def unallocated(
    tables: ScopedTables, period: Period, basis: Basis = "activity", as_of: date | None = None
) -> tuple[Unallocated, ...]:
    """What of the whole company's pools could not be divided, by pool and driver."""
    return allocation(tables, period, basis, as_of).unallocated


def _operating_profit(
    tables: ScopedTables, period: Period, basis: Basis, as_of: date | None
) -> ibis.Table:
    money = account_money(tables, period).select(*_MONEY)
    if "cost_pools" in tables:
        totals = tables.company_wide().keep(
            ("allocated", period, basis, as_of or period.end),
            lambda: _totals(allocation(tables, period, basis, as_of)),
        )
        found = attach(money, totals, "account_id", "account_id", allocated="allocated")
        found = found.mutate(allocated=_.allocated.fill_null(ibis.literal(0, MONEY)))
    else:
        found = money.mutate(allocated=ibis.literal(0, MONEY))
    return found.mutate(operating_profit=(_.contribution - _.allocated).cast(MONEY))


def _allocate(
    company: ScopedTables, period: Period, bases: Sequence[Basis], as_of: date
) -> dict[Basis, Allocation]:
    pools = {basis: list(_pools(company, period, basis, as_of)) for basis in bases}
    read = [pool for found in pools.values() for pool in found if isinstance(pool, _Pool)]
    spans = dict.fromkeys(pool.span for pool in read)
    drivers = dict.fromkeys(pool.part.driver for pool in read)
    measured = measure(company, spans, drivers)
    return {basis: _divided(found, measured) for basis, found in pools.items()}


def _divided(found: list[_Pool | Unallocated], measured: Quantities) -> Allocation:
    pools = [pool for pool in found if isinstance(pool, _Pool)]
    unread = [pool for pool in found if isinstance(pool, Unallocated)]
    wanted = [(pool.part.driver, pool.span.text) for pool in pools]
    cells = {key: measured.of[key] for key in dict.fromkeys(wanted) if key in measured.of}
    shares = {key: Shares.of(quantities) for key, (_places, quantities) in cells.items()}
    driven = dict.fromkeys(p.part for p, key in zip(pools, wanted, strict=True) if key in cells)
    parts = {part: place for place, part in enumerate(driven)}
    fits = sum(abs(pool.units) for pool in pools) < _WORD
    units = np.zeros((len(parts), len(measured.accounts)), dtype=np.int64 if fits else object)
    left: dict[tuple[str, str], int] = {}
    for pool, cell in zip(pools, wanted, strict=True):
        if cell in cells:
            units[parts[pool.part], cells[cell][0]] += shares[cell].divide(pool.units)
        else:
            key = (pool.part.pool, pool.part.driver)
            left[key] = left.get(key, 0) + pool.units
    unable = [Unallocated(*key, amount * _UNIT, "driver") for key, amount in left.items()]
    total = sum(pool.units for pool in pools) * _UNIT
    return Allocation(measured.accounts, tuple(parts), units, (*unable, *unread), total)


def _pools(
    company: ScopedTables, period: Period, basis: Basis, as_of: date
) -> Iterator[_Pool | Unallocated]:
    """The rows of cost_pools that fall into the period, in a fixed order."""
    if "cost_pools" not in company:
        return
    same: dict[str, str] = {"revenue": NET_SALES, "orders": ORDERS}
    start = company.settings.company.fiscal_year_start
    spans: dict[str, Span | None] = {}
    columns = ("pool", "item", "driver", "period", "amount")
    for row in fetch(company["cost_pools"].select(*columns).order_by(*columns)):
        text, driver = row["period"], same.get(basis) or row["driver"]
        if text not in spans:
            spans[text] = _span(text, period, as_of, start)
        span = spans[text]
        if span is None:
            yield Unallocated(row["pool"], driver, row["amount"], "period")
        elif span.days.days > 0:
            amount = round_money(row["amount"] * span.days.days / span.whole.days)
            if amount:
                yield _Pool(Part(row["pool"], row["item"], driver), span, int(amount.scaleb(4)))


def _span(text: str, period: Period, as_of: date, start_month: int) -> Span | None:
    """The period of a pool and its days in `period`; None when it cannot be read."""
    try:
        whole = parse_period(text, as_of, start_month)
    except InputError:
        return None
    days = Period(max(whole.start, period.start), min(whole.end, period.end))
    return Span(text, whole, days, as_of, start_month)


def _totals(found: Allocation) -> pa.Table:
    return pa.table(
        {
            "account_id": found.accounts,
            "allocated": as_decimals(found.units.sum(axis=0)),
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
