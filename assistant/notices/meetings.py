"""A person's meetings of the days ahead, each with the one account that it is surely with.

They come from the activities of the data and from the person's calendar file. Whom an event is with
is told by the addresses of those who take part, else by the names in its title; where these mean
several accounts, or none, there is no meeting of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import structlog
from ibis import _

from assistant.builtin.entities import whole_names
from assistant.desk import Desk
from assistant.notices.preferences import Preference
from assistant.notices.schedule import Meeting
from crm.calendar import Calendar, CalendarEvent, Reader, read_calendar
from crm.directory import Person, Principal
from crm.errors import InputError
from crm.scope import ScopedTables
from crm.whose_mail import Addresses, addresses
from tools.accounts import NamedAccount, named_accounts
from tools.query import fetch

KINDS = (
    "visit", "online_meeting", "executive_meeting", "hq_proposal", "store_proposal", "event",
)  # fmt: skip
"""Kinds of activities for which people meet."""
_FILE = re.compile(r"[\w.@+-]{1,120}")
_AHEAD = timedelta(days=14)
_SHORTEST = 3
"""Letters of a name that a title has to hold: shorter ones stand inside other words."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Agenda:
    """The meetings in their order. `unread` when a calendar file is there but cannot be used."""

    meetings: tuple[Meeting, ...]
    unread: bool = False


class Meetings:
    """Finds the meetings of our people; a calendar file is read anew when it has changed."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self._desk = desk
        self._settings = desk.settings.notices
        self._folder = folder / self._settings.calendars
        self._read: dict[Path, tuple[tuple[int, int, date, str], Calendar | None]] = {}

    def of(self, who: Principal, chosen: Preference, first: date, days: int) -> Agenda:
        """The meetings of a person that begin within some days from `first` on."""
        tables = self._desk.tables(who)
        last = first + min(timedelta(days=days - 1), _AHEAD)
        person = self._desk.directory().person(who.person_id)
        file = self._file(person) if person is not None else None
        calendar = None
        if person is not None and file is not None:
            calendar = self._calendar(file, person, chosen, first)
        found = [*self._recorded(tables, who.person_id, first, last)]
        if calendar is not None:
            found += [m for m in self._known(tables, calendar.events) if m.day <= last]
        found.sort(key=lambda m: (m.day, m.start or datetime.max.replace(tzinfo=UTC)))
        return Agenda(_once(found), unread=file is not None and calendar is None)

    def _recorded(
        self, tables: ScopedTables, person_id: str, first: date, last: date
    ) -> tuple[Meeting, ...]:
        """The meetings that the activities of the data hold; their time is not known."""
        if not tables.has("activities", "person_id"):
            return ()
        key = ("meetings recorded", person_id, first, last)
        return tables.remember(key, lambda: _recorded(tables, person_id, first, last))

    # ------------------------------------------------------------------ the calendar file

    def _file(self, person: Person) -> Path | None:
        """The calendar file of a person, by their id or e-mail address."""
        for name in (person.person_id, (person.email or "").strip()):
            if _FILE.fullmatch(name) and not name.startswith("."):
                for spelled in dict.fromkeys((name, name.lower())):
                    file = self._folder / f"{spelled}.ics"
                    if file.is_file():
                        return file
        return None

    def _calendar(
        self, file: Path, person: Person, chosen: Preference, first: date
    ) -> Calendar | None:
        """What a calendar file holds of the days ahead; None when it cannot be used."""
        try:
            about = file.stat()
            version = (about.st_mtime_ns, about.st_size, first, str(chosen.zone))
            known = self._read.get(file)
            if known is None or known[0] != version:
                known = self._read[file] = (version, self._parsed(file, person, chosen, first))
        except OSError:  # it was taken away, or may not be read
            return None
        return known[1]

    def _parsed(
        self, file: Path, person: Person, chosen: Preference, first: date
    ) -> Calendar | None:
        mib = self._settings.calendar_mib
        reader = Reader(chosen.zone, frozenset({(person.email or "").strip().casefold()} - {""}))
        with file.open("rb") as opened:
            content = opened.read(mib * 1024 * 1024 + 1)
        try:
            return read_calendar(content, first, first + _AHEAD, reader, mib)
        except InputError as error:
            log.warning("notices.calendar", person=person.person_id, reason=error.what)
            return None

    # ------------------------------------------------------------------ whom an event is with

    def _known(
        self, tables: ScopedTables, events: tuple[CalendarEvent, ...]
    ) -> tuple[Meeting, ...]:
        """The events that are surely with one account."""
        ours = {
            (p.email or "").rpartition("@")[2].strip().casefold()
            for p in self._desk.directory().people
        }
        without = frozenset({*self._settings.public_domains, *ours} - {""})
        key = ("meetings known", events, without)
        return tables.remember(key, lambda: tuple(_known(tables, events, without)))


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
