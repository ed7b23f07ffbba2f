"""The days on which a rule (RRULE) repeats something, within a span; every rule comes to an end.

A rule without a match, such as the 30th of February, would be looked for up to the year 9999. The
calendar repeats after 400 years, day by day of the week: rules are asked as if so many times 400
years later that little of it is left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

from dateutil import rrule
from icalendar.prop import vDDDTypes

_LONGEST = 500
"""Characters of a rule at the most."""
_PARTS = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}
)
"""What meetings are repeated by; rules by the second, the hour or the week's number are none."""
_DAYS = {"DAILY": 1, "WEEKLY": 7}
_AGE = 400
_LATE = 9980
_EARLIEST = date(1900, 1, 1)
_MOST = 20_000
"""Occurrences that are counted off at the most, of a rule with a COUNT."""


class UnusualRuleError(ValueError):
    """The rule is none by which meetings are repeated."""


def occurrences(
    rule: str,
    start: datetime,
    until_wall: Callable[[datetime | date], datetime],
    first: date,
    last: date,
) -> Iterator[datetime]:
    """The times on the wall at which a rule repeats what begins at `start`, from day to day.

    `until_wall` turns the rule's UNTIL into a time on that wall. Raises UnusualRuleError.
    """
    parts = _parts(rule)
    frequency, interval = parts.pop("FREQ", ""), _whole(parts.pop("INTERVAL", "1"))
    counted = parts.pop("COUNT", None)
    ends = datetime.combine(last, time.max)
    if (until := parts.pop("UNTIL", None)) is not None:
        ends = min(ends, until_wall(_until(until)))
    if frequency not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY") or start.date() < _EARLIEST:
        raise UnusualRuleError(rule[:_LONGEST])
    begins = start
    if counted is None and (step := _DAYS.get(frequency)):
        begins = _nearer(start, step * interval, first)
    if ends < begins:
        return
    far = (_LATE - last.year) // _AGE * _AGE
    given = parts | {"FREQ": frequency, "INTERVAL": str(interval)}
    if counted is not None:
        if _whole(counted) > _MOST:
            raise UnusualRuleError(rule)
        given["COUNT"] = counted
    text = ";".join(f"{name}={value}" for name, value in given.items())
    for found in rrule.rrulestr(text, dtstart=_later(begins, far)):
        wall = _later(found, -far)
        if wall > ends:
            return
        if wall.date() >= first:
            yield wall


def _parts(rule: str) -> dict[str, str]:
    """What a rule says, part by part."""
    if len(rule) > _LONGEST:
        raise UnusualRuleError(rule[:_LONGEST])
    found = {}
    for part in rule.upper().split(";"):
        name, equals, value = part.partition("=")
        if not equals or name not in _PARTS or name in found:
            raise UnusualRuleError(rule)
        found[name] = value
    return found


def _whole(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) < 1:
        raise UnusualRuleError(text[:_LONGEST])
    return int(text)


def _until(text: str) -> datetime | date:
    found: object = vDDDTypes.from_ical(text)  # type: ignore[no-untyped-call]
    if not isinstance(found, date):
        raise UnusualRuleError(text[:_LONGEST])
    return found


def _nearer(start: datetime, days: int, first: date) -> datetime:
    """A beginning in step with the first, shortly before the span."""
    ahead = (first - start.date()).days // days - 1
    return start + timedelta(days=max(ahead, 0) * days)


def _later(moment: datetime, years: int) -> datetime:
    """The same day of a year so many times 400 years on."""
    return moment.replace(year=moment.year + years)
