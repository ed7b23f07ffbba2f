"""A rank is among the known values only: ties share their mean rank, and unknown stays unknown."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import ibis

_BELOW_ANY_GAP = 1e-13


def half_up(value: ibis.Value) -> ibis.Value:
    """A float64 from 0 to 1 rounded half-up to 6 decimals, as exact arithmetic would round it.

    A tie such as 0.5000005 may lie a hair below itself in binary. What is added is larger than
    such an error, and smaller than the distance of any rank of 100,000 accounts from a tie.
    """
    return (value + _BELOW_ANY_GAP).round(6)


def percentile_rank(column: ibis.Column) -> ibis.Value:
    """The mean rank of a value among the known ones divided by their number, 6 decimals; or NULL.

    float64 in (0, 1]; the largest value alone has 1.
    """
    in_order = column.asc(nulls_first=False)
    below = ibis.rank().over(order_by=in_order)
    up_to = column.count().over(ibis.range_window(following=0, order_by=in_order))
    known = column.count().over()
    rank = (below + 1 + up_to) / (2 * known).nullif(0)
    return column.notnull().ifelse(half_up(rank), ibis.null("float64"))


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
    return half_up(summed / total.nullif(0)), total
