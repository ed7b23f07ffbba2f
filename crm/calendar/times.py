"""When something is, as a calendar file writes it: a day, or a time in a zone known by its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON


@dataclass(frozen=True)
class Stamp:
    """A moment: the time on the wall of its own zone, and the day where the reader is.

    Without `timed` only the day is known: the wall shows midnight of it.
    """

    wall: datetime
    zone: ZoneInfo
    reader: ZoneInfo
    timed: bool

    @property
    def moment(self) -> datetime:
        """The moment in UTC; of a mere day its beginning."""
        return self.wall.replace(tzinfo=self.zone).astimezone(UTC)

    @property
    def day(self) -> date:
        """The day of it where the reader is."""
        return self.moment.astimezone(self.reader).date() if self.timed else self.wall.date()

    def at(self, wall: datetime) -> Stamp:
        """The same at another time on the wall."""
        return Stamp(wall, self.zone, self.reader, self.timed)

    def until_wall(self, until: datetime | date) -> datetime:
        """The end of a rule as the wall here shows it; the whole of a last day counts."""
        if not isinstance(until, datetime):
            return datetime.combine(until, time.max)
        if not self.timed:
            return datetime.combine(until.date(), time.max)
        if until.tzinfo is None:
            return until
        return until.astimezone(self.zone).replace(tzinfo=None)


def stamp(given: Any, reader: ZoneInfo) -> Stamp:
    """What a property such as DTSTART says. Raises AttributeError or TypeError when it says none.

    A time without a zone is the reader's own; in a zone that nobody knows, its day alone is known.
    """
    return _stamp(given.dt, str(given.params.get("TZID", "")), reader)


def stamps(given: Any, reader: ZoneInfo) -> list[Stamp]:
    """What EXDATE or RDATE say, one property or several."""
    listed = given if isinstance(given, list) else [given] if given is not None else []
    return [
        _stamp(one.dt, str(several.params.get("TZID", "")), reader)
        for several in listed
        for one in several.dts
    ]


def moments_of(found: Iterable[Stamp]) -> frozenset[datetime | date]:
    """The moments of those with a time; of mere days the day, which stands for all of it."""
    return frozenset(one.moment if one.timed else one.day for one in found)


def _stamp(value: object, zone_name: str, reader: ZoneInfo) -> Stamp:
    if isinstance(value, tuple):  # a period: from, to
        value = value[0]
    if not isinstance(value, date):
        raise TypeError("neither a day nor a time")
    if not isinstance(value, datetime):
        return Stamp(datetime.combine(value, time()), reader, reader, timed=False)
    if value.tzinfo is not None and not zone_name:
        wall = value.astimezone(UTC).replace(tzinfo=None)
        return Stamp(wall, ZoneInfo("UTC"), reader, timed=True)
    wall = value.replace(tzinfo=None)
    if not zone_name:
        return Stamp(wall, reader, reader, timed=True)
    zone = zone_named(zone_name)
    if zone is None:
        return Stamp(datetime.combine(wall.date(), time()), reader, reader, timed=False)
    return Stamp(wall, zone, reader, timed=True)


@cache
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def zone_named(name: str) -> ZoneInfo | None:
    """The zone of an IANA name, also with a maker's path in front, or of Windows' name for it."""
    plain = name.strip().strip('"')
    plain = WINDOWS_TO_OLSON.get(plain, plain)
    for tail in _tails(plain):
        if tail.casefold() in _names():
            return ZoneInfo(_names()[tail.casefold()])
    return None


def _tails(name: str) -> Iterator[str]:
    """ "/mozilla.org/2007/Asia/Tokyo", "mozilla.org/2007/Asia/Tokyo", ..., "Tokyo"."""
    parts = name.split("/")[:12]
    for n in range(len(parts)):
        yield "/".join(parts[n:])
