"""The share of each check of a plan, counted from the plan as plain data.

Recomputes docs/metrics.md section 9 from `Plan.model_dump()`. A list of nothing is worth zero.
Readings chosen where the definitions leave one open:
- A dropped action is none. A rejected statement is none, but a rejected hypothesis was tested.
- Two departments must have agreed, and two must act; more are not asked for.
- An action that reaches the customer is mutual, addressed to somebody, or has their owner.
- A goal of another measure needs no amount; then some other goal must have one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

SWOT = ("strength", "weakness", "opportunity", "threat")
FIVE_P = ("product", "price", "place", "promotion", "presence")


def share(marks: Iterable[bool]) -> Fraction:
    found = list(marks)
    return Fraction(sum(found), len(found)) if found else Fraction(0)


def plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def shares(plan: dict[str, Any]) -> dict[str, Fraction]:
    """check code to the share fulfilled."""
    head, goals, team = plan["head"], plan["goals"], plan["team"]
    dropped = {p["id"] for p in plan["progress"] if p["dropped"]}
    actions = [a for a in plan["actions"] if a["id"] not in dropped]
    said = [s for s in plan["statements"] if s["status"] != "rejected"]
    sections = {s["section"] for s in said}
    proved = {s["section"] for s in said if s["status"] in (None, "confirmed")}
    strategy = [s for s in said if s["section"] in ("scenario", *FIVE_P)]
    goal_ids = {g["id"] for g in goals}
    asked = [s for s in plan["statements"] if s["kind"] == "hypothesis" or s["section"] == "risk"]
    theirs = [a for a in actions if a["mutual"] or a["to_whom"] or a["their_owner"]]
    acting = {plain(a["department"]) for a in actions if a["department"]}
    out = {name: share([name in sections])
           for name in ("industry", "account", "organisation", "scenario")}  # fmt: skip
    return out | {
        "key_persons": share([bool(plan["people"]), decided(plan["people"])]),
        "goal": goal_share(goals),
        "swot": share(cell in proved for cell in SWOT),
        "five_p": share(cell in sections for cell in FIVE_P),
        "strategy_goals": share(s["goal"] in goal_ids for s in strategy),
        "purpose": share([bool(head["purpose"])]),
        "agreed": Fraction(min(2, len({plain(name) for name in head["agreed"]})), 2),
        "action_plan": share([bool(actions)]),
        "goal_actions": share(any(a["goal"] == g["id"] for a in actions) for g in goals),
        "action_owner": share(a["owner"] is not None for a in actions),
        "action_due": share(a["due"] is not None for a in actions),
        "their_owner": share(a["their_owner"] is not None for a in theirs),
        "linked": Fraction(min(2, len(acting)), 2),
        "team": share(any(m["role"] == r for m in team) for r in ("owner", "executive_sponsor")),
        "kpis": share(mark for k in plan["kpis"] for mark in (begun(k), k["target"] is not None)),
        "calendar": share(any(c["level"] == level for c in plan["calendar"])
                          for level in ("manager", "executive")),
        "hypotheses": share(s["status"] != "open" or bool(s["test"]) for s in asked),
        "sources": share(name in proved for name in ("industry", "account", "organisation")),
    }  # fmt: skip


def decided(people: list[dict[str, Any]]) -> bool:
    words = {"decision_maker", "決裁者", "decision maker"}
    return any(words & set((p["role"] or "").split("・")) for p in people)


def goal_share(goals: list[dict[str, Any]]) -> Fraction:
    money = [g for g in goals if g["measure"] != "other"]
    marks = [g["due"] is not None for g in goals] + [g["amount"] is not None for g in money]
    return share(marks + ([] if money or not goals else [False]))


def begun(kpi: dict[str, Any]) -> bool:
    if kpi["baseline"] is not None:
        return kpi["baseline"]["value"] is not None
    return kpi["baseline_value"] is not None
