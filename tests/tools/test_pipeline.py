"""Every pipeline figure equals the oracle's, over all deals and in every group."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crm.scope import MissingDataError, ScopedTables
from crm.settings import Settings
from crm.thresholds import Deals
from tests.companies import MAVEN_DAY, SAMPLE_DAY, frames_from, tables_from
from tests.oracles import maven as raw_maven
from tests.oracles.canonical import Tables, rows
from tests.oracles.pipeline import pipeline_metrics as oracle
from tests.tools.asking import ask, figure, money, rows_of
from tools.facts import ToolResult

FIGURES = {
    "open_count": "open_count",
    "open_amount_unknown": "open_amount_unknown",
    "won_count": "won_count",
    "lost_count": "lost_count",
    "win_rate": "win_rate",
    "win_rate_low": "wilson_low",
    "win_rate_high": "wilson_high",
    "win_rate_by_value": "win_rate_by_value",
    "cycle_days": "cycle_mean",
    "cycle_days_median": "cycle_median",
    "cycle_days_p90": "cycle_p90",
    "closed_cycle_days": "cycle_closed_mean",
    "closed_cycle_days_median": "cycle_closed_median",
}
AMOUNTS = ("open_value", "weighted_value", "won_value", "velocity")
COLUMNS = ("win_rate", "won_count", "lost_count", "open_count")
RATES = ("win_rate_low", "win_rate_high", "win_rate_by_value")
FY2025 = (date(2025, 4, 1), date(2026, 3, 31))
Q2 = (date(2026, 7, 1), date(2026, 9, 30))


def assert_equal(result: ToolResult, expected: Any) -> None:
    for name, key in FIGURES.items():
        assert (name, figure(result, f"pipeline.{name}")) == (name, expected[key])
    for name in AMOUNTS:
        assert (name, figure(result, f"pipeline.{name}")) == (name, money(expected[name]))
    rate = result.fact("pipeline.win_rate")
    assert rate is not None
    assert rate.basis.rows == expected["won_count"] + expected["lost_count"]
    left_out = sum(part.rows for part in rate.basis.left_out)
    assert left_out == expected["unusable"] + expected["open_closed"]


@pytest.mark.parametrize(
    "as_of",
    [SAMPLE_DAY, date(2026, 3, 31), date(2025, 6, 30), date(2024, 2, 29), date(2023, 10, 1),
     date(2020, 1, 1)],
    ids=str,
)  # fmt: skip
def test_every_figure_of_the_sample_company_on_a_day(
    sample: ScopedTables, sample_raw: Tables, as_of: date
) -> None:
    assert_equal(ask("pipeline_metrics", sample, as_of), oracle(sample_raw, as_of))


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("FY2025", *FY2025),
        ("FY2026Q2", *Q2),
        ("2026-09", date(2026, 9, 1), date(2026, 9, 30)),
        ("last_90_days", date(2026, 7, 3), SAMPLE_DAY),
        ("2025-10-01..2026-09-30", date(2025, 10, 1), SAMPLE_DAY),
        ("this_fiscal_year", date(2026, 4, 1), date(2027, 3, 31)),
        ("2019", date(2019, 1, 1), date(2019, 12, 31)),
    ],
)
def test_a_period_bounds_what_closed_and_leaves_what_is_open(
    sample: ScopedTables, sample_raw: Tables, period: str, start: date, end: date
) -> None:
    result = ask("pipeline_metrics", sample, SAMPLE_DAY, period=period)
    assert_equal(result, oracle(sample_raw, SAMPLE_DAY, start, end))


@pytest.mark.parametrize("as_of", [MAVEN_DAY, date(2017, 6, 30)], ids=str)
@pytest.mark.parametrize(
    ("period", "start", "end"),
    [(None, None, None), ("FY2017Q2", date(2017, 4, 1), date(2017, 6, 30))],
)
def test_every_figure_of_maven(
    maven: ScopedTables, as_of: date, period: str | None, start: date | None, end: date | None
) -> None:
    result = ask("pipeline_metrics", maven, as_of, period=period)
    assert_equal(result, oracle(raw_maven.canonical_tables(), as_of, start, end))


def assert_groups(tables: ScopedTables, raw: Tables, by: str, as_of: date, **span: Any) -> None:
    period = span.pop("period", None)
    result = ask("pipeline_metrics", tables, as_of, by=by, period=period, limit=500)
    names = {p["person_id"]: p["name"] for p in rows(raw, "people")}
    expected = {}
    for row in oracle(raw, as_of, *span.get("ends", (None, None)), by=by).to_dict("records"):
        key = names.get(row[by], row[by]) if by in ("owner", "manager") else row[by]
        expected[key] = row
    found = {row["pipeline.group"]: row for row in rows_of(result).values()}
    empty = {k for k, r in found.items() if not any(r[f"pipeline.{c}"] for c in COLUMNS[1:])}
    assert found.keys() - empty == expected.keys()
    for key, row in expected.items():
        for name in (*COLUMNS, *RATES):
            assert (key, found[key][f"pipeline.{name}"]) == (key, row[FIGURES[name]])
        for name in ("open_value", "won_value"):
            assert (key, found[key][f"pipeline.{name}"]) == (key, money(row[name]))


@pytest.mark.parametrize(
    "by", ["owner", "manager", "team", "industry", "product", "category", "competitor"]
)
@pytest.mark.parametrize("as_of", [SAMPLE_DAY, date(2025, 3, 31)], ids=str)
def test_every_group_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, by: str, as_of: date
) -> None:
    assert_groups(sample, sample_raw, by, as_of)


@pytest.mark.parametrize("by", ["owner", "competitor"])
def test_every_group_of_the_sample_company_in_a_period(
    sample: ScopedTables, sample_raw: Tables, by: str
) -> None:
    assert_groups(sample, sample_raw, by, SAMPLE_DAY, period="FY2025", ends=FY2025)


@pytest.mark.parametrize("by", ["owner", "manager", "team", "industry", "product", "category"])
def test_every_group_of_maven(maven: ScopedTables, by: str) -> None:
    assert_groups(maven, raw_maven.canonical_tables(), by, MAVEN_DAY)


def test_mavens_win_rates_equal_those_counted_in_the_raw_file(maven: ScopedTables) -> None:
    for by, raw_by in (("manager", "manager"), ("industry", "sector"), ("product", "product")):
        result = ask("pipeline_metrics", maven, MAVEN_DAY, by=by, limit=500)
        found = {
            r["pipeline.group"]: (r["pipeline.won_count"], r["pipeline.win_rate"])
            for r in rows_of(result).values()
            if r["pipeline.group"] is not None
        }
        expected = raw_maven.win_rate(raw_by).to_dict("records")
        assert found == {r["key"]: (r["won"], r["win_rate"]) for r in expected}


@pytest.mark.parametrize("by", ["owner", "team", "industry", "competitor", "size_band", "stage"])
def test_groups_add_up_to_the_whole(sample: ScopedTables, by: str) -> None:
    result = ask("pipeline_metrics", sample, SAMPLE_DAY, by=by, limit=500)
    groups = rows_of(result).values()
    for name in ("won_count", "lost_count", "open_count", "won_value", "open_value"):
        parts = [r[f"pipeline.{name}"] for r in groups]
        assert sum(Decimal(str(p)) for p in parts if p is not None) == figure(
            result, f"pipeline.{name}"
        )


def test_groups_stand_with_the_highest_win_rate_first_and_unknown_last(
    sample: ScopedTables,
) -> None:
    result = ask("pipeline_metrics", sample, SAMPLE_DAY, by="competitor", limit=500)
    rates = [r["pipeline.win_rate"] for r in rows_of(result).values()]
    known = [Decimal(str(r)) for r in rates if r is not None]
    assert known == sorted(known, reverse=True)
    assert rates[: len(known)] == known


def test_a_cut_off_list_says_how_many_there_are(sample: ScopedTables) -> None:
    table = ask("pipeline_metrics", sample, SAMPLE_DAY, by="owner", limit=2).table
    assert table is not None
    assert len(table.rows) == 2
    assert table.total_rows > 2


def test_open_deals_by_stage_add_up(sample: ScopedTables) -> None:
    result = ask("pipeline_metrics", sample, SAMPLE_DAY)
    stages = [f.value for f in result.facts if f.name == "pipeline.stage_open_count"]
    assert sum(Decimal(str(s)) for s in stages) == figure(result, "pipeline.open_count")


@pytest.mark.parametrize("only", [{"account_id": "A010"}, {"owner_id": "U07"}])
def test_the_deals_of_one_account_or_person_are_measured_alone(
    sample: ScopedTables, sample_raw: Tables, only: dict[str, str]
) -> None:
    ((column, value),) = only.items()
    result = ask("pipeline_metrics", sample, SAMPLE_DAY, **only)
    deals = sample_raw["opportunities"]
    mine = sample_raw | {"opportunities": deals[deals[column] == value]}
    expected = oracle(mine, SAMPLE_DAY)
    for name in ("open_count", "won_count", "lost_count", "win_rate", "cycle_days"):
        assert figure(result, f"pipeline.{name}") == expected[FIGURES[name]]
    assert figure(result, "pipeline.won_value") == money(expected["won_value"])


def test_groups_are_judged_anew_when_what_they_stand_on_was_dropped(sample: ScopedTables) -> None:
    tables = ScopedTables(sample.snapshot, sample.scope, sample.settings)
    before = ask("pipeline_metrics", tables, SAMPLE_DAY, group=True, by="account")
    for number in range(70):  # more than are kept
        tables.keep(("another", number), lambda: tables["people"].limit(1))
    after = ask("pipeline_metrics", tables, SAMPLE_DAY, group=True, by="account")
    assert rows_of(after) == rows_of(before)


def test_a_team_has_the_deals_of_its_people(sample: ScopedTables) -> None:
    by_team = rows_of(ask("pipeline_metrics", sample, SAMPLE_DAY, by="team"))
    alone = ask("pipeline_metrics", sample, SAMPLE_DAY, team="西日本営業部")
    for name in ("open_count", "won_count", "lost_count", "win_rate", "won_value", "open_value"):
        wanted = by_team["team:西日本営業部"][f"pipeline.{name}"]
        assert figure(alone, f"pipeline.{name}") == wanted


def test_a_stage_default_is_the_last_resort_and_an_unknown_chance_is_left_out() -> None:
    deals = [
        {"opportunity_id": "own", "status": "open", "stage": "q", "amount": Decimal(100),
         "probability": Decimal("0.1")},
        {"opportunity_id": "default", "status": "open", "stage": "q", "amount": Decimal(1000)},
        {"opportunity_id": "unknown", "status": "open", "stage": "x", "amount": Decimal(10000)},
    ]  # fmt: skip
    company = Settings(deals=Deals(stage_probability={"q": Decimal("0.5")}))
    result = ask("pipeline_metrics", tables_from({"opportunities": deals}, settings=company),
                 SAMPLE_DAY)  # fmt: skip
    weighted = result.fact("pipeline.weighted_value")
    assert weighted is not None
    assert weighted.value == Decimal(510)
    assert [(part.rows, part.reason.en) for part in weighted.basis.left_out] == [
        (1, "no amount or no probability")
    ]


@pytest.mark.parametrize(("closed", "expected"), [(29, None), (30, Decimal("333.333"))])
def test_a_stage_needs_thirty_closed_deals_for_its_history_to_count(
    closed: int, expected: Decimal | None
) -> None:
    day = date(2026, 1, 1)
    deals = [
        {"opportunity_id": f"D{n}", "status": "lost" if n % 3 else "won", "closed_on": day}
        for n in range(closed)
    ]
    history = [{"opportunity_id": f"D{n}", "stage": "q", "entered_on": day} for n in range(closed)]
    deals.append({"opportunity_id": "X", "status": "open", "stage": "q", "amount": Decimal(1000)})
    company = {"opportunities": deals, "stage_history": history}
    result = ask("pipeline_metrics", tables_from(company), SAMPLE_DAY)
    assert figure(result, "pipeline.weighted_value") == expected
    assert money(oracle(frames_from(company), SAMPLE_DAY)["weighted_value"]) == expected


def test_two_people_of_one_name_are_never_merged() -> None:
    company = {
        "people": [{"person_id": "U1", "name": "佐藤 健"}, {"person_id": "U2", "name": "佐藤 健"}],
        "opportunities": [
            {"opportunity_id": "D1", "owner_id": "U1", "status": "open"},
            {"opportunity_id": "D2", "owner_id": "U2", "status": "open"},
        ],
    }
    found = rows_of(ask("pipeline_metrics", tables_from(company), SAMPLE_DAY, by="owner"))
    assert [r["pipeline.group"] for r in found.values()] == ["佐藤 健 (U1)", "佐藤 健 (U2)"]
    assert [r["pipeline.open_count"] for r in found.values()] == [1, 1]


def test_few_cases_are_warned_of() -> None:
    deals = [{"opportunity_id": "D", "status": "won", "closed_on": date(2026, 1, 1)}]
    result = ask("pipeline_metrics", tables_from({"opportunities": deals}), SAMPLE_DAY)
    assert figure(result, "pipeline.win_rate") == 1
    assert any("Few cases" in w.en for w in result.warnings)


@pytest.mark.parametrize("by", ["manager", "team"])
def test_without_people_deals_cannot_be_compared_by_team(by: str) -> None:
    deals = [{"opportunity_id": "D", "status": "open"}]
    with pytest.raises(MissingDataError, match="no `people`"):
        ask("pipeline_metrics", tables_from({"opportunities": deals}), SAMPLE_DAY, by=by)
