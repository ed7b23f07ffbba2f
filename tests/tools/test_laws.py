"""Laws that hold for every company: order means nothing, money scales, unknown stays unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from crm.scope import ScopedTables
from tests.companies import SAMPLE_DAY, frames_from, tables_from
from tests.oracles.deal_health import deal_health
from tests.oracles.pipeline import pipeline_metrics
from tests.oracles.sales import account_sales
from tests.tools.asking import ask, figure, money, rows_of
from tests.tools.companies_at_random import IDS, Company, companies
from tests.tools.test_attention import expected, raised, same
from tests.tools.test_deal_health import signals_of
from tests.tools.test_pipeline import AMOUNTS, FIGURES
from tools.facts import Fact, Value, metrics

# Shrinking would take minutes: the example that fails is small as it is.
PHASES = (Phase.explicit, Phase.generate)
LAW = settings(derandomize=True, max_examples=3, deadline=None, phases=PHASES)
MANY = settings(LAW, max_examples=30)
MONEY_COLUMNS = {
    "amount", "annual_revenue", "hourly_cost", "net_amount", "list_amount", "discount",
    "standard_cost", "freight",
}  # fmt: skip


def every_fact(tables: ScopedTables) -> list[Fact]:
    """The facts that every tool gives about a company."""
    answers = [
        ask("pipeline_metrics", tables, SAMPLE_DAY, by="owner"),
        ask("deal_health", tables, SAMPLE_DAY),
        ask("needs_attention", tables, SAMPLE_DAY, limit=500),
    ]
    for tool in ("account_overview", "recent_changes", "key_contacts", "knowledge_gaps"):
        answers.append(ask(tool, tables, SAMPLE_DAY, account_id=IDS[0]))
    return [fact for answer in answers for fact in answer.all_facts()]


def told(facts: list[Fact]) -> list[tuple[str, str | None, Value]]:
    return [(f.name, f.subject, f.value) for f in facts]


@LAW
@given(companies())
def test_every_figure_of_any_company_is_the_oracles(company: Company) -> None:
    assert_the_oracles_agree(company)


@pytest.mark.slow
@MANY
@given(companies())
def test_every_figure_of_many_companies_is_the_oracles(company: Company) -> None:
    assert_the_oracles_agree(company)


def assert_the_oracles_agree(company: Company) -> None:
    tables, raw = tables_from(company), frames_from(company)
    result, wanted = ask("pipeline_metrics", tables, SAMPLE_DAY), pipeline_metrics(raw, SAMPLE_DAY)
    for name, key in FIGURES.items():
        assert (name, figure(result, f"pipeline.{name}")) == (name, wanted[key])
    for name in AMOUNTS:
        assert (name, figure(result, f"pipeline.{name}")) == (name, money(wanted[name]))
    health = rows_of(ask("deal_health", tables, SAMPLE_DAY))
    for deal in deal_health(raw, SAMPLE_DAY).to_dict("records"):
        row = health[f"deal:{deal['opportunity_id']}"]
        signals = signals_of(deal)
        if not company["activities"]:
            signals -= {"single_threaded"}
        if not company["contacts"]:
            signals -= {"no_decision_maker"}
        assert set(str(row["deal.signals"]).split(";")) - {""} == signals
    found, flags = raised(tables, SAMPLE_DAY), expected(raw, SAMPLE_DAY)
    assert {a: set(s) for a, s in found.items()} == {a: set(s) for a, s in flags.items()}
    for account, mine in found.items():
        assert all(same(s, m, flags[account][s]) for s, m in mine.items())
    sold = {r["account_id"]: r for r in account_sales(raw, SAMPLE_DAY).to_dict("records")}
    for account in IDS[:2]:
        overview = ask("account_overview", tables, SAMPLE_DAY, account_id=account)
        for name in ("net_sales", "list_sales", "discount"):
            assert figure(overview, f"sales.{name}") == money(sold[account][name])
        for name in ("gross_profit", "contribution"):
            assert figure(overview, f"profit.{name}") == money(sold[account][name])


FACTORS = st.sampled_from([2, 1000])
CHANCE = st.randoms(use_true_random=False)


@LAW
@given(companies(), CHANCE, FACTORS)
def test_every_fact_is_sound_whatever_the_order_and_the_scale(
    company: Company, chance: Any, factor: int
) -> None:
    assert_the_laws_hold(company, chance, factor)


@pytest.mark.slow
@MANY
@given(companies(), CHANCE, FACTORS)
def test_every_fact_of_many_companies_is_sound_whatever_the_order_and_the_scale(
    company: Company, chance: Any, factor: int
) -> None:
    assert_the_laws_hold(company, chance, factor)


def assert_the_laws_hold(company: Company, chance: Any, factor: int) -> None:
    facts = every_fact(tables_from(company))
    assert_declared_with_evidence(facts)
    assert_order_means_nothing(company, facts, chance)
    assert_money_scales(company, facts, factor)


def assert_declared_with_evidence(facts: list[Fact]) -> None:
    for fact in facts:
        assert fact.name in metrics()
        assert fact.basis.formula == fact.name
        assert fact.basis.as_of == SAMPLE_DAY
        assert not isinstance(fact.value, float)
        assert not isinstance(fact.value, Decimal) or fact.value.is_finite()
        if metrics()[fact.name].unit == "money":
            assert fact.unit == "JPY"
    keys = [f.key for f in facts if f.name.startswith("signal.")]
    assert len(keys) == len(set(keys))


def assert_order_means_nothing(company: Company, facts: list[Fact], chance: Any) -> None:
    shuffled = {t: chance.sample(r, len(r)) for t, r in company.items()}
    assert told(every_fact(tables_from(shuffled))) == told(facts)


def assert_money_scales(company: Company, facts: list[Fact], factor: int) -> None:
    """Every amount is scaled with the money of the company, and no other figure."""
    scaled = {
        t: [
            {c: v * factor if c in MONEY_COLUMNS and v is not None else v for c, v in row.items()}
            for row in rows
        ]
        for t, rows in company.items()
    }
    after = every_fact(tables_from(scaled))
    assert [f.key for f in after] == [f.key for f in facts]
    for fact, small in zip(after, facts, strict=True):
        old = small.value
        if metrics()[fact.name].unit == "money" and old is not None:
            assert isinstance(old, Decimal | int)
            assert abs(Decimal(str(fact.value)) - old * factor) <= Decimal("0.0001") * factor
        else:
            assert (fact.name, fact.value) == (fact.name, old)


@LAW
@given(companies())
def test_an_unrelated_account_changes_no_figure_of_another(company: Company) -> None:
    stranger = {
        "accounts": [{"account_id": "Z", "name": "stranger", "status": "former"}],
        "order_lines": [
            {"order_id": "Z", "line_no": 1, "account_id": "Z", "ordered_on": SAMPLE_DAY,
             "net_amount": Decimal(5), "standard_cost": Decimal(3)}
        ],
        "activities": [
            {"activity_id": "Z", "account_id": "Z", "kind": "call", "occurred_on": SAMPLE_DAY}
        ],
    }  # fmt: skip
    wider = {t: [*r, *stranger.get(t, [])] for t, r in company.items()}
    assume(company["order_lines"] and company["activities"])  # else the stranger adds a table
    alone, together = tables_from(company), tables_from(wider)
    for tool in ("account_overview", "recent_changes", "key_contacts"):
        before, after = (
            ask(tool, tables, SAMPLE_DAY, account_id=IDS[0]) for tables in (alone, together)
        )
        assert told(list(after.all_facts())) == told(list(before.all_facts()))
    healthy = rows_of(ask("deal_health", alone, SAMPLE_DAY))
    assert rows_of(ask("deal_health", together, SAMPLE_DAY)) == healthy


@LAW
@given(companies())
def test_amounts_that_nobody_knows_stay_unknown(company: Company) -> None:
    deals = [{**d, "amount": None} for d in company["opportunities"]]
    tables = tables_from({**company, "opportunities": deals})
    result = ask("pipeline_metrics", tables, SAMPLE_DAY)
    for count, value in (("open_count", "open_value"), ("won_count", "won_value")):
        n = figure(result, f"pipeline.{count}")
        assert figure(result, f"pipeline.{value}") == (None if n else 0)
    n = figure(result, "pipeline.open_count")
    assert figure(result, "pipeline.weighted_value") == (None if n else 0)
    assert figure(result, "pipeline.velocity") is None
    assert figure(result, "pipeline.win_rate_by_value") is None
    for row in rows_of(ask("deal_health", tables, SAMPLE_DAY)).values():
        assert row["deal.amount"] is row["deal.expected_value"] is None
