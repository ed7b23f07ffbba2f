"""The ABCD matrix: exact percentile ranks of customers, cut at the median, high at or above it.

Objective worth blends annual revenue, employees and objective_score; track record blends orders,
net sales and contribution of the trailing 365 days. Ranks are fractions, so a value on the cut
is on the cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from .canonical import Frame, Row, Tables, frame, percentile, rows, window
from .sales import exact_sales

HALF = Fraction(1, 2)


def percentile_ranks(values: Mapping[str, Any]) -> dict[str, Fraction]:
    """Average rank / n over the known values (pandas rank(method="average", pct=True))."""
    known = {k: v for k, v in values.items() if v is not None}
    ranks: dict[str, Fraction] = {}
    for key, value in known.items():
        less = sum(v < value for v in known.values())
        same = sum(v == value for v in known.values())
        ranks[key] = Fraction(2 * less + same + 1, 2 * len(known))
    return ranks


def blend(columns: list[dict[str, Fraction]], ids: list[str]) -> dict[str, Fraction]:
    """Mean of the ranks an account has; an account with none is left out."""
    out: dict[str, Fraction] = {}
    for i in ids:
        have = [c[i] for c in columns if i in c]
        if have:
            out[i] = sum(have, Fraction(0)) / len(have)
    return out


def abcd(tables: Tables, as_of: date) -> Frame:
    """account_id, worth and record (exact Fractions), cell A-D or None, for each customer.

    Sorted by account_id. The cut is the median of each blend over the customers that have it;
    high is at or above it. A customer with no known worth has no cell.
    """
    accounts = {
        a["account_id"]: a for a in rows(tables, "accounts") if a.get("status") == "customer"
    }
    ids = sorted(accounts)
    sold = exact_sales(tables, *window(as_of, 365))
    worth = blend(
        [
            percentile_ranks({i: accounts[i].get(c) for i in ids})
            for c in ("annual_revenue", "employees", "objective_score")
        ],
        ids,
    )
    record = blend(
        [
            percentile_ranks({i: sold[i][c] for i in ids})
            for c in ("orders", "net_sales", "contribution")
        ],
        ids,
    )
    cut_worth = percentile(list(worth.values()), HALF)
    cut_record = percentile(list(record.values()), HALF)
    out: list[Row] = []
    for i in ids:
        letter: str | None = None
        if i in worth and i in record and cut_worth is not None and cut_record is not None:
            letter = {(True, True): "A", (True, False): "B", (False, True): "C"}.get(
                (worth[i] >= cut_worth, record[i] >= cut_record), "D"
            )
        out.append(
            {"account_id": i, "worth": worth.get(i), "record": record.get(i), "cell": letter}
        )
    return frame(out, ["account_id", "worth", "record", "cell"])
