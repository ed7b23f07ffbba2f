"""The audit's correlations, verdicts and changes of cell equal the oracle's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import InputError
from crm.scope import MissingDataError, ScopedTables
from crm.settings import Settings
from crm.thresholds import Drivers
from tests.companies import SAMPLE_DAY, frames_from, tables_from
from tests.oracles.canonical import Row
from tests.oracles.drivers import driver_audit as oracle
from tests.tools.asking import ask, figure, rows_of
from tests.tools.segments import ADVENTUREWORKS, SAMPLE_COMPANY, Company, by_subject, told
from tools.correlation import TooLittleError, correlation
from tools.facts import ToolResult

COLUMNS = (
    "audit.n", "audit.pearson", "audit.pearson_p", "audit.spearman", "audit.spearman_p",
    "audit.verdict", "audit.cell_changes_median", "audit.cell_changes_shift",
)  # fmt: skip
YEAR = timedelta(days=365)
Values = Sequence[tuple[int | None, int]]


def assert_as_the_oracle_has_it(result: ToolResult, wanted: Row) -> None:
    rows = [
        {"subject": f"driver:{row['driver']}", **{name: row[name] for name in COLUMNS}}
        for row in wanted["rows"]
    ]
    assert told(result, COLUMNS) == rows
    pairs = {f"{a}~{b}": r for (a, b), r in wanted["audit.collinear"].items()}
    assert by_subject(result, "audit.collinear") == pairs
    assert figure(result, "audit.outcome") == wanted["outcome"]


def assert_every_figure(company: Company, tables: ScopedTables, outcome: str) -> None:
    result = ask("driver_audit", tables, company.day, outcome=outcome)
    wanted = oracle(
        company.raw, company.day, outcome_name=outcome, profits=company.profits,
        fiscal_start=company.fiscal_start,
        found=company.drivers(), found_before=company.drivers(company.day - YEAR),
    )  # fmt: skip
    assert_as_the_oracle_has_it(result, wanted)


@pytest.mark.parametrize("outcome", ["next_net_sales", "operating_profit"])
def test_every_driver_of_the_sample_company(sample: ScopedTables, outcome: str) -> None:
    assert_every_figure(SAMPLE_COMPANY, sample, outcome)


@pytest.mark.slow
def test_every_driver_of_adventureworks(adventureworks: ScopedTables) -> None:
    assert_every_figure(ADVENTUREWORKS, adventureworks, "next_net_sales")


def company_of(
    values: Values, back: date | None = SAMPLE_DAY - YEAR
) -> dict[str, list[dict[str, Any]]]:
    """Customers with a number of employees, and net sales on the day and (as much) a year back."""
    days = [SAMPLE_DAY, *([back] if back else [])]
    return {
        "accounts": [
            {"account_id": f"A{n:02}", "name": "a", "status": "customer", "employees": employees,
             "annual_revenue": Decimal(7)}
            for n, (employees, _) in enumerate(values)
        ],
        "order_lines": [
            {"order_id": f"O{n}-{day}", "line_no": 1, "account_id": f"A{n:02}", "ordered_on": day,
             "net_amount": Decimal(sold), "standard_cost": Decimal(1)}
            for n, (_, sold) in enumerate(values)
            for day in days
        ],
    }  # fmt: skip


def audited(rows: dict[str, list[dict[str, Any]]], drivers: str, **given: Any) -> ToolResult:
    result = ask("driver_audit", tables_from(rows), SAMPLE_DAY, drivers=drivers, **given)
    wanted = oracle(
        frames_from(rows), SAMPLE_DAY, drivers.split(","), given.get("outcome", "next_net_sales")
    )
    assert_as_the_oracle_has_it(result, wanted)
    return result


def row_of(result: ToolResult, driver: str) -> dict[str, Any]:
    return rows_of(result)[f"driver:{driver}"]


def verdict(result: ToolResult, driver: str = "employees") -> Any:
    return row_of(result, driver)["audit.verdict"]


RISING = [(n, 100 + 10 * n + n % 3) for n in range(1, 15)]
FALLING = [(n, 500 - 10 * n + n % 3) for n in range(1, 15)]
WAVERING = [(n, 100 + (n * 7) % 5) for n in range(1, 15)]


@pytest.mark.parametrize(
    ("values", "said"),
    [(RISING, "supported"), (FALLING, "negative"), (WAVERING, "unsupported")],
)
def test_the_verdict_is_by_sign_and_p(values: Values, said: str) -> None:
    assert verdict(audited(company_of(values), "employees")) == said


@pytest.mark.parametrize(("known", "said"), [(9, "too_few"), (10, "supported")])
def test_below_ten_customers_there_is_no_correlation(known: int, said: str) -> None:
    values = [(n if n <= known else None, sold) for n, sold in RISING]
    result = audited(company_of(values), "employees")
    row = row_of(result, "employees")
    assert (row["audit.n"], row["audit.verdict"]) == (known, said)
    assert (row["audit.pearson"] is None) == (said == "too_few")
    few = any("fewer than 10" in w.en for w in result.warnings)
    assert few == (said == "too_few")


def test_a_driver_that_is_the_same_everywhere_has_no_correlation() -> None:
    result = audited(company_of(RISING), "annual_revenue")
    row = row_of(result, "annual_revenue")
    assert (row["audit.pearson"], row["audit.pearson_p"]) == (None, None)
    assert row["audit.verdict"] == "unsupported"
    assert any("the same everywhere" in w.en for w in result.warnings)


def test_drivers_that_say_the_same_are_told() -> None:
    rows = company_of(RISING)
    for account in rows["accounts"]:
        account["annual_revenue"] = Decimal(3 * account["employees"])
    result = audited(rows, "employees,annual_revenue,frequency")
    assert by_subject(result, "audit.collinear") == {"employees~annual_revenue": 1}


def test_the_drivers_are_those_of_a_year_ago() -> None:
    rows = company_of(RISING)
    for number, line in enumerate(rows["order_lines"]):
        line["net_amount"] = Decimal(number % 4 + number)
    result = audited(rows, "net_sales,employees")
    assert figure(result, "audit.measured_on") == SAMPLE_DAY - YEAR
    assert any("carry no day" in w.en for w in result.warnings)


@pytest.mark.parametrize(("days", "outcome"), [(0, "next_net_sales"), (1, "operating_profit")])
def test_without_sales_a_year_back_the_outcome_is_operating_profit(days: int, outcome: str) -> None:
    rows = company_of(RISING, SAMPLE_DAY - YEAR + timedelta(days=days))
    result = audited(rows, "employees")
    assert figure(result, "audit.outcome") == outcome
    said = any("do not reach back a year" in w.en for w in result.warnings)
    assert said == (outcome == "operating_profit")


def test_prospects_are_not_compared() -> None:
    rows = company_of(RISING)
    rows["accounts"][0]["status"] = "prospect"
    assert row_of(audited(rows, "employees"), "employees")["audit.n"] == len(RISING) - 1


def test_the_median_may_place_accounts_otherwise_than_the_mean() -> None:
    values = [(n, 100 + n) for n in range(1, 14)] + [(1000, 90)]
    rows = company_of(values)
    for n, account in enumerate(rows["accounts"]):
        account["annual_revenue"] = Decimal(n)
    settings = Settings(drivers=Drivers(x="net_sales", y="annual_revenue"))
    tables = tables_from(rows, settings=settings)
    result = ask("driver_audit", tables, SAMPLE_DAY, drivers="employees")
    wanted = oracle(frames_from(rows), SAMPLE_DAY, ["employees"], x="net_sales", y="annual_revenue")
    assert_as_the_oracle_has_it(result, wanted)
    assert row_of(result, "employees")["audit.cell_changes_median"] == 6


@pytest.mark.parametrize("drivers", ["colour", "employees,colour", ","])
def test_a_driver_that_does_not_exist_is_refused(drivers: str) -> None:
    with pytest.raises(InputError, match="There is no driver"):
        ask("driver_audit", tables_from(company_of(RISING)), SAMPLE_DAY, drivers=drivers)


def test_without_orders_there_is_no_audit(maven: ScopedTables) -> None:
    with pytest.raises(MissingDataError, match="order_lines"):
        ask("driver_audit", maven, SAMPLE_DAY)


def test_the_order_of_accounts_changes_nothing() -> None:
    rows = company_of(WAVERING)
    turned = {table: list(reversed(records)) for table, records in rows.items()}
    names = "employees,net_sales,frequency"
    assert rows_of(audited(turned, names)) == rows_of(audited(rows, names))


@pytest.mark.parametrize(("x", "y"), [([1.0, 2.0], [1.0, 2.0]), ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0])])
def test_too_little_has_no_correlation(x: list[float], y: list[float]) -> None:
    for kind in ("pearson", "spearman"):
        with pytest.raises(TooLittleError):
            correlation(kind, x, y)
