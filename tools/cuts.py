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


def quotient(part: ibis.Value, whole: ibis.Value) -> ibis.Value:
    """part / whole as a float64 that compares well; NULL when the whole is zero or unknown."""
    return (part / whole.nullif(0)).cast("float64").round(RATIO_PLACES)


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
    measures: dict[str, ibis.Value] = {}
    for place, name in enumerate(names):
        column = rows[name]
        wide = column if column.type().is_floating() else column.cast("decimal(38,6)")
        measures[f"n{place}"] = column.count()
        measures[f"sum{place}"] = wide.sum()
        measures[f"median{place}"] = wide.quantile(0.5)
    row = fetch_one(rows.agg(**measures))
    return {
        name: _centre(row[f"n{i}"], row[f"sum{i}"], row[f"median{i}"])
        for i, name in enumerate(names)
    }


def _centre(n: int, total: Any, median: Any) -> Centre:
    if not n:
        return Centre(0, None, None)
    mean = round(total / n, RATIO_PLACES) if isinstance(total, float) else Decimal(total) / n
    middle = round(median, RATIO_PLACES) if isinstance(total, float) else median
    return Centre(n, Decimal(str(mean)), Decimal(str(middle)))


def at_least(column: ibis.Value, cut: Decimal) -> ibis.BooleanValue:
    """Whether a value is at or above the cut.

    A number of four decimals is so exactly when it is at or above the cut rounded up to four.
    """
    return column >= _limit(column, cut)


def at_most(column: ibis.Value, cut: Decimal) -> ibis.BooleanValue:
    """Whether a value is at or below the cut."""
    return -column >= _limit(column, -cut)


def _limit(column: ibis.Value, cut: Decimal) -> ibis.Value:
    kind = column.type()
    if kind.is_floating():
        return ibis.literal(round(float(cut), RATIO_PLACES), "float64")
    places = kind.scale if kind.is_decimal() else 0
    whole = cut.quantize(Decimal(1).scaleb(-places), rounding=ROUND_CEILING)
    return ibis.literal(whole, f"decimal(38,{places})") if places else ibis.literal(int(whole))
