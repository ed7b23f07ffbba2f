"""White space equals the oracle's at every account; too little to go on is said, not guessed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from crm.scope import ScopedTables
from crm.settings import Settings
from crm.thresholds import WhiteSpace
from tests.companies import ADVENTUREWORKS_DAY, SAMPLE_DAY, Rows, frames_from, tables_from
from tests.oracles import adventureworks_full
from tests.oracles.canonical import Row, Tables, rows
from tests.oracles.whitespace import sold, white_space
from tests.oracles.whitespace2 import by_department, estimates, listed, white_space_all
from tests.tools.asking import ask, figure, money, rows_of
from tools.facts import ToolResult, Value
from tools.potentials import potentials
from tools.query import fetch

DAYS = [SAMPLE_DAY, date(2026, 3, 31)]
TOO_FEW, NO_SCALE = "Too few customers", "Neither employees nor revenue"
Company = dict[str, list[dict[str, Any]]]


def told(result: ToolResult) -> list[tuple[str, dict[str, Value]]]:
    return list(rows_of(result).items())


def expected(
    raw: Tables, account_id: str | None, day: date, **limits: Any
) -> list[tuple[str, Any]]:
    """The rows as the oracle of all accounts has them; with the account's name first for all."""
    table = listed(white_space_all(raw, day, **limits), account_id)
    return [(subject(row, account_id), cells(raw, row, account_id)) for row in table]


def subject(row: Row, account_id: str | None) -> str:
    of_category = f"category:{row['whitespace.category']}"
    return of_category if account_id else f"account:{row['account_id']}/{of_category}"


def cells(raw: Tables, row: Row, account_id: str | None) -> dict[str, Any]:
    names = {a["account_id"]: a["name"] for a in rows(raw, "accounts")}
    first = {} if account_id else {"account.name": names[row["account_id"]]}
    return first | {
        "whitespace.category": row["whitespace.category"],
        "whitespace.state": row["whitespace.state"],
        "whitespace.buyers": row["whitespace.buyer_share"],
        "whitespace.own": money(row["whitespace.own"]),
        "whitespace.potential": row["whitespace.potential"],
        "whitespace.margin": row["whitespace.margin"],
        "whitespace.wallet": row["whitespace.wallet"],
        "whitespace.share": row["whitespace.share"],
        "whitespace.competitor": row["whitespace.competitor"],
    }


def estimated(raw: Tables, account_id: str, day: date, **limits: Any) -> list[tuple[Any, ...]]:
    """The same estimate as the oracle of one account has it, which knows no wallets."""
    return [
        (r["category"], r["share"], money(r["net_sales"]), r["potential"], r["margin"])
        for r in white_space(raw, account_id, day, **limits)
    ]


ESTIMATED = [f"whitespace.{x}" for x in ("category", "buyers", "own", "potential", "margin")]


def assert_as_the_oracle_has_it(company: Rows, account_id: str = "A") -> ToolResult:
    result = ask("white_space", tables_from(company), SAMPLE_DAY, account_id=account_id, limit=50)
    assert told(result) == expected(frames_from(company), account_id, SAMPLE_DAY)
    found = [tuple(row[c] for c in ESTIMATED) for row in rows_of(result).values()]
    assert found == estimated(frames_from(company), account_id, SAMPLE_DAY)
    return result


def states(result: ToolResult) -> dict[Value, Value]:
    found = rows_of(result).values()
    return {row["whitespace.category"]: row["whitespace.state"] for row in found}


def test_the_white_space_of_each_account_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables
) -> None:
    spoken_of, lines = 0, sold(sample_raw, SAMPLE_DAY)
    for account in rows(sample_raw, "accounts")[::6]:
        account_id = account["account_id"]
        result = ask("white_space", sample, SAMPLE_DAY, account_id=account_id, limit=50)
        found = [tuple(row[c] for c in ESTIMATED) for row in rows_of(result).values()]
        oracle = estimated(sample_raw, account_id, SAMPLE_DAY, lines_by_category=lines)
        assert (account_id, found) == (account_id, oracle)
        spoken_of += len(oracle)
    assert spoken_of > 0


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_white_space_of_all_accounts_is_that_of_each_in_one_order(
    sample: ScopedTables, sample_raw: Tables, day: date
) -> None:
    result = ask("white_space", sample, day, limit=500)
    oracle = expected(sample_raw, None, day)
    assert told(result) == oracle
    assert figure(result, "whitespace.total") == sum(r["whitespace.potential"] for _, r in oracle)
    assert result.fact("whitespace.peers") is None


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_with_lower_limits_more_accounts_have_white_space_and_still_the_oracles(
    sample: ScopedTables, sample_raw: Tables, day: date
) -> None:
    limits = WhiteSpace(minimum_peers=3, minimum_buyers=Decimal("0.25"))
    tables = ScopedTables(sample.snapshot, sample.scope, Settings(white_space=limits))
    result = ask("white_space", tables, day, limit=500)
    assert told(result) == expected(
        sample_raw, None, day, minimum_peers=3, minimum_buyers=Fraction(1, 4)
    )
    seen = {row["whitespace.state"] for row in rows_of(result).values()}
    assert seen == {"owned", "open", "lost", "white"}


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_planted_account_is_white_in_two_categories_and_nothing_else(
    sample: ScopedTables, day: date
) -> None:
    result = ask("white_space", sample, day, account_id="A014", limit=50)
    assert states(result) == {"センサー": "white", "保守サービス": "white"}
    assert not result.warnings


def test_the_planted_account_buys_only_conveyors_and_nine_of_its_eleven_peers_the_rest(
    sample: ScopedTables,
) -> None:
    result = ask("white_space", sample, SAMPLE_DAY, account_id="A014")
    assert figure(result, "whitespace.peers") == 11
    assert {r["whitespace.buyers"] for r in rows_of(result).values()} == {Decimal("0.818182")}
    bought = ask("white_space", sample, SAMPLE_DAY, account_id="A014", by_department=True)
    own = rows_of(bought).values()
    assert {row["whitespace.category"] for row in own} == {"搬送装置"}
    amounts = [row["whitespace.own"] for row in own]
    total = sum(a for a in amounts if isinstance(a, Decimal))
    assert round(total / 1_000_000, 1) == Decimal("120.1")


@pytest.mark.slow
def test_the_white_space_of_all_resellers_of_adventureworks(adventureworks: ScopedTables) -> None:
    raw = adventureworks_full.tables()
    result = ask("white_space", adventureworks, ADVENTUREWORKS_DAY, limit=500)
    oracle = expected(raw, None, ADVENTUREWORKS_DAY)
    assert result.table is not None
    assert result.table.total_rows == len(oracle) > 500
    assert told(result) == oracle[:500]
    assert figure(result, "whitespace.total") == sum(r["whitespace.potential"] for _, r in oracle)


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
        "wallets": [],
        **tables,
    }


def joined(cases: Sequence[Company]) -> Company:
    """The cases beside each other in one company: in industries of their own they are no peers."""
    together: Company = {}
    for number, case in enumerate(cases):
        for table, records in case.items():
            rows_ = [{**row, **_of_case(row, number)} for row in records if "account_id" in row]
            together.setdefault(table, []).extend(rows_)
    return together | {"products": cases[0]["products"]}


def _of_case(row: dict[str, Any], number: int) -> dict[str, Any]:
    ids = ("account_id", "order_id", "opportunity_id", "industry")
    return {name: f"{row[name]}.{number}" for name in ids if name in row}


def rows_of_a(result: ToolResult, cases: Sequence[Company]) -> list[dict[str, Value] | None]:
    """The row of account A of each case, in the result of the company of all cases."""
    found = rows_of(result)
    return [found.get(f"account:A.{n}/category:センサー") for n in range(len(cases))]


def states_of_a(result: ToolResult, cases: Sequence[Company]) -> list[Value]:
    found = rows_of_a(result, cases)
    return [row["whitespace.state"] if row else None for row in found]


def asked_together(cases: Sequence[Company]) -> ToolResult:
    """The white space of the company of all cases, after the oracle has been seen to agree."""
    company_ = joined(cases)
    result = ask("white_space", tables_from(company_), SAMPLE_DAY, limit=500)
    assert told(result) == expected(frames_from(company_), None, SAMPLE_DAY)
    return result


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
        "whitespace.wallet": None,
        "whitespace.share": None,
        "whitespace.competitor": None,
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


def test_peers_are_of_the_same_band() -> None:
    sizes = {
        (1, 49): True, (49, 50): False, (50, 299): True, (299, 300): False, (300, 999): True,
        (999, 1000): False, (1000, 4999): True, (4999, 5000): False, (5000, 900_000): True,
    }  # fmt: skip
    cases = [company() for _ in sizes]
    for case, (mine, theirs) in zip(cases, sizes, strict=True):
        for each in case["accounts"]:
            each["employees"] = mine if each["account_id"] == "A" else theirs
    found = states_of_a(asked_together(cases), cases)
    assert [state == "white" for state in found] == list(sizes.values())


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


def test_sales_are_those_of_the_365_days() -> None:
    counted = {-1: False, 0: True, 364: True, 365: False}
    cases = [company() for _ in counted]
    for case, days in zip(cases, counted, strict=True):
        for each in case["order_lines"]:
            each["ordered_on"] = SAMPLE_DAY - timedelta(days=days)
    found = rows_of_a(asked_together(cases), cases)
    assert [row is not None for row in found] == list(counted.values())


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


def test_the_state_is_that_of_its_deals_on_the_day() -> None:
    cases = [
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
    ]
    companies = [company(opportunities=deals) for deals, _state in cases]
    found = states_of_a(asked_together(companies), companies)
    assert found == [state for _deals, state in cases]


def wallet(**more: Any) -> dict[str, Any]:
    known = {"account_id": "A", "category": "センサー", "period": "FY2025", "competitor": None}
    return {**known, "spend": Decimal(4000), "our_share": None, **more}


def test_a_competitor_named_in_the_latest_wallet_holds_what_we_neither_sell_nor_bid_for() -> None:
    cases: list[tuple[list[dict[str, Any]], list[dict[str, Any]], int | None, str]] = [
        ([wallet(competitor="X")], [], None, "competitor"),
        ([wallet(competitor="X")], [deal(1, **LOST)], None, "competitor"),
        ([wallet(competitor="X")], [deal(1)], None, "open"),
        ([wallet(competitor="X")], [deal(1)], 1, "owned"),
        ([wallet(competitor="X")], [], -1, "competitor"),
        ([wallet()], [], None, "white"),
        ([wallet(competitor="X", category="消耗品")], [], None, "white"),
        ([wallet(competitor="X", account_id="B0")], [], None, "white"),
        ([wallet(competitor="X", period="FY2024"), wallet()], [], None, "white"),
        ([wallet(period="FY2024"), wallet(competitor="X")], [], None, "competitor"),
        ([wallet(competitor="X", period="FY2027"), wallet()], [], None, "white"),
    ]
    companies = [company(wallets=wallets, opportunities=deals) for wallets, deals, *_ in cases]
    for like, (_wallets, _deals, own, _state) in zip(companies, cases, strict=True):
        if own is not None:
            like["order_lines"].append(line("A", own))
    result = ask("white_space", tables_from(joined(companies)), SAMPLE_DAY, limit=500)
    assert states_of_a(result, companies) == [state for *_, state in cases]


def test_the_share_of_wallet_is_own_spend_over_the_latest_wallet() -> None:
    like = company(wallets=[wallet(competitor="X"), wallet(period="FY2024", spend=Decimal(9))])
    like["order_lines"].append(line("A", 500))
    row = only(assert_as_the_oracle_has_it(like))
    assert row["whitespace.wallet"] == 4000
    assert row["whitespace.share"] == Decimal("0.125")
    assert row["whitespace.competitor"] == "X"


def test_a_wallet_without_spend_gives_no_share() -> None:
    row = only(assert_as_the_oracle_has_it(company(wallets=[wallet(spend=Decimal(0))])))
    assert (row["whitespace.wallet"], row["whitespace.share"]) == (0, None)


def test_without_wallets_their_absence_is_said() -> None:
    like = company()
    del like["wallets"]
    result = ask("white_space", tables_from(like), SAMPLE_DAY, account_id="A")
    assert [w.en.startswith("Share of wallet") for w in result.warnings] == [True]
    assert only(result)["whitespace.wallet"] is None


def of_departments(raw: Tables, account_id: str | None, day: date) -> list[tuple[Any, ...]]:
    found = by_department(raw, day, account_id)
    return sorted(
        (str(r["whitespace.category"]), r["whitespace.department"] or "", r["whitespace.own"])
        for r in found
    )


@pytest.mark.parametrize("account_id", ["A001", "A014", "A022"])
def test_what_each_department_buys_is_the_oracles(
    sample: ScopedTables, sample_raw: Tables, account_id: str
) -> None:
    result = ask(
        "white_space", sample, SAMPLE_DAY, account_id=account_id, by_department=True, limit=500
    )
    found = list(rows_of(result).values())
    columns = ("category", "department", "own")
    cells_ = sorted(tuple(row[f"whitespace.{c}"] or "" for c in columns) for row in found)
    assert cells_ == of_departments(sample_raw, account_id, SAMPLE_DAY)
    own = [row["whitespace.own"] for row in found]
    assert own == sorted(own, reverse=True)
    assert "whitespace.potential" not in found[0]


def test_the_departments_of_all_accounts_add_up_to_their_sales(
    sample: ScopedTables, sample_raw: Tables
) -> None:
    result = ask("white_space", sample, SAMPLE_DAY, by_department=True, limit=500)
    assert result.table is not None
    everything = by_department(sample_raw, SAMPLE_DAY)
    assert result.table.total_rows == len(everything)
    largest = sorted((r["whitespace.own"] for r in everything), reverse=True)
    assert [row["whitespace.own"] for row in rows_of(result).values()] == largest[:500]
    assert next(iter(rows_of(result))).startswith("account:A")


def test_without_departments_sales_are_of_no_recorded_department() -> None:
    result = ask(
        "white_space", tables_from(company()), SAMPLE_DAY, account_id="B0", by_department=True
    )
    assert only(result)["whitespace.department"] is None
    assert any("order_lines.department" in w.en for w in result.warnings)


def test_without_any_status_whoever_orders_is_a_peer() -> None:
    like = company()
    for each in like["accounts"]:
        del each["status"]
    result = ask("white_space", tables_from(like), SAMPLE_DAY, account_id="A")
    assert told(result) == expected(frames_from(like), "A", SAMPLE_DAY)
    assert only(result)["whitespace.potential"] == 1000
    assert any("accounts.status" in w.en for w in result.warnings)


def at_random(seed: int) -> Company:
    """Groups of even and odd numbers of buyers, ties among them, prospects, revenue as scale."""
    chance = random.Random(seed)
    ids = [f"A{n:02}" for n in range(45)]
    sizes = [None, 30, 31, 60, 97, 250]
    return {
        "accounts": [
            account(
                i,
                industry=chance.choice(["食品", "金属", None]),
                employees=chance.choice(sizes),
                annual_revenue=chance.choice([None, Decimal("123456789.5"), Decimal(7)]),
                status=chance.choice(["customer", "customer", "customer", "prospect"]),
            )
            for i in ids
        ],
        "products": [{"product_id": p, "name": p, "category": c} for p, c in PRODUCTS],
        "order_lines": [
            line(i, chance.choice([-5, 1, 7, 1000, 1001, 999_983, "0.5"]), line_no=n,
                 product_id=chance.choice(PRODUCTS)[0],
                 standard_cost=chance.choice([None, Decimal(3)]))
            for i in ids for n in range(chance.randrange(4))
        ],
        "opportunities": [deal(n, account_id=chance.choice(ids)) for n in range(9)],
        "wallets": [wallet(account_id=i, competitor="X") for i in ids[:9]],
    }  # fmt: skip


PRODUCTS = [("P", "センサー"), ("Q", "センサー"), ("R", "消耗品"), ("S", None)]


@pytest.mark.parametrize("seed", range(6))
def test_the_median_without_the_account_itself_is_exact_for_every_account(seed: int) -> None:
    like = at_random(seed)
    limits = WhiteSpace(minimum_peers=1, minimum_buyers=Decimal(0))
    tables = tables_from(like, settings=Settings(white_space=limits))
    result = ask("white_space", tables, SAMPLE_DAY, limit=500)
    oracle = expected(
        frames_from(like), None, SAMPLE_DAY, minimum_peers=1, minimum_buyers=Fraction(0)
    )
    assert told(result) == oracle
    assert len(oracle) >= 20


def test_the_potentials_of_the_engine_are_the_oracles_also_where_nothing_is_left() -> None:
    like = at_random(7)
    limits = WhiteSpace(minimum_peers=2, minimum_buyers=Decimal("0.3"))
    found = fetch(potentials(tables_from(like, settings=Settings(white_space=limits)), SAMPLE_DAY))
    oracle = estimates(frames_from(like), SAMPLE_DAY, 2, Fraction(3, 10))
    assert {(r["account_id"], r["category"]): (r["peers"], r["buying"], r["potential"])
            for r in found} == {
        key: (row["peers"], row["buyers"], max(row["potential"], Decimal(0)))
        for key, row in oracle.items()
    }  # fmt: skip


def test_amounts_and_revenues_of_trillions_stay_exact() -> None:
    like = company()
    for n, each in enumerate(like["accounts"]):
        each |= {"employees": None, "annual_revenue": Decimal(9_876_543_210_987 + n)}
    for n, each in enumerate(like["order_lines"]):
        each["net_amount"] = Decimal(1_234_567_890_123 + 7 * n)
    assert_as_the_oracle_has_it(like)


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
