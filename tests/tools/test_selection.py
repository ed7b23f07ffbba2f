"""Key account selection equals the oracle's: score, rank, and the two lists that matter."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from crm.scope import ScopedTables
from crm.settings import Settings
from crm.thresholds import Selection
from tests.companies import SAMPLE_DAY, frames_from, tables_from
from tests.oracles.canonical import Row
from tests.oracles.segmentation import key_account_selection as oracle
from tests.tools.asking import ask, figure, rows_of
from tests.tools.segments import (
    ADVENTUREWORKS,
    MOST,
    SAMPLE_COMPANY,
    Company,
    assert_rows,
    by_subject,
)
from tools.facts import ToolResult
from tools.selection import CRITERIA, LISTS

COLUMNS = (
    "selection.rank", "selection.score", "selection.list", "selection.known",
    *(f"selection.{criterion}" for criterion in CRITERIA),
)  # fmt: skip


def assert_as_the_oracle_has_it(result: ToolResult, wanted: Row) -> None:
    assert_rows(result, wanted["rows"], {name: name for name in COLUMNS})
    assert by_subject(result, "selection.count") == wanted["count"]


def assert_every_customer(company: Company, tables: ScopedTables) -> None:
    wanted = oracle(
        company.raw, company.day, found=company.drivers(), fiscal_start=company.fiscal_start,
        solution_categories=tables.settings.deepening.solution_categories,
    )  # fmt: skip
    result = ask("key_account_selection", tables, company.day, limit=MOST)
    assert_as_the_oracle_has_it(result, wanted)


def test_every_customer_of_the_sample_company(sample: ScopedTables) -> None:
    assert_every_customer(SAMPLE_COMPANY, sample)


@pytest.mark.slow
def test_every_customer_of_adventureworks(adventureworks: ScopedTables) -> None:
    assert_every_customer(ADVENTUREWORKS, adventureworks)


def company_of(
    values: list[tuple[int, int | None]], factor: int = 1
) -> dict[str, list[dict[str, Any]]]:
    """Customers with net sales (no line where 0) and an objective score."""
    return {
        "accounts": [
            {"account_id": f"A{n}", "name": "a", "status": "customer",
             "objective_score": None if score is None else Decimal(score)}
            for n, (_, score) in enumerate(values)
        ],
        "order_lines": [
            {"order_id": f"O{n}", "line_no": 1, "account_id": f"A{n}", "ordered_on": SAMPLE_DAY,
             "net_amount": Decimal(sold * factor), "standard_cost": Decimal(1 * factor)}
            for n, (sold, _) in enumerate(values)
            if sold
        ],
    }  # fmt: skip


def selected(rows: dict[str, list[dict[str, Any]]], **limits: Any) -> ToolResult:
    tables = tables_from(rows, settings=Settings(selection=Selection(**limits)))
    result = ask("key_account_selection", tables, SAMPLE_DAY, limit=MOST)
    exact: dict[str, Any] = {
        name: {k: Fraction(v) for k, v in value.items()} if name == "weights" else Fraction(value)
        for name, value in limits.items()
    }
    assert_as_the_oracle_has_it(result, oracle(frames_from(rows), SAMPLE_DAY, **exact))
    return result


def lists(result: ToolResult) -> dict[str, Any]:
    found = rows_of(result).items()
    return {subject.removeprefix("account:"): row["selection.list"] for subject, row in found}


VALUES = [(100, 1), (90, 5), (80, 2), (70, None), (60, 3), (50, 3), (0, 9), (0, None)]


def test_the_lists_are_by_sales_and_by_the_strategic_side() -> None:
    assert lists(selected(company_of(VALUES))) == {
        "A0": "large_not_strategic", "A1": "both", "A2": "neither", "A3": "neither",
        "A4": "neither", "A5": "neither", "A6": "strategic_not_large", "A7": "neither",
    }  # fmt: skip


@pytest.mark.parametrize(("share", "large"), [("0.2", 2), ("0.5", 3), ("0", 0), ("1", 6)])
def test_the_large_are_a_share_of_the_buying_rounded_up(share: str, large: int) -> None:
    found = lists(selected(company_of(VALUES), large_share=Decimal(share)))
    assert sum(code in ("both", "large_not_strategic") for code in found.values()) == large


@pytest.mark.parametrize("quantile", ["0", "0.5", "0.8", "1"])
def test_the_strategic_are_at_or_above_the_quantile(quantile: str) -> None:
    selected(company_of(VALUES), strategic_quantile=Decimal(quantile))


def test_too_little_known_is_no_score_and_ranks_nowhere() -> None:
    result = selected(company_of(VALUES), minimum_known=Decimal("0.45"))
    rows = rows_of(result)
    row = rows["account:A7"]
    assert (row["selection.rank"], row["selection.score"]) == (None, None)
    assert list(rows)[-1] == "account:A7"
    without = [r for r in rows.values() if r["selection.score"] is None]
    assert figure(result, "selection.unscored") == len(without) > 0
    assert any("without a score" in w.en for w in result.warnings)


def test_a_share_of_weights_exactly_at_the_minimum_is_enough() -> None:
    """Sales, profit and one of growth, headroom and strategic: 0.25 + 0.20 + 0.15 is 0.6."""
    result = selected(company_of(VALUES[:3]), minimum_known=Decimal("0.6"))
    assert {row["selection.known"] for row in rows_of(result).values()} == {Decimal("0.6")}
    assert figure(result, "selection.unscored") == 0


def test_weights_are_those_of_the_settings() -> None:
    weights = {"sales": Decimal("0.3"), "strategic": Decimal("0.7")}
    result = selected(company_of(VALUES), weights=weights)
    assert next(iter(rows_of(result))) == "account:A1"


def test_scaling_money_changes_no_score() -> None:
    before, after = (rows_of(selected(company_of(VALUES, f))) for f in (1, 1000))
    assert after == before


def test_ranks_count_up_without_sharing() -> None:
    rows = rows_of(selected(company_of([(5, 1), (5, 1), (5, 1)])))
    assert [(s[-2:], row["selection.rank"]) for s, row in rows.items()] == [
        ("A0", 1), ("A1", 2), ("A2", 3),
    ]  # fmt: skip


def test_the_lists_are_a_partition_of_the_customers(sample: ScopedTables) -> None:
    result = ask("key_account_selection", sample, SAMPLE_DAY, limit=MOST)
    counts = by_subject(result, "selection.count")
    assert list(counts) == list(LISTS)
    assert sum(int(str(n)) for n in counts.values()) == figure(result, "selection.customers")
    assert len(rows_of(result)) == figure(result, "selection.customers") == 102


def test_a_filter_changes_neither_rank_nor_count(sample: ScopedTables) -> None:
    whole = ask("key_account_selection", sample, SAMPLE_DAY, limit=MOST)
    part = ask("key_account_selection", sample, SAMPLE_DAY, limit=MOST, owner_id="U08")
    assert by_subject(part, "selection.count") == by_subject(whole, "selection.count")
    assert 0 < len(rows_of(part)) < 102
    assert rows_of(part).items() <= rows_of(whole).items()
