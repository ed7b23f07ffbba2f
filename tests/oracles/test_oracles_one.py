"""The oracles of profit, targets and the backtest agree with figures worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from .allocation import allocation, largest_remainder, pools_in
from .backtest import attention_backtest
from .canonical import Tables, frame
from .pricing import letters, pricing
from .profitability import operating_profits, resources, stress, waterfall, waterfalls, whale
from .spans import asked, cut, span
from .targets import (
    concentration,
    coverage,
    kpi_pair,
    loss_analysis,
    stage_order,
    stages,
    targets_and_gap,
)

DAY = date(2026, 9, 30)
SEPTEMBER = "2026-09"


def d(text: str | int) -> Decimal:
    return Decimal(str(text))


def raw(**tables: list[dict[str, Any]]) -> Tables:
    """Rows as the oracles take them; a column that a row lacks is None there."""
    return {
        name: frame(records, list(dict.fromkeys(c for record in records for c in record)))
        for name, records in tables.items()
    }


def account(i: str, **more: Any) -> dict[str, Any]:
    return {"account_id": i, "name": f"Company {i}", "status": "customer"} | more


def order(i: str, net: int, cost: int | None = None, **more: Any) -> dict[str, Any]:
    """One order of one line on 10 September 2026, at list price."""
    return {
        "order_id": f"O-{i}-{net}",
        "line_no": 1,
        "account_id": i,
        "product_id": None,
        "ordered_on": date(2026, 9, 10),
        "quantity": d(1),
        "list_amount": d(net),
        "discount": d(0),
        "net_amount": d(net),
        "standard_cost": None if cost is None else d(cost),
        "freight": None,
    } | more


def pool(item: str, amount: str, driver: str, period: str = SEPTEMBER) -> dict[str, Any]:
    return {
        "pool": f"Pool of {item}",
        "item": item,
        "department": None,
        "period": period,
        "amount": d(amount),
        "driver": driver,
    }


def amounts(found: Any) -> dict[tuple[str, str], Any]:
    return {(r["profit.line"], r["profit.kind"]): r["profit.amount"] for r in found["rows"]}


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-04-01..2026-09-30", "2026-04-01", "2026-09-30"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("FY2026", "2026-04-01", "2027-03-31"),
        ("FY2026H2", "2026-10-01", "2027-03-31"),
        ("FY2026Q4", "2027-01-01", "2027-03-31"),
        ("last_90_days", "2026-07-03", "2026-09-30"),  # 30 + 31 + 29 days
        ("this_half", "2026-04-01", "2026-09-30"),
        ("last_quarter", "2026-04-01", "2026-06-30"),
        ("next_month", "2026-10-01", "2026-10-31"),
    ],
)
def test_period_texts_name_whole_days(text: str, first: str, last: str) -> None:
    assert span(text, DAY) == (date.fromisoformat(first), date.fromisoformat(last))


def test_a_fiscal_half_in_january_began_the_year_before() -> None:
    # February 2026 is in the fiscal year that began in April 2025: its second half.
    assert span("this_half", date(2026, 2, 1)) == (date(2025, 10, 1), date(2026, 3, 31))


def test_a_period_is_cut_at_the_day_asked_about() -> None:
    assert cut("FY2026", DAY) == (date(2026, 4, 1), DAY)
    assert asked(None, DAY) == (date(2025, 10, 1), DAY)


def test_left_over_units_go_to_the_largest_remainders_and_ties_to_the_lower_id() -> None:
    one = Fraction(1)
    # 10 units in thirds: 3.33 each; the one left over goes to the first id.
    assert largest_remainder(10, {"c": one, "b": one, "a": one}) == {"a": 4, "b": 3, "c": 3}
    # 10 units by 1 : 2 : 3 = 1.67, 3.33, 5; the one left over goes to the remainder .67.
    by_size = {"a": one, "b": 2 * one, "c": 3 * one}
    assert largest_remainder(10, by_size) == {"a": 2, "b": 3, "c": 5}
    assert largest_remainder(-10, by_size) == {"a": -2, "b": -3, "c": -5}


def test_quantities_not_above_zero_take_no_share() -> None:
    shares = largest_remainder(10, {"a": Fraction(1, 3), "b": Fraction(0), "c": Fraction(-5)})
    assert shares == {"a": 10}
    assert largest_remainder(10, {"b": Fraction(0)}) == {}


def test_a_pool_counts_with_the_days_it_shares_with_the_period() -> None:
    tables = raw(cost_pools=[pool("x", "1000", "orders"), pool("y", "1000", "orders", "2026-10")])
    # 11 September to the end: 20 of 30 days: 666.66666... = 666.6667. October has not come.
    (found,) = pools_in(tables, DAY, "2026-09-11..2026-12-31")
    assert found["amount_in"] == d("666.6667")


DRIVERS = raw(
    accounts=[account("a"), account("b")],
    order_lines=[
        order("a", 300, quantity=d(2)),
        order("a", 100, order_id="O-a-300", line_no=2, quantity=d(2)),
        order("b", -100, quantity=d(1)),
        order("b", 600, quantity=d(4)),
    ],
    activities=[
        {"account_id": "a", "kind": "visit", "occurred_on": DAY, "minutes": d(30)},
        {"account_id": "b", "kind": "hq_proposal", "occurred_on": DAY, "minutes": None},
        {"account_id": "b", "kind": "call", "occurred_on": DAY, "minutes": d(90)},
        {"account_id": "b", "kind": "visit", "occurred_on": date(2026, 10, 1), "minutes": d(9)},
    ],
    account_drivers=[
        {"account_id": "a", "driver": "claims", "period": SEPTEMBER, "quantity": d(1)},
        {"account_id": "b", "driver": "claims", "period": "2026-09-02..2026-09-03"}
        | {"quantity": d(3)},
        {"account_id": "b", "driver": "claims", "period": "2026-08", "quantity": d(100)},
    ],
)


@pytest.mark.parametrize(
    ("driver", "of_a", "of_b"),
    [
        ("orders", 400, 800),  # 1 order and 2
        ("order_lines", 600, 600),  # 2 lines and 2
        ("quantity", "533.3333", "666.6667"),  # 4 and 5 of 9
        ("net_sales", "533.3333", "666.6667"),  # 400 and 500 of 900
        ("visits", 600, 600),  # a visit each; a call is none, October has not come
        ("hours", 300, 900),  # half an hour and one and a half
        ("claims", 300, 900),  # 1 and 3: a period within the month counts, August does not
        ("returns", 0, 1200),  # nothing recorded: b's one line below zero
    ],
)
def test_each_driver_is_measured_in_the_pool_s_days(driver: str, of_a: Any, of_b: Any) -> None:
    tables = DRIVERS | raw(cost_pools=[pool("x", "1200", driver)])
    (found,) = allocation(tables, DAY)["pools"]
    shares = {"a": Decimal(0), "b": Decimal(0)} | found["shares"]
    assert shares == {"a": d(of_a), "b": d(of_b)}


def test_a_pool_whose_driver_nobody_has_stays_unallocated() -> None:
    tables = DRIVERS | raw(cost_pools=[pool("x", "1200", "tickets"), pool("y", "9", "orders")])
    found = allocation(tables, DAY)
    assert [p["driver"] for p in found["unallocated"]] == ["tickets"]
    facts = waterfall(tables, DAY, "a")["facts"]
    assert facts["profit.unallocated"] == 1200
    assert facts["profit.allocated"] == 3  # 1 of 3 orders


def company() -> Tables:
    """Three accounts: a sells 1000, b 500, c only costs; two pools; b's second line is uncosted."""
    return raw(
        accounts=[account("a"), account("b"), account("c")],
        people=[{"person_id": "p", "hourly_cost": d(100)}],
        order_lines=[
            order("a", 1000, 600, list_amount=d(1200), discount=d(190), freight=d(20)),
            order("b", 300, 200, freight=d(5)),
            order("b", 200, list_amount=None),
        ],
        direct_costs=[
            {"account_id": i, "item": item, "incurred_on": DAY, "amount": d(amount)}
            for i, item, amount in (
                ("a", "customer_manufacturing", 50),
                ("a", "delivery", 30),
                ("a", "labour", 10),
                ("b", "rebate", 15),
            )
        ],
        activities=[
            {"account_id": i, "person_id": "p", "kind": "call"}
            | {"occurred_on": DAY, "minutes": d(minutes)}
            for i, minutes in (("a", 600), ("b", 6), ("c", 60))
        ],
        cost_pools=[pool("packing", "90", "orders"), pool("marketing", "150", "net_sales")],
    )


def test_the_waterfall_of_an_account_adds_up() -> None:
    found = waterfall(company(), DAY, "a")
    # packing 90 by orders: a has 1 of 3; marketing 150 by net sales: a has 1000 of 1500.
    assert amounts(found) == {
        ("list_sales", "direct"): 1200,
        ("discount", "direct"): -190,
        ("list_gap", "direct"): -10,  # 1200 - 190 = 1010, recorded as 1000
        ("net_sales", "sum"): 1000,
        ("standard_cost", "direct"): -600,
        ("customer_manufacturing", "direct"): -50,
        ("gross_profit", "sum"): 350,
        ("labour", "direct"): -10,  # booked, so the ten hours do not count
        ("entertainment", "direct"): 0,
        ("rebate", "direct"): 0,
        ("store_promotion", "direct"): 0,
        ("delivery", "direct"): -50,  # 30 booked and 20 freight
        ("packing", "direct"): 0,
        ("inventory", "direct"): 0,
        ("service", "direct"): 0,
        ("capital", "direct"): 0,
        ("packing", "allocated"): -30,
        ("marketing", "allocated"): -100,
        ("operating_profit", "sum"): 160,
    }
    assert found["facts"] == {
        "profit.net_sales": 1000,
        "profit.gross_profit_p": 350,
        "profit.contribution_p": 290,
        "profit.allocated": 130,
        "profit.operating_profit": 160,
        "profit.operating_margin": d("0.16"),
        "profit.unallocated": None,
    }
    assert found["rows"][-3]["profit.driver"] == "orders"
    assert found["rows"][-3]["profit.share_of_sales"] == d("-0.03")


def test_lines_without_a_cost_are_taken_out_in_a_line_of_their_own() -> None:
    found = waterfall(company(), DAY, "b")
    line = amounts(found)
    assert line[("list_sales", "direct")] is None  # one line has no list amount
    assert line[("discount", "direct")] is None
    assert line[("net_sales", "sum")] == 500
    assert line[("uncosted_sales", "direct")] == -200
    assert line[("gross_profit", "sum")] == 100
    assert line[("labour", "direct")] == -10  # 6 minutes at 100
    # 100 - 10 labour - 15 rebate - 5 freight - 60 packing - 50 marketing
    assert line[("operating_profit", "sum")] == -40
    assert found["facts"]["profit.operating_margin"] == ratio(-40, 300)


def ratio(top: int, bottom: int) -> Decimal:
    return (Decimal(top) / Decimal(bottom)).quantize(Decimal("0.000001"))


def test_an_account_whose_lines_all_lack_a_cost_has_no_profit() -> None:
    tables = raw(accounts=[account("a")], order_lines=[order("a", 100)])
    found = waterfall(tables, DAY, "a")
    assert amounts(found)[("standard_cost", "direct")] is None
    assert found["facts"]["profit.gross_profit_p"] is None
    assert found["facts"]["profit.operating_profit"] is None
    assert whale(tables, DAY)["facts"]["whale.unknown"] == 1


def test_an_account_without_orders_only_costs() -> None:
    found = waterfalls(company(), DAY)["c"]
    assert found["facts"]["profit.operating_profit"] == -100  # one hour
    assert found["facts"]["profit.operating_margin"] is None


def test_the_whale_curve_rises_while_accounts_earn() -> None:
    found = whale(company(), DAY)
    # a 160, b -40; c has no lines.
    assert [r["account_id"] for r in found["rows"]] == ["a", "b"]
    assert [r["whale.cumulative"] for r in found["rows"]] == [160, 120]
    assert found["rows"][1]["whale.share_of_total"] == ratio(-1, 3)
    assert found["facts"] == {
        "whale.accounts": 2,
        "whale.total": 120,
        "whale.peak": 160,
        "whale.peak_accounts": 1,
        "whale.losers": 1,
        "whale.losers_share": d("0.5"),
        "whale.lost": -40,
        "whale.peak_to_end": ratio(4, 3),
        "whale.unknown": 0,
    }
    assert whale(company(), DAY, None, "contribution")["facts"]["whale.total"] == 290 + 70
    assert whale(company(), DAY, None, "gross")["facts"]["whale.total"] == 350 + 100


def test_stress_gives_every_pool_by_sales_by_orders_and_by_its_own_driver() -> None:
    found = stress(company(), DAY)
    row = {r["account_id"]: r for r in found["rows"]}
    # 240 of pools: by sales a bears 160 and b 80; by orders a 80 and b 160.
    assert [row["a"][f"stress.{b}"] for b in ("revenue", "orders", "activity")] == [130, 210, 160]
    assert [row["b"][f"stress.{b}"] for b in ("revenue", "orders", "activity")] == [-10, -90, -40]
    assert row["a"]["stress.spread"] == row["b"]["stress.spread"] == 80
    assert found["facts"]["stress.sign_changes"] == 0
    assert found["facts"]["stress.pool_total"] == 240
    assert found["facts"]["stress.total_orders"] == 120


def test_an_account_that_earns_on_one_basis_only_changes_sign() -> None:
    tables = raw(
        accounts=[account("a"), account("b")],
        order_lines=[order("a", 100, 90), order("b", 100, 60), order("b", 200, 100)],
        cost_pools=[pool("x", "30", "orders"), pool("y", "6", "order_lines")],
    )
    found = stress(tables, DAY)
    # a earns 10: by sales (1 of 4) it bears 9, by orders (1 of 3) 12, by its own drivers 12.
    assert [r["account_id"] for r in found["rows"]] == ["a", "b"]
    assert found["rows"][0]["stress.sign_changes"] == "yes"
    assert found["rows"][0]["stress.revenue"] == 1
    assert found["rows"][0]["stress.activity"] == -2
    assert found["facts"]["stress.sign_changes"] == 1


def test_resources_rank_cost_to_serve_against_profit() -> None:
    # Gross profits 100, 90, 80, 70, 60; freight 50, 10, 20, 5, 30.
    freight = {"a": 50, "b": 10, "c": 20, "d": 5, "e": 30}
    gross = {"a": 100, "b": 90, "c": 80, "d": 70, "e": 60}
    tables = raw(
        accounts=[account(i) for i in freight],
        order_lines=[order(i, 100, 100 - gross[i], freight=d(freight[i])) for i in freight],
    )
    found = resources(tables, DAY)
    row = {r["account_id"]: r for r in found["rows"]}
    # Profits 50, 80, 60, 65, 30: places a 4, b 1, c 3, d 2, e 5; costs a 1, e 2, c 3, b 4, d 5.
    assert [row[i]["resource.profit_rank"] for i in "abcde"] == [4, 1, 3, 2, 5]
    assert [row[i]["resource.cost_rank"] for i in "abcde"] == [1, 4, 3, 5, 2]
    assert [r["account_id"] for r in found["rows"]] == ["a", "e", "c", "b", "d"]
    assert found["facts"] == {
        "resource.accounts": 5,
        "resource.top_accounts": 1,
        "resource.top_cost_share": ratio(50, 115),
        "resource.top_profit_share": ratio(50, 285),
        # Differences of places 3, -3, 0, -3, 3: 1 - 6 x 36 / (5 x 24) = -0.8
        "resource.spearman": d("-0.8"),
        "resource.misplaced": 1,
    }


def test_four_accounts_are_too_few_for_a_rank_correlation() -> None:
    tables = raw(
        accounts=[account(i) for i in "abcd"],
        order_lines=[order(i, 100, 50, freight=d(n)) for n, i in enumerate("abcd")],
    )
    assert resources(tables, DAY)["facts"]["resource.spearman"] is None


def priced(i: str, discount: int, **more: Any) -> dict[str, Any]:
    return order(i, 100 - discount, list_amount=d(100), discount=d(discount), **more)


def test_a_discount_is_judged_against_accounts_of_its_size_and_channel() -> None:
    ids = [f"a{n}" for n in range(1, 9)]
    rates = [10, 10, 11, 11, 12, 12, 13, 40]
    tables = raw(
        accounts=[account(i, channel="direct", employees=100) for i in ids]
        + [account("b", channel="direct", employees=10), account("c", employees=10)],
        order_lines=[priced(i, r) for i, r in zip(ids, rates, strict=True)]
        + [priced("b", 5), priced("c", 20), order("d", 100, list_amount=None)],
    )
    found = pricing(tables, DAY)
    row = {r["account_id"]: r for r in found["rows"]}
    # Median of the eight: 11.5 %; distances 1.5 1.5 .5 .5 .5 .5 1.5 28.5: their median 1 point.
    assert row["a8"]["price.peer_group"] == "size_and_channel"
    assert row["a8"]["price.peers"] == 8
    assert row["a8"]["price.peer_median"] == d("0.115")
    assert row["a8"]["price.robust_z"] == d("19.223")  # 0.6745 x 28.5 / 1 = 19.22325
    assert row["a8"]["price.outlier"] == "yes"
    assert row["a8"]["price.excess"] == d("28.5")
    assert row["a1"]["price.excess"] == 0
    # b has only the channel in common with 8 others: rates 5 10 10 11 11 12 12 13 40.
    assert row["b"]["price.peer_group"] == "channel"
    assert row["b"]["price.peers"] == 9
    assert row["b"]["price.peer_median"] == d("0.11")
    assert row["c"]["price.peer_group"] == "all"
    assert row["c"]["price.peers"] == 10
    assert row["c"]["price.excess"] == Fraction(17, 2)  # 20 - 11.5 of all ten
    assert [r["account_id"] for r in found["rows"]][:3] == ["a8", "c", "a7"]
    assert found["facts"]["price.accounts"] == 10
    # Also b, 6 points below with a MAD of 1 (-4.047), and c, 8.5 above with one of 1.5 (3.822).
    assert row["b"]["price.robust_z"] == d("-4.047")
    assert row["c"]["price.robust_z"] == d("3.822")
    assert found["facts"]["price.outliers"] == 3
    assert found["facts"]["price.discount_rate"] == d("0.144")  # 144 of 1000
    # .5 .5 1.5 28.5 of a5 to a8, and 8.5 of c
    assert found["facts"]["price.discount_at_median"] == d("39.5")


def test_without_a_spread_among_peers_there_is_no_z() -> None:
    tables = raw(
        accounts=[account(i) for i in "abc"],
        order_lines=[priced("a", 10), priced("b", 10), priced("c", 30)],
    )
    row = {r["account_id"]: r for r in pricing(tables, DAY)["rows"]}
    assert row["c"]["price.robust_z"] is None
    assert row["c"]["price.outlier"] is None
    assert row["c"]["price.excess"] == 20


def test_much_time_for_a_weak_account_is_over_service_and_little_for_a_strong_one_under() -> None:
    # Worth by employees, record by sales: a and b are high in both, c and d in neither.
    sizes, hours = {"a": 400, "b": 300, "c": 20, "d": 10}, {"a": 2, "b": 1, "c": 9, "d": 8}
    tables = raw(
        accounts=[account(i, employees=n) for i, n in sizes.items()],
        order_lines=[order(i, n, 0) for i, n in sizes.items()],
        activities=[
            {"account_id": i, "kind": "visit", "occurred_on": DAY, "minutes": d(60 * n)}
            for i, n in hours.items()
        ],
    )
    grid = letters(tables, DAY)
    assert {i: grid[i]["letter"] for i in "abcd"} == {"a": "A", "b": "A", "c": "D", "d": "D"}
    row = {r["account_id"]: r for r in pricing(tables, DAY)["rows"]}
    # Places by hours: c 1, d 2, a 3, b 4 of 4: the first third is place 1, the last 3 and 4.
    assert {i: row[i]["price.attention"] for i in "abcd"} == {
        "a": "under",
        "b": "under",
        "c": "over",
        "d": "fair",
    }
    assert row["c"]["price.hours"] == 9
    assert row["c"]["price.visits"] == 1
    assert row["a"]["price.worth_rank"] == 1


def test_operating_profits_follow_the_basis() -> None:
    assert operating_profits(company(), DAY, basis="orders")["a"]["operating_profit"] == 210


def target(period: str, amount: int, measure: str = "net_sales", **of: str) -> dict[str, Any]:
    nobody = {"owner_id": None, "team": None, "account_id": None}
    return nobody | of | {"period": period, "measure": measure, "amount": d(amount)}


def deal(i: str, status: str, amount: int | None, **more: Any) -> dict[str, Any]:
    """A deal of person p with account a since June 2026, closed on 1 September unless open."""
    return {
        "opportunity_id": i,
        "account_id": "a",
        "owner_id": "p",
        "status": status,
        "amount": None if amount is None else d(amount),
        "probability": None,
        "stage": None,
        "created_on": date(2026, 6, 1),
        "expected_close": None,
        "closed_on": None if status == "open" else date(2026, 9, 1),
        "loss_reason": None,
        "competitor": None,
        "product_id": None,
        "category": None,
    } | more


PEOPLE = [
    {"person_id": "m", "name": "M", "manager_id": None, "team": "north", "hourly_cost": None},
    {"person_id": "p", "name": "P", "manager_id": "m", "team": "north", "hourly_cost": None},
    {"person_id": "q", "name": "Q", "manager_id": "m", "team": "south", "hourly_cost": None},
]
MID = date(2026, 6, 30)  # 91 of the 183 days of April to September


def selling() -> Tables:
    """p owns a, q owns b; 900 and 100 sold in May, 50 in July; targets of several lengths."""
    return raw(
        people=PEOPLE,
        accounts=[account("a", owner_id="p"), account("b", owner_id="q"), account("c")],
        order_lines=[
            order("a", 900, 400, ordered_on=date(2026, 5, 1)),
            order("b", 100, 150, ordered_on=date(2026, 5, 2)),
            order("a", 50, 20, ordered_on=date(2026, 7, 1)),
            order("c", 7, 1, ordered_on=date(2026, 5, 3)),
        ],
        opportunities=[
            deal("d1", "open", 400, probability=d("0.5"), expected_close=date(2026, 8, 1)),
            deal("d2", "open", 100, probability=d("0.1"), expected_close=MID),
            deal("d3", "open", 100, probability=d("0.1"), expected_close=date(2026, 10, 1)),
            deal("d4", "open", 100, owner_id="q", expected_close=date(2026, 8, 1)),
        ],
        targets=[
            target("FY2026H1", 2000, owner_id="p"),
            target("FY2026", 9000, owner_id="p"),
            target("FY2026Q1", 100, owner_id="q"),
            target("FY2026Q2", 150, owner_id="q"),
            target("FY2026", 730, owner_id="m"),
            target("FY2026H1", 1, team="north"),
            target("FY2026H1", 300, "operating_profit", team="north"),
        ],
    )


def test_a_target_is_taken_exactly_else_summed_else_prorated() -> None:
    found = targets_and_gap(selling(), MID, "FY2026H1")
    row = {r["id"]: r for r in found["rows"]}
    assert {i: (r["targets.how"], r["targets.target"]) for i, r in row.items()} == {
        "p": ("exact", 2000),
        "q": ("sum", 250),
        "m": ("prorated", 366),  # 183 of 365 days of 730
    }
    assert [r["subject"] for r in found["rows"]] == ["person:p", "person:m", "person:q"]


def test_attainment_gap_and_forecast_of_a_person() -> None:
    found = targets_and_gap(selling(), MID, "FY2026H1")
    row = {r["id"]: r for r in found["rows"]}
    # July has not come. d1 is ahead at 200; d2 closes today, d3 after the half.
    assert row["p"]["targets.actual"] == 900
    assert row["p"]["targets.attainment"] == d("0.45")
    assert row["p"]["targets.gap"] == 1100
    assert row["p"]["targets.forecast"] == 1100
    assert row["p"]["targets.forecast_attainment"] == d("0.55")
    assert row["p"]["targets.to_date"] == Fraction(2000 * 91, 183)
    assert row["p"]["targets.pace"] == d("0.904945")  # 900 x 183 / 182000
    # q's one deal has no chance: unknown, not nothing. m owns nothing.
    assert row["q"]["targets.actual"] == 100
    assert row["q"]["targets.forecast"] is None
    assert row["m"]["targets.actual"] == 0
    assert found["facts"]["targets.target"] == 2616
    assert found["facts"]["targets.actual"] == 1000
    assert found["facts"]["targets.gap"] == 1616
    assert found["facts"]["targets.forecast"] == 1100
    only = targets_and_gap(selling(), MID, "FY2026H1", team="south")
    assert [r["id"] for r in only["rows"]] == ["q"]


def test_a_team_answers_for_its_owners_profit() -> None:
    found = targets_and_gap(selling(), MID, "FY2026H1", "team", "operating_profit")
    (row,) = found["rows"]
    assert row["subject"] == "team:north"
    assert row["targets.actual"] == 500  # a: 900 - 400; no pools, no freight
    assert row["targets.forecast"] is None


def test_won_value_counts_for_the_deal_owner() -> None:
    tables = raw(
        people=PEOPLE,
        opportunities=[
            deal("d1", "won", 70),
            deal("d2", "won", None),
            deal("d3", "won", 5, closed_on=date(2026, 3, 31)),
            deal("d4", "open", 40, probability=d(1), expected_close=date(2026, 10, 1)),
            deal("d5", "won", None, owner_id="q"),
        ],
        targets=[
            target("FY2026", 100, "orders_won", owner_id="p"),
            target("FY2026", 10, "orders_won", owner_id="q"),
        ],
    )
    found = targets_and_gap(tables, DAY, "FY2026", measure="orders_won")
    p, q = found["rows"]
    assert p["targets.actual"] == 70
    assert p["targets.forecast"] == 110
    assert q["targets.actual"] is None
    assert q["targets.gap"] is None


def covered(*targets: dict[str, Any]) -> Tables:
    """p has won 30 and lost one deal; 100 open from today to the end of the year."""
    return raw(
        people=PEOPLE,
        opportunities=[
            deal("w", "won", 30),
            deal("l", "lost", 10),
            deal("o1", "open", 40, expected_close=DAY),
            deal("o2", "open", 60, expected_close=date(2026, 12, 31), owner_id="q"),
            deal("o3", "open", 60, expected_close=date(2026, 9, 29)),
            deal("o4", "open", 60, expected_close=date(2027, 4, 1)),
        ],
        targets=list(targets),
    )


def test_coverage_is_what_may_come_over_what_is_missing() -> None:
    tables = covered(
        target("FY2026", 60, "orders_won", owner_id="p"),
        target("FY2026H1", 20, "orders_won", owner_id="q"),
        target("FY2026H2", 20, "orders_won", owner_id="q"),
        target("FY2026", 999, "orders_won", team="north"),
    )
    # Both persons, not the team: 60 + 20 + 20 - 30 won = 70 missing; 100 open.
    assert coverage(tables, DAY, "FY2026") == {
        "pipeline.target": 100,
        "pipeline.won_so_far": 30,
        "pipeline.open_in_period": 100,
        "pipeline.coverage": ratio(10, 7),
        "pipeline.required_coverage": 2,  # 1 of 2 won
        "pipeline.target_reached": "no",
        "pipeline.coverage_verdict": "short",
    }
    manager = coverage(tables, DAY, "FY2026", owner_id="m")
    assert manager["pipeline.target"] == 100  # nobody's own, but p and q report to m
    own = coverage(tables, DAY, "FY2026", owner_id="p")
    assert own["pipeline.coverage"] == ratio(40, 30)
    assert coverage(tables, DAY, "FY2026", team="north")["pipeline.target"] == 999


def test_coverage_has_a_verdict_without_a_quotient() -> None:
    reached = coverage(covered(target("FY2026", 30, "orders_won", owner_id="p")), DAY, "FY2026")
    assert reached["pipeline.target_reached"] == "yes"
    assert reached["pipeline.coverage"] is None
    assert reached["pipeline.coverage_verdict"] == "reached"
    nothing = coverage(covered(), DAY, "FY2026")
    assert nothing["pipeline.target"] is None
    assert nothing["pipeline.target_reached"] is None
    assert nothing["pipeline.coverage_verdict"] == "unknown"
    enough = coverage(covered(target("FY2026", 80, "orders_won", owner_id="p")), DAY, "FY2026")
    assert enough["pipeline.coverage"] == 2
    assert enough["pipeline.coverage_verdict"] == "enough"


def staged() -> Tables:
    """Four deals through talk, offer, close; d3 is lost after the offer, d4 still open."""
    steps = {
        "d1": [("talk", 1), ("offer", 11), ("close", 31)],
        "d2": [("talk", 1), ("close", 6)],
        "d3": [("talk", 1), ("offer", 3)],
        "d4": [("talk", 1), ("offer", 2)],
    }
    return raw(
        people=PEOPLE,
        accounts=[account("a")],
        opportunities=[
            deal("d1", "won", 10, closed_on=date(2026, 8, 1)),
            deal("d2", "lost", 20, closed_on=date(2026, 7, 11), loss_reason="price", stage="x"),
            deal("d3", "lost", None, closed_on=date(2026, 7, 23), competitor="rival"),
            deal("d4", "open", 30),
            deal("d5", "lost", 5, closed_on=date(2026, 7, 2), loss_reason="price", stage="talk"),
        ],
        stage_history=[
            {"opportunity_id": i, "stage": stage, "entered_on": date(2026, 7, day)}
            for i, entries in steps.items()
            for stage, day in entries
        ],
    )


def test_stages_are_ordered_by_their_mean_rank() -> None:
    # talk 1; offer 2, 2, 2; close 3 and 2: 2.5
    assert stage_order(staged(), DAY) == ["talk", "offer", "close"]


def test_conversion_and_days_are_over_closed_deals() -> None:
    talk, offer, close = stages(staged(), DAY)
    assert (talk["n"], talk["pipeline.stage_conversion"]) == (3, 1)
    assert (offer["n"], offer["pipeline.stage_conversion"]) == (2, d("0.5"))
    assert (close["n"], close["pipeline.stage_conversion"]) == (2, d("0.5"))
    # talk 10, 5 and 2 days; offer 20 and 20; close 1 and 5.
    assert (talk["pipeline.stage_days_median"], talk["pipeline.stage_days_p75"]) == (5, d("7.5"))
    assert offer["pipeline.stage_days_median"] == 20
    assert (close["pipeline.stage_days_median"], close["pipeline.stage_days_p75"]) == (3, 4)
    assert [r["stage"] for r in stages(staged(), DAY, "2026-08")] == ["talk", "offer", "close"]
    assert stages(staged(), DAY, "2026-09") == []


def test_losses_by_reason_and_by_stage() -> None:
    found = loss_analysis(staged(), DAY)
    # price: d2 (40 days since 1 June) and d5 (31); not recorded: d3 of unknown amount (52 days).
    assert found["rows"] == [
        {
            "loss.group": "price",
            "loss.count": 2,
            "loss.value": 25,
            "loss.share": ratio(2, 3),
            "loss.value_share": 1,
            "won": 0,
            "loss.win_rate": None,
            "loss.cycle_days": d("35.5"),
        },
        {
            "loss.group": None,
            "loss.count": 1,
            "loss.value": None,
            "loss.share": ratio(1, 3),
            "loss.value_share": None,
            "won": 1,
            "loss.win_rate": None,
            "loss.cycle_days": 52,
        },
    ]
    assert found["facts"] == {
        "loss.total_count": 3,
        "loss.total_value": 25,
        "loss.unrecorded_share": ratio(1, 3),
    }
    by_stage = loss_analysis(staged(), DAY, by="stage")["rows"]
    assert [(r["loss.group"], r["loss.win_rate"]) for r in by_stage] == [
        ("close", d("0.5")),
        ("talk", 0),  # d5 has no history: its own stage
        ("offer", 0),
    ]
    rival, nobody = sorted(
        loss_analysis(staged(), DAY, by="competitor")["rows"], key=lambda r: r["loss.count"]
    )
    assert (rival["loss.group"], rival["loss.win_rate"]) == ("rival", 0)
    assert (nobody["loss.count"], nobody["loss.win_rate"]) == (2, ratio(1, 3))


def test_what_is_expected_beside_what_was_transacted() -> None:
    tables = selling()
    found = kpi_pair(tables, MID)
    row = {r["account_id"]: r for r in found["rows"]}
    # a: 400 x .5 + 100 x .1 twice; d4 also names a, without a chance.
    assert row["a"]["kpi.expected"] == 700
    assert row["a"]["kpi.expected_weighted"] == 220
    assert row["a"]["kpi.transacted"] == 900
    assert row["a"]["kpi.ratio"] == ratio(220, 900)
    assert row["b"]["kpi.expected"] == row["b"]["kpi.expected_weighted"] == 0
    assert [r["account_id"] for r in found["rows"]] == ["a", "b", "c"]
    assert found["facts"]["kpi.transacted"] == 1007
    del tables["order_lines"]
    tables["opportunities"] = frame([deal("w", "won", 30), deal("o", "open", 1, account_id=None)])
    bare = kpi_pair(tables, DAY)
    assert bare["without_account"] == 1
    assert [r["kpi.transacted_from"] for r in bare["rows"]] == ["won_deals"]
    assert bare["facts"]["kpi.transacted"] == 30


def test_concentration_counts_only_sales_above_zero() -> None:
    lines = [("a", "x", 50), ("a", "y", 10), ("b", "x", 40), ("c", None, -20)]
    tables = raw(
        accounts=[account("a"), account("b"), account("c")],
        products=[
            {"product_id": "x", "category": "one"},
            {"product_id": "y", "category": None},
        ],
        order_lines=[order(i, n, product_id=p) for i, p, n in lines],
    )
    found = concentration(tables, DAY)
    # Accounts .6 and .4; products .9 and .1; one category.
    assert found["facts"] == {
        "concentration.hhi_account": d("0.52"),
        "concentration.hhi_product": d("0.82"),
        "concentration.hhi_category": 1,
        "concentration.effective_accounts": Fraction(100, 52),
        "concentration.top1_share": d("0.6"),
        "concentration.top5_share": 1,
        "concentration.top10_share": 1,
    }
    assert [r["concentration.cumulative"] for r in found["rows"]] == [d("0.6"), 1]
    assert (found["no_product"], found["no_category"]) == (1, 2)


def test_the_backtest_compares_flagged_accounts_with_all_that_could_be_judged() -> None:
    # 90 days to 30 September begin on 3 July; the earlier day is 2 July 2026.
    before, old = date(2025, 8, 1), date(2026, 8, 1)
    year_ago, then = date(2025, 5, 1), date(2026, 5, 1)  # both in the 90 days of the earlier day
    sales = {
        # what sold a year before the earlier day, before it, a year before the 90 days, in them
        "a": (100, 50, 100, 80),  # sales down then, and 20 % down after: bad
        "b": (100, 70, 100, 81),  # sales down then, 19 % down after: not bad
        "c": (100, 100, 100, 79),  # nothing then, bad after
        # Four steady ones, so that nobody has a quarter of all sales.
        **dict.fromkeys(("e1", "e2", "e3", "e4"), (100, 100, 100, 100)),
        "f": (100, 50, 0, 10),  # sales down then, but nothing to compare with: not judged
    }
    tables = raw(
        accounts=[account(i) for i in sales] + [account("g", status="prospect")],
        people=PEOPLE,
        order_lines=[
            order(i, n, ordered_on=day, order_id=f"{i}{day}")
            for i, amounts_of in sales.items()
            for day, n in zip((year_ago, then, before, old), amounts_of, strict=True)
            if n
        ],
        opportunities=[
            # Open on the earlier day and overdue on it, lost since: flagged, and bad.
            deal("d1", "lost", 5, account_id="g", expected_close=date(2026, 6, 30))
            | {"next_step": None, "next_step_due": None},
        ],
    )
    found = attention_backtest(tables, DAY)
    assert found["facts"] == {
        "backtest.judged": 8,
        "backtest.bad": 3,  # a, c, g
        "backtest.flagged": 3,  # a, b, g
        "backtest.flagged_bad": 2,
        "backtest.flagged_rate": ratio(2, 3),
        "backtest.base_rate": d("0.375"),
        "backtest.lift": ratio(16, 9),
        "backtest.unjudged": 1,  # f
    }
    rows = {r["backtest.signal"]: r for r in found["rows"]}
    assert sorted(rows) == ["overdue", "sales_down"]
    assert rows["sales_down"]["backtest.n"] == 2
    assert rows["sales_down"]["backtest.rate"] == d("0.5")
    assert rows["sales_down"]["backtest.lift"] == ratio(4, 3)
    # Wilson of 1 in 2: .5 +- 1.96 x sqrt(.125 + .2401) / (1 + 1.9207): .094531 to .905469
    assert rows["sales_down"]["backtest.low"] == d("0.094531")
    assert rows["overdue"]["backtest.bad"] == 1
