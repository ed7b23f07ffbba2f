"""Rows are chosen and ordered from all there are; facts about the whole stay those of the whole."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crm.errors import InputError
from crm.scope import ScopedTables
from tests.companies import SAMPLE_DAY
from tools.catalog import CATALOG
from tools.facts import Table, ToolResult


def asked(tables: ScopedTables, tool: str, **arguments: Any) -> ToolResult:
    return CATALOG[tool].call(tables, {"as_of": SAMPLE_DAY, **arguments})


def column(table: Table | None, name: str) -> list[Any]:
    assert table is not None
    return [row[table.column(name)] for row in table.rows]


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        ("deal.amount >= 50000000", lambda amount: amount >= 50_000_000),
        ("deal.amount > 50,000,000", lambda amount: amount > 50_000_000),
        ("deal.amount < 5000000", lambda amount: amount < 5_000_000),
        (
            "deal.amount >= 10000000 and deal.amount <= 20000000",
            lambda amount: 10_000_000 <= amount <= 20_000_000,
        ),
    ],
)
def test_only_rows_that_fit_are_left_of_all_rows(
    sample: ScopedTables, where: str, fits: Any
) -> None:
    everything = asked(sample, "deal_health", limit=500)
    chosen = asked(sample, "deal_health", where=where, limit=500)
    expected = [a for a in column(everything.table, "deal.amount") if a is not None and fits(a)]
    assert column(chosen.table, "deal.amount") == expected
    assert expected
    assert chosen.table is not None
    assert chosen.table.total_rows == len(expected)
    assert [f.value for f in chosen.facts] == [f.value for f in everything.facts]
    assert {f.basis.arguments.get("where") for f in chosen.facts} == {where}
    assert {f.basis.arguments.get("limit") for f in chosen.facts} == {"500"}
    assert f"{len(expected)} of 130" in chosen.warnings[0].en


def test_the_limit_counts_rows_that_fit(sample: ScopedTables) -> None:
    chosen = asked(sample, "deal_health", where="deal.amount < 5000000", limit=2)
    assert chosen.table is not None
    assert len(chosen.table.rows) == 2
    assert chosen.table.total_rows > 2


@pytest.mark.parametrize(
    ("sort", "falls"), [("deal.days_in_stage", 1), ("-deal.days_in_stage", -1)]
)
def test_rows_stand_in_the_order_asked_and_unknown_ones_last(
    sample: ScopedTables, sort: str, falls: int
) -> None:
    days = column(asked(sample, "deal_health", sort=sort, limit=500).table, "deal.days_in_stage")
    known = [d for d in days if d is not None]
    assert known == sorted(known, key=lambda d: falls * d)
    assert days[len(known) :] == [None] * (len(days) - len(known))


def test_a_code_is_chosen_by_its_name(sample: ScopedTables) -> None:
    chosen = asked(sample, "abcd_matrix", where="abcd.letter = B", limit=500)
    assert set(column(chosen.table, "abcd.letter")) == {"B"}


def test_nought_is_no_unknown(sample: ScopedTables) -> None:
    chosen = asked(sample, "kpi_pair", where="kpi.transacted = 0", limit=500)
    assert set(column(chosen.table, "kpi.transacted")) == {Decimal(0)}


def test_rows_of_groups_are_chosen_too(sample: ScopedTables) -> None:
    chosen = asked(sample, "whale_curve", where="whale.profit < 0", group=True, limit=500)
    assert all(profit < 0 for profit in column(chosen.table, "whale.profit"))


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("deal_health", {"where": "deal.amount"}, "is not a condition"),
        ("deal_health", {"where": "deal.size > 3"}, "no column `deal.size`"),
        ("deal_health", {"where": "deal.amount > much"}, "`much` is not a number"),
        ("deal_health", {"sort": "deal.size"}, "no column `deal.size`"),
        ("deal_health", {"where": "deal.amount > NaN"}, "`NaN` is not a number"),
    ],
)
def test_what_cannot_be_chosen_by_is_refused_with_what_can(
    sample: ScopedTables, tool: str, arguments: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        asked(sample, tool, **arguments)
