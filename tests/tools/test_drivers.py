"""Every driver and every cell of the driver grid equal the oracle's; at the cut is high."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from crm.errors import InputError
from crm.scope import Scope, ScopedTables
from crm.settings import Settings
from crm.thresholds import Drivers
from tests.companies import SAMPLE_DAY, frames_from, tables_from
from tests.oracles.canonical import Row
from tests.oracles.drivers import driver_grid as oracle
from tests.oracles.drivers import recorded
from tests.tools.asking import ask, figure, rows_of
from tests.tools.companies_at_random import companies
from tests.tools.segments import (
    ADVENTUREWORKS,
    MAVEN,
    SAMPLE_COMPANY,
    Company,
    assert_rows,
    by_subject,
)
from tests.tools.test_laws import LAW
from tools.driver_grid import value_of
from tools.drivers import DRIVERS, driver_table
from tools.facts import ToolResult, metrics
from tools.query import fetch

BEFORE = SAMPLE_DAY - timedelta(days=365)
AXES = [
    (SAMPLE_COMPANY, "net_sales_growth", "headroom", "mean"),
    (SAMPLE_COMPANY, "operating_profit", "breadth", "median"),
    (SAMPLE_COMPANY, "open_value", "objective_score", "mean"),
    (MAVEN, "win_rate", "annual_revenue", "median"),
    pytest.param(ADVENTUREWORKS, "contribution", "frequency", "mean", marks=pytest.mark.slow),
]


def assert_as_the_oracle_has_it(result: ToolResult, grid: Row, x: str, y: str) -> None:
    columns = {
        f"driver.{x}": "grid.x", f"driver.{y}": "grid.y", "grid.x_level": "grid.x_level",
        "grid.y_level": "grid.y_level", "grid.cell": "grid.cell",
    }  # fmt: skip
    assert_rows(result, grid["rows"], columns)
    assert by_subject(result, "grid.count") == grid["grid.count"]
    assert figure(result, "grid.unplaced") == grid["grid.unplaced"]
    cuts = {f.name: f.value for f in result.facts if f.subject == "cut"}
    for driver, cut in ((x, grid["grid.x_cut"]), (y, grid["grid.y_cut"])):
        places = 3 if metrics()[f"driver.{driver}"].unit in ("count", "people", "score") else 6
        assert cuts[f"driver.{driver}"] == (cut if cut is None else round(cut, places))


@pytest.mark.parametrize("company", [SAMPLE_COMPANY, MAVEN], ids=lambda c: c.fixture)
def test_every_driver_of_every_account(company: Company, request: pytest.FixtureRequest) -> None:
    rows = fetch(driver_table(request.getfixturevalue(company.fixture), company.day))
    found = {r["account_id"]: r for r in rows}
    wanted = company.drivers()
    assert set(found) == set(wanted)
    for driver in DRIVERS:
        mine = {i: recorded(driver, value_of(r[driver])) for i, r in found.items()}
        assert (driver, mine) == (
            driver,
            {i: recorded(driver, r[driver]) for i, r in wanted.items()},
        )


@pytest.mark.parametrize(("company", "x", "y", "cut"), AXES, ids=str)
def test_every_cell_of_the_grid(
    company: Company, x: str, y: str, cut: str, request: pytest.FixtureRequest
) -> None:
    tables = request.getfixturevalue(company.fixture)
    result = ask("driver_grid", tables, company.day, x=x, y=y, cut=cut, limit=500)
    assert_as_the_oracle_has_it(
        result, oracle(company.raw, company.day, x, y, cut, found=company.drivers()), x, y
    )


@LAW
@given(companies())
def test_every_cell_of_any_company(company: dict[str, list[dict[str, Any]]]) -> None:
    tables, raw = tables_from(company), frames_from(company)
    for x, y in (("net_sales", "annual_revenue"), ("win_rate", "frequency")):
        for cut in ("mean", "median"):
            result = ask("driver_grid", tables, SAMPLE_DAY, x=x, y=y, cut=cut)
            assert_as_the_oracle_has_it(result, oracle(raw, SAMPLE_DAY, x, y, cut), x, y)


def account(account_id: str, **more: Any) -> dict[str, Any]:
    return {"account_id": account_id, "name": account_id, "status": "customer", **more}


def line(account_id: str, net: int, on: date = SAMPLE_DAY, **more: Any) -> dict[str, Any]:
    known = {"order_id": f"O-{account_id}-{on}", "line_no": 1, "standard_cost": Decimal(1)}
    return {**known, "account_id": account_id, "ordered_on": on, "net_amount": Decimal(net), **more}


def drivers_of(rows: Mapping[str, list[dict[str, Any]]], day: date = SAMPLE_DAY) -> dict[str, Any]:
    (row,) = fetch(driver_table(tables_from(rows), day))
    return row


@pytest.mark.parametrize(("before", "growth"), [(200, -0.5), (0, None), (-5, None), (None, None)])
def test_growth_needs_sales_above_zero_the_year_before(
    before: int | None, growth: float | None
) -> None:
    earlier = [] if before is None else [line("A", before, BEFORE)]
    found = drivers_of({"accounts": [account("A")], "order_lines": [line("A", 100), *earlier]})
    assert (found["net_sales"], found["net_sales_growth"]) == (100, growth)


def test_an_account_without_orders_sold_nothing_and_its_profit_is_unknown() -> None:
    found = drivers_of(
        {
            "accounts": [account("A")],
            "order_lines": [],
            "products": [],
            "opportunities": [],
        }
    )
    assert (found["net_sales"], found["frequency"], found["open_value"]) == (0, 0, 0)
    assert found["operating_profit"] is found["win_rate"] is found["headroom"] is None


def test_without_tables_a_driver_is_unknown_not_zero() -> None:
    found = drivers_of({"accounts": [account("A", employees=7)]})
    known = {name for name in DRIVERS if found[name] is not None}
    assert known == {"employees"}


def test_categories_bought_are_unknown_where_no_category_is() -> None:
    rows = {
        "accounts": [account("A")],
        "products": [{"product_id": "P", "name": "p", "category": None}],
        "order_lines": [line("A", 1, product_id="P")],
    }
    assert drivers_of(rows)["breadth"] is None
    rows["products"][0]["category"] = "センサー"
    assert drivers_of(rows)["breadth"] == 1


def wallet(spend: int, period: str | None, category: str = "X") -> dict[str, Any]:
    return {"account_id": "A", "category": category, "period": period, "spend": Decimal(spend)}


@pytest.mark.parametrize(
    ("wallets", "headroom"),
    [
        ([wallet(100, "FY2025")], 70),
        ([wallet(100, "FY2025"), wallet(500, "FY2024")], 70),
        ([wallet(100, "FY2025"), wallet(40, "FY2024", "Y")], 110),
        ([wallet(100, "FY2025"), wallet(500, None)], 70),
        ([wallet(100, "FY2025"), wallet(500, "unreadable")], 70),
        ([wallet(100, "FY2025"), wallet(500, "FY2030")], 70),
        ([wallet(100, "FY2025"), wallet(7, "FY2025")], 77),
        ([wallet(20, None)], 0),
        ([wallet(500, "FY2030")], None),
    ],
)
def test_headroom_is_the_latest_wallet_less_own_sales(
    wallets: list[dict[str, Any]], headroom: int | None
) -> None:
    rows = {"accounts": [account("A")], "order_lines": [line("A", 30)], "wallets": wallets}
    assert drivers_of(rows)["headroom"] == headroom


def test_what_happens_after_the_day_changes_no_driver() -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "accounts": [account("A")],
        "order_lines": [line("A", 30), line("A", 20, BEFORE)],
        "opportunities": [
            {"opportunity_id": "D1", "account_id": "A", "status": "won", "amount": Decimal(5),
             "created_on": BEFORE, "closed_on": SAMPLE_DAY}
        ],
    }  # fmt: skip
    later = SAMPLE_DAY + timedelta(days=1)
    more = {
        **rows,
        "order_lines": [*rows["order_lines"], line("A", 999, later)],
        "opportunities": [
            *rows["opportunities"],
            {"opportunity_id": "D2", "account_id": "A", "status": "lost", "amount": Decimal(9),
             "created_on": later, "closed_on": later},
        ],
    }  # fmt: skip
    assert drivers_of(more) == drivers_of(rows)


def grid_of(values: list[tuple[int | None, int | None]], **given: Any) -> ToolResult:
    """The grid of employees and annual revenue over these accounts."""
    rows = [
        account(f"A{n}", employees=x, annual_revenue=None if y is None else Decimal(y))
        for n, (x, y) in enumerate(values)
    ]
    asked = {"x": "employees", "y": "annual_revenue", **given}
    return ask("driver_grid", tables_from({"accounts": rows}), SAMPLE_DAY, **asked)


def cells(result: ToolResult) -> dict[str, Any]:
    found = rows_of(result).items()
    return {subject.removeprefix("account:"): row["grid.cell"] for subject, row in found}


def test_a_value_on_the_cut_is_high() -> None:
    result = grid_of([(1, 10), (2, 20), (3, 30)])
    assert cells(result) == {"A2": "top_priority", "A1": "top_priority", "A0": "maintain"}


def test_equal_values_are_all_on_their_mean() -> None:
    result = grid_of([(3, 1), (3, 1), (3, 1)])
    assert set(cells(result).values()) == {"top_priority"}


def test_an_account_without_a_driver_has_no_cell_and_moves_no_cut() -> None:
    result = grid_of([(1, 10), (3, 30), (1000, None), (None, 1000)])
    assert cells(result) == {"A1": "top_priority", "A0": "maintain"}
    assert figure(result, "grid.unplaced") == 2
    assert [f.value for f in result.facts if f.subject == "cut"] == [2, 20]


def test_the_cut_is_that_of_the_customers_and_prospects_take_part() -> None:
    rows = [
        account("A", employees=10, annual_revenue=Decimal(10)),
        account("P", employees=20, annual_revenue=Decimal(5), status="prospect"),
    ]
    asked = {"x": "employees", "y": "annual_revenue"}
    result = ask("driver_grid", tables_from({"accounts": rows}), SAMPLE_DAY, **asked)
    assert cells(result) == {"A": "top_priority", "P": "priority"}
    rows[0]["status"] = "former"
    result = ask("driver_grid", tables_from({"accounts": rows}), SAMPLE_DAY, **asked)
    assert [f.value for f in result.facts if f.subject == "cut"] == [15, Decimal("7.5")]


def test_fixed_cuts_are_those_given_else_those_of_the_settings() -> None:
    result = grid_of([(1, 10), (2, 20)], x_cut="2", y_cut="11")
    assert cells(result) == {"A1": "top_priority", "A0": "maintain"}
    usual = Drivers(
        x="employees", y="annual_revenue", cut="fixed", x_cut=Decimal(1), y_cut=Decimal(20)
    )
    rows = [account("A", employees=1, annual_revenue=Decimal(10))]
    tables = tables_from({"accounts": rows}, settings=Settings(drivers=usual))
    assert cells(ask("driver_grid", tables, SAMPLE_DAY)) == {"A": "priority"}
    with pytest.raises(InputError, match="needs a value on both axes"):
        ask("driver_grid", tables, SAMPLE_DAY, x="win_rate")


@pytest.mark.parametrize(
    ("given_", "refusal"),
    [
        ({"y": "employees"}, "stands on both axes"),
        ({"cut": "fixed", "x_cut": "1"}, "needs a value on both axes"),
        ({"cut": "mean", "x_cut": "1", "y_cut": "1"}, "are for fixed cuts"),
        ({"x": "colour"}, "`x` does not fit"),
    ],
)
def test_axes_that_make_no_grid_are_refused(given_: dict[str, Any], refusal: str) -> None:
    with pytest.raises(InputError, match=refusal):
        grid_of([(1, 1)], **given_)


def test_a_driver_of_the_settings_that_does_not_exist_is_named() -> None:
    tables = tables_from(
        {"accounts": [account("A")]}, settings=Settings(drivers=Drivers(x="colour"))
    )
    with pytest.raises(InputError, match=r"no driver `colour` \(settings drivers.x\)"):
        ask("driver_grid", tables, SAMPLE_DAY)


def test_the_cells_are_a_partition_of_the_accounts(sample: ScopedTables) -> None:
    result = ask("driver_grid", sample, SAMPLE_DAY, limit=500)
    counts = by_subject(result, "grid.count")
    assert sum(int(str(n)) for n in counts.values()) == len(rows_of(result))
    assert len(rows_of(result)) + int(str(figure(result, "grid.unplaced"))) == 120


def test_a_filter_lists_fewer_accounts_and_moves_no_cut(sample: ScopedTables) -> None:
    whole = ask("driver_grid", sample, SAMPLE_DAY, limit=500)
    part = ask("driver_grid", sample, SAMPLE_DAY, limit=500, owner_id="U08")
    assert (
        part.facts[1:]
        == tuple(
            f.model_copy(update={"basis": part.facts[n].basis}) for n, f in enumerate(whole.facts)
        )[1:]
    )
    assert 0 < len(rows_of(part)) < len(rows_of(whole))
    assert rows_of(part).items() <= rows_of(whole).items()


def test_a_rep_is_compared_with_what_the_rep_may_see(sample: ScopedTables) -> None:
    mine = ScopedTables(
        sample.snapshot, Scope(sees_all=False, person_ids=frozenset({"U08"})), sample.settings
    )
    own = ask("driver_grid", mine, SAMPLE_DAY, limit=500, x="employees", y="annual_revenue")
    assert 0 < len(rows_of(own)) < 40
    assert own.fact("driver.employees") != ask(
        "driver_grid", sample, SAMPLE_DAY, x="employees", y="annual_revenue"
    ).fact("driver.employees")


def test_without_a_status_whoever_ordered_by_the_day_is_a_customer() -> None:
    rows = {
        "accounts": [{"account_id": i, "name": i, "employees": 1} for i in "ABC"],
        "order_lines": [line("A", 1), line("B", 1, SAMPLE_DAY + timedelta(days=1))],
    }
    found = fetch(driver_table(tables_from(rows), SAMPLE_DAY))
    assert {r["account_id"] for r in found if r["customer"]} == {"A"}
    result = ask("driver_grid", tables_from(rows), SAMPLE_DAY, x="employees", y="net_sales")
    assert any("No account has a status" in w.en for w in result.warnings)


@pytest.mark.parametrize(("axis", "said"), [("win_rate", True), ("open_value", False)])
def test_a_win_rate_of_few_deals_is_said(axis: str, said: bool) -> None:
    won = {"status": "won", "amount": Decimal(1), "created_on": BEFORE, "closed_on": SAMPLE_DAY}
    rows = {
        "accounts": [account("A", employees=1)],
        "opportunities": [{"opportunity_id": "D1", "account_id": "A", **won}],
    }
    result = ask("driver_grid", tables_from(rows), SAMPLE_DAY, x=axis, y="employees")
    assert any("Few cases" in w.en for w in result.warnings) == said


def test_what_is_missing_for_a_driver_is_named(maven: ScopedTables) -> None:
    result = ask("driver_grid", maven, MAVEN.day)
    warned = " ".join(w.en for w in result.warnings)
    assert "order_lines.net_amount" in warned
    assert "wallets.spend" in warned
    assert rows_of(result) == {}
