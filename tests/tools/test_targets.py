"""Every target stands beside what the oracle counts towards it; nothing is added twice."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import InputError, NotFoundError
from crm.scope import MissingDataError, Scope, ScopedTables
from tests.companies import ADVENTUREWORKS_DAY, SAMPLE_DAY, Rows, frames_from, tables_from
from tests.oracles import adventureworks_full
from tests.oracles.canonical import Tables
from tests.oracles.targets import targets_and_gap as oracle
from tests.tools.agreement import assert_facts, assert_near, told, wanted
from tests.tools.asking import ask, figure, rows_of
from tools.facts import ToolResult, Value

FIGURES = [
    "targets.target", "targets.actual", "targets.attainment", "targets.gap", "targets.forecast",
    "targets.forecast_attainment", "targets.to_date", "targets.pace", "targets.how",
]  # fmt: skip
LEVELS = ("person", "team", "account")


def assert_agree(
    tables: ScopedTables, raw: Tables, as_of: date, fiscal_start: int = 4, **given: Any
) -> ToolResult:
    result = ask("targets_and_gap", tables, as_of, limit=500, **given)
    expected = oracle(raw, as_of, fiscal_start=fiscal_start, **given)
    assert told(result, FIGURES) == wanted(expected["rows"], FIGURES, "{subject}")
    if expected["rows"]:
        assert_facts(result, expected["facts"])
    return result


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("measure", ["net_sales", "orders_won"])
def test_every_target_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, level: str, measure: str
) -> None:
    assert_agree(sample, sample_raw, SAMPLE_DAY, level=level, measure=measure)


@pytest.mark.parametrize("level", ["person", "team"])
def test_every_target_of_profit_to_the_unit_by_which_labour_is_rounded_for_each_account(
    sample: ScopedTables, sample_raw: Tables, level: str
) -> None:
    asked = {"level": level, "measure": "operating_profit"}
    found = told(ask("targets_and_gap", sample, SAMPLE_DAY, **asked), FIGURES)
    expected = oracle(sample_raw, SAMPLE_DAY, **asked)
    assert_near(found, wanted(expected["rows"], FIGURES, "{subject}"), Decimal("0.001"))
    assert found


@pytest.mark.parametrize(
    ("as_of", "period"),
    [
        (SAMPLE_DAY, "FY2026"),  # exact beside its halves
        (SAMPLE_DAY, "FY2026H2"),  # still to come
        (SAMPLE_DAY, "FY2025"),  # over
        (SAMPLE_DAY, "2026-05"),  # a part of a half
        (date(2026, 6, 30), "this_half"),
        (date(2026, 6, 30), "FY2026Q2"),
        (date(2026, 6, 30), "2019"),  # nothing
    ],
)
@pytest.mark.parametrize("measure", ["net_sales", "orders_won"])
def test_every_target_in_other_periods_and_on_other_days(
    sample: ScopedTables, sample_raw: Tables, as_of: date, period: str, measure: str
) -> None:
    assert_agree(sample, sample_raw, as_of, period=period, measure=measure)


@pytest.mark.parametrize(
    "only",
    [
        {"owner_id": "U03"},
        {"owner_id": "U07"},
        {"team": "西日本営業部"},
        {"level": "team", "team": "西日本営業部"},
        {"level": "account", "account_id": "A021"},
        {"level": "account", "owner_id": "U03"},
        {"level": "account", "team": "西日本営業部"},
    ],
    ids=str,
)
def test_the_targets_of_those_asked_for(
    sample: ScopedTables, sample_raw: Tables, only: dict[str, str]
) -> None:
    assert rows_of(assert_agree(sample, sample_raw, SAMPLE_DAY, **only))


@pytest.mark.parametrize("period", ["2013-06-30..2013-12-28", "2013-11", "2012-06-30..2013-06-29"])
def test_every_quota_of_adventureworks_which_has_no_deals_to_forecast_from(
    adventureworks: ScopedTables, period: str
) -> None:
    names = [n for n in FIGURES if not n.startswith("targets.forecast")]
    expected = oracle(adventureworks_full.tables(), ADVENTUREWORKS_DAY, period, fiscal_start=1)
    result = ask("targets_and_gap", adventureworks, ADVENTUREWORKS_DAY, period=period, limit=500)
    assert told(result, names) == wanted(expected["rows"], names, "{subject}")
    assert expected["rows"]
    assert figure(result, "targets.forecast") is None
    assert any("opportunities.expected_close" in w.en for w in result.warnings)


@pytest.mark.parametrize(("period", "left"), [("this_half", 17), ("2013", 17)])
def test_quotas_that_begin_some_days_beside_the_period_are_none_of_it(
    adventureworks: ScopedTables, period: str, left: int
) -> None:
    expected = oracle(adventureworks_full.tables(), ADVENTUREWORKS_DAY, period, fiscal_start=1)
    result = ask("targets_and_gap", adventureworks, ADVENTUREWORKS_DAY, period=period)
    assert not expected["rows"]
    assert not rows_of(result)
    assert any(w.en.endswith(f"part of the period only: {left}.") for w in result.warnings)


def test_an_account_asked_about_gives_its_owner_and_its_team(sample: ScopedTables) -> None:
    mine = ask("targets_and_gap", sample, SAMPLE_DAY, account_id="A010")
    assert list(rows_of(mine)) == ["person:U07"]
    ours = ask("targets_and_gap", sample, SAMPLE_DAY, account_id="A010", level="team")
    assert list(rows_of(ours)) == ["team:東日本営業部"]


def test_a_cut_list_leaves_the_totals_as_they_are(sample: ScopedTables) -> None:
    whole = ask("targets_and_gap", sample, SAMPLE_DAY)
    short = ask("targets_and_gap", sample, SAMPLE_DAY, limit=2)
    assert short.table is not None
    assert (len(short.table.rows), short.table.total_rows) == (2, 9)
    names = [f.name for f in whole.facts]
    assert [figure(short, n) for n in names] == [figure(whole, n) for n in names]


def test_the_people_of_a_team_add_up_to_it(sample: ScopedTables) -> None:
    teams = rows_of(ask("targets_and_gap", sample, SAMPLE_DAY, level="team"))
    for subject, row in teams.items():
        team = subject.removeprefix("team:")
        people = ask("targets_and_gap", sample, SAMPLE_DAY, team=team)
        for name in ("target", "actual", "gap", "forecast"):
            assert figure(people, f"targets.{name}") == row[f"targets.{name}"]


# ---------------------------------------------------------------- small companies

MID = date(2026, 6, 30)  # 91 of the 183 days of the half
PEOPLE = [
    {"person_id": "m", "name": "M", "manager_id": None, "team": "north"},
    {"person_id": "p", "name": "P", "manager_id": "m", "team": "north"},
    {"person_id": "q", "name": "Q", "manager_id": "m", "team": "south"},
]


def target(period: str, amount: int, measure: str = "net_sales", **whose: str) -> dict[str, Any]:
    return {"owner_id": None, "team": None, "account_id": None, "period": period,
            "measure": measure, "amount": Decimal(amount), **whose}  # fmt: skip


def sold(number: int, account: str, amount: int, day: date = date(2026, 5, 1)) -> dict[str, Any]:
    return {"order_id": f"O{number}", "line_no": 1, "account_id": account, "ordered_on": day,
            "net_amount": Decimal(amount), "standard_cost": None}  # fmt: skip


def deal(number: int, owner: str = "p", **more: Any) -> dict[str, Any]:
    return {"opportunity_id": f"D{number}", "account_id": "a", "owner_id": owner, "status": "open",
            "stage": "talk", "amount": Decimal(100), "probability": Decimal("0.5"),
            "created_on": date(2026, 1, 1), "expected_close": date(2026, 8, 1),
            "closed_on": None, **more}  # fmt: skip


def company(*targets: dict[str, Any], **tables: list[dict[str, Any]]) -> Rows:
    return {
        "people": PEOPLE,
        "accounts": [
            {"account_id": a, "name": a.upper(), "owner_id": o, "status": "customer"}
            for a, o in (("a", "p"), ("b", "q"), ("c", None))
        ],
        "order_lines": [sold(1, "a", 900), sold(2, "b", 100), sold(3, "c", 7)],
        "opportunities": [deal(1)],
        "targets": list(targets),
        **tables,
    }


def checked(rows: Rows, day: date = MID, **given: Any) -> dict[str, dict[str, Value]]:
    tables = tables_from(rows)
    return rows_of(assert_agree(tables, frames_from(rows), day, **given))


def test_the_targets_of_one_person_are_never_added_to_a_teams_or_an_accounts() -> None:
    rows = company(
        target("FY2026H1", 10, owner_id="p"),
        target("FY2026H1", 20, team="north"),
        target("FY2026H1", 40, account_id="a", owner_id="p"),
    )
    for level, amount in (("person", 10), ("team", 20), ("account", 40)):
        (row,) = checked(rows, level=level).values()
        assert row["targets.target"] == amount


def test_a_target_is_of_that_period_else_of_those_within_else_a_part_of_a_longer_one() -> None:
    found = checked(
        company(
            target("FY2026H1", 2000, owner_id="p"),
            target("FY2026", 9000, owner_id="p"),
            target("FY2026Q1", 100, owner_id="q"),
            target("2026-07-01..2026-09-30", 150, owner_id="q"),
            target("FY2026", 730, owner_id="m"),
            target("2026-01-01..2028-12-31", 5, owner_id="m"),
        )
    )
    assert {s: (r["targets.how"], r["targets.target"]) for s, r in found.items()} == {
        "person:p": ("exact", 2000),
        "person:q": ("sum", 250),
        "person:m": ("prorated", 366),
    }


def test_a_half_within_a_year_within_the_period_is_not_added_to_it() -> None:
    rows = company(
        target("FY2025", 100, owner_id="p"),
        target("FY2026", 200, owner_id="p"),
        target("FY2026H1", 90, owner_id="p"),
        target("FY2026Q1", 40, owner_id="p"),
        target("FY2025", 50, owner_id="q"),
        target("FY2026H1", 70, owner_id="q"),
        target("FY2026Q1", 30, owner_id="q"),
        target("FY2026H2", 20, owner_id="q"),
    )
    result = ask("targets_and_gap", tables_from(rows), MID, period="2025-04-01..2027-03-31")
    found = {s: r["targets.target"] for s, r in rows_of(result).items()}
    assert found == {"person:p": 300, "person:q": 140}


def test_a_quarters_target_is_none_of_the_half() -> None:
    rows = company(
        target("FY2026Q1", 100, owner_id="p"),
        target("FY2026Q1", 60, owner_id="p"),
        target("FY2026Q1", 100, owner_id="q"),
        target("FY2026", 730, owner_id="q"),
        target("FY2026H1", 100, team="north"),
        target("2026-04-02..2026-09-30", 100, account_id="a"),
    )
    assert {s: r["targets.target"] for s, r in checked(rows).items()} == {"person:q": 366}
    left = "Left out, because their targets cover a part of the period only: {}."
    for given, count in (({}, 1), ({"owner_id": "q"}, 0), ({"level": "account"}, 1)):
        result = ask("targets_and_gap", tables_from(rows), MID, **given)
        assert (left.format(count) in [w.en for w in result.warnings]) == bool(count)


def test_sales_count_for_the_accounts_owner_and_orders_for_the_deals() -> None:
    won = deal(2, "q", status="won", closed_on=date(2026, 5, 5), amount=Decimal(70))
    rows = company(
        target("FY2026H1", 1000, owner_id="p"),
        target("FY2026H1", 1000, owner_id="q"),
        target("FY2026H1", 100, "orders_won", owner_id="p"),
        target("FY2026H1", 100, "orders_won", owner_id="q"),
        opportunities=[deal(1), won],
    )
    sales = {s: r["targets.actual"] for s, r in checked(rows).items()}
    assert sales == {"person:p": 900, "person:q": 100}
    orders = {s: r["targets.actual"] for s, r in checked(rows, measure="orders_won").items()}
    assert orders == {"person:p": 0, "person:q": 70}


@pytest.mark.parametrize(
    ("expected_close", "forecast"),
    [
        (MID, 900),  # the day itself is over
        (MID + timedelta(days=1), 950),
        (date(2026, 9, 30), 950),
        (date(2026, 10, 1), 900),
        (date(2026, 3, 1), 900),  # overdue
        (None, 900),
    ],
)
def test_a_forecast_takes_in_the_deals_expected_in_the_rest_of_the_period(
    expected_close: date | None, forecast: int
) -> None:
    rows = company(
        target("FY2026H1", 1000, owner_id="p"),
        opportunities=[deal(1, expected_close=expected_close), deal(2, "q")],
    )
    assert checked(rows)["person:p"]["targets.forecast"] == forecast


def test_what_a_forecast_leaves_out_is_said() -> None:
    rows = company(
        target("FY2026H1", 1000, owner_id="p"),
        opportunities=[
            deal(1),
            deal(2, expected_close=MID),
            deal(3, expected_close=None),
            deal(4, amount=None),
            deal(5, "q", expected_close=MID),
        ],
    )
    result = ask("targets_and_gap", tables_from(rows), MID)
    assert figure(result, "targets.forecast") == 950
    assert [w.en for w in result.warnings] == [
        "Open deals whose expected close has passed are not in the forecast: 1.",
        "Open deals without an expected close are not in the forecast: 1.",
        "Open deals without an amount or a probability are not in the forecast: 1.",
    ]


def test_deals_none_of_which_has_an_amount_make_the_forecast_unknown() -> None:
    rows = company(target("FY2026H1", 1000, owner_id="p"), opportunities=[deal(1, amount=None)])
    assert checked(rows)["person:p"]["targets.forecast"] is None


def test_won_deals_without_any_amount_make_the_actual_unknown_and_the_totals_leave_it_out() -> None:
    won = {"status": "won", "closed_on": date(2026, 5, 5)}
    rows = company(
        target("FY2026H1", 100, "orders_won", owner_id="p"),
        target("FY2026H1", 300, "orders_won", owner_id="q"),
        opportunities=[deal(1, amount=None, **won), deal(2, "q", **won)],
    )
    result = ask("targets_and_gap", tables_from(rows), MID, measure="orders_won")
    found = rows_of(result)
    assert found["person:p"]["targets.actual"] is found["person:p"]["targets.gap"] is None
    assert list(found) == ["person:q", "person:p"]
    assert figure(result, "targets.target") == 400
    assert figure(result, "targets.actual") == 100
    assert figure(result, "targets.gap") == 200  # of q alone: like with like
    assert figure(result, "targets.attainment") == Decimal("0.333333")
    assert any("without an amount are not in the actual: 1" in w.en for w in result.warnings)


def test_accounts_whose_cost_is_unknown_have_no_profit_to_count() -> None:
    rows = company(target("FY2026H1", 500, "operating_profit", owner_id="p"))
    result = ask("targets_and_gap", tables_from(rows), MID, measure="operating_profit")
    (row,) = rows_of(result).values()
    assert row["targets.actual"] is None
    assert any("cost is unknown" in w.en for w in result.warnings)
    assert any("3 order lines have no cost" in w.en for w in result.warnings)
    assert any("There is no table cost_pools" in w.en for w in result.warnings)
    assert rows_of(ask("targets_and_gap", tables_from(rows), date(2026, 3, 31),
                       period="FY2026H1", measure="operating_profit"))  # fmt: skip


def test_a_period_to_come_has_nothing_done_and_nothing_due() -> None:
    rows = company(target("FY2027", 500, owner_id="p"))
    (row,) = checked(rows, period="FY2027").values()
    assert (row["targets.actual"], row["targets.to_date"], row["targets.pace"]) == (0, 0, None)


def test_without_a_target_nothing_is_made_up() -> None:
    result = ask("targets_and_gap", tables_from(company(target("soon", 5, owner_id="p"))), MID)
    assert rows_of(result) == {}
    assert figure(result, "targets.target") is None
    assert figure(result, "targets.count") == 0
    assert [w.en[:30] for w in result.warnings] == [
        "1 target was left out: the per",
        "There is no target of this mea",
    ]


def test_without_order_lines_or_days_what_they_tell_is_unknown_and_said() -> None:
    rows = dict(company(target("FY2026H1", 500, owner_id="p")))
    del rows["order_lines"]
    rows["opportunities"] = [{k: v for k, v in deal(1).items() if k != "expected_close"}]
    result = ask("targets_and_gap", tables_from(rows), MID)
    (row,) = rows_of(result).values()
    assert row["targets.target"] == 500
    assert row["targets.actual"] is row["targets.forecast"] is None
    warned = " ".join(w.en for w in result.warnings)
    assert "`order_lines`" in warned
    assert "opportunities.expected_close" in warned


def test_without_targets_the_tool_says_what_is_missing() -> None:
    rows = {t: r for t, r in company().items() if t != "targets"}
    with pytest.raises(MissingDataError, match="`targets`"):
        ask("targets_and_gap", tables_from(rows), MID)


def test_a_team_seen_in_part_has_a_target_but_no_actual() -> None:
    rows = company(
        target("FY2026H1", 10, team="north"),
        target("FY2026H1", 20, team="south"),
        target("FY2026H1", 30, owner_id="p"),
        target("FY2026H1", 40, owner_id="q"),
    )

    def seen_by(*people: str, level: str) -> dict[str, Value]:
        scope = Scope(sees_all=False, person_ids=frozenset(people))
        found = rows_of(ask("targets_and_gap", tables_from(rows, scope), MID, level=level))
        return {subject: row["targets.actual"] for subject, row in found.items()}

    assert seen_by("p", level="team") == {"team:north": None}
    assert seen_by("m", "p", "q", level="team") == {"team:north": 900, "team:south": 100}
    assert seen_by("p", level="person") == {"person:p": 900}


def test_two_people_of_one_name_are_told_apart() -> None:
    twins = [{**p, "name": "佐藤 健"} for p in PEOPLE]
    rows = company(
        target("FY2026H1", 2000, owner_id="p"), target("FY2026H1", 10, owner_id="q"), people=twins
    )
    found = rows_of(ask("targets_and_gap", tables_from(rows), MID))
    assert [r["targets.name"] for r in found.values()] == ["佐藤 健 (p)", "佐藤 健 (q)"]


def test_a_groups_target_and_sales_are_those_of_all_its_members() -> None:
    rows = dict(
        company(
            target("FY2026H1", 100, account_id="a"),
            target("FY2026H1", 200, account_id="b"),
        )
    )
    rows["accounts"] = [
        {**a, "parent_id": "a" if a["account_id"] == "b" else None} for a in rows["accounts"]
    ]
    found = rows_of(ask("targets_and_gap", tables_from(rows), MID, level="account", group=True))
    assert {s: (r["targets.target"], r["targets.actual"]) for s, r in found.items()} == {
        "account:a": (300, 1000)
    }


def test_another_persons_target_changes_nothing_of_a_persons_own() -> None:
    alone = company(target("FY2026H1", 1000, owner_id="p"))
    beside = company(
        target("FY2026H1", 1000, owner_id="p"),
        target("FY2026Q1", 10, owner_id="q"),
        target("FY2026", 10, owner_id="m"),
        order_lines=[*alone["order_lines"], sold(9, "b", 5)],
        opportunities=[deal(1), deal(2, "q")],
    )
    assert checked(beside)["person:p"] == checked(alone)["person:p"]


@pytest.mark.parametrize("factor", [2, 1000])
def test_scaling_money_scales_every_amount_and_no_share(factor: int) -> None:
    def times(n: int) -> dict[str, dict[str, Value]]:
        return checked(
            company(
                target("FY2026H1", 1000 * n, owner_id="p"),
                target("FY2026", 7 * n, owner_id="q"),
                order_lines=[sold(1, "a", 900 * n), sold(2, "b", 3 * n)],
                opportunities=[deal(1, amount=Decimal(100 * n))],
            )
        )

    small, large = times(1), times(factor)
    for subject, row in small.items():
        for name, value in row.items():
            if name in ("targets.target", "targets.gap", "targets.forecast", "targets.to_date"):
                assert isinstance(value, Decimal)
                off = Decimal(str(large[subject][name])) - value * factor
                assert abs(off) <= Decimal("0.0001") * factor
            elif name not in ("targets.actual",):
                assert large[subject][name] == value


def test_what_is_asked_wrongly_is_refused() -> None:
    tables = tables_from(company())
    with pytest.raises(InputError, match="is not a period"):
        ask("targets_and_gap", tables, MID, period="someday")
    with pytest.raises(InputError, match="`level`"):
        ask("targets_and_gap", tables, MID, level="planet")
    with pytest.raises(NotFoundError):
        ask("targets_and_gap", tables, MID, level="account", account_id="nobody")
