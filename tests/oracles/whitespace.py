"""What like accounts buy and this one does not, or buys less of, for its size.

Recomputes the white space of an account from accounts, order_lines, products and opportunities.
Peers are customers of the same industry and employee band; sales are the 365 days to as_of.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .canonical import Row, Tables, group, half_up, percentile, ratio6, rows, window, within
from .pipeline import group_keys, is_open, outcome

DAYS = 365
BANDS = ((1, 49), (50, 299), (300, 999), (1000, 4999), (5000, None))
ZERO = Decimal(0)


def band(employees: int | None) -> int | None:
    """Which band of BANDS a number of employees is in; None when it is unknown (or below one)."""
    for index, (low, high) in enumerate(BANDS):
        if employees is not None and low <= employees and (high is None or employees <= high):
            return index
    return None


def above_zero(account: Row, column: str) -> bool:
    """Whether the account's cell is known and above zero."""
    return account.get(column) is not None and account[column] > 0


def scaling_column(account: Row) -> str | None:
    """The column an account is scaled by: employees, else annual_revenue, else none."""
    columns = [c for c in ("employees", "annual_revenue") if above_zero(account, c)]
    return columns[0] if columns else None


def peers_of(tables: Tables, account: Row, column: str) -> list[Row]:
    """The other customers of its industry and band that `column` can scale.

    Two unknown industries are not the same industry.
    """
    return [
        a
        for a in rows(tables, "accounts")
        if a["account_id"] != account["account_id"]
        and a.get("status") == "customer"
        and a.get("industry") is not None
        and a["industry"] == account.get("industry")
        and band(a.get("employees")) == band(account.get("employees"))
        and above_zero(a, column)
    ]


def sold(tables: Tables, as_of: date) -> dict[str, list[Row]]:
    """The order lines of the 365 days to as_of by their product's category; no category, none."""
    category = {p["product_id"]: p.get("category") for p in rows(tables, "products")}
    start, end = window(as_of, DAYS)
    lines = [r for r in rows(tables, "order_lines") if within(r["ordered_on"], start, end)]
    by = group((r | {"category": category.get(r.get("product_id"))} for r in lines), "category")
    by.pop(None, None)
    return by


def net(lines: Iterable[Row]) -> Decimal:
    """The net sales of some lines."""
    return sum((r["net_amount"] for r in lines if r.get("net_amount") is not None), ZERO)


def margin_of(lines: list[Row]) -> Decimal | None:
    """Profit of the lines with a known cost over the net of all; None when no cost is known."""
    costed = [r for r in lines if r.get("standard_cost") is not None]
    total = net(lines)
    if not costed or total == 0:
        return None
    gross = net(costed) - sum((r["standard_cost"] for r in costed), ZERO)
    return ratio6(Fraction(gross) / Fraction(total))


def deal_states(tables: Tables, account_id: str, as_of: date) -> dict[str, str]:
    """category to "open" or "lost", from the account's deals; open goes before lost."""
    deals = [d for d in rows(tables, "opportunities") if d.get("account_id") == account_id]
    category = group_keys(deals, "category", tables)
    states: dict[str, str] = {}
    for deal in deals:
        mine = category[deal["opportunity_id"]]
        if is_open(deal, as_of):
            states[mine] = "open"
        elif outcome(deal, as_of) == "lost":
            states.setdefault(mine, "lost")
    return states


def white_space(
    tables: Tables,
    account_id: str,
    as_of: date,
    minimum_peers: int = 8,
    minimum_buyers: Fraction = Fraction(2, 5),
    lines_by_category: dict[str, list[Row]] | None = None,
) -> list[Row]:
    """One row per category with a potential above zero, the most promising first.

    Columns: category, state (owned, open, lost, white), net_sales (the account's own), peers,
    buyers, share and margin (6 decimals), potential (whole units). [] when the account has no
    scaling column, or fewer peers than minimum_peers. Sorted by potential x margin descending
    (an unknown margin counts as zero here), then potential descending, then category.
    lines_by_category: what `sold` gives at as_of, when the caller has it already (it is slow).
    """
    (account,) = [a for a in rows(tables, "accounts") if a["account_id"] == account_id]
    column = scaling_column(account)
    if column is None:
        return []
    scale = {p["account_id"]: Fraction(p[column]) for p in peers_of(tables, account, column)}
    if len(scale) < minimum_peers:
        return []
    deals = deal_states(tables, account_id, as_of)
    out: list[Row] = []
    by_category = sold(tables, as_of) if lines_by_category is None else lines_by_category
    for category, lines in by_category.items():
        net_of = {i: net(mine) for i, mine in group(lines, "account_id").items()}
        buyers = [i for i in scale if net_of.get(i, ZERO) > 0]
        share = Fraction(len(buyers), len(scale)) if scale else Fraction(0)
        if not buyers or share < minimum_buyers:
            continue
        typical = percentile([Fraction(net_of[i]) / scale[i] for i in buyers], Fraction(1, 2))
        assert typical is not None
        own = net_of.get(account_id, ZERO)
        potential = half_up(typical * Fraction(account[column]) - Fraction(own), 0)
        assert potential is not None
        if potential <= 0:
            continue
        out.append(
            {
                "category": category,
                "state": "owned" if own > 0 else deals.get(category, "white"),
                "net_sales": own,
                "peers": len(scale),
                "buyers": len(buyers),
                "share": ratio6(share),
                "margin": margin_of(lines),
                "potential": potential,
            }
        )
    return sorted(
        out, key=lambda r: (-r["potential"] * (r["margin"] or ZERO), -r["potential"], r["category"])
    )
