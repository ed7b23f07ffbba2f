"""A period is found only where a message names one: a comparison, an amount or a code is none.

The message is read folded (NFKC, one case); what is found stands by its place in the raw text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from crm.errors import InputError
from crm.periods import (
    FIRST_DAY,
    FORMS,
    LAST_DAY,
    Period,
    add_months,
    fiscal_year_of,
    months,
    parse_period,
)


@dataclass(frozen=True)
class Said:
    """A period a message names, as `parse_period` takes it, and where its words stand.

    `is_compared` tells that the message only measures another period against it.
    """

    period: str
    start: int
    end: int
    text: str
    is_compared: bool = False


def _parsed(form: str, as_of: date, start_month: int) -> Period | None:
    try:
        return parse_period(form, as_of, start_month)
    except InputError:
        return None


@dataclass(frozen=True)
class _Reading:
    """A folded message with the raw place of each of its characters, read on a day."""

    plain: str
    cased: str
    places: tuple[int, ...]
    as_of: date
    start_month: int

    @property
    def year(self) -> int:
        return fiscal_year_of(self.as_of, self.start_month)

    def span(self, form: str) -> Period | None:
        return _parsed(form, self.as_of, self.start_month)


_JOINED_ONLY, _IN_CONTEXT, _SURE = range(3)


@dataclass(frozen=True)
class _Term:
    """One expression of time: a period whose `{y}` is a year that is not said.

    `month` stands where that year is a calendar year, 0 where it is a fiscal one. `years` are the
    fiscal and the calendar year that a year may stand for. `trust` tells how much must stand
    beside the words before they count.
    """

    start: int
    end: int
    form: str
    month: int = 0
    years: tuple[int | None, int | None] = (None, None)
    trust: int = _SURE

    @property
    def is_year(self) -> bool:
        return self.years != (None, None)

    @property
    def is_open(self) -> bool:
        return "{y}" in self.form


Reader = Callable[[re.Match[str], _Reading], _Term | None]

# ------------------------------------------------------------------ words and numbers

_KANJI = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0}
_NUMBER_WORDS = {
    w: n
    for n, w in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
         "eleven", "twelve")
    )
} | {"a": 1, "couple of": 2, "fifteen": 15, "eighteen": 18, "twenty": 20, "twenty-four": 24,
     "thirty": 30, "thirty-six": 36, "sixty": 60, "ninety": 90}  # fmt: skip
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4,
             "4th": 4, "final": 4}  # fmt: skip
_MONTHS = {
    name: n
    for n, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
         "august aug", "september sept sep", "october oct", "november nov", "december dec"), 1
    )
    for name in names.split()
}  # fmt: skip
_EARLIER = {"this": 0, "current": 0, "present": 0, "last": -1, "previous": -1, "prior": -1,
            "latest": -1, "most recent": -1,
            "next": 1, "coming": 1, "upcoming": 1,
            "この": 0, "今": 0, "当": 0, "本": 0, "前": -1, "昨": -1, "先": -1, "去": -1,
            "前々": -2, "前前": -2, "先々": -2, "一昨": -2,
            "来": 1, "次": 1, "再来": 2}  # fmt: skip
_UNITS = {"年度": "fiscal_year", "会計年度": "fiscal_year", "年": "fiscal_year",
          "期": "fiscal_year", "fy": "fiscal_year", "fiscal year": "fiscal_year", "year": "year",
          "四半期": "quarter", "クォーター": "quarter", "クオーター": "quarter", "q": "quarter",
          "半期": "half", "mo": "month",
          "月": "month", "か月": "month", "週": "week", "日": "day"}  # fmt: skip
_LENGTHS = {"year": 12, "fiscal_year": 12, "half": 6, "quarter": 3, "month": 1}
_FORMS = frozenset(FORMS.split(", "))
_DAYS_ABOUT = {unit: 31 * length for unit, length in _LENGTHS.items()} | {"week": 7}
_LONGEST = 9_999
"""What lies further back or ahead in days is a slip of the pen or another number."""
_NEAR, _HEAD = 160, 48
"""How many characters around a term are looked at for its sentence and before it for its opener."""
_HALF_YEAR = timedelta(days=184)


def _number(word: str) -> int:
    """A number in digits, in kanji (十二, 二〇二六) or in an English word."""
    if word.isdecimal():
        return int(word)
    if word in _NUMBER_WORDS or word == "元":
        return _NUMBER_WORDS.get(word, 1)
    if "十" in word:
        tens, ones = word.split("十", 1)
        return 10 * _KANJI.get(tens, 1) + _KANJI.get(ones, 0)
    return int("".join(str(_KANJI[c]) for c in word))


def _year(era: str, word: str) -> int | None:
    """The year of 2026, 26 or 令和8; a small number of no era is none."""
    number = _number(word)
    if era:
        return number + (2018 if era in ("令和", "r") else 1988)
    if 1990 <= number <= 2099:
        return number
    return 2000 + number if len(word) == 2 and word.isdecimal() else None


def folded(text: str) -> tuple[str, str, tuple[int, ...]]:
    """A message in one case, the same as cased, and the raw place of each character and the end."""
    chars, places = text, tuple(range(len(text) + 1))
    if not text.isascii():
        pairs = [(c, i) for i, raw in enumerate(text) for c in unicodedata.normalize("NFKC", raw)]
        chars, places = "".join(c for c, _i in pairs), (*(i for _c, i in pairs), len(text))
    cased = chars.replace("’", "'").replace("_", " ")
    lower = cased.lower()
    if len(lower) != len(cased):
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in cased)
    return lower, cased, places


# ------------------------------------------------------------------ forms


def _days(start: date, end: date) -> str:
    return f"{start.isoformat()}..{end.isoformat()}"


def _label(period: Period, start_month: int) -> str:
    """The shortest form of a period: a month, a part of a fiscal year, a year, or its days."""
    year = fiscal_year_of(period.start, start_month)
    first = period.start
    if first.day == 1:
        quarter = (first.month - start_month) % 12 // 3 + 1
        named = {1: f"{first.year}-{first.month:02d}", 3: f"FY{year}Q{quarter}",
                 6: f"FY{year}H{(quarter + 1) // 2}", 12: f"FY{year}"}  # fmt: skip
        for form in (*named.values(), f"{first.year}"):
            if _parsed(form, first, start_month) == period:
                return form
    return _days(period.start, period.end)


def _relative(unit: str, offset: int, at: _Reading) -> str:
    """The unit that lies `offset` units from the one of today."""
    name = f"{ {0: 'this', -1: 'last', 1: 'next'}.get(offset, '') }_{unit}"
    if name in _FORMS:
        return name
    if unit == "day":
        day = at.as_of + timedelta(days=offset)
        return _days(day, day)
    if unit == "week":
        monday = at.as_of + timedelta(days=7 * offset - at.as_of.weekday())
        return _days(monday, monday + timedelta(days=6))
    if unit == "year":
        return str(at.as_of.year + offset)
    length = _LENGTHS[unit]
    this = parse_period(f"this_{unit}", at.as_of, at.start_month)
    return _label(months(add_months(this.start, offset * length), length), at.start_month)


def _around(count: int, unit: str, at: _Reading, sign: int = -1) -> str | None:
    """The last or next `count` units: days and months from today, quarters and years whole."""
    if not 0 < count * _DAYS_ABOUT.get(unit, 1) <= _LONGEST:
        return None
    if unit in ("quarter", "half", "fiscal_year"):
        ends = [at.span(_relative(unit, sign * n, at)) for n in (1, count)]
        found = sorted(p for p in ends if p)
        return _days(found[0].start, found[-1].end) if found else None
    tomorrow = at.as_of + timedelta(days=1)
    size = count * {"week": 7}.get(unit, 1) if unit in ("day", "week") else 0
    if size and sign < 0:
        return f"last_{size}_days"
    length = count * _LENGTHS.get(unit, 0)
    if length == 12 and sign < 0:
        return "last_365_days"
    far = add_months(tomorrow, sign * length) + timedelta(days=sign * size)
    return _days(far, at.as_of) if sign < 0 else _days(tomorrow, far - timedelta(days=1))


def _to_date(unit: str, at: _Reading) -> str:
    start = at.as_of.replace(month=1, day=1)
    if unit != "year" and (this := at.span(_relative(unit, 0, at))):
        start = this.start
    return _days(start, at.as_of)


# ------------------------------------------------------------------ readers


def _group(m: re.Match[str], name: str) -> str:
    return m.groupdict().get(name) or ""


def _term(m: re.Match[str], form: str | None, month: int = 0, trust: int = _SURE) -> _Term | None:
    return _Term(m.start(), m.end(), form, month, trust=trust) if form else None


def _of_year(
    m: re.Match[str], fiscal: int | None, calendar: int | None, form: str = "", trust: int = _SURE
) -> _Term:
    form = form or (f"FY{fiscal}" if fiscal else f"{calendar}")
    return _Term(m.start(), m.end(), form, years=(fiscal, calendar), trust=trust)


def _read_fiscal(m: re.Match[str], _at: _Reading) -> _Term | None:
    year = _year(_group(m, "era"), m["y"])
    return _of_year(m, year, None) if year else None


def _read_fy(m: re.Match[str], at: _Reading) -> _Term | None:
    year, until = _year("", m[1]), _year("", m[2]) if m[2] else None
    if year and until and until > year + 1:
        first, last = at.span(f"FY{year}"), at.span(f"FY{until}")
        return _term(m, _days(first.start, last.end)) if first and last else None
    return _of_year(m, year, None) if year else None


def _read_calendar(m: re.Match[str], _at: _Reading) -> _Term | None:
    year, is_short = _year(_group(m, "era"), m["y"]), not _group(m, "era") and len(m["y"]) == 2
    if not year or (is_short and not _JA_MONTH_NEXT.match(m.string, m.end())):
        return None
    return _of_year(m, None, year)


def _read_ended(m: re.Match[str], at: _Reading) -> _Term | None:
    """2026年3月期 is the fiscal year that ends in that month, where the company's years do."""
    year, month = _year(_group(m, "era"), m["y"]), _number(m["m"])
    if not year or not 1 <= month <= 12:
        return None
    if month % 12 + 1 == at.start_month:
        return _of_year(m, fiscal_year_of(date(year, month, 1), at.start_month), None)
    return _term(m, f"{year}-{month:02d}")


def _read_bare_year(m: re.Match[str], _at: _Reading) -> _Term | None:
    year = _year("", m[1])
    return _of_year(m, None, year, trust=_IN_CONTEXT) if year else None


def _read_cy(m: re.Match[str], _at: _Reading) -> _Term | None:
    return _of_year(m, None, int(m[1]))


def _read_day(m: re.Match[str], _at: _Reading) -> _Term | None:
    year = _year(_group(m, "era"), m["y"])
    if not year or not 1 <= (month := _number(m["m"])) <= 12:
        return None
    if not _group(m, "d"):
        return _term(m, f"{year}-{month:02d}")
    day = f"{year}-{month:02d}-{_number(m['d']):02d}"
    return _term(m, f"{day}..{day}")


def _read_month_day(m: re.Match[str], _at: _Reading) -> _Term | None:
    month, day = _MONTHS.get(m["m"]) or _number(m["m"]), _number(m["d"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    is_slash = "/" in m[0]
    named = f"{{y}}-{month:02d}-{day:02d}"
    trust = _IN_CONTEXT if (is_slash and day <= 12) or m["m"] in _DOUBTFUL else _SURE
    return _term(m, f"{named}..{named}", month, trust)


def _read_month(m: re.Match[str], at: _Reading) -> _Term | None:
    month = _number(m["m"])
    if not 1 <= month <= 12:
        return None
    return _said_month(m, month, _group(m, "way"), at)


def _read_month_of_year(m: re.Match[str], _at: _Reading) -> _Term | None:
    return _term(m, f"20{m['y']}-{_MONTHS[m['m']]:02d}")


def _said_month(m: re.Match[str], month: int, way: str, at: _Reading, trust: int = _SURE) -> _Term:
    """A month with what points on or back to it (last August, 来る10月)."""
    form, this = f"{{y}}-{month:02d}", at.as_of.month
    if way in ("next", "coming", "来る", "来たる", "今度の", "次の"):
        form = form.format(y=at.as_of.year + (month <= this))
    elif way == "last":
        form = form.format(y=at.as_of.year - (month >= this))
    elif way == "this":
        form = form.format(y=at.as_of.year)
    return _Term(m.start(), m.end(), form, month, trust=trust)


def _read_month_name(m: re.Match[str], at: _Reading) -> _Term | None:
    name = m["m"]
    before = at.cased[max(0, m.start() - 8) : m.start()].rstrip()
    at_start = not before or before[-1] in ".?!"
    is_name = at.cased[m.start("m")].isupper() and not at_start
    is_sure = name not in _DOUBTFUL or (is_name and name in ("may", "march"))
    is_sure = is_sure and not _SURNAME.match(at.cased, m.end())
    trust = _SURE if is_sure or _group(m, "way") else _IN_CONTEXT
    return _said_month(m, _MONTHS[name], _group(m, "way"), at, trust)


def _read_part(m: re.Match[str], at: _Reading) -> _Term | None:
    """A quarter or half; a loose one (2h, 前半, a half of something) counts with a year only."""
    kind = next(iter(m.re.groupindex))
    number = {"上": 1, "前": 1, "下": 2, "後": 2, **_ORDINALS}.get(m[kind]) or _number(m[kind])
    is_loose = m[0][0] in "前後" or bool(_OF_SOMETHING.match(m.string, m.end()))
    is_loose = is_loose or (m[0] in ("1h", "2h") and at.cased[m.end() - 1] == "h")
    return _term(m, f"FY{{y}}{kind.upper()}{number}", trust=_JOINED_ONLY if is_loose else _SURE)


def _read_part_of_year(m: re.Match[str], _at: _Reading) -> _Term | None:
    """2Q26 and H1'26."""
    kind = next(iter(m.re.groupindex))
    return _term(m, f"FY20{m['y']}{kind.upper()}{m[kind] or m[f'{kind}2']}")


def _read_relative(m: re.Match[str], at: _Reading) -> _Term | None:
    offset, word = _EARLIER[m["way"]], m["unit"]
    kind = _group(m, "kind").strip()
    if m[0] == "次期" and not _AS_A_PERIOD.match(m.string, m.end()):
        return None
    if "上" in word or "下" in word:
        return _term(m, _next_half(1 if "上" in word else 2, offset, at))
    unit = _UNITS.get(word, word.split("-")[0].split(" ")[0])
    unit = "fiscal_year" if unit == "year" and kind != "calendar" else unit
    if unit == "fiscal_year":
        is_calendar = word == "年" or (word == "year" and not kind)
        calendar = at.as_of.year + offset if is_calendar else None
        return _of_year(m, at.year + offset, calendar, _relative(unit, offset, at))
    if unit == "year":
        return _of_year(m, None, at.as_of.year + offset)
    return _term(m, _relative(unit, offset, at))


def _next_half(number: int, offset: int, at: _Reading) -> str:
    """今下期 lies in this year; 来下期 is the next to begin, 前下期 the last to have ended."""
    found = at.span(f"FY{at.year}H{number}")
    year = at.year
    if found and offset > 0 and found.start <= at.as_of:
        year += 1
    if found and offset < 0 and found.end >= at.as_of:
        year -= 1
    return f"FY{year}H{number}"


def _back(m: re.Match[str], years: int, at: _Reading) -> _Term:
    form = _relative("fiscal_year", -years, at)
    return _of_year(m, at.year - years, at.as_of.year - years, form)


def _read_years_ago(m: re.Match[str], at: _Reading) -> _Term | None:
    years = _number(m["n"])
    return _back(m, years, at) if 0 < years * 366 <= _LONGEST else None


def _read_ago(m: re.Match[str], at: _Reading) -> _Term | None:
    unit, count = _UNITS.get(m["unit"], m["unit"]), _number(m["n"])
    is_near = 0 < count * _DAYS_ABOUT.get(unit, 1) <= _LONGEST
    return _term(m, _relative(unit, -count, at) if is_near else None)


def _read_around(m: re.Match[str], at: _Reading) -> _Term | None:
    """直近90日, 過去1年半, past six months; 今後3か月, next 90 days."""
    word, sign = _group(m, "n"), 1 if _group(m, "ahead") else -1
    unit = _UNITS.get(re.sub(r"[カヶケヵ箇個]", "か", m["unit"]).rstrip("間"), m["unit"])
    unit = "year" if m["unit"].startswith("年") and m["unit"] != "年度" else unit
    if word == "半" or m["unit"].startswith("half"):
        return _term(m, _around(*{"month": (15, "day")}.get(unit, (6, "month")), at, sign))
    count = _number(word) if word else 1
    if _group(m, "half") and unit == "year":
        return _term(m, _around(12 * count + 6, "month", at, sign))
    return _term(m, _around(count, unit, at, sign))


def _fixed(write: Callable[[_Reading], str]) -> Reader:
    return lambda m, at: _term(m, write(at))


def _until(unit: str) -> Reader:
    """What is left of the unit, from today to its last day."""

    def read(m: re.Match[str], at: _Reading) -> _Term | None:
        span = at.span(_relative(unit, 0, at))
        return _term(m, _days(at.as_of, span.end) if span else None)

    return read


# ------------------------------------------------------------------ rules

_N = r"(?:\d{1,4}|[〇零一二三四五六七八九十]{1,4})"
_L, _R = r"(?<![a-z0-9])", r"(?![a-z0-9])"
_FY_L, _FY_R = r"(?:(?<![a-z0-9])|(?<=20\d\d)|(?<=fy\d\d))", r"(?:(?![a-z0-9])|(?=fy\d\d))"
_Y = rf"(?<![\da-z.,/〇零一二三四五六七八九十-])(?P<era>令和|平成|r|h)?\s?(?P<y>{_N}|元)\s?"
_NOT_COMPARED = r"(?!同|対比|比(?!較)|並み|並の|割れ|差|増減|超え)"
_TAIL = rf"(?:分|度|中|内|末)?{_NOT_COMPARED}"
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DOUBTFUL = {"may", "march"} | {
    name for name in _MONTHS if len(name) <= 4 and name not in ("june", "july")
}
_COUNT = "|".join(sorted((w for w in _NUMBER_WORDS if w != "zero"), key=len, reverse=True))
_ORDINAL = "|".join(_ORDINALS)
_DIGIT_END = r"(?!\d)(?!\s?(?:[万億兆千円件社名人個台点倍%]|回|時|yen|percent|deals|orders))"
_MONTH_END = (
    r"(?!間|次|額|給|曜|以内|あたり|当たり|平均|単位|ごと|毎|目|締|賦|割|数|齢|期|"
    r"前(?!半)|後(?!半)|[堂屋庵病]|会(?!議|合))"
)
_WAY = "(?P<way>{})"
_WAYS_JA = _WAY.format("この(?=四?半期)|一昨|前々|前前|先々|再来|今|当|本|前|昨|先|去|来|次")
_WAYS_EN = _WAY.format(
    "this|current|present|last|previous|prior|latest|most recent|next|coming|upcoming"
)
_JA_GUARD = (
    r"(?<![以事午目]前)(?<![将未従由近元]来)(?<![引意入問売絡客届宛優務出]先)"
    r"(?<![年月日週順期]次)(?<![相該担]当)"
)
_AS_A_PERIOD = re.compile(r"[のはにでもを、。?]|予算|目標|計画|$")
_SURNAME = re.compile(r" [A-Z][a-z]")
_OF_SOMETHING = re.compile(r" of (?!the (?:fiscal |financial )?year)")
_JA_MONTH_NEXT = re.compile(rf"\s?{_N}\s?月(?!間)")

_JA_RULES: tuple[tuple[str, Reader], ...] = (
    (rf"{_Y}(?:会計)?年度{_TAIL}", _read_fiscal),
    (rf"{_Y}年(?!度|間|目|前|後|以内|連続|ぶり|月期|半|契約|計画|ごと|毎|未満|以上){_TAIL}",
     _read_calendar),
    (rf"{_Y}年\s?(?P<m>{_N})\s?月期{_TAIL}", _read_ended),
    (rf"{_Y}年\s?(?P<m>{_N})\s?月\s?(?P<d>{_N})\s?日", _read_day),
    (rf"(?<![\d年./])(?P<m>{_N})\s?月\s?(?P<d>{_N})\s?日", _read_month_day),
    (rf"(?P<way>来る|来たる|今度の|次の)?\s?(?<![\d.,/〇零一二三四五六七八九十])(?P<m>{_N})\s?月"
     rf"{_MONTH_END}(?:分|度|中|末)?{_NOT_COMPARED}", _read_month),
    (r"(?<![\d./-])(?P<m>\d{1,2})(?=\s?[~〜\-–・]\s?(?:1[0-2]|0?[1-9])月(?!間|\s?\d))",
     _read_month),
    (r"(?<=[~〜\-–・])(?P<m>1[0-2]|0?[1-9])月(?:期|分)", _read_month),
    (rf"(?:第\s?|(?<!\d))(?P<q>[1-4一二三四])\s?(?:四半期|ク[ォオ]ーター|q{_R}){_TAIL}",
     _read_part),
    (rf"(?<!以)(?P<h>[上下])(?:半)?期(?!待|間|限){_TAIL}", _read_part),
    (r"(?P<h>[前後])半(?!期)", _read_part),
    (rf"{_WAYS_JA}{_JA_GUARD}(?P<unit>会計年度|年度|年(?!配|輩|商|間)|四半期|ク[ォオ]ーター|q{_R}|"
     rf"[上下](?:半)?期|半期|期(?![待間日限首純初])|月(?![次額極初頭])|週(?!間))(?:分|中|内|末)?"
     rf"{_NOT_COMPARED}", _read_relative),
    (r"(?P<way>今|本|昨|一昨)(?P<unit>日)"
     rf"(?!的|は[、。!,]|は(?:これで|ここまで)|も.{{0,2}}よろしく){_NOT_COMPARED}", _read_relative),
    (r"おととし", lambda m, at: _back(m, 2, at)),
    (rf"(?<![\d終了約る])(?P<n>{_N})(?:年度?|期)前(?!後|半)", _read_years_ago),
    (rf"(?<![\d終了約る])(?P<n>{_N})(?P<unit>か月)前(?!後|半|に)", _read_ago),
    (rf"(?:直近|過去|最近|ここ|この|これまで|(?P<ahead>今後|向こう|これから))の?約?"
     rf"(?P<n>{_N}|半(?=[年月]))(?P<unit>日|週|[かカヶケヵ箇個]月|年度|年|期|四半期|月(?=間))(?P<half>半)?"
     r"間?(?:分|で)?", _read_around),
    (r"直近の?四半期", _fixed(lambda at: _relative("quarter", -1, at))),
    (r"直近の?半期", _fixed(lambda at: _relative("half", -1, at))),
    (r"直近の?(?:年度|期(?!間|待))", _fixed(lambda at: _relative("fiscal_year", -1, at))),
    (r"年(?:初|始)(?:から|来|以来|以降)", _fixed(lambda at: _to_date("year", at))),
    (r"[今当]?(?:期[初首頭]|年度初め?)(?:から|来|以来|以降)",
     _fixed(lambda at: _to_date("fiscal_year", at))),
    (r"[今当]?四半期初め?(?:から|来|以降)", _fixed(lambda at: _to_date("quarter", at))),
    (r"[今当]?月(?:初め?|頭)(?:から|来|以来|以降)", _fixed(lambda at: _to_date("month", at))),
    (r"(?<![一二三四五六七八九十半\d])年(?:内|末まで)に?", _until("year")),
    (r"(?:年度|期)(?:内|末まで)に?", _until("fiscal_year")),
    (r"四半期末までに?", _until("quarter")),
    (r"(?<!\d)月末までに?", _until("month")),
)  # fmt: skip
_EN_RULES: tuple[tuple[str, Reader], ...] = (
    (rf"(?:{_L}|(?<=[hq][1-4])|(?<=[1-4][hq]))(?:fy|fiscal(?: year)?|financial year)"
     r"\s?'?(\d{4}|\d{2})"
     r"(?:[/-](\d{4}|\d{2}))?(?!\d)",
     _read_fy),
    (rf"{_L}(?P<y>(?:19|20)\d\d) (?:fiscal|financial) year{_R}", _read_fiscal),
    (rf"{_L}(?:cy|calendar year)\s?(\d{{4}}){_R}", _read_cy),
    (r"(?:(?<![\da-z.,/¥$:-])|(?<=[12]\d\d\d-)|(?<=mid-))((?:19|20)\d\d)(?![\d%]|[.,/]\d|-\d(?!\d{3}))"
     rf"{_DIGIT_END}(?=$|[^a-z]|[hq][1-4]{_R}|[12][hq]{_R})", _read_bare_year),
    (r"(?<![a-z0-9])'(\d\d)(?!\d)", _read_bare_year),
    (r"(?:(?<![\da-z/.-])|(?<=\d\.\.))(?P<y>(?:19|20)\d\d)(?:(?P<sep>[-/.])(?P<m>\d{1,2}))"
     rf"(?:(?P=sep)(?P<d>\d{{1,2}}))?(?![\d]|[/-]\d|\.\d){_DIGIT_END}", _read_day),
    (rf"{_L}(?P<era>r)(?P<y>\d{{1,2}})[./](?P<m>\d{{1,2}})(?:[./](?P<d>\d{{1,2}}))?(?![\d.]*\d)",
     _read_day),
    (rf"(?:(?<![\d/.a-z-])|(?<=/\d-)|(?<=/\d\d-))(?P<m>1[0-2]|0?[1-9])/(?P<d>3[01]|[12]\d|0?[1-9])(?!/){_DIGIT_END}",
     _read_month_day),
    (rf"{_L}(?P<m>{_NAME})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?{_R}{_DIGIT_END}", _read_month_day),
    (rf"{_L}(?P<m>{_NAME})-(?P<y>[2-9]\d){_R}", _read_month_of_year),
    (rf"{_L}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m>{_NAME}){_R}", _read_month_day),
    (rf"{_L}(?:(?P<way>last|next|this|coming) )?(?P<m>{_NAME})\.?{_R}"
     r"(?! (?:be|have|not|also|i|we|you|they|he|she|it|need|help|want|get|on|into|ahead)\b)",
     _read_month_name),
    (rf"{_FY_L}q(?P<q>[1-4]){_FY_R}", _read_part),
    (rf"{_FY_L}(?P<q>[1-4])q{_FY_R}", _read_part),
    (rf"{_L}(?:q(?P<q>[1-4])|(?P<q2>[1-4])q)'?(?P<y>\d\d){_R}", _read_part_of_year),
    (rf"{_L}(?P<q>{_ORDINAL})[ -](?:fiscal )?quarter{_R}(?: of the (?:fiscal |financial )?year)?",
     _read_part),
    (rf"{_L}quarter (?P<q>[1-4]|one|two|three|four){_R}", _read_part),
    (rf"{_FY_L}h(?P<h>[12]){_FY_R}", _read_part),
    (rf"{_FY_L}(?P<h>[12])h{_FY_R}", _read_part),
    (rf"{_L}(?:h(?P<h>[12])|(?P<h2>[12])h)'?(?P<y>\d\d){_R}", _read_part_of_year),
    (rf"{_L}(?P<h>first|second|1st|2nd)[ -]half{_R}(?: of the (?:fiscal |financial )?year)?",
     _read_part),
    (rf"{_L}{_WAYS_EN} (?P<kind>fiscal |financial |calendar )?"
     rf"(?P<unit>year|half(?!-| year)|(?<!last )half[ -]year|quarter|month|week|fy){_R}",
     _read_relative),
    (rf"{_L}(?:the )?year before last{_R}", lambda m, at: _back(m, 2, at)),
    (rf"{_L}(?P<n>{_COUNT}|\d) (?:fiscal )?years? ago{_R}", _read_years_ago),
    (rf"{_L}(?P<n>{_COUNT}|\d{{1,2}}) (?P<unit>quarter|month|week|day)s? ago{_R}", _read_ago),
    (rf"{_L}(?:the )?(?:last|past|previous|prior|preceding|trailing|rolling|latest|"
     rf"(?P<ahead>next|coming|following))(?: (?P<n>{_COUNT}|\d{{1,3}}))[ -]?"
     rf"(?P<unit>fiscal year|year|half|quarter|month|mo|week|day)s?{_R}(?P<half> and a half)?",
     _read_around),
    (rf"{_L}(?:(?:the )?(?:past|trailing|rolling)|(?<=in )the last|(?<=over )the last) "
     rf"(?P<unit>half[ -](?:a )?year|year|month|week|day){_R}"
     r"(?P<half> and a half)?", _read_around),
    (rf"{_L}(?:the )?last (?P<unit>half(?:-| a | )year){_R}",
     _read_around),
    (rf"{_L}(?:ltm|ttm){_R}", _fixed(lambda _at: "last_365_days")),
    (rf"{_L}today{_R}", _fixed(lambda at: _relative("day", 0, at))),
    (rf"{_L}yesterday{_R}", _fixed(lambda at: _relative("day", -1, at))),
    (rf"{_L}(?:fiscal )?(?:ytd|year[ -]to[ -]date|fytd){_R}",
     _fixed(lambda at: _to_date("fiscal_year", at))),
    (rf"{_L}calendar (?:ytd|year[ -]to[ -]date){_R}", _fixed(lambda at: _to_date("year", at))),
    (rf"{_L}(?:qtd|quarter[ -]to[ -]date){_R}", _fixed(lambda at: _to_date("quarter", at))),
    (rf"{_L}(?:mtd|month[ -]to[ -]date){_R}", _fixed(lambda at: _to_date("month", at))),
    (rf"{_L}(?:since|from) the (?:start|beginning) of (?:the|this) "
     rf"(?P<unit>(?:fiscal )?year|quarter|month){_R}",
     lambda m, at: _term(m, _to_date(m["unit"].replace("fiscal ", "fiscal_"), at))),
    (rf"{_L}(?:since|from) the (?:1st|first)(?: of (?:the|this) month)?"
     rf"(?! (?:half|quarter|of|week|day|meeting)\b){_R}",
     _fixed(lambda at: _to_date("month", at))),
    (rf"{_L}by (?:the )?(?:year[ -]end|end of (?:the )?(?:fiscal )?year){_R}",
     _until("fiscal_year")),
    (rf"{_L}by (?:the )?(?:quarter[ -]end|end of (?:the )?quarter){_R}", _until("quarter")),
    (rf"{_L}by (?:the )?(?:month[ -]end|end of (?:the )?month){_R}", _until("month")),
)  # fmt: skip


_JA = [(re.compile(p), read) for p, read in _JA_RULES]
_EN = [(re.compile(p), read) for p, read in _EN_RULES]
_HAS_LATIN = re.compile(r"[a-z]|\d\d|\d/\d")

# ------------------------------------------------------------------ what stands side by side

_YEAR_FIRST = re.compile(r"(?:の|'s|、|,|/|-|:)?\s*(?:from |の)?(?:the )?")
_YEAR_LAST = re.compile(r"\s*[,(]?\s*(?:(?:of|in) )?(?:the )?")
_AGAIN = re.compile(r"\s?\([^)]*\)")
_TOGETHER = re.compile(r"\s*(?:と|や|、|,|・|and|or|vs\.?)\s*")
_RANGE = re.compile(
    r"(?:中|末|頃)?\s*(?:から|より|[~〜–—−‐・-]|\.\.+|to|through|thru|until|till)\s*"
    r"(?:the (?:end of )?)?"
)
_AND = re.compile(r"\s*(?:and|と)\s*(?:the )?")
_BETWEEN = re.compile(r"(?:between|from)\s+(?:the )?$")
_RANGE_END = re.compile(r"\s?(?:末)?(?:まで|にかけて|の間)(?:の間)?に?")
_SINCE = re.compile(
    r"\s?(?:以降|以来|以後|から(?!見|み[てる]|する|すれ)(?:現在まで|今日まで|今まで|これまで)?|"
    r"より後|[~〜](?:現在|今|本日|今日)?(?=$|[のにはを、。 ])|,? (?:onwards?|on|forward)\b|"
    r"(?: (?:to|until|till) (?:now|today|date)\b))"
)
_BEFORE = re.compile(r"\s?(?:以前|(?:より)前(?!年)|よりも前)")
_UNTIL = re.compile(r"\s?(?:いっぱい)?まで(?P<deadline>に)?")
_OF_THING = re.compile(r"'s| [a-z]")
_AS_OF = re.compile(r"\s?(?:時点|現在)")
_MEASURE = re.compile(
    r"\s?(?:分)?(?:と(?:は)?(?:比|くら)べ|に(?:比|くら)べ|と(?:は)?(?:の)?(?:比較し|対比|差)|"
    r"との(?:比較|違い)|対比|より(?:も)?(?:[多少大小高低良悪増減伸落上下]|ど))"
)
_OPENERS = re.compile(
    r"(?<![a-z])(?:(?P<since>since|starting|beginning|as from)|(?P<origin>from)|"
    r"(?P<until>until|till|through|up to)|(?P<deadline>by|no later than)|"
    r"(?P<before>before|prior to)|(?P<after>after)|(?P<as_of>as of|as at)|"
    r"(?P<versus>(?:compared? (?:to|with|against)|versus|vs\.?|than|against|relative to)"
    r"(?: the same [a-z]+)?|(?:up|down|chang(?:e|ed)|grown?|growth|increased?|dropp?(?:ed)?|"
    r"improved?|fell) (?:[a-z]+ )?from))"
    r" (?:in |of )?(?:the )?(?:(?:start|beginning|end|close) of )?(?:the )?$"
)
_IN_BEFORE = re.compile(
    r"(?:in|during|since|for|from|of|through|until|till|by|between|year|late|early|mid|on|before)"
    r"[ -](?:the )?(?:(?:end|start|beginning) of )?$"
)
_LABEL = re.compile(r"(?:number|no\.?|order|room|id|ticket|invoice|po|#) ?$")
_ON_BEFORE = re.compile(r"(?:since|from|on|until|by|through|between|before) $")
_IN_AFTER = re.compile(
    r"\s?(?:以降|以来|から|まで|より前|以前|'s\b|[?]|$)|"
    r"\s(?:sales|orders|revenue|deals|figures|numbers|results|pipeline|onwards?)\b"
)
_ON_AFTER = re.compile(r"\s?(?:以降|から|まで|より|以前|に)")
_AHEAD = re.compile(
    r"予定(?!だった|でした|通り)|見込|見通し|予想|予測|そう(?:な|か|です|だ)|\bwill\b|\bexpect|"
    r"(?<!was )(?<!were )\bplanned\b|\bforecast|\bdue\b|\bcoming\b|\bupcoming\b|\bto close\b"
)
_SENTENCE = re.compile(r"[。.!?！？\n](?!\d)")


def _scan(at: _Reading) -> list[_Term]:
    """The expressions of a message: the longest of those that begin first."""
    rules: list[tuple[re.Pattern[str], Reader]] = []
    if not at.plain.isascii():
        rules += _JA
    if _HAS_LATIN.search(at.plain):
        rules += _EN
    found = [t for p, read in rules for m in p.finditer(at.plain) if (t := read(m, at))]
    kept: list[_Term] = []
    for term in sorted(found, key=lambda t: (t.start, -t.end)):
        if not kept or term.start >= kept[-1].end:
            kept.append(term)
    return kept


def _between(at: _Reading, one: _Term, other: _Term) -> str:
    return at.plain[one.end : other.start]


def _in_year(part: _Term, year: _Term, at: _Reading) -> _Term:
    """A part of a year in its year: a month of a fiscal year may lie in the calendar year after."""
    fiscal, calendar = year.years
    number = fiscal or calendar or at.year
    if part.month:
        number = calendar or (fiscal or at.year) + (part.month < at.start_month)
    start, end = min(part.start, year.start), max(part.end, year.end)
    return replace(
        part, start=start, end=end, form=part.form.format(y=number), years=(None, None), trust=_SURE
    )


def _with_years(terms: list[_Term], at: _Reading) -> list[_Term]:
    """Years joined to the parts that stand beside them (2025年度の下期, Q2 of last year)."""
    joined: list[_Term] = []
    year: _Term | None = None
    for term in terms:
        before = joined[-1] if joined else None
        glue = _between(at, before, term) if before else ""
        if before and before.is_year and term.is_open and _YEAR_FIRST.fullmatch(glue):
            joined[-1], year = _in_year(term, before, at), before
        elif before and before.is_open and term.is_year and _YEAR_LAST.fullmatch(glue):
            joined[-1], year = _in_year(before, term, at), None
        elif before and year and term.is_open and _TOGETHER.fullmatch(glue):
            joined.append(replace(_in_year(term, year, at), start=term.start))
        else:
            joined.append(term)
            year = None
    return joined


def _counts(term: _Term, at: _Reading) -> bool:
    """Whether words that may mean something else are of time by what stands around them."""
    if term.trust == _IN_CONTEXT:
        before = at.plain[max(0, term.start - 24) : term.start]
        if _LABEL.search(before):
            return False
        is_slash = "/" in at.plain[term.start : term.end]
        leads, follows = (_ON_BEFORE, _ON_AFTER) if is_slash else (_IN_BEFORE, _IN_AFTER)
        return bool(leads.search(before) or follows.match(at.plain, term.end))
    return term.trust == _SURE


# ------------------------------------------------------------------ from words to days


def _span(
    term: _Term, at: _Reading, after: date | None = None, before: date | None = None
) -> tuple[str, Period] | None:
    """The days of a term; without a year the most recent that has begun, or the one that fits.

    Quarters and halves without a year are those of this fiscal year.
    """
    if not term.is_open:
        span = at.span(term.form)
        return (term.form, span) if span else None
    near = (after or before or at.as_of).year
    forms = [term.form.format(y=y) for y in range(near - 2, near + 3)]
    spans = [(f, s) for f in forms if (s := at.span(f))]
    if after:
        return next((x for x in spans if x[1].start >= after), None)
    if before or term.month:
        begun = [x for x in spans if x[1].start <= (before or at.as_of)]
        is_ahead = not before and _is_ahead(term, at)
        soon = [x for x in spans if at.as_of < x[1].start <= at.as_of + _HALF_YEAR]
        this = [x for x in spans if x[1].contains(at.as_of)]
        return next(iter((is_ahead and not this and soon) or begun[-1:]), None)
    return next((x for x in spans if x[0] == term.form.format(y=at.year)), None)


def _is_ahead(term: _Term, at: _Reading) -> bool:
    """Whether the sentence speaks of what is to come: a forecast, a plan, a deadline."""
    start, end = max(0, term.start - _NEAR), term.end + _NEAR
    cuts = [m.end() for m in _SENTENCE.finditer(at.plain, start, end)]
    start = max((c for c in cuts if c <= term.start), default=start)
    end = min((c for c in cuts if c > term.end), default=end)
    opener = _OPENERS.search(at.plain, start, term.start)
    is_until = bool(opener and (opener["until"] or opener["deadline"]))
    is_until = is_until or bool(_UNTIL.match(at.plain, term.end))
    return is_until or bool(_AHEAD.search(at.plain, start, end))


def _said(form: str, start: int, end: int, at: _Reading, raw: str, compared: bool = False) -> Said:
    first, last = at.places[start], at.places[end - 1] + 1
    return Said(form, first, last, raw[first:last], compared)


def _range(one: _Term, other: _Term, at: _Reading, raw: str) -> Said | None:
    """From one term to another: 8月から9月まで, Q1-Q3, between April and September."""
    glue = _between(at, one, other)
    opener = _BETWEEN.search(at.plain, max(0, one.start - _HEAD), one.start)
    is_between = bool(opener and opener[0].startswith("between") and _AND.fullmatch(glue))
    is_between = is_between or bool(_AND.fullmatch(glue) and at.plain.startswith("の間", other.end))
    if not (_RANGE.fullmatch(glue) or is_between) or _JOINED_ONLY in (one.trust, other.trust):
        return None
    if one.trust == _IN_CONTEXT and one.is_year and other.years[0]:
        one = replace(one, form=f"FY{one.form}")
    if one.is_open and not other.is_open:
        last = _span(other, at)
        first = _span(one, at, before=last[1].start) if last else None
    else:
        first = _span(one, at)
        last = _span(other, at, after=first[1].start) if first else None
    if not first or not last or last[1].end < first[1].start:
        return None
    if glue == "・" and first[1].end + timedelta(days=1) != last[1].start:
        return None
    end = other.end + (m.end() - m.start() if (m := _RANGE_END.match(at.plain, other.end)) else 0)
    start = opener.start() if opener else one.start
    return _said(_days(first[1].start, last[1].end), start, end, at, raw)


def _single(term: _Term, at: _Reading, raw: str) -> Said | None:
    """One term with the words that leave an end of it open or measure against it."""
    found = _span(term, at)
    head = _OPENERS.search(at.plain, max(0, term.start - _HEAD), term.start)
    opener = (head.lastgroup or "") if head else ""
    if not found or opener == "as_of" or _AS_OF.match(at.plain, term.end):
        return None
    form, span = found
    if opener == "versus" or _MEASURE.match(at.plain, term.end):
        return _said(form, term.start, term.end, at, raw, compared=True)
    is_absolute = form not in _FORMS and not form.startswith("last_")
    if opener == "origin" and is_absolute and term.month:
        opener = "since"
    days = _open_days(term, span, opener, at)
    if not days:
        return _said(form, term.start, term.end, at, raw)
    start = term.start - (len(head[0]) if head else 0)
    tails = (pattern.match(at.plain, term.end) for pattern in (_SINCE, _BEFORE, _UNTIL))
    end = next((m.end() for m in tails if m), term.end)
    return _said(_days(*days), start, end, at, raw)


def _open_days(term: _Term, span: Period, opener: str, at: _Reading) -> tuple[date, date] | None:
    """The days of a term of which only one end is said; None where it is said whole."""
    before, until = _BEFORE.match(at.plain, term.end), _UNTIL.match(at.plain, term.end)
    if opener in ("before", "after") and _OF_THING.match(at.plain, term.end):
        opener = ""
    if opener == "since" or _SINCE.match(at.plain, term.end):
        return span.start, _open_end(span.start, at)
    if opener == "after":
        first = span.end + timedelta(days=1)
        return first, _open_end(first, at)
    if before or opener == "before":
        eve = span.start - timedelta(days=1)
        return FIRST_DAY, span.end if before and before[0].strip() == "以前" else eve
    if until or opener in ("until", "deadline"):
        is_due = bool((until and until["deadline"]) or opener == "deadline")
        year = at.span(f"FY{fiscal_year_of(span.end, at.start_month)}")
        begin = year.start if year else span.start
        return (at.as_of if is_due and span.end >= at.as_of else begin), span.end
    return None


def _open_end(start: date, at: _Reading) -> date:
    """What begins ends today; what is to begin ends with its fiscal year."""
    year = at.span(f"FY{fiscal_year_of(start, at.start_month)}")
    return year.end if year and start > at.as_of else at.as_of


def _read(text: str, as_of: date, fiscal_start: int) -> Iterator[Said]:
    at = _Reading(*folded(text), as_of, fiscal_start)
    terms = _with_years(_scan(at), at)
    done = 0
    for index, one in enumerate(terms):
        if one.start < done:
            continue
        said = _range(one, terms[index + 1], at, text) if index + 1 < len(terms) else None
        if not said and _counts(one, at):
            said = _single(one, at, text)
        if said and said.start >= at.places[done]:
            yield said
            done = _after(at, bisect_left(at.places, said.end))


def _after(at: _Reading, end: int) -> int:
    """Where a period ends with the brackets that say it again: 第2四半期(7-9月)."""
    again = _AGAIN.match(at.plain, end)
    return again.end() if again else end


def find_periods(text: str, as_of: date, fiscal_start: int) -> list[Said]:
    """Every period a message names, in order, not overlapping, seen from `as_of`.

    A month without a year is the most recent that has begun, a quarter or half without one is of
    this fiscal year; 今年 and 去年 alone are fiscal years; a year of months up to today is
    `last_365_days`. `fiscal_start` is the month in which the fiscal year begins.
    """
    return list(_read(text, as_of, fiscal_start))


def find_period(text: str, as_of: date, fiscal_start: int) -> Said | None:
    """The first period a message names; one that is only compared with is none."""
    return next((s for s in _read(text, as_of, fiscal_start) if not s.is_compared), None)


# ------------------------------------------------------------------ follow-ups

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
        (rf"(?:その|さらに)?(?P<n>{_N})(?P<unit>年)前{_NO_RATIO}", -1, True),
        (rf"その次(?:の{_UNIT_JA})?", 1, False),
        (rf"翌{_UNIT_JA}", 1, False),
        (rf"次の{_UNIT_JA}", 1, True),
        (rf"\bthe {_UNIT_EN} before(?: that| it)?\b(?! last)", -1, False),
        (rf"\bthe {_UNIT_EN} after(?: that| it)?\b", 1, False),
        (rf"\b(?:(?P<n>{_COUNT}|\d)|a) (?P<unit>year)s? (?:earlier|before)\b", -1, False),
        (r"\b(?P<unit>year)-(?:earlier|ago)\b", -1, False),
        (rf"\b(?:(?P<n>{_COUNT}|\d) )?(?P<unit>year)s? ago\b", -1, True),
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
    at = _Reading(*folded(said), as_of, fiscal_start)
    span = at.span(period)
    for pattern, offset, needs_bare in _MOVES if span else ():
        match = pattern.search(at.plain)
        if not match or not span:
            continue
        rest = f"{at.plain[: match.start()]} {at.plain[match.end() :]}"
        if needs_bare and not _BARE.fullmatch(rest):
            continue
        count = offset * _number(_group(match, "n") or "a")
        unit = _group(match, "unit")
        moved = _last_year(span, period, at) if not offset else _moved(span, unit, count, at)
        is_within = moved and FIRST_DAY <= moved.start <= moved.end <= LAST_DAY
        return _label(moved, fiscal_start) if moved and is_within else None
    return None


def _last_year(span: Period, period: str, at: _Reading) -> Period:
    """The same part of last year; of the year before when that is what was asked about."""
    if re.fullmatch(r"last_\d+_days", period):
        return _by_days(span, -365)
    years = at.year - 1 - fiscal_year_of(span.end, at.start_month)
    return _by_months(span, 12 * (years or -1))


def _moved(span: Period, said: str, count: int, at: _Reading) -> Period | None:
    unit = _UNITS.get(said, said)
    if unit in ("前年", "year", "fiscal_year") and said != "期":
        return _by_months(span, 12 * count)
    if unit in ("quarter", "half", "month", "week"):
        there = replace(at, as_of=span.start)
        return there.span(_relative(unit, count, there))
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
