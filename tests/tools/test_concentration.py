"""Concentration equals the oracle's sum of squared shares; what did not sell is not counted."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.scope import MissingDataError, Scope, ScopedTables
from tests.companies import ADVENTUREWORKS_DAY, SAMPLE_DAY, Rows, frames_from, tables_from
from tests.oracles import adventureworks_full
from tests.oracles.canonical import Tables
from tests.oracles.targets import concentration as oracle
from tests.tools.agreement import assert_facts, told, wanted
from tests.tools.asking import ask, figure, rows_of
from tools.facts import ToolResult

COLUMNS = [
    "account.name", "concentration.sales", "concentration.share", "concentration.cumulative",
]  # fmt: skip


def left_out(result: ToolResult, name: str) -> dict[str, int]:
    fact = result.fact(name)
    assert fact is not None
    return {part.reason.en: part.rows for part in fact.basis.left_out}


def assert_agree(
    tables: ScopedTables, raw: Tables, as_of: date, fiscal_start: int = 4, **given: Any
) -> ToolResult:
    result = ask("concentration", tables, as_of, limit=500, **given)
    expected = oracle(raw, as_of, given.get("period"), fiscal_start=fiscal_start)
    assert_facts(result, expected["facts"])
    assert told(result, COLUMNS) == wanted(expected["rows"], COLUMNS, "account:{account_id}")
    assert figure(result, "concentration.accounts") == len(expected["rows"])
    whole = sum(row["concentration.sales"] for row in expected["rows"])
    assert_facts(result, {"concentration.sales": whole})
    for name, key, reason in (
        ("hhi_product", "no_product", "order lines without a product"),
        ("hhi_category", "no_category", "order lines without a category"),
    ):
        assert left_out(result, f"concentration.{name}").get(reason, 0) == expected[key]
    return result


@pytest.mark.parametrize("as_of", [SAMPLE_DAY, date(2024, 12, 31)], ids=str)
@pytest.mark.parametrize("period", [None, "FY2025", "2026-09", "FY2030"])
def test_the_concentration_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, as_of: date, period: str | None
) -> None:
    assert_agree(sample, sample_raw, as_of, period=period)


@pytest.mark.parametrize("period", [None, "2013Q1", "2012"])
def test_the_concentration_of_adventureworks(
    adventureworks: ScopedTables, period: str | None
) -> None:
    asked = "2013-01-01..2013-03-31" if period == "2013Q1" else period
    raw = adventureworks_full.tables()
    assert_agree(adventureworks, raw, ADVENTUREWORKS_DAY, 1, period=asked)


def test_a_cut_list_leaves_the_figures_as_they_are(sample: ScopedTables) -> None:
    short, whole = (ask("concentration", sample, SAMPLE_DAY, limit=n) for n in (3, 500))
    assert [(f.key, f.value) for f in short.facts] == [(f.key, f.value) for f in whole.facts]
    assert short.table is not None
    assert whole.table is not None
    assert (len(short.table.rows), short.table.total_rows) == (3, len(whole.table.rows))


# ---------------------------------------------------------------- small companies


def sold(number: int, account: str, amount: int | str, **more: Any) -> dict[str, Any]:
    return {"order_id": f"O{number}", "line_no": 1, "account_id": account, "product_id": "P",
            "ordered_on": SAMPLE_DAY, "net_amount": Decimal(amount), **more}  # fmt: skip


def company(*lines: dict[str, Any]) -> Rows:
    return {
        "accounts": [
            {"account_id": a, "name": a.upper(), "owner_id": o, "parent_id": None}
            for a, o in (("a", "p"), ("b", "q"), ("c", "q"), ("d", None))
        ],
        "products": [
            {"product_id": "P", "name": "p", "category": "x"},
            {"product_id": "Q", "name": "q", "category": "x"},
            {"product_id": "R", "name": "r", "category": None},
        ],
        "order_lines": list(lines),
    }


def checked(rows: Rows) -> ToolResult:
    return assert_agree(tables_from(rows), frames_from(rows), SAMPLE_DAY)


@pytest.mark.parametrize(("n", "hhi"), [(1, "1"), (2, "0.5"), (3, "0.333333"), (4, "0.25")])
def test_equal_accounts_are_as_many_as_they_are(n: int, hhi: str) -> None:
    result = checked(company(*(sold(i, a, 70) for i, a in enumerate("abcd"[:n]))))
    assert figure(result, "concentration.hhi_account") == Decimal(hhi)
    assert figure(result, "concentration.effective_accounts") == n
    assert figure(result, "concentration.top5_share") == 1
    assert figure(result, "concentration.hhi_product") == 1


def test_returns_beyond_sales_are_no_share() -> None:
    result = checked(
        company(sold(1, "a", 100), sold(2, "b", -30), sold(3, "c", 5), sold(4, "c", -5))
    )
    assert figure(result, "concentration.hhi_account") == 1
    assert list(rows_of(result)) == ["account:a"]
    assert left_out(result, "concentration.hhi_account") == {"net sales of zero or less": 2}


def test_lines_without_a_product_or_a_category_are_left_out_and_counted() -> None:
    result = checked(
        company(
            sold(1, "a", 50),
            sold(2, "a", 50, product_id="Q"),
            sold(3, "b", 300, product_id=None),
            sold(4, "b", 100, product_id="R"),
            sold(5, "b", 100, product_id="unheard of"),
        )
    )
    assert figure(result, "concentration.hhi_category") == 1
    assert left_out(result, "concentration.hhi_category") == {"order lines without a category": 3}
    assert left_out(result, "concentration.hhi_product") == {"order lines without a product": 1}


def test_an_order_of_an_account_that_is_not_registered_counts_for_its_product_alone() -> None:
    rows = company(sold(1, "a", 50), sold(2, "nobody", 50, product_id="Q"))
    result = ask("concentration", tables_from(rows), SAMPLE_DAY)
    assert list(rows_of(result)) == ["account:a"]
    assert figure(result, "concentration.hhi_account") == 1
    assert figure(result, "concentration.hhi_product") == Decimal("0.5")


def test_nothing_sold_has_no_concentration() -> None:
    result = checked(company(sold(1, "a", 5, ordered_on=SAMPLE_DAY - timedelta(days=365))))
    for name in ("hhi_account", "hhi_product", "hhi_category", "effective_accounts", "top1_share"):
        assert figure(result, f"concentration.{name}") is None
    assert rows_of(result) == {}


def test_equal_sales_stand_by_account() -> None:
    result = checked(company(sold(1, "c", 5), sold(2, "a", 5), sold(3, "b", 9)))
    assert list(rows_of(result)) == ["account:b", "account:a", "account:c"]


def test_few_accounts_are_warned_of() -> None:
    result = checked(company(sold(1, "c", 5)))
    assert [w.en for w in result.warnings] == [
        "Few cases: only 1 account with sales.",
        "Few cases: only 1 product with sales.",
        "Few cases: only 1 category with sales.",
    ]


def test_without_categories_their_concentration_is_unknown_and_said() -> None:
    rows = {t: r for t, r in company(sold(1, "a", 5)).items() if t != "products"}
    result = ask("concentration", tables_from(rows), SAMPLE_DAY)
    assert figure(result, "concentration.hhi_category") is None
    assert any("products.category" in w.en for w in result.warnings)
    with pytest.raises(MissingDataError):
        ask("concentration", tables_from({"accounts": rows["accounts"]}), SAMPLE_DAY)


def test_a_rep_sees_the_concentration_of_the_accounts_it_sees() -> None:
    rows = company(sold(1, "a", 50), sold(2, "b", 30), sold(3, "c", 30))
    scope = Scope(sees_all=False, person_ids=frozenset({"q"}))
    result = ask("concentration", tables_from(rows, scope), SAMPLE_DAY)
    assert figure(result, "concentration.hhi_account") == Decimal("0.5")


def test_a_group_is_one_account() -> None:
    rows = dict(company(sold(1, "a", 50), sold(2, "b", 30), sold(3, "c", 20)))
    rows["accounts"] = [
        {**a, "parent_id": {"c": "b"}.get(a["account_id"])} for a in rows["accounts"]
    ]
    result = ask("concentration", tables_from(rows), SAMPLE_DAY, group=True)
    assert figure(result, "concentration.hhi_account") == Decimal("0.5")


@pytest.mark.parametrize("factor", ["3", "1000", "0.5"])
def test_neither_the_size_of_money_nor_the_order_of_rows_changes_a_share(factor: str) -> None:
    lines = [sold(1, "a", 50), sold(2, "b", 30), sold(3, "c", 20), sold(4, "a", 7, product_id="Q")]
    scaled = [{**x, "net_amount": x["net_amount"] * Decimal(factor)} for x in reversed(lines)]
    small, large = checked(company(*lines)), checked(company(*scaled))
    for fact, other in zip(small.facts, large.facts, strict=True):
        assert (fact.key, other.value) == (
            other.key,
            fact.value * Decimal(factor) if fact.unit == "JPY" else fact.value,  # type: ignore[operator]
        )
    for subject, row in rows_of(small).items():
        assert rows_of(large)[subject]["concentration.share"] == row["concentration.share"]
