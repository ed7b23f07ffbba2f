"""Where an account stands in each grid; high is at or above the cut, everywhere.

Recomputes portfolio_zones, abcd_matrix, compare_grids, key_account_selection and channels. The
drivers, their grid and their audit are in drivers.py and can be imported from here too.

Choices. Zones: unplaced counts accounts with a deal of which a value is unknown; thirds are of the
exact mean rank / n, so that of three accounts one is in each. ABCD: a customer without lines has
0 orders and 0 sales; without an order_lines table the record is unknown. Compared grids: every
account that has a place in at least one; middle is priority, B and B or C; the order has the four
contradictions first, then the rest. Selection: the score is rounded to 6 decimals before it is
multiplied by 100; ranks count 1, 2, 3 without sharing; large and strategic need a known figure.
Channels: sales, growth, profit and headroom are those of all accounts of the channel, customers
only in the count; margin is operating profit over the net sales with a known cost of the accounts
whose profit is known; accounts without a channel are a channel of their own (None), ranked too,
but not a part of the agreement; the score is a mean of ranks from 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from .basis import (
    HALF,
    ZERO,
    accounts_of,
    customers,
    descending,
    known_total,
    money4,
    net_by,
    ranks,
    rounded,
    sales_lines,
    weighted,
)
from .canonical import Row, Tables, divide, group, half_up, mean, percentile, ratio6, rows, window
from .deepening import depth_blends
from .drivers import (
    Profits,
    driver_audit,
    driver_grid,
    drivers,
    operating,
    spearman,
)
from .pipeline import is_open, outcome, probability, stage_shares
from .profitability import operating_profits
from .sales import change, exact_sales

__all__ = [
    "abcd",
    "channels",
    "compare_grids",
    "driver_audit",
    "driver_grid",
    "drivers",
    "key_account_selection",
    "portfolio_zones",
]

WORTH = {"annual_revenue": 1, "employees": 1, "revenue_growth": 1, "objective_score": 1}
RECORD = {"orders": 1, "net_sales": 1, "profit": 1}
SELECTION = {
    "sales": Fraction(25, 100),
    "profit": Fraction(20, 100),
    "growth": Fraction(15, 100),
    "headroom": Fraction(15, 100),
    "strategic": Fraction(15, 100),
    "relationship": Fraction(10, 100),
}
STRATEGIC = ("growth", "headroom", "strategic")
CHANNEL = {"share": 1, "growth": 1, "headroom": 1, "margin": 1}
LETTERS = ("A", "B", "C", "D")
CONTRADICTIONS = (
    "strong_deals_weak_account",
    "neglected_potential",
    "emotion_trap",
    "record_without_growth",
)


def median6(values: Sequence[Fraction]) -> Fraction | None:
    """The median of ranks or blends, half-up to 6 decimals."""
    middle = percentile(list(values), HALF)
    return None if middle is None else rounded(middle, 6)


def blends(columns: Mapping[str, Mapping[str, Any]], weights: Mapping[str, Any]) -> dict[str, Any]:
    """Per account the weighted mean of the percentile ranks it has, half-up to 6 decimals."""
    placed = {name: ranks(values) for name, values in columns.items()}
    ids = sorted({i for values in columns.values() for i in values})
    out: dict[str, Any] = {}
    for i in ids:
        value = weighted({n: r.get(i) for n, r in placed.items()}, weights)
        out[i] = None if value is None else rounded(value, 6)
    return out


def abcd(
    tables: Tables,
    as_of: date,
    worth_weights: Mapping[str, Any] = WORTH,
    record_weights: Mapping[str, Any] = RECORD,
) -> Row:
    """The customers by objective worth and track record of the 365 days to as_of.

    Keys: rows, abcd.count and abcd.sales ({letter: n or net sales}), abcd.worth_cut,
    abcd.record_cut (6 decimals), abcd.unplaced. Rows: account_id, abcd.letter (None when worth or
    record is unknown), abcd.worth, abcd.record (6 decimals), sales.net_sales, owner_id; by letter,
    then net sales descending, then account_id; without a letter last.
    """
    accounts, ids = accounts_of(tables), customers(tables, as_of)
    sold = exact_sales(tables, *window(as_of, 365)) if "order_lines" in tables else {}
    worth = blends({c: {i: accounts[i].get(c) for i in ids} for c in WORTH}, worth_weights)
    source = {"orders": "orders", "net_sales": "net_sales", "profit": "contribution"}
    record = blends(
        {n: {i: sold[i][c] if sold else None for i in ids} for n, c in source.items()},
        record_weights,
    )
    worth_cut = median6([v for v in worth.values() if v is not None])
    record_cut = median6([v for v in record.values() if v is not None])
    out: list[Row] = []
    for i in ids:
        letter: str | None = None
        if worth[i] is not None and record[i] is not None:
            assert worth_cut is not None
            assert record_cut is not None
            low_worth, low_record = worth[i] < worth_cut, record[i] < record_cut
            letter = LETTERS[2 * low_worth + low_record]
        out.append(
            {
                "account_id": i,
                "abcd.letter": letter,
                "abcd.worth": ratio6(worth[i]),
                "abcd.record": ratio6(record[i]),
                "sales.net_sales": sold[i]["net_sales"] if sold else None,
                "owner_id": accounts[i].get("owner_id"),
            }
        )
    out.sort(
        key=lambda r: (r["abcd.letter"] or "E", *descending(r["sales.net_sales"]), r["account_id"])
    )
    placed = {x: [r for r in out if r["abcd.letter"] == x] for x in LETTERS}
    return {
        "rows": out,
        "abcd.count": {x: len(mine) for x, mine in placed.items()},
        "abcd.sales": {
            x: known_total([r["sales.net_sales"] for r in m]) for x, m in placed.items()
        },
        "abcd.worth_cut": ratio6(worth_cut),
        "abcd.record_cut": ratio6(record_cut),
        "abcd.unplaced": sum(r["abcd.letter"] is None for r in out),
    }


def zone_values(tables: Tables, as_of: date, stage_default: Mapping[str, Any]) -> dict[str, Row]:
    """account_id to {deals, x, y} for accounts with a deal won, lost or open at as_of.

    x is the mean known chance of its open deals, else its won / (won + lost); y the median known
    amount of its won and open deals; None where unknown, exact.
    """
    shares = stage_shares(tables, as_of)
    out: dict[str, Row] = {}
    for i, deals in group(rows(tables, "opportunities"), "account_id").items():
        opened = [d for d in deals if is_open(d, as_of)]
        results = [outcome(d, as_of) for d in deals]
        won = [d for d, r in zip(deals, results, strict=True) if r == "won"]
        lost = results.count("lost")
        if i is None or (not opened + won and not lost):
            continue
        chances = [probability(d, shares, stage_default)[0] for d in opened]
        amounts = [d["amount"] for d in won + opened if d.get("amount") is not None]
        expected = mean([c for c in chances if c is not None])
        out[i] = {
            "deals": len(opened) + len(won) + lost,
            "x": divide(len(won), len(won) + lost) if expected is None else expected,
            "y": percentile(amounts, HALF),
        }
    return out


def thirds(values: Mapping[str, Fraction]) -> dict[str, int]:
    """1, 2 or 3: which third of the values, by mean rank / n, exact."""
    n = len(values)
    out: dict[str, int] = {}
    for i, v in values.items():
        below = sum(w < v for w in values.values())
        same = sum(w == v for w in values.values())
        out[i] = math.ceil(3 * Fraction(2 * below + same + 1, 2 * n))
    return out


def portfolio_zones(
    tables: Tables,
    as_of: date,
    cut: str = "median",
    x_cut: Any = None,
    y_cut: Any = None,
    near: Fraction = Fraction(1, 10),
    stage_default: Mapping[str, Any] | None = None,
) -> Row:
    """Accounts with deals by win probability and unit price; A both high, C both low, B the rest.

    Keys: rows, zones.count ({zone: n}), zones.x_cut (6 decimals), zones.y_cut (4), zones.heat
    ({(x third, y third): n}, all nine), zones.near_count, zones.unplaced, and without_deals
    (accounts without any). Rows: account_id, zones.zone (None unplaced), zones.win_probability,
    zones.unit_price, zones.deals, zones.near (True, False, None); by zone, then unit price
    descending, then account_id; unplaced last.
    """
    found = zone_values(tables, as_of, stage_default or {})
    placed = {i: r for i, r in found.items() if r["x"] is not None and r["y"] is not None}
    xs = {i: Fraction(r["x"]) for i, r in placed.items()}
    ys = {i: Fraction(r["y"]) for i, r in placed.items()}
    cuts = (percentile(list(xs.values()), HALF), percentile(list(ys.values()), HALF))
    if cut == "fixed":
        cuts = (Fraction(x_cut), Fraction(y_cut))
    out: list[Row] = []
    for i, r in found.items():
        zone, close = None, None
        if i in placed:
            pair = [(v, c) for v, c in zip((xs[i], ys[i]), cuts, strict=True) if c is not None]
            zone = "CBA"[sum(v >= c for v, c in pair)]
            close = any(abs(v - c) <= near * abs(c) for v, c in pair)
        out.append(
            {
                "account_id": i,
                "zones.zone": zone,
                "zones.win_probability": ratio6(r["x"]),
                "zones.unit_price": money4(r["y"]),
                "zones.deals": r["deals"],
                "zones.near": close,
            }
        )
    out.sort(
        key=lambda r: (r["zones.zone"] or "D", *descending(r["zones.unit_price"]), r["account_id"])
    )
    across, upwards = thirds(xs), thirds(ys)
    places = [(across[i], upwards[i]) for i in placed]
    return {
        "rows": out,
        "zones.count": {z: sum(r["zones.zone"] == z for r in out) for z in "ABC"},
        "zones.x_cut": ratio6(cuts[0]),
        "zones.y_cut": money4(cuts[1]),
        "zones.heat": {(x, y): places.count((x, y)) for x in (1, 2, 3) for y in (1, 2, 3)},
        "zones.near_count": sum(r["zones.near"] is True for r in out),
        "zones.unplaced": len(found) - len(placed),
        "without_deals": len(accounts_of(tables)) - len(found),
    }


def compared(cell: str | None, zone: str | None, letter: str | None) -> str:
    """What the three places say together: consistent, a contradiction, or mixed."""
    if (cell, zone, letter) in {
        ("top_priority", "A", "A"),
        ("priority", "B", "B"),
        ("priority", "B", "C"),
        ("maintain", "C", "D"),
    }:
        return "consistent"
    if zone == "A" and letter in ("C", "D"):
        return "strong_deals_weak_account"
    if (letter == "B" or cell == "top_priority") and zone in ("C", None):
        return "neglected_potential"
    if letter == "C" and cell == "maintain":
        return "emotion_trap"
    if letter == "A" and cell == "maintain":
        return "record_without_growth"
    return "mixed"


def compare_grids(
    tables: Tables,
    as_of: date,
    profits: Profits = operating,
    fiscal_start: int = 4,
    found: Mapping[str, Row] | None = None,
) -> Row:
    """Each account's place in the driver grid (its defaults), the zones and the ABCD matrix.

    found: what `drivers` gives at as_of, when the caller has it (it is slow). Keys: rows and
    count ({verdict: n}). Rows: account_id, grid.cell, zones.zone, abcd.letter, compare.verdict,
    sales.net_sales; contradictions first, then net sales descending, account_id.
    """
    found = found or drivers(tables, as_of, profits, fiscal_start)
    grid = driver_grid(tables, as_of, found=found)["rows"]
    cell = {r["account_id"]: r["grid.cell"] for r in grid}
    zone = {r["account_id"]: r["zones.zone"] for r in portfolio_zones(tables, as_of)["rows"]}
    letter = {r["account_id"]: r["abcd.letter"] for r in abcd(tables, as_of)["rows"]}
    out: list[Row] = []
    for i in found:
        places = (cell.get(i), zone.get(i), letter.get(i))
        if any(p is not None for p in places):
            out.append(
                dict(zip(("grid.cell", "zones.zone", "abcd.letter"), places, strict=True))
                | {
                    "account_id": i,
                    "compare.verdict": compared(*places),
                    "sales.net_sales": found[i]["net_sales"],
                }
            )
    out.sort(
        key=lambda r: (
            r["compare.verdict"] not in CONTRADICTIONS,
            *descending(r["sales.net_sales"]),
            r["account_id"],
        )
    )
    verdicts = [r["compare.verdict"] for r in out]
    return {
        "rows": out,
        "count": {v: verdicts.count(v) for v in ("consistent", *CONTRADICTIONS, "mixed")},
    }


def key_account_selection(
    tables: Tables,
    as_of: date,
    profits: Profits = operating,
    solution_categories: Sequence[str] = (),
    weights: Mapping[str, Any] = SELECTION,
    minimum_known: Fraction = HALF,
    large_share: Fraction = Fraction(1, 5),
    strategic_quantile: Fraction = Fraction(4, 5),
    fiscal_start: int = 4,
    found: Mapping[str, Row] | None = None,
) -> Row:
    """The customers by weighted criteria, and the large and the strategic ones among them.

    solution_categories: for the depth score that is the relationship; found: as in
    compare_grids. Keys: rows and count ({list: n}). Rows: account_id, selection.rank,
    selection.score (3 decimals), selection.known (6), selection.list, and the percentile ranks
    selection.sales, .profit, .growth, .headroom, .strategic, .relationship; by score
    descending, then account_id.
    """
    found, ids = found or drivers(tables, as_of, profits, fiscal_start), customers(tables, as_of)
    depth = depth_blends(tables, as_of, solution_categories, fiscal_start)
    source = {
        "sales": "net_sales",
        "profit": "operating_profit",
        "growth": "net_sales_growth",
        "headroom": "headroom",
        "strategic": "objective_score",
    }
    values = {name: {i: found[i][d] for i in ids} for name, d in source.items()}
    values["relationship"] = {i: depth[i] for i in ids}
    placed = {name: ranks(mine) for name, mine in values.items()}
    buying = [i for i in ids if (found[i]["net_sales"] or ZERO) > 0]
    buying.sort(key=lambda i: (-found[i]["net_sales"], i))
    large = set(buying[: math.ceil(large_share * len(buying))])
    side: dict[str, Fraction] = {}
    score: dict[str, Fraction | None] = {}
    known: dict[str, Fraction] = {}
    for i in ids:
        mine = {name: r.get(i) for name, r in placed.items()}
        have = [Fraction(weights[n]) for n in weights if mine[n] is not None]
        known[i] = sum(have, Fraction(0)) / sum(Fraction(w) for w in weights.values())
        value = weighted(mine, weights) if known[i] >= minimum_known else None
        score[i] = None if value is None else rounded(value, 6)
        part = weighted({n: mine[n] for n in STRATEGIC}, weights)
        if part is not None:
            side[i] = rounded(part, 6)
    top = percentile(list(side.values()), strategic_quantile)
    bar = None if top is None else rounded(top, 6)
    out: list[Row] = []
    for place, i in enumerate(sorted(ids, key=lambda i: (*descending(score[i]), i)), 1):
        is_large, is_strategic = i in large, i in side and bar is not None and side[i] >= bar
        blend = score[i]
        out.append(
            {
                "account_id": i,
                "selection.rank": None if blend is None else place,
                "selection.score": None if blend is None else half_up(100 * blend, 3),
                "selection.known": ratio6(known[i]),
                "selection.list": {
                    (True, True): "both",
                    (True, False): "large_not_strategic",
                    (False, True): "strategic_not_large",
                }.get((is_large, is_strategic), "neither"),
                **{f"selection.{n}": ratio6(r.get(i)) for n, r in placed.items()},
            }
        )
    lists = [r["selection.list"] for r in out]
    names = ("both", "large_not_strategic", "strategic_not_large", "neither")
    return {"rows": out, "count": {n: lists.count(n) for n in names}}


def earnings(
    tables: Tables, as_of: date, first: date, last: date, fiscal_start: int
) -> dict[str, tuple[Any, Any]]:
    """account_id to (operating profit, net sales with a known cost); no profit without lines."""
    found = operating_profits(tables, as_of, (first, last), fiscal_start=fiscal_start)
    return {
        i: (r["operating_profit"] if r["lines"] else None, r["net_costed"])
        for i, r in found.items()
    }


def channels(
    tables: Tables,
    as_of: date,
    start: date | None = None,
    end: date | None = None,
    weights: Mapping[str, Any] = CHANNEL,
    priority: Sequence[str] = (),
    fiscal_start: int = 4,
    found: Mapping[str, Row] | None = None,
) -> Row:
    """The channels by position, growth, expansion room and profit, over a period (365 days).

    found: as in compare_grids. Keys: rows, channel.agreement (Spearman of recorded order and
    score rank, 6 decimals, None below three), channel.hhi (6). Rows: channel.name (None not
    recorded), .accounts, .sales, .share, .growth, .headroom, .profit, .margin, .score (6
    decimals), .rank, .priority; by score descending, then name.
    """
    first, last = (start or as_of - timedelta(days=364)), min(end or as_of, as_of)
    year = timedelta(days=365)
    net = net_by(sales_lines(tables, first, last), "account_id")
    past = net_by(sales_lines(tables, first - year, last - year), "account_id")
    profit = earnings(tables, as_of, first, last, fiscal_start)
    found = found or drivers(tables, as_of, lambda *_: {}, fiscal_start)
    room = {i: r["headroom"] for i, r in found.items()}
    buyers, total = set(customers(tables, as_of)), sum(net.values(), ZERO)
    out: list[Row] = []
    for name, members in group(list(accounts_of(tables).values()), "channel").items():
        ids = [a["account_id"] for a in members]
        sales = sum((net.get(i, ZERO) for i in ids), ZERO)
        before = sum((past.get(i, ZERO) for i in ids), ZERO)
        earned = [profit[i] for i in ids if profit[i][0] is not None]
        gain = sum((Fraction(p) for p, _ in earned), Fraction(0)) if earned else None
        base = sum((costed for _, costed in earned), ZERO)
        out.append(
            {
                "channel.name": name,
                "channel.accounts": sum(i in buyers for i in ids),
                "channel.sales": sales,
                "channel.share": divide(sales, total),
                "channel.growth": change(sales, before),
                "channel.headroom": known_total([room[i] for i in ids]),
                "channel.profit": gain,
                "channel.margin": divide(gain, base),
                "channel.priority": list(priority).index(name) + 1 if name in priority else None,
            }
        )
    placed = {n: ranks({r["channel.name"]: r[f"channel.{n}"] for r in out}) for n in CHANNEL}
    for row in out:
        value = weighted({n: r.get(row["channel.name"]) for n, r in placed.items()}, weights)
        row["channel.score"] = None if value is None else ratio6(value)
        for key in ("share", "growth", "margin"):
            row[f"channel.{key}"] = ratio6(row[f"channel.{key}"])
        row["channel.profit"] = money4(row["channel.profit"])
    out.sort(
        key=lambda r: (
            *descending(r["channel.score"]),
            r["channel.name"] is None,
            r["channel.name"] or "",
        )
    )
    for place, row in enumerate(out, 1):
        row["channel.rank"] = None if row["channel.score"] is None else place
    both = [
        (r["channel.priority"], r["channel.rank"])
        for r in out
        if r["channel.priority"] is not None and r["channel.rank"] is not None
    ]
    sides = [p[0] for p in both], [p[1] for p in both]
    positive = [r["channel.sales"] for r in out if r["channel.sales"] > 0]
    shares = [Fraction(s) / Fraction(sum(positive, ZERO)) for s in positive]
    return {
        "rows": out,
        "channel.agreement": ratio6(spearman(*sides)) if len(both) >= 3 else None,
        "channel.hhi": ratio6(sum((s * s for s in shares), Fraction(0))) if shares else None,
    }
