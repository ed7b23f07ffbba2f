"""Days, periods and figures as documents write them, read exactly or not at all.

A day without a year lies in the plan's period, where that makes it one day.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from assistant.builtin.when import find_periods
from assistant.figures import find_figures, normalised
from assistant.planning.importing.headings import data
from crm.names import normal
from crm.periods import Period, months, parse_period

_LONGEST = 80
"""Characters that a day or a figure can have."""
_ACCOUNTING = re.compile(r"\(([0-9][0-9,.]*)\)")
_BARE = re.compile(r"[-−▲△]?\s?[0-9][0-9,]*(?:\.[0-9]+)?")
_SCALED = re.compile(r"[0-9]\s?[兆億万千百]")
_COUNTED = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?)\s*(\S{1,10})")
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_UNIT_IS = re.compile(r"^単位\s*[:は]?\s*|^(?:units?|in)\s*:?\s+", re.IGNORECASE)
_NOTE = re.compile(r"[※*]?\s*(?:[(\[][^()\[\]]*[)\]]|(?:単位|units?\b|in\s).*)", re.IGNORECASE)
_UNIT_OF: Mapping[str, str] = {
    "percent": "%", "points": "points", "times": "times", "days": "days", "hours": "hours",
}  # fmt: skip

_DAY = re.compile(
    r"(?P<y>[0-9]{4})\s?[-/.年]\s?(?P<m>[0-9]{1,2})\s?[-/.月]\s?(?P<d>[0-9]{1,2})\s?日?"
    r"(?:\s?[(][日月火水木金土][)])?(?: 00:00(?::00)?)?"
)
_YEAR_LAST = re.compile(r"(?P<a>[0-9]{1,2})/(?P<b>[0-9]{1,2})/(?P<y>[0-9]{4})")
_ERA = re.compile(
    r"(?:令和|R)\s?(?P<y>[0-9]{1,2}|元)\s?[年.]\s?(?P<m>[0-9]{1,2})\s?[月.]\s?(?P<d>[0-9]{1,2})\s?日?"
)
_OF_YEAR = re.compile(
    r"(?P<m>[0-9]{1,2})\s?[/月]\s?(?P<d>[0-9]{1,2})\s?日?(?:\s?[(][日月火水木金土][)])?"
)
_MONTH = re.compile(r"(?P<y>[0-9]{4})\s?[-/.年]\s?(?P<m>[0-9]{1,2})\s?月?")
_ERA_MONTH = re.compile(r"(?:令和|R)\s?(?P<y>[0-9]{1,2}|元)\s?[年.]\s?(?P<m>[0-9]{1,2})\s?月?")
_MONTH_ONLY = re.compile(r"(?P<m>[0-9]{1,2})\s?月")
_HEAD = re.compile(r"^(?:by |until |due |on )?(?:the )?(?:end of |by )?(?:the )?", re.IGNORECASE)
_TAIL = re.compile(r"\s?(?:末日|末|中|内)?\s?(?:までに|まで|迄)?$")
_RELATIVE = re.compile(
    r"[今本当来前昨翌再去先次]|直近|過去|this|last|next|current|previous|coming|today|tomorrow|"
    r"yesterday|now|ago|以降|以前|以後|since|after|before|from now|onward",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"(?:\s*[~〜～–—―]\s*|\s+-\s+|から|\s+to\s+|(?<=[日月])-|(?<=[0-9])-(?=[0-9]{4}[/.年]))"
)


@dataclass(frozen=True)
class Calendar:
    """In which period a day without a year lies, and the month in which fiscal years begin."""

    period: Period
    start_month: int

    @property
    def is_one_year(self) -> bool:
        return self.period.days <= 366


@dataclass(frozen=True)
class Figure:
    """A number with its unit, as facts have them: a share is 0.12 of `%`, money is in currency.

    `unit` is None where none is stated; `is_scaled` tells that it is in 万 or 億 all the same.
    """

    value: Decimal
    unit: str | None
    is_scaled: bool = False


@dataclass(frozen=True)
class Scale:
    """What a column's figures are in: a unit (a currency, people, %) and what to multiply by."""

    unit: str
    factor: Decimal = Decimal(1)


# ------------------------------------------------------------------ days


def day(text: str, at: Calendar, *, is_start: bool = False) -> date | None:
    """The day that a text names; a month, quarter or half is its last day, or its first one.

    None where it is no exact day: a text that names more or less than one, or one seen from today.
    """
    found = span(text, at)
    if found is None:
        return None
    return found.start if is_start else found.end


def span(text: str, at: Calendar) -> Period | None:
    """The days that a text as a whole names: a day, month, quarter, half, year, or from-to."""
    if len(text) > _LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text).strip()
    parts = [part for part in _SPAN.split(plain) if part.strip()]
    if len(parts) == 2 and (both := _from_to(parts[0], parts[1], at)):
        return both
    core = _TAIL.sub("", _HEAD.sub("", plain)).strip()
    return _one_day(core, at) or _one_month(core, at) or _said(core, at)


def _from_to(first: str, last: str, at: Calendar) -> Period | None:
    start, end = span(first, at), span(last, at)
    if end and start is None and (month := re.fullmatch(r"([0-9]{1,2})月?", first.strip())):
        start = _month(end.end.year, int(month[1]))
    if start and not re.search(r"[0-9]{4}|令和|R[0-9]", last) and not at.period.contains(start.end):
        end = _one_day(f"{start.start.year}/{last}", at) or _one_month(
            f"{start.start.year}/{last.removesuffix('月')}", at
        )
    return Period(start.start, end.end) if start and end and start.start <= end.end else None


def _one_day(text: str, at: Calendar) -> Period | None:
    if match := _DAY.fullmatch(text):
        return _only(int(match["y"]), int(match["m"]), int(match["d"]))
    if match := _YEAR_LAST.fullmatch(text):
        year, a, b = int(match["y"]), int(match["a"]), int(match["b"])
        readings = {p for p in (_only(year, a, b), _only(year, b, a)) if p}
        return readings.pop() if len(readings) == 1 else None  # 7/8/2026 is of July or of August
    if match := _ERA.fullmatch(text):
        return _only(_era(match["y"]), int(match["m"]), int(match["d"]))
    if (match := _OF_YEAR.fullmatch(text)) and at.is_one_year:
        years = range(at.period.start.year, at.period.end.year + 1)
        found = [_only(year, int(match["m"]), int(match["d"])) for year in years]
        return next((p for p in found if p and at.period.contains(p.start)), None)
    return None


def _one_month(text: str, at: Calendar) -> Period | None:
    if match := _MONTH.fullmatch(text):
        return _month(int(match["y"]), int(match["m"]))
    if match := _ERA_MONTH.fullmatch(text):
        return _month(_era(match["y"]), int(match["m"]))
    if (match := _MONTH_ONLY.fullmatch(text)) and at.is_one_year:
        years = range(at.period.start.year, at.period.end.year + 1)
        found = [_month(year, int(match["m"])) for year in years]
        inside = [p for p in found if p and at.period.contains(p.start)]
        return inside[0] if len(inside) == 1 else None
    return None


def _said(text: str, at: Calendar) -> Period | None:
    """What when.py reads in the whole text; without a year, only within a plan of one year."""
    if not text or _RELATIVE.search(text):
        return None
    seen = [_whole(text, on, at.start_month) for on in (at.period.end, _years_on(at.period.end))]
    if seen[0] is None or seen[0] == seen[1]:
        return seen[0]
    return seen[0] if at.is_one_year and _overlap(seen[0], at.period) else None


def _whole(text: str, on: date, start_month: int) -> Period | None:
    found = find_periods(text, on, start_month)
    if len(found) != 1 or found[0].text.strip() != text or found[0].is_compared:
        return None
    return parse_period(found[0].period, on, start_month)


def _years_on(day_: date) -> date:
    return day_.replace(year=day_.year + 3, day=min(day_.day, 28))


def _overlap(one: Period, other: Period) -> bool:
    return other.contains(one.start) and other.contains(one.end)


def _only(year: int, month: int, number: int) -> Period | None:
    try:
        found = date(year, month, number)
    except ValueError:
        return None
    return Period(found, found) if 1900 <= year <= 2199 else None


def _month(year: int, month: int) -> Period | None:
    if not (1 <= month <= 12 and 1900 <= year <= 2199):
        return None
    return months(date(year, month, 1), 1)


def _era(year: str) -> int:
    return 2018 + (1 if year == "元" else int(year))


# ------------------------------------------------------------------ figures


def figure(text: str, column: Scale | None = None) -> Figure | None:
    """The number that a text as a whole states; None where it is approximate, a range or no number.

    A number without a unit is read by the scale that its column states.
    """
    if len(text) > _LONGEST:
        return None
    plain = normalised(text).strip()
    if accounting := _ACCOUNTING.fullmatch(plain):
        plain = f"-{accounting[1]}"
    found = find_figures(plain)
    if len(found) != 1 or (found[0].start, found[0].end) != (0, len(plain)):
        return _counted(plain)
    one = found[0]
    if one.value is None or one.other or one.bound:
        return None
    if one.kind == "money":
        return Figure(one.value, one.noun)
    if one.kind != "number":
        return Figure(one.value, _UNIT_OF[one.kind]) if one.kind in _UNIT_OF else None
    if not _BARE.fullmatch(plain):
        return _counted(plain) or Figure(one.value, None, bool(_SCALED.search(plain)))
    if column is None:
        return Figure(one.value, None)
    share = Decimal("0.01") if column.unit in ("%", "points") else Decimal(1)
    return Figure(one.value * column.factor * share, column.unit)


def scale(text: str) -> Scale | None:
    """The unit that a column's name or a note states: 金額（百万円）, 単位：千円, %."""
    plain = unicodedata.normalize("NFKC", text).strip()
    inner = [_UNIT_IS.sub("", part.strip()) for part in (*_BRACKETS.findall(plain), plain)]
    return next((found for part in inner if (found := _scales().get(normal(part)))), None)


def unit_note(text: str) -> Scale | None:
    """The unit that a line states for what stands below it: （単位：百万円）, Unit: JPY million."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return scale(plain.lstrip("※* ")) if _NOTE.fullmatch(plain) else None


def _counted(text: str) -> Figure | None:
    """A number and what it counts, by the words of the file."""
    match = _COUNTED.fullmatch(text)
    unit = _scales().get(normal(match[2])) if match else None
    if match is None or unit is None or unit.factor != 1 or unit.unit in data()["money"]:
        return None
    return Figure(Decimal(match[1].replace(",", "")), unit.unit)


@cache
def _scales() -> Mapping[str, Scale]:
    found = {
        normal(str(word)): Scale(str(word) if unit == "own" else unit)
        for unit, words in data()["units"].items()
        for word in words
    }
    for currency, words in data()["money"].items():
        of = {normal(str(word)): Scale(currency, Decimal(factor)) for word, factor in words.items()}
        found |= of
    return found
