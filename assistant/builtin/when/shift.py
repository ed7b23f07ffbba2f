"""A follow-up shifts the period before it: the same kind, a year or a period earlier or later."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from assistant.builtin.when.forms import UNITS, shortest, unit_from_today
from assistant.builtin.when.message import Message, folded
from assistant.builtin.when.numbers import COUNT, NUMBER, number_of
from assistant.builtin.when.term import group
from crm.periods import FIRST_DAY, LAST_DAY, Period, add_months, fiscal_year_of

_UNIT_JA = r"(?P<unit>会計年度|年度|年|四半期|半期|期間|期|月|週)"
_UNIT_EN = r"(?P<unit>fiscal year|year|half|quarter|month|week|period|one)"
_SAME_JA = r"(?:度の?)?の?同(?:期|月|週|日|四半期|時期|期間|じ時期|じ期間)"
_SAME_EN = r"\bsame (?:time|period|quarter|month|half|week)(?: of| in)?"
_NO_RATIO = r"(?!比|対比|並|割れ|差|の?伸び)"
_MOVES: tuple[tuple[re.Pattern[str], int, bool], ...] = tuple(
    (re.compile(pattern), offset, needs_bare)
    for pattern, offset, needs_bare in (
        (rf"(?:その|さらに|もう)?(?:一|ひと|1)つ前(?:の{_UNIT_JA})?{_NO_RATIO}", -1, False),
        (rf"(?:さらに)?その前(?:の?{_UNIT_JA})?(?![にの]){_NO_RATIO}", -1, False),
        (rf"(?P<unit>前年){_SAME_JA}{_NO_RATIO}", -1, False),
        (rf"(?P<unit>[昨去]年){_SAME_JA}{_NO_RATIO}", 0, False),
        (rf"(?P<unit>[昨去]年)度?{_NO_RATIO}", 0, True),
        (rf"前(?:の)?{_UNIT_JA}(?:度)?{_NO_RATIO}", -1, True),
        (rf"(?:その|さらに)?(?P<n>{NUMBER})(?P<unit>年)前{_NO_RATIO}", -1, True),
        (rf"その次(?:の{_UNIT_JA})?", 1, False),
        (rf"翌{_UNIT_JA}", 1, False),
        (rf"次の{_UNIT_JA}", 1, True),
        (rf"\bthe {_UNIT_EN} before(?: that| it)?\b(?! last)", -1, False),
        (rf"\bthe {_UNIT_EN} after(?: that| it)?\b", 1, False),
        (rf"\b(?:(?P<n>{COUNT}|\d)|a) (?P<unit>year)s? (?:earlier|before)\b", -1, False),
        (r"\b(?P<unit>year)-(?:earlier|ago)\b", -1, False),
        (rf"\b(?:(?P<n>{COUNT}|\d) )?(?P<unit>year)s? ago\b", -1, True),
        (rf"{_SAME_EN} (?P<unit>last year)\b", 0, False),
        (rf"{_SAME_EN} (?:(?:the )?(?:previous|prior) |a )(?P<unit>year)\b", -1, False),
        (r"\b(?P<unit>last year)\b", 0, True),
        (rf"\b(?:previous|prior|preceding) {_UNIT_EN}\b", -1, True),
        (rf"\b(?:the )?(?:next|following) {_UNIT_EN}\b", 1, True),
    )
)  # fmt: skip
_BARE = re.compile(
    r"(?:は|って|だと|なら|では|じゃ|で|の|も|と|が|を|どう|だった|でした|ですか|です|か|ね|いくら|それ|これ|"
    r"あと|ちなみに|同じ|見せて|教えて|ください|お願い|します|what|how|about|and|was|were|is|it|for|in|"
    r"the|of|then|that|same|show|me|please|did|we|do|look|like|year|[\s、。,.?!・…'])*"
)


def shifted(period: str, as_of: date, fiscal_start: int, said: str) -> str | None:
    """The period before moved as a follow-up says: the same kind one year or one period earlier.

    None where nothing moves it: a comparison (前年比), a period of its own, or a whole question
    that happens to say 去年 or `previous quarter`.
    """
    at = Message(*folded(said), as_of, fiscal_start)
    span = at.span(period)
    for pattern, offset, needs_bare in _MOVES if span else ():
        match = pattern.search(at.plain)
        if not match or not span:
            continue
        rest = f"{at.plain[: match.start()]} {at.plain[match.end() :]}"
        if needs_bare and not _BARE.fullmatch(rest):
            continue
        count = offset * number_of(group(match, "n") or "a")
        unit = group(match, "unit")
        moved = _last_year(span, period, at) if not offset else _moved(span, unit, count, at)
        is_within = moved and FIRST_DAY <= moved.start <= moved.end <= LAST_DAY
        return shortest(moved, fiscal_start) if moved and is_within else None
    return None


def _last_year(span: Period, period: str, at: Message) -> Period:
    """The same part of last year; of the year before when that is what was asked about."""
    if re.fullmatch(r"last_\d+_days", period):
        return _by_days(span, -365)
    years = at.year - 1 - fiscal_year_of(span.end, at.start_month)
    return _by_months(span, 12 * (years or -1))


def _moved(span: Period, said: str, count: int, at: Message) -> Period | None:
    unit = UNITS.get(said, said)
    if unit in ("前年", "year", "fiscal_year") and said != "期":
        return _by_months(span, 12 * count)
    if unit in ("quarter", "half", "month", "week"):
        there = replace(at, as_of=span.start)
        return there.span(unit_from_today(unit, count, there))
    after = span.end + timedelta(days=1)
    if span.start.day == after.day == 1:
        length = (after.year - span.start.year) * 12 + after.month - span.start.month
        return _by_months(span, length * count)
    return _by_days(span, span.days * count)


def _by_months(span: Period, count: int) -> Period:
    after = add_months(span.end + timedelta(days=1), count)
    return Period(add_months(span.start, count), after - timedelta(days=1))


def _by_days(span: Period, count: int) -> Period:
    return Period(span.start + timedelta(days=count), span.end + timedelta(days=count))
