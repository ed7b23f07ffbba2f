"""What a goal asks for, deal by deal from the raw rows; unknown stays None.

Recomputes docs/metrics.md (goal) for the measures orders_won and net_sales. The rates are those of
the first of the account, the owner (and those below) and everybody with enough closed deals.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .canonical import Row, Tables, days3, half_up, mean, ratio6, rows
from .choosing import below
from .pipeline import is_open, outcome, stage_shares, weighted

NOTHING = Fraction(0)


def goal(
    tables: Tables,
    as_of: date,
    account: str,
    measure: str,
    amount: Decimal | None,
    start: date,
    due: date,
    owner: str | None = None,
    minimum: int = 5,
) -> Row:
    """Fact name to value, rounded as a fact is."""
    deals = rows(tables, "opportunities")
    mine = [d for d in deals if d.get("account_id") == account]
    done = actual(tables, mine, as_of, account, measure, start, min(as_of, due))
    ahead = expected(tables, mine, as_of, max(start, as_of + timedelta(days=1)), due)
    source, rates = chosen(tables, deals, as_of, account, owner, minimum)
    to_go = None if amount is None or done is None else Fraction(amount) - done
    remaining = None if to_go is None or ahead is None else to_go - ahead
    found = {"goal.actual": done, "goal.weighted": ahead, "goal.to_go": to_go,
             "goal.remaining": remaining}  # fmt: skip
    cycle = days3(rates["cycle"])
    return {
        **{name: half_up(value, 4) for name, value in found.items()},
        **needed(remaining, rates["rate"], rates["size"]),
        "goal.rate_from": source,
        "goal.win_rate": ratio6(rates["rate"]),
        "goal.deal_size": half_up(rates["size"], 4),
        "goal.cycle_days": cycle,
        "goal.open_by": None if cycle is None else due - timedelta(days=math.ceil(cycle)),
    }


def needed(remaining: Fraction | None, rate: Fraction | None, size: Fraction | None) -> Row:
    pipeline = wins = count = None
    if remaining is not None:
        left = max(remaining, NOTHING)
        pipeline = left / rate if rate else None
        wins = math.ceil(left / size) if size else None
        count = math.ceil(pipeline / size) if size and pipeline is not None else None
    return {"goal.required_pipeline": half_up(pipeline, 4), "goal.wins_needed": wins,
            "goal.deals_needed": count}  # fmt: skip


def total(amounts: list[Any]) -> Fraction | None:
    """Nothing of no rows, unknown of rows that all lack an amount."""
    known = [Fraction(a) for a in amounts if a is not None]
    return None if amounts and not known else sum(known, NOTHING)


def actual(
    tables: Tables, mine: list[Row], as_of: date, account: str, measure: str, a: date, z: date
) -> Fraction | None:
    if measure == "orders_won":
        won = [d for d in mine if outcome(d, as_of) == "won" and a <= d["closed_on"] <= z]
        return total([d.get("amount") for d in won])
    lines = [line for line in rows(tables, "order_lines") if line["account_id"] == account]
    return total([line["net_amount"] for line in lines if a <= line["ordered_on"] <= z])


def expected(tables: Tables, mine: list[Row], as_of: date, a: date, z: date) -> Fraction | None:
    shares = stage_shares(tables, as_of)
    coming = [
        d for d in mine
        if is_open(d, as_of) and d.get("expected_close") is not None
        and a <= d["expected_close"] <= z
    ]  # fmt: skip
    return total([weighted(d, shares, {}) for d in coming])


def chosen(
    tables: Tables, deals: list[Row], as_of: date, account: str, owner: str | None, minimum: int
) -> tuple[str | None, Row]:
    accounts = {a["account_id"]: a for a in rows(tables, "accounts")}
    owner = owner or accounts[account].get("owner_id")
    people = below(tables, owner) if owner else set()
    groups = {
        "account": [d for d in deals if d.get("account_id") == account],
        "owner": [d for d in deals if d.get("owner_id") in people] if owner else None,
        "company": deals,
    }
    name, closed = "", []
    for source, group in groups.items():
        if group is not None:
            name, closed = source, [d for d in group if outcome(d, as_of) is not None]
        if len(closed) >= minimum:
            break
    won = [d for d in closed if outcome(d, as_of) == "won"]
    amounts = [Fraction(d["amount"]) for d in won if d.get("amount") is not None]
    spans = [(d["closed_on"] - d["created_on"]).days for d in won if d.get("created_on")]
    size = mean(amounts)
    rate = Fraction(len(won), len(closed)) if closed else None
    return (name if closed else None), {"rate": rate, "size": size or None, "cycle": mean(spans)}
