"""What somebody finds when they come in: accounts that need them, what is due, what waits for them.

Every figure stands in the page of a tool; whatever the person may not see is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from assistant.answer import Block, Bullets, Paragraph
from assistant.desk import Desk
from assistant.planning.desk import Planner
from crm.scope import Principal, today
from crm.settings import Language
from plans.follow_up import ActionStanding, action_standings
from plans.stored import Stored

Role = Literal["rep", "manager", "executive"]
SOON_DAYS = 14
"""An action due within so many days is shown."""
_ACCOUNTS = 5
_PLANS = 200
"""Plans that are looked at, the last changed first."""


@dataclass(frozen=True)
class Noticed:
    """An account with its reasons, in Markdown of a tool's page."""

    account_id: str
    text: str


@dataclass(frozen=True)
class DueAction:
    """An action that is due soon or overdue, with the plan it stands in."""

    stored: Stored
    standing: ActionStanding

    @property
    def day(self) -> date:
        return self.standing.action.due or date.max


@dataclass(frozen=True)
class Overview:
    """`said` introduces the accounts; `approvals` are None for whoever approves no plans."""

    role: Role
    said: Sequence[Block]
    accounts: Sequence[Noticed]
    due: Sequence[DueAction]
    approvals: Sequence[Stored] | None
    coverage: Sequence[Block]
    plans: Sequence[Stored]


def role_of(who: Principal) -> Role:
    """As whom somebody comes in."""
    if who.roles & {"executive", "admin"}:
        return "executive"
    return "manager" if "manager" in who.roles else "rep"


def overview(desk: Desk, planner: Planner, who: Principal, language: Language) -> Overview:
    """Everything at once. Raises MissingDataError or WorkspaceError where there are no data."""
    role = role_of(who)
    said, accounts = attention(desk, who, language)
    live = list(_live(planner, who))
    leads = role != "rep"
    return Overview(
        role=role,
        said=said,
        accounts=accounts,
        due=sorted(_due(live, who, today(desk.settings)), key=lambda one: one.day),
        approvals=[s for s in live if _waits_for(planner, who, s)] if leads else None,
        coverage=_coverage(desk, who, language) if leads else (),
        plans=[s for s in live if s.owner_id == who.person_id or role == "manager"],
    )


def attention(
    desk: Desk, who: Principal, language: Language, limit: int = _ACCOUNTS
) -> tuple[Sequence[Block], Sequence[Noticed]]:
    """The accounts that need attention: what is said first, then each account."""
    page = desk.page(who, "needs_attention", {"limit": limit}, language)
    listed = next((b for b in page.blocks if isinstance(b, Bullets) and b.numbered), None)
    table = page.charts[0].table if page.charts else None
    said = [block for block in page.blocks if isinstance(block, Paragraph)][:1]
    if listed is None or table is None:
        return said, ()
    ids = [subject.removeprefix("account:") for subject in table.subjects]
    texts = [f"{n}. {text}" for n, text in enumerate(listed.items, 1)]
    return said, [Noticed(id_, text) for id_, text in zip(ids, texts, strict=True)]


def _live(planner: Planner, who: Principal) -> Iterator[Stored]:
    live = [plan for plan in planner.all(who) if plan.state != "closed"][:_PLANS]
    return (planner.get(who, plan.plan_id) for plan in live)


def _due(live: Sequence[Stored], who: Principal, day: date) -> Iterator[DueAction]:
    """What this person has to do: their own actions, and the others of plans that are theirs."""
    for stored in live:
        for standing in action_standings(stored.plan, day, SOON_DAYS):
            theirs = standing.action.owner == who.name
            nobodys = standing.action.owner is None and stored.owner_id == who.person_id
            if standing.state in ("soon", "overdue") and (theirs or nobodys):
                yield DueAction(stored, standing)


def _waits_for(planner: Planner, who: Principal, stored: Stored) -> bool:
    return stored.state == "in_review" and "approved" in planner.moves(who, stored)


def _coverage(desk: Desk, who: Principal, language: Language) -> Sequence[Block]:
    page = desk.page(who, "plan_portfolio", {"limit": 1}, language)
    return [block for block in page.blocks if isinstance(block, Paragraph)][:1]
