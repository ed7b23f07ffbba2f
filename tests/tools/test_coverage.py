"""Coverage compares what is open with what is missing, and says unknown where a side is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crm.scope import Scope, ScopedTables
from tests.companies import MAVEN_DAY, SAMPLE_DAY, Rows, frames_from, tables_from
from tests.oracles import maven as raw_maven
from tests.oracles.canonical import Tables
from tests.oracles.targets import coverage as oracle
from tests.tools.agreement import assert_facts
from tests.tools.asking import ask, figure
from tools.facts import ToolResult


def assert_agree(
    tables: ScopedTables, raw: Tables, as_of: date, fiscal_start: int = 4, **given: Any
) -> ToolResult:
    result = ask("pipeline_metrics", tables, as_of, **given)
    expected = oracle(
        raw, as_of, given.pop("period", "this_half"), fiscal_start=fiscal_start, **given
    )
    assert_facts(result, expected)
    return result


@pytest.mark.parametrize("as_of", [SAMPLE_DAY, date(2026, 8, 15), date(2025, 6, 30)], ids=str)
@pytest.mark.parametrize("period", ["this_half", "FY2026", "FY2026H2", "FY2025", "2026-05"])
def test_the_coverage_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, as_of: date, period: str
) -> None:
    assert_agree(sample, sample_raw, as_of, period=period)


def test_without_a_period_the_coverage_is_of_the_running_half(
    sample: ScopedTables, sample_raw: Tables
) -> None:
    result = assert_agree(sample, sample_raw, SAMPLE_DAY)
    assert figure(result, "pipeline.coverage_from") == date(2026, 4, 1)
    assert figure(result, "pipeline.coverage_to") == SAMPLE_DAY


@pytest.mark.parametrize(
    "only",
    [{"owner_id": "U07"}, {"owner_id": "U03"}, {"team": "西日本営業部"}, {"account_id": "A010"}],
    ids=str,
)
def test_the_coverage_of_a_person_a_team_or_an_account(
    sample: ScopedTables, sample_raw: Tables, only: dict[str, str]
) -> None:
    result = assert_agree(sample, sample_raw, SAMPLE_DAY, period="FY2026", **only)
    known = "account_id" not in only  # no account has a target of orders
    assert (figure(result, "pipeline.target") is not None) == known


def test_maven_has_neither_targets_nor_days_so_its_coverage_is_unknown(maven: ScopedTables) -> None:
    result = ask("pipeline_metrics", maven, MAVEN_DAY)
    expected = oracle(raw_maven.canonical_tables(), MAVEN_DAY, fiscal_start=1)
    del expected["pipeline.open_in_period"]  # the oracle's 0 of deals that nobody dated
    assert_facts(result, expected)
    assert figure(result, "pipeline.open_in_period") is None
    assert figure(result, "pipeline.coverage_verdict") == "unknown"
    assert figure(result, "pipeline.required_coverage") == Decimal("1.58353")
    assert any("No target of orders won for 2017-07-01" in w.en for w in result.warnings)


DAY = date(2026, 9, 30)
PEOPLE = [
    {"person_id": "m", "name": "M", "manager_id": None, "team": "north"},
    {"person_id": "p", "name": "P", "manager_id": "m", "team": "north"},
    {"person_id": "q", "name": "Q", "manager_id": "m", "team": "south"},
]


def target(amount: int, period: str = "FY2026", **whose: str) -> dict[str, Any]:
    return {"owner_id": None, "team": None, "account_id": None, "period": period,
            "measure": "orders_won", "amount": Decimal(amount), **whose}  # fmt: skip


def deal(number: int, status: str, amount: int | None, owner: str = "p", **more: Any) -> Any:
    closed = {"open": None}.get(status, date(2026, 5, 1))
    return {"opportunity_id": f"D{number}", "account_id": "a", "owner_id": owner, "status": status,
            "amount": None if amount is None else Decimal(amount), "created_on": date(2026, 1, 1),
            "expected_close": None, "closed_on": closed, **more}  # fmt: skip


WON, LOST = deal(1, "won", 30), deal(2, "lost", 10)


def company(*targets: dict[str, Any], deals: list[dict[str, Any]] | None = None) -> Rows:
    """30 won, one of two; 40 open of p today, 60 of q in December; others outside the rest."""
    opened = [
        deal(3, "open", 40, expected_close=DAY),
        deal(4, "open", 60, "q", expected_close=date(2026, 12, 31)),
        deal(5, "open", 60, expected_close=date(2026, 9, 29)),
        deal(6, "open", 60, expected_close=date(2027, 4, 1)),
        deal(7, "open", 60),
    ]
    return {
        "accounts": [{"account_id": "a", "name": "A", "owner_id": "p"}],
        "people": PEOPLE,
        "opportunities": [WON, LOST, *opened] if deals is None else deals,
        "targets": list(targets),
    }


def checked(rows: Rows, **given: Any) -> ToolResult:
    given = {"period": "FY2026", **given}
    return assert_agree(tables_from(rows), frames_from(rows), DAY, **given)


@pytest.mark.parametrize(
    ("amount", "coverage", "verdict", "reached"),
    [
        (81, "1.960784", "short", "no"),
        (80, "2", "enough", "no"),  # just what one win in two asks for
        (31, "100", "enough", "no"),
        (30, None, "reached", "yes"),
        (29, None, "reached", "yes"),
    ],
)
def test_the_verdict_compares_what_is_open_with_what_the_win_rate_asks_for(
    amount: int, coverage: str | None, verdict: str, reached: str
) -> None:
    result = checked(company(target(amount, owner_id="p")))
    assert figure(result, "pipeline.required_coverage") == 2
    found = figure(result, "pipeline.coverage")
    assert found == (None if coverage is None else Decimal(coverage))
    assert figure(result, "pipeline.coverage_verdict") == verdict
    assert figure(result, "pipeline.target_reached") == reached


def test_levels_of_targets_are_never_added() -> None:
    people, teams = [target(60, owner_id="p"), target(50, owner_id="q")], [target(7, team="north")]
    accounts = [target(5, account_id="a")]
    for given, amount in (
        ([*people, *teams, *accounts], 110),
        ([*teams, *accounts], 7),
        (accounts, 5),
    ):
        assert figure(checked(company(*given)), "pipeline.target") == amount


def test_a_persons_target_may_be_the_sum_of_halves_and_is_not_added_to_its_year() -> None:
    halves = [target(20, "FY2026H1", owner_id="q"), target(25, "FY2026H2", owner_id="q")]
    year = [target(60, owner_id="p"), target(33, "FY2026H1", owner_id="p")]
    assert figure(checked(company(*halves, *year)), "pipeline.target") == 105


def test_a_longer_target_is_not_prorated() -> None:
    result = checked(company(target(60, owner_id="p")), period="FY2026H1")
    assert figure(result, "pipeline.target") is None
    assert figure(result, "pipeline.coverage_verdict") == "unknown"


def test_a_manager_has_the_targets_of_those_below() -> None:
    rows = company(target(60, owner_id="p"), target(50, owner_id="q"), target(9, team="north"))
    for only, amount in (({"owner_id": "m"}, 110), ({"owner_id": "q"}, 50), ({"team": "north"}, 9)):
        assert figure(checked(rows, **only), "pipeline.target") == amount


@pytest.mark.parametrize("deals", [[deal(1, "won", None), LOST], [deal(2, "won", 3)], [LOST], []])
def test_what_is_not_known_makes_no_verdict(deals: list[dict[str, Any]]) -> None:
    given = [*deals, deal(3, "open", None, expected_close=DAY)]
    result = checked(company(target(90, owner_id="p"), deals=given))
    assert figure(result, "pipeline.coverage") is None
    assert figure(result, "pipeline.coverage_verdict") == "unknown"


def test_without_a_win_in_a_year_no_coverage_can_be_asked_for() -> None:
    old = deal(1, "won", 5, closed_on=date(2025, 9, 30))
    opened = deal(3, "open", 40, expected_close=DAY)
    result = checked(company(target(90, owner_id="p"), deals=[old, LOST, opened]))
    assert figure(result, "pipeline.required_coverage") is None
    assert figure(result, "pipeline.coverage_verdict") == "unknown"


def test_a_missing_target_is_said_with_its_remedy_and_only_of_the_whole() -> None:
    rows = company()
    result = checked(rows)
    warned = [w.en for w in result.warnings if "target" in w.en]
    assert warned == [
        "No target of orders won for 2026-04-01 to 2027-03-31: the coverage is unknown. "
        "Add it to targets (measure orders_won) and import."
    ]
    assert not [w for w in checked(rows, account_id="a").warnings if "target" in w.en]


def test_a_team_seen_in_part_lends_no_target() -> None:
    rows = company(target(60, team="north"))
    scope = Scope(sees_all=False, person_ids=frozenset({"p"}))
    result = ask("pipeline_metrics", tables_from(rows, scope), DAY, period="FY2026")
    assert figure(result, "pipeline.target") is None


def test_few_closed_deals_are_warned_of() -> None:
    result = checked(company(target(60, owner_id="p")))
    assert any("required coverage rests on 2 deals" in w.en for w in result.warnings)
