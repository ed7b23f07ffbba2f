"""Figures in a text, in every common way of writing them, as values with their precision and unit.

1億2,345万円, ¥123.5M, 63.2 %, 三割, 2026年9月30日, 30 September 2026, forty percent.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

Kind = Literal["number", "percent", "points", "money", "days", "hours", "months", "times", "date"]
Parts = tuple[int | None, int | None, int | None]
"""Year, month and day of a date, None where not written."""


@dataclass(frozen=True)
class Figure:
    """One figure: where it stands, its value, how finely it is written, and what it counts.

    `value` of a percentage is the fraction; `step` is the unit of its last digit. `noun` narrows a
    number to what it counts (count, occasions, accounts, people, year, score), a sum to a currency.
    A date's `value` is None; its parts stand in `day`.
    """

    text: str
    start: int
    end: int
    kind: Kind
    value: Decimal | None = None
    step: Decimal = Decimal(1)
    noun: str | None = None
    day: Parts | None = None


_KANJI = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12}
_EN_SCALE = {"k": 10**3, "thousand": 10**3, "m": 10**6, "mn": 10**6, "million": 10**6,
             "b": 10**9, "bn": 10**9, "billion": 10**9}  # fmt: skip
_WORDS = {
    w: n
    for n, w in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
} | {
    w: 10 * n
    for n, w in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2
    )
}
_MONTH_NAMES = (
    {
        name: n
        for n, name in enumerate(
            [
                "january",
                "february",
                "march",
                "april",
                "may",
                "june",
                "july",
                "august",
                "september",
                "october",
                "november",
                "december",
            ],
            1,
        )
    }
    | {
        name: n
        for n, name in enumerate(
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
        )
    }
    | {"sept": 9}
)
_MONTH = "|".join(sorted(_MONTH_NAMES, key=len, reverse=True))

_REIWA = 2018

_DATES = re.compile(
    rf"""
    (?P<y1>\d{{4}})\s*年度 |
    FY\s?(?P<y2>\d{{4}}) |
    令和\s*(?P<r1>\d{{1,2}}|元)\s*年\s*
        (?:(?P<m1>\d{{1,2}})\s*月\s*(?:(?P<d1>\d{{1,2}})\s*日)?|度)? |
    (?P<y3>\d{{4}})\s*年\s*(?:(?P<m3>\d{{1,2}})\s*月\s*(?:(?P<d3>\d{{1,2}})\s*日)?)? |
    (?<![\d年])(?P<m4>\d{{1,2}})\s*月\s*(?P<d4>\d{{1,2}})\s*日 |
    (?<![\d年.,])(?P<m9>\d{{1,2}})\s*月(?!\s*\d)(?!間) |
    (?<![\d/.,-])(?P<m10>1[0-2]|0?[1-9])/(?P<d10>3[01]|[12]\d|0?[1-9])(?![\d/]|\s?[件社名割%]) |
    (?<![\d.,/-])(?P<y5>\d{{4}})[-/.](?P<m5>\d{{1,2}})(?:[-/.](?P<d5>\d{{1,2}}))?(?![\d/-]|,\d) |
    (?<![\d.,])(?P<d6>\d{{1,2}})(?:st|nd|rd|th)?\s+
        (?P<n6>{_MONTH})(?![A-Za-z])\.?(?:,?\s+(?P<y6>\d{{4}}))? |
    (?<![A-Za-z])(?P<n7>{_MONTH})\.?\s+
        (?P<d7>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<y7>\d{{4}}))? |
    (?<![A-Za-z])(?P<n8>{_MONTH})\.?\s+(?P<y8>\d{{4}})
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SIGN = r"(?P<sign>(?<![-−])[-−‐–△▲]|マイナス|minus\s)?\s*"
_CURRENCY = r"(?P<symbol>[¥$€£]|(?:JPY|USD|EUR|GBP)\s?)?\s*"
_SIGN2 = r"(?P<sign2>[-−△▲])?"
_DIGITS = r"\d+(?:,\d{3})*(?:\.\d+)?"
_JA_SCALE = "十百千万億兆"
_AMOUNT = (
    rf"(?P<amount>(?:{_DIGITS}|[〇零一二三四五六七八九])?"
    rf"(?:\s?[{_JA_SCALE}](?:{_DIGITS}|[〇零一二三四五六七八九])?)+"
    rf"|{_DIGITS}|[〇零一二三四五六七八九]+)"
)
_EN_SCALES = r"(?:\s?(?P<scale>thousand|million|billion|bn|mn|[KkMB])(?![A-Za-z]))?"
_UNIT = (
    r"\s*(?P<unit>%|パーセント|percent(?:age\s+points?)?|per\s+cent|ポイント|points?|pts|割|分の|"
    r"円|ドル|ユーロ|ポンド|yen|dollars?|euros?|日間?|days?|時間|hours?|[かカヶケ箇]月|months?|"
    r"件|社|名|人|回|倍|times|年間?|years?|点|accounts?|companies|customers?|people|contacts?|"
    r"deals?|orders?|activities|views?|opportunities)?"
)
_NUMBERS = re.compile(_SIGN + _CURRENCY + _SIGN2 + _AMOUNT + _EN_SCALES + _UNIT, re.IGNORECASE)
_WORD_NUMBER = "|".join(sorted(_WORDS, key=len, reverse=True))
_SPELLED = re.compile(
    rf"(?<![A-Za-z])(?P<words>(?:{_WORD_NUMBER})(?:[\s-](?:{_WORD_NUMBER}))?"
    r"|an?(?=\s+(?:hundred|thousand|million|billion|dozen)\b))"
    r"\s+(?P<scale>hundred|thousand|million|billion|dozen)?\s*"
    r"(?P<unit>percent|per\s+cent|percentage\s+points?|points|days?|hours?|months|accounts?|"
    r"companies|customers|people|contacts?|deals?|orders?|activities|yen|dollars?)?(?![A-Za-z])",
    re.IGNORECASE,
)
_HAS_NUMERAL = re.compile(rf"[0-9元〇零一二三四五六七八九{_JA_SCALE}]")
_HAS_WORD = re.compile(
    rf"(?<![A-Za-z])(?:{_WORD_NUMBER}|hundred|thousand|dozen)(?![A-Za-z])", re.IGNORECASE
)
_FRACTION = re.compile(r"(\d+|[一二三四五六七八九十百]+)分の(\d+|[一二三四五六七八九十]+)")
_TENTH = re.compile(r"\s?([0-9一二三四五六七八九])分(?!の)")
_ENDS_IN_FIGURE = re.compile(
    r"[0-9](?:\s?(?:[%円件社名人日月年点回倍割KMB万億]|ポイント|days?|points?|hours?))*(\s?)$"
)
_CURRENCIES = {
    "¥": "JPY", "円": "JPY", "yen": "JPY", "jpy": "JPY", "$": "USD", "ドル": "USD",
    "dollar": "USD", "dollars": "USD", "usd": "USD", "€": "EUR", "ユーロ": "EUR", "euro": "EUR",
    "euros": "EUR", "eur": "EUR", "£": "GBP", "ポンド": "GBP", "gbp": "GBP",
}  # fmt: skip
_NOUNS = {
    "件": "count", "回": "occasions", "deal": "count", "deals": "count", "order": "count",
    "orders": "count", "activities": "count", "view": "count", "views": "count",
    "opportunities": "count", "社": "accounts", "account": "accounts", "accounts": "accounts",
    "companies": "accounts", "customer": "accounts", "customers": "accounts", "名": "people",
    "人": "people", "people": "people", "contact": "people", "contacts": "people", "年": "year",
    "年間": "year", "year": "year", "years": "year", "点": "score",
}  # fmt: skip


def normalised(text: str) -> str:
    """Full-width digits and signs as plain ones, character for character where lengths agree."""
    if unicodedata.is_normalized("NFKC", text):
        return text
    return "".join(c if len(n := unicodedata.normalize("NFKC", c)) != 1 else n for c in text)


def find_figures(text: str) -> list[Figure]:
    """Every figure in a text, in order; digits inside identifiers (A012, CV-200) are none."""
    found: list[Figure] = []
    offset = 0
    for line in normalised(text).splitlines(keepends=True):
        if _HAS_NUMERAL.search(line) or _HAS_WORD.search(line):
            found += [
                replace(f, start=f.start + offset, end=f.end + offset) for f in _in_line(line)
            ]
        offset += len(line)
    return found


def _in_line(line: str) -> list[Figure]:
    found = _dates(line)
    taken = [(f.start, f.end) for f in found]
    for pattern, read in ((_FRACTION, _fraction), (_NUMBERS, _number), (_SPELLED, _spelled)):
        for match in pattern.finditer(line):
            figure = read(match, line)
            if figure and not any(figure.start < e and s < figure.end for s, e in taken):
                found.append(figure)
                taken.append((figure.start, figure.end))
    return sorted(found, key=lambda f: f.start)


def _dates(text: str) -> list[Figure]:
    found = []
    for match in _DATES.finditer(text):
        g = {k: v for k, v in match.groupdict().items() if v}
        year = next((int(g[k]) for k in g if k.startswith("y")), None)
        if era := match["r1"]:
            year = _REIWA + (1 if era == "元" else int(era))
        named = next((_MONTH_NAMES[g[k].lower()] for k in g if k.startswith("n")), None)
        month = named or next((int(g[k]) for k in g if k.startswith("m")), None)
        day = next((int(g[k]) for k in g if k.startswith("d")), None)
        if match["y5"] and not _is_day(year, month, day):
            continue
        found.append(Figure(match[0], match.start(), match.end(), "date", day=(year, month, day)))
    return found


def _is_day(year: int | None, month: int | None, day: int | None) -> bool:
    try:
        date(year or 2000, month or 1, day or 1)
    except ValueError:
        return False
    return True


def _number(match: re.Match[str], text: str) -> Figure | None:
    amount, unit = match["amount"], (match["unit"] or "")
    start, end = match.start("amount"), match.end()
    kanji_only = not any(c.isdigit() and c.isascii() for c in amount)
    if kanji_only and not (unit or match["symbol"]):
        return None
    if all(c in _LARGE for c in amount) or (kanji_only and _names_unit(text[:start])):
        return None
    if (
        kanji_only
        and unit in ("年", "人", "日", "点", "分の")
        and all(c not in _JA_SCALE for c in amount)
    ):
        return None
    if _in_identifier(text, start, match.end("amount"), bool(match["symbol"])):
        return None
    value, step = _amount(amount)
    if value is None:
        return None
    if match["scale"]:
        scale = _EN_SCALE[match["scale"].lower()]
        value, step = value * scale, step * scale
    if unit == "割" and (tenth := _TENTH.match(text, end)):
        parts, _step = _amount(tenth[1])
        value, step, end = value + (parts or Decimal(0)) / 10, step / 10, tenth.end()
    negative = bool(match["sign"] or match["sign2"]) and not _is_range(text, match)
    first = match.start() if negative or match["symbol"] else start
    return _figure(text[first:end].strip(), first, end, -value if negative else value, step, unit,
                   match["symbol"])  # fmt: skip


def _names_unit(before: str) -> bool:
    """Whether what follows is a unit and no figure: (単位: 百万円)."""
    return bool(re.search(r"単位\s*[:：]?\s*$", before))


def _is_range(text: str, match: re.Match[str]) -> bool:
    """A dash between two figures (10-20 %, 3 – 5) is no minus sign; one after a word is."""
    group = "sign" if match["sign"] else "sign2"
    if match[group] not in set("-−‐–"):
        return False
    before = _ENDS_IN_FIGURE.search(text[: match.start(group)])
    return before is not None and (not before[1] or text[match.end(group)].isspace())


def _fraction(match: re.Match[str], _text: str) -> Figure:
    """A third (三分の一) is a share finer than any that is displayed."""
    whole, part = _amount(match[1])[0], _amount(match[2])[0]
    value = (part or Decimal(0)) / whole if whole else Decimal(0)
    return Figure(match[0], match.start(), match.end(), "percent", value, Decimal("0.0001"))


def _in_identifier(text: str, start: int, end: int, has_symbol: bool) -> bool:
    """Digits that belong to a code such as A012, CV-200, P1 or v2.1."""
    if has_symbol:
        return False
    before = re.search(r"[A-Za-z][A-Za-z0-9]*[-_.]?$", text[:start])
    if before and text[start : start + 1].isdigit() and not re.fullmatch(r"FY|fy", before[0]):
        return True
    return bool(re.match(r"[A-Za-z]{1,2}-?\d", text[end:]))


def _spelled(match: re.Match[str], _text: str) -> Figure | None:
    unit, scale = match["unit"] or "", match["scale"]
    if not unit and not scale:
        return None
    words = re.split(r"[\s-]", match["words"].lower())
    value = Decimal(sum(_WORDS.get(w, 1) for w in words))
    step = Decimal(1)
    if scale:
        factor = {"hundred": 100, "dozen": 12, **_EN_SCALE}[scale.lower()]
        value, step = value * factor, step * factor
    return _figure(match[0], match.start(), match.end(), value, step, unit, None)


def _figure(
    text: str, start: int, end: int, value: Decimal, step: Decimal, unit: str, symbol: str | None
) -> Figure:
    unit = re.sub(r"\s+", " ", unit.lower())
    if symbol or unit in _CURRENCIES:
        currency = _CURRENCIES[(symbol or unit).strip().lower()]
        return Figure(text, start, end, "money", value, step, currency)
    if unit in ("%", "パーセント", "percent", "per cent"):
        return Figure(text, start, end, "percent", value / 100, step / 100)
    if unit == "割":
        return Figure(text, start, end, "percent", value / 10, step / 10)
    if unit.startswith(("ポイント", "point", "pts", "percentage")):
        return Figure(text, start, end, "points", value / 100, step / 100)
    kinds: dict[str, Kind] = {
        "日": "days", "日間": "days", "day": "days", "days": "days", "時間": "hours",
        "hour": "hours", "hours": "hours", "month": "months", "months": "months",
        "倍": "times", "times": "times",
    }  # fmt: skip
    if unit in kinds:
        return Figure(text, start, end, kinds[unit], value, step)
    if unit.endswith("月"):
        return Figure(text, start, end, "months", value, step)
    return Figure(text, start, end, "number", value, step, _NOUNS.get(unit))


def _amount(text: str) -> tuple[Decimal | None, Decimal]:
    """The value of 1億2,345万, 三十二, 12,345.6 and the unit of its last written digit."""
    total = section = Decimal(0)
    current: Decimal | None = None
    step = Decimal(1)
    for token in re.findall(rf"{_DIGITS}|[〇零一二三四五六七八九]+|[{_JA_SCALE}]", text):
        if token in _SMALL:
            section += (Decimal(1) if current is None else current) * _SMALL[token]
            step = _step_of(current) * _SMALL[token]
            current = None
        elif token in _LARGE:
            is_bare = current is None and not section
            total += (Decimal(1) if is_bare else section + (current or 0)) * _LARGE[token]
            step = (_step_of(current) if current is not None else step) * _LARGE[token]
            section, current = Decimal(0), None
        else:
            if token[0] in _KANJI:
                token = "".join(str(_KANJI[c]) for c in token)
            current = Decimal(token.replace(",", ""))
            step = _step_of(current)
    return total + section + (current or 0), step


def _step_of(value: Decimal | None) -> Decimal:
    if value is None:
        return Decimal(1)
    exponent = value.as_tuple().exponent
    return Decimal(1).scaleb(exponent) if isinstance(exponent, int) and exponent < 0 else Decimal(1)
