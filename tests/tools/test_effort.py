"""Effort and return equal the oracle's for every way of grouping; unknown hours stay unknown."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import InputError
from crm.scope import MissingDataError, ScopedTables
from crm.settings import Settings
from crm.thresholds import Effort
from tests.companies import ADVENTUREWORKS_DAY, MAVEN_DAY, SAMPLE_DAY, frames_from, tables_from
from tests.oracles.canonical import Tables
from tests.oracles.effort import effort_and_return
from tests.oracles.periods import period
from tests.tools.asking import ask, figure, rows_of
from tools.facts import ToolResult, Value

BYS = ["account", "zone", "abcd", "person", "team", "cell"]
COLUMNS = (
    "hours", "cost", "sales", "profit", "sales_per_hour", "profit_per_hour", "hours_share",
    "sales_share", "index",
)  # fmt: skip
TOTALS = ("hours", "cost", "sales", "profit")
TRAP = ("trap_share", "trap_potential", "neglected", "moved_hours", "moved_profit")
CENT = Decimal("0.001")
"""Labour is rounded to four decimals at each account, so that sums may differ in the fourth."""


def same(found: Value, wanted: Any) -> bool:
    if found is None or wanted is None:
        return found is wanted
    assert isinstance(found, Decimal | int)
    return abs(found - wanted) <= CENT


def assert_as_the_oracle_has_it(result: ToolResult, by: str, oracle: dict[str, Any]) -> None:
    found = rows_of(result)
    keys = [f"{by}:{row['effort.group'] or ''}" for row in oracle["rows"]]
    assert list(found) == keys
    for key, wanted in zip(keys, oracle["rows"], strict=True):
        for column in COLUMNS:
            mine, theirs = found[key][f"effort.{column}"], wanted[f"effort.{column}"]
            assert same(mine, theirs), (key, column, mine, theirs)
    for name in TOTALS:
        mine, theirs = figure(result, f"effort.{name}"), oracle["total"][f"effort.{name}"]
        assert same(mine, theirs), (name, mine, theirs)
    for name in TRAP:
        mine, theirs = figure(result, f"effort.{name}"), oracle[f"effort.{name}"]
        assert same(mine, theirs), (name, mine, theirs)
    trap = {True: "yes", False: "no", None: "unknown"}[oracle["effort.trap"]]
    assert figure(result, "effort.trap") == trap


@pytest.mark.parametrize("by", BYS)
def test_effort_and_return_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, by: str
) -> None:
    result = ask("effort_and_return", sample, SAMPLE_DAY, by=by, limit=500)
    assert_as_the_oracle_has_it(result, by, effort_and_return(sample_raw, SAMPLE_DAY, by))


@pytest.mark.parametrize("by", ["account", "team"])
def test_a_period_is_cut_off_at_the_day(sample: ScopedTables, sample_raw: Tables, by: str) -> None:
    day = date(2026, 3, 31)
    result = ask("effort_and_return", sample, day, by=by, period="FY2026", limit=500)
    assert figure(result, "effort.hours") == 0
    result = ask("effort_and_return", sample, day, by=by, period="FY2025", limit=500)
    start, end = period("FY2025")
    oracle = effort_and_return(sample_raw, day, by, start, end)
    assert_as_the_oracle_has_it(result, by, oracle)


def test_the_trap_of_the_sample_company_takes_most_hours_for_a_hundredth_of_the_sales(
    sample: ScopedTables,
) -> None:
    result = ask("effort_and_return", sample, SAMPLE_DAY, limit=1)
    assert result.table is not None
    assert result.table.subjects == ("account:A013",)
    row = rows_of(result)["account:A013"]
    assert row["effort.group"] == "株式会社丸栄機材"
    assert row["effort.hours"] == Decimal("190.583")
    assert row["effort.hours_share"] == Decimal("0.086377")
    assert row["effort.sales_share"] == Decimal("0.009973")
    assert row["effort.index"] == Decimal("8.661401")
    assert figure(result, "effort.trap") == "yes"
    assert figure(result, "effort.neglected") == 1  # A012


@pytest.mark.parametrize("by", ["zone", "abcd", "person", "team", "cell"])
def test_the_groups_add_up_to_the_whole(sample: ScopedTables, by: str) -> None:
    result = ask("effort_and_return", sample, SAMPLE_DAY, by=by, limit=500)
    found = rows_of(result).values()
    for name in ("sales", "profit"):
        parts = [row[f"effort.{name}"] for row in found]
        assert sum(p for p in parts if isinstance(p, Decimal)) == figure(result, f"effort.{name}")
    for name in ("hours_share", "sales_share"):
        parts = [row[f"effort.{name}"] for row in found]
        whole = sum(p for p in parts if isinstance(p, Decimal))
        assert abs(whole - 1) <= Decimal("0.00001")


def test_what_is_moved_earns_what_a_and_b_earn_now(sample: ScopedTables) -> None:
    half = Settings(effort=Effort(move_share=Decimal("0.5")))
    tables = ScopedTables(sample.snapshot, sample.scope, half)
    usual, moved = (ask("effort_and_return", t, SAMPLE_DAY) for t in (sample, tables))
    for name in ("moved_hours", "moved_profit"):
        small, large = figure(usual, f"effort.{name}"), figure(moved, f"effort.{name}")
        assert isinstance(small, Decimal)
        assert isinstance(large, Decimal)
        assert abs(large - small * Decimal("2.5")) <= Decimal("0.01")
    fact = moved.fact("effort.moved_profit")
    assert fact is not None
    assert fact.basis.note is not None
    assert fact.basis.note.en.startswith("Assumes that 50% of the hours")


Company = dict[str, list[dict[str, Any]]]


def act(number: int, account_id: str, minutes: int | None, **more: Any) -> dict[str, Any]:
    return {
        "activity_id": f"T{number}",
        "account_id": account_id,
        "person_id": "U1",
        "kind": "call",
        "occurred_on": SAMPLE_DAY,
        "minutes": None if minutes is None else Decimal(minutes),
        **more,
    }


def line(account_id: str, net: int, **more: Any) -> dict[str, Any]:
    return {
        "order_id": f"O-{account_id}",
        "line_no": 1,
        "account_id": account_id,
        "ordered_on": SAMPLE_DAY,
        "net_amount": Decimal(net),
        "standard_cost": Decimal(0),
        **more,
    }


def company(**tables: list[dict[str, Any]]) -> Company:
    """Four customers, A to D by their letters, and a prospect without one."""
    sizes = {"A": 900, "B": 800, "C": 20, "D": 10}
    return {
        "accounts": [
            *(
                {"account_id": i, "name": f"name {i}", "employees": n, "status": "customer",
                 "owner_id": "U1" if i in "AC" else "U2"}
                for i, n in sizes.items()
            ),
            {"account_id": "P", "name": "name P", "employees": 5, "status": "prospect",
             "owner_id": None},
        ],
        "people": [
            {"person_id": "U1", "name": "one", "team": "東", "hourly_cost": Decimal(6000)},
            {"person_id": "U2", "name": "two", "team": None, "hourly_cost": None},
        ],
        "order_lines": [line("A", 1000), line("B", 10), line("C", 900), line("D", 5)],
        "activities": [act(1, "A", 60), act(2, "B", 30), act(3, "C", 240), act(4, "D", 120)],
        **tables,
    }  # fmt: skip


def asked(company: Company, **given: Any) -> ToolResult:
    return ask("effort_and_return", tables_from(company), SAMPLE_DAY, limit=50, **given)


@pytest.mark.parametrize("by", ["account", "abcd", "person", "team"])
def test_a_company_of_all_four_letters(by: str) -> None:
    like = company()
    oracle = effort_and_return(frames_from(like), SAMPLE_DAY, by)
    result = asked(like, by=by)
    assert_as_the_oracle_has_it(result, by, oracle)
    assert figure(result, "effort.trap_share") == Decimal("0.8")
    assert figure(result, "effort.neglected") == 2


def test_the_hours_of_a_person_are_their_own_and_the_sales_those_of_their_accounts() -> None:
    like = company(
        activities=[
            act(1, "A", 60),
            act(2, "A", 30, person_id="U2"),
            act(3, "B", 15, person_id="U9"),
            act(4, "B", 6, person_id=None),
        ]
    )
    found = rows_of(asked(like, by="person"))
    assert list(found) == ["person:U1", "person:U2", "person:"]
    assert [row["effort.group"] for row in found.values()] == ["one", "two", None]
    assert [row["effort.hours"] for row in found.values()] == [1, Decimal("0.5"), Decimal("0.35")]
    assert [row["effort.sales"] for row in found.values()] == [1900, 15, 0]
    assert [row["effort.cost"] for row in found.values()] == [6000, None, None]


def test_activities_without_minutes_are_counted_and_left_out() -> None:
    like = company(activities=[act(1, "A", 60), act(2, "A", None), act(3, "B", None)])
    result = asked(like)
    fact = result.fact("effort.hours")
    assert fact is not None
    assert (fact.value, fact.basis.rows) == (1, 1)
    assert [part.rows for part in fact.basis.left_out] == [2]
    assert any(w.en.endswith("left out of the hours: 2.") for w in result.warnings)
    found = rows_of(result)
    assert found["account:A"]["effort.hours"] == 1
    of_b = found["account:B"]
    unknown = ("hours", "cost", "hours_share", "index", "sales_per_hour", "profit_per_hour")
    assert [of_b[f"effort.{c}"] for c in unknown] == [None] * len(unknown)
    assert found["account:C"]["effort.hours"] == 0
    assert list(found)[-1] == "account:B"


def test_hours_without_an_hourly_cost_are_left_out_of_the_cost_only() -> None:
    like = company(activities=[act(1, "A", 60), act(2, "A", 60, person_id="U2")])
    result = asked(like)
    row = rows_of(result)["account:A"]
    assert (row["effort.hours"], row["effort.cost"]) == (2, 6000)
    assert any("people.hourly_cost" in w.en for w in result.warnings)


def test_nothing_is_divided_by_no_hours_or_no_sales() -> None:
    like = company(activities=[act(1, "P", 60)])
    found = rows_of(asked(like))
    assert found["account:P"]["effort.sales"] == 0
    assert found["account:P"]["effort.index"] is None
    assert found["account:A"]["effort.hours"] == 0
    assert found["account:A"]["effort.sales_per_hour"] is None
    assert found["account:A"]["effort.index"] == 0


def test_an_account_without_work_and_sales_is_no_row() -> None:
    assert "account:P" not in rows_of(asked(company()))
    assert rows_of(asked(company(), by="abcd"))["abcd:"]["effort.hours"] == 0


def test_a_profit_that_nobody_knows_stays_unknown() -> None:
    like = company(order_lines=[line("A", 1000, standard_cost=None), line("C", 900)])
    result = asked(like)
    assert rows_of(result)["account:A"]["effort.profit"] is None
    fact = result.fact("effort.profit")
    assert fact is not None
    assert [part.rows for part in fact.basis.left_out] == [1]


def test_the_what_if_is_unknown_without_hours_on_both_sides() -> None:
    result = asked(company(activities=[act(3, "C", 240), act(4, "D", 120)]))
    assert figure(result, "effort.trap_share") == 1
    assert figure(result, "effort.moved_hours") == Decimal("1.2")
    assert figure(result, "effort.moved_profit") is None


def test_there_is_no_trap_where_c_and_d_bring_what_they_take() -> None:
    like = company(activities=[act(1, "A", 1010), act(3, "C", 905)])
    result = asked(like)
    assert figure(result, "effort.trap_share") == figure(result, "effort.trap_potential")
    assert figure(result, "effort.trap") == "no"


def test_without_order_lines_hours_are_told_and_money_is_not() -> None:
    like = company()
    del like["order_lines"]
    result = asked(like)
    assert figure(result, "effort.hours") == Decimal("7.5")
    assert figure(result, "effort.sales") is None
    assert figure(result, "effort.trap") == "unknown"
    assert rows_of(result)["account:A"]["effort.profit"] is None
    assert any("`order_lines`" in w.en for w in result.warnings)


def test_without_a_letter_the_trap_is_unknown_and_said_to_be() -> None:
    like = company()
    for each in like["accounts"]:
        each["employees"] = None
    result = asked(like)
    assert figure(result, "effort.trap") == "unknown"
    assert figure(result, "effort.neglected") is None
    assert any("places no customer" in w.en for w in result.warnings)


@pytest.mark.parametrize(("table", "by"), [("activities", "account"), ("people", "person")])
def test_the_table_that_is_needed_is_named(table: str, by: str) -> None:
    like = company()
    del like[table]
    with pytest.raises(MissingDataError, match=f"`{table}`"):
        asked(like, by=by)


def test_maven_has_no_activities(maven: ScopedTables) -> None:
    with pytest.raises(MissingDataError, match="activities"):
        ask("effort_and_return", maven, MAVEN_DAY)


def test_adventureworks_has_no_activities(adventureworks: ScopedTables) -> None:
    with pytest.raises(MissingDataError, match="activities"):
        ask("effort_and_return", adventureworks, ADVENTUREWORKS_DAY)


def test_another_grouping_is_refused() -> None:
    with pytest.raises(InputError, match="`by` does not fit"):
        asked(company(), by="colour")


def test_only_activities_of_the_period_count() -> None:
    like = company(
        activities=[
            act(1, "A", 60, occurred_on=SAMPLE_DAY - timedelta(days=364)),
            act(2, "A", 60, occurred_on=SAMPLE_DAY - timedelta(days=365)),
            act(3, "A", 60, occurred_on=SAMPLE_DAY + timedelta(days=1)),
        ]
    )
    assert figure(asked(like), "effort.hours") == 1


def test_another_account_changes_no_figure_of_an_account_but_its_shares() -> None:
    before = rows_of(asked(company()))
    like = company()
    like["accounts"].append({"account_id": "Z", "name": "z", "status": "former"})
    like["activities"].append(act(9, "Z", 600))
    after = rows_of(asked(like))
    own = ("hours", "cost", "sales", "profit", "sales_per_hour", "profit_per_hour")
    for key, row in before.items():
        assert [after[key][f"effort.{c}"] for c in own] == [row[f"effort.{c}"] for c in own]


def test_twice_the_money_is_twice_the_return_and_the_same_shares() -> None:
    doubled = company()
    for each in doubled["order_lines"]:
        each["net_amount"] *= 2
    before, after = rows_of(asked(company())), rows_of(asked(doubled))
    for key, row in before.items():
        for column in ("sales", "sales_per_hour"):
            small, large = row[f"effort.{column}"], after[key][f"effort.{column}"]
            assert isinstance(small, Decimal)
            assert isinstance(large, Decimal)
            assert abs(large - 2 * small) <= Decimal("0.0001")
        for column in ("hours_share", "sales_share", "index"):
            assert after[key][f"effort.{column}"] == row[f"effort.{column}"]
