"""Each signal of an open deal stands alone: True, False, or None when it cannot be known.

Recomputes docs/metrics.md section 2 (deal health). Days are as_of minus a date; an activity
counts when it occurred by as_of.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .canonical import Frame, Row, Tables, days3, frame, group, percentile, rows, window, within
from .pipeline import is_open, outcome, probability, stage_shares, weighted

FLOOR_DAYS = 14
Flag = bool | None


def won_stage_days(tables: Tables, as_of: date) -> dict[str, list[int]]:
    """Per stage, the days of each stay of each deal won by as_of.

    A stay runs from entered_on to the deal's next entered_on (ordered by date, then file order),
    the last one to closed_on.
    """
    closed = {
        d["opportunity_id"]: d["closed_on"]
        for d in rows(tables, "opportunities")
        if outcome(d, as_of) == "won"
    }
    out: dict[str, list[int]] = {}
    for deal_id, steps in group(rows(tables, "stage_history"), "opportunity_id").items():
        if deal_id not in closed:
            continue
        steps = sorted(steps, key=lambda s: s["entered_on"])
        ends = [s["entered_on"] for s in steps[1:]] + [closed[deal_id]]
        for step, end in zip(steps, ends, strict=True):
            out.setdefault(step["stage"], []).append((end - step["entered_on"]).days)
    return out


def days_in_stage(deal: Row, steps: list[Row], as_of: date) -> int | None:
    """Days since the deal last entered its present stage by as_of; None when not recorded."""
    entered = [
        s["entered_on"]
        for s in steps
        if s["stage"] == deal.get("stage") and s["entered_on"] <= as_of
    ]
    return (as_of - max(entered)).days if entered else None


def stalled(days: int | None, won_days: list[int]) -> Flag:
    """Longer in the stage than max(14, p75 of won deals); unknown when no won deal was there."""
    if days is None or not won_days:
        return None
    limit = percentile(won_days, Fraction(3, 4))
    return None if limit is None else days > max(Fraction(FLOOR_DAYS), limit)


def single_threaded(activities: list[Row], as_of: date) -> bool:
    """Fewer than 2 distinct contacts among an account's activities of the last 90 days."""
    start, end = window(as_of, 90)
    seen = {
        a["contact_id"]
        for a in activities
        if within(a["occurred_on"], start, end) and a.get("contact_id") is not None
    }
    return len(seen) < 2


def one_sided(activities: list[Row], as_of: date) -> bool:
    """No inbound and at least 3 outbound activities in the last 30 days."""
    start, end = window(as_of, 30)
    ways = [a.get("direction") for a in activities if within(a["occurred_on"], start, end)]
    return ways.count("in") == 0 and ways.count("out") >= 3


def has_left(contact: Row, as_of: date) -> bool:
    """Whether the contact's left_on is known and not after as_of."""
    return within(contact.get("left_on"), None, as_of)


def colour(days: int | None) -> str:
    """blue <= 7 days since the last activity, yellow <= 30, red older, white without any."""
    if days is None:
        return "white"
    return "blue" if days <= 7 else "yellow" if days <= 30 else "red"


def activity_signals(mine: list[Row] | None, source: str, as_of: date) -> Row:
    """Last activity, silence, one-sidedness and colour; all None without an activities table.

    silent is "silent_30", "silent_14" or "" (the strongest only); silent_14 and silent_30 are
    the two tests on their own, so a deal silent for 40 days has both True.
    """
    if mine is None:
        names = ("last_activity", "days_since_activity", "activity_source", "silent")
        return dict.fromkeys((*names, "silent_14", "silent_30", "one_sided", "colour"))
    last = max((a["occurred_on"] for a in mine), default=None)
    days = None if last is None else (as_of - last).days
    over_14, over_30 = days is None or days > 14, days is None or days > 30
    return {
        "last_activity": last,
        "days_since_activity": days,
        "activity_source": source if mine else "none",
        "silent": "silent_30" if over_30 else "silent_14" if over_14 else "",
        "silent_14": over_14,
        "silent_30": over_30,
        "one_sided": one_sided(mine, as_of),
        "colour": colour(days),
    }


def before(day: date | None, as_of: date) -> Flag:
    """day < as_of; None when the day is unknown."""
    return None if day is None else day < as_of


def deal_health(
    tables: Tables, as_of: date, stage_default: Mapping[str, Decimal] | None = None
) -> Frame:
    """One row per deal open at as_of, sorted by opportunity_id.

    Flags: overdue, stalled, silent_14, silent_30, one_sided, single_threaded, no_decision_maker,
    no_next_step, next_step_overdue (True, False, None). Facts: account_id, owner_id, stage,
    amount, probability, probability_basis, weighted, days_in_stage, stage_p75 (3 decimals,
    without the floor), stage_won_n, last_activity, days_since_activity, activity_source (deal,
    account, none), silent, colour.
    """
    have_activities = tables.get("activities") is not None
    past = [a for a in rows(tables, "activities") if a["occurred_on"] <= as_of]
    by_deal, by_account = group(past, "opportunity_id"), group(past, "account_id")
    contacts = group(rows(tables, "contacts"), "account_id")
    steps = group(rows(tables, "stage_history"), "opportunity_id")
    won_days, shares = won_stage_days(tables, as_of), stage_shares(tables, as_of)
    out: list[Row] = []
    for deal in rows(tables, "opportunities"):
        if not is_open(deal, as_of):
            continue
        deal_id, account_id = deal["opportunity_id"], deal.get("account_id")
        days = days_in_stage(deal, steps.get(deal_id, []), as_of)
        there = won_days.get(deal.get("stage") or "", [])
        theirs = by_account.get(account_id, []) if account_id is not None else []
        own = by_deal.get(deal_id, [])
        mine = (own or theirs) if have_activities else None
        chance, basis = probability(deal, shares, stage_default or {})
        deciders = [
            c
            for c in contacts.get(account_id, [])
            if c.get("buying_role") == "decision_maker" and not has_left(c, as_of)
        ]
        no_people = account_id is None or tables.get("contacts") is None
        no_acts = account_id is None or not have_activities
        out.append(
            {
                "opportunity_id": deal_id,
                "account_id": account_id,
                "owner_id": deal.get("owner_id"),
                "stage": deal.get("stage"),
                "amount": deal.get("amount"),
                "probability": chance,
                "probability_basis": basis,
                "weighted": weighted(deal, shares, stage_default or {}),
                "overdue": before(deal.get("expected_close"), as_of),
                "days_in_stage": days,
                "stage_p75": days3(percentile(there, Fraction(3, 4))),
                "stage_won_n": len(there),
                "stalled": stalled(days, there),
                **activity_signals(mine, "deal" if own else "account", as_of),
                "single_threaded": None if no_acts else single_threaded(theirs, as_of),
                "no_decision_maker": None if no_people else not deciders,
                "no_next_step": not deal.get("next_step"),
                "next_step_overdue": before(deal.get("next_step_due"), as_of),
            }
        )
    out.sort(key=lambda r: str(r["opportunity_id"]))
    return frame(out)
