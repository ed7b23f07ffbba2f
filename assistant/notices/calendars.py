"""A person's calendar: the one they have sent, else the file that lies ready for them in a folder.

Of what is sent only that is kept by which meetings are found: no description, no attachment.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from crm.calendar import Calendar, Reader, essence, read_calendar
from crm.database import aware, upsert, utc_now
from crm.directory import Person, Principal
from crm.errors import InputError, NotFoundError
from crm.thresholds.notices import Notices

AHEAD = timedelta(days=14)
"""How far ahead a calendar is read."""
_FILE = re.compile(r"[\w.@+-]{1,120}")
log = structlog.get_logger(__name__)

metadata = sa.MetaData()
calendars = sa.Table(
    "calendars",
    metadata,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("sent_at", sa.DateTime, nullable=False),
)


@dataclass(frozen=True)
class OwnCalendar:
    """What a person's calendar holds of the days ahead; `calendar` is None when it is unusable.

    `sent_at` is None for a file of the folder.
    """

    calendar: Calendar | None
    sent_at: datetime | None = None


@dataclass(frozen=True)
class _Source:
    """Where a calendar is read from; another `version` says that it has changed."""

    version: object
    content: Callable[[], bytes]
    sent_at: datetime | None = None


class Calendars:
    """The calendars of our people, each read anew when it has changed."""

    def __init__(self, engine: sa.Engine, workspace: Path, settings: Notices) -> None:
        self._engine, self._mib = engine, settings.calendar_mib
        self._folder = workspace / settings.calendars
        self._read: dict[str, tuple[object, Calendar | None]] = {}

    def of(self, person: Person, zone: ZoneInfo, first: date) -> OwnCalendar | None:
        """What a person's calendar holds of the two weeks from a day on; None without one."""
        try:
            source = self._sent(person) or self._filed(person)
            if source is None:
                return None
            version = (source.version, first, str(zone))
            known = self._read.get(person.person_id)
            if known is None or known[0] != version:
                found = self._usable(person, source.content(), zone, first)
                known = self._read[person.person_id] = (version, found)
        except OSError:  # the file was taken away, or may not be read
            return OwnCalendar(None)
        return OwnCalendar(known[1], source.sent_at)

    def keep(self, who: Principal, content: bytes, first: date) -> None:
        """Keep what somebody sends as their own calendar, in the place of the one before.

        Raises InputError when it is too large, no calendar, or takes too long to be read from that
        day on.
        """
        who.ensure_may_write()
        read_calendar(content, first, first + AHEAD, Reader(ZoneInfo("UTC")), self._mib)
        row = {"person": who.person_id, "content": essence(content), "sent_at": utc_now()}
        with self._engine.begin() as con:
            upsert(con, calendars, [row])

    def remove(self, who: Principal) -> None:
        """Keep what somebody has sent no longer. Raises NotFoundError when there is nothing."""
        who.ensure_may_write()
        mine = sa.delete(calendars).where(calendars.c.person == who.person_id)
        with self._engine.begin() as con:
            if con.execute(mine).rowcount != 1:
                raise NotFoundError("You have sent no calendar.", "There is nothing to remove.")

    # ------------------------------------------------------------------ where it is

    def _sent(self, person: Person) -> _Source | None:
        """What the person has sent."""
        mine = calendars.c.person == person.person_id

        def content() -> bytes:
            with self._engine.connect() as con:
                kept = con.scalar(sa.select(calendars.c.content).where(mine))
            return (kept or "").encode()

        with self._engine.connect() as con:
            sent_at = con.scalar(sa.select(calendars.c.sent_at).where(mine))
        return None if sent_at is None else _Source(sent_at, content, aware(sent_at))

    def _filed(self, person: Person) -> _Source | None:
        """The person's file of the folder. Raises OSError when it cannot be looked at."""
        file = self._file(person)
        if file is None:
            return None
        most = self._mib * 1024 * 1024 + 1

        def content() -> bytes:
            with file.open("rb") as opened:
                return opened.read(most)

        about = file.stat()
        return _Source((file, about.st_mtime_ns, about.st_size), content)

    def _file(self, person: Person) -> Path | None:
        """The calendar file of a person, by their id or e-mail address."""
        for name in (person.person_id, (person.email or "").strip()):
            if _FILE.fullmatch(name) and not name.startswith("."):
                for spelled in dict.fromkeys((name, name.lower())):
                    file = self._folder / f"{spelled}.ics"
                    if file.is_file():
                        return file
        return None

    def _usable(
        self, person: Person, content: bytes, zone: ZoneInfo, first: date
    ) -> Calendar | None:
        """What a calendar holds, read as the person's; None when it cannot be used."""
        own = {(person.email or "").strip().casefold()} - {""}
        try:
            return read_calendar(
                content, first, first + AHEAD, Reader(zone, frozenset(own)), self._mib
            )
        except InputError as error:
            log.warning("notices.calendar", person=person.person_id, reason=error.what)
            return None
