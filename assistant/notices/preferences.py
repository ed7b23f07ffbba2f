"""When a person wants to hear from us: what they have chosen, else what is usual here.

Choices are short texts under a name, the same in a form, on the command line and over HTTP:
`digest` "monday 08:30", `reminders` "08:45", `briefing` "30" (minutes before a meeting), each also
"off"; `quiet` "saturday,sunday" or "none"; `language` "ja" or "en"; `time_zone` as IANA names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import TypeVar, cast, get_args
from zoneinfo import ZoneInfo, available_timezones

import sqlalchemy as sa

from crm.database import upsert, utc_now
from crm.errors import InputError
from crm.scope import Principal
from crm.settings import Language, Settings
from crm.thresholds.notices import DAYS, TIME, Day

T = TypeVar("T")
metadata = sa.MetaData()
chosen = sa.Table(
    "notice_preferences",
    metadata,
    sa.Column("person", sa.String(80), primary_key=True),
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column("value", sa.String(80), nullable=False),
    sa.Column("said_at", sa.DateTime, nullable=False),
)

NAMES = ("language", "time_zone", "digest", "reminders", "briefing", "quiet")
"""What can be chosen, in the order of a form."""
_DAYS: tuple[Day, ...] = get_args(Day)
_OFF = "off"
_NONE = "none"
_HEARD = {"language": "heard_language", "time_zone": "heard_zone"}
"""Names under which is kept what a door has heard of a person; their own choice goes before it."""
_MINUTES = range(5, 241)


@dataclass(frozen=True)
class Weekly:
    """A weekday (Monday is 0) and a time on it."""

    weekday: int
    at: time


@dataclass(frozen=True)
class Preference:
    """What holds for a person now; None is off. `texts` are the same as they are chosen.

    Nothing is sent outside `awake`, nor on quiet days (Monday is 0).
    """

    language: Language
    zone: ZoneInfo
    digest: Weekly | None
    reminders: time | None
    briefing_minutes: int | None
    quiet_days: frozenset[int]
    morning: time
    awake: tuple[time, time]
    texts: Mapping[str, str]


class Preferences:
    """What people have chosen, kept in the workspace database."""

    def __init__(self, engine: sa.Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings

    def of(self, person_id: str) -> Preference:
        """What holds for a person."""
        kept = self._kept(person_id)
        texts = dict(self.usual())
        for name in NAMES:
            for kept_as in (_HEARD.get(name), name):
                if kept_as in kept and _fits(name, kept[kept_as]):
                    texts[name] = kept[kept_as]
        return preference(texts, self._settings)

    def usual(self) -> Mapping[str, str]:
        """What holds for whoever has chosen nothing."""
        company, notices = self._settings.company, self._settings.notices
        return {
            "language": company.language,
            "time_zone": company.time_zone,
            "digest": notices.digest,
            "reminders": notices.reminders,
            "briefing": str(notices.briefing_minutes or _OFF),
            "quiet": ",".join(notices.quiet_days) or _NONE,
        }

    def change(self, who: Principal, wanted: Mapping[str, str | None]) -> Preference:
        """Keep what somebody chooses for themselves, all of it or nothing; None: as is usual.

        Raises InputError with a sentence on the first that does not fit.
        """
        who.ensure_may_write()
        if not who.person_id:
            raise InputError("Nobody is named whose preferences these are.", "Say who you are.")
        given = {name: _read(name, value) for name, value in wanted.items()}
        texts = dict(self.usual()) | self._kept(who.person_id)
        texts |= {n: v if v is not None else self.usual()[n] for n, v in given.items()}
        self._check({name: texts[name] for name in NAMES})
        self._keep(who.person_id, given)
        return self.of(who.person_id)

    def heard(self, person_id: str, *, language: str | None, time_zone: str | None) -> None:
        """Keep what a door knows of a person's language and time zone; nonsense is left out."""
        known = {"language": (language or "")[:2].lower(), "time_zone": time_zone or ""}
        kept = self._kept(person_id)
        new = {_HEARD[n]: v for n, v in known.items() if v and _fits(n, v)}
        if any(kept.get(name) != value for name, value in new.items()):
            self._keep(person_id, cast(dict[str, str | None], new))

    def _kept(self, person_id: str) -> dict[str, str]:
        query = sa.select(chosen.c.name, chosen.c.value).where(chosen.c.person == person_id)
        with self._engine.connect() as con:
            return {row.name: row.value for row in con.execute(query)}

    def _keep(self, person_id: str, given: Mapping[str, str | None]) -> None:
        now = utc_now()
        rows = [
            {"person": person_id, "name": name, "value": value, "said_at": now}
            for name, value in given.items()
            if value is not None
        ]
        gone = [name for name, value in given.items() if value is None]
        with self._engine.begin() as con:
            if rows:
                upsert(con, chosen, rows)
            if gone:
                con.execute(
                    sa.delete(chosen).where(chosen.c.person == person_id, chosen.c.name.in_(gone))
                )

    def _check(self, texts: Mapping[str, str]) -> None:
        """Refuse what would never be sent."""
        one = preference(texts, self._settings)
        start, end = one.awake
        times = {"digest": one.digest.at if one.digest else None, "reminders": one.reminders}
        for name, at in times.items():
            if at is not None and not start <= at < end:
                raise InputError(
                    f"`{name}` at {at:%H:%M} is in the night, when nothing is sent.",
                    f"Choose a time from {start:%H:%M} to before {end:%H:%M}.",
                )
        if one.digest is not None and one.digest.weekday in one.quiet_days:
            raise InputError(
                f"`digest` on {_DAYS[one.digest.weekday]} is on a quiet day.",
                "Choose another day, or take it out of `quiet`.",
            )


def preference(texts: Mapping[str, str], settings: Settings) -> Preference:
    """What the texts say, which have been found to fit."""
    notices = settings.notices
    digest, quiet = texts["digest"], texts["quiet"]
    day, _space, at = digest.partition(" ")
    return Preference(
        language=cast(Language, texts["language"]),
        zone=ZoneInfo(texts["time_zone"]),
        digest=None if digest == _OFF else Weekly(_weekday(day), time.fromisoformat(at)),
        reminders=_optional(texts["reminders"], time.fromisoformat),
        briefing_minutes=_optional(texts["briefing"], int),
        quiet_days=frozenset(_weekday(d) for d in quiet.split(",") if quiet != _NONE),
        morning=time.fromisoformat(notices.morning),
        awake=(notices.day_from, notices.day_to),
        texts={name: texts[name] for name in NAMES},
    )


def _optional(text: str, read: Callable[[str], T]) -> T | None:
    return None if text == _OFF else read(text)


def _weekday(day: str) -> int:
    return _DAYS.index(cast(Day, day))


# ------------------------------------------------------------------ reading what is chosen


def _fits(name: str, value: str) -> bool:
    """Whether a text is a choice of that name."""
    match name:
        case "language":
            return value in get_args(Language)
        case "time_zone":
            return value in available_timezones()
        case "digest":
            return re.fullmatch(f"{_OFF}|({DAYS}) {TIME}", value) is not None
        case "reminders":
            return re.fullmatch(f"{_OFF}|{TIME}", value) is not None
        case "briefing":
            return value == _OFF or (
                re.fullmatch("[0-9]{1,3}", value) is not None and int(value) in _MINUTES
            )
    return re.fullmatch(f"{_NONE}|({DAYS})(,({DAYS}))*", value) is not None


_REMEDIES = {
    "language": "Choose ja or en.",
    "time_zone": "Choose an IANA name such as Asia/Tokyo.",
    "digest": "Choose a day and a time such as `monday 08:30`, or off.",
    "reminders": "Choose a time such as 08:45, or off.",
    "briefing": f"Choose {_MINUTES[0]} to {_MINUTES[-1]} minutes, or off.",
    "quiet": "Choose days such as `saturday,sunday`, or none.",
}


def _read(name: str, value: str | None) -> str | None:
    """A choice as it is kept. Raises InputError when there is no such choice."""
    if name not in NAMES:
        raise InputError(f"There is no preference `{name}`.", f"There are: {', '.join(NAMES)}.")
    if value is None:
        return None
    text = " ".join(value.split())
    if name != "time_zone":
        text = text.lower()
    if name == "quiet":
        days = [day.strip() for day in text.split(",")]
        text = ",".join(day for day in _DAYS if day in days) if set(days) <= {*_DAYS} else text
    if not _fits(name, text):
        raise InputError(f"`{name}` cannot be `{value[:40]}`.", _REMEDIES[name])
    return text
