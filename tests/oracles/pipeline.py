"""A deal's state is derived at as_of: closed later means open today, whatever the export says.

Recomputes docs/metrics.md section 2 (pipeline.*) deal by deal. Unknown amounts, probabilities
and dates are left out and counted, never read as zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .canonical import (
    Frame,
    Row,
    Tables,
    days3,
    divide,
    frame,
    mean,
    money,
    percentile,
    ratio6,
    rows,
    wilson,
    within,
)

Known = Decimal | None
MIN_STAGE_CASES = 30


def is_open(deal: Row, as_of: date) -> bool:
    """Created (or of unknown creation) by as_of, and not closed by it."""
    created, closed = deal.get("created_on"), deal.get("closed_on")
    begun = created is None or created <= as_of
    if closed is None:
        return bool(begun and deal["status"] == "open")
    return bool(begun and closed > as_of)


def outcome(deal: Row, as_of: date) -> str | None:
    """ "won" or "lost" when closed by as_of; None otherwise, and when closed_on is unknown."""
    closed = deal.get("closed_on")
    if deal["status"] in ("won", "lost") and closed is not None and closed <= as_of:
        return str(deal["status"])
    return None


def stage_shares(tables: Tables, as_of: date) -> dict[str, tuple[int, int]]:
    """Per stage (won, closed): deals closed by as_of, of either outcome, that ever reached it."""
    results = {d["opportunity_id"]: outcome(d, as_of) for d in rows(tables, "opportunities")}
    reached: dict[str, set[str]] = {}
    for step in rows(tables, "stage_history"):
        if results.get(step["opportunity_id"]) is not None:
            reached.setdefault(step["stage"], set()).add(step["opportunity_id"])
    return {
        stage: (sum(results[i] == "won" for i in ids), len(ids)) for stage, ids in reached.items()
    }


def probability(
    deal: Row, shares: Mapping[str, tuple[int, int]], stage_default: Mapping[str, Decimal]
) -> tuple[Known, str]:
    """(probability, basis): own, else stage_history (n >= 30), else stage_default, else unknown.

    The historical share is a ratio, so it is rounded to 6 decimals before it is multiplied.
    """
    if deal.get("probability") is not None:
        return deal["probability"], "own"
    won, closed = shares.get(deal.get("stage") or "", (0, 0))
    if closed >= MIN_STAGE_CASES:
        return ratio6(Fraction(won, closed)), "stage_history"
    if deal.get("stage") in stage_default:
        return Decimal(stage_default[deal["stage"]]), "stage_default"
    return None, "unknown"


def weighted(
    deal: Row, shares: Mapping[str, tuple[int, int]], stage_default: Mapping[str, Decimal]
) -> Known:
    """amount x probability; None when either is unknown."""
    chance, _ = probability(deal, shares, stage_default)
    amount = deal.get("amount")
    return None if amount is None or chance is None else amount * chance


def known_sum(values: list[Known]) -> Known:
    """The sum of what is known; None when there are values and none is known; 0 of nothing."""
    known = [v for v in values if v is not None]
    return None if values and not known else sum(known, Decimal(0))


def group_keys(deals: list[Row], by: str, tables: Tables) -> dict[str, Any]:
    """opportunity_id to the deal's group; None when unknown.

    manager and team are those of the owner, industry that of the account, product the name of
    the product where the deal has a product_id, category the deal's own, else its product's.
    """
    if by in ("product", "category"):
        column = "name" if by == "product" else "category"
        of_product = {p["product_id"]: p.get(column) for p in rows(tables, "products")}
        own = "category" if by == "category" else None
        return {
            d["opportunity_id"]: (d.get(own) if own else None)
            or of_product.get(d.get("product_id"))
            for d in deals
        }
    if by in ("owner", "competitor"):
        column = {"owner": "owner_id"}.get(by, by)
        return {d["opportunity_id"]: d.get(column) for d in deals}
    if by in ("manager", "team"):
        column = "manager_id" if by == "manager" else "team"
        of_person = {p["person_id"]: p.get(column) for p in rows(tables, "people")}
        return {d["opportunity_id"]: of_person.get(d.get("owner_id")) for d in deals}
    if by == "industry":
        of_account = {a["account_id"]: a.get("industry") for a in rows(tables, "accounts")}
        return {d["opportunity_id"]: of_account.get(d.get("account_id")) for d in deals}
    raise ValueError(f"by: {by!r}")


def measures(
    opened: list[Row],
    won: list[Row],
    lost: list[Row],
    shares: Mapping[str, tuple[int, int]],
    stage_default: Mapping[str, Decimal],
) -> Row:
    """Every pipeline figure of one set of deals; cycle and velocity use the deals given."""
    amounts = [d.get("amount") for d in opened]
    bases = [probability(d, shares, stage_default)[1] for d in opened]
    won_amounts = [d["amount"] for d in won if d.get("amount") is not None]
    lost_amounts = [d["amount"] for d in lost if d.get("amount") is not None]
    rate = divide(len(won), len(won) + len(lost))
    low, high = wilson(len(won), len(won) + len(lost))
    hidden = (won and not won_amounts) or (lost and not lost_amounts)
    total = sum(won_amounts, Decimal(0)) + sum(lost_amounts, Decimal(0))
    spans, every = cycle_spans(won), cycle_spans(won + lost)
    pace = divide(mean(won_amounts), mean(spans))
    return {
        "open_count": len(opened),
        "open_value": known_sum(amounts),
        "open_amount_unknown": sum(a is None for a in amounts),
        "weighted_value": known_sum([weighted(d, shares, stage_default) for d in opened]),
        **{
            f"basis_{b}": bases.count(b)
            for b in ("own", "stage_history", "stage_default", "unknown")
        },
        "won_count": len(won),
        "lost_count": len(lost),
        "won_value": known_sum([d.get("amount") for d in won]),
        "win_rate": ratio6(rate),
        "wilson_low": low,
        "wilson_high": high,
        "win_rate_by_value": None if hidden else ratio6(divide(sum(won_amounts), total)),
        "cycle_n": len(spans),
        "cycle_mean": days3(mean(spans)),
        "cycle_median": days3(percentile(spans, Fraction(1, 2))),
        "cycle_p90": days3(percentile(spans, Fraction(9, 10))),
        "cycle_closed_n": len(every),
        "cycle_closed_mean": days3(mean(every)),
        "cycle_closed_median": days3(percentile(every, Fraction(1, 2))),
        "velocity": None if rate is None or pace is None else money(len(opened) * rate * pace),
    }


def cycle_spans(closed: list[Row]) -> list[int]:
    """Days from created_on to closed_on, of the deals that have both."""
    return [
        (d["closed_on"] - d["created_on"]).days for d in closed if d.get("created_on") is not None
    ]


def pipeline_metrics(
    tables: Tables,
    as_of: date,
    start: date | None = None,
    end: date | None = None,
    by: str | None = None,
    stage_default: Mapping[str, Decimal] | None = None,
) -> Row | Frame:
    """The figures of `measures` at as_of: a dict, or with `by` a DataFrame, one row per group.

    start and end bound closed_on of won and lost deals (never past as_of); open deals ignore
    them. The frame's first column is named as `by`; a group exists when it has an open or a
    counted closed deal; sorted by key with unknown (None) last. Extra keys: unusable (won or
    lost without closed_on) and open_closed (status open with closed_on by as_of), dict only.
    """
    defaults = stage_default or {}
    deals = rows(tables, "opportunities")
    shares = stage_shares(tables, as_of)
    opened = [d for d in deals if is_open(d, as_of)]
    counted = [d for d in deals if outcome(d, as_of) and within(d["closed_on"], start, end)]
    if by is None:
        won, lost = split(counted)
        return measures(opened, won, lost, shares, defaults) | {
            "unusable": sum(
                d["status"] in ("won", "lost") and d.get("closed_on") is None for d in deals
            ),
            "open_closed": sum(
                d["status"] == "open" and within(d.get("closed_on"), None, as_of) for d in deals
            ),
        }
    keys = group_keys(opened + counted, by, tables)
    out: list[Row] = []
    for key in sorted(set(keys.values()), key=lambda k: (k is None, k or "")):
        mine = [d for d in opened if keys[d["opportunity_id"]] == key]
        won, lost = split([d for d in counted if keys[d["opportunity_id"]] == key])
        out.append({by: key} | measures(mine, won, lost, shares, defaults))
    return frame(out)


def split(closed: list[Row]) -> tuple[list[Row], list[Row]]:
    """Won and lost deals apart."""
    won = [d for d in closed if d["status"] == "won"]
    return won, [d for d in closed if d["status"] == "lost"]
