"""What is due in the plans that a person has a part in: actions, reviews, and what plans lack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from assistant.desk import Desk
from crm.directory import Principal
from plans.checks import Checked, check
from plans.due import action_owner
from plans.follow_up import (
    IN_FORCE,
    ActionStanding,
    ReviewStanding,
    action_standings,
    review_standings,
)
from plans.stored import Stored


@dataclass(frozen=True)
class DuePlans:
    """One's own actions that are overdue or due soon, the reviews due, and one's plans' gaps."""

    actions: tuple[tuple[Stored, ActionStanding], ...]
    reviews: tuple[tuple[Stored, ReviewStanding], ...]
    gaps: tuple[tuple[Stored, Checked], ...]

    @property
    def overdue(self) -> int:
        """How many of the actions are overdue."""
        return sum(one.state == "overdue" for _stored, one in self.actions)


def due_plans(who: Principal, plans: list[Stored], desk: Desk, day: date) -> DuePlans:
    """What is due by a day and soon after, the earliest first; reviews of all these plans."""
    directory, soon = desk.directory(), desk.settings.plans.soon_days
    in_force = [stored for stored in plans if stored.state in IN_FORCE]
    actions = [
        (stored, one)
        for stored in in_force
        for one in action_standings(stored.plan, day, soon)
        if one.state in ("overdue", "soon")
        and action_owner(stored.plan, one.action, directory) == who.person_id
    ]
    reviews = [
        (stored, one)
        for stored in in_force
        for one in review_standings(stored.plan, day)
        if one.due is not None and one.due <= day + timedelta(days=soon)
    ]
    mine = [stored for stored in plans if stored.head.owner_id == who.person_id]
    gaps = [(stored, found) for stored in mine if (found := check(stored.plan, day)).gaps]
    actions.sort(key=lambda a: (a[1].action.due or date.max, a[0].plan_id, a[1].action.id))
    reviews.sort(key=lambda r: (r[1].due or date.max, r[0].plan_id, r[1].appointment.id))
    gaps.sort(key=lambda g: (g[1].score, g[0].plan_id))
    return DuePlans(tuple(actions), tuple(reviews), tuple(gaps))
