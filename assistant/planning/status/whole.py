"""The facts of a plan as a whole: whom it waits for, how far it has come, what is behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.planning.status.days import local_day, waiting_since
from assistant.planning.status.standing import Followed
from crm.scope import Directory, ScopedTables
from plans.checks import check
from plans.follow_up import attainment, next_review
from plans.life import approvers
from plans.stored import Event
from tools.exact import decimal
from tools.facts import FactBook


@dataclass(frozen=True)
class About:
    """What is known of a plan beside its content: its moves, our people, the account's plans."""

    events: Sequence[Event]
    directory: Directory
    live: int


def record_head(book: FactBook, found: Followed, about: About, tables: ScopedTables) -> None:
    """Which plan it is, in which state, and whom it waits for."""
    stored = found.stored
    changed = local_day(stored.updated_at, tables)
    book.add("plan.id", stored.plan_id)
    book.add("plan.title", stored.head.title)
    book.add("plan.state", stored.state)
    book.add("plan.version", str(stored.version))
    book.add("plan.owner", stored.head.owner)
    book.add("plan.score", check(stored.plan, found.as_of).score)
    book.add("plan.changed", changed)
    book.add("plan.age", max((found.as_of - changed).days, 0))
    book.add("plan.live", about.live, rows=about.live)
    book.add("plan.verdict", found.verdict)
    if stored.state == "in_review":
        since = waiting_since(stored, about.events, tables)
        names = [person.name for person in approvers(stored.plan, about.directory)]
        book.add("plan.approval_by", ", ".join(names) or None)
        book.add("plan.approval_since", since)
        book.add("plan.approval_waits", max((found.as_of - since).days, 0))


def record_counts(book: FactBook, found: Followed) -> None:
    """How many of its KPIs, actions and reviews are behind, and how far it has come."""
    kpis, states = found.kpis, [one.state for one in found.actions]
    attained = attainment(kpis)
    kept = len(states) - states.count("dropped")
    book.add("plan.kpis", len(kpis), rows=len(kpis))
    book.add("plan.kpis_known", sum(k.behind is not None for k in kpis), rows=len(kpis))
    book.add("plan.kpis_behind", found.behind, rows=len(kpis))
    book.add("plan.attainment", None if attained is None else decimal(attained), rows=len(kpis))
    book.add("plan.actions", kept, rows=kept)
    book.add("plan.actions_done", states.count("done"), rows=kept)
    book.add("plan.actions_overdue", found.overdue, rows=kept)
    book.add("plan.actions_soon", states.count("soon"), rows=kept)
    book.add("plan.goals", len(found.stored.plan.goals))
    book.add("plan.review_due", next_review(found.reviews))
    book.add("plan.reviews_overdue", found.missed)
    book.add("plan.review_late", found.late)
    held = [record.held_on for record in found.stored.plan.records]
    book.add("plan.review_held", max(held, default=None), rows=len(held))
