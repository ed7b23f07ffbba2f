"""The days on which a plan has moved are those of the company's own clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from crm.scope import ScopedTables
from plans.stored import Event, Stored


def local_day(moment: datetime, tables: ScopedTables) -> date:
    """The day of a moment where the company is."""
    return moment.astimezone(ZoneInfo(tables.settings.company.time_zone)).date()


def waiting_since(stored: Stored, events: Sequence[Event], tables: ScopedTables) -> date:
    """The day on which the plan was last submitted."""
    moments = [event.said_at for event in events if event.to_state == "in_review"]
    return local_day(max(moments, default=stored.updated_at), tables)
