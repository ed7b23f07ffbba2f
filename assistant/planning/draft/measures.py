"""What a plan is measured by: its goal, and KPIs from where they are on the day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from assistant.planning.draft.sources import Sources
from plans.model import Goal, Kpi


def goal(rules: Mapping[str, Any], sources: Sources) -> Goal:
    """The goal of the period: its target where one is set, else an amount that is asked for."""
    asked = sources.asked
    target = sources.fact("targets_and_gap", "targets.target")
    stage = sources.fact("deepening_stage", "stage.next")
    return Goal(
        id="sales",
        what=rules["goal"][asked.language].format(period=sources.period_name()),
        measure="net_sales",
        amount=target.value if target and isinstance(target.value, Decimal) else None,
        due=asked.period.end,
        target_stage=str(stage.value) if stage else None,  # type: ignore[arg-type]
    )


def kpis(rules: Mapping[str, Any], sources: Sources) -> Iterator[Kpi]:
    """The KPIs whose figures of today are known; sales have the period's target."""
    asked = sources.asked
    target = sources.fact("targets_and_gap", "targets.target")
    for rule in rules["kpis"]:
        base = sources.fact(rule["tool"], rule["measure"])
        if base is None:
            continue
        of_sales = rule["measure"] == "kpi.transacted" and target is not None
        yield Kpi(
            id=rule["id"],
            what=rule[asked.language],
            unit=base.unit,
            measure=base.name,
            baseline=base,
            target=target.value if of_sales else None,  # type: ignore[union-attr, arg-type]
            due=asked.period.end,
        )
