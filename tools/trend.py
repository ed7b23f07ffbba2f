"""Net sales by fiscal quarter; a quarter before the records begin is left out, never zero."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import ibis
from ibis import _

from crm.periods import Period, add_months, fiscal_year_of
from crm.scope import ScopedTables
from tools.facts import Chart, FactBook, Text, ToolResult
from tools.money import MONEY
from tools.query import Row, fetch, fetch_one, inside

QUARTERS = 12


@dataclass(frozen=True)
class Quarter:
    """A fiscal quarter and its name: FY2026Q2."""

    name: str
    period: Period


def quarters_until(day: date, start_month: int, count: int = QUARTERS) -> list[Quarter]:
    """The fiscal quarter that holds the day and those before it, the oldest first."""
    elapsed = (day.month - start_month) % 3
    running = add_months(day.replace(day=1), -elapsed)
    firsts = [add_months(running, -3 * back) for back in reversed(range(count))]
    return [_quarter(first, start_month) for first in firsts]


def _quarter(first: date, start_month: int) -> Quarter:
    number = (first.month - start_month) % 12 // 3 + 1
    name = f"FY{fiscal_year_of(first, start_month)}Q{number}"
    return Quarter(name, Period(first, add_months(first, 3) - timedelta(days=1)))


def sales_trend(tables: ScopedTables, book: FactBook, account_id: str) -> ToolResult | None:
    """Net sales and orders of one account in each of the last twelve fiscal quarters.

    A quarter that the records or `as_of` cut short is said not to be complete. None where nothing
    is recorded by the day. Source: docs/metrics.md (trend).
    """
    as_of, start = book.as_of, tables.settings.company.fiscal_year_start
    first_day = _records_begin(tables)
    if first_day is None or first_day > as_of:
        return None
    quarters = [q for q in quarters_until(as_of, start) if q.period.end >= first_day]
    sold = _sold(tables, account_id, quarters, as_of)
    found = [sold.get(n, {"net_sales": Decimal(0), "orders": 0}) for n in range(len(quarters))]
    whole = [first_day <= q.period.start and q.period.end <= as_of for q in quarters]
    table = book.table(
        {
            "trend.quarter": [q.name for q in quarters],
            "trend.net_sales": [row["net_sales"] for row in found],
            "trend.orders": [row["orders"] for row in found],
            "trend.complete": ["yes" if each else "no" for each in whole],
        },
        [f"quarter:{q.name}" for q in quarters],
        sort=Text(ja="古い四半期から", en="oldest quarter first"),
    )
    chart = Chart(kind="line", x="trend.quarter", y="trend.net_sales", colour="trend.complete")
    return ToolResult(tool="sales_trend", table=table, chart=chart)


def _records_begin(tables: ScopedTables) -> date | None:
    """The first day of all visible order lines."""
    lines = tables["order_lines"]
    first: date | None = tables.remember(
        ("first_order_day",), lambda: fetch_one(lines.agg(day=_.ordered_on.min()))["day"]
    )
    return first


def _sold(
    tables: ScopedTables, account_id: str, quarters: list[Quarter], as_of: date
) -> dict[int, Row]:
    """By the place of the quarter: net sales and distinct orders, where there are any."""
    span = Period(quarters[0].period.start, as_of)
    lines = tables["order_lines"].filter(_.account_id == account_id, inside(span, "ordered_on"))
    place = ibis.cases(
        *((inside(q.period, "ordered_on").resolve(lines), n) for n, q in enumerate(quarters))
    )
    summed = lines.mutate(place=place).group_by("place")
    rows = fetch(summed.agg(net_sales=_.net_amount.sum().cast(MONEY), orders=_.order_id.nunique()))
    return {row["place"]: row for row in rows}
