"""From an Ibis expression to exact Python values: Decimals stay Decimals, NULL stays None."""

from __future__ import annotations

from typing import Any

import ibis
from ibis import _

from crm.periods import Period

Row = dict[str, Any]


def fetch(expression: ibis.Table) -> list[Row]:
    """The rows of a table expression, as one query."""
    rows: list[Row] = expression.to_pyarrow().to_pylist()
    return rows


def fetch_one(expression: ibis.Table) -> Row:
    """The only row of an aggregation."""
    return fetch(expression)[0]


def days_between(later: ibis.Value, earlier: ibis.Value) -> ibis.Value:
    """Whole days from `earlier` to `later`."""
    return -earlier.delta(later, unit="day")


def inside(period: Period, column: str) -> ibis.Deferred:
    """The condition that a date column lies in the period, both ends included."""
    return getattr(_, column).between(ibis.literal(period.start), ibis.literal(period.end))


def times(money: ibis.Value, share: ibis.Value) -> ibis.Value:
    """An exact product of two decimals of different scale."""
    return money.cast("decimal(38,10)") * share.cast("decimal(38,10)")


def attach(
    left: ibis.Table, right: ibis.Table, on: str, key: str, **columns: str | ibis.Value
) -> ibis.Table:
    """`left` with `columns` (new name: right's column) of the row of `right` whose key fits.

    `on` is left's column, `key` right's; a row of `left` without a partner gets NULLs.
    """
    side = right.select(**{"_key": right[key]}, **columns)
    return left.left_join(side, [(on, "_key")]).drop("_key")
