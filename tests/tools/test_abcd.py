"""The ABCD matrix equals the oracle's: worth, record, and the cell of every customer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.scope import ScopedTables
from tests.companies import ADVENTUREWORKS_DAY, SAMPLE_DAY, frames_from, tables_from
from tests.oracles import adventureworks as raw_adventureworks
from tests.oracles.abcd import abcd as oracle
from tests.oracles.canonical import Tables
from tools.grids import abcd_cells


def assert_equal(tables: ScopedTables, raw: Tables, as_of: date) -> None:
    found = abcd_cells(tables, as_of)
    expected = {r["account_id"]: r for r in oracle(raw, as_of).to_dict("records")}
    assert {i: c.letter for i, c in found.items()} == {i: r["cell"] for i, r in expected.items()}
    for account, cell in found.items():
        assert cell.worth == expected[account]["worth"]
        assert cell.record == expected[account]["record"]


@pytest.mark.parametrize("as_of", [SAMPLE_DAY, date(2026, 3, 31), date(2024, 9, 30)], ids=str)
def test_every_customer_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, as_of: date
) -> None:
    assert_equal(sample, sample_raw, as_of)


def test_every_customer_of_adventureworks(adventureworks: ScopedTables) -> None:
    raw = raw_adventureworks.canonical_tables()
    assert_equal(adventureworks, raw, ADVENTUREWORKS_DAY)


SIZES = st.one_of(st.none(), st.integers(0, 3))


@settings(derandomize=True, max_examples=25, deadline=None)
@given(st.lists(st.tuples(SIZES, SIZES, st.integers(0, 3)), min_size=1, max_size=7))
def test_every_cell_with_ties_and_unknowns(
    customers: list[tuple[int | None, int | None, int]],
) -> None:
    company = {
        "accounts": [
            {"account_id": f"A{n}", "name": "a", "status": "customer", "employees": people,
             "annual_revenue": None if revenue is None else Decimal(revenue),
             "objective_score": None}
            for n, (people, revenue, _) in enumerate(customers)
        ],
        "order_lines": [
            {"order_id": f"O{n}", "line_no": 1, "account_id": f"A{n}", "ordered_on": SAMPLE_DAY,
             "net_amount": Decimal(sold), "standard_cost": Decimal(1)}
            for n, (*_, sold) in enumerate(customers)
            if sold
        ],
    }  # fmt: skip
    assert_equal(tables_from(company), frames_from(company), SAMPLE_DAY)


def test_a_value_on_the_cut_is_high() -> None:
    company = {
        "accounts": [
            {"account_id": i, "name": i, "status": "customer", "employees": 10} for i in "ABC"
        ],
        "order_lines": [],
    }
    cells = abcd_cells(tables_from(company), SAMPLE_DAY)
    assert {c.letter for c in cells.values()} == {"A"}
    assert {c.worth for c in cells.values()} == {Fraction(2, 3)}


def test_a_customer_of_unknown_worth_has_no_cell_and_a_prospect_no_place() -> None:
    company = {
        "accounts": [
            {"account_id": "A", "name": "a", "status": "customer", "employees": None},
            {"account_id": "P", "name": "p", "status": "prospect", "employees": 10},
        ],
        "order_lines": [],
    }
    cells = abcd_cells(tables_from(company), SAMPLE_DAY)
    assert {i: c.letter for i, c in cells.items()} == {"A": None}
