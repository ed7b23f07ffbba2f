"""A line of unknown cost is left out of profit and counted; it never costs nothing.

Recomputes account sales, gross profit, contribution (profit after direct costs) and trends from
order_lines, direct_costs and activities. standard_cost is the cost of the whole line.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .canonical import Frame, Row, Tables, divide, frame, group, money, ratio6, rows, within

MANUFACTURING, LABOUR = "customer_manufacturing", "labour"
ZERO = Decimal(0)


def known(lines: list[Row], column: str) -> Decimal | None:
    """Sum of a column's known cells; None when there are lines and none is known; 0 of none."""
    cells = [x[column] for x in lines if x.get(column) is not None]
    return None if lines and not cells else sum(cells, ZERO)


def labour(activities: list[Row], hourly: dict[str, Decimal | None]) -> tuple[Fraction, int]:
    """(minutes / 60 x hourly cost of the person, exact; activities whose cost is unknown)."""
    total, unknown = Fraction(0), 0
    for activity in activities:
        rate = hourly.get(activity.get("person_id") or "")
        if rate is None or activity.get("minutes") is None:
            unknown += 1
        else:
            total += Fraction(activity["minutes"]) * Fraction(rate) / 60
    return total, unknown


def account_figures(
    lines: list[Row],
    costs: list[Row],
    activities: list[Row],
    hourly: dict[str, Decimal | None],
) -> Row:
    """The figures of one account from its own rows of one period; contribution stays exact.

    Gross profit covers the lines with a known cost, and is None when there are lines and none
    has one. Freight counts on every line. Labour comes from activities only when no labour
    direct cost is booked.
    """
    costed = [x for x in lines if x.get("standard_cost") is not None]
    booked = [c for c in costs if c["item"] == LABOUR]
    net_costed = sum((x["net_amount"] for x in costed), ZERO)
    made = sum((c["amount"] for c in costs if c["item"] == MANUFACTURING), ZERO)
    other = sum((c["amount"] for c in costs if c["item"] != MANUFACTURING), ZERO)
    hours, no_rate = (Fraction(0), 0) if booked else labour(activities, hourly)
    freight = sum((x["freight"] for x in lines if x.get("freight") is not None), ZERO)
    gross: Decimal | None = None
    if costed or not lines:
        gross = net_costed - sum((x["standard_cost"] for x in costed), ZERO) - made
    net = sum((x["net_amount"] for x in lines), ZERO)
    contribution = None if gross is None else Fraction(gross - freight - other) - hours
    return {
        "orders": len({x["order_id"] for x in lines}),
        "lines": len(lines),
        "cost_unknown_lines": len(lines) - len(costed),
        "cost_unknown_net": net - net_costed,
        "list_sales": known(lines, "list_amount"),
        "discount": known(lines, "discount"),
        "net_sales": net,
        "standard_cost": sum((x["standard_cost"] for x in costed), ZERO),
        "net_costed": net_costed,
        "customer_manufacturing": made,
        "gross_profit": gross,
        "freight": freight,
        "other_direct_costs": other,
        "labour": hours,
        "labour_unknown_activities": no_rate,
        "contribution": contribution,
    }


def exact_sales(tables: Tables, start: date | None, end: date | None) -> dict[str, Row]:
    """account_id to `account_figures`, for every account and every account_id with rows."""
    hourly = {p["person_id"]: p.get("hourly_cost") for p in rows(tables, "people")}
    lines, costs, activities = (
        group((r for r in rows(tables, name) if within(r[day], start, end)), "account_id")
        for name, day in (
            ("order_lines", "ordered_on"),
            ("direct_costs", "incurred_on"),
            ("activities", "occurred_on"),
        )
    )
    ids = {a["account_id"] for a in rows(tables, "accounts")}
    ids |= {i for part in (lines, costs, activities) for i in part if i is not None}
    return {
        i: account_figures(lines.get(i, []), costs.get(i, []), activities.get(i, []), hourly)
        for i in sorted(ids)
    }


def account_sales(
    tables: Tables, as_of: date, start: date | None = None, end: date | None = None
) -> Frame:
    """One row per account over start..end (default: the 365 days to as_of), never past as_of.

    Columns: account_id, the keys of `account_figures` as Decimal money (labour and contribution
    to 28 digits when they do not terminate), gross_margin and contribution_margin (both of the net
    sales with known cost, to 6 decimals). Sorted by account_id.
    """
    first = start if start is not None else as_of - timedelta(days=364)
    last = as_of if end is None else min(end, as_of)
    out: list[Row] = []
    for account_id, row in exact_sales(tables, first, last).items():
        out.append(
            {"account_id": account_id}
            | row
            | {
                "labour": money(row["labour"]),
                "contribution": money(row["contribution"]),
                "gross_margin": ratio6(divide(row["gross_profit"], row["net_costed"])),
                "contribution_margin": ratio6(divide(row["contribution"], row["net_costed"])),
            }
        )
    return frame(out)


def total_sales(
    tables: Tables, as_of: date, start: date | None = None, end: date | None = None
) -> Row:
    """The money columns of `account_sales` over all accounts; unknown gross profits left out."""
    table = account_sales(tables, as_of, start, end).to_dict("records")
    keys = (
        "orders",
        "lines",
        "cost_unknown_lines",
        "net_sales",
        "list_sales",
        "discount",
        "gross_profit",
        "freight",
        "contribution",
    )
    out: Row = {}
    for key in keys:
        out[key] = sum(r[key] for r in table if r[key] is not None)
    return out


def change(now: Any, past: Any) -> Fraction | None:
    """(now - before) / before, exact; None unless both are known and before is above zero."""
    if now is None or past is None or past <= 0:
        return None
    return (Fraction(now) - Fraction(past)) / Fraction(past)


def trend(tables: Tables, as_of: date, days: int = 365) -> Frame:
    """Per account, the trailing `days` to as_of against the same days 365 days before.

    With 365 these are the 365 days before, with 90 the same days one year before. Columns:
    account_id, net_sales, net_sales_before, net_sales_change (6 decimals), the same three for
    gross_profit and contribution, and contribution_margin with its _before and _change (points).
    """
    now_end, past_end = as_of, as_of - timedelta(days=365)
    now = exact_sales(tables, now_end - timedelta(days=days - 1), now_end)
    past = exact_sales(tables, past_end - timedelta(days=days - 1), past_end)
    empty = account_figures([], [], [], {})
    out: list[Row] = []
    for account_id in sorted(set(now) | set(past)):
        new, old = now.get(account_id, empty), past.get(account_id, empty)
        row: Row = {"account_id": account_id}
        for key in ("net_sales", "gross_profit", "contribution"):
            row[key], row[f"{key}_before"] = money(new[key]), money(old[key])
            row[f"{key}_change"] = ratio6(change(new[key], old[key]))
        margin = divide(new["contribution"], new["net_costed"])
        margin_before = divide(old["contribution"], old["net_costed"])
        row["contribution_margin"] = ratio6(margin)
        row["contribution_margin_before"] = ratio6(margin_before)
        row["contribution_margin_change"] = (
            None if margin is None or margin_before is None else ratio6(margin - margin_before)
        )
        out.append(row)
    return frame(out)
