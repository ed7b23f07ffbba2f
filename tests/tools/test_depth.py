"""The depth score is the oracle's everywhere; an unknown part is left out with its weight."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import NotFoundError
from crm.scope import Scope, ScopedTables
from crm.settings import Settings
from crm.thresholds import Deepening, Depth
from tests.companies import (
    ADVENTUREWORKS_DAY,
    MAVEN_DAY,
    SAMPLE_DAY,
    Rows,
    frames_from,
    tables_from,
)
from tests.oracles import adventureworks_full, deepening
from tests.oracles import maven as maven_oracle
from tests.oracles.canonical import Tables
from tests.tools.asking import ask, figure, rows_of
from tools.depth import PARTS, depth_table
from tools.query import fetch

DAYS = [SAMPLE_DAY, date(2026, 3, 31), date(2025, 6, 30)]
NAMES = ("depth.score", "depth.known", *(f"depth.{part}" for part in PARTS))
Company = dict[str, list[dict[str, Any]]]
Told = list[tuple[str, dict[str, Any]]]


def scores(tables: ScopedTables, day: date = SAMPLE_DAY, **given: Any) -> Told:
    found = rows_of(ask("depth_score", tables, day, limit=500, **given))
    return [
        (subject.removeprefix("account:"), {n: row[n] for n in NAMES})
        for subject, row in found.items()
    ]


def expected(raw: Tables, day: date = SAMPLE_DAY, solutions: Any = (), **given: Any) -> Told:
    wanted = deepening.depth_score(raw, day, solutions, **given)
    return [(row["account_id"], {n: row[n] for n in NAMES}) for row in wanted]


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_score_and_parts_of_every_account_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, day: date
) -> None:
    assert scores(sample, day) == expected(sample_raw, day, deepening.SAMPLE_SOLUTIONS)


def test_mavens_depth_is_unknown(maven: ScopedTables) -> None:
    found = scores(maven, MAVEN_DAY)
    assert found == expected(maven_oracle.canonical_tables(), MAVEN_DAY)
    assert {row["depth.score"] for _account, row in found} == {None}


def test_adventureworks_depth_is_its_breadth(adventureworks: ScopedTables) -> None:
    found = dict(scores(adventureworks, ADVENTUREWORKS_DAY))
    wanted = dict(expected(adventureworks_full.tables(), ADVENTUREWORKS_DAY, fiscal_start=1))
    assert len(found) == 500
    assert found == {account: wanted[account] for account in found}
    assert {row["depth.known"] for row in found.values()} == {Decimal("0.2")}


def test_the_model_account_is_the_deepest(sample: ScopedTables) -> None:
    """By hand: 6 of 6 categories, 7 departments, 4 levels; 5 inbound; no plan.

    Wallet 379,257,600 of 504,500,000; solutions 54.55 M of 62.85 M won.
    """
    assert scores(sample)[0] == (
        "A022",
        {
            "depth.score": Decimal("86.062"),
            "depth.known": Decimal("0.9"),
            "depth.breadth": 1,
            "depth.departments": 1,
            "depth.levels": 1,
            "depth.wallet": Decimal("0.75175"),
            "depth.solutions": Decimal("0.86794"),
            "depth.engagement": Decimal("0.5"),
            "depth.plan": None,
        },
    )


def test_one_account_shows_each_part_with_its_weight(sample: ScopedTables) -> None:
    result = ask("depth_score", sample, SAMPLE_DAY, account_id="A020")
    listed = dict(scores(sample))["A020"]
    assert {name: figure(result, name) for name in NAMES} == listed
    parts = rows_of(result)
    assert [p.removeprefix("part:") for p in parts] == list(PARTS)
    assert sum(Decimal(str(row["depth.weight"])) for row in parts.values()) == 1
    assert {f"depth.{p}": parts[f"part:{p}"]["depth.reached"] for p in PARTS} == {
        n: v for n, v in listed.items() if n not in ("depth.score", "depth.known")
    }
    assert "plan execution" in result.warnings[0].en


def test_the_table_for_other_calculations_holds_the_same(sample: ScopedTables) -> None:
    found = {row["account_id"]: row for row in fetch(depth_table(sample, SAMPLE_DAY))}
    listed = dict(scores(sample))
    assert found.keys() == listed.keys()
    for account, row in found.items():
        assert row["score"] == pytest.approx(float(listed[account]["depth.score"]), abs=6e-4)
        assert 0 <= row["score"] <= 100
        assert 0 < row["known"] <= 1


# ------------------------------------------------------------------ small companies


def ago(days: int) -> date:
    return SAMPLE_DAY - timedelta(days=days)


def line(number: int, product: str | None = "P0", **more: Any) -> dict[str, Any]:
    return {
        "order_id": "O", "line_no": number, "account_id": "A", "product_id": product,
        "ordered_on": SAMPLE_DAY, "net_amount": Decimal(1), "department": "d", **more,
    }  # fmt: skip


def act(number: int, **more: Any) -> dict[str, Any]:
    return {
        "activity_id": f"V{number}", "account_id": "A", "contact_id": "C1", "kind": "call",
        "occurred_on": SAMPLE_DAY, "direction": "in", **more,
    }  # fmt: skip


def deal(number: int, **more: Any) -> dict[str, Any]:
    return {
        "opportunity_id": f"D{number}", "account_id": "A", "category": "x", "status": "won",
        "amount": Decimal(5), "created_on": ago(30), "closed_on": SAMPLE_DAY, **more,
    }  # fmt: skip


def wallet(category: str, spend: int, share: str | None, period: str = "FY2025") -> dict[str, Any]:
    return {
        "account_id": "A", "category": category, "period": period, "spend": Decimal(spend),
        "our_share": share and Decimal(share),
    }  # fmt: skip


def company(**tables: list[dict[str, Any]]) -> Company:
    return {
        "accounts": [{"account_id": i, "name": i, "status": "customer"} for i in "AB"],
        "products": [
            {"product_id": f"P{n}", "name": "p", "category": c} for n, c in enumerate("xyz")
        ],
        "contacts": [
            {"contact_id": "C1", "account_id": "A", "name": "c", "level": "executive"},
            {"contact_id": "C2", "account_id": "A", "name": "d", "level": "staff"},
            {"contact_id": "C3", "account_id": "A", "name": "e", "level": None},
        ],
        "order_lines": [line(0), line(1, "P1", account_id="B")],
        "opportunities": [deal(0)],
        "wallets": [wallet("x", 100, "0.5")],
        "activities": [act(0)],
        **tables,
    }


def tables(rows: Rows, **depth: Any) -> ScopedTables:
    settings = Settings(deepening=Deepening(solution_categories=["x"]), depth=Depth(**depth))
    made: ScopedTables = tables_from(rows, settings=settings)
    return made


def parts(rows: Rows) -> dict[str, Any]:
    """A's parts, when all figures of both accounts are the oracle's."""
    found = scores(tables(rows))
    assert found == expected(frames_from(rows), solutions=["x"])
    return {n.removeprefix("depth."): v for n, v in dict(found)["A"].items()}


def test_parts_by_hand() -> None:
    assert parts(company()) == {
        "score": Decimal("39.722"),  # (.1 + .03 + .0375 + .075 + .1 + .015) / .9
        "known": Decimal("0.9"),
        "breadth": Decimal("0.5"),
        "departments": Decimal("0.2"),
        "levels": Decimal("0.25"),
        "wallet": Decimal("0.5"),
        "solutions": 1,
        "engagement": Decimal("0.1"),
        "plan": None,
    }  # fmt: skip


def test_breadth_and_departments_are_those_of_the_window() -> None:
    lines = [
        line(0), line(1, "P1", department="e"), line(2, "P2", ordered_on=ago(365)),
        line(3, None, department=None), *(line(n, department=f"d{n}") for n in range(4, 9)),
    ]  # fmt: skip
    found = parts(company(order_lines=lines))
    assert (found["breadth"], found["departments"]) == (1, 1)


def test_lines_that_name_neither_category_nor_department_leave_both_unknown() -> None:
    lines = [line(0, None, department=None), line(1, "P1", account_id="B")]
    found = parts(company(order_lines=lines))
    assert (found["breadth"], found["departments"]) == (None, None)


def test_who_bought_nothing_has_neither_breadth_nor_departments() -> None:
    found = parts(company(order_lines=[line(0, account_id="B")]))
    assert (found["breadth"], found["departments"]) == (0, 0)


def test_a_level_counts_once_and_only_in_the_window() -> None:
    acts = [act(0), act(1), act(2, contact_id="C2", occurred_on=ago(365)), act(3, contact_id=None)]
    assert parts(company(activities=acts))["levels"] == Decimal("0.25")
    acts[2]["occurred_on"] = ago(364)
    assert parts(company(activities=acts))["levels"] == Decimal("0.5")


def test_levels_are_unknown_when_nobody_met_has_one() -> None:
    rows = company(activities=[act(0, contact_id="C3")])
    assert dict(scores(tables(rows)))["A"]["depth.levels"] is None


def test_inbound_activities_of_ninety_days_count_up_to_ten() -> None:
    acts = [act(n, occurred_on=ago(89)) for n in range(3)]
    acts += [act(3, occurred_on=ago(90)), act(4, direction="out"), act(5, direction=None)]
    assert parts(company(activities=acts))["engagement"] == Decimal("0.3")
    assert parts(company(activities=[act(n) for n in range(12)]))["engagement"] == 1


def test_the_wallet_share_is_weighted_by_the_latest_known_spend() -> None:
    wallets = [
        wallet("x", 100, "0.9", "FY2024"), wallet("x", 300, "0.5"), wallet("y", 100, "0.1"),
        wallet("z", 999, None),
    ]  # fmt: skip
    assert parts(company(wallets=wallets))["wallet"] == Decimal("0.4")
    assert parts(company(wallets=[wallet("x", 100, None)]))["wallet"] is None
    assert parts(company(wallets=[wallet("x", 0, "0.5")]))["wallet"] is None


def test_an_estimate_for_a_year_that_has_not_begun_is_none_yet() -> None:
    rows = company(wallets=[wallet("x", 100, "0.5", "FY2027")])
    assert dict(scores(tables(rows)))["A"]["depth.wallet"] is None
    assert dict(scores(tables(rows), date(2027, 4, 1)))["A"]["depth.wallet"] == Decimal("0.5")


def test_before_anything_was_recorded_what_is_counted_is_nothing(sample: ScopedTables) -> None:
    for _account, row in scores(sample, date(2023, 9, 30)):
        known = {n.removeprefix("depth."): v for n, v in row.items() if v is not None}
        assert known == {
            "score": 0, "known": Decimal("0.45"), "departments": 0, "levels": 0, "engagement": 0,
        }  # fmt: skip


def test_the_solution_share_is_of_what_was_won_in_the_window() -> None:
    deals = [
        deal(0), deal(1, category="y", amount=Decimal(15)), deal(2, closed_on=ago(365)),
        deal(3, status="lost"), deal(4, amount=None),
    ]  # fmt: skip
    assert parts(company(opportunities=deals))["solutions"] == Decimal("0.25")
    assert parts(company(opportunities=[deal(0, category="y")]))["solutions"] == 0
    assert parts(company(opportunities=[deal(0, status="lost")]))["solutions"] is None


def test_without_solution_categories_the_solution_share_is_unknown() -> None:
    rows = company()
    found = dict(scores(tables_from(rows)))["A"]
    assert found["depth.solutions"] is None
    assert found["depth.known"] == Decimal("0.8")


def test_the_weights_of_the_settings_decide() -> None:
    alone = tables(company(), weights={"wallet": Decimal(3)})
    found = dict(scores(alone))
    assert found["A"]["depth.score"] == 50
    assert found["A"]["depth.known"] == 1
    assert (found["B"]["depth.score"], found["B"]["depth.known"]) == (None, 0)


def test_scaling_money_and_the_order_of_rows_change_nothing() -> None:
    rows = company(wallets=[wallet("x", 3, "0.5"), wallet("y", 7, "0.2")])
    money = {"amount", "net_amount", "spend"}
    chance = random.Random(4)
    other = {
        t: [
            {c: v * 1000 if c in money and v is not None else v for c, v in row.items()}
            for row in chance.sample(listed, len(listed))
        ]
        for t, listed in rows.items()
    }
    assert scores(tables(other)) == scores(tables(rows))


def test_another_account_changes_only_what_anybody_buys() -> None:
    rows = company()
    before = dict(scores(tables(rows)))["A"]
    more = {**rows, "accounts": [*rows["accounts"], {"account_id": "Z", "name": "Z"}]}
    more["activities"] = [*rows["activities"], act(9, account_id="Z", contact_id="C2")]
    assert dict(scores(tables(more)))["A"] == before
    more["order_lines"] = [*rows["order_lines"], line(9, "P2", account_id="Z")]
    after = dict(scores(tables(more)))["A"]
    changed = {n for n in NAMES if after[n] != before[n]}
    assert changed == {"depth.score", "depth.breadth"}


def test_a_rep_sees_the_own_accounts_only(sample: ScopedTables) -> None:
    mine = ScopedTables(
        sample.snapshot, Scope(sees_all=False, person_ids=frozenset({"U14"})), sample.settings
    )
    everything = dict(scores(sample))
    found = dict(scores(mine))
    assert "A022" in found
    assert len(found) < 120
    with pytest.raises(NotFoundError):
        ask("depth_score", mine, SAMPLE_DAY, account_id="A001")
    unlike = [a for a, row in found.items() if row["depth.levels"] != everything[a]["depth.levels"]]
    assert unlike == []
