"""Profit is worked down line by line, exactly: no line is rounded, so the lines add up.

Recomputes docs/metrics.md section 3 from order_lines, direct_costs, activities and cost_pools.
Money is an exact Fraction (labour from hours need not terminate), ratios are half-up to 6
decimals. A period is a text, a pair of dates or None (the trailing 365 days), cut at as_of.

Readings chosen where the definitions leave one open:
- Without a cost_pools table nothing is allocated: operating profit is the contribution.
- The first lines (list_sales, discount, list_gap, uncosted_sales) are `direct`; `sum` is said of
  net_sales, gross_profit and operating_profit only. So the lines that are no sums add up to
  operating_profit (from net_sales on when list_sales is None).
- Allocated lines follow capital: those of a line code in the order of the lines, the others by
  item. One line per item, also when the account bears nothing of it; several drivers are joined.
- When every line lacks its cost, standard_cost is None, as gross_profit is.
- Labour from hours of which none has a cost is 0, as the contribution takes it.
- Places in a ranking are 1..n after sorting, ties by account_id; Spearman takes mean ranks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .allocation import allocation, largest_remainder, pools_in
from .canonical import Row, Tables, divide, group, ratio6, rows, within
from .pricing import pricing
from .sales import account_figures, exact_sales
from .spans import Asked, cut

__all__ = [
    "allocation", "largest_remainder", "operating_profits", "pools_in", "pricing", "resources",
    "stress", "waterfall", "waterfalls", "whale",
]  # fmt: skip

COSTS = (
    "labour", "entertainment", "rebate", "store_promotion", "delivery", "packing", "inventory",
    "service", "capital",
)  # fmt: skip
LINES = (
    "list_sales", "discount", "net_sales", "standard_cost", "customer_manufacturing",
    "gross_profit", *COSTS,
)  # fmt: skip
ZERO = Fraction(0)
Money = Fraction | None


def exact(value: Any) -> Money:
    """A known number as a Fraction."""
    return None if value is None else Fraction(value)


def direct(tables: Tables, period: Asked, as_of: date, fiscal_start: int = 4) -> dict[str, Row]:
    """For each row of accounts, `account_figures` of the period, costs by code and list_known.

    costs: {code: Fraction} for COSTS, delivery with the freight of the lines, labour booked or
    else from hours. list_known: every line has a list amount and a discount.
    """
    days = cut(period, as_of, fiscal_start)
    figures = exact_sales(tables, *days)
    lines, booked = (
        group((r for r in rows(tables, name) if within(r[day], *days)), "account_id")
        for name, day in (("order_lines", "ordered_on"), ("direct_costs", "incurred_on"))
    )
    out: dict[str, Row] = {}
    for account in rows(tables, "accounts"):
        i = account["account_id"]
        mine = figures.get(i) or account_figures([], [], [], {})
        costs = dict.fromkeys(COSTS, ZERO)
        for cost in booked.get(i, []):
            if cost["item"] in costs:
                costs[cost["item"]] += Fraction(cost["amount"])
        costs["labour"] += mine["labour"]
        costs["delivery"] += Fraction(mine["freight"])
        whole = all(
            x.get("list_amount") is not None and x.get("discount") is not None
            for x in lines.get(i, [])
        )
        out[i] = mine | {"account_id": i, "costs": costs, "list_known": whole}
    return out


def operating_profits(
    tables: Tables,
    as_of: date,
    period: Asked = None,
    basis: str = "activity",
    fiscal_start: int = 4,
    given: Row | None = None,
) -> dict[str, Row]:
    """account_id to the figures of `direct` with what it bears; for each row of accounts.

    Adds items {item: Fraction}, allocated (their sum) and operating_profit (None when the
    contribution is). basis: activity, revenue or orders, as in `allocation`; given: an
    allocation that the caller has already.
    """
    pooled = given or allocation(tables, as_of, period, basis, fiscal_start)
    out: dict[str, Row] = {}
    for i, row in direct(tables, period, as_of, fiscal_start).items():
        items = pooled["by_account"].get(i, {})
        allocated = sum(items.values(), ZERO)
        profit = None if row["contribution"] is None else row["contribution"] - allocated
        out[i] = row | {"items": items, "allocated": allocated, "operating_profit": profit}
    return out


def line(code: str, kind: str, amount: Any, net: Any, driver: str | None = None) -> Row:
    """One line of a waterfall; share_of_sales is None when there are no net sales."""
    return {
        "profit.line": code,
        "profit.kind": kind,
        "profit.driver": driver,
        "profit.amount": exact(amount),
        "profit.share_of_sales": ratio6(divide(amount, net)),
    }


def waterfall_lines(row: Row, drivers: Mapping[str, list[str]]) -> list[Row]:
    """The lines of one account in order, its allocated lines included."""
    net = row["net_sales"]
    known, uncosted = row["list_known"], row["cost_unknown_lines"]
    listed, discount = row["list_sales"], row["discount"]
    out = [line("list_sales", "direct", listed if known else None, net)]
    out.append(line("discount", "direct", -discount if known else None, net))
    if known and listed - discount != net:
        out.append(line("list_gap", "direct", net - (listed - discount), net))
    out.append(line("net_sales", "sum", net, net))
    if uncosted:
        out.append(line("uncosted_sales", "direct", -row["cost_unknown_net"], net))
    nothing_costed = row["lines"] > 0 and uncosted == row["lines"]
    cost = None if nothing_costed else -row["standard_cost"]
    out.append(line("standard_cost", "direct", cost, net))
    out.append(line("customer_manufacturing", "direct", -row["customer_manufacturing"], net))
    out.append(line("gross_profit", "sum", row["gross_profit"], net))
    out += [line(code, "direct", -row["costs"][code], net) for code in COSTS]
    places = {code: place for place, code in enumerate(LINES)}
    for item in sorted(drivers, key=lambda i: (places.get(i, len(places)), i)):
        amount = -row["items"].get(item, ZERO)
        out.append(line(item, "allocated", amount, net, ", ".join(drivers[item])))
    out.append(line("operating_profit", "sum", row["operating_profit"], net))
    return out


def waterfalls(
    tables: Tables, as_of: date, period: Asked = None, fiscal_start: int = 4
) -> dict[str, Row]:
    """account_id to its waterfall, for each row of accounts: {"facts": ..., "rows": ...}.

    facts: profit.net_sales, gross_profit_p, contribution_p, allocated (a positive cost),
    operating_profit, operating_margin, unallocated (company-wide; None when no pool is).
    rows: profit.line, kind, driver, amount, share_of_sales; an allocated line of a line code
    carries that code with the kind allocated.
    """
    pooled = allocation(tables, as_of, period, fiscal_start=fiscal_start)
    left = [Fraction(pool["amount_in"]) for pool in pooled["unallocated"]]
    profits = operating_profits(tables, as_of, period, "activity", fiscal_start, pooled)
    out: dict[str, Row] = {}
    for i, row in profits.items():
        facts = {
            "profit.net_sales": exact(row["net_sales"]),
            "profit.gross_profit_p": exact(row["gross_profit"]),
            "profit.contribution_p": row["contribution"],
            "profit.allocated": row["allocated"],
            "profit.operating_profit": row["operating_profit"],
            "profit.operating_margin": ratio6(divide(row["operating_profit"], row["net_costed"])),
            "profit.unallocated": sum(left, ZERO) if left else None,
        }
        out[i] = {"facts": facts, "rows": waterfall_lines(row, pooled["drivers"])}
    return out


def waterfall(
    tables: Tables, as_of: date, account_id: str, period: Asked = None, fiscal_start: int = 4
) -> Row:
    """The waterfall of one account, as in `waterfalls`."""
    return waterfalls(tables, as_of, period, fiscal_start)[account_id]


PROFIT_OF = {
    "operating": "operating_profit", "contribution": "contribution", "gross": "gross_profit"
}  # fmt: skip


def whale(
    tables: Tables,
    as_of: date,
    period: Asked = None,
    basis: str = "operating",
    fiscal_start: int = 4,
) -> Row:
    """The whale curve, {"facts": ..., "rows": ...}; basis operating, contribution or gross.

    rows: every account with lines in the period and a known profit, profit descending:
    account_id, account.name, whale.rank, whale.profit, whale.cumulative, whale.share_of_total
    (the account's profit / total; None when the total is 0). whale.peak is the sum of the
    profits above 0, whale.peak_to_end None unless the total is above 0.
    """
    names = {a["account_id"]: a["name"] for a in rows(tables, "accounts")}
    given: Row | None = None if basis == "operating" else {"by_account": {}}
    figures = operating_profits(tables, as_of, period, "activity", fiscal_start, given)
    trading = [r for r in figures.values() if r["lines"] > 0]
    known = {
        r["account_id"]: Fraction(r[PROFIT_OF[basis]])
        for r in trading
        if r[PROFIT_OF[basis]] is not None
    }
    total = sum(known.values(), ZERO)
    gains = [p for p in known.values() if p > 0]
    losses = [p for p in known.values() if p < 0]
    table: list[Row] = []
    running = ZERO
    for place, i in enumerate(sorted(known, key=lambda k: (-known[k], k)), 1):
        running += known[i]
        table.append(
            {
                "account_id": i,
                "account.name": names[i],
                "whale.rank": place,
                "whale.profit": known[i],
                "whale.cumulative": running,
                "whale.share_of_total": ratio6(divide(known[i], total)),
            }
        )
    facts = {
        "whale.accounts": len(known),
        "whale.total": total,
        "whale.peak": sum(gains, ZERO),
        "whale.peak_accounts": len(gains),
        "whale.losers": len(losses),
        "whale.losers_share": ratio6(divide(len(losses), len(known))),
        "whale.lost": sum(losses, ZERO),
        "whale.peak_to_end": ratio6(divide(sum(gains, ZERO), total)) if total > 0 else None,
        "whale.unknown": len(trading) - len(known),
    }
    return {"facts": facts, "rows": table}


def stress(tables: Tables, as_of: date, period: Asked = None, fiscal_start: int = 4) -> Row:
    """Operating profit under three bases, {"facts": ..., "rows": ...}.

    rows: accounts with lines and a known contribution: account_id, account.name, stress.revenue,
    stress.orders, stress.activity, stress.spread, stress.sign_changes ("yes" when some basis is
    below 0 and some is not, else "no"); sign changers first, then spread descending. The totals
    are over these accounts; stress.pool_total is all pool money of the period, also what no
    driver can share out.
    """
    names = {a["account_id"]: a["name"] for a in rows(tables, "accounts")}
    figures = direct(tables, period, as_of, fiscal_start)
    pooled = {
        basis: allocation(tables, as_of, period, basis, fiscal_start)
        for basis in ("revenue", "orders", "activity")
    }
    table: list[Row] = []
    for i, row in figures.items():
        if row["lines"] == 0 or row["contribution"] is None:
            continue
        profits = {
            basis: row["contribution"] - sum(given["by_account"].get(i, {}).values(), ZERO)
            for basis, given in pooled.items()
        }
        below = [p < 0 for p in profits.values()]
        table.append(
            {"account_id": i, "account.name": names[i]}
            | {f"stress.{basis}": profit for basis, profit in profits.items()}
            | {
                "stress.spread": max(profits.values()) - min(profits.values()),
                "stress.sign_changes": "yes" if any(below) and not all(below) else "no",
            }
        )
    table.sort(
        key=lambda r: (r["stress.sign_changes"] == "no", -r["stress.spread"], r["account_id"])
    )
    facts: Row = {
        "stress.accounts": len(table),
        "stress.sign_changes": sum(r["stress.sign_changes"] == "yes" for r in table),
        "stress.pool_total": sum(
            (Fraction(p["amount_in"]) for p in pooled["activity"]["pools"]), ZERO
        ),
    }
    for basis in pooled:
        facts[f"stress.total_{basis}"] = sum((r[f"stress.{basis}"] for r in table), ZERO)
    return {"facts": facts, "rows": table}


def places(values: Mapping[str, Fraction]) -> dict[str, int]:
    """1..n by value descending, ties by key."""
    ordered = sorted(values, key=lambda k: (-values[k], k))
    return {key: place for place, key in enumerate(ordered, 1)}


def spearman(one: Mapping[str, Fraction], other: Mapping[str, Fraction]) -> Decimal | None:
    """Rank correlation of two values of the same keys, mean ranks for ties, to 6 decimals.

    None below 5 keys or when either never varies.
    """
    keys = sorted(one)
    if len(keys) < 5:
        return None
    ranks = [mean_ranks([values[k] for k in keys]) for values in (one, other)]
    middle = Fraction(len(keys) + 1, 2)
    centred = [[r - middle for r in some] for some in ranks]
    together = sum((a * b for a, b in zip(*centred, strict=True)), ZERO)
    spread = [sum((a * a for a in some), ZERO) for some in centred]
    if not all(spread):
        return None
    return ratio6(float(together) / float(spread[0] * spread[1]) ** 0.5)


def mean_ranks(values: list[Fraction]) -> list[Fraction]:
    """1..n ascending, equal values sharing the mean of their places."""
    out: list[Fraction] = []
    for value in values:
        less, same = sum(v < value for v in values), sum(v == value for v in values)
        out.append(less + Fraction(same + 1, 2))
    return out


def resources(tables: Tables, as_of: date, period: Asked = None, fiscal_start: int = 4) -> Row:
    """Rank by cost to serve against rank by operating profit, {"facts": ..., "rows": ...}.

    Cost to serve is gross profit less operating profit: freight, the direct costs below gross
    profit, and all that is allocated. rows: accounts with lines and a known profit, rank_gap
    descending: account_id, account.name, resource.cost_to_serve, cost_rank, profit, profit_rank,
    rank_gap, cost_share. The top is ceil(0.20 n) accounts by cost rank; misplaced ones are in it
    with 2 x profit_rank > n. Shares of a total that is 0 (or a profit not above 0) are None.
    """
    names = {a["account_id"]: a["name"] for a in rows(tables, "accounts")}
    figures = operating_profits(tables, as_of, period, "activity", fiscal_start)
    taking = {
        i: r for i, r in figures.items() if r["lines"] > 0 and r["operating_profit"] is not None
    }
    profit = {i: r["operating_profit"] for i, r in taking.items()}
    cost = {i: Fraction(r["gross_profit"]) - r["operating_profit"] for i, r in taking.items()}
    by_cost, by_profit = places(cost), places(profit)
    all_cost, all_profit = sum(cost.values(), ZERO), sum(profit.values(), ZERO)
    n = len(taking)
    top = {i for i, place in by_cost.items() if place <= -(-n // 5)}
    table = [
        {
            "account_id": i,
            "account.name": names[i],
            "resource.cost_to_serve": cost[i],
            "resource.cost_rank": by_cost[i],
            "resource.profit": profit[i],
            "resource.profit_rank": by_profit[i],
            "resource.rank_gap": by_profit[i] - by_cost[i],
            "resource.cost_share": ratio6(divide(cost[i], all_cost)),
        }
        for i in taking
    ]
    table.sort(key=lambda r: (-r["resource.rank_gap"], r["account_id"]))
    top_cost = sum((cost[i] for i in top), ZERO)
    top_profit = sum((profit[i] for i in top), ZERO)
    return {
        "facts": {
            "resource.accounts": n,
            "resource.top_accounts": len(top),
            "resource.top_cost_share": ratio6(divide(top_cost, all_cost)),
            "resource.top_profit_share": (
                ratio6(divide(top_profit, all_profit)) if all_profit > 0 else None
            ),
            "resource.spearman": spearman(cost, profit),
            "resource.misplaced": sum(2 * by_profit[i] > n for i in top),
        },
        "rows": table,
    }
