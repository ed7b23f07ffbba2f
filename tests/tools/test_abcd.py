"""The ABCD matrix equals the oracle's: worth, record, and the cell of every customer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.scope import MissingDataError, ScopedTables
from crm.settings import Settings
from crm.thresholds import Abcd
from tests.companies import SAMPLE_DAY, frames_from, tables_from
from tests.oracles.canonical import Row, Tables
from tests.oracles.segmentation import abcd as oracle
from tests.tools.asking import ask, figure, rows_of
from tests.tools.segments import ADVENTUREWORKS, MOST, assert_rows, by_subject
from tools.abcd import abcd_table
from tools.facts import ToolResult
from tools.query import fetch

COLUMNS = ("abcd.letter", "abcd.worth", "abcd.record", "sales.net_sales")


def asked(tables: ScopedTables, as_of: date = SAMPLE_DAY) -> ToolResult:
    return ask("abcd_matrix", tables, as_of, limit=MOST)


def assert_equal(tables: ScopedTables, raw: Tables, as_of: date = SAMPLE_DAY) -> None:
    result, wanted = asked(tables, as_of), oracle(raw, as_of)
    assert_rows(result, wanted["rows"], {name: name for name in COLUMNS})
    for name in ("abcd.count", "abcd.sales"):
        assert (name, by_subject(result, name)) == (name, wanted[name])
    for name in ("abcd.worth_cut", "abcd.record_cut", "abcd.unplaced"):
        assert (name, figure(result, name)) == (name, wanted[name])


def letters(result: ToolResult) -> dict[str, Any]:
    found = rows_of(result).items()
    return {subject.removeprefix("account:"): row["abcd.letter"] for subject, row in found}


@pytest.mark.parametrize("as_of", [SAMPLE_DAY, date(2026, 3, 31), date(2024, 9, 30)], ids=str)
def test_every_customer_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, as_of: date
) -> None:
    assert_equal(sample, sample_raw, as_of)


def test_every_customer_of_adventureworks(adventureworks: ScopedTables) -> None:
    assert_equal(adventureworks, ADVENTUREWORKS.raw, ADVENTUREWORKS.day)


SIZES = st.one_of(st.none(), st.integers(0, 3))
CUSTOMERS = st.lists(st.tuples(SIZES, SIZES, SIZES, st.integers(0, 3)), min_size=1, max_size=9)
Customers = list[tuple[int | None, int | None, int | None, int]]


def company_of(customers: Customers, factor: int = 1) -> dict[str, list[Row]]:
    def times(value: int | None) -> Decimal | None:
        return None if value is None else Decimal(value * factor)

    return {
        "accounts": [
            {"account_id": f"A{n}", "name": "a", "status": "customer", "employees": people,
             "annual_revenue": times(revenue), "objective_score": None,
             "revenue_growth": None if growth is None else Decimal(growth)}
            for n, (people, revenue, growth, _) in enumerate(customers)
        ],
        "order_lines": [
            {"order_id": f"O{n}", "line_no": 1, "account_id": f"A{n}", "ordered_on": SAMPLE_DAY,
             "net_amount": times(sold), "standard_cost": times(1)}
            for n, (*_, sold) in enumerate(customers)
            if sold
        ],
    }  # fmt: skip


@settings(derandomize=True, max_examples=12, deadline=None)
@given(CUSTOMERS)
def test_every_cell_with_ties_and_unknowns(customers: Customers) -> None:
    company = company_of(customers)
    assert_equal(tables_from(company), frames_from(company))


@settings(derandomize=True, max_examples=5, deadline=None)
@given(CUSTOMERS)
def test_scaling_money_changes_no_cell(customers: Customers) -> None:
    before, after = (asked(tables_from(company_of(customers, f))) for f in (1, 1000))
    assert letters(after) == letters(before)


@settings(derandomize=True, max_examples=5, deadline=None)
@given(CUSTOMERS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_cell(customers: Customers, chance: Any) -> None:
    company = company_of(customers)
    shuffled = {t: chance.sample(r, len(r)) for t, r in company.items()}
    assert letters(asked(tables_from(shuffled))) == letters(asked(tables_from(company)))


def test_weights_are_those_of_the_settings_and_shown() -> None:
    chosen = Abcd(
        worth_weights={"employees": Decimal(3), "annual_revenue": Decimal(1)},
        record_weights={"net_sales": Decimal(1)},
    )
    company = company_of([(1, 3, 1, 1), (2, 2, 3, 2), (3, 1, 2, 3)])
    result = asked(tables_from(company, settings=Settings(abcd=chosen)))
    wanted = oracle(frames_from(company), SAMPLE_DAY, chosen.worth_weights, chosen.record_weights)
    assert_rows(result, wanted["rows"], {name: name for name in COLUMNS})
    assert "'employees': '3'" in result.facts[1].basis.settings["abcd.worth_weights"]


def test_a_value_on_the_cut_is_high() -> None:
    company: dict[str, list[Row]] = {
        "accounts": [
            {"account_id": i, "name": i, "status": "customer", "employees": 10} for i in "ABC"
        ],
        "order_lines": [],
    }
    result = asked(tables_from(company))
    assert set(letters(result).values()) == {"A"}
    assert {row["abcd.worth"] for row in rows_of(result).values()} == {Decimal("0.666667")}


def test_a_customer_of_unknown_worth_has_no_cell_and_a_prospect_no_place() -> None:
    company: dict[str, list[Row]] = {
        "accounts": [
            {"account_id": "A", "name": "a", "status": "customer", "employees": None},
            {"account_id": "P", "name": "p", "status": "prospect", "employees": 10},
        ],
        "order_lines": [],
    }
    result = asked(tables_from(company))
    assert letters(result) == {"A": None}
    assert figure(result, "abcd.unplaced") == 1


def test_the_cells_are_a_partition_of_the_customers(sample: ScopedTables) -> None:
    result = asked(sample)
    sizes, sales = by_subject(result, "abcd.count"), by_subject(result, "abcd.sales")
    rows = rows_of(result).values()
    assert sum(int(str(n)) for n in sizes.values()) == len(rows) == 102
    whole = sum((Decimal(str(row["sales.net_sales"])) for row in rows), Decimal(0))
    assert sum((Decimal(str(v)) for v in sales.values()), Decimal(0)) == whole


def test_a_prospect_more_changes_no_cell(sample_raw: Tables) -> None:
    company = company_of([(1, 3, 1, 1), (2, 2, 3, 2), (3, 1, 2, 3)])
    prospect = {"account_id": "P", "name": "p", "status": "prospect", "employees": 9}
    wider: dict[str, list[Row]] = {**company, "accounts": [*company["accounts"], prospect]}
    assert letters(asked(tables_from(wider))) == letters(asked(tables_from(company)))


def test_a_tie_of_ranks_is_rounded_half_up() -> None:
    """The two ranks of each of 64 customers are n / 64 and (65 - n) / 64: a worth of 65 / 128."""
    company = company_of([(n, 65 - n, None, n % 4) for n in range(1, 65)])
    assert_equal(tables_from(company), frames_from(company))
    rows = rows_of(asked(tables_from(company))).values()
    assert {row["abcd.worth"] for row in rows} == {Decimal("0.507813")}


def test_without_orders_there_is_no_matrix() -> None:
    with pytest.raises(MissingDataError, match="order_lines"):
        asked(tables_from({"accounts": [{"account_id": "A", "name": "a"}]}))


def test_the_table_other_tools_build_on_holds_every_customer_once(sample: ScopedTables) -> None:
    rows = fetch(abcd_table(sample, SAMPLE_DAY))
    assert len({row["account_id"] for row in rows}) == len(rows) == 102
    assert {row["letter"] for row in rows} == {"A", "B", "C", "D"}
