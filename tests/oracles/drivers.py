"""The drivers of an account, the grid of two of them, and whether a driver foretells anything.

Recomputes driver_grid and driver_audit from the raw rows.

Choices: peer potential is the sum of the positive potentials, known where at least one category
has an estimate (so 0 for an account that buys all that is usual); own sales are subtracted over
all categories; breadth counts categories with any line; contribution of an account without lines
is minus its costs; open_value is 0 without open deals. Accounts' own columns and wallets carry no
day and are taken as they stand. In the audit, the drivers compared with the outcome are those of
365 days earlier, but the changes of cell are those of the grid as of as_of; a driver that is on
neither axis takes the place of x; a shift moves both cuts by the same share; the outcome
next_net_sales needs an order line on or before as_of - 365 days.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from .basis import (
    HALF,
    ZERO,
    accounts_of,
    customers,
    descending,
    distinct_by,
    known_total,
    latest_wallets,
    money4,
    net_by,
    sales_lines,
)
from .canonical import Row, Tables, divide, group, half_up, mean, percentile, ratio6, rows, window
from .pipeline import is_open, outcome
from .profitability import operating_profits
from .sales import change, exact_sales
from .whitespace2 import estimates, peer_potential

Profits = Callable[[Tables, date, int], Mapping[str, Any]]
RATIOS = {"net_sales_growth", "win_rate", "revenue_growth"}
COUNTS = {"employees", "frequency", "breadth"}
DRIVERS = (
    "net_sales", "net_sales_growth", "headroom", "annual_revenue", "employees",
    "objective_score", "operating_profit", "contribution", "win_rate", "frequency", "breadth",
    "open_value", "revenue_growth",
)  # fmt: skip
AUDITED = (
    "net_sales", "net_sales_growth", "headroom", "annual_revenue", "employees",
    "operating_profit", "win_rate", "frequency", "breadth", "objective_score",
)  # fmt: skip
CELLS = ("top_priority", "priority", "maintain")
Cut = tuple[Fraction, Fraction]


def recorded(driver: str, value: Any, cut: bool = False) -> Any:
    """A driver's value as reported: ratio 6, score 3, money 4 decimals; a count as it is.

    The cut of a count is given to 6 decimals.
    """
    if value is None or (driver in COUNTS and not cut):
        return value
    if driver in RATIOS | COUNTS:
        return ratio6(value)
    return half_up(value, 3) if driver == "objective_score" else money4(value)


def operating(tables: Tables, as_of: date, fiscal_start: int = 4) -> dict[str, Any]:
    """account_id to operating profit over the 365 days to as_of, where it has a line in them."""
    found = operating_profits(tables, as_of, None, fiscal_start=fiscal_start)
    return {i: r["operating_profit"] for i, r in found.items() if r["lines"]}


def headroom(
    tables: Tables, as_of: date, net: Mapping[str, Decimal], lines: list[Row], fiscal_start: int = 4
) -> dict[str, Decimal]:
    """account_id to wallets less own sales (never below 0), else to its peer potential."""
    spend: dict[str, Decimal] = {}
    for (i, _), wallet in latest_wallets(tables, fiscal_start).items():
        spend[i] = spend.get(i, ZERO) + wallet["spend"]
    out = peer_potential(estimates(tables, as_of, lines=lines))
    return out | {i: max(total - net.get(i, ZERO), ZERO) for i, total in spend.items()}


def deal_drivers(tables: Tables, as_of: date) -> dict[str, Row]:
    """account_id to win_rate (of all deals closed by as_of) and open_value, where it has deals."""
    out: dict[str, Row] = {}
    for i, deals in group(rows(tables, "opportunities"), "account_id").items():
        results = [outcome(d, as_of) for d in deals]
        won, lost = results.count("won"), results.count("lost")
        value = known_total([d.get("amount") for d in deals if is_open(d, as_of)])
        out[i] = {"win_rate": divide(won, won + lost), "open_value": value}
    return out


def drivers(
    tables: Tables, as_of: date, profits: Profits = operating, fiscal_start: int = 4
) -> dict[str, Row]:
    """account_id to the exact value of every driver of DRIVERS, None where unknown.

    profits: operating profit by account_id over the 365 days to as_of, from the tables, as_of and
    the first month of the fiscal year.
    """
    lines = sales_lines(tables, *window(as_of, 365))
    net, past = net_by(lines, "account_id"), {}
    if "order_lines" in tables:
        past = net_by(sales_lines(tables, *window(as_of, 365, 365)), "account_id")
    orders, categories = distinct_by(lines, "order_id"), distinct_by(lines, "category")
    room = headroom(tables, as_of, net, lines, fiscal_start)
    money = exact_sales(tables, *window(as_of, 365))
    profit = profits(tables, as_of, fiscal_start) if "order_lines" in tables else {}
    deals = deal_drivers(tables, as_of)
    sold, traded = "order_lines" in tables, "opportunities" in tables
    out: dict[str, Row] = {}
    for i, account in accounts_of(tables).items():
        own = net.get(i, ZERO)
        mine = deals.get(i, {"win_rate": None, "open_value": ZERO if traded else None})
        out[i] = {
            "net_sales": own if sold else None,
            "net_sales_growth": change(own, past.get(i, ZERO)) if sold else None,
            "headroom": room.get(i),
            **{c: account.get(c) for c in ("annual_revenue", "employees", "objective_score")},
            "operating_profit": profit.get(i) if i in net else None,
            "contribution": money[i]["contribution"] if sold else None,
            **mine,
            "frequency": len(orders.get(i, ())) if sold else None,
            "breadth": len(categories.get(i, ())) if sold else None,
            "revenue_growth": account.get("revenue_growth"),
        }
    return out


def cut_of(values: Sequence[Any], how: str) -> Fraction | None:
    """The mean or the median of some values, exact."""
    return mean(values) if how == "mean" else percentile(values, HALF)


def cell_of(x: Any, y: Any, cut: Cut) -> str:
    """The cell of two values; at or above the cut is high."""
    high = (x >= cut[0]) + (y >= cut[1])
    return {2: "top_priority", 1: "priority", 0: "maintain"}[high]


def pairs_of(found: Mapping[str, Row], x: str, y: str) -> dict[str, tuple[Fraction, Fraction]]:
    """account_id to its two values, of the accounts for which both are known."""
    return {
        i: (Fraction(row[x]), Fraction(row[y]))
        for i, row in found.items()
        if row[x] is not None and row[y] is not None
    }


def cuts_of(
    pairs: Mapping[str, tuple[Fraction, Fraction]], buyers: Sequence[str], how: str
) -> Cut | None:
    """Both cuts: over the placed customers, or over all placed where none is a customer."""
    base = [pairs[i] for i in buyers if i in pairs] or list(pairs.values())
    if not base:
        return None
    cuts = (cut_of([p[0] for p in base], how), cut_of([p[1] for p in base], how))
    assert cuts[0] is not None
    assert cuts[1] is not None
    return cuts[0], cuts[1]


def driver_grid(
    tables: Tables,
    as_of: date,
    x: str = "net_sales_growth",
    y: str = "headroom",
    cut: str = "mean",
    x_cut: Any = None,
    y_cut: Any = None,
    found: Mapping[str, Row] | None = None,
    profits: Profits = operating,
    fiscal_start: int = 4,
) -> Row:
    """The grid of two drivers over the accounts of any status that have both.

    Keys: rows, grid.count ({cell: n}), grid.unplaced, grid.x_cut, grid.y_cut (as reported). Rows:
    account_id, account.status, grid.x, grid.y (as reported), grid.x_level, grid.y_level (high,
    low), grid.cell; top_priority first, then y descending, then account_id. cut: mean, median
    (both over the placed customers) or fixed (x_cut and y_cut). found: what `drivers` gives.
    """
    found = drivers(tables, as_of, profits, fiscal_start) if found is None else found
    pairs = pairs_of(found, x, y)
    fixed = (Fraction(x_cut), Fraction(y_cut)) if cut == "fixed" else None
    cuts = fixed or cuts_of(pairs, customers(tables, as_of), cut)
    out: list[Row] = []
    accounts = accounts_of(tables)
    for i, pair in pairs.items():
        assert cuts is not None
        levels = ["high" if v >= c else "low" for v, c in zip(pair, cuts, strict=True)]
        out.append(
            {
                "account_id": i,
                "account.status": accounts[i].get("status"),
                "grid.x": recorded(x, found[i][x]),
                "grid.y": recorded(y, found[i][y]),
                "grid.x_level": levels[0],
                "grid.y_level": levels[1],
                "grid.cell": cell_of(*pair, cuts),
            }
        )
    out.sort(
        key=lambda r: (
            CELLS.index(r["grid.cell"]),
            *descending(pairs[r["account_id"]][1]),
            r["account_id"],
        )
    )
    cells = [r["grid.cell"] for r in out]
    return {
        "rows": out,
        "grid.count": {c: cells.count(c) for c in CELLS},
        "grid.unplaced": len(found) - len(out),
        "grid.x_cut": recorded(x, cuts[0], cut=True) if cuts else None,
        "grid.y_cut": recorded(y, cuts[1], cut=True) if cuts else None,
    }


def pearson(x: Sequence[Any], y: Sequence[Any]) -> float | None:
    """Pearson's r; None when either side is constant."""
    if len(set(x)) < 2 or len(set(y)) < 2:
        return None
    a, b = (np.array([float(v) for v in side]) for side in (x, y))
    a, b = a - a.mean(), b - b.mean()
    bottom = math.sqrt(float(a @ a) * float(b @ b))
    return max(-1.0, min(1.0, float(a @ b) / bottom)) if bottom else None


def mean_ranks(values: Sequence[Any]) -> list[Fraction]:
    """The rank of each value, 1 the smallest, ties at their mean."""
    places: dict[Any, list[int]] = {}
    for place, value in enumerate(sorted(values), 1):
        places.setdefault(value, []).append(place)
    return [Fraction(sum(places[v]), len(places[v])) for v in values]


def spearman(x: Sequence[Any], y: Sequence[Any]) -> float | None:
    """Spearman's rho: r of the mean ranks; None when either side is constant."""
    return pearson(mean_ranks(x), mean_ranks(y))


def p_of(r: float | None, n: int) -> float | None:
    """The two-sided p of a correlation by Student's t with n - 2 degrees of freedom."""
    from scipy import stats

    if r is None or n < 3:
        return None
    if abs(r) >= 1:
        return 0.0
    return float(2 * stats.t.sf(abs(r) * math.sqrt((n - 2) / (1 - r * r)), n - 2))


def verdict(stats: Sequence[tuple[float | None, float | None]], n: int, minimum: int) -> str:
    """supported, negative, unsupported or too_few, from (r, p) of both correlations."""
    if n < minimum:
        return "too_few"
    known = [(r, p) for r, p in stats if r is not None and p is not None]
    strong = [r for r, p in known if p < 0.05]
    if any(r > 0 for r in strong):
        return "supported"
    if strong and all(r < 0 for r, _ in known):
        return "negative"
    return "unsupported"


def cell_changes(
    found: Mapping[str, Row], buyers: Sequence[str], x: str, y: str, shift: Fraction
) -> tuple[int | None, int | None]:
    """How many accounts change cell: from mean to median, and under +-shift of both cuts."""
    pairs = pairs_of(found, x, y)
    means, medians = (cuts_of(pairs, buyers, how) for how in ("mean", "median"))
    if means is None or medians is None:
        return None, None
    now = {i: cell_of(*p, means) for i, p in pairs.items()}
    moved = [(means[0] * f, means[1] * f) for f in (1 + shift, 1 - shift)]
    return (
        sum(cell_of(*p, medians) != now[i] for i, p in pairs.items()),
        sum(any(cell_of(*p, m) != now[i] for m in moved) for i, p in pairs.items()),
    )


def net_sales_outcome(tables: Tables, as_of: date) -> bool:
    """Whether there are order lines on or before as_of - 365 days."""
    past = sales_lines(tables, None, as_of - timedelta(days=365))
    return bool(past)


def driver_audit(
    tables: Tables,
    as_of: date,
    names: Sequence[str] = AUDITED,
    outcome_name: str = "next_net_sales",
    profits: Profits = operating,
    x: str = "net_sales_growth",
    y: str = "headroom",
    minimum: int = 10,
    collinear: float = 0.8,
    shift: Fraction = Fraction(1, 10),
    fiscal_start: int = 4,
    found: Mapping[str, Row] | None = None,
    found_before: Mapping[str, Row] | None = None,
) -> Row:
    """Each driver against the outcome over the customers that have both, and against the others.

    found and found_before: what `drivers` gives at as_of and 365 days before, when at hand.
    Keys: outcome (next_net_sales, or operating_profit when sales don't reach back), rows
    (driver, audit.n, .pearson, .pearson_p, .spearman, .spearman_p to 6 decimals, .verdict,
    .cell_changes_median, .cell_changes_shift, in the order of names) and audit.collinear ({(a,
    b): r} with |r| above collinear, over customers with both, at least `minimum`).
    """
    if outcome_name == "next_net_sales" and not net_sales_outcome(tables, as_of):
        outcome_name = "operating_profit"
    now = found or drivers(tables, as_of, profits, fiscal_start)
    ahead, before = outcome_name == "next_net_sales", as_of - timedelta(days=365)
    then = now
    if ahead:
        then = found_before or drivers(tables, before, profits, fiscal_start)
    target = {i: r["net_sales" if ahead else "operating_profit"] for i, r in now.items()}
    buyers = customers(tables, as_of)
    out: list[Row] = []
    for name in names:
        both = [i for i in buyers if then[i][name] is not None and target[i] is not None]
        sides = [then[i][name] for i in both], [target[i] for i in both]
        n = len(both)
        r, rho = (pearson(*sides), spearman(*sides)) if n >= minimum else (None, None)
        axes = (x, y) if name in (x, y) else (name, y)
        to_median, shifted = cell_changes(now, buyers, *axes, shift)
        out.append(
            {
                "driver": name,
                "audit.n": n,
                "audit.pearson": ratio6(r),
                "audit.pearson_p": ratio6(p_of(r, n)),
                "audit.spearman": ratio6(rho),
                "audit.spearman_p": ratio6(p_of(rho, n)),
                "audit.verdict": verdict([(r, p_of(r, n)), (rho, p_of(rho, n))], n, minimum),
                "audit.cell_changes_median": to_median,
                "audit.cell_changes_shift": shifted,
            }
        )
    alike: dict[tuple[str, str], Decimal | None] = {}
    for place, a in enumerate(names):
        for b in names[place + 1 :]:
            both = [i for i in buyers if then[i][a] is not None and then[i][b] is not None]
            if len(both) < minimum:
                continue
            r = pearson([then[i][a] for i in both], [then[i][b] for i in both])
            if r is not None and abs(r) > collinear:
                alike[a, b] = ratio6(r)
    return {"outcome": outcome_name, "rows": out, "audit.collinear": alike}
