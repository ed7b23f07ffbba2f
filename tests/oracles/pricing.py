"""A discount is judged against peers only, by exact medians; money above the median is its cost.

Recomputes docs/metrics.md section 3 (price and terms) from order_lines, activities, accounts.
Readings chosen where the definitions leave one open:
- Rates rest on the lines that have both a list amount and a discount.
- Peers include the account; minimum_peers counts it too. An unknown band or channel is nobody's
  like, so such an account falls back to its channel, or to all.
- Without a spread among the peers (MAD 0) robust_z and outlier are None.
- Thirds of hours are over the accounts that have a rate: place by hours descending (ties by
  account_id) in the first third when 3 x place <= n, in the last when 3 x place > 2 n.
- The ABCD letters are those of the trailing year whatever the period asked for. Weights are 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .allocation import VISIT_KINDS
from .canonical import Row, Tables, divide, group, half_up, mean, percentile, rows, within
from .canonical import ratio6 as six
from .sales import exact_sales
from .spans import Asked, cut
from .whitespace import band

HALF = Fraction(1, 2)
MINIMUM_PEERS = 8
OUTLIER_Z = Fraction(3)
ZERO = Fraction(0)
WORTH = ("annual_revenue", "employees", "revenue_growth", "objective_score")
RECORD = ("orders", "net_sales", "contribution")


def customers(tables: Tables, as_of: date) -> list[str]:
    """Accounts with status customer; when no account has a status, all with an order by as_of."""
    accounts = rows(tables, "accounts")
    if any(a.get("status") is not None for a in accounts):
        return sorted(a["account_id"] for a in accounts if a.get("status") == "customer")
    buying = {r["account_id"] for r in rows(tables, "order_lines") if r["ordered_on"] <= as_of}
    return sorted({a["account_id"] for a in accounts} & buying)


def rank_shares(values: Mapping[str, Any]) -> dict[str, Fraction]:
    """Mean rank / n among the known values, rounded to 6 decimals."""
    known = {k: Fraction(v) for k, v in values.items() if v is not None}
    ordered = sorted(known.values())
    firsts: dict[Fraction, int] = {}
    for place, value in enumerate(ordered):
        firsts.setdefault(value, place)
    counts: dict[Fraction, int] = {}
    for value in ordered:
        counts[value] = counts.get(value, 0) + 1
    out: dict[str, Fraction] = {}
    for key, value in known.items():
        rank = firsts[value] + Fraction(counts[value] + 1, 2)
        out[key] = Fraction(six(rank / len(known)) or 0)
    return out


def blends(criteria: list[dict[str, Fraction]], ids: list[str]) -> dict[str, Fraction]:
    """The mean of the ranks an account has, rounded to 6; an account with none is left out."""
    out: dict[str, Fraction] = {}
    for i in ids:
        blend = mean([ranks[i] for ranks in criteria if i in ranks])
        if blend is not None:
            out[i] = Fraction(six(blend) or 0)
    return out


def letters(tables: Tables, as_of: date) -> dict[str, Row]:
    """worth, record (blends to 6 decimals, or None) and letter (A to D, or None) per customer.

    Unlike tests/oracles/abcd.py this rounds ranks, blends and cuts to 6 decimals, and takes
    accounts.revenue_growth when that column is there.
    """
    ids = customers(tables, as_of)
    accounts = {a["account_id"]: a for a in rows(tables, "accounts")}
    worth = blends([rank_shares({i: accounts[i].get(c) for i in ids}) for c in WORTH], ids)
    record: dict[str, Fraction] = {}
    if tables.get("order_lines") is not None:
        year = exact_sales(tables, *cut(None, as_of))
        record = blends([rank_shares({i: year[i][c] for i in ids}) for c in RECORD], ids)
    cuts = [six(percentile(list(some.values()), HALF)) or 0 for some in (worth, record)]
    out: dict[str, Row] = {}
    for i in ids:
        letter = None
        if i in worth and i in record:
            high = (worth[i] >= cuts[0], record[i] >= cuts[1])
            letter = {(True, True): "A", (True, False): "B", (False, True): "C"}.get(high, "D")
        out[i] = {"worth": worth.get(i), "record": record.get(i), "letter": letter}
    return out


def peer_group(account: Row, priced: list[Row]) -> tuple[str, list[str]]:
    """(size_and_channel, channel or all; the account_ids of the group, the account's own too)."""
    size, channel = band(account.get("employees")), account.get("channel")
    if channel is not None:
        same = [a for a in priced if a.get("channel") == channel]
        like = [a for a in same if size is not None and band(a.get("employees")) == size]
        for name, peers in (("size_and_channel", like), ("channel", same)):
            if len(peers) >= MINIMUM_PEERS:
                return name, [a["account_id"] for a in peers]
    return "all", [a["account_id"] for a in priced]


def effort(tables: Tables, period: tuple[date, date]) -> dict[str, Row]:
    """visits and hours per account in the period; hours None when no activity has minutes."""
    out: dict[str, Row] = {}
    acts = [a for a in rows(tables, "activities") if within(a["occurred_on"], *period)]
    for i, mine in group(acts, "account_id").items():
        minutes = [Fraction(a["minutes"]) for a in mine if a.get("minutes") is not None]
        out[i] = {
            "visits": sum(a["kind"] in VISIT_KINDS for a in mine),
            "hours": sum(minutes, ZERO) / 60 if minutes else None,
        }
    return out


def attention(place: int | None, n: int, letter: str | None) -> str | None:
    """over, under or fair service from the place by hours of n; None without letter or hours."""
    if place is None or letter is None:
        return None
    if 3 * place <= n and letter in ("C", "D"):
        return "over"
    return "under" if 3 * place > 2 * n and letter in ("A", "B") else "fair"


def ranked(values: Mapping[str, Any]) -> dict[str, int]:
    """1..n by known value descending, ties by key."""
    known = {k: v for k, v in values.items() if v is not None}
    ordered = sorted(known, key=lambda k: (-known[k], k))
    return {key: place for place, key in enumerate(ordered, 1)}


def spread(rates: Mapping[str, Fraction], peers: list[str]) -> tuple[Fraction, Fraction]:
    """The median of the peers' rates, and the median distance from it (MAD)."""
    middle = percentile([rates[i] for i in peers], HALF)
    assert middle is not None
    away = percentile([abs(rates[i] - middle) for i in peers], HALF)
    assert away is not None
    return middle, away


def pricing(tables: Tables, as_of: date, period: Asked = None, fiscal_start: int = 4) -> Row:
    """Discount rates against peers, {"facts": ..., "rows": ...}, default settings.

    rows: accounts with list sales above 0 and a known discount, price.excess descending:
    account_id, account.name, account.channel, price.discount_rate (6 decimals), peer_group,
    peers, peer_median (6 decimals), robust_z (3 decimals), outlier (yes, no, None), excess
    (exact Fraction), hours (exact Fraction), visits, visit_rank, worth_rank (both among these
    accounts), letter, attention (over, under, fair, None).
    """
    days = cut(period, as_of, fiscal_start)
    listed: dict[str, Fraction] = {}
    discount: dict[str, Fraction] = {}
    for r in rows(tables, "order_lines"):
        both = r.get("list_amount") is not None and r.get("discount") is not None
        if both and within(r["ordered_on"], *days):
            i = r["account_id"]
            listed[i] = listed.get(i, ZERO) + Fraction(r["list_amount"])
            discount[i] = discount.get(i, ZERO) + Fraction(r["discount"])
    priced = [a for a in rows(tables, "accounts") if listed.get(a["account_id"], ZERO) > 0]
    ids = [a["account_id"] for a in priced]
    rates = {i: discount[i] / listed[i] for i in ids}
    grid = letters(tables, as_of)
    done = effort(tables, days)
    nothing = {"visits": 0, "hours": ZERO}
    if tables.get("activities") is None:
        nothing = {"visits": None, "hours": None}
    by_hours = ranked({i: done.get(i, nothing)["hours"] for i in ids})
    by_worth = ranked({i: grid[i]["worth"] for i in ids if i in grid})
    known: dict[tuple[str, ...], tuple[Fraction, Fraction]] = {}
    table: list[Row] = []
    for account in priced:
        i = account["account_id"]
        name, peers = peer_group(account, priced)
        if tuple(peers) not in known:
            known[tuple(peers)] = spread(rates, peers)
        middle, away = known[tuple(peers)]
        z = divide(Fraction(6745, 10000) * (rates[i] - middle), away)
        letter = grid.get(i, {}).get("letter")
        table.append(
            {
                "account_id": i,
                "account.name": account["name"],
                "account.channel": account.get("channel"),
                "price.discount_rate": six(rates[i]),
                "price.peer_group": name,
                "price.peers": len(peers),
                "price.peer_median": six(middle),
                "price.robust_z": half_up(z, 3),
                "price.outlier": None if z is None else "yes" if abs(z) > OUTLIER_Z else "no",
                "price.excess": max(rates[i] - middle, ZERO) * listed[i],
                "price.hours": done.get(i, nothing)["hours"],
                "price.visits": done.get(i, nothing)["visits"],
                "price.visit_rank": by_hours.get(i),
                "price.worth_rank": by_worth.get(i),
                "letter": letter,
                "price.attention": attention(by_hours.get(i), len(by_hours), letter),
            }
        )
    table.sort(key=lambda r: (-r["price.excess"], r["account_id"]))
    return {"facts": facts(table, sum_of(listed, ids), sum_of(discount, ids)), "rows": table}


def sum_of(amounts: Mapping[str, Fraction], ids: list[str]) -> Fraction:
    """The amounts of some accounts together."""
    return sum((amounts[i] for i in ids), ZERO)


def facts(table: list[Row], listed: Fraction, discount: Fraction) -> dict[str, Any]:
    """price.accounts, outliers, discount_rate (overall) and discount_at_median (money)."""
    rate: Decimal | None = six(divide(discount, listed))
    return {
        "price.accounts": len(table),
        "price.outliers": sum(r["price.outlier"] == "yes" for r in table),
        "price.discount_rate": rate,
        "price.discount_at_median": sum((r["price.excess"] for r in table), ZERO),
    }
