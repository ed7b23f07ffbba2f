"""Days of a plan lie ahead: a month without a year is the next one, in the plan's period if it can be.

What is said to be done lies behind: there it is the last one.
"""  # noqa: E501

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assistant.builtin.when import find_periods
from assistant.planning.edits.part import Part, Span, compiled, saying, words
from crm.periods import Period, add_months, fiscal_year_of, parse_period

_AHEAD = range(4)
_BEHIND = (0, -1)
_RELATIVE = re.compile(
    r"[今来次先昨前翌本当去]|this|next|last|coming|current|previous|today|yester|日間"
)
_NUMBERS = {w: n for n, w in enumerate("〇一二三四五六七八九十")} | {
    w: n for n, w in enumerate(["a", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 0) if n  # noqa: E501
} | {"a": 1, "couple of": 2}  # fmt: skip
_N = r"(?P<n>\d{1,3}|[一二三四五六七八九十]|a|one|two|three|four|five|six|seven|eight|nine|ten)"
_UNIT = r"(?P<unit>日間?|週間?|[かカヶケヵ箇個]月間?|days?|weeks?|months?)"
_WEEKDAYS = {w: n for n, w in enumerate("月火水木金土日")} | {
    w[:3]: n for n, w in enumerate(d.lower() for d in calendar.day_name)
}
_DAY = re.compile(
    r"(?:\d{4}年)?\s?(?<!\d)(?P<mj>\d{1,2})月(?:(?P<dj>\d{1,2})日)?(?!間|ごと)"
    r"|(?<![\d/.,-])(?:\d{4}[-/.])?(?P<ms>\d{1,2})[/-](?P<ds>\d{1,2})(?![\d/])"
    r"|(?<![a-z])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* (?P<d1>\d{1,2})"
    r"(?:st|nd|rd|th)?(?![\d:,])"
    r"|(?<!\d)(?P<d2>\d{1,2})(?:st|nd|rd|th)? (?:of )?"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?![a-z]*[a-z]{7})"
)
_LEAD = re.compile(
    r"(?:(?<![a-z])(?:in|on|by|for|from|to|until|till|at|before|since|starting|beginning|of|is|due|"
    r"no later than|up to)\s+)?(?:(?<![a-z])(?:the )?(?:end|beginning|start|middle) of\s+)?(?:the )?$"  # noqa: E501
)
_TAIL = re.compile(
    r"\s?(?:\([月火水木金土日](?:曜日?)?\))?の?(?:末日|末|上旬|初旬|中旬|下旬|半ば|初め|頭)?"
    r"(?:頃|ごろ|あたり|くらい|中|いっぱい|付(?:け)?)?(?:まで|から)?"
    r"(?:に(?!関|つい)(?:は)?|へ)?(?:の(?=[^\s]))?"
)
_NEUTRAL = re.compile(
    r"から|まで|以降|(?<![a-z])(?:by|to|from|until|till|before|since|starting|of)(?= )"
)
_PART = {"early": 10, "mid": 15, "late": 0, "上旬": 10, "初旬": 10, "初め": 10, "頭": 10, "中旬": 20,  # noqa: E501
         "半ば": 15, "beginning": 10, "start": 10, "middle": 15}  # fmt: skip


@dataclass(frozen=True)
class Day:
    """A day or longer time that is said: its first and last day, and where its words stand."""

    first: date
    last: date
    start: int
    end: int

    @property
    def span(self) -> Span:
        return self.start, self.end

    @property
    def is_one(self) -> bool:
        return self.first == self.last


@dataclass(frozen=True)
class Now:
    """From where days are seen: today, the fiscal year, and the period of the plan."""

    as_of: date
    fiscal_start: int
    plan: Period
    past: bool = False
    """Whether what is said lies behind."""


def find_days(part: Part, now: Now, *, past: bool = False) -> list[Day]:
    """The days that a part names, in order, each with the words that lead to it."""
    text, now = part.plain, replace(now, past=past)
    found = []
    for start, end, first, last in _near(text, now):
        found.append(Day(first, last, start, end))
        text = text[:start] + " " * (end - start) + text[end:]
    found += _periods(text, now, past)
    return [_worded(part.plain, day) for day in sorted(found, key=lambda day: day.start)]


def no_such_day(part: Part, days: list[Day]) -> str | None:
    """What looks like a day or a month and is none (2月30日)."""
    for match in _DAY.finditer(part.plain):
        if not any(day.start <= match.start() and match.end() <= day.end for day in days):
            is_amount = match["ms"] is not None and "-" in match[0]
            if not is_amount:
                return part.as_said(*match.span())
    return None


# ------------------------------------------------------------------ periods


def _periods(text: str, now: Now, past: bool) -> Iterator[Day]:
    plain = _NEUTRAL.sub(lambda m: ("in" if m[0].isascii() else "").rjust(len(m[0])), text)
    readings = {
        k: {
            s.start: s for s in find_periods(plain, add_months(now.as_of, 12 * k), now.fiscal_start)
        }
        for k in (_BEHIND if past else _AHEAD)
    }
    for start, said in readings[0].items():
        if said.is_compared:
            continue
        spans = []
        for k, found in readings.items():
            if (one := found.get(start)) is not None:
                seen = add_months(now.as_of, 12 * k)
                spans.append(parse_period(one.period, seen, now.fiscal_start))
        if _RELATIVE.search(said.text):
            spans = spans[:1]
        chosen = _past(spans, now) if past else _ahead(spans, now)
        if chosen is not None:
            yield Day(chosen.start, chosen.end, said.start, said.end)


def _ahead(spans: list[Period], now: Now) -> Period | None:
    ahead = [span for span in spans if span.end >= now.as_of]
    inside = [span for span in ahead if now.plan.start <= span.end <= now.plan.end]
    return next(iter([*inside, *ahead, *spans]), None)


def _past(spans: list[Period], now: Now) -> Period | None:
    return next((span for span in spans if span.start <= now.as_of), spans[0] if spans else None)


def _worded(text: str, day: Day) -> Day:
    """The day with the words around it; a part of a month (mid-March, 3月上旬) is its last day."""
    is_cut = re.match(r"[中の](?:旬|頭|初め|半ば|末)", text[day.end - 1 :])
    end = day.end - 1 if is_cut else day.end
    lead, tail = _LEAD.search(text[: day.start]), _TAIL.match(text, end)
    before = re.search(r"(?<![a-z])(early|mid|late)[ -]$", text[: day.start])
    start = before.start() if before else day.start
    lead = _LEAD.search(text[:start])
    words_ = (before[0] if before else "") + (lead[0] if lead else "") + (tail[0] if tail else "")
    number = next((n for word, n in _PART.items() if word in words_), 0)
    first, last = day.first, day.last
    if number and not day.is_one:
        last = first.replace(day=number)
    if lead and lead[0].startswith("before"):
        first = last = day.first - timedelta(days=1)
    elif (tail and "末" in tail[0]) or (lead and "end of" in lead[0]):
        first = last
    return Day(first, last, lead.start() if lead else start, tail.end() if tail else day.end)


# ------------------------------------------------------------------ days from today


def _near(text: str, now: Now) -> Iterator[tuple[int, int, date, date]]:
    for pattern, read in _NEAR:
        for match in pattern.finditer(text):
            if (found := read(match, now)) is not None:
                first, last = found
                yield match.start(), match.end(), first, last
        text = pattern.sub(lambda m: " " * len(m[0]), text)


_Read = Callable[[re.Match[str], Now], tuple[date, date] | None]


def moved(day: date, number: int, unit: str) -> date | None:
    """A day so many days, weeks or months on; None where that is no day."""
    try:
        if "月" in unit or unit.startswith("month"):
            return add_months(day, number)
        return day + timedelta(days=number * (7 if unit.startswith(("週", "week")) else 1))
    except (ValueError, OverflowError):
        return None


def number_of(word: str) -> int:
    return int(word) if word.isdecimal() else _NUMBERS.get(word, 0)


def _from_today(m: re.Match[str], now: Now) -> tuple[date, date] | None:
    day = moved(now.as_of, number_of(m["n"]), m["unit"])
    return (day, day) if day else None


_WEEKS = (
    (2, r"再来週|week after next"),
    (-2, r"先々週"),
    (-1, r"先週|last"),
    (1, r"来週|翌週|next"),
    (0, r"今週|this"),
)


def _weekday(m: re.Match[str], now: Now) -> tuple[date, date]:
    """A day of the week that is said, or else the nearest one: ahead, or behind of what is past."""
    monday = now.as_of - timedelta(days=now.as_of.weekday())
    said = next((n for n, words_ in _WEEKS if re.search(words_, m[0])), None)
    name = next(v for k, v in m.groupdict().items() if k.startswith("day") and v)
    day = monday + timedelta(days=7 * (said or 0) + _WEEKDAYS[name[:3]])
    before = "前の" in m[0] and day == now.as_of
    if said is None and now.past and (day > now.as_of or before):
        day -= timedelta(days=7)
    elif said is None and not now.past and day < now.as_of:
        day += timedelta(days=7)
    return day, day


_MONTHS = {"再来月": 2, "翌月": 1, "来月": 1, "今月": 0, "先月": -1, "前月": -1}


def _day_of_month(m: re.Match[str], now: Now) -> tuple[date, date] | None:
    """20日: of the month that is said, else of the nearest one, ahead or behind."""
    this = now.as_of.replace(day=1)
    way = m["way"]
    tried = [_MONTHS[way]] if way else [0, -1] if now.past else [0, 1]
    for months in tried:
        try:
            day = add_months(this, months).replace(day=int(m["d"]))
        except ValueError:
            continue
        if way or (day <= now.as_of if now.past else day >= now.as_of):
            return day, day
    return None


def _in_japanese(m: re.Match[str], now: Now) -> tuple[date, date] | None:
    """11/10 is 10 November among Japanese words, where it is no fraction."""
    is_fraction = m["mon"] == "1" and re.search(r"目標|額|値", m.string)
    if is_fraction or not re.search(r"[ぁ-んァ-ヶ]", m.string) or not 1 <= int(m["mon"]) <= 12:
        return None
    return _day_and_month(m, now)


def _day_and_month(m: re.Match[str], now: Now) -> tuple[date, date] | None:
    """12th of October: of the year that is said, else as any month without one is seen."""
    found = {k: v for k, v in m.groupdict().items() if v}
    named = found["mon"]
    month = int(named) if named.isdecimal() else _MONTH_NAMES.index(named[:3])
    years = [int(found["y"])] if "y" in found else [now.as_of.year + n for n in range(-1, 4)]
    days = []
    for year in years:
        try:
            days.append(date(year, month, int(found["d"])))
        except ValueError:
            continue
    spans = [Period(day, day) for day in (reversed(days) if now.past else days)]
    chosen = _past(spans, now) if now.past else _ahead(spans, now)
    return (chosen.start, chosen.end) if chosen else None


def _named_year(m: re.Match[str], now: Now) -> tuple[date, date] | None:
    """来年1月20日: a day of a calendar year counted from this one."""
    year = now.as_of.year + _YEARS[m["way"]]
    try:
        day = date(year, int(m["mon"]), int(m["d"]))
    except ValueError:
        return None
    return day, day


def _in_days(count: int) -> _Read:
    return lambda _m, now: (now.as_of + timedelta(days=count),) * 2


def _end_of(months: Callable[[Now], tuple[date, int]]) -> _Read:
    def read(_m: re.Match[str], now: Now) -> tuple[date, date]:
        first, count = months(now)
        last = add_months(first, count) - timedelta(days=1)
        return last, last

    return read


def _fiscal_year(now: Now) -> tuple[date, int]:
    return date(fiscal_year_of(now.as_of, now.fiscal_start), now.fiscal_start, 1), 12


def _quarter(now: Now) -> tuple[date, int]:
    first, _months = _fiscal_year(now)
    passed = (now.as_of.year - first.year) * 12 + now.as_of.month - first.month
    return add_months(first, passed // 3 * 3), 3


_YEARS = {"再来年": 2, "来年": 1, "翌年": 1, "今年": 0, "本年": 0, "昨年": -1, "去年": -1}
_L, _R = r"(?<![a-z0-9])", r"(?![a-z])"
_MONTH_NAMES = [name.lower() for name in calendar.month_abbr]
_WEEKDAY = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_MONTH = rf"(?P<mon>(?:{'|'.join(_MONTH_NAMES[1:])})[a-z]*)"
_NEAR: tuple[tuple[re.Pattern[str], _Read], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (r"明後日|あさって|" + _L + "the day after tomorrow" + _R, _in_days(2)),
        (r"明日|あした|" + _L + "tomorrow" + _R, _in_days(1)),
        (r"本日|今日|" + _L + "today" + _R, _in_days(0)),
        (r"昨日|きのう|" + _L + "yesterday" + _R, _in_days(-1)),
        (r"(?:再来週|先々週|先週|来週|翌週|今週|次|この前|前|こんど|今度)の?(?P<day>[月火水木金土日])曜日?"
         r"|(?:再来週|先々週|先週|来週|翌週|今週)の?(?P<day_0>[月火水木金土日])(?![一-龠ァ-ヶ])"
         r"|(?<![一-龠])(?P<day_1>[月火水木金土日])曜日?(?=[にまへのをは]|$|[、。\s])", _weekday),
        (rf"{_L}(?P<day>{_WEEKDAY})(?:,? (?:of )?(?:next week|this week|last week|(?:the )?week after next)){_R}"  # noqa: E501
         rf"|{_L}(?:next|this|last) week(?:'s)?,? (?:on )?(?P<day_0>{_WEEKDAY}){_R}"
         rf"|{_L}(?:next |this |coming |last )?(?P<day_1>{_WEEKDAY}){_R}", _weekday),
        (rf"(?P<way>{'|'.join(_YEARS)})の?(?P<mon>\d{{1,2}})月(?P<d>\d{{1,2}})日", _named_year),
        (r"(?P<way>再来月|来月|翌月|今月|先月|前月)の?(?P<d>\d{1,2})日(?!間|目)", _day_of_month),
        (r"(?P<way>)(?<![\d月/.年-])(?P<d>\d{1,2})日(?![間後前目以ご経])", _day_of_month),
        (rf"{_L}(?:the )?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}"
         rf"(?:,? (?P<y>\d{{4}}))?{_R}",
         _day_and_month),
        (r"(?<![\d/.,-])(?<![a-z] )(?P<mon>\d{1,2})/(?P<d>\d{1,2})(?![\d/])", _in_japanese),
        (rf"(?<![a-z0-9一二三四五六七八九十]){_N}\s?{_UNIT}(?:後(?!ろ)|以内)", _from_today),
        (rf"{_L}(?:in|within) {_N} {_UNIT}(?: from now)?{_R}", _from_today),
        (rf"{_L}{_N} {_UNIT} from (?:now|today){_R}", _from_today),
        (r"(?<![0-9一二三四五六七八九十今来])月末|" + _L + r"(?:the )?(?:month[ -]end|end of (?:the|this) month)" + _R,  # noqa: E501
         _end_of(lambda now: (now.as_of.replace(day=1), 1))),
        (r"年末(?!調)|年内(?:いっぱい)?|"
         + _L + r"(?:the )?end of (?:the |this )?calendar year" + _R,
         _end_of(lambda now: (date(now.as_of.year, 1, 1), 12))),
        (r"(?<![来0-9])(?:今|当)?四半期末|" + _L + r"(?:the )?(?:quarter[ -]end|end of (?:the|this) quarter)" + _R,  # noqa: E501
         _end_of(_quarter)),
        (r"(?<![来0-9])(?:今|当)?(?:年度末|期末)|" + _L
         + r"(?:the )?(?:fiscal )?(?:year[ -]end|end of (?:the |this )?(?:fiscal |financial )?year)" + _R,  # noqa: E501
         _end_of(_fiscal_year)),
    )
)  # fmt: skip


def shift_said(part: Part) -> tuple[int, str, Span] | None:
    """By how much something is moved: a number (negative: earlier), its unit and its place."""
    length = rf"{_N}\s?{_UNIT}"
    earlier, later = words()["shift"]["earlier"], words()["shift"]["later"]
    for sign, said in ((-1, earlier), (1, later)):
        way = "|".join(said)
        for pattern in (rf"(?<![a-z0-9]){length}(?:ほど|だけ|くらい|ぐらい|分)?\s?(?:{way})",
                        rf"(?:{way})(?: it)?(?: by)? {length}(?![a-z])",
                        rf"(?<![a-z]){length} (?:{way})"):  # fmt: skip
            if match := compiled(pattern).search(part.plain):
                return sign * number_of(match["n"]), match["unit"], match.span()
    if re.search(saying("push"), part.plain) and (
        match := compiled(
            rf"(?<![a-z])(?P<in>in |forward )?(?P<by>by )?{length}(?![a-z])(?(by)|(?(in)|\s*$))"
        ).search(part.plain)
    ):
        is_earlier = match["in"] and part.has(r"(?<![a-z])(?:bring|pull|move)(?![a-z])")
        return (-1 if is_earlier else 1) * number_of(match["n"]), match["unit"], match.span()
    return None
