"""A calendar file (.ics) read into the meetings of a few days; no file, however made, hangs us.

What a file says of time zones is not believed: zones are known by their names, and a time in an
unknown zone is unknown (its day stands). Source: RFC 5545.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Event

from crm.calendar.lines import blocks
from crm.calendar.recurrence import UnusualRuleError, occurrences
from crm.calendar.times import Stamp, moments_of, stamp, stamps
from crm.errors import InputError

EVENTS = 20_000
"""Events of a file at the most."""
SECONDS = 5.0
"""How long a file may take to be read."""
_SHIFTED = timedelta(days=31)
"""How far a series may be moved and still be found."""
_TITLE = 200


@dataclass(frozen=True)
class Reader:
    """Whose calendar it is: their zone is meant where a file names none, and their addresses."""

    zone: ZoneInfo
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CalendarEvent:
    """One occurrence: its day where the reader is, its moments where a time is known.

    `addresses` are the e-mail addresses of the others who take part.
    """

    uid: str
    day: date
    start: datetime | None
    title: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Calendar:
    """What a file holds within some days; `unread` counts the events that cannot be understood."""

    events: tuple[CalendarEvent, ...]
    unread: int


def read_calendar(content: bytes, first: date, last: date, reader: Reader, mib: int) -> Calendar:
    """The events of a calendar file that begin from one day to another, both included.

    Cancelled ones and those the reader has declined are left out. Raises InputError when the file
    is too large, no calendar, or takes too long.
    """
    if len(content) > mib * 1024 * 1024:
        raise InputError(
            f"The calendar file is larger than {mib} MiB.", "Export fewer months of the calendar."
        )
    ends = time.monotonic() + SECONDS
    cancelled, found = blocks(content, EVENTS)
    series: dict[str, list[Event]] = {}
    unread = 0
    for number, lines in enumerate(found):
        _in_time(ends)
        event = _event(lines)
        if event is None:
            unread += 1
        elif not cancelled:
            uid = str(event.get("UID") or "").strip()
            series.setdefault(uid or f"without:{number}", []).append(event)
    events: list[CalendarEvent] = []
    for uid, parts in series.items():
        _in_time(ends)
        try:
            events += _Series(uid, parts, reader).between(first, last)
        except (UnusualRuleError, ValueError, OverflowError, TypeError, AttributeError, KeyError):
            unread += 1  # whatever a value may be instead of what it should be
    events.sort(key=lambda e: (e.day, e.start or datetime.min.replace(tzinfo=UTC), e.uid))
    return Calendar(tuple(events), unread)


def essence(content: bytes) -> str:
    """The same calendar with nothing in it but what `read_calendar` looks at, in UTF-8, unfolded.

    Raises InputError when it is no calendar.
    """
    cancelled, found = blocks(content, EVENTS)
    head = ["BEGIN:VCALENDAR", *(["METHOD:CANCEL"] if cancelled else []), ""]
    return "\r\n".join(head) + "".join(found) + "END:VCALENDAR\r\n"


def _in_time(ends: float) -> None:
    if time.monotonic() > ends:
        raise InputError(
            "The calendar file takes too long to be read.", "Export fewer months of the calendar."
        )


def _event(lines: str) -> Event | None:
    """One VEVENT; None when it cannot be parsed or says not when it is."""
    try:
        event = Event.from_ical(lines)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError):
        return None
    return event if isinstance(event, Event) and "DTSTART" in event else None


class _Series:
    """All that a file says under one UID: a series or a single event, and changed occurrences."""

    def __init__(self, uid: str, parts: Sequence[Event], reader: Reader) -> None:
        self._uid, self._reader = uid, reader
        whole = [e for e in parts if "RECURRENCE-ID" not in e]
        self._master = max(whole, key=_sequence, default=None)
        self._changed: dict[datetime | date, Event] = {}
        self._from_then_on: list[tuple[datetime, Event]] = []
        for event in sorted((e for e in parts if "RECURRENCE-ID" in e), key=_sequence):
            place = stamp(event["RECURRENCE-ID"], reader.zone)
            if str(event["RECURRENCE-ID"].params.get("RANGE", "")).upper() == "THISANDFUTURE":
                self._from_then_on.append((place.moment, event))
            else:
                self._changed[place.moment if place.timed else place.day] = event
        self._from_then_on.sort(key=lambda one: one[0])

    def between(self, first: date, last: date) -> Iterator[CalendarEvent]:
        """The occurrences that begin from one day to another."""
        single = [(stamp(e["DTSTART"], self._reader.zone), e) for e in self._changed.values()]
        for at, event in [*single, *self._unchanged(first, last)]:
            if first <= at.day <= last and not self._is_off(event):
                yield self._told(at, event)

    def _unchanged(self, first: date, last: date) -> Iterator[tuple[Stamp, Event]]:
        """The occurrences of the series that are not changed one by one."""
        if self._master is None:
            for _moment, event in self._from_then_on:
                yield stamp(event["DTSTART"], self._reader.zone), event
            return
        wide = _SHIFTED if self._from_then_on else timedelta(days=1)  # a day of another zone
        start = stamp(self._master["DTSTART"], self._reader.zone)
        without = moments_of(stamps(self._master.get("EXDATE"), self._reader.zone))
        for at in self._planned(self._master, start, first - wide, last + wide):
            if {at.moment, at.day} & without or {at.moment, at.day} & self._changed.keys():
                continue
            yield self._as_moved(at, self._master)

    def _planned(self, master: Event, start: Stamp, first: date, last: date) -> Iterator[Stamp]:
        """What DTSTART, RRULE and RDATE say, each once."""
        rule = master.get("RRULE")
        found = {start.moment: start}
        if rule is not None:
            text = rule.to_ical().decode()
            for wall in occurrences(text, start.wall, start.until_wall, first, last):
                at = start.at(wall)
                found[at.moment] = at
        for at in stamps(master.get("RDATE"), self._reader.zone):
            found[at.moment] = at
        yield from found.values()

    def _as_moved(self, at: Stamp, master: Event) -> tuple[Stamp, Event]:
        """An occurrence as the last change of the series "from then on" has it."""
        for moment, event in reversed(self._from_then_on):
            if moment <= at.moment:
                old = moment.astimezone(at.zone).replace(tzinfo=None)
                new = stamp(event["DTSTART"], self._reader.zone)
                return new.at(new.wall + (at.wall - old)), event
        return at, master

    def _is_off(self, event: Event) -> bool:
        """Whether it does not take place, or not with the reader."""
        if str(event.get("STATUS") or "").strip().upper() == "CANCELLED":
            return True
        return any(
            _address(who) in self._reader.addresses
            and str(who.params.get("PARTSTAT", "")).upper() == "DECLINED"
            for who in _people(event)
        )

    def _told(self, at: Stamp, event: Event) -> CalendarEvent:
        found = dict.fromkeys(_address(who) for who in _people(event))
        return CalendarEvent(
            uid=self._uid,
            day=at.day,
            start=at.moment if at.timed else None,
            title=" ".join(str(event.get("SUMMARY") or "").split())[:_TITLE],
            addresses=tuple(a for a in found if a and a not in self._reader.addresses),
        )


def _sequence(event: Event) -> int:
    try:
        return int(event.get("SEQUENCE") or 0)
    except (ValueError, TypeError):
        return 0


def _people(event: Event) -> list[Any]:
    """The organiser and those invited, as icalendar has them."""
    found: list[Any] = []
    for name in ("ORGANIZER", "ATTENDEE"):
        given = event.get(name)
        found += given if isinstance(given, list) else [given] if given is not None else []
    return found


def _address(who: object) -> str:
    """The e-mail address of somebody; empty where none is given."""
    text = str(who).strip().casefold()
    address = text.removeprefix("mailto:")
    return address if "@" in address else ""
