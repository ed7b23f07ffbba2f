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


Side = tuple[ibis.Table, str, str, dict[str, str | ibis.Value]]
"""What stands beside a row: a table, the row's column, the table's key that fits it, the columns
wanted (new name: the table's column).
"""


def beside(left: ibis.Table, *sides: Side) -> ibis.Table:
    """`left` with columns of several tables at once; where no row fits they are NULL.

    Quicker to translate than `attach` for each; no name may stand in two of the tables.
    """
    joined = left
    for number, (table, on, key, columns) in enumerate(sides):
        side = table.select(**{f"_key_{number}": table[key]}, **columns)
        joined = joined.left_join(side, [(on, f"_key_{number}")])
    return joined.select(*left.columns, *(name for *_side, columns in sides for name in columns))


EXACT = "decimal(38,10)"
"""Wide enough for money times a share."""
WHOLE = "decimal(38,0)"


def exactly(value: ibis.Value) -> ibis.Value:
    """A decimal as EXACT in every engine: PostgreSQL forgets the scale of a sum or a union."""
    return value.cast("decimal(38,12)").cast(EXACT)


def portion(money: ibis.Value, share: ibis.Value) -> ibis.Value:
    """The exact product of money and a share of at most six decimals, as EXACT."""
    return (money.cast("decimal(38,6)") * share.cast("decimal(38,6)")).cast(EXACT)


def units(money: ibis.Value) -> ibis.Value:
    """A decimal of at most four places in whole ten-thousandths."""
    return (money.cast("decimal(38,4)") * 10_000).cast(WHOLE)


def quotient(part: ibis.Value, whole: ibis.Value) -> ibis.Value:
    """part / whole of two whole decimals to 10 places (EXACT), NULL where the whole is zero.

    Only the rest, smaller than the whole, is divided as a float: money keeps every digit.
    """
    whole = whole.nullif(ibis.literal(0, WHOLE))
    near = (part.cast("float64") / whole.cast("float64")).floor().cast(WHOLE)
    rest = (part - near * whole).cast("float64") / whole.cast("float64")
    return near.cast(EXACT) + rest.cast(EXACT)
