"""The ABCD matrix: what a customer is worth against its record with us; always name the grid.

A both high; B high worth, low record; C low worth, high record (the emotion trap); D both low.
Source: docs/metrics.md (abcd).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from statistics import median

from ibis import _

from crm.periods import trailing
from crm.scope import ScopedTables
from tools.profitability import NO_MONEY, account_money
from tools.query import fetch

_WORTH = ("annual_revenue", "employees", "objective_score")
YEAR = 365


@dataclass(frozen=True)
class Cell:
    """A customer's place: worth and record from 0 to 1 (None: unknown), the letter, its sales."""

    worth: Fraction | None
    record: Fraction | None
    letter: str | None
    net_sales: Decimal


def abcd_cells(tables: ScopedTables, as_of: date) -> dict[str, Cell]:
    """The cell of every visible customer, by account id.

    Worth and record are means of percentile ranks (ties share their mean rank) of whichever of
    their criteria are known: annual revenue, employees and objective score; orders, net sales and
    profit after direct costs of the trailing year. High means at or above the customers' median.
    """
    customers = fetch(
        tables["accounts"].filter(_.status == "customer").select("account_id", *_WORTH)
    )
    money = account_money(tables, trailing(as_of, YEAR))
    own = [money.get(row["account_id"], NO_MONEY) for row in customers]
    worth = _blend([[row[c] for row in customers] for c in _WORTH])
    record = _blend(
        [[m.orders for m in own], [m.net_sales for m in own], [m.contribution for m in own]]
    )
    worth_cut, record_cut = _median(worth), _median(record)
    return {
        row["account_id"]: Cell(w, r, _letter(w, r, worth_cut, record_cut), m.net_sales)
        for row, w, r, m in zip(customers, worth, record, own, strict=True)
    }


def _letter(
    worth: Fraction | None,
    record: Fraction | None,
    worth_cut: Fraction | None,
    record_cut: Fraction | None,
) -> str | None:
    if worth is None or record is None or worth_cut is None or record_cut is None:
        return None
    if worth >= worth_cut:
        return "A" if record >= record_cut else "B"
    return "C" if record >= record_cut else "D"


def _median(values: Sequence[Fraction | None]) -> Fraction | None:
    known = [v for v in values if v is not None]
    return median(known) if known else None


def _blend(criteria: Sequence[Sequence[Decimal | int | None]]) -> list[Fraction | None]:
    ranked = [_percentiles(values) for values in criteria]
    blended: list[Fraction | None] = []
    for ranks in zip(*ranked, strict=True):
        known = [r for r in ranks if r is not None]
        blended.append(sum(known, Fraction(0)) / len(known) if known else None)
    return blended


def _percentiles(values: Sequence[Decimal | int | None]) -> list[Fraction | None]:
    """The percentile rank of each known value, ties at their mean rank."""
    known = sorted(v for v in values if v is not None)
    first: dict[Decimal | int, int] = {}
    count: dict[Decimal | int, int] = {}
    for position, value in enumerate(known):
        first.setdefault(value, position)
        count[value] = count.get(value, 0) + 1
    return [
        None if v is None else Fraction(2 * first[v] + count[v] + 1, 2 * len(known)) for v in values
    ]
