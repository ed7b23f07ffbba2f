"""What is due now, as a pure function of what a person has chosen, the clock and their meetings.

Each occurrence has a key, so that it is sent once; it is due in a window that ends when it would be
of no more use. A local time that does not exist is that moment an hour on, one that exists twice is
the first of the two. Nothing is due in the night or on a quiet day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from assistant.notices.preferences import Preference

Kind = Literal["digest", "reminders", "briefing"]
_NOON = time(12)
_MORNING = timedelta(hours=3)
_EVENING = timedelta(hours=1)


@dataclass(frozen=True)
class Meeting:
    """A meeting with one account; `start` is None where only the day is known."""

    account_id: str
    day: date
    start: datetime | None
    title: str


@dataclass(frozen=True)
class Slot:
    """One notice that is due: what, under which key, until when, and for which meeting."""

    kind: Kind
    key: str
    until: datetime
    meeting: Meeting | None = None


def due(chosen: Preference, now: datetime, meetings: Sequence[Meeting]) -> list[Slot]:
    """What is due for a person now, each account's briefing at most once for a day of meetings."""
    local = now.astimezone(chosen.zone)
    if not is_awake(chosen, local):
        return []
    found = [*_digest(chosen, now, local.date()), *_reminders(chosen, now, local.date())]
    first: dict[str, Slot] = {}
    for meeting in meetings:
        for slot in _briefing(chosen, now, meeting):
            first.setdefault(slot.key, slot)
    return [*found, *first.values()]


def is_awake(chosen: Preference, local: datetime) -> bool:
    """Whether a person may be written to at that local time."""
    start, end = chosen.awake
    return start <= local.time() < end and local.weekday() not in chosen.quiet_days


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A local time as a moment; one that exists twice is the first of the two."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def _digest(chosen: Preference, now: datetime, today: date) -> Iterator[Slot]:
    if chosen.digest is not None and today.weekday() == chosen.digest.weekday:
        until = moment(today, chosen.awake[1], chosen.zone)
        if moment(today, chosen.digest.at, chosen.zone) <= now < until:
            yield Slot("digest", today.isoformat(), until)


def _reminders(chosen: Preference, now: datetime, today: date) -> Iterator[Slot]:
    if chosen.reminders is not None:
        until = moment(today, chosen.awake[1], chosen.zone)
        if moment(today, chosen.reminders, chosen.zone) <= now < until:
            yield Slot("reminders", today.isoformat(), until)


def _briefing(chosen: Preference, now: datetime, meeting: Meeting) -> Iterator[Slot]:
    if chosen.briefing_minutes is None:
        return
    begin, until = _window(chosen, meeting)
    if begin <= now < until:
        yield Slot("briefing", f"{meeting.account_id}:{meeting.day}", until, meeting)


def _window(chosen: Preference, meeting: Meeting) -> tuple[datetime, datetime]:
    """From when on a briefing is of use, and until when: a meeting that has begun needs none.

    One that would fall wholly into the night comes in the evening before it.
    """
    if meeting.start is None:
        begin = moment(meeting.day, chosen.morning, chosen.zone)
        return begin, max(moment(meeting.day, _NOON, chosen.zone), begin + _MORNING)
    start = meeting.start.astimezone(UTC)
    begin = start - timedelta(minutes=chosen.briefing_minutes or 0)
    for night_begins, night_ends in _nights(chosen, begin):
        if night_begins <= begin and start <= night_ends:
            return night_begins - _EVENING, night_begins
    return begin, start


def _nights(chosen: Preference, around: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The nights that may hold a moment."""
    day = around.astimezone(chosen.zone).date()
    wakes, sleeps = chosen.awake
    for evening in (day - timedelta(days=1), day):
        ends = moment(evening + timedelta(days=1), wakes, chosen.zone)
        yield moment(evening, sleeps, chosen.zone), ends
