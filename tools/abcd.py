"""The ABCD matrix: what a customer is worth against its record with us; always name the grid.

A both high; B high worth, low record; C low worth, high record (the emotion trap); D both low.
Source: docs/metrics.md (abcd).
"""

from __future__ import annotations

from datetime import date

import ibis
from ibis import _

from crm.periods import trailing
from crm.scope import ScopedTables
from tools.money import account_money
from tools.portfolio import customers
from tools.query import attach
from tools.ranks import blend, half_up, percentile_rank

YEAR = 365
WORTH = ("annual_revenue", "employees", "revenue_growth", "objective_score")
RECORD = ("orders", "net_sales", "profit")


def abcd_table(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The place of every visible customer: what it is worth, its record, and its letter.

    Columns: account_id; `worth` and `record`, weighted means of the percentile ranks of the known
    criteria (float64 in 0..1, 6 decimals; NULL of none); `worth_cut` and `record_cut`, their
    medians, the same in every row; `letter` (NULL when a side is unknown; at the cut is high);
    `net_sales` of the trailing year. Weights: the [abcd] settings. Raises MissingDataError
    without order_lines. Source: docs/metrics.md (abcd).
    """
    return tables.keep(("abcd", as_of), lambda: _abcd(tables, as_of))


def _abcd(tables: ScopedTables, as_of: date) -> ibis.Table:
    weights = tables.settings.abcd
    ranked = _ranked(tables, as_of)
    worth, _known = blend({c: ranked[c] for c in WORTH}, weights.worth_weights)
    record, _known = blend({c: ranked[c] for c in RECORD}, weights.record_weights)
    blended = ranked.select("account_id", "sales", worth=worth, record=record)
    cuts = blended.agg(
        worth_cut=half_up(_.worth.quantile(0.5)), record_cut=half_up(_.record.quantile(0.5))
    )
    placed = blended.rename(net_sales="sales").cross_join(cuts)
    worthy, proven = placed.worth >= placed.worth_cut, placed.record >= placed.record_cut
    letter = ibis.cases(
        (worthy & proven, "A"), (worthy & ~proven, "B"), (~worthy & proven, "C"),
        (~worthy & ~proven, "D"),
    )  # fmt: skip
    return placed.mutate(letter=letter)


def _ranked(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The percentile rank of each criterion under its name, and the `sales` of the year."""
    money = account_money(tables, trailing(as_of, YEAR))
    found = attach(
        customers(tables, as_of).select("account_id", *WORTH),
        money,
        "account_id",
        "account_id",
        orders="orders",
        net_sales="net_sales",
        profit="contribution",
    )
    ranks = {c: percentile_rank(found[c]) for c in (*WORTH, *RECORD)}
    return found.select("account_id", sales=found.net_sales, **ranks)
