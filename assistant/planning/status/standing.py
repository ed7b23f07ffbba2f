"""How a plan stands: what its KPIs, actions and reviews are at, and its verdict in one word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crm.scope import ScopedTables
from plans.follow_up import (
    IN_FORCE,
    ActionStanding,
    KpiStanding,
    ReviewStanding,
    action_standings,
    kpi_standing,
    review_standings,
)
from plans.measuring import Meter
from plans.stored import Stored


@dataclass(frozen=True)
class Followed:
    """A plan on a day beside what its KPIs, actions and reviews are at."""

    stored: Stored
    as_of: date
    kpis: Sequence[KpiStanding]
    actions: Sequence[ActionStanding]
    reviews: Sequence[ReviewStanding]

    @property
    def behind(self) -> int:
        return sum(one.behind is True for one in self.kpis)

    @property
    def overdue(self) -> int:
        return sum(one.state == "overdue" for one in self.actions)

    @property
    def missed(self) -> int:
        """Reviews overdue; a plan that is not in force has none."""
        return sum(one.missed for one in self.reviews) if self.in_force else 0

    @property
    def late(self) -> int | None:
        days = [one.late for one in self.reviews if one.late is not None]
        return max(days) if days and self.in_force else None

    @property
    def in_force(self) -> bool:
        return self.stored.state in IN_FORCE

    @property
    def verdict(self) -> str:
        """The plan in one word: see the metric plan.verdict."""
        if not self.in_force:
            return "not_in_force"
        if self.behind or self.overdue or self.missed:
            return "behind"
        if self.as_of < self.stored.head.start:
            return "not_begun"
        known = any(one.behind is not None for one in self.kpis)
        return "on_track" if known else "unknown"


def followed(stored: Stored, meter: Meter, tables: ScopedTables, as_of: date) -> Followed:
    """The plan beside what its KPIs are now."""
    plan, settings = stored.plan, tables.settings
    kpis = []
    for kpi in plan.kpis:
        now = meter.of_kpi(kpi)
        value = None if now is None else now.value
        kpis.append(kpi_standing(plan, kpi, value, as_of, settings.attention.target_attainment))
    actions = action_standings(plan, as_of, settings.plans.soon_days)
    return Followed(stored, as_of, kpis, actions, review_standings(plan, as_of))
