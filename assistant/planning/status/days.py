"""The days on which a plan has moved are those of the company's own clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from crm.scope import ScopedTables
from plans.due import SentBack
from plans.stored import Event, Stored


def local_day(moment: datetime, tables: ScopedTables) -> date:
    """The day of a moment where the company is."""
    return moment.astimezone(ZoneInfo(tables.settings.company.time_zone)).date()


def waiting_since(stored: Stored, events: Sequence[Event], tables: ScopedTables) -> date:
    """The day on which the plan was last submitted."""
    moments = [event.said_at for event in events if event.to_state == "in_review"]
    return local_day(max(moments, default=stored.updated_at), tables)


def sent_back(events: Sequence[Event], tables: ScopedTables) -> SentBack | None:
    """When the plan was sent back, if that is the last that was decided about it."""
    if not events or not was_sent_back(events[-1]):
        return None
    submitter = next(e.person_id for e in reversed(events) if e.to_state == "in_review")
    times = sum(map(was_sent_back, events))
    return SentBack(local_day(events[-1].said_at, tables), times, submitter)


def was_sent_back(event: Event) -> bool:
    """Whether an approver gave the plan back to its authors by that move."""
    return (event.from_state, event.to_state) == ("in_review", "draft")
