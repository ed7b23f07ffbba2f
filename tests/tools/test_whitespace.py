"""White space equals the oracle's at every account; too little to go on is said, not guessed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from crm.scope import ScopedTables
from crm.settings import Settings
from crm.thresholds import WhiteSpace
from tests.companies import SAMPLE_DAY, Rows, frames_from, tables_from
from tests.oracles.canonical import Tables, rows
from tests.oracles.whitespace import sold, white_space
from tests.tools.asking import ask, figure, money, rows_of
from tools.facts import ToolResult, Value

DAYS = [SAMPLE_DAY, date(2026, 3, 31)]
TOO_FEW, NO_SCALE = "Too few customers", "Neither employees nor revenue"
Company = dict[str, list[dict[str, Any]]]


def told(result: ToolResult) -> list[tuple[str, dict[str, Value]]]:
    return list(rows_of(result).items())


def expected(raw: Tables, account_id: str, day: date, **limits: Any) -> list[tuple[str, Any]]:
    return [
        (
            f"category:{row['category']}",
            {
                "whitespace.category": row["category"],
                "whitespace.state": row["state"],
                "whitespace.buyers": row["share"],
                "whitespace.own": money(row["net_sales"]),
                "whitespace.potential": row["potential"],
                "whitespace.margin": row["margin"],
            },
        )
        for row in white_space(raw, account_id, day, **limits)
    ]


def assert_as_the_oracle_has_it(company: Rows, account_id: str = "A") -> ToolResult:
    result = ask("white_space", tables_from(company), SAMPLE_DAY, account_id=account_id, limit=50)
    assert told(result) == expected(frames_from(company), account_id, SAMPLE_DAY)
    return result


def states(result: ToolResult) -> dict[Value, Value]:
    found = rows_of(result).values()
    return {row["whitespace.category"]: row["whitespace.state"] for row in found}


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_white_space_of_every_account_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, day: date
) -> None:
    spoken_of, lines = 0, sold(sample_raw, day)
    for account in rows(sample_raw, "accounts"):
        account_id = account["account_id"]
        result = ask("white_space", sample, day, account_id=account_id, limit=50)
        oracle = expected(sample_raw, account_id, day, lines_by_category=lines)
        assert (account_id, told(result)) == (account_id, oracle)
        spoken_of += len(oracle)
    assert spoken_of > 20


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_with_lower_limits_more_accounts_have_white_space_and_still_the_oracles(
    sample: ScopedTables, sample_raw: Tables, day: date
) -> None:
    limits = WhiteSpace(minimum_peers=3, minimum_buyers=Decimal("0.25"))
    tables = ScopedTables(sample.snapshot, sample.scope, Settings(white_space=limits))
    limits_of_the_oracle = {"minimum_peers": 3, "minimum_buyers": Fraction(1, 4)}
    lines = sold(sample_raw, day)
    seen: set[Value] = set()
    for account in rows(sample_raw, "accounts"):
        account_id = account["account_id"]
        result = ask("white_space", tables, day, account_id=account_id, limit=50)
        oracle = expected(
            sample_raw, account_id, day, lines_by_category=lines, **limits_of_the_oracle
        )
        assert (account_id, told(result)) == (account_id, oracle)
        seen |= set(states(result).values())
    assert seen == {"owned", "open", "lost", "white"}


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_planted_account_is_white_in_two_categories_and_nothing_else(
    sample: ScopedTables, day: date
) -> None:
    result = ask("white_space", sample, day, account_id="A014", limit=50)
    assert states(result) == {"センサー": "white", "保守サービス": "white"}
    assert not result.warnings


def account(account_id: str, **more: Any) -> dict[str, Any]:
    known = {"industry": "食品", "employees": 100, "annual_revenue": None, "status": "customer"}
    return {"account_id": account_id, "name": account_id, **known, **more}


def line(account_id: str, net: int | str, **more: Any) -> dict[str, Any]:
    return {
        "order_id": f"O-{account_id}",
        "line_no": 1,
        "account_id": account_id,
        "product_id": "P",
        "ordered_on": SAMPLE_DAY,
        "net_amount": Decimal(net),
        "standard_cost": None,
        **more,
    }


def deal(number: int, **more: Any) -> dict[str, Any]:
    return {
        "opportunity_id": f"D{number}",
        "account_id": "A",
        "product_id": None,
        "category": "センサー",
        "status": "open",
        "created_on": SAMPLE_DAY - timedelta(days=30),
        "closed_on": None,
        **more,
    }


def company(peers: int = 8, buyers: int = 8, **tables: list[dict[str, Any]]) -> Company:
    """Account A without sales, and peers of its size, the first of whom buy for 1,000."""
    ids = [f"B{n}" for n in range(peers)]
    return {
        "accounts": [account("A"), *(account(i) for i in ids)],
        "products": [{"product_id": "P", "name": "p", "category": "センサー"}],
        "order_lines": [line(i, 1000, standard_cost=Decimal(600)) for i in ids[:buyers]],
        "opportunities": [],
        **tables,
    }


def only(result: ToolResult) -> dict[str, Value]:
    (row,) = rows_of(result).values()
    return row


def assert_nothing(result: ToolResult, warning: str | None) -> None:
    assert rows_of(result) == {}
    assert [w.en.startswith(warning or "") for w in result.warnings] == [True] * bool(warning)


def test_eight_peers_who_buy_make_a_white_space() -> None:
    result = assert_as_the_oracle_has_it(company())
    assert figure(result, "whitespace.peers") == 8
    assert only(result) == {
        "whitespace.category": "センサー",
        "whitespace.state": "white",
        "whitespace.buyers": 1,
        "whitespace.own": 0,
        "whitespace.potential": 1000,
        "whitespace.margin": Decimal("0.4"),
    }
    assert not result.warnings


def test_too_few_peers_give_a_warning_and_no_rows() -> None:
    result = assert_as_the_oracle_has_it(company(peers=7))
    assert figure(result, "whitespace.peers") == 7
    assert_nothing(result, TOO_FEW)


def test_an_account_of_unknown_industry_has_no_peers() -> None:
    like = company()
    for each in like["accounts"]:
        each["industry"] = None
    assert_nothing(assert_as_the_oracle_has_it(like), TOO_FEW)


@pytest.mark.parametrize("revenue", [None, Decimal(0), Decimal(-5)], ids=str)
def test_neither_employees_nor_revenue_gives_a_warning_and_no_rows(revenue: Decimal | None) -> None:
    like = company()
    for each in like["accounts"]:
        each |= {"employees": None, "annual_revenue": Decimal(50)}
    like["accounts"][0]["annual_revenue"] = revenue
    assert_nothing(assert_as_the_oracle_has_it(like), NO_SCALE)


def test_without_employees_the_revenue_is_the_scale_and_the_band_is_the_unknown() -> None:
    like = company()
    for each in like["accounts"]:
        each |= {"employees": None, "annual_revenue": Decimal(50)}
    like["accounts"][0]["annual_revenue"] = Decimal(125)
    like["accounts"].append(account("C", annual_revenue=Decimal(50)))
    result = assert_as_the_oracle_has_it(like)
    assert figure(result, "whitespace.peers") == 8
    assert only(result)["whitespace.potential"] == 2500


@pytest.mark.parametrize("revenue", [None, Decimal(0), Decimal(-5)], ids=str)
def test_a_peer_that_cannot_be_scaled_is_no_peer(revenue: Decimal | None) -> None:
    like = company()
    for each in like["accounts"]:
        each |= {"employees": None, "annual_revenue": Decimal(50)}
    like["accounts"][1]["annual_revenue"] = revenue
    result = assert_as_the_oracle_has_it(like)
    assert figure(result, "whitespace.peers") == 7
    assert_nothing(result, TOO_FEW)


@pytest.mark.parametrize(
    ("mine", "theirs", "alike"),
    [(1, 49, True), (49, 50, False), (50, 299, True), (299, 300, False), (300, 999, True),
     (999, 1000, False), (1000, 4999, True), (4999, 5000, False), (5000, 900_000, True)],
)  # fmt: skip
def test_peers_are_of_the_same_band(mine: int, theirs: int, alike: bool) -> None:
    like = company()
    for each in like["accounts"]:
        each["employees"] = mine if each["account_id"] == "A" else theirs
    result = assert_as_the_oracle_has_it(like)
    assert figure(result, "whitespace.peers") == (8 if alike else 0)


@pytest.mark.parametrize("status", ["prospect", "former", None])
def test_only_customers_are_peers_but_anyone_may_ask(status: str | None) -> None:
    like = company()
    like["accounts"][0]["status"] = status
    assert only(assert_as_the_oracle_has_it(like))["whitespace.state"] == "white"
    like["accounts"][1]["status"] = status
    assert_nothing(assert_as_the_oracle_has_it(like), TOO_FEW)


@pytest.mark.parametrize(("buyers", "enough"), [(3, False), (4, True)])
def test_two_fifths_of_the_peers_must_buy(buyers: int, enough: bool) -> None:
    result = assert_as_the_oracle_has_it(company(peers=10, buyers=buyers))
    assert (len(rows_of(result)), list(result.warnings)) == (int(enough), [])


def test_a_share_is_compared_before_it_is_rounded() -> None:
    like = company(peers=9, buyers=6)
    limits = WhiteSpace(minimum_buyers=Decimal("0.666667"))
    tables = tables_from(like, settings=Settings(white_space=limits))
    assert_nothing(ask("white_space", tables, SAMPLE_DAY, account_id="A"), None)


def test_a_category_that_no_peer_buys_is_none_even_when_no_buyers_are_needed() -> None:
    like = company(buyers=0, order_lines=[line("A", 100)])
    limits = WhiteSpace(minimum_buyers=Decimal(0))
    tables = tables_from(like, settings=Settings(white_space=limits))
    assert_nothing(ask("white_space", tables, SAMPLE_DAY, account_id="A"), None)


def test_half_a_unit_is_rounded_up_exactly() -> None:
    like = company()
    for each in like["accounts"]:
        each["employees"] = 117 if each["account_id"] == "A" else 52
    for each in like["order_lines"]:
        each["net_amount"] = Decimal(1034)  # 1034 / 52 x 117 = 2326.5
    assert only(assert_as_the_oracle_has_it(like))["whitespace.potential"] == 2327


@pytest.mark.parametrize(("days", "counted"), [(-1, False), (0, True), (364, True), (365, False)])
def test_sales_are_those_of_the_365_days(days: int, counted: bool) -> None:
    like = company()
    for each in like["order_lines"]:
        each["ordered_on"] = SAMPLE_DAY - timedelta(days=days)
    assert bool(rows_of(assert_as_the_oracle_has_it(like))) == counted


@pytest.mark.parametrize(("own", "potential"), [("400.4", 600), ("999.5", 1), ("999.6", None)])
def test_what_it_buys_already_is_taken_off(own: str, potential: int | None) -> None:
    like = company(opportunities=[deal(1)])
    like["order_lines"].append(line("A", own))
    found = list(rows_of(assert_as_the_oracle_has_it(like)).values())
    expected_rows = [] if potential is None else [(potential, "owned")]
    assert [(r["whitespace.potential"], r["whitespace.state"]) for r in found] == expected_rows


def test_returns_alone_are_not_owned() -> None:
    like = company()
    like["order_lines"].append(line("A", -100))
    row = only(assert_as_the_oracle_has_it(like))
    assert (row["whitespace.state"], row["whitespace.potential"]) == ("white", 1100)


LOST = {"status": "lost", "closed_on": SAMPLE_DAY}
LATER = SAMPLE_DAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("deals", "state"),
    [
        ([deal(1)], "open"),
        ([deal(1, category=None, product_id="P")], "open"),
        ([deal(1, category="消耗品", product_id="P")], "white"),
        ([deal(1, category=None)], "white"),
        ([deal(1, account_id="B0")], "white"),
        ([deal(1, created_on=LATER)], "white"),
        ([deal(1, **LOST)], "lost"),
        ([deal(1, status="lost", closed_on=LATER)], "open"),
        ([deal(1, status="lost")], "white"),
        ([deal(1, status="won", closed_on=SAMPLE_DAY)], "white"),
        ([deal(1), deal(2, **LOST)], "open"),
        ([deal(1, **LOST), deal(2)], "open"),
    ],
)
def test_the_state_is_that_of_its_deals_on_the_day(deals: list[dict[str, Any]], state: str) -> None:
    result = assert_as_the_oracle_has_it(company(opportunities=deals))
    assert only(result)["whitespace.state"] == state


def test_the_margin_is_of_all_accounts_and_of_all_sales() -> None:
    like = company()  # 8 lines of 1,000 that cost 600
    like["accounts"].append(account("C", industry="金属", status="prospect"))
    like["order_lines"].append(line("C", 8000))
    assert only(assert_as_the_oracle_has_it(like))["whitespace.margin"] == Decimal("0.2")


def test_without_any_cost_the_margin_is_unknown() -> None:
    like = company()
    for each in like["order_lines"]:
        each["standard_cost"] = None
    assert only(assert_as_the_oracle_has_it(like))["whitespace.margin"] is None


def test_the_order_is_by_potential_times_margin_then_potential_then_category() -> None:
    like = company()
    wanted = {"P": (1000, 600), "Q": (2000, 1900), "R": (500, 100), "S": (500, 100), "T": (9, None)}
    like["products"] = [
        {"product_id": p, "name": p, "category": f"category {p}"} for p in ("T", "S", "R", "Q", "P")
    ]
    like["order_lines"] = [
        line(f"B{n}", net, product_id=p, line_no=i,
             standard_cost=None if cost is None else Decimal(cost))
        for n in range(8)
        for i, (p, (net, cost)) in enumerate(wanted.items())
    ]  # fmt: skip
    result = assert_as_the_oracle_has_it(like)
    assert [str(c)[-1] for c in states(result)] == ["P", "R", "S", "Q", "T"]


def test_an_unrelated_account_of_another_industry_changes_nothing() -> None:
    like = company(opportunities=[deal(1, **LOST)])
    before = assert_as_the_oracle_has_it(like)
    more = {
        **like,
        "accounts": [*like["accounts"], account("C", industry="金属")],
        "opportunities": [*like["opportunities"], deal(2, account_id="C")],
    }
    after = assert_as_the_oracle_has_it(more)
    assert told(after) == told(before)
    assert (after.facts, after.warnings) == (before.facts, before.warnings)
