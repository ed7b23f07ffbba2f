"""A list is ordered and cut in the engine; how much was cut off is counted."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import ibis
from ibis import _

from tools.query import Row, fetch


def first_rows(
    rows: ibis.Table,
    order: Sequence[ibis.Value | ibis.Deferred],
    limit: int,
    ties: Sequence[str] = ("account_id",),
) -> tuple[list[Row], int]:
    """The first `limit` rows in this order, and how many there are in all.

    `ties` are the columns that tell equal rows apart. `descending` and `ascending` put NULLs last.
    """
    counted = rows.mutate(_total=_.count().over())
    found = fetch(counted.order_by([*order, *map(ascending, ties)]).limit(limit))
    return found, found[0]["_total"] if found else 0


def descending(column: str) -> ibis.Deferred:
    """Largest first, unknown last."""
    return getattr(_, column).desc(nulls_first=False)


def ascending(column: str) -> ibis.Deferred:
    """Smallest first, unknown last."""
    return getattr(_, column).asc(nulls_first=False)


def subjects(rows: Sequence[Row]) -> list[str]:
    """What each row of accounts is about."""
    return [f"account:{row['account_id']}" for row in rows]


def number(value: float | int | Decimal | None) -> Decimal | None:
    """A number of the engine as a Decimal: the shortest that stands for a float."""
    return None if value is None else Decimal(str(value))
