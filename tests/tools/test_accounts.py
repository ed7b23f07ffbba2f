"""An account's sales, costs and profit equal the oracle's, for every account and period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import NotFoundError
from crm.periods import Period, trailing
from crm.scope import ScopedTables
from tests.companies import ADVENTUREWORKS_DAY, SAMPLE_DAY, frames_from, tables_from
from tests.oracles import adventureworks as raw_adventureworks
from tests.oracles.canonical import Tables, group, ratio6, rows
from tests.oracles.sales import account_sales, trend
from tests.tools.asking import ask, figure, money
from tools.exact import ratio
from tools.money import COST_ITEMS, account_money
from tools.query import fetch
from tools.sales import account_orders

MONEY = ("net_sales", "list_sales", "discount", "gross_profit", "freight", "contribution")
STORY = ["A001", "A010", "A013", "A014", "A019", "A023", "A063", "A120"]


def assert_money(tables: ScopedTables, raw: Tables, period: Period) -> None:
    found = {row["account_id"]: row for row in fetch(account_money(tables, period))}
    orders = {row["account_id"]: row["orders"] for row in fetch(account_orders(tables, period))}
    expected = account_sales(raw, period.end, period.start, period.end).to_dict("records")
    assert set(found) == {row["account_id"] for row in expected}
    for row in expected:
        mine = found[row["account_id"]]
        for name in MONEY:
            known = mine["lines"] or name not in ("list_sales", "discount")  # of no lines: unknown
            told = (row["account_id"], name, money(mine[name]) if known else 0)
            assert told == (row["account_id"], name, money(row[name]))
        assert orders.get(row["account_id"], 0) == row["orders"]
        assert mine["lines"] == row["lines"]
        assert mine["uncosted"] == row["cost_unknown_lines"]
        for profit in ("gross", "contribution"):
            value = mine["gross_profit" if profit == "gross" else profit]
            assert ratio(value, mine["net_costed"]) == row[f"{profit}_margin"]


@pytest.mark.parametrize(
    "period",
    [
        trailing(SAMPLE_DAY, 365),
        trailing(SAMPLE_DAY, 365, years_back=1),
        Period(date(2025, 10, 1), date(2025, 12, 31)),
        Period(date(2026, 9, 30), date(2026, 9, 30)),
        Period(date(2019, 1, 1), date(2019, 12, 31)),
    ],
    ids=lambda p: f"{p.start}..{p.end}",
)
def test_the_money_of_every_account_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, period: Period
) -> None:
    assert_money(sample, sample_raw, period)


@pytest.mark.parametrize("years_back", [0, 1])
def test_the_money_of_every_reseller_of_adventureworks(
    adventureworks: ScopedTables, years_back: int
) -> None:
    period = trailing(ADVENTUREWORKS_DAY, 365, years_back)
    assert_money(adventureworks, raw_adventureworks.canonical_tables(), period)


@pytest.mark.parametrize("account_id", STORY)
def test_the_overview_of_an_account(
    sample: ScopedTables, sample_raw: Tables, account_id: str
) -> None:
    result = ask("account_overview", sample, SAMPLE_DAY, account_id=account_id)
    sold = group(account_sales(sample_raw, SAMPLE_DAY).to_dict("records"), "account_id")
    (now,) = sold[account_id]
    (moved,) = group(trend(sample_raw, SAMPLE_DAY).to_dict("records"), "account_id")[account_id]
    assert figure(result, "sales.change") == moved["net_sales_change"]
    assert figure(result, "sales.orders") == now["orders"]
    for name, key in (
        ("sales.net_sales", "net_sales"),
        ("sales.list_sales", "list_sales"),
        ("sales.discount", "discount"),
        ("profit.standard_cost", "standard_cost"),
        ("profit.gross_profit", "gross_profit"),
        ("profit.freight", "freight"),
        ("profit.contribution", "contribution"),
    ):
        assert (name, figure(result, name)) == (name, money(now[key]))
    assert figure(result, "sales.net_sales_before") == money(moved["net_sales_before"])
    assert figure(result, "profit.contribution_before") == money(moved["contribution_before"])
    for margin in ("gross_margin", "contribution_margin"):
        assert figure(result, f"profit.{margin}") == now[margin]
    before = moved["contribution_margin_before"]
    assert figure(result, "profit.contribution_margin_before") == before


@pytest.mark.parametrize("account_id", STORY)
def test_the_lines_of_an_overview_add_up_to_its_profit(
    sample: ScopedTables, account_id: str
) -> None:
    result = ask("account_overview", sample, SAMPLE_DAY, account_id=account_id)
    gross = figure(result, "profit.gross_profit")
    if gross is None:
        return
    names = ["profit.freight", *(f"profit.cost_{item}" for item in COST_ITEMS)]
    costs = sum(Decimal(str(figure(result, n) or 0)) for n in names)
    assert Decimal(str(gross)) - costs == figure(result, "profit.contribution")


@pytest.mark.parametrize("account_id", STORY)
def test_the_wallet_of_an_account(
    sample: ScopedTables, sample_raw: Tables, account_id: str
) -> None:
    result = ask("account_overview", sample, SAMPLE_DAY, account_id=account_id)
    mine = [w for w in rows(sample_raw, "wallets") if w["account_id"] == account_id]
    if not mine:
        assert result.fact("wallet.spend") is None
        return
    known = [w for w in mine if w["our_share"] is not None]
    spend = sum(w["spend"] for w in known)
    ours = sum(w["spend"] * w["our_share"] for w in known)
    assert figure(result, "wallet.spend") == money(sum(w["spend"] for w in mine))
    assert figure(result, "wallet.share") == (ratio6(ours / spend) if spend else None)


@pytest.mark.parametrize("account_id", STORY)
def test_an_overview_says_who_the_account_is(
    sample: ScopedTables, sample_raw: Tables, account_id: str
) -> None:
    result = ask("account_overview", sample, SAMPLE_DAY, account_id=account_id)
    accounts = {a["account_id"]: a for a in rows(sample_raw, "accounts")}
    people = {p["person_id"]: p for p in rows(sample_raw, "people")}
    account = accounts[account_id]
    for name in ("name", "industry", "city", "employees", "annual_revenue", "status"):
        assert figure(result, f"account.{name}") == account[name]
    assert figure(result, "account.owner") == people[account["owner_id"]]["name"]
    assert figure(result, "account.team") == people[account["owner_id"]]["team"]
    children = sum(a["parent_id"] == account_id for a in accounts.values())
    assert figure(result, "account.subsidiaries") == children


def test_adventureworks_worst_reseller_is_shown_as_the_raw_files_have_it(
    adventureworks: ScopedTables,
) -> None:
    result = ask("account_overview", adventureworks, ADVENTUREWORKS_DAY, account_id="599")
    ends = trailing(ADVENTUREWORKS_DAY, 365)
    table = raw_adventureworks.resellers(ends.start, ends.end).to_dict("records")
    worst = next(r for r in table if r["account_id"] == "599")
    assert figure(result, "account.name") == "Westside Plaza"
    assert figure(result, "sales.net_sales") == money(worst["net_sales"])
    assert figure(result, "profit.contribution") == money(worst["profit"])
    assert any("no direct costs" in w.en for w in result.warnings)


def one(**tables: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {"accounts": [{"account_id": "A", "name": "a"}], **tables}


def line(number: int, net: int, **more: Any) -> dict[str, Any]:
    return {
        "order_id": "O",
        "line_no": number,
        "account_id": "A",
        "ordered_on": SAMPLE_DAY,
        "net_amount": Decimal(net),
        **more,
    }


def test_a_line_without_a_cost_is_left_out_of_profit_and_said_so() -> None:
    lines = [line(1, 100, standard_cost=Decimal(60)), line(2, 50, standard_cost=None)]
    result = ask("account_overview", tables_from(one(order_lines=lines)), SAMPLE_DAY,
                 account_id="A")  # fmt: skip
    assert figure(result, "sales.net_sales") == 150
    profit = result.fact("profit.gross_profit")
    assert profit is not None
    assert profit.value == 40
    assert [(p.rows, p.reason.en) for p in profit.basis.left_out] == [(1, "cost unknown")]
    assert figure(result, "profit.gross_margin") == Decimal("0.4")


def test_without_any_cost_profit_is_unknown_and_not_the_whole_of_sales() -> None:
    tables = tables_from(one(order_lines=[line(1, 100, standard_cost=None)]))
    result = ask("account_overview", tables, SAMPLE_DAY, account_id="A")
    for name in ("gross_profit", "gross_margin", "contribution", "contribution_margin"):
        assert figure(result, f"profit.{name}") is None


def test_list_prices_that_nobody_recorded_are_unknown_and_not_zero() -> None:
    company = one(order_lines=[line(1, 100, list_amount=None, discount=None)])
    result = ask("account_overview", tables_from(company), SAMPLE_DAY, account_id="A")
    for name in ("sales.list_sales", "sales.discount", "sales.discount_rate"):
        assert figure(result, name) is None


def test_an_account_that_never_bought_has_sales_of_zero_and_no_change() -> None:
    company = one(order_lines=[line(1, 100, account_id="B", standard_cost=Decimal(1))])
    result = ask("account_overview", tables_from(company), SAMPLE_DAY, account_id="A")
    assert figure(result, "sales.net_sales") == 0
    assert figure(result, "sales.change") is None
    assert figure(result, "profit.contribution") == 0
    assert figure(result, "profit.contribution_margin") is None


@pytest.mark.parametrize(
    ("booked", "labour"),
    [
        ([], "150"),
        ([Decimal(40)], "40"),
        ([Decimal(0)], "0"),
    ],
)
def test_labour_is_what_is_booked_else_the_hours_worked(booked: list[Decimal], labour: str) -> None:
    company = one(
        order_lines=[line(1, 1000, standard_cost=Decimal(0))],
        people=[{"person_id": "U", "name": "u", "hourly_cost": Decimal(100)}],
        activities=[
            {"activity_id": "T", "account_id": "A", "person_id": "U", "kind": "visit",
             "occurred_on": SAMPLE_DAY, "minutes": Decimal(90)},
        ],
        direct_costs=[
            {"account_id": "A", "item": "labour", "incurred_on": SAMPLE_DAY, "amount": b}
            for b in booked
        ] or [{"account_id": "A", "item": "rebate", "incurred_on": SAMPLE_DAY,
               "amount": Decimal(0)}],
    )  # fmt: skip
    result = ask("account_overview", tables_from(company), SAMPLE_DAY, account_id="A")
    (expected,) = account_sales(frames_from(company), SAMPLE_DAY).to_dict("records")
    assert figure(result, "profit.cost_labour") == Decimal(labour)
    assert figure(result, "profit.contribution") == money(expected["contribution"])


def test_an_account_that_is_not_there_is_not_found(sample: ScopedTables) -> None:
    for tool in ("account_overview", "key_contacts", "recent_changes", "knowledge_gaps"):
        with pytest.raises(NotFoundError, match="no account `A999`"):
            ask(tool, sample, SAMPLE_DAY, account_id="A999")
