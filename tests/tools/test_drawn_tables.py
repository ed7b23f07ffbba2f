"""The tables made to be drawn hold what the raw rows say, recomputed here in plain Python."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.scope import ScopedTables
from tests.companies import SAMPLE_DAY, tables_from
from tests.oracles.canonical import Row, Tables, rows, window
from tests.oracles.pipeline import is_open
from tests.oracles.segmentation import thirds, zone_values
from tests.oracles.whitespace2 import estimates
from tests.tools.asking import ask, rows_of
from tools.facts import ToolResult
from tools.trend import quarters_until

DAYS = [SAMPLE_DAY, date(2026, 8, 14), date(2025, 1, 1)]


def part(result: ToolResult, tool: str) -> dict[str, dict[str, Any]]:
    found = result.part(tool)
    assert found is not None
    return rows_of(found)


# ------------------------------------------------------------------ trend


def quarter(day: date) -> str:
    """The quarter of a fiscal year that begins in April."""
    year = day.year if day.month >= 4 else day.year - 1
    return f"FY{year}Q{(day.month - 4) % 12 // 3 + 1}"


@pytest.mark.parametrize("as_of", DAYS, ids=str)
@pytest.mark.parametrize("account_id", ["A001", "A010", "A025", "A063"])
def test_sales_by_quarter_are_those_of_the_order_lines(
    sample: ScopedTables, sample_raw: Tables, account_id: str, as_of: date
) -> None:
    lines = [x for x in rows(sample_raw, "order_lines") if x["ordered_on"] <= as_of]
    sales: dict[str, Decimal] = defaultdict(Decimal)
    orders: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if line["account_id"] == account_id:
            sales[quarter(line["ordered_on"])] += line["net_amount"]
            orders[quarter(line["ordered_on"])].add(line["order_id"])
    result = ask("account_overview", sample, as_of, account_id=account_id)
    found = part(result, "sales_trend")
    assert len(found) <= 12
    for subject, row in found.items():
        name = subject.removeprefix("quarter:")
        assert row["trend.quarter"] == name
        assert row["trend.net_sales"] == sales[name]
        assert row["trend.orders"] == len(orders[name])
    first = min(x["ordered_on"] for x in lines)
    assert list(found)[-1] == f"quarter:{quarter(as_of)}"
    assert all(subject.removeprefix("quarter:") >= quarter(first) for subject in found)


def test_a_quarter_cut_short_is_said_not_to_be_whole(sample: ScopedTables) -> None:
    def whole(as_of: date) -> list[Any]:
        result = ask("account_overview", sample, as_of, account_id="A010")
        return [row["trend.complete"] for row in part(result, "sales_trend").values()]

    assert whole(SAMPLE_DAY)[-1] == "yes"
    assert whole(date(2026, 9, 29))[-1] == "no"
    assert set(whole(SAMPLE_DAY)[1:]) == {"yes"}


def test_before_the_records_begin_there_is_no_trend(sample: ScopedTables) -> None:
    result = ask("account_overview", sample, date(2019, 1, 1), account_id="A010")
    assert result.part("sales_trend") is None


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.integers(1, 12), st.integers(1, 20))
def test_quarters_follow_each_other_without_a_gap(day: date, start: int, count: int) -> None:
    found = quarters_until(day, start, count)
    assert len(found) == count == len({q.name for q in found})
    assert found[-1].period.contains(day)
    for before, after in itertools.pairwise(found):
        assert (after.period.start - before.period.end).days == 1
    assert all((q.period.start.month - start) % 3 == 0 for q in found)


# ------------------------------------------------------------------ heat maps


@pytest.mark.parametrize("as_of", DAYS[:2], ids=str)
def test_the_heat_map_has_the_open_value_of_its_accounts(
    sample: ScopedTables, sample_raw: Tables, as_of: date
) -> None:
    placed = {
        i: r
        for i, r in zone_values(sample_raw, as_of, {}).items()
        if r["x"] is not None and r["y"] is not None
    }
    across = thirds({i: Fraction(r["x"]) for i, r in placed.items()})
    up = thirds({i: Fraction(r["y"]) for i, r in placed.items()})
    value: dict[str, Decimal] = defaultdict(Decimal)
    for deal in rows(sample_raw, "opportunities"):
        account = deal["account_id"]
        if account in placed and is_open(deal, as_of) and deal["amount"] is not None:
            value[f"heat:{across[account]}-{up[account]}"] += deal["amount"]
    found = part(ask("portfolio_zones", sample, as_of), "portfolio_heat")
    assert len(found) == 9
    assert {s: row["zones.heat_value"] for s, row in found.items()} == {s: value[s] for s in found}
    for subject, row in found.items():
        assert subject == f"heat:{row['zones.win_third']}-{row['zones.price_third']}"


def test_open_deals_without_an_amount_make_a_cell_unknown_and_not_zero() -> None:
    deal = {"status": "open", "created_on": SAMPLE_DAY, "probability": Decimal("0.5")}
    won = {"status": "won", "created_on": SAMPLE_DAY, "closed_on": SAMPLE_DAY}
    company = {
        "accounts": [{"account_id": "A", "name": "A"}],
        "opportunities": [
            {"opportunity_id": "1", "account_id": "A", "amount": None, **deal},
            {"opportunity_id": "2", "account_id": "A", "amount": Decimal(9), **won},
        ],
    }
    found = part(ask("portfolio_zones", tables_from(company), SAMPLE_DAY), "portfolio_heat")
    counted = {s: row["zones.heat_value"] for s, row in found.items() if row["zones.heat"]}
    assert list(counted.values()) == [None]
    assert {row["zones.heat_value"] for s, row in found.items() if s not in counted} == {0}


def test_the_cells_of_the_abcd_matrix_are_its_customers(sample: ScopedTables) -> None:
    result = ask("abcd_matrix", sample, SAMPLE_DAY, limit=500)
    cuts = [result.fact(name) for name in ("abcd.worth_cut", "abcd.record_cut")]
    worth_cut, record_cut = (Decimal(str(fact.value)) for fact in cuts if fact)
    sums: dict[tuple[str, str], list[Any]] = defaultdict(lambda: [0, Decimal(0)])
    for row in rows_of(result).values():
        place = (
            "high" if row["abcd.worth"] >= worth_cut else "low",
            "high" if row["abcd.record"] >= record_cut else "low",
        )
        sums[place][0] += 1
        sums[place][1] += row["sales.net_sales"]
    for row in part(result, "abcd_cells").values():
        place = (row["abcd.worth_level"], row["abcd.record_level"])
        assert [row["abcd.count"], row["abcd.sales"]] == sums[place]


# ------------------------------------------------------------------ white-space map


@pytest.mark.parametrize("given_", [{}, {"account_id": "A014"}, {"team": "東日本営業部"}], ids=str)
def test_the_map_has_purchases_and_estimates_of_every_cell(
    sample: ScopedTables, sample_raw: Tables, given_: dict[str, Any]
) -> None:
    category = {p["product_id"]: p["category"] for p in rows(sample_raw, "products")}
    start, end = window(SAMPLE_DAY, 365)
    own: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in rows(sample_raw, "order_lines"):
        if start <= line["ordered_on"] <= end:
            own[line["account_id"], category[line["product_id"]]] += line["net_amount"]
    guessed: dict[tuple[str, str], Row] = estimates(sample_raw, SAMPLE_DAY)
    result = ask("white_space", sample, SAMPLE_DAY, **given_)
    found = part(result, "white_space_map")
    accounts = list(dict.fromkeys(s.split("/")[0] for s in found))
    assert len(found) == len(accounts) * len(set(category.values()))
    assert len(accounts) <= 12
    for subject, row in found.items():
        account, named = (each.split(":")[1] for each in subject.split("/"))
        assert row["whitespace.own"] == own[account, named]
        guess = guessed.get((account, named))
        wanted = None if guess is None else max(guess["potential"], 0)
        assert row["whitespace.potential"] == wanted
        assert (row["whitespace.state"] == "owned") == (own[account, named] > 0)
    if not given_:
        listed = dict.fromkeys(s.split("/")[0] for s in rows_of(result))
        assert accounts == list(listed)[:12]


# ------------------------------------------------------------------ funnel


def test_stages_stand_in_the_order_of_the_deals(sample: ScopedTables, sample_raw: Tables) -> None:
    result = ask("pipeline_metrics", sample, SAMPLE_DAY, by="stage")
    found = rows_of(result)
    names = [row["pipeline.group"] for row in found.values()]
    assert names == ["初回訪問", "課題把握", "提案", "見積", "最終交渉"]
    counts: dict[str, int] = defaultdict(int)
    for deal in rows(sample_raw, "opportunities"):
        counts[deal["stage"]] += is_open(deal, SAMPLE_DAY)
    told = {row["pipeline.group"]: row["pipeline.open_count"] for row in found.values()}
    assert told == {name: counts[name] for name in names}


def test_without_a_history_of_stages_the_best_win_rate_comes_first() -> None:
    company = {
        "accounts": [{"account_id": "A", "name": "A"}],
        "opportunities": [
            {"opportunity_id": str(n), "account_id": "A", "amount": Decimal(1), "stage": stage,
             "status": status, "created_on": SAMPLE_DAY, "closed_on": SAMPLE_DAY}
            for n, (stage, status) in enumerate([("a", "lost"), ("b", "won")])
        ],
    }  # fmt: skip
    result = ask("pipeline_metrics", tables_from(company), SAMPLE_DAY, by="stage")
    assert [row["pipeline.group"] for row in rows_of(result).values()] == ["b", "a"]
    assert result.table is not None
    assert result.table.sort.en == "highest win rate first"
