"""A rank is among the known values only: ties share their mean rank, and unknown stays unknown."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import ibis


def percentile_rank(column: ibis.Column) -> ibis.Value:
    """The mean rank of a value among the known ones divided by their number, 6 decimals; or NULL.

    float64 in (0, 1]; the largest value alone has 1.
    """
    below = ibis.rank().over(order_by=column.asc(nulls_first=False))
    equal = column.count().over(group_by=column)
    known = column.count().over()
    rank = (below + (equal + 1) / 2) / known.nullif(0)
    return column.notnull().ifelse(rank.round(6), ibis.null("float64"))


def blend(
    columns: Mapping[str, ibis.Value], weights: Mapping[str, Decimal]
) -> tuple[ibis.Value, ibis.Value]:
    """The weighted mean of the known columns (6 decimals, NULL of none), and the weight known.

    `columns` are float64 by the name of their weight; a column without a weight takes no part.
    """
    weighed = [(value, float(weights[name])) for name, value in columns.items() if name in weights]
    if not weighed:
        return ibis.null("float64"), ibis.literal(0.0)
    nothing = ibis.literal(0.0)
    total = sum((v.notnull().ifelse(w, nothing) for v, w in weighed), nothing)
    summed = sum(((v * w).fill_null(nothing) for v, w in weighed), nothing)
    return (summed / total.nullif(0)).round(6), total
