"""What several oracles start from: who is a customer, what was sold, which wallet is the latest.

Nothing here knows a tool. Rows dated after a day do not exist on it; the attributes of accounts
are those of the export.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .canonical import Row, Tables, half_up, rows, within
from .periods import period

ZERO = Decimal(0)
HALF = Fraction(1, 2)


def accounts_of(tables: Tables) -> dict[str, Row]:
    """The accounts by account_id, in ascending order of it."""
    found = {str(a["account_id"]): a for a in rows(tables, "accounts")}
    return {i: found[i] for i in sorted(found)}


def customers(tables: Tables, as_of: date) -> list[str]:
    """Ids with status customer; where no account has a status, those with an order by as_of."""
    accounts = accounts_of(tables)
    if any(a.get("status") is not None for a in accounts.values()):
        return [i for i, a in accounts.items() if a.get("status") == "customer"]
    bought = {x["account_id"] for x in sales_lines(tables, None, as_of)}
    return [i for i in accounts if i in bought]


def sales_lines(tables: Tables, start: date | None, end: date | None) -> list[Row]:
    """The order lines of a period, each with its product's category (unknown None).

    Where there is no products table, a category that rides along on the line is taken.
    """
    products = rows(tables, "products")
    category = {p["product_id"]: p.get("category") for p in products}
    return [
        x | {"category": category.get(x.get("product_id")) if products else x.get("category")}
        for x in rows(tables, "order_lines")
        if within(x["ordered_on"], start, end)
    ]


def net_by(lines: Iterable[Row], *keys: str) -> dict[Any, Decimal]:
    """Net sales by the value of one column, or by the tuple of several."""
    out: dict[Any, Decimal] = {}
    for x in lines:
        key = x.get(keys[0]) if len(keys) == 1 else tuple(x.get(k) for k in keys)
        out[key] = out.get(key, ZERO) + x["net_amount"]
    return out


def distinct_by(lines: Iterable[Row], column: str) -> dict[str, set[Any]]:
    """The known values of a column among each account's rows."""
    out: dict[str, set[Any]] = {}
    for x in lines:
        seen = out.setdefault(x["account_id"], set())
        if x.get(column) is not None:
            seen.add(x[column])
    return out


def deal_categories(tables: Tables) -> dict[str, str | None]:
    """opportunity_id to the deal's own category, else that of its product."""
    of_product = {p["product_id"]: p.get("category") for p in rows(tables, "products")}
    return {
        d["opportunity_id"]: d.get("category") or of_product.get(d.get("product_id"))
        for d in rows(tables, "opportunities")
    }


def latest_wallets(tables: Tables, fiscal_start: int = 4) -> dict[tuple[str, str], Row]:
    """(account_id, category) to its wallet of the latest period.

    The latest period is the one that ends last, a wallet without a period comes before all, and
    of equal ones the larger spend is taken.
    """

    def age(wallet: Row) -> tuple[date, date, Decimal]:
        text = wallet.get("period")
        first, last = period(text, fiscal_start) if text else (date.min, date.min)
        return last, first, wallet["spend"]

    out: dict[tuple[str, str], Row] = {}
    for wallet in rows(tables, "wallets"):
        key = (wallet["account_id"], wallet["category"])
        if key not in out or age(wallet) > age(out[key]):
            out[key] = wallet
    return out


def ranks(values: Mapping[Any, Any]) -> dict[Any, Fraction]:
    """Mean rank / n of each known value among the known ones, half-up to 6 decimals."""
    known = {k: v for k, v in values.items() if v is not None}
    ordered = sorted(known.values())
    first: dict[Any, int] = {}
    count: dict[Any, int] = {}
    for place, value in enumerate(ordered):
        first.setdefault(value, place)
        count[value] = count.get(value, 0) + 1
    n = len(ordered)
    return {k: rounded(Fraction(2 * first[v] + count[v] + 1, 2 * n), 6) for k, v in known.items()}


def rounded(value: Any, places: int) -> Fraction:
    """A known value, half-up to `places` decimals, as a Fraction."""
    out = half_up(value, places)
    assert out is not None
    return Fraction(out)


def weighted(parts: Mapping[str, Any], weights: Mapping[str, Any]) -> Fraction | None:
    """The weighted mean of the known parts, exact; None when no known part has weight."""
    known = {k: v for k, v in parts.items() if v is not None and k in weights}
    total = sum((Fraction(weights[k]) for k in known), Fraction(0))
    if total == 0:
        return None
    return sum((Fraction(weights[k]) * Fraction(v) for k, v in known.items()), Fraction(0)) / total


def known_total(values: Sequence[Any]) -> Any:
    """Sum of the known; None when there are values and none is known; 0 of nothing."""
    known = [v for v in values if v is not None]
    return None if values and not known else sum(known, 0)


def money4(value: Any) -> Decimal | None:
    """Money as reported: half-up to 4 decimals."""
    return half_up(value, 4)


def descending(value: Any) -> tuple[bool, Any]:
    """A sort key: the largest first, None last."""
    return (value is None, 0 if value is None else -value)
