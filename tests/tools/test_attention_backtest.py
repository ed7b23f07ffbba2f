"""The backtest finds what became of the accounts flagged then, as the oracle does."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import InputError
from crm.scope import MissingDataError, Scope, ScopedTables
from tests.companies import ADVENTUREWORKS_DAY, MAVEN_DAY, SAMPLE_DAY, frames_from, tables_from
from tests.oracles import adventureworks as raw_adventureworks
from tests.oracles.backtest import attention_backtest as oracle
from tests.oracles.canonical import Tables
from tests.tools.asking import ask, figure, rows_of
from tools.facts import ToolResult

FACTS = ("judged", "bad", "base_rate", "flagged", "flagged_bad", "flagged_rate", "lift", "unjudged")


def assert_equal(result: ToolResult, wanted: dict[str, Any]) -> None:
    for name in FACTS:
        assert (name, figure(result, f"backtest.{name}")) == (
            name,
            wanted["facts"][f"backtest.{name}"],
        )
    found = rows_of(result)
    rows = {f"signal:{row['backtest.signal']}": row for row in wanted["rows"]}
    assert found == rows


@pytest.mark.parametrize("days", [90, 30, 365])
def test_the_sample_company_looked_back_at(
    sample: ScopedTables, sample_raw: Tables, days: int
) -> None:
    result = ask("attention_backtest", sample, SAMPLE_DAY, days=days)
    assert_equal(result, oracle(sample_raw, SAMPLE_DAY, days))


def test_an_earlier_day_of_the_sample_company(sample: ScopedTables, sample_raw: Tables) -> None:
    day = date(2026, 3, 31)
    assert_equal(ask("attention_backtest", sample, day), oracle(sample_raw, day))


@pytest.mark.slow
def test_adventureworks_looked_back_at(adventureworks: ScopedTables) -> None:
    wanted = oracle(raw_adventureworks.canonical_tables(), ADVENTUREWORKS_DAY, fiscal_start=1)
    result = ask("attention_backtest", adventureworks, ADVENTUREWORKS_DAY)
    assert_equal(result, wanted)
    assert any("opportunities" in warning.en for warning in result.warnings)


def test_maven_is_judged_by_its_lost_deals_alone(maven: ScopedTables) -> None:
    result = ask("attention_backtest", maven, MAVEN_DAY)
    assert isinstance(figure(result, "backtest.judged"), int)
    assert figure(result, "backtest.flagged") != 0
    assert any("order_lines" in warning.en for warning in result.warnings)


def test_signals_stand_by_their_lift(sample: ScopedTables) -> None:
    rows = rows_of(ask("attention_backtest", sample, SAMPLE_DAY))
    order = [(-Decimal(str(row["backtest.lift"])), subject) for subject, row in rows.items()]
    assert order == sorted(order)


def test_what_the_export_tells_of_today_is_said(sample: ScopedTables) -> None:
    warned = " ".join(w.en for w in ask("attention_backtest", sample, SAMPLE_DAY).warnings)
    assert "those of the export" in warned
    assert "Few cases" in warned


@pytest.mark.parametrize("days", [0, 366])
def test_days_beyond_a_year_are_refused(sample: ScopedTables, days: int) -> None:
    with pytest.raises(InputError, match="days"):
        ask("attention_backtest", sample, SAMPLE_DAY, days=days)


def test_without_sales_and_deals_there_is_nothing_to_judge_by() -> None:
    tables = tables_from({"accounts": [{"account_id": "A", "name": "a"}]})
    with pytest.raises(MissingDataError, match="order_lines"):
        ask("attention_backtest", tables, SAMPLE_DAY)


# ------------------------------------------------------------------ edges

THEN = SAMPLE_DAY - timedelta(days=90)


def line(day: date, net: int) -> dict[str, Any]:
    return {"order_id": f"O{day}", "line_no": 1, "account_id": "A", "ordered_on": day,
            "net_amount": Decimal(net)}  # fmt: skip


def deal(**more: Any) -> dict[str, Any]:
    return {"opportunity_id": "D", "account_id": "A", "status": "lost", "stage": "q",
            "created_on": THEN - timedelta(days=50), "expected_close": THEN - timedelta(days=1),
            "closed_on": SAMPLE_DAY, "amount": None, "owner_id": None, "probability": None,
            "next_step": "x", "next_step_due": None} | more  # fmt: skip


def looked_back_at(status: str = "customer", **tables: list[dict[str, Any]]) -> ToolResult:
    """The backtest of a company of account A, after the oracle has been seen to agree."""
    company = {"accounts": [{"account_id": "A", "name": "a", "status": status}],
               "opportunities": [], "order_lines": [], **tables}  # fmt: skip
    result = ask("attention_backtest", tables_from(company), SAMPLE_DAY)
    assert_equal(result, oracle(frames_from(company), SAMPLE_DAY))
    return result


@pytest.mark.parametrize(
    ("closed_on", "bad"),
    [(SAMPLE_DAY, 1), (THEN + timedelta(days=1), 1), (SAMPLE_DAY + timedelta(days=1), 0)],
)
def test_a_deal_lost_within_the_days_is_bad(closed_on: date, bad: int) -> None:
    result = looked_back_at(opportunities=[deal(closed_on=closed_on)])
    assert (figure(result, "backtest.judged"), figure(result, "backtest.bad")) == (1, bad)
    assert figure(result, "backtest.flagged") == 1  # overdue then


def test_a_deal_won_is_not_bad() -> None:
    assert figure(looked_back_at(opportunities=[deal(status="won")]), "backtest.bad") == 0


@pytest.mark.parametrize(("now", "bad"), [(80, 1), (81, 0), (0, 1)])
def test_sales_that_fell_by_a_fifth_are_bad(now: int, bad: int) -> None:
    sales = [line(SAMPLE_DAY, now), line(SAMPLE_DAY - timedelta(days=365), 100)]
    result = looked_back_at(order_lines=[row for row in sales if row["net_amount"]])
    assert (figure(result, "backtest.judged"), figure(result, "backtest.bad")) == (1, bad)


def test_who_neither_bought_a_year_before_nor_had_a_deal_cannot_be_judged() -> None:
    result = looked_back_at(order_lines=[line(THEN, 100)])
    assert figure(result, "backtest.judged") == 0
    assert figure(result, "backtest.base_rate") is None
    assert figure(result, "backtest.unjudged") == 1  # a quarter of all sales, then
    fact = result.fact("backtest.flagged")
    assert fact is not None
    assert [part.rows for part in fact.basis.left_out] == [1]


def test_a_rep_looks_back_at_their_own_accounts(sample: ScopedTables) -> None:
    mine = Scope(sees_all=False, person_ids=frozenset({"U10"}))
    result = ask(
        "attention_backtest",
        ScopedTables(sample.snapshot, mine, sample.settings),
        SAMPLE_DAY,
    )
    own, every = (
        figure(r, "backtest.judged")
        for r in (result, ask("attention_backtest", sample, SAMPLE_DAY))
    )
    assert isinstance(own, int)
    assert isinstance(every, int)
    assert 0 < own < every
