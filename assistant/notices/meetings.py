"""A person's meetings of the days ahead, each with the one account that it is surely with.

They come from the activities of the data and from the person's calendar. Whom an event is with
is told by the addresses of those who take part, else by the names in its title; where these mean
several accounts, or none, there is no meeting of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ibis import _

from assistant.builtin.entities import whole_names
from assistant.desk import Desk
from assistant.notices.calendars import AHEAD, Calendars, OwnCalendar
from assistant.notices.preferences import Preference
from assistant.notices.schedule import Meeting
from crm.calendar import Calendar, CalendarEvent
from crm.directory import Principal
from crm.scope import ScopedTables
from crm.whose_mail import Addresses, addresses
from tools.accounts import NamedAccount, named_accounts
from tools.query import fetch

KINDS = (
    "visit", "online_meeting", "executive_meeting", "hq_proposal", "store_proposal", "event",
)  # fmt: skip
"""Kinds of activities for which people meet."""
_SHORTEST = 3
"""Letters of a name that a title has to hold: shorter ones stand inside other words."""


@dataclass(frozen=True)
class Agenda:
    """The meetings in their order. `unread` when a calendar file is there but cannot be used."""

    meetings: tuple[Meeting, ...]
    unread: bool = False


class Meetings:
    """Finds the meetings of our people."""

    def __init__(self, desk: Desk, calendars: Calendars) -> None:
        self._desk, self._calendars = desk, calendars
        self._public = desk.settings.notices.public_domains

    def of(self, who: Principal, chosen: Preference, first: date, days: int) -> Agenda:
        """The meetings of a person that begin within some days from `first` on."""
        tables = self._desk.tables(who)
        last = first + min(timedelta(days=days - 1), AHEAD)
        own = self.calendar(who, chosen, first)
        found = [*self._recorded(tables, who.person_id, first, last)]
        if own is not None and own.calendar is not None:
            found += [m for m in self._known(tables, own.calendar) if m.day <= last]
        found.sort(key=lambda m: (m.day, m.start or datetime.max.replace(tzinfo=UTC)))
        return Agenda(_once(found), unread=own is not None and own.calendar is None)

    def calendar(self, who: Principal, chosen: Preference, first: date) -> OwnCalendar | None:
        """What the calendar of a person holds of the days ahead; None when they have none."""
        person = self._desk.directory().person(who.person_id)
        return None if person is None else self._calendars.of(person, chosen.zone, first)

    def with_accounts(self, who: Principal, calendar: Calendar) -> tuple[Meeting, ...]:
        """The events of a calendar that are surely with one account that the person sees."""
        return self._known(self._desk.tables(who), calendar)

    def _recorded(
        self, tables: ScopedTables, person_id: str, first: date, last: date
    ) -> tuple[Meeting, ...]:
        """The meetings that the activities of the data hold; their time is not known."""
        if not tables.has("activities", "person_id"):
            return ()
        key = ("meetings recorded", person_id, first, last)
        return tables.remember(key, lambda: _recorded(tables, person_id, first, last))

    def _known(self, tables: ScopedTables, calendar: Calendar) -> tuple[Meeting, ...]:
        ours = {
            (p.email or "").rpartition("@")[2].strip().casefold()
            for p in self._desk.directory().people
        }
        without = frozenset({*self._public, *ours} - {""})
        key = ("meetings known", calendar.events, without)
        return tables.remember(key, lambda: tuple(_known(tables, calendar.events, without)))


def _recorded(tables: ScopedTables, person_id: str, first: date, last: date) -> tuple[Meeting, ...]:
    planned = tables["activities"].filter(
        _.person_id == person_id, _.kind.isin(KINDS), _.occurred_on.between(first, last)
    )
    columns = ["account_id", "occurred_on", "subject"]
    rows = fetch(planned.order_by("occurred_on", "activity_id").select(*columns))
    return tuple(
        Meeting(row["account_id"], row["occurred_on"], None, row["subject"] or "") for row in rows
    )


def _known(
    tables: ScopedTables, events: Iterable[CalendarEvent], without: frozenset[str]
) -> Iterable[Meeting]:
    accounts = named_accounts(tables)
    for event in events:
        account = _account(event, addresses(tables), accounts, without)
        if account is not None:
            yield Meeting(account, event.day, event.start, event.title)


def _account(
    event: CalendarEvent,
    known: Addresses,
    accounts: Sequence[NamedAccount],
    without: frozenset[str],
) -> str | None:
    """The account that an event is surely with; None when it may be several or none."""
    by_people = known.accounts(event.addresses, without)
    named = whole_names(event.title, accounts) if event.title else []
    by_title = {one.only for one in named if len(one.key) >= _SHORTEST}
    if len(by_people) == 1 and by_title - {None} <= by_people:
        return next(iter(by_people))
    if by_people:
        both = by_people & by_title
        return next(iter(both)) if len(both) == 1 and len(by_title) == 1 else None
    return next(iter(by_title)) if len(by_title) == 1 else None


def _once(found: Sequence[Meeting]) -> tuple[Meeting, ...]:
    """A meeting that the data and the calendar both hold is told once, with its time."""
    timed = {(m.account_id, m.day) for m in found if m.start is not None}
    return tuple(m for m in found if m.start is not None or (m.account_id, m.day) not in timed)
