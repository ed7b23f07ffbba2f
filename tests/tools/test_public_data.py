"""The figures of shared/data/README.md, recomputed from the raw files and asked of the tools."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crm.scope import ScopedTables
from tests.companies import ADVENTUREWORKS_DAY, MAVEN_DAY, SHARED
from tests.oracles import adventureworks as aw
from tests.oracles import maven as mv
from tests.tools.asking import ask, figure

needs_maven = pytest.mark.skipif(
    not (SHARED / "maven_crm").is_dir(), reason=f"{SHARED / 'maven_crm'} is absent"
)
needs_adventureworks = pytest.mark.skipif(
    not (SHARED / "adventureworks").is_dir(), reason=f"{SHARED / 'adventureworks'} is absent"
)


@needs_maven
def test_the_raw_maven_files_hold_the_figures_of_the_readme() -> None:
    facts = mv.facts()
    assert facts["stages"] == {"Won": 4238, "Lost": 2473, "Engaging": 1589, "Prospecting": 500}
    assert facts["won_value"] == 10_005_534
    assert facts["win_rate"] == Decimal("0.631501")
    assert facts["cycle_won"] == {"n": 4238, "mean": Decimal("51.782"), "median": 57}
    assert facts["cycle_closed"] == {"n": 6711, "mean": Decimal("47.985"), "median": 45}


@needs_maven
def test_the_raw_maven_files_have_the_defects_of_the_readme() -> None:
    facts = mv.facts()
    assert facts["gtxpro_rows"] == 1480
    assert facts["technolgy_rows"] > 0
    assert facts["philipines_rows"] > 0
    assert facts["open_without_account"] == facts["without_account"] == 1425
    assert facts["open_with_amount"] == 0
    assert facts["without_engage_date"] == 500
    assert len(mv.read("accounts")) == 85
    assert len(mv.read("products")) == 7
    assert len(mv.read("sales_teams")) == 35


def test_the_tool_gives_mavens_figures(maven: ScopedTables) -> None:
    result = ask("pipeline_metrics", maven, MAVEN_DAY)
    expected = {
        "won_count": 4238,
        "lost_count": 2473,
        "open_count": 2089,
        "won_value": 10_005_534,
        "win_rate": Decimal("0.631501"),
        "cycle_days": Decimal("51.782"),
        "cycle_days_median": 57,
        "closed_cycle_days": Decimal("47.985"),
        "closed_cycle_days_median": 45,
        "open_value": None,
        "open_amount_unknown": 2089,
        "win_rate_by_value": None,
    }
    assert {name: figure(result, f"pipeline.{name}") for name in expected} == expected


def test_the_import_mends_mavens_names(maven: ScopedTables) -> None:
    accounts = maven["accounts"].to_pyarrow().to_pylist()
    assert "technology" in {a["industry"] for a in accounts}
    assert "Philippines" in {a["country"] for a in accounts}
    assert not {"technolgy", "Philipines"} & {v for a in accounts for v in a.values()}


@needs_adventureworks
def test_the_raw_adventureworks_files_hold_the_figures_of_the_readme() -> None:
    totals = aw.totals()
    rounded = {k: round(totals[k], 2) for k in ("net_sales", "product_cost", "freight", "discount")}
    assert rounded == {
        "net_sales": Decimal("80450596.98"),
        "product_cost": Decimal("79980114.38"),
        "freight": Decimal("2011265.92"),
        "discount": Decimal("527507.93"),
    }
    assert (totals["lines"], totals["orders"]) == (60855, 3796)
    assert totals["lines_below_cost"] == 21829
    assert len(aw.dim_reseller()) == 701


@needs_adventureworks
def test_the_whale_curve_of_the_raw_files_is_that_of_the_readme() -> None:
    found = aw.losers()
    assert (found["losing"], found["buyers"]) == (399, 635)
    assert round(found["peak"], 2) == Decimal("1896723.77")
    assert round(found["end"], 2) == Decimal("-1540783.31")
    assert (found["worst"]["account_id"], round(found["worst"]["profit"])) == ("599", -86689)
    assert (found["best"]["account_id"], round(found["best"]["profit"])) == ("496", 49424)
    assert found["worst"]["name"] == "Westside Plaza"
    assert found["best"]["name"] == "Top Sports Supply"


@needs_adventureworks
def test_the_margins_by_category_of_the_raw_files_are_those_of_the_readme() -> None:
    found = aw.margin_by_category().to_dict("records")
    assert {r["category"]: round(r["gross_profit"]) for r in found} == {
        "Bikes": -990_700,
        "Components": 1_032_966,
        "Clothing": 232_423,
        "Accessories": 195_793,
    }


@needs_adventureworks
@pytest.mark.parametrize(
    ("file", "count"),
    [("FactSalesQuota", 163), ("FactFinance", 39409), ("DimProduct", 606),
     ("FactResellerSales", 60855)],
)  # fmt: skip
def test_the_raw_adventureworks_files_have_their_rows(file: str, count: int) -> None:
    assert len(aw.read(file, "1 AS one")) == count


def test_the_import_keeps_every_order_line_of_adventureworks(adventureworks: ScopedTables) -> None:
    lines = adventureworks["order_lines"]
    raw = aw.totals()
    assert lines.count().execute() == raw["lines"]
    assert lines.order_id.nunique().execute() == raw["orders"]
    for column, key in (
        ("net_amount", "net_sales"),
        ("standard_cost", "product_cost"),
        ("freight", "freight"),
        ("discount", "discount"),
        ("list_amount", "list_sales"),
    ):
        assert lines[column].sum().execute() == raw[key]


def test_adventureworks_trailing_year_adds_up_over_its_accounts(
    adventureworks: ScopedTables,
) -> None:
    from crm.periods import trailing
    from tools.money import account_money
    from tools.query import fetch

    found = fetch(account_money(adventureworks, trailing(ADVENTUREWORKS_DAY, 365)))
    now = aw.trailing()["now"]
    assert sum(m["net_sales"] for m in found) == now["net_sales"]
    assert sum(m["contribution"] or Decimal(0) for m in found) == now["profit"]
