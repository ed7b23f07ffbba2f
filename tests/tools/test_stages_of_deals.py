"""How deals pass through their stages equals the oracle's count of every history."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crm.scope import ScopedTables
from tests.companies import MAVEN_DAY, SAMPLE_DAY, Rows, frames_from, tables_from
from tests.oracles import maven as raw_maven
from tests.oracles.canonical import Tables
from tests.oracles.targets import stage_order as oracle_order
from tests.oracles.targets import stages as oracle
from tests.tools.asking import ask
from tools.facts import ToolResult, Value
from tools.stages_of_deals import stage_order

FIGURES = ["stage_conversion", "stage_days_median", "stage_days_p75"]


def passed(result: ToolResult, name: str) -> dict[str, Value]:
    return {
        f.subject: f.value
        for f in result.facts
        if f.name == f"pipeline.{name}" and f.subject is not None
    }


def assert_agree(
    tables: ScopedTables, raw: Tables, as_of: date, fiscal_start: int = 4, **given: Any
) -> ToolResult:
    result = ask("pipeline_metrics", tables, as_of, **given)
    expected = oracle(raw, as_of, fiscal_start=fiscal_start, **given)
    for name in FIGURES:
        found = passed(result, name)
        assert list(found.items()) == [(r["subject"], r[f"pipeline.{name}"]) for r in expected]
    counted = [f.basis.rows for f in result.facts if f.name == "pipeline.stage_conversion"]
    assert counted == [row["n"] for row in expected]
    return result


@pytest.mark.parametrize("as_of", [SAMPLE_DAY, date(2025, 3, 31), date(2023, 11, 30)], ids=str)
@pytest.mark.parametrize(
    "given",
    [{}, {"period": "FY2024"}, {"period": "last_90_days"}, {"owner_id": "U03"},
     {"team": "西日本営業部"}, {"account_id": "A010"}],
    ids=str,
)  # fmt: skip
def test_every_stage_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, as_of: date, given: dict[str, str]
) -> None:
    assert_agree(sample, sample_raw, as_of, **given)


def test_mavens_only_stage_is_passed_by_those_that_were_won(maven: ScopedTables) -> None:
    result = assert_agree(maven, raw_maven.canonical_tables(), MAVEN_DAY, 1)
    assert passed(result, "stage_conversion") == {"stage:Engaging": Decimal("0.631501")}


DAY = date(2026, 9, 30)


def deal(number: int, status: str = "lost", days: int = 200) -> dict[str, Any]:
    closed = None if status == "open" else date.fromordinal(date(2026, 1, 1).toordinal() + days)
    return {"opportunity_id": f"D{number}", "status": status, "stage": "x",
            "created_on": date(2026, 1, 1), "closed_on": closed}  # fmt: skip


def entered(number: int, **days: int) -> list[dict[str, Any]]:
    first = date(2026, 1, 1).toordinal()
    return [
        {"opportunity_id": f"D{number}", "stage": s, "entered_on": date.fromordinal(first + d)}
        for s, d in days.items()
    ]


def company(deals: list[dict[str, Any]], *history: list[dict[str, Any]]) -> Rows:
    return {"opportunities": deals, "stage_history": [row for each in history for row in each]}


def checked(rows: Rows) -> ToolResult:
    tables, raw = tables_from(rows), frames_from(rows)
    assert list(stage_order(tables, DAY)) == oracle_order(raw, DAY)
    return assert_agree(tables, raw, DAY)


def test_a_stage_is_passed_by_entering_a_later_one_or_by_winning() -> None:
    result = checked(
        company(
            [deal(1), deal(2, "won"), deal(3), deal(4, "open")],
            entered(1, talk=0, offer=10),
            entered(2, talk=0),
            entered(3, talk=0, offer=5, close=9),
            entered(4, talk=0, offer=1, close=2),
        )
    )
    assert passed(result, "stage_conversion") == {
        "stage:talk": 1, "stage:offer": Decimal("0.5"), "stage:close": 0,
    }  # fmt: skip


def test_days_in_a_stage_run_to_the_next_one_or_to_the_closing() -> None:
    result = checked(
        company(
            [deal(1, days=50), deal(2, days=8)], entered(1, talk=0, offer=10), entered(2, talk=2)
        )
    )
    assert passed(result, "stage_days_median") == {"stage:talk": 8, "stage:offer": 40}
    assert passed(result, "stage_days_p75") == {"stage:talk": 9, "stage:offer": 40}


def test_a_stage_entered_again_counts_as_of_the_first_time_and_each_stay_for_itself() -> None:
    again = [*entered(1, talk=0, offer=10), *entered(1, talk=14)]
    checked(company([deal(1, days=20), deal(2)], again, entered(2, talk=0, offer=3)))


def test_stages_of_the_same_mean_rank_stand_by_name() -> None:
    rows = company([deal(1), deal(2)], entered(1, b=0, a=5), entered(2, a=0, b=5))
    assert list(stage_order(tables_from(rows), DAY)) == ["a", "b"]
    checked(rows)


def test_stages_entered_on_one_day_share_their_rank() -> None:
    rows = company(
        [deal(1), deal(2)], entered(1, c=0, a=0, b=4), entered(2, c=0, b=3), entered(3, a=9)
    )
    tables = tables_from(rows)
    assert list(stage_order(tables, DAY)) == oracle_order(frames_from(rows), DAY) == ["a", "c", "b"]


def test_what_is_entered_after_the_day_or_after_closing_is_no_stay() -> None:
    result = ask(
        "pipeline_metrics",
        tables_from(company([deal(1, days=5)], entered(1, talk=0, offer=9, close=300))),
        DAY,
    )
    assert passed(result, "stage_days_median") == {"stage:talk": 9, "stage:offer": None}
    (left,) = {
        f.basis.left_out for f in result.facts if f.subject == "stage:offer" and f.basis.left_out
    }
    assert [part.rows for part in left] == [1]


def test_without_a_stage_history_the_facts_are_left_out_and_a_warning_says_so() -> None:
    result = ask("pipeline_metrics", tables_from({"opportunities": [deal(1)]}), DAY)
    assert not passed(result, "stage_conversion")
    assert any("stage_history" in w.en for w in result.warnings)


def test_few_deals_in_a_stage_are_warned_of() -> None:
    result = checked(company([deal(1)], entered(1, talk=0, offer=4)))
    assert any("2 stages were entered by fewer than 5" in w.en for w in result.warnings)


def test_the_order_of_the_rows_means_nothing() -> None:
    rows = company(
        [deal(1), deal(2, "won")], entered(1, talk=0, offer=10), entered(2, talk=0, close=9)
    )
    turned = {table: list(reversed(records)) for table, records in rows.items()}
    one, other = (ask("pipeline_metrics", tables_from(r), DAY) for r in (rows, turned))
    assert [(f.key, f.value) for f in one.facts] == [(f.key, f.value) for f in other.facts]
