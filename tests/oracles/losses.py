"""Where deals stop: stage by stage, and why, by whom and to whom they are lost.

Recomputes docs/metrics.md section 2 (stage_conversion, time in stage, loss analysis).
Readings chosen where the definitions leave one open:
- Stage order counts the histories of all deals up to as_of, each stage at its first entry, equal
  days at their mean rank. Entries after as_of do not exist.
- Conversion and days are over the same deals: closed by as_of, in the period when one is given.
- By reason a loss has no win rate: a won deal has no loss reason to be counted with.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from .canonical import Row, Tables, days3, divide, group, mean, percentile, ratio6, rows
from .choosing import closed_in, deals_of, descending
from .pipeline import group_keys, known_sum
from .spans import Asked, cut


def histories(tables: Tables, as_of: date) -> dict[str, list[Row]]:
    """opportunity_id to its stage entries up to as_of, by day (then in file order)."""
    steps = [s for s in rows(tables, "stage_history") if s["entered_on"] <= as_of]
    return {
        i: sorted(mine, key=lambda s: s["entered_on"])
        for i, mine in group(steps, "opportunity_id").items()
    }


def stage_order(tables: Tables, as_of: date) -> list[str]:
    """Stages by the mean of their rank in the deals' histories, ties by name."""
    ranks: dict[str, list[Fraction]] = {}
    for steps in histories(tables, as_of).values():
        first: dict[str, date] = {}
        for step in steps:
            first.setdefault(step["stage"], step["entered_on"])
        for stage, day in first.items():
            earlier = sum(other < day for other in first.values())
            same = sum(other == day for other in first.values())
            ranks.setdefault(stage, []).append(earlier + Fraction(same + 1, 2))
    return sorted(ranks, key=lambda s: (mean(ranks[s]), s))


def stages(
    tables: Tables,
    as_of: date,
    period: Asked = None,
    owner_id: str | None = None,
    team: str | None = None,
    account_id: str | None = None,
    fiscal_start: int = 4,
) -> list[Row]:
    """Per stage in stage order, over the deals closed by as_of (in the period, when one is given).

    subject (stage:<s>), stage, n (deals that entered it), advanced (of them, those that entered a
    stage of higher order or were won), pipeline.stage_conversion, spells, pipeline.
    stage_days_median and stage_days_p75 (3 decimals). A spell runs to the deal's next entry, the
    last one to closed_on. Stages that no such deal entered are left out; [] without history.
    """
    days = (date.min, as_of) if period is None else cut(period, as_of, fiscal_start)
    won, lost = closed_in(deals_of(tables, owner_id, team, account_id), as_of, days)
    steps_of = histories(tables, as_of)
    order = {stage: place for place, stage in enumerate(stage_order(tables, as_of))}
    entered: dict[str, list[bool]] = {}
    spells: dict[str, list[int]] = {}
    for deal in won + lost:
        steps = steps_of.get(deal["opportunity_id"], [])
        mine = {s["stage"] for s in steps}
        furthest = max((order[s] for s in mine), default=-1)
        for stage in mine:
            on = deal["status"] == "won" or furthest > order[stage]
            entered.setdefault(stage, []).append(on)
        ends = [s["entered_on"] for s in steps[1:]] + [deal["closed_on"]]
        for step, end in zip(steps, ends, strict=False):
            spells.setdefault(step["stage"], []).append((end - step["entered_on"]).days)
    return [
        {
            "subject": f"stage:{stage}",
            "stage": stage,
            "n": len(entered[stage]),
            "advanced": sum(entered[stage]),
            "pipeline.stage_conversion": ratio6(divide(sum(entered[stage]), len(entered[stage]))),
            "spells": len(spells[stage]),
            "pipeline.stage_days_median": days3(percentile(spells[stage], Fraction(1, 2))),
            "pipeline.stage_days_p75": days3(percentile(spells[stage], Fraction(3, 4))),
        }
        for stage in order
        if stage in entered
    ]


def loss_keys(tables: Tables, deals: list[Row], by: str, as_of: date) -> dict[str, Any]:
    """opportunity_id to the deal's reason, competitor, stage, owner, team, industry, product or
    category. The stage is the last entered by closed_on, else the deal's own."""
    if by == "reason":
        return {d["opportunity_id"]: d.get("loss_reason") for d in deals}
    if by != "stage":
        return group_keys(deals, by, tables)
    steps_of = histories(tables, as_of)
    out: dict[str, Any] = {}
    for deal in deals:
        i = deal["opportunity_id"]
        past = [s for s in steps_of.get(i, []) if s["entered_on"] <= deal["closed_on"]]
        out[i] = past[-1]["stage"] if past else deal.get("stage")
    return out


def loss_analysis(
    tables: Tables,
    as_of: date,
    period: Asked = None,
    by: str = "reason",
    owner_id: str | None = None,
    account_id: str | None = None,
    fiscal_start: int = 4,
) -> Row:
    """{"facts": ..., "rows": ...} over the deals lost in the period (default: trailing 365 days).

    rows, value then count descending: loss.group (None when not recorded), loss.count, value,
    share, value_share, win_rate (of the deals closed in the period in that group; None by
    reason), won (the n behind it, besides count), cycle_days (mean days open, 3 decimals). facts:
    loss.total_count, total_value, unrecorded_share.
    """
    days = cut(period, as_of, fiscal_start)
    won, lost = closed_in(deals_of(tables, owner_id, None, account_id), as_of, days)
    keys = loss_keys(tables, won + lost, by, as_of)
    total = known_sum([d.get("amount") for d in lost])
    table: list[Row] = []
    for name in {keys[d["opportunity_id"]] for d in lost}:
        mine = [d for d in lost if keys[d["opportunity_id"]] == name]
        against = sum(keys[d["opportunity_id"]] == name for d in won)
        value = known_sum([d.get("amount") for d in mine])
        spans = [
            (d["closed_on"] - d["created_on"]).days for d in mine if d.get("created_on") is not None
        ]
        table.append(
            {
                "loss.group": name,
                "loss.count": len(mine),
                "loss.value": value,
                "loss.share": ratio6(divide(len(mine), len(lost))),
                "loss.value_share": ratio6(divide(value, total)),
                "won": against,
                "loss.win_rate": (
                    None if by == "reason" else ratio6(divide(against, against + len(mine)))
                ),
                "loss.cycle_days": days3(mean(spans)),
            }
        )
    table.sort(
        key=lambda r: (
            *descending(r["loss.value"], None)[:2],
            -r["loss.count"],
            *descending(0, r["loss.group"])[2:],
        )
    )
    unrecorded = sum(keys[d["opportunity_id"]] is None for d in lost)
    facts = {
        "loss.total_count": len(lost),
        "loss.total_value": total,
        "loss.unrecorded_share": ratio6(divide(unrecorded, len(lost))),
    }
    return {"facts": facts, "rows": table}
