"""Days and months in every common writing: 2026年9月30日, 令和8年, R8.9.30, 9/30, Sep 30, 2026."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from assistant.figures.figure import Figure, Parts
from assistant.figures.numerals import KANJI_DIGITS, whole

_FULL_NAMES = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
]  # fmt: skip
MONTHS = (
    {name: n for n, name in enumerate(_FULL_NAMES, 1)}
    | {name[:3]: n for n, name in enumerate(_FULL_NAMES, 1)}
    | {"sept": 9}
)
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925, "大正": 1911}
_ERA_WORD, _ERA_LETTER = "令和|平成|昭和|大正", "[RHS]"
_TWO = rf"(?:\d{{1,2}}|[{KANJI_DIGITS}十]{{1,3}})"
_YEAR = rf"(?:\d{{4}}|[{KANJI_DIGITS}]{{4}})"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_SUFFIX = r"(?:st|nd|rd|th)?"

_JAPANESE = re.compile(
    rf"""
    (?:(?P<era>{_ERA_WORD})\s*(?P<y1>{_TWO}|元)
      |(?<![A-Za-z])(?P<letter>{_ERA_LETTER})(?P<y2>\d{{1,2}}))
        (?:\s*年(?!度)\s*(?:(?P<m1>{_TWO})\s*月\s*(?:(?P<d1>{_TWO})\s*日)?)?
          |[./-](?P<m2>\d{{1,2}})[./-](?P<d2>\d{{1,2}})(?!\d)) |
    (?P<y3>{_YEAR})\s*年(?!度)\s*(?:(?P<m3>{_TWO})\s*月\s*(?:(?P<d3>{_TWO})\s*日)?)? |
    (?<![\d'’.,])['’]?(?P<y4>\d{{2}})\s*年\s*(?P<m4>{_TWO})\s*月\s*(?:(?P<d4>{_TWO})\s*日)? |
    (?<![\d年])(?P<m5>\d{{1,2}}|(?<![一-龠])[{KANJI_DIGITS}十]{{1,3}})\s*月\s*(?P<d5>{_TWO})\s*日 |
    (?<![\d年.,])(?P<m6>\d{{1,2}})\s*月(?!\s*\d)(?!間) |
    (?<![一-龠])(?P<m7>[一二三四五六七八九十]{{1,2}})月(?=[のにはをまもか末初上中下分以、。,.\s)]|$)
    """,
    re.VERBOSE,
)
_SIGNS = re.compile(
    rf"""
    (?<![\d.,/-])(?P<y1>\d{{4}})[-/.](?P<m1>\d{{1,2}})(?:[-/.](?P<d1>\d{{1,2}}))?(?![\d/-]|,\d) |
    (?<![\d.,/-])(?P<y2>\d{{2}})/(?P<m2>\d{{1,2}})/(?P<d2>\d{{1,2}})(?![\d/-]) |
    (?<![\d.,/-])(?P<a3>\d{{1,2}})/(?P<b3>\d{{1,2}})/(?P<y3>\d{{4}})(?![\d/-]) |
    (?<![\d/.,-])(?P<m4>1[0-2]|0?[1-9])/(?P<d4>{_DAY})(?![\d/]|\s?[件社名割%])
    """,
    re.VERBOSE,
)
_ENGLISH = re.compile(
    rf"""
    (?<![\d.,])(?P<d1>\d{{1,2}}){_SUFFIX}\s+(?:of\s+)?
        (?P<n1>{_MONTH})(?![A-Za-z])\.?(?:,?\s+(?P<y1>\d{{4}}))? |
    (?<![A-Za-z])(?P<n2>{_MONTH})\.?\s+
        (?P<d2>\d{{1,2}}){_SUFFIX}(?!\d)(?:,?\s+(?P<y2>\d{{4}}))? |
    (?<![A-Za-z])(?P<n3>{_MONTH})\.?,?\s+(?P<y3>\d{{4}})
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LATER_DAY = re.compile(rf"\s*[-–~〜]\s*({_DAY})\s*日")
_HAS_MONTH = re.compile(_MONTH, re.IGNORECASE)


def dates(line: str) -> Iterator[Figure]:
    """Every date of a line; a day that ends a range (9月10日〜15日) is a date as well."""
    if "年" in line or "月" in line or re.search(rf"(?<![A-Za-z]){_ERA_LETTER}\d", line):
        for match in _JAPANESE.finditer(line):
            yield from _with_later_day(_japanese(match), line)
    if "/" in line or "-" in line or "." in line:
        yield from _written_with_signs(line)
    if _HAS_MONTH.search(line):
        for match in _ENGLISH.finditer(line):
            g = _given(match)
            yield _date(match, _number(g, "y"), MONTHS[_first(g, "n").lower()], _number(g, "d"))


def _japanese(match: re.Match[str]) -> Figure:
    g = _given(match)
    year = _number(g, "y")
    if era := match["era"] or match["letter"]:
        year = ERAS[era] + (1 if match["y1"] == "元" else year or 0)
    elif match["y4"]:
        year = 2000 + (year or 0)
    return _date(match, year, _number(g, "m"), _number(g, "d"))


def _written_with_signs(line: str) -> Iterator[Figure]:
    for match in _SIGNS.finditer(line):
        g = _given(match)
        year = _number(g, "y")
        if match["y2"]:
            year = 2000 + (year or 0)
        if match["y3"]:
            readings = [(year, int(match["a3"]), int(match["b3"]))]
            readings.append((year, int(match["b3"]), int(match["a3"])))
        else:
            readings = [(year, _number(g, "m") or 0, _number(g, "d") or 0)]
        found = [_date(match, y, m, d or None) for y, m, d in readings if is_day(y, m, d or None)]
        if found:
            yield replace(found[0], other=found[1] if len(found) > 1 else None)


def _with_later_day(figure: Figure, line: str) -> Iterator[Figure]:
    yield figure
    later = _LATER_DAY.match(line, figure.end)
    if figure.day and figure.day[2] and later:
        parts = (figure.day[0], figure.day[1], int(later[1]))
        yield Figure(later[0].strip(), later.start(1), later.end(), "date", day=parts)


def _date(match: re.Match[str], year: int | None, month: int | None, day: int | None) -> Figure:
    parts: Parts = (year, month, day)
    return Figure(match[0], match.start(), match.end(), "date", day=parts)


def _given(match: re.Match[str]) -> dict[str, str]:
    return {name: text for name, text in match.groupdict().items() if text}


def _first(given: dict[str, str], letter: str) -> str:
    return next((given[k] for k in given if k[0] == letter and k[1:].isdigit()), "")


def _number(given: dict[str, str], letter: str) -> int | None:
    text = _first(given, letter)
    return whole(text) if text and text != "元" else None


def is_day(year: int | None, month: int | None, day: int | None) -> bool:
    try:
        date(year or 2000, month or 1, day or 1)
    except ValueError:
        return False
    return True
