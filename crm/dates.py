"""A cell's day is read where its text can mean one day only; else it is refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Literal, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from crm.periods import FIRST_DAY, LAST_DAY, Period, add_months, months
from crm.refused import Refused
from crm.width import half_width


@dataclass(frozen=True)
class DateRules:
    """What a column's dates may look like and which day they are.

    `time_zone` decides the day of a moment with an offset; `order` how "4/1/2026" is read, "ymd"
    not at all; `period` whether a month or a fiscal label is its first or its last day, "" neither;
    `fiscal_year_start` is the month in which a fiscal year begins.
    """

    time_zone: str = "Asia/Tokyo"
    order: Literal["ymd", "mdy", "dmy"] = "ymd"
    period: Literal["", "start", "end"] = ""
    fiscal_year_start: int = 4


_ERAS = {
    sign: Period(date.fromisoformat(first), date.fromisoformat(last))
    for signs, first, last in (
        (("明治", "明", "㍾", "M"), "1868-10-23", "1912-07-30"),
        (("大正", "大", "㍽", "T"), "1912-07-30", "1926-12-25"),
        (("昭和", "昭", "㍼", "S"), "1926-12-25", "1989-01-07"),
        (("平成", "平", "㍻", "H"), "1989-01-08", "2019-04-30"),
        (("令和", "令", "㋿", "R"), "2019-05-01", "2199-12-31"),
    )
    for sign in signs
}
"""Taisho and Showa began on the very day that the era before ended; later ones a day after."""
_BY_THE_SUN = date(1873, 1, 1)
"""Until then Japan counted its months by the moon."""
_EXCEL, _SERIALS = date(1899, 12, 30), range(18264, 73051)
_PARTS = {
    "": (12, 1),
    **{form.format(n): (3, n) for n in (1, 2, 3, 4) for form in ("Q{}", "{}Q", "第{}四半期")},
    **dict.fromkeys(("H1", "1H", "上期", "上半期"), (6, 1)),
    **dict.fromkeys(("H2", "2H", "下期", "下半期"), (6, 2)),
}
"""The whole or a part of a fiscal year: how many months it has, and which of such parts it is."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = {
    name: number
    for week in ("月火水木金土日", ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    for number, name in enumerate(week)
}

_T = TypeVar("_T")
_Texts = Mapping[str, str]
"""What the named groups of a form have found; what has found nothing is empty."""


def read_date(text: str, how: DateRules) -> date:
    """The day that a cell's text says, e.g. 2026-04-01 of "令和8年4月1日(水)".

    Raises Refused: not_a_date, impossible_date, ambiguous_date, era_ended.
    """
    plain = half_width(text)
    for form, day_of in _DAYS:
        if found := form.fullmatch(plain):
            return _told(found.groupdict(""), day_of, how)
    for form, period_of in _LABELS:
        if found := form.fullmatch(plain):
            if not how.period:
                raise Refused("ambiguous_date")
            period = period_of(found.groupdict(""), how)
            return _possible(period.start if how.period == "start" else period.end, _BY_THE_SUN)
    raise Refused("not_a_date")


def _told(texts: _Texts, day_of: Callable[[_Texts, DateRules], date], how: DateRules) -> date:
    """The day, once its weekday is right, or the one that its time and offset make of it."""
    clock, weekday = texts.get("clock"), texts.get("weekday")
    time = _time(clock) if clock else None
    day = day_of(texts, how)
    if weekday and _WEEKDAYS[weekday[:3].lower()] != day.weekday():
        raise Refused("impossible_date")
    return _moved(day, *time, how.time_zone) if time else day


def _time(clock: str) -> tuple[_Texts, range]:
    """The parts of a time of day, and the hours that its form has."""
    for form, hours in _CLOCKS:
        if found := form.fullmatch(clock):
            return found.groupdict("0"), hours
    raise Refused("not_a_date")


def _moved(day: date, time: _Texts, hours: range, time_zone: str) -> date:
    """The day of the moment in the time zone; the day itself where no offset makes it a moment."""
    hour, minute, second = int(time["hour"]), int(time["minute"]), int(time.get("second", 0))
    if hour not in hours or minute > 59 or second > 59:
        raise Refused("impossible_date")
    if time.get("offset", "0") == "0":
        return day
    ahead, more = int(time["ahead"]), int(time["more"])
    if more > 59 or ahead * 60 + more > 14 * 60:
        raise Refused("impossible_date")
    offset = timedelta(hours=ahead, minutes=more)
    zone = timezone(-offset if time["offset"][0] == "-" else offset)
    moment = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone)
    return _possible(moment.astimezone(ZoneInfo(time_zone)).date(), FIRST_DAY)


def _written(texts: _Texts, _: DateRules) -> date:
    year, era = _year(texts)
    day = _day(year, int(texts["month"]), int(texts["day"]), era)
    return _in_era(Period(day, day), era).start


def _named(texts: _Texts, _: DateRules) -> date:
    month = _MONTHS.index(texts["name"][:3].lower()) + 1
    return _day(int(texts["year"]), month, int(texts["day"]))


def _ordered(texts: _Texts, how: DateRules) -> date:
    if how.order == "ymd":
        raise Refused("ambiguous_date")
    first, second = int(texts["first"]), int(texts["second"])
    month, day = (first, second) if how.order == "mdy" else (second, first)
    return _day(int(texts["year"]), month, day)


def _serial(texts: _Texts, _: DateRules) -> date:
    days = int(texts["days"])
    if days not in _SERIALS:
        raise Refused("not_a_date")
    return _EXCEL + timedelta(days=days)


def _month(texts: _Texts, _: DateRules) -> Period:
    year, era = _year(texts)
    return _in_era(months(_day(year, int(texts["month"]), 1, era), 1), era)


def _fiscal(texts: _Texts, how: DateRules) -> Period:
    year, era = _year(texts)
    _in_era(Period(_day(year, 1, 1, era), date(year, 12, 31)), era)
    part = texts["part"].upper()
    if part not in _PARTS:
        raise Refused("impossible_date")
    length, number = _PARTS[part]
    first = date(year, how.fiscal_year_start, 1)
    return months(add_months(first, length * (number - 1)), length)


def _unclear(_: _Texts, __: DateRules) -> NoReturn:
    raise Refused("ambiguous_date")


def _year(texts: _Texts) -> tuple[int, Period | None]:
    """The year, and the days of the era that it is counted in, if any."""
    if not texts.get("era"):
        year = int(texts["year"])
        return (year if len(texts["year"]) == 4 else 2000 + year), None
    era = _ERAS[texts["era"].upper()]
    number = 1 if texts["of_era"] == "元" else int(texts["of_era"])
    if number == 0:
        raise Refused("impossible_date")
    return era.start.year + number - 1, era


def _day(year: int, month: int, day: int, era: Period | None = None) -> date:
    try:
        return _possible(date(year, month, day), _BY_THE_SUN if era else FIRST_DAY)
    except ValueError:
        raise Refused("impossible_date") from None


def _possible(day: date, earliest: date) -> date:
    if earliest <= day <= LAST_DAY:
        return day
    raise Refused("impossible_date")


def _in_era(period: Period, era: Period | None) -> Period:
    if era and (period.end < era.start or era.end < period.start):
        raise Refused("era_ended")
    return period


_B, _BLANKS = r"[ \u00a0]*+", r"[ \u00a0]++"
_ERA = rf"(?P<era>{'|'.join(_ERAS)})"
_OF_ERA = r"(?P<of_era>元|\d\d?)"
_YEAR = r"(?P<year>\d{4})"
_YEAR_KANJI = rf"(?:{_YEAR}|{_ERA}{_B}{_OF_ERA}){_B}年"
_MONTH_KANJI = rf"{_B}(?P<month>\d\d?){_B}月"
_DAY_KANJI = rf"{_B}(?P<day>\d\d?){_B}日"
_TIME = rf"(?:(?:{_BLANKS}|T)(?P<clock>.+))?"
_TAIL = rf"(?:{_B}\((?P<weekday>[月火水木金土日])(?:曜日)?\))?{_TIME}"
_WEEKDAY = (
    r"(?:(?P<weekday>Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|"
    rf"Sat(?:urday)?|Sun(?:day)?),{_B})?"
)
_NAME = (
    r"(?P<name>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_DAY_NAME = rf"{_WEEKDAY}(?P<day>\d\d?)(?:(?P<dash>-)|{_BLANKS}){_NAME}"
_DAY_NAME_AND = rf"{_DAY_NAME}(?(dash)-|{_BLANKS})"
_NAME_DAY = rf"{_WEEKDAY}{_NAME}{_BLANKS}(?P<day>\d\d?)"
_PART = r"(?P<part>[QH]\d|\d[QH]|第\d四半期|[上下]半?期)"
_OFFSET = r"(?P<offset>Z|[-+](?P<ahead>\d\d)(?::?(?P<more>\d\d))?)"
_SECONDS = r":(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?"
_HOUR, _MINUTES = r"(?P<hour>\d\d?)", r"時(?P<minute>\d\d?)分"


def _compiled(*forms: tuple[str, _T]) -> tuple[tuple[re.Pattern[str], _T], ...]:
    return tuple((re.compile(form, re.ASCII | re.IGNORECASE), then) for form, then in forms)


_DAYS = _compiled(
    (rf"{_YEAR}(?P<sep>[-/.])(?P<month>\d\d?)(?P=sep)(?P<day>\d\d?){_TAIL}", _written),
    (rf"{_YEAR_KANJI}{_MONTH_KANJI}{_DAY_KANJI}{_TAIL}", _written),
    (rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d){_TAIL}", _written),
    (rf"{_ERA}{_OF_ERA}(?P<sep>[-/.])(?P<month>\d\d?)(?P=sep)(?P<day>\d\d?){_TAIL}", _written),
    (rf"{_DAY_NAME_AND}{_YEAR}{_TIME}", _named),
    (rf"{_NAME_DAY},{_B}{_YEAR}{_TIME}", _named),
    (rf"(?P<first>\d\d?)(?P<sep>[-/.])(?P<second>\d\d?)(?P=sep){_YEAR}{_TIME}", _ordered),
    (r"(?P<days>\d{5})(?:\.\d+)?", _serial),
    (rf"'?\d\d?(?P<sep>[-/.])\d\d?(?P=sep)\d\d?{_TAIL}", _unclear),
    (rf"(?:'?\d\d?{_B}年)?{_MONTH_KANJI}{_DAY_KANJI}{_TAIL}", _unclear),
    (rf"\d\d?[-/]\d\d?{_TAIL}", _unclear),
    (rf"{_DAY_NAME_AND}'?\d\d{_TIME}", _unclear),
    (rf"{_DAY_NAME}{_TIME}", _unclear),
    (rf"{_NAME_DAY}(?:,{_B}'?\d\d)?{_TIME}", _unclear),
)
_LABELS = _compiled(
    (rf"{_YEAR}[-/](?P<month>\d\d?)", _month),
    (rf"{_YEAR_KANJI}{_MONTH_KANJI}", _month),
    (rf"FY{_B}(?P<year>\d{{4}}|\d\d)(?:{_B}{_PART})?", _fiscal),
    (rf"{_YEAR}{_B}FY(?:{_B}{_PART})?", _fiscal),
    (rf"{_YEAR_KANJI}度(?:{_B}{_PART})?", _fiscal),
    (rf"{_PART}{_B}FY{_B}(?P<year>\d{{4}}|\d\d)", _fiscal),
    (rf"\d\d?{_B}年度(?:{_B}{_PART})?", _unclear),
    (rf"{_YEAR}(?:{_B}年)?[-/]?{_B}{_PART}", _unclear),
    (rf"{_PART}{_B}{_YEAR}年?", _unclear),
)
_CLOCKS = _compiled(
    (rf"{_HOUR}{_SECONDS}(?:{_B}{_OFFSET})?", range(24)),
    (rf"{_HOUR}{_MINUTES}", range(24)),
    (rf"(?:午前|午後){_B}{_HOUR}{_SECONDS}", range(13)),
    (rf"(?:午前|午後){_B}{_HOUR}{_MINUTES}", range(13)),
    (rf"{_HOUR}{_SECONDS}{_B}[AP]M", range(1, 13)),
)
