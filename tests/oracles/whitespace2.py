"""Every account against every category: the state, the wallet, and what like customers buy.

Recomputes the white space of all accounts, peer by peer; the estimate is that of whitespace.py.

Choices: the categories are those of products, order lines, deals and wallets; "we sell" means net
sales above zero in the 365 days to as_of; a competitor or wallet is that of the latest wallet of
the category; a lost deal is one lost at any time by as_of; by_department gives every category and
department with a line in the 365 days, unknown department included, and no estimate.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .basis import (
    HALF,
    ZERO,
    accounts_of,
    customers,
    deal_categories,
    latest_wallets,
    money4,
    net_by,
    sales_lines,
)
from .canonical import Row, Tables, divide, group, half_up, percentile, ratio6, rows, window
from .pipeline import is_open, outcome
from .whitespace import above_zero, band, margin_of, scaling_column


def peer_groups(tables: Tables, as_of: date) -> dict[tuple[Any, Any], list[Row]]:
    """The customers by (industry, size band); those of unknown industry are nobody's peers."""
    accounts = accounts_of(tables)
    out: dict[tuple[Any, Any], list[Row]] = {}
    for i in customers(tables, as_of):
        if accounts[i].get("industry") is not None:
            key = (accounts[i]["industry"], band(accounts[i].get("employees")))
            out.setdefault(key, []).append(accounts[i])
    return out


def estimates(
    tables: Tables,
    as_of: date,
    minimum_peers: int = 8,
    minimum_buyers: Fraction = Fraction(2, 5),
    lines: list[Row] | None = None,
) -> dict[tuple[str, str], Row]:
    """(account_id, category) to {peers, buyers, potential} wherever peers allow an estimate.

    potential is in whole units and may be negative or zero: the account buys what is usual.
    lines: what sales_lines gives for the 365 days to as_of, when the caller has them.
    """
    lines = sales_lines(tables, *window(as_of, 365)) if lines is None else lines
    net = net_by(lines, "account_id", "category")
    categories = sorted({x["category"] for x in lines if x["category"] is not None})
    groups = peer_groups(tables, as_of)
    ratios: dict[Any, list[tuple[Fraction, str]]] = {}
    out: dict[tuple[str, str], Row] = {}
    for i, account in accounts_of(tables).items():
        column = scaling_column(account)
        kind = (account.get("industry"), band(account.get("employees")))
        if column is None or kind not in groups:
            continue
        scaled = [p for p in groups[kind] if above_zero(p, column)]
        peers = len(scaled) - any(p["account_id"] == i for p in scaled)
        if peers < minimum_peers:
            continue
        for category in categories:
            key = (kind, column, category)
            if key not in ratios:
                ratios[key] = sorted(
                    (
                        Fraction(net[p["account_id"], category]) / Fraction(p[column]),
                        p["account_id"],
                    )
                    for p in scaled
                    if net.get((p["account_id"], category), ZERO) > 0
                )
            bought = [r for r, who in ratios[key] if who != i]
            if not bought or Fraction(len(bought), peers) < minimum_buyers:
                continue
            typical = percentile(bought, HALF)
            assert typical is not None
            own = Fraction(net.get((i, category), ZERO))
            potential = half_up(typical * Fraction(account[column]) - own, 0)
            out[i, category] = {"peers": peers, "buyers": len(bought), "potential": potential}
    return out


def deal_states(tables: Tables, as_of: date) -> dict[tuple[str, str], str]:
    """(account_id, category) to "open" or "lost"; open goes before lost."""
    category = deal_categories(tables)
    states: dict[tuple[str, str], str] = {}
    for deal in rows(tables, "opportunities"):
        key = (deal.get("account_id"), category[deal["opportunity_id"]])
        if None in key:
            continue
        if is_open(deal, as_of):
            states[key] = "open"
        elif outcome(deal, as_of) == "lost":
            states.setdefault(key, "lost")
    return states


def state(own: Decimal, deal: str | None, competitor: str | None) -> str:
    """owned, open, competitor, lost or white: the first that holds."""
    if own > 0:
        return "owned"
    if deal == "open":
        return "open"
    if competitor is not None:
        return "competitor"
    return deal or "white"


def white_space_all(
    tables: Tables,
    as_of: date,
    minimum_peers: int = 8,
    minimum_buyers: Fraction = Fraction(2, 5),
    fiscal_start: int = 4,
) -> list[Row]:
    """A row for every account and category, sorted by account_id and category.

    Keys: account_id and whitespace.category, .state (owned, open, competitor, lost, white), .own
    (net sales of the 365 days), .wallet (latest spend, None unknown), .share (own / wallet, 6
    decimals), .competitor (named by the latest wallet, whatever the state), .peers, .buyers,
    .buyer_share, .potential (whole units; None without an estimate, zero or less included) and
    .margin (of the category over all accounts, 6 decimals).
    """
    lines = sales_lines(tables, *window(as_of, 365))
    net = net_by(lines, "account_id", "category")
    margins = {c: margin_of(mine) for c, mine in group(lines, "category").items()}
    wallets = latest_wallets(tables, fiscal_start)
    deals = deal_states(tables, as_of)
    guess = estimates(tables, as_of, minimum_peers, minimum_buyers, lines)
    categories = {p.get("category") for p in rows(tables, "products")} | set(margins)
    categories |= {c for _, c in wallets} | set(deal_categories(tables).values())
    out: list[Row] = []
    for i in accounts_of(tables):
        for category in sorted(c for c in categories if c is not None):
            own = net.get((i, category), ZERO)
            wallet = wallets.get((i, category), {})
            found = guess.get((i, category), {})
            competitor = wallet.get("competitor")
            out.append(
                {
                    "account_id": i,
                    "whitespace.category": category,
                    "whitespace.state": state(own, deals.get((i, category)), competitor),
                    "whitespace.own": own,
                    "whitespace.wallet": money4(wallet.get("spend")),
                    "whitespace.share": ratio6(divide(own, wallet.get("spend"))),
                    "whitespace.competitor": competitor,
                    "whitespace.peers": found.get("peers"),
                    "whitespace.buyers": found.get("buyers"),
                    "whitespace.buyer_share": ratio6(
                        divide(found.get("buyers"), found.get("peers"))
                    ),
                    "whitespace.potential": found.get("potential"),
                    "whitespace.margin": margins.get(category),
                }
            )
    return out


def listed(table: list[Row], account_id: str | None = None) -> list[Row]:
    """The rows with a potential above zero, the most promising first.

    By potential x margin descending (an unknown margin counts as zero), then potential
    descending, account_id and category. account_id keeps the rows of one account.
    """
    mine = [
        r
        for r in table
        if (r["whitespace.potential"] or ZERO) > 0
        and (account_id is None or r["account_id"] == account_id)
    ]
    return sorted(
        mine,
        key=lambda r: (
            -r["whitespace.potential"] * (r["whitespace.margin"] or ZERO),
            -r["whitespace.potential"],
            r["account_id"],
            r["whitespace.category"],
        ),
    )


def peer_potential(guess: dict[tuple[str, str], Row]) -> dict[str, Decimal]:
    """account_id to the sum of its potentials above zero; only where there is an estimate."""
    out: dict[str, Decimal] = {}
    for (i, _), row in guess.items():
        out[i] = out.get(i, ZERO) + max(row["potential"], ZERO)
    return out


def by_department(tables: Tables, as_of: date, account_id: str | None = None) -> list[Row]:
    """Own spend by account, category and department in the 365 days to as_of.

    Keys: account_id, whitespace.category, whitespace.department (None not recorded),
    whitespace.own. Lines without a category are left out. Sorted by those keys, None last.
    """
    lines = [x for x in sales_lines(tables, *window(as_of, 365)) if x["category"] is not None]
    net = net_by(lines, "account_id", "category", "department")
    found = [
        {
            "account_id": i,
            "whitespace.category": category,
            "whitespace.department": department,
            "whitespace.own": amount,
        }
        for (i, category, department), amount in net.items()
        if account_id in (None, i)
    ]
    return sorted(
        found,
        key=lambda r: (
            r["account_id"],
            r["whitespace.category"],
            r["whitespace.department"] is None,
            r["whitespace.department"] or "",
        ),
    )
