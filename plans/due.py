"""What a plan wants people to be reminded of, each with its day; a closed plan wants nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from crm.scope import Directory
from plans.follow_up import IN_FORCE, action_standings, review_standings
from plans.life import approvers
from plans.model import Action, Plan
from plans.reminders import Due
from plans.stored import Stored


@dataclass(frozen=True)
class SentBack:
    """On which day a plan was sent back to its authors, for the n-th time, and who submitted it."""

    day: date
    times: int
    submitter: str


@dataclass(frozen=True)
class Asked:
    """The day, how many days ahead people are told, and what lies outside the plan."""

    today: date
    ahead: int
    directory: Directory
    waiting_since: date | None = None
    sent_back: SentBack | None = None
    contract_end: date | None = None

    def before(self, day: date) -> date:
        return day - timedelta(days=self.ahead)


def wanted(stored: Stored, asked: Asked) -> list[Due]:
    """The reminders of a plan. `text_key` is the kind, and the id of what it is about behind ":".

    In review its approver is told; of a draft that was sent back its owner and who submitted it; in
    force: owners of actions, of reviews that are due (the nearest manager too), of hypotheses not
    tested by then, of goals and of the contract's end.
    """
    if stored.state == "in_review":
        return list(_approval(stored, asked))
    if stored.state == "draft" and asked.sent_back is not None:
        return list(_sent_back(stored.plan, asked.sent_back))
    if stored.state not in IN_FORCE:
        return []
    found = [*_actions(stored.plan, asked), *_reviews(stored.plan, asked)]
    return [*found, *_ends(stored.plan, asked)]


def _approval(stored: Stored, asked: Asked) -> Iterator[Due]:
    since = asked.waiting_since or asked.today
    for person in approvers(stored.plan, asked.directory)[:1]:
        yield Due("approval", since, person.person_id, "approval")


def _sent_back(plan: Plan, back: SentBack) -> Iterator[Due]:
    for who in dict.fromkeys((plan.head.owner_id, back.submitter)):
        if who:
            yield Due("sent_back", back.day, who, f"sent_back:{back.times}")


def _actions(plan: Plan, asked: Asked) -> Iterator[Due]:
    for one in action_standings(plan, asked.today, asked.ahead):
        due, who = one.action.due, action_owner(plan, one.action, asked.directory)
        if due is None or who is None or one.state in ("done", "dropped"):
            continue
        if one.state != "overdue":
            yield Due("action_due", asked.before(due), who, f"action_due:{one.action.id}")
        late = due + timedelta(days=1)
        yield Due("action_overdue", late, who, f"action_overdue:{one.action.id}")


def action_owner(plan: Plan, action: Action, directory: Directory) -> str | None:
    """The person who owns an action, by name; the plan's owner where the name is nobody's."""
    team = {m.name: m.person_id for m in plan.team if m.person_id}
    named = [p.person_id for p in directory.people if p.name == action.owner]
    if action.owner in team:
        return team[action.owner]
    return named[0] if len(named) == 1 else plan.head.owner_id


def _reviews(plan: Plan, asked: Asked) -> Iterator[Due]:
    days = []
    for one in review_standings(plan, asked.today):
        if one.due is None:
            continue
        days.append(one.due)
        key = f"review_due:{one.appointment.id}"
        for who in _both(plan, asked.directory):
            yield Due("review_due", asked.before(one.due), who, key)
    if days and plan.head.owner_id:
        for statement in plan.statements:
            if statement.status == "open":
                key = f"hypothesis:{statement.id}"
                yield Due("hypothesis", asked.before(min(days)), plan.head.owner_id, key)


def _both(plan: Plan, directory: Directory) -> list[str]:
    """The plan's owner, and who approves it first."""
    first = [person.person_id for person in approvers(plan, directory)[:1]]
    return [id_ for id_ in (plan.head.owner_id, *first) if id_]


def _ends(plan: Plan, asked: Asked) -> Iterator[Due]:
    who = plan.head.owner_id
    if not who:
        return
    for goal in plan.goals:
        if goal.due is not None:
            yield Due("goal_due", asked.before(goal.due), who, f"goal_due:{goal.id}")
    if asked.contract_end is not None and asked.contract_end >= asked.today:
        yield Due("contract_end", asked.before(asked.contract_end), who, "contract_end")
