"""Hours against what they bring: every known minute once, every unknown one counted as unknown.

Recomputes effort_and_return for each way of grouping.

Choices. Profit is the contribution of the accounts of the group, accounts of unknown profit left
out; an account without lines brings minus its costs. Accounts: those with an hour or a line in
the period. Letters, zones and cells are those of as_of, cells of the default driver grid; None is
a group of its own (not placed, no person, no team). Shares are of all hours and all sales. The
trap compares C and D with all, and is unknown when nobody has a letter. Neglected counts
activities with or without minutes. Money per hour is half-up to 4 decimals.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from .basis import (
    accounts_of,
    descending,
    known_total,
    money4,
    sales_lines,
)
from .canonical import Row, Tables, divide, half_up, ratio6, rows, window, within
from .drivers import Profits, operating
from .sales import exact_sales
from .segmentation import abcd, driver_grid, portfolio_zones


def groups_of(
    tables: Tables, as_of: date, by: str, profits: Profits, fiscal_start: int
) -> dict[str, Any]:
    """account_id to its group; for person and team the owner's."""
    accounts = accounts_of(tables)
    if by == "account":
        return {i: i for i in accounts}
    if by in ("person", "team"):
        place = places_of_people(tables, by)
        return {i: place.get(a.get("owner_id")) for i, a in accounts.items()}
    if by == "abcd":
        placed = abcd(tables, as_of)["rows"]
    elif by == "zone":
        placed = portfolio_zones(tables, as_of)["rows"]
    else:
        placed = driver_grid(tables, as_of, profits=profits, fiscal_start=fiscal_start)["rows"]
    column = {"abcd": "abcd.letter", "zone": "zones.zone", "cell": "grid.cell"}[by]
    found = {r["account_id"]: r[column] for r in placed}
    return {i: found.get(i) for i in accounts}


def places_of_people(tables: Tables, by: str) -> dict[str, Any]:
    """person_id to the person or the person's team."""
    people = {p["person_id"]: p.get("team") for p in rows(tables, "people")}
    return {p: p for p in people} if by == "person" else people


def spent(tables: Tables, acts: list[Row]) -> list[Row]:
    """Each activity's account, person, hours and cost (None unknown), exact."""
    rate = {p["person_id"]: p.get("hourly_cost") for p in rows(tables, "people")}
    out: list[Row] = []
    for a in acts:
        hours = None if a.get("minutes") is None else Fraction(a["minutes"]) / 60
        paid = rate.get(a.get("person_id"))
        out.append(
            {
                "account_id": a["account_id"],
                "person_id": a.get("person_id"),
                "hours": hours,
                "cost": None if hours is None or paid is None else hours * Fraction(paid),
            }
        )
    return out


def figures(work: list[Row], money: list[Row], sold: bool) -> Row:
    """hours, cost, sales and profit of some activities and accounts, exact."""
    hours = [w["hours"] for w in work if w["hours"] is not None]
    return {
        "hours": sum(hours, Fraction(0)),
        "cost": known_total([w["cost"] for w in work]),
        "sales": sum((Fraction(m["net_sales"]) for m in money), Fraction(0)) if sold else None,
        "profit": known_total([m["contribution"] for m in money]) if sold else None,
    }


def effort_and_return(
    tables: Tables,
    as_of: date,
    by: str = "account",
    start: date | None = None,
    end: date | None = None,
    profits: Profits = operating,
    fiscal_start: int = 4,
) -> Row:
    """Hours, cost, sales and profit by account, zone, abcd, person, team or cell.

    Keys: rows, total (hours, cost, sales, profit as reported), left_out (activities without
    minutes) and those of `trap`. Rows: effort.group, .hours (3 decimals), .cost, .sales, .profit
    (4), .sales_per_hour, .profit_per_hour (4), .hours_share, .sales_share, .index (6); by hours
    descending, then group.
    """
    first, last = start or as_of - timedelta(days=364), min(end or as_of, as_of)
    acts = [a for a in rows(tables, "activities") if within(a["occurred_on"], first, last)]
    work, sold = spent(tables, acts), "order_lines" in tables
    money = exact_sales(tables, first, last)
    lines = {x["account_id"] for x in sales_lines(tables, first, last)}
    of_account = groups_of(tables, as_of, by, profits, fiscal_start)
    place = places_of_people(tables, by) if by in ("person", "team") else {}
    all_ids = list(accounts_of(tables))
    total = figures(work, [money[i] for i in all_ids], sold)
    mine: dict[Any, tuple[list[Row], list[Row]]] = {}
    for w in work:
        key = place.get(w["person_id"]) if place else of_account.get(w["account_id"])
        mine.setdefault(key, ([], []))[0].append(w)
    for i in all_ids:
        if by != "account" or i in lines or i in mine:
            mine.setdefault(of_account[i], ([], []))[1].append(money[i])
    out: list[Row] = []
    for key, (some_work, some_money) in mine.items():
        row = figures(some_work, some_money, sold)
        hours_share = divide(row["hours"], total["hours"])
        sales_share = divide(row["sales"], total["sales"])
        out.append(
            {
                "effort.group": key,
                **reported(row),
                "effort.sales_per_hour": money4(divide(row["sales"], row["hours"])),
                "effort.profit_per_hour": money4(divide(row["profit"], row["hours"])),
                "effort.hours_share": ratio6(hours_share),
                "effort.sales_share": ratio6(sales_share),
                "effort.index": ratio6(divide(hours_share, sales_share)),
                "exact": row["hours"],
            }
        )
    out.sort(key=lambda r: (*descending(r["exact"]), r["effort.group"] is None, r["effort.group"]))
    for row in out:
        del row["exact"]
    return {
        "rows": out,
        "total": reported(total),
        "left_out": sum(w["hours"] is None for w in work),
    } | trap(tables, as_of, work, money, sold)


def reported(row: Mapping[str, Any]) -> Row:
    """effort.hours (3 decimals) and effort.cost, .sales, .profit (4)."""
    return {"effort.hours": half_up(row["hours"], 3)} | {
        f"effort.{n}": money4(row[n]) for n in ("cost", "sales", "profit")
    }


def trap(
    tables: Tables,
    as_of: date,
    work: list[Row],
    money: Mapping[str, Row],
    sold: bool,
    move_share: Fraction = Fraction(1, 5),
    neglected_activities: int = 4,
) -> Row:
    """What C and D take against what they bring, and hours moved to A and B.

    Keys: effort.trap_share, effort.trap_potential (6 decimals), effort.trap (bool or None),
    effort.neglected (count, None without activities), effort.moved_hours (3), effort.moved_profit
    (4).
    """
    letter = {r["account_id"]: r["abcd.letter"] for r in abcd(tables, as_of)["rows"]}
    good, weak = (
        figures(
            [w for w in work if letter.get(w["account_id"]) in letters],
            [money[i] for i, x in letter.items() if x in letters],
            sold,
        )
        for letters in (("A", "B"), ("C", "D"))
    )
    placed = any(x is not None for x in letter.values())
    placed = placed and "activities" in tables
    hours = sum((w["hours"] for w in work if w["hours"] is not None), Fraction(0))
    sales = sum((Fraction(money[i]["net_sales"]) for i in accounts_of(tables)), Fraction(0))
    share = divide(weak["hours"], hours) if placed else None
    potential = divide(weak["sales"], sales) if placed else None
    recent = [
        a["account_id"]
        for a in rows(tables, "activities")
        if within(a["occurred_on"], *window(as_of, 180))
    ]
    neglected = sum(
        recent.count(i) < neglected_activities for i, x in letter.items() if x in set("AB")
    )
    moved = move_share * weak["hours"] if placed else None
    rates = divide(good["profit"], good["hours"]), divide(weak["profit"], weak["hours"])
    gain = None
    if moved is not None and rates[0] is not None and rates[1] is not None:
        gain = moved * (rates[0] - rates[1])
    return {
        "effort.trap_share": ratio6(share),
        "effort.trap_potential": ratio6(potential),
        "effort.trap": None if share is None or potential is None else share > potential,
        "effort.neglected": neglected if placed else None,
        "effort.moved_hours": half_up(moved, 3),
        "effort.moved_profit": money4(gain),
    }
