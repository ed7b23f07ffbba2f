"""The ABCD matrix: what a customer is worth against its record with us; always name the grid.

A both high; B high worth, low record; C low worth, high record (the emotion trap); D both low.
Source: docs/metrics.md, section 4.
"""

from __future__ import annotations

from datetime import date

import ibis
from ibis import _

from crm.periods import trailing
from crm.scope import ScopedTables
from tools.profitability import account_money

_WORTH = ("annual_revenue", "employees", "objective_score")
_RECORD = ("orders", "net_sales", "contribution")


def abcd_cells(tables: ScopedTables, as_of: date, days: int = 365) -> ibis.Table:
    """One row per customer: account_id, worth, record (0-1, NULL unknown), abcd (NULL unknown).

    Worth and record are means of percentile ranks (ties share their mean rank) of whichever of
    their criteria are known; high means at or above the median of all customers.
    """
    customers = tables["accounts"].filter(_.status == "customer")
    customers = customers.select("account_id", *_WORTH)
    money = account_money(tables, trailing(as_of, days)).select("account_id", *_RECORD)
    rows = customers.join(money, "account_id")
    rows = rows.mutate(**{f"{c}_rank": _percentile(rows, c) for c in (*_WORTH, *_RECORD)})
    rows = rows.mutate(worth=_mean_of(rows, _WORTH), record=_mean_of(rows, _RECORD))
    rows = rows.mutate(
        worth_cut=rows.worth.median().over(ibis.window()),
        record_cut=rows.record.median().over(ibis.window()),
    )
    high_worth, high_record = rows.worth >= rows.worth_cut, rows.record >= rows.record_cut
    unknown = rows.worth.isnull() | rows.record.isnull()
    cell = ibis.cases(
        (unknown, ibis.null("string")),
        (high_worth & high_record, "A"),
        (high_worth, "B"),
        (high_record, "C"),
        else_="D",
    )
    return rows.select("account_id", "worth", "record", "net_sales", abcd=cell)


def _percentile(rows: ibis.Table, column: str) -> ibis.Value:
    """The percentile rank among the known values, ties at their mean rank; NULL stays NULL."""
    value = rows[column]
    same = ibis.window(group_by=column)
    below = ibis.rank().over(ibis.window(group_by=value.isnull(), order_by=value))
    ties = rows.count().over(same)
    known = value.count().over(ibis.window())
    rank = (below + 1 + (ties - 1) / 2) / known
    return ibis.ifelse(value.isnull(), ibis.null("float64"), rank)


def _mean_of(rows: ibis.Table, columns: tuple[str, ...]) -> ibis.Value:
    total = ibis.literal(0.0)
    known = ibis.literal(0)
    for column in columns:
        rank = rows[f"{column}_rank"]
        total = total + rank.fill_null(0.0)
        known = known + rank.notnull().cast("int64")
    return ibis.ifelse(known == 0, ibis.null("float64"), total / known.nullif(0))
