"""The oracles themselves, on tables so small that every figure is worked out by hand beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from . import basis, drivers, segmentation, whitespace2
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
