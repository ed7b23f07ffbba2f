"""A stage stands on its evidence and that of every stage below; unknown evidence is not complete.

Recomputes deepening_stage, depth_score and the evidence that a checklist asks for.

Choices. No category is a solution unless told (SAMPLE_SOLUTIONS are the sample company's). Words
are looked for without regard to case. bought and breadth are dated by the latest line of the
window; midterm_plan and joint count records. Evidence is unknown only when the tables it stands
in are absent (or no category is called a solution). A promotion is `already` when the recorded
stage is at or above it, else allowed when nothing is missing, else refused; the missing evidence
is named in any case. missing_count is that of the next stage, 0 when there is none. Depth:
breadth and departments are 0 for an account that bought nothing, unknown for one whose lines
don't name any; a contact met may have left since; values of deals are the known amounts; the
score's blend is rounded to 6 decimals first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .basis import (
    accounts_of,
    customers,
    deal_categories,
    descending,
    latest_wallets,
    rounded,
    sales_lines,
    weighted,
)
from .canonical import Row, Tables, group, half_up, ratio6, rows, window, within
from .deal_health import has_left
from .pipeline import is_open, outcome

STAGES = ("Enter", "Extend", "Enhance", "Engage")
EVIDENCE = {
    "Enter": ("bought",),
    "Extend": ("breadth",),
    "Enhance": ("solution_deal", "midterm_plan"),
    "Engage": ("executive_meetings", "joint"),
}
LEVELS = ("executive", "department head", "section head", "staff")
PLAN_WORDS = ("中期", "mid-term", "midterm", "medium-term")
JOINT_WORDS = ("共同実証", "共同開発", "共創", "joint", "co-creation", "co-development")
SAMPLE_SOLUTIONS = ("制御ソフト", "保守サービス")
DEPTH = {
    "breadth": Fraction(20, 100),
    "departments": Fraction(15, 100),
    "levels": Fraction(15, 100),
    "wallet": Fraction(15, 100),
    "solutions": Fraction(10, 100),
    "engagement": Fraction(15, 100),
    "plan": Fraction(10, 100),
}


def holds(text: str | None, words: Iterable[str]) -> bool:
    """Whether a text holds one of the words, upper and lower case alike."""
    return text is not None and any(w.lower() in text.lower() for w in words)


def piece(met: bool | None, figure: int | None, days: Iterable[date]) -> Row:
    """One piece of evidence: stage.met, stage.figure, stage.found_on (the latest of days)."""
    known = sorted(days)
    return {
        "stage.met": "unknown" if met is None else "yes" if met else "no",
        "stage.figure": None if met is None else figure,
        "stage.found_on": known[-1] if known and met is not None else None,
    }


def bought(lines: list[Row], here: bool, categories: int, departments: int) -> dict[str, Row]:
    """bought and breadth, from the account's lines of the window."""
    breadth = [
        len({x[c] for x in lines if x.get(c) is not None}) for c in ("category", "department")
    ]
    met = breadth[0] >= categories or breadth[1] >= departments
    days = [x["ordered_on"] for x in lines]
    return {
        "bought": piece(bool(lines) if here else None, len(lines), days),
        "breadth": piece(met if here else None, max(breadth), days),
    }


def stage_evidence(
    tables: Tables,
    as_of: date,
    solution_categories: Sequence[str] = (),
    window_days: int = 365,
    categories: int = 2,
    departments: int = 2,
    plan_words: Sequence[str] = PLAN_WORDS,
    plan_days: int = 1095,
    executive_days: int = 183,
    executive_meetings: int = 2,
    joint_words: Sequence[str] = JOINT_WORDS,
    joint_days: int = 365,
) -> dict[str, dict[str, Row]]:
    """account_id to {code: {stage.met (yes, no, unknown), stage.figure, stage.found_on}}."""
    have = {name for name, table in tables.items() if table is not None}
    lines = group(sales_lines(tables, *window(as_of, window_days)), "account_id")
    acts = group(rows(tables, "activities"), "account_id")
    deals = group(rows(tables, "opportunities"), "account_id")
    told = group(rows(tables, "market_facts"), "subject")
    of_deal = deal_categories(tables)
    level = {c["contact_id"]: c.get("level") for c in rows(tables, "contacts")}
    role = {p["person_id"]: p.get("role") for p in rows(tables, "people")}
    can_meet = {"activities", "contacts", "people"} <= have
    out: dict[str, dict[str, Row]] = {}
    for i, account in accounts_of(tables).items():
        mine, theirs = acts.get(i, []), deals.get(i, [])
        solutions = [
            d["closed_on"]
            for d in theirs
            if outcome(d, as_of) == "won" and of_deal[d["opportunity_id"]] in solution_categories
        ]
        facts = {id(f): f for key in (i, account["name"]) for f in told.get(key, [])}.values()
        records = [(f["statement"], f["observed_on"]) for f in facts]
        records += [(a.get("subject"), a["occurred_on"]) for a in mine]
        plans = [
            day
            for text, day in records
            if within(day, *window(as_of, plan_days)) and holds(text, plan_words)
        ]
        meetings = [
            a["occurred_on"]
            for a in mine
            if a["kind"] == "executive_meeting"
            and within(a["occurred_on"], *window(as_of, executive_days))
            and level.get(a.get("contact_id")) == "executive"
            and role.get(a.get("person_id")) in ("executive", "manager")
        ]
        together = [(a.get("subject"), a["occurred_on"]) for a in mine]
        together += [
            (d.get("name"), d.get("created_on"))
            for d in theirs
            if is_open(d, as_of) or outcome(d, as_of) == "won"
        ]
        joint = [
            day
            for text, day in together
            if day is not None
            and within(day, *window(as_of, joint_days))
            and holds(text, joint_words)
        ]
        can_solve = bool(solution_categories) and "opportunities" in have
        can_plan, can_join = (
            have & {"market_facts", "activities"},
            have
            & {
                "activities",
                "opportunities",
            },
        )
        out[i] = bought(lines.get(i, []), "order_lines" in have, categories, departments) | {
            "solution_deal": piece(
                bool(solutions) if can_solve else None, len(solutions), solutions
            ),
            "midterm_plan": piece(bool(plans) if can_plan else None, len(plans), plans),
            "executive_meetings": piece(
                len(meetings) >= executive_meetings if can_meet else None, len(meetings), meetings
            ),
            "joint": piece(bool(joint) if can_join else None, len(joint), joint),
        }
    return out


def missing(evidence: Mapping[str, Row], stage: str, lower: bool = True) -> list[str]:
    """The codes not met for a stage, with those of the stages below it when `lower`."""
    upto = STAGES[: STAGES.index(stage) + 1] if lower else (stage,)
    return [c for s in upto for c in EVIDENCE[s] if evidence[c]["stage.met"] != "yes"]


def derived(evidence: Mapping[str, Row]) -> str | None:
    """The highest stage of which nothing is missing, here and below; None when not even Enter."""
    reached = [s for s in STAGES if not missing(evidence, s)]
    return reached[-1] if reached else None


def order(stage: str | None) -> int:
    """0 for no stage, 1 for Enter ... 4 for Engage."""
    return 0 if stage is None else STAGES.index(stage) + 1


def next_stage(stage: str | None) -> str | None:
    """The stage after; None after Engage."""
    return STAGES[order(stage)] if order(stage) < len(STAGES) else None


def promotion(evidence: Mapping[str, Row], recorded: str | None, to: str) -> tuple[str, list[str]]:
    """(allowed, refused or already; the codes missing up to that stage)."""
    lacking = missing(evidence, to)
    if order(recorded) >= order(to):
        return "already", lacking
    return ("refused" if lacking else "allowed"), lacking


def deepening_stage(tables: Tables, as_of: date, solution_categories: Sequence[str] = ()) -> Row:
    """Every customer's stage by evidence beside the recorded one.

    Keys: rows and count ({stage or None: n}). Rows: account_id, stage.derived, stage.recorded,
    stage.target, stage.next, stage.missing_count (for next), stage.missing (codes), evidence (as
    in stage_evidence), stage.customer_role, stage.our_role. Recorded above derived first, then
    derived descending, then account_id.
    """
    accounts = accounts_of(tables)
    found = stage_evidence(tables, as_of, solution_categories)
    out: list[Row] = []
    for i in customers(tables, as_of):
        stage = derived(found[i])
        after = next_stage(stage)
        lacking = [] if after is None else missing(found[i], after)
        out.append(
            {
                "account_id": i,
                "stage.derived": stage,
                "stage.recorded": accounts[i].get("current_stage"),
                "stage.target": accounts[i].get("target_stage"),
                "stage.next": after,
                "stage.missing": lacking,
                "stage.missing_count": len(lacking),
                "stage.customer_role": accounts[i].get("customer_role"),
                "stage.our_role": accounts[i].get("our_role"),
                "evidence": found[i],
            }
        )
    out.sort(
        key=lambda r: (
            order(r["stage.recorded"]) <= order(r["stage.derived"]),
            -order(r["stage.derived"]),
            r["account_id"],
        )
    )
    stages = [r["stage.derived"] for r in out]
    return {"rows": out, "count": {s: stages.count(s) for s in (*STAGES, None)}}


def named(lines: list[Row], column: str, every: list[Row]) -> int | None:
    """How many values of a column some lines have; None when it cannot be known."""
    if not any(x.get(column) is not None for x in every):
        return None
    values = {x[column] for x in lines if x.get(column) is not None}
    return None if lines and not values else len(values)


def share_of_wallet(wallets: list[Row]) -> Fraction | None:
    """Our share of the spend, over the wallets whose share is known."""
    known = [w for w in wallets if w.get("our_share") is not None]
    spend = sum((Fraction(w["spend"]) for w in known), Fraction(0))
    if spend == 0:
        return None
    return (
        sum((Fraction(w["spend"]) * Fraction(w["our_share"]) for w in known), Fraction(0)) / spend
    )


def won_value(deals: list[Row]) -> Decimal:
    """The sum of the known amounts."""
    return sum((d["amount"] for d in deals if d.get("amount") is not None), Decimal(0))


def depth_parts(
    tables: Tables,
    as_of: date,
    solution_categories: Sequence[str] = (),
    window_days: int = 365,
    full_departments: int = 5,
    full_inbound: int = 10,
    fiscal_start: int = 4,
) -> dict[str, dict[str, Fraction | None]]:
    """account_id to its parts of the depth score, each from 0 to 1 and exact, None unknown."""
    start, end = window(as_of, window_days)
    every = sales_lines(tables, start, end)
    lines, of_deal = group(every, "account_id"), deal_categories(tables)
    sold = len({x["category"] for x in every if x["category"] is not None})
    deals = group(rows(tables, "opportunities"), "account_id")
    level = {c["contact_id"]: c.get("level") for c in rows(tables, "contacts")}
    can_meet = "contacts" in tables and "activities" in tables
    past = [a for a in rows(tables, "activities") if within(a["occurred_on"], start, end)]
    directed = any(a.get("direction") is not None for a in rows(tables, "activities"))
    acts = group(past, "account_id")
    wallets: dict[str, list[Row]] = {}
    for (i, _), wallet in latest_wallets(tables, fiscal_start).items():
        wallets.setdefault(i, []).append(wallet)
    plans = group(rows(tables, "plan_status"), "account_id")
    out: dict[str, dict[str, Fraction | None]] = {}
    for i in accounts_of(tables):
        mine, own = lines.get(i, []), acts.get(i, [])
        breadth, departments = (named(mine, c, every) for c in ("category", "department"))
        met = {level.get(a.get("contact_id")) for a in own} & set(LEVELS)
        answers = sum(
            a.get("direction") == "in" and within(a["occurred_on"], *window(as_of, 90)) for a in own
        )
        won = [
            d
            for d in deals.get(i, [])
            if outcome(d, as_of) == "won" and within(d["closed_on"], start, end)
        ]
        solved = [d for d in won if of_deal[d["opportunity_id"]] in solution_categories]
        value = won_value(won)
        kept = [p["kpi_attainment"] for p in plans.get(i, []) if p["kpi_attainment"] is not None]
        done = sum((Fraction(k) for k in kept), Fraction(0)) / len(kept) if kept else None
        out[i] = {
            "breadth": Fraction(breadth, sold) if breadth is not None else None,
            "departments": None
            if departments is None
            else min(Fraction(departments, full_departments), Fraction(1)),
            "levels": Fraction(len(met), len(LEVELS)) if can_meet else None,
            "wallet": share_of_wallet(wallets.get(i, [])),
            "solutions": Fraction(won_value(solved)) / Fraction(value)
            if solution_categories and value
            else None,
            "engagement": min(Fraction(answers, full_inbound), Fraction(1)) if directed else None,
            "plan": None if done is None else min(max(done, Fraction(0)), Fraction(1)),
        }
    return out


def depth_score(
    tables: Tables,
    as_of: date,
    solution_categories: Sequence[str] = (),
    weights: Mapping[str, Any] = DEPTH,
    fiscal_start: int = 4,
) -> list[Row]:
    """Every account's depth, 0 to 100, by score descending, then account_id.

    Keys: account_id, depth.score (3 decimals, None when no part is known), depth.known (share of
    the weights, 6), depth.<part> (6 decimals) and depth.blend (0 to 1, 6 decimals, a Fraction).
    """
    out: list[Row] = []
    parts_of = depth_parts(tables, as_of, solution_categories, fiscal_start=fiscal_start)
    total = sum((Fraction(w) for w in weights.values()), Fraction(0))
    for i, parts in parts_of.items():
        value = weighted(parts, weights)
        blend = None if value is None else rounded(value, 6)
        known = sum((Fraction(weights[n]) for n in weights if parts[n] is not None), Fraction(0))
        out.append(
            {
                "account_id": i,
                "depth.score": None if blend is None else half_up(100 * blend, 3),
                "depth.known": ratio6(known / total),
                "depth.blend": blend,
                **{f"depth.{n}": ratio6(v) for n, v in parts.items()},
            }
        )
    out.sort(key=lambda r: (*descending(r["depth.blend"]), r["account_id"]))
    return out


def depth_blends(
    tables: Tables,
    as_of: date,
    solution_categories: Sequence[str] = (),
    fiscal_start: int = 4,
) -> dict[str, Fraction | None]:
    """account_id to depth.blend, the criterion `relationship` of the key account selection."""
    found = depth_score(tables, as_of, solution_categories, fiscal_start=fiscal_start)
    return {r["account_id"]: r["depth.blend"] for r in found}


def checklist_done(
    tables: Tables, account_id: str, as_of: date, rule: str, value: str = "", days: int = 365
) -> bool:
    """Whether one evidence rule of the checklists holds for an account.

    rule: contact_role, contact_level (a contact that has not left), activity_kind (in the last
    `days`), subject_words (value: words parted by commas; in an activity's subject or a market
    fact about the account, at any time by as_of), wallet, deal_open, next_step (of an open deal),
    org_chart (3 contacts with reports_to, or 2 levels), categories, departments (value: how many,
    bought in the last `days`). Other rules are the evidence of the stages.
    """
    present = [
        c
        for c in rows(tables, "contacts")
        if c["account_id"] == account_id and not has_left(c, as_of)
    ]
    acts = [
        a
        for a in rows(tables, "activities")
        if a["account_id"] == account_id and a["occurred_on"] <= as_of
    ]
    if rule in ("contact_role", "contact_level"):
        column = {"contact_role": "buying_role", "contact_level": "level"}[rule]
        return any(c.get(column) == value for c in present)
    if rule == "activity_kind":
        recent = [a for a in acts if within(a["occurred_on"], *window(as_of, days))]
        return any(a["kind"] == value for a in recent)
    if rule == "subject_words":
        subjects = {account_id, accounts_of(tables)[account_id]["name"]}
        texts = [a.get("subject") for a in acts] + [
            f["statement"]
            for f in rows(tables, "market_facts")
            if f["subject"] in subjects and f["observed_on"] <= as_of
        ]
        return any(holds(text, value.split(",")) for text in texts)
    if rule == "wallet":
        return any(w["account_id"] == account_id for w in rows(tables, "wallets"))
    if rule in ("deal_open", "next_step"):
        opened = [
            d
            for d in rows(tables, "opportunities")
            if d.get("account_id") == account_id and is_open(d, as_of)
        ]
        return any(rule == "deal_open" or d.get("next_step") is not None for d in opened)
    if rule == "org_chart":
        chained = sum(c.get("reports_to") is not None for c in present)
        return chained >= 3 or len({c["level"] for c in present if c.get("level")}) >= 2
    if rule in ("categories", "departments"):
        column = {"categories": "category", "departments": "department"}[rule]
        lines = sales_lines(tables, *window(as_of, days))
        mine = {x.get(column) for x in lines if x["account_id"] == account_id} - {None}
        return len(mine) >= int(value)
    raise ValueError(f"rule: {rule!r}")
