"""The oracles themselves, on tables so small that every figure is worked out by hand beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from . import basis, deepening, drivers, effort, relationships, segmentation, traits, whitespace2
from .canonical import Row, Tables, frame

DAY = date(2026, 9, 30)
D, F = Decimal, Fraction


def made(**tables: Sequence[Row]) -> Tables:
    """Tables of typed rows; a column is there when any row has it."""
    return {
        name: frame(records, list(dict.fromkeys(c for r in records for c in r)))
        for name, records in tables.items()
    }


def account(i: str, **cells: Any) -> Row:
    return {"account_id": i, "name": f"name of {i}", "status": "customer"} | cells


def sale(i: str, amount: int, days_ago: int = 10, product: str = "p", **cells: Any) -> Row:
    """One order of one line, its number unlike the others'."""
    sale.count = getattr(sale, "count", 0) + 1  # type: ignore[attr-defined]
    return {
        "order_id": f"o{sale.count}",  # type: ignore[attr-defined]
        "line_no": 1,
        "account_id": i,
        "product_id": product,
        "ordered_on": DAY - timedelta(days=days_ago),
        "net_amount": D(amount),
        "standard_cost": D(0),
    } | cells


def deal(n: str, i: str | None, status: str, amount: int | None, **cells: Any) -> Row:
    """A deal begun 100 days ago and, unless open, closed 50 days ago."""
    return {
        "opportunity_id": n,
        "account_id": i,
        "status": status,
        "amount": None if amount is None else D(amount),
        "created_on": DAY - timedelta(days=100),
        "closed_on": None if status == "open" else DAY - timedelta(days=50),
    } | cells


def nothing(*_: Any) -> dict[str, Any]:
    return {}


# What several oracles start from


def test_ranks_give_ties_their_mean() -> None:
    # 10 is first; the two 20s share places 2 and 3; 30 is fourth; None has none.
    found = basis.ranks({"a": 10, "b": 20, "c": 20, "d": 30, "e": None})
    assert found == {"a": F(1, 4), "b": F(5, 8), "c": F(5, 8), "d": 1}


def test_a_rank_is_rounded_to_six_decimals() -> None:
    assert basis.ranks({"a": 1, "b": 2, "c": 3})["b"] == F(666667, 1_000_000)


def test_the_latest_wallet_is_that_of_the_period_that_ends_last() -> None:
    rows = [
        {"account_id": "a", "category": "c", "period": "FY2025", "spend": D(5)},
        {"account_id": "a", "category": "c", "period": "FY2026", "spend": D(3)},
        {"account_id": "a", "category": "c", "period": None, "spend": D(9)},
    ]
    assert basis.latest_wallets(made(wallets=rows))["a", "c"]["spend"] == 3


def test_without_any_status_customers_are_those_with_an_order_by_the_day() -> None:
    tables = made(
        accounts=[account("a", status=None), account("b", status=None)],
        order_lines=[sale("a", 1), sale("b", 1, days_ago=-1)],
    )
    assert basis.customers(tables, DAY) == ["a"]


# White space


def peers() -> Tables:
    """Eight peers of 100 employees, of which four buy c for 100, 200, 300, 400; and t."""
    names = [f"p{n}" for n in range(1, 9)]
    return made(
        accounts=[account(i, industry="x", employees=100) for i in names]
        + [account("t", industry="x", employees=200)],
        products=[{"product_id": "p", "category": "c"}],
        order_lines=[sale(f"p{n}", 100 * n) for n in (1, 2, 3, 4)] + [sale("t", 50)],
    )


def test_potential_is_the_scaled_median_of_the_buying_peers_less_own_sales() -> None:
    found = {r["account_id"]: r for r in whitespace2.white_space_all(peers(), DAY)}
    # t: 8 peers, 4 buy, per employee 1, 2, 3, 4: median 2.5 x 200 - 50 = 450
    assert found["t"]["whitespace.potential"] == 450
    assert (found["t"]["whitespace.peers"], found["t"]["whitespace.buyers"]) == (8, 4)
    # p1: of p2..p8 and t there buy p2, p3, p4 and t (0.25): median 2.5 x 100 - 100 = 150
    assert found["p1"]["whitespace.potential"] == 150
    # p4: buyers p1, p2, p3 and t: 0.25, 1, 2, 3: median 1.5 x 100 - 400 = -250: not listed
    assert found["p4"]["whitespace.potential"] == -250
    # all sales 1050, no cost: margin 1; listed by potential: t 450, then p5..p8 with
    # 0.25, 1, 2, 3, 4: median 2 x 100 = 200; p1 150; p2: .25, 1, 3, 4 -> 2 x 100 - 200 = 0
    listed = [r["account_id"] for r in whitespace2.listed(list(found.values()))]
    assert listed == ["t", "p5", "p6", "p7", "p8", "p1"]


def test_too_few_peers_or_buyers_give_no_estimate() -> None:
    tables = peers()
    assert whitespace2.estimates(tables, DAY, minimum_peers=9) == {}
    # t's share of buyers is 4 of 8
    assert ("t", "c") in whitespace2.estimates(tables, DAY, minimum_buyers=F(1, 2))
    assert ("t", "c") not in whitespace2.estimates(tables, DAY, minimum_buyers=F(51, 100))


def test_the_state_is_the_first_of_owned_open_competitor_lost_white() -> None:
    categories = ["owned", "open", "competitor", "lost", "white"]
    tables = made(
        accounts=[account("a")],
        products=[{"product_id": c, "category": c} for c in categories],
        order_lines=[sale("a", 30, product="owned")],
        wallets=[
            {"account_id": "a", "category": c, "spend": D(120), "competitor": "rival"}
            for c in ("owned", "open", "competitor")
        ],
        opportunities=[
            deal("1", "a", "open", 1, category="open"),
            deal("2", "a", "lost", 1, category="competitor"),
            deal("3", "a", "lost", 1, product_id="lost"),
            deal("4", "a", "open", 1, category="owned"),
        ],
    )
    found = {r["whitespace.category"]: r for r in whitespace2.white_space_all(tables, DAY)}
    assert {c: r["whitespace.state"] for c, r in found.items()} == {c: c for c in categories}
    # 30 of 120
    assert found["owned"]["whitespace.share"] == D("0.25")
    assert found["white"]["whitespace.share"] is None


def test_spend_by_department_keeps_the_unrecorded_apart() -> None:
    tables = made(
        accounts=[account("a")],
        products=[{"product_id": "p", "category": "c"}],
        order_lines=[
            sale("a", 1, department="x"),
            sale("a", 2, department="x"),
            sale("a", 4, department=None),
        ],
    )
    found = whitespace2.by_department(tables, DAY)
    assert [(r["whitespace.department"], r["whitespace.own"]) for r in found] == [
        ("x", 3),
        (None, 4),
    ]


# Drivers


def test_the_drivers_of_an_account() -> None:
    tables = made(
        accounts=[account("a", employees=7), account("b", status="prospect")],
        products=[{"product_id": "p", "category": "c"}, {"product_id": "q", "category": "d"}],
        order_lines=[
            sale("a", 100),
            sale("a", 50, days_ago=364, product="q"),  # still in the trailing year
            sale("a", 80, days_ago=365),  # the last day of the year before
            sale("a", 40, days_ago=729),
            sale("a", 999, days_ago=730),
        ],
        wallets=[
            {"account_id": "a", "category": "c", "spend": D(300)},
            {"account_id": "b", "category": "c", "spend": D(10)},
        ],
        opportunities=[
            deal("1", "a", "won", 1),
            deal("2", "a", "lost", 1),
            deal("3", "a", "lost", 1),
            deal("4", "a", "open", 20),
            deal("5", "a", "open", None),
        ],
    )
    found = drivers.drivers(tables, DAY, profits=lambda *_: {"a": 5, "b": 6})
    a, b = found["a"], found["b"]
    assert (a["net_sales"], a["net_sales_growth"]) == (150, F(1, 4))  # 150 against 120
    assert (a["headroom"], b["headroom"]) == (150, 10)  # 300 - 150; 10 - 0
    assert (a["frequency"], a["breadth"]) == (2, 2)
    assert (a["win_rate"], a["open_value"]) == (F(1, 3), 20)
    assert a["employees"] == 7
    assert (b["net_sales"], b["frequency"], b["open_value"]) == (0, 0, 0)
    assert b["net_sales_growth"] is None
    assert b["win_rate"] is None
    # no lines: no operating profit, whatever the records say
    assert (a["operating_profit"], b["operating_profit"]) == (5, None)


def test_headroom_is_never_below_zero_and_else_that_of_the_peers() -> None:
    tables = peers()
    tables["wallets"] = made(w=[{"account_id": "p1", "category": "c", "spend": D(60)}])["w"]
    found = drivers.drivers(tables, DAY, profits=nothing)
    # p1 has a wallet of 60 and buys 100; t as in white space; p4 buys more than is usual
    assert [found[i]["headroom"] for i in ("p1", "t", "p4")] == [0, 450, 0]


def grid_accounts() -> Tables:
    """Three customers and a prospect; employees 1, 2, 6 (mean 3, median 2) and 100."""
    return made(
        accounts=[
            account("a", employees=1, objective_score=D(10)),
            account("b", employees=2, objective_score=D(20)),
            account("c", employees=6, objective_score=D(60)),
            account("d", employees=100, objective_score=D(29), status="prospect"),
            account("e", employees=5),
        ]
    )


def test_the_grid_is_cut_at_the_mean_of_the_customers_and_places_prospects_too() -> None:
    found = drivers.driver_grid(
        grid_accounts(), DAY, "employees", "objective_score", profits=nothing
    )
    # employees: (1 + 2 + 6) / 3 = 3, e has no score; score: (10 + 20 + 60) / 3 = 30
    assert (found["grid.x_cut"], found["grid.y_cut"]) == (3, 30)
    assert [(r["account_id"], r["grid.cell"]) for r in found["rows"]] == [
        ("c", "top_priority"),
        ("d", "priority"),
        ("b", "maintain"),
        ("a", "maintain"),
    ]
    assert found["grid.unplaced"] == 1
    assert found["grid.count"] == {"top_priority": 1, "priority": 1, "maintain": 2}


def test_a_value_on_the_cut_is_high() -> None:
    found = drivers.driver_grid(
        grid_accounts(), DAY, "employees", "objective_score", cut="median", profits=nothing
    )
    # medians 2 and 20, both those of b
    assert found["grid.count"] == {"top_priority": 3, "priority": 0, "maintain": 1}
    fixed = drivers.driver_grid(
        grid_accounts(),
        DAY,
        "employees",
        "objective_score",
        "fixed",
        x_cut=6,
        y_cut=61,
        profits=nothing,
    )
    assert fixed["grid.count"] == {"top_priority": 0, "priority": 2, "maintain": 2}


def test_correlations_by_hand() -> None:
    # x - mean: -1.5 -0.5 0.5 1.5; y 1 3 2 4, - mean: -1.5 0.5 -0.5 1.5; products 2.25 - 0.25
    # - 0.25 + 2.25 = 4, squares 5 and 5: r = 0.8; t = 0.8 x sqrt(2 / 0.36) = 1.8856; with two
    # degrees of freedom p = 1 - t / sqrt(2 + t^2) = 1 - 1.8856 / 2.3570 = 0.2
    r = drivers.pearson([1, 2, 3, 4], [1, 3, 2, 4])
    assert r is not None
    assert abs(r - 0.8) < 1e-12
    assert abs((drivers.p_of(r, 4) or 0) - 0.2) < 1e-12
    # ranks of 1 10 100 100: 1 2 3.5 3.5, against 1 2 3 4: 2.25 + 0.25 + 0.5 + 1.5 = 4.5 over
    # sqrt(5 x 4.5) = 4.7434: 0.948683
    rho = drivers.spearman([1, 2, 3, 4], [1, 10, 100, 100])
    assert rho is not None
    assert abs(rho - 0.9486832980505138) < 1e-12
    assert drivers.pearson([1, 2, 3], [5, 5, 5]) is None


def test_the_verdict_of_an_audit() -> None:
    assert drivers.verdict([(0.9, 0.01), (-0.1, 0.8)], 10, 10) == "supported"
    assert drivers.verdict([(-0.9, 0.01), (-0.1, 0.8)], 10, 10) == "negative"
    assert drivers.verdict([(-0.9, 0.01), (0.1, 0.8)], 10, 10) == "unsupported"
    assert drivers.verdict([(0.9, 0.06), (0.8, 0.05)], 10, 10) == "unsupported"
    assert drivers.verdict([(None, None), (None, None)], 10, 10) == "unsupported"
    assert drivers.verdict([(0.9, 0.0), (0.9, 0.0)], 9, 10) == "too_few"


def test_the_audit_compares_last_years_drivers_with_this_years_sales() -> None:
    # a, b, c bought 1, 2, 3 in the year before and 10, 30, 20 in the trailing year: r = 0.5.
    tables = made(
        accounts=[account(i) for i in "abc"],
        order_lines=[sale(i, n, days_ago=365) for i, n in zip("abc", (1, 2, 3), strict=True)]
        + [sale(i, n) for i, n in zip("abc", (10, 30, 20), strict=True)],
    )
    found = drivers.driver_audit(tables, DAY, ["net_sales"], profits=nothing, minimum=3)
    (row,) = found["rows"]
    assert found["outcome"] == "next_net_sales"
    assert (row["audit.n"], row["audit.pearson"], row["audit.spearman"]) == (3, D("0.5"), D("0.5"))
    late = made(accounts=[account("a")], order_lines=[sale("a", 1, days_ago=364)])
    assert drivers.driver_audit(late, DAY, [], profits=nothing)["outcome"] == "operating_profit"


def test_accounts_change_cell_when_the_cut_moves() -> None:
    found = {
        i: {"x": x, "y": 5} for i, x in zip("abcd", (D(1), D(2), D("3.1"), D("5.9")), strict=True)
    }
    # mean 3, median 2.55: nothing lies between; at 3.3 c falls, at 2.7 nothing; y is constant:
    # at 5.5 all fall on y, so a and b too move (from one high to none)
    assert drivers.cell_changes(found, list("abcd"), "x", "y", F(1, 10)) == (0, 4)
    found["c"]["x"], found["d"]["x"] = D("2.9"), D("6.1")
    # mean 3, median 2.45: c rises
    assert drivers.cell_changes(found, list("abcd"), "x", "y", F(1, 10)) == (1, 4)


# ABCD


def test_the_abcd_matrix_cuts_both_blends_at_their_median() -> None:
    tables = made(
        accounts=[
            account("a", employees=40, objective_score=D(4)),
            account("b", employees=30),
            account("c", employees=20, objective_score=D(1)),
            account("d", employees=10),
            account("e", status="prospect", employees=99),
            account("f"),
        ],
        order_lines=[sale("a", 40), sale("c", 90), sale("c", 10), sale("d", 5), sale("f", 1)],
    )
    found = segmentation.abcd(tables, DAY)
    rows = {r["account_id"]: r for r in found["rows"]}
    # worth: employees ranks 1, .75, .5, .25; scores 1, .5 (of two): a 1, b .75, c .5, d .25
    assert [rows[i]["abcd.worth"] for i in "abcd"] == [D(1), D("0.75"), D("0.5"), D("0.25")]
    assert found["abcd.worth_cut"] == D("0.625")
    # record of a, b, c, d, f: orders 1, 0, 2, 1, 1 -> .6, .2, 1, .6, .6; sales and profit 40, 0,
    # 100, 5, 1 -> .8, .2, 1, .6, .4: blends .733333, .2, 1, .6, .466667; median .6
    assert [rows[i]["abcd.record"] for i in "abcdf"] == [
        D("0.733333"),
        D("0.2"),
        D(1),
        D("0.6"),
        D("0.466667"),
    ]
    assert {i: r["abcd.letter"] for i, r in rows.items()} == {
        "a": "A",
        "b": "B",
        "c": "C",
        "d": "C",
        "f": None,
    }
    assert found["abcd.sales"] == {"A": 40, "B": 0, "C": 105, "D": 0}
    assert found["abcd.unplaced"] == 1
    assert list(rows) == ["a", "b", "c", "d", "f"]


def test_a_criterion_weighs_as_it_is_told() -> None:
    tables = made(
        accounts=[account("a", employees=1, revenue_growth=D(2)), account("b", employees=2)],
        order_lines=[],
    )
    tables["order_lines"] = made(o=[sale("a", 1)])["o"]
    weights = {"employees": 3, "revenue_growth": 1}
    # a: employees .5 x 3 + growth 1 x 1, over 4 = .625
    rows = segmentation.abcd(tables, DAY, worth_weights=weights)["rows"]
    assert {r["account_id"]: r["abcd.worth"] for r in rows} == {"a": D("0.625"), "b": D(1)}


# Zones


def test_zones_take_the_chance_of_open_deals_and_else_the_win_rate() -> None:
    tables = made(
        accounts=[account(i) for i in "abcdefg"],
        opportunities=[
            deal("1", "a", "open", 100, probability=D("0.5")),
            deal("2", "a", "open", 300, probability=D("0.9")),
            deal("3", "a", "won", 800),
            deal("4", "a", "lost", 9999),
            deal("5", "b", "won", 100),
            deal("6", "b", "lost", None),
            deal("7", "b", "open", None),  # no stage: no known chance
            deal("8", "c", "lost", 50),
            deal("9", "d", "won", 290),
            deal("10", "e", "won", 200),
            deal("11", "e", "lost", None),
            deal("12", "e", "lost", None),
            deal("13", "e", "lost", None),
            deal("14", "f", "open", 5, created_on=DAY + timedelta(days=1)),
        ],
    )
    found = segmentation.portfolio_zones(tables, DAY)
    rows = {r["account_id"]: r for r in found["rows"]}
    # a: (0.5 + 0.9) / 2, median of 100, 300, 800; b: 1 of 2; c: no price; d: 1 of 1; e: 1 of 4
    assert {i: (r["zones.win_probability"], r["zones.unit_price"]) for i, r in rows.items()} == {
        "a": (D("0.7"), 300),
        "b": (D("0.5"), 100),
        "c": (0, None),
        "d": (1, 290),
        "e": (D("0.25"), 200),
    }
    # cuts: median of .25, .5, .7, 1 = .6; of 100, 200, 290, 300 = 245
    assert (found["zones.x_cut"], found["zones.y_cut"]) == (D("0.6"), 245)
    assert [(i, r["zones.zone"]) for i, r in rows.items()] == [
        ("a", "A"),
        ("d", "A"),
        ("e", "C"),
        ("b", "C"),
        ("c", None),
    ]
    assert (found["zones.unplaced"], found["without_deals"]) == (1, 2)
    assert rows["a"]["zones.deals"] == 4
    # near: within .06 of .6 or 24.5 of 245: nobody (e at 200, a at .7, d at 290)
    assert found["zones.near_count"] == 0
    # thirds of four: ranks 1/4, 2/4, 3/4, 4/4 -> 1, 2, 3, 3; x order e b a d, y order b e d a
    heat = {k for k, n in found["zones.heat"].items() if n}
    assert heat == {(1, 2), (2, 1), (3, 3)}
    assert found["zones.heat"][3, 3] == 2


def test_near_is_within_ten_per_cent_of_either_cut() -> None:
    tables = made(
        accounts=[account(i) for i in "abc"],
        opportunities=[
            deal("1", "a", "open", 110, probability=D("0.9")),
            deal("2", "b", "open", 111, probability=D("0.56")),
            deal("3", "c", "open", 90, probability=D("0.1")),
        ],
    )
    found = segmentation.portfolio_zones(tables, DAY, "fixed", D("0.5"), 100)
    rows = {r["account_id"]: r for r in found["rows"]}
    # 110 and 90 are just within 100 +- 10; 111 is not, 0.56 is not within 0.05 of 0.5
    assert {i: r["zones.near"] for i, r in rows.items()} == {"a": True, "b": False, "c": True}
    assert {i: r["zones.zone"] for i, r in rows.items()} == {"a": "A", "b": "A", "c": "C"}


def test_of_three_accounts_one_is_in_each_third() -> None:
    assert segmentation.thirds({"a": F(1), "b": F(2), "c": F(3)}) == {"a": 1, "b": 2, "c": 3}


# The grids together


def test_the_first_contradiction_that_holds_is_told() -> None:
    told = segmentation.compared
    assert told("top_priority", "A", "A") == "consistent"
    assert told("priority", "B", "C") == "consistent"
    assert told("maintain", "C", "D") == "consistent"
    assert told("maintain", "A", "C") == "strong_deals_weak_account"
    assert told("priority", "C", "B") == "neglected_potential"
    assert told("top_priority", None, "A") == "neglected_potential"
    assert told("maintain", "B", "C") == "emotion_trap"
    assert told("maintain", "A", "A") == "record_without_growth"
    assert told("priority", "A", "A") == "mixed"


def test_grids_stand_side_by_side_contradictions_first() -> None:
    tables = made(
        accounts=[account("a", employees=1), account("b", employees=2), account("c")],
        order_lines=[sale("a", 50), sale("b", 20)],
        opportunities=[deal("1", "a", "won", 10), deal("2", "b", "lost", 10)],
    )
    found = segmentation.compare_grids(tables, DAY, profits=nothing)
    # nobody has growth: no cell. a: won, 10; b: no price. worth a .5, b 1, cut .75. record of
    # a, b, c: orders 2.5/3, 2.5/3, 1/3; sales and profit 1, 2/3, 1/3: a .944444, b .722222, c
    # .333333; cut .722222: a is C in zone A, b A without a zone; c has no worth and no zone
    assert [(r["account_id"], r["compare.verdict"]) for r in found["rows"]] == [
        ("a", "strong_deals_weak_account"),
        ("b", "mixed"),
    ]
    assert found["count"]["mixed"] == 1


# Key accounts


def test_the_selection_weighs_what_is_known_and_keeps_large_and_strategic_apart() -> None:
    tables = made(
        accounts=[
            account("a", objective_score=D(1)),
            account("b", objective_score=D(2)),
            account("c", objective_score=D(3)),
            account("d"),
        ],
        order_lines=[sale("a", 100), sale("b", 50), sale("c", 10)],
    )

    def profits(*_: Any) -> dict[str, Any]:
        return {"a": 5, "b": 5, "c": -1}

    found = segmentation.key_account_selection(tables, DAY, profits=profits)
    rows = {r["account_id"]: r for r in found["rows"]}
    # sales 0, 10, 50, 100 for d, c, b, a: .25 .5 .75 1; profit c 1/3, a and b 2.5/3;
    # strategic 1/3, 2/3, 1; nothing else is known: weights .25 + .2 + .15 = .6 of 1
    assert rows["a"]["selection.known"] == D("0.6")
    # a: (.25 x 1 + .2 x .833333 + .15 x .333333) / .6 = .466667 / .6 = .777778
    assert rows["a"]["selection.score"] == D("77.778")
    # b: .4541667 / .6 = .756944; c: (.125 + .066667 + .15) / .6 = .569444
    assert [rows[i]["selection.score"] for i in "bc"] == [D("75.694"), D("56.944")]
    # d knows sales only: .25 < .5
    assert (rows["d"]["selection.score"], rows["d"]["selection.rank"]) == (None, None)
    # large: ceil(.2 x 3) = 1, a. strategic side 1/3, 2/3, 1: quantile .8 = 2/3 + .6 x 1/3: c
    assert {i: r["selection.list"] for i, r in rows.items()} == {
        "a": "large_not_strategic",
        "b": "neither",
        "c": "strategic_not_large",
        "d": "neither",
    }
    assert [r["selection.rank"] for r in found["rows"]] == [1, 2, 3, None]


# Channels


def test_channels_are_ranked_by_share_growth_headroom_and_margin() -> None:
    tables = made(
        accounts=[
            account("a", channel="direct"),
            account("b", channel="direct", status="former"),
            account("c", channel="dealer"),
            account("d", channel="web"),
        ],
        order_lines=[
            sale("a", 50, standard_cost=D(40)),
            sale("b", 10, standard_cost=D(8)),
            sale("c", 30, standard_cost=D(15)),
            sale("d", 10, standard_cost=None),
            sale("a", 50, days_ago=400),
            sale("c", 20, days_ago=400),
        ],
        wallets=[{"account_id": "c", "category": "x", "spend": D(100)}],
    )
    found = segmentation.channels(tables, DAY, priority=["dealer", "direct", "web"])
    rows = {r["channel.name"]: r for r in found["rows"]}
    # sales 60, 30, 10 of 100; growth 10/50, 10/20, unknown; headroom 100 - 30 for dealer only;
    # profit 60 - 48 = 12 and 15; of web no line has a cost
    direct, dealer, web = rows["direct"], rows["dealer"], rows["web"]
    assert (direct["channel.accounts"], direct["channel.sales"]) == (1, 60)
    assert [r["channel.share"] for r in (direct, dealer, web)] == [D("0.6"), D("0.3"), D("0.1")]
    assert [r["channel.growth"] for r in (direct, dealer, web)] == [D("0.2"), D("0.5"), None]
    assert [r["channel.headroom"] for r in (direct, dealer, web)] == [None, 70, None]
    assert [r["channel.margin"] for r in (direct, dealer, web)] == [D("0.2"), D("0.5"), None]
    # direct: share 1, growth .5, margin .5: 2/3; dealer: .666667, 1, 1, 1: .916667; web: .333333
    assert dealer["channel.score"] == D("0.916667")
    assert direct["channel.score"] == D("0.666667")
    assert web["channel.score"] == D("0.333333")
    assert list(rows) == ["dealer", "direct", "web"]
    assert found["channel.agreement"] == 1
    assert found["channel.hhi"] == D("0.46")  # .36 + .09 + .01


# Deepening


def engaged() -> Tables:
    """An account with the evidence of every stage, each piece on the last day that counts."""
    return made(
        accounts=[account("a", current_stage="Extend"), account("b", current_stage="Enhance")],
        people=[{"person_id": "m", "role": "manager"}, {"person_id": "r", "role": "rep"}],
        contacts=[
            {"contact_id": "e", "account_id": "a", "level": "executive"},
            {"contact_id": "s", "account_id": "a", "level": "staff"},
        ],
        products=[{"product_id": "p", "category": "c"}, {"product_id": "q", "category": "soft"}],
        order_lines=[
            sale("a", 1, days_ago=364, department="x"),
            sale("a", 1, days_ago=3, department="y"),
            sale("a", 1, days_ago=4, department="z"),
            sale("b", 1, days_ago=365),
        ],
        opportunities=[
            deal("1", "a", "won", 10, product_id="q"),
            deal("2", "a", "won", 30, category="c"),
            deal("3", "a", "open", 1, name="Joint trial", created_on=DAY - timedelta(days=364)),
        ],
        market_facts=[
            {
                "subject": "name of a",
                "statement": "The Mid-Term plan",
                "source": "s",
                "observed_on": DAY - timedelta(days=1094),
            }
        ],
        activities=[
            activity("a", "executive_meeting", 182, contact_id="e", person_id="m"),
            activity("a", "executive_meeting", 10, contact_id="e", person_id="m"),
            activity("a", "executive_meeting", 9, contact_id="e", person_id="r"),
            activity("a", "executive_meeting", 8, contact_id="s", person_id="m"),
            activity("a", "visit", 7, contact_id="s", direction="in", minutes=D(30)),
        ],
    )


def activity(i: str, kind: str, days_ago: int, **cells: Any) -> Row:
    return {
        "account_id": i,
        "kind": kind,
        "occurred_on": DAY - timedelta(days=days_ago),
        "contact_id": None,
        "person_id": None,
        "direction": "out",
        "minutes": None,
    } | cells


def test_each_piece_of_evidence_has_its_figure_and_its_day() -> None:
    found = deepening.stage_evidence(engaged(), DAY, ["soft"])["a"]
    assert {c: (e["stage.met"], e["stage.figure"]) for c, e in found.items()} == {
        "bought": ("yes", 3),
        "breadth": ("yes", 3),  # one category, three departments
        "solution_deal": ("yes", 1),
        "midterm_plan": ("yes", 1),
        "executive_meetings": ("yes", 2),  # not with a rep, not with staff
        "joint": ("yes", 1),
    }
    assert found["bought"]["stage.found_on"] == DAY - timedelta(days=3)
    assert found["executive_meetings"]["stage.found_on"] == DAY - timedelta(days=10)


def test_a_day_later_what_was_on_the_edge_has_passed() -> None:
    found = deepening.stage_evidence(engaged(), DAY + timedelta(days=1), ["soft"])["a"]
    assert found["bought"]["stage.figure"] == 2
    assert found["midterm_plan"]["stage.met"] == "no"
    assert found["executive_meetings"]["stage.figure"] == 1
    assert found["joint"]["stage.met"] == "no"


def test_the_derived_stage_stands_on_every_stage_below() -> None:
    rows = {r["account_id"]: r for r in deepening.deepening_stage(engaged(), DAY, ["soft"])["rows"]}
    assert rows["a"]["stage.derived"] == "Engage"
    assert rows["a"]["stage.next"] is None
    assert (rows["b"]["stage.derived"], rows["b"]["stage.next"]) == (None, "Enter")
    assert rows["b"]["stage.missing"] == ["bought"]
    assert list(rows) == ["b", "a"]  # b is recorded above what is proven
    # without solution categories the piece is unknown, and unknown is not complete
    rows = {r["account_id"]: r for r in deepening.deepening_stage(engaged(), DAY)["rows"]}
    assert rows["a"]["evidence"]["solution_deal"]["stage.met"] == "unknown"
    assert (rows["a"]["stage.derived"], rows["a"]["stage.missing"]) == ("Extend", ["solution_deal"])


def test_a_promotion_needs_every_piece_up_to_the_stage() -> None:
    proven = deepening.stage_evidence(engaged(), DAY, ["soft"])
    assert deepening.promotion(proven["a"], "Extend", "Engage") == ("allowed", [])
    assert deepening.promotion(proven["a"], "Extend", "Enter") == ("already", [])
    lacking = ["bought", "breadth", "solution_deal", "midterm_plan"]
    assert deepening.promotion(proven["b"], None, "Enhance") == ("refused", lacking)


def test_depth_is_the_weighted_mean_of_the_known_parts() -> None:
    tables = engaged()
    tables["wallets"] = made(
        w=[
            {"account_id": "a", "category": "c", "spend": D(300), "our_share": D("0.5")},
            {"account_id": "a", "category": "d", "spend": D(100), "our_share": D("0.1")},
            {"account_id": "a", "category": "e", "spend": D(999), "our_share": None},
        ]
    )["w"]
    rows = {r["account_id"]: r for r in deepening.depth_score(tables, DAY, ["soft"])}
    # 1 of 1 category sold; 3 of 5 departments; executive and staff of 4 levels; (150 + 10) / 400;
    # 10 of 40 won in solutions; 1 of 10 answers; no plan
    assert {p: rows["a"][f"depth.{p}"] for p in deepening.DEPTH} == {
        "breadth": 1,
        "departments": D("0.6"),
        "levels": D("0.5"),
        "wallet": D("0.4"),
        "solutions": D("0.25"),
        "engagement": D("0.1"),
        "plan": None,
    }
    # .2 + .09 + .075 + .06 + .025 + .015 = .465 over .9 = .516667
    assert (rows["a"]["depth.score"], rows["a"]["depth.known"]) == (D("51.667"), D("0.9"))
    # b: bought nothing, met nobody, no wallet, no deal: 0 over .2 + .15 + .15 + .15
    assert (rows["b"]["depth.score"], rows["b"]["depth.known"]) == (0, D("0.65"))
    assert rows["b"]["depth.wallet"] is None


def test_what_a_checklist_asks_for_is_found_in_the_records() -> None:
    def done(rule: str, value: str = "", who: str = "a") -> bool:
        return deepening.checklist_done(engaged(), who, DAY, rule, value)

    assert done("contact_level", "executive")
    assert not done("contact_level", "section head")
    assert done("activity_kind", "visit")
    assert done("subject_words", "budget,plan")
    assert done("deal_open")
    assert not done("next_step")
    assert done("org_chart")
    assert done("departments", "3")
    assert not done("categories", "2")
    assert not done("wallet")


# Relationships


def people_of_a() -> Tables:
    """An executive never met, a head met 179 days ago, staff met last week, and one who left."""
    return made(
        accounts=[account("a", industry="x"), account("b", industry="x")],
        people=[
            {"person_id": "u1", "name": "Uno", "role": "rep"},
            {"person_id": "u2", "name": "Due", "role": "manager"},
        ],
        contacts=[
            contact("boss", "executive", buying_role="decision_maker", influence=5),
            contact("head", "department head", buying_role="approver", reports_to="boss"),
            contact("hand", "staff", reports_to="head", influence=1),
            contact("mate", "staff", reports_to="head", influence=3),
            contact("gone", "executive", buying_role="champion", left_on=DAY),
        ],
        activities=[
            activity("a", "visit", 179, contact_id="head", person_id="u1"),
            activity("a", "visit", 7, contact_id="hand", person_id="u1"),
            activity("a", "visit", 8, contact_id="hand", person_id="u2"),
            activity("a", "visit", 9, contact_id="hand", person_id="u2"),
            activity("a", "mail", 9, contact_id="gone", person_id="u2"),
        ],
        relationships=[
            tie("bank", "banker", None, "boss", 3),
            tie("partner", "designer", "u2", "head", 4),
        ],
        engagements=[
            view("a", "hand", "guide", 3, 60),
            view("a", "hand", "guide", 40, 30),
            view("a", None, "price", 29, None),
            view("b", None, "film", 5, 1),
            view("a", "hand", "old", 90, 1),
        ],
    )


def contact(i: str, level: str, **cells: Any) -> Row:
    return {"contact_id": i, "account_id": "a", "name": i, "level": level} | cells


def tie(kind: str, name: str, person: str | None, to: str, strength: int) -> Row:
    return {
        "from_kind": kind,
        "from_name": name,
        "from_person_id": person,
        "to_contact_id": to,
        "strength": strength,
    }


def view(i: str, who: str | None, document: str, days_ago: int, seconds: int | None) -> Row:
    return {
        "account_id": i,
        "contact_id": who,
        "document": document,
        "viewed_at": DAY - timedelta(days=days_ago),
        "seconds": seconds,
    }


def test_the_relationship_map_says_who_is_missing() -> None:
    found = relationships.relationship_map(people_of_a(), "a", DAY)
    assert [r["contact_id"] for r in found["rows"]] == ["boss", "head", "mate", "hand"]
    rows = {r["contact_id"]: r for r in found["rows"]}
    assert [rows[i]["map.status"] for i in ("boss", "head", "hand")] == ["not_met", "met", "met"]
    assert rows["hand"]["contact.last_met"] == DAY - timedelta(days=7)
    assert (rows["hand"]["map.counterpart"], rows["hand"]["map.counterpart_level"]) == (
        "u2",
        "manager",
    )
    assert rows["head"]["map.reports_to"] == "boss"
    assert found["map.levels_covered"] == ["department head", "staff"]
    assert found["map.uncovered_levels"] == ["executive", "section head"]
    assert found["map.missing_roles"] == ["champion"]
    # hand only: head was met 179 days ago, gone has left
    assert (found["map.active_contacts"], found["map.single_threaded"]) == (1, True)
    assert found["matrix"]["staff", None] == 2


def test_the_strongest_path_of_each_kind_leads_to_the_decision_maker() -> None:
    found = relationships.introduction_routes(people_of_a(), DAY, "a")
    # banker .6; u2 (designer's tie) .8 to head, x .6 = .48; u1 knows head (1 activity: 2/5),
    # x .6 = .24; by hand .4 x .6 x .6 = .144 both for u1 (1) and u2 (2 activities)
    assert [(r["route.kind"], r["route.strength"], r["route.steps"]) for r in found] == [
        ("bank", D("0.6"), 1),
        ("partner", D("0.48"), 2),
        ("direct", D("0.24"), 2),
    ]
    assert [r["route.path"] for r in found] == [
        "banker → boss",
        "Due → head → boss",
        "Uno → head → boss",
    ]
    mine = relationships.introduction_routes(people_of_a(), DAY, "a", from_person_id="u2")
    assert [(r["route.kind"], r["route.strength"]) for r in mine] == [
        ("partner", D("0.48")),
        ("direct", D("0.144")),
    ]


def test_a_path_has_at_most_so_many_steps_and_may_pass_a_customers_employee() -> None:
    tables = people_of_a()
    tables["relationships"] = made(r=[tie("customer_staff", "hand", "hand", "boss", 5)])["r"]
    (best, other) = relationships.introduction_routes(tables, DAY, "a")
    # u1 or u2 know hand .4, x 1: ties by the ids
    assert (best["route.kind"], best["route.strength"]) == ("customer_staff", D("0.4"))
    assert best["nodes"] == [("person", "u1"), ("contact", "hand"), ("contact", "boss")]
    assert other["route.strength"] == D("0.24")
    assert relationships.introduction_routes(tables, DAY, "a", most=1)[0]["route.kind"] == (
        "outbound"
    )


def test_without_a_path_the_document_viewed_most_is_suggested() -> None:
    tables = people_of_a()
    del tables["relationships"], tables["activities"]
    (row,) = relationships.introduction_routes(tables, DAY, "a")
    assert (row["route.kind"], row["route.content"]) == ("outbound", "guide")
    tables["engagements"] = made(e=[view("b", None, "film", 179, 1)])["e"]
    assert relationships.suggested(tables, "a", DAY) == "film"
    assert relationships.suggested(tables, "a", DAY + timedelta(days=1)) is None


def test_contact_with_a_person_counts_in_steps() -> None:
    found = [relationships.known_strength(n) for n in (1, 2, 3, 5, 6, 11, 12)]
    assert found == [2, 2, 3, 3, 4, 4, 5]


def test_the_engagement_report_counts_views_and_the_unrecorded_apart() -> None:
    found = relationships.engagement_report(people_of_a(), DAY, account_id="a")
    # the view of 90 days ago is the day before the period
    assert (found["engagement.views_total"], found["engagement.documents"]) == (3, 2)
    assert found["engagement.viewers"] == 1
    hand, unknown = found["rows"]
    assert (hand["key"], hand["engagement.views"], hand["engagement.seconds"]) == (
        ("a", "hand"),
        2,
        90,
    )
    assert hand["engagement.interest"] == D("3.5")  # 2 views, 1.5 minutes
    assert (hand["recent"], hand["before"], hand["engagement.trend"]) == (1, 1, 0)
    assert (unknown["key"], unknown["engagement.seconds"], unknown["engagement.trend"]) == (
        ("a", None),
        None,
        1,
    )
    by = relationships.engagement_report(people_of_a(), DAY, by="document")["rows"]
    assert {r["key"]: r["engagement.views"] for r in by} == {"guide": 2, "price": 1, "film": 1}


# Effort


def worked() -> Tables:
    """Two customers: a sells 900 in 1 hour (letter A), b 100 in 3 hours (letter D)."""
    return made(
        accounts=[
            account("a", employees=2, owner_id="u"),
            account("b", employees=1, owner_id="v"),
        ],
        people=[
            {"person_id": "u", "hourly_cost": D(60), "team": "t"},
            {"person_id": "v", "hourly_cost": None, "team": "t"},
        ],
        order_lines=[
            sale("a", 900, standard_cost=D(300)),
            sale("b", 100, standard_cost=D(10)),
        ],
        activities=[
            activity("a", "visit", 1, person_id="u", minutes=D(60)),
            activity("b", "visit", 1, person_id="u", minutes=D(90)),
            activity("b", "visit", 1, person_id="v", minutes=D(90)),
            activity("b", "visit", 1, person_id="v"),
            activity("b", "visit", 365, person_id="v", minutes=D(600)),
        ],
    )


def test_effort_by_account() -> None:
    found = effort.effort_and_return(worked(), DAY)
    b, a = found["rows"]
    # a: 900 - 300 - 60 = 540 in 1 hour; b: 100 - 10 - 90 = 0 in 3 hours, of which 1.5 cost 90
    assert (a["effort.hours"], a["effort.cost"], a["effort.profit"]) == (1, 60, 540)
    assert (b["effort.hours"], b["effort.cost"], b["effort.profit"]) == (3, 90, 0)
    assert (a["effort.sales_per_hour"], b["effort.sales_per_hour"]) == (900, D("33.3333"))
    assert (a["effort.hours_share"], a["effort.sales_share"]) == (D("0.25"), D("0.9"))
    assert a["effort.index"] == D("0.277778")
    assert found["total"]["effort.hours"] == 4
    assert found["left_out"] == 1


def test_the_trap_and_what_moving_hours_would_bring() -> None:
    found = effort.effort_and_return(worked(), DAY, by="abcd")
    assert [r["effort.group"] for r in found["rows"]] == ["D", "A"]
    assert (found["effort.trap_share"], found["effort.trap_potential"]) == (D("0.75"), D("0.1"))
    assert found["effort.trap"] is True
    assert found["effort.neglected"] == 1  # a had one activity in 180 days
    # .2 x 3 hours, at 540 an hour instead of 0
    assert (found["effort.moved_hours"], found["effort.moved_profit"]) == (D("0.6"), 324)


def test_people_work_their_hours_and_own_their_accounts() -> None:
    rows = {r["effort.group"]: r for r in effort.effort_and_return(worked(), DAY, "person")["rows"]}
    assert (rows["u"]["effort.hours"], rows["u"]["effort.sales"]) == (D("2.5"), 900)
    assert (rows["v"]["effort.hours"], rows["v"]["effort.sales"]) == (D("1.5"), 100)
    assert rows["v"]["effort.cost"] is None
    (team,) = effort.effort_and_return(worked(), DAY, "team")["rows"]
    assert (team["effort.hours"], team["effort.sales"], team["effort.index"]) == (4, 1000, 1)


# Traits


def test_rates_lift_and_order_of_traits() -> None:
    cases = [{"won": n < 4, "industry": "x"} for n in range(5)]
    cases += [{"won": n < 1, "industry": None} for n in range(5)]
    cases += [{"won": True, "industry": "y"}]
    found = traits.trait_rates(cases, ["industry"])
    # 6 of 11 won; x 4 of 5: lift .8 x 11 / 6 = 1.466667; unknown 1 of 5; y 1 of 1 is too few
    assert (found["traits.base_rate"], found["traits.n"]) == (D("0.545455"), 11)
    assert [(r["traits.value"], r["traits.lift"]) for r in found["rows"]] == [
        ("x", D("1.466667")),
        (None, D("0.366667")),
        ("y", D("1.833333")),
    ]
    # Wilson for 4 of 5, z^2 = 3.841459: (.8 + .384146 -+ 1.96 x sqrt(.032 + .0384146)) / 1.768292
    assert (found["rows"][0]["traits.low"], found["rows"][0]["traits.high"]) == (
        D("0.375535"),
        D("0.963776"),
    )


def test_the_regression_by_hand() -> None:
    # u always won, v always lost: the intercept is 0 and w = -v, which solves w = c / (1 + e^w);
    # with c = 1 + e, w = 1
    cases = [{"won": True, "k": "u"}, {"won": False, "k": "v"}]
    model = traits.fit(cases, ["k"], c=1 + math.e)
    assert abs(model[0]["k", "u"] - 1) < 1e-9
    assert abs(model[0]["k", "v"] + 1) < 1e-9
    assert abs(model[1]) < 1e-9
    assert abs(traits.chance(model, {"k": "u"}, ["k"]) - 1 / (1 + math.exp(-1))) < 1e-9
    assert abs(traits.chance(model, {"k": "new"}, ["k"]) - 0.5) < 1e-9
    assert traits.reasons(model, {"k": "u"}, ["k"]) == [("k", "u")]
    assert traits.reasons(model, {"k": "v"}, ["k"]) == []


def test_the_intercept_is_not_penalised() -> None:
    # one level for all: its coefficient is 0 and the chance is the share won, 3 of 4
    cases = [{"won": n < 3, "k": None} for n in range(4)]
    model = traits.fit(cases, ["k"])
    assert abs(model[0]["k", "unknown"]) < 1e-9
    assert abs(traits.chance(model, cases[0], ["k"]) - 0.75) < 1e-9


def test_auc_counts_pairs_in_the_right_order() -> None:
    # .9 is above both lost; .8 above .1 and level with .8: 3.5 of 4
    assert traits.auc([0.9, 0.8, 0.8, 0.1], [True, True, False, False]) == 0.875
    assert traits.auc([0.9], [True]) is None


def test_the_newest_deals_test_what_the_oldest_have_taught() -> None:
    taught = [{"won": k == "u", "k": k} for k in "uvuvuvu"]
    tested = [{"won": True, "k": "u"}, {"won": False, "k": "v"}, {"won": False, "k": "u"}]
    # 7 of 10 train; won u against lost v right, against lost u level: 1.5 of 2
    assert traits.time_split(taught + tested, ["k"]) == (0.75, 3)


def test_open_deals_are_scored_and_too_few_cases_are_refused() -> None:
    deals = [deal(str(n), "a", "won" if n % 2 else "lost", 1, owner_id="u") for n in range(50)]
    deals += [deal("open", "a", "open", 1, owner_id="u")]
    tables = made(accounts=[account("a", employees=50)], opportunities=deals)
    found = traits.winning_traits(tables, DAY)
    assert (found["refused"], found["prospects"][0]["traits.score"]) == (None, 50)
    assert {r["traits.value"] for r in found["rows"]} == {None, "50-299", "u"}
    assert traits.winning_traits(tables, DAY, minimum_cases=51)["refused"] == "too_few"
