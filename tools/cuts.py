"""High begins at the cut itself: a value on it is high, whatever the binary of a mean says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

import ibis

from tools.query import fetch_one

RATIO_PLACES = 12
"""Ratios are compared with this many decimals, so that equal fractions are equal floats."""

DECIMAL_PLACES = 6
DECIMAL = f"decimal(38,{DECIMAL_PLACES})"


def quotient(part: ibis.Value, whole: ibis.Value) -> ibis.Value:
    """part / whole as a float64 that compares well; NULL when the whole is zero or unknown.

    Divided as floats: decimals would be cut to six places by some engines.
    """
    return (part.cast("float64") / whole.cast("float64").nullif(0)).round(RATIO_PLACES)


@dataclass(frozen=True)
class Centre:
    """How many values a column has, their mean and their median (None of no values)."""

    n: int
    mean: Decimal | None
    median: Decimal | None


def centres(rows: ibis.Table, columns: Iterable[str]) -> dict[str, Centre]:
    """The centre of each column of the rows: exact for decimals and counts, 12 decimals for floats.

    `columns` are distinct; their NULLs do not count.
    """
    names = list(columns)
    places = {f"place{i}": _doubled_place(rows[name]) for i, name in enumerate(names)}
    placed = rows.mutate(**places)
    measures: dict[str, ibis.Value] = {}
    for i, name in enumerate(names):
        column = placed[name]
        middle = placed[f"place{i}"].between(0, 2)
        wide = column if column.type().is_floating() else column.cast(DECIMAL)
        measures[f"n{i}"] = column.count()
        measures[f"sum{i}"] = wide.sum()
        measures[f"middle{i}"] = wide.sum(where=middle)
        measures[f"middles{i}"] = column.count(where=middle)
    row = fetch_one(placed.agg(**measures))
    return {
        name: Centre(
            row[f"n{i}"],
            _mean(row[f"sum{i}"], row[f"n{i}"]),
            _mean(row[f"middle{i}"], row[f"middles{i}"]),
        )
        for i, name in enumerate(names)
    }


def _doubled_place(column: ibis.Column) -> ibis.Value:
    """Twice the place of a value in order, less the number of values: 0, 1 or 2 in the middle.

    A median is the mean of these, so decimals stay decimals on every engine.
    """
    place = ibis.row_number().over(order_by=column.asc(nulls_first=False)) + 1
    doubled = 2 * place - column.count().over()
    return column.notnull().ifelse(doubled, ibis.null("int64"))


def _mean(total: Any, n: int) -> Decimal | None:
    if not n:
        return None
    if isinstance(total, float):
        return Decimal(str(round(total / n, RATIO_PLACES)))
    return Decimal(total) / n


def at_least(column: ibis.Value, cut: Decimal) -> ibis.BooleanValue:
    """Whether a value (float64, whole, or of at most six decimals) is at or above the cut.

    A number of six decimals is so exactly when it is at or above the cut rounded up to six.
    """
    if column.type().is_floating():
        return column >= ibis.literal(round(float(cut), RATIO_PLACES), "float64")
    limit = cut.quantize(Decimal(1).scaleb(-DECIMAL_PLACES), rounding=ROUND_CEILING)
    return column.cast(DECIMAL) >= ibis.literal(limit, DECIMAL)


def at_most(column: ibis.Value, cut: Decimal) -> ibis.BooleanValue:
    """Whether a value is at or below the cut."""
    return at_least(-column, -cut)
