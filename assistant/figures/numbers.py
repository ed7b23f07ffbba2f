"""Numbers with their sign, scale and unit, in digits, kanji or English words.

Both ends of a range (10〜20 %, 10 to 20 percent) have the unit of the range.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from assistant.figures.figure import Figure
from assistant.figures.numerals import (
    DIGITS,
    EN_SCALE,
    JA_SCALE,
    KANJI_DIGITS,
    LARGE,
    WORDS,
    amount,
)
from assistant.figures.numerals import spelled as value_of_words
from assistant.figures.units import UNIT, figure_of

_SIGN = r"(?P<sign>(?<![-−])[-−‐–△▲]|マイナス|minus\s)?\s*"
_CURRENCY = r"(?P<symbol>[¥$€£]|(?:JPY|USD|EUR|GBP)\s?)?\s*"
_SIGN2 = r"(?P<sign2>[-−△▲])?"
_AMOUNT = (
    rf"(?P<amount>(?:{DIGITS}|[{KANJI_DIGITS}])?"
    rf"(?:\s?[{JA_SCALE}](?:{DIGITS}|[{KANJI_DIGITS}])?)+"
    rf"|{DIGITS}|[{KANJI_DIGITS}]+|ゼロ(?=[件社名人回円%日点]))"
)
_EN_SCALES = r"(?:\s?(?P<scale>thousand|million|billion|trillion|bn|mn|tn|[KkMB])(?![A-Za-z]))?"
_UNIT = rf"(?:\s*-?(?P<unit>{UNIT}))?"
_NUMBERS = re.compile(_SIGN + _CURRENCY + _SIGN2 + _AMOUNT + _EN_SCALES + _UNIT, re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:[-−‐–—~〜]|から|to\s|and\s)\s*(?=[¥$€£\d〇零一二三四五六七八九十百])")
_SCALE_AT_END = re.compile(rf"[{JA_SCALE}]+$")
_TENTH = re.compile(r"\s?([0-9一二三四五六七八九])分(?!の)")
_ENDS_IN_FIGURE = re.compile(
    r"[0-9](?:\s?(?:[%円件社名人日月年点回倍割KMB万億]|ポイント|days?|points?|hours?))*(\s?)$"
)
_WORD = "|".join(sorted(WORDS, key=len, reverse=True))
_SCALE_WORD = "hundred|thousand|million|billion|trillion|dozen"
_SPELLED = re.compile(
    rf"(?<![A-Za-z])(?P<words>(?:(?:{_WORD})|an?(?=\s+(?:{_SCALE_WORD})\b))"
    rf"(?:[\s-]+(?:and\s+)?(?:{_WORD}|{_SCALE_WORD})(?![A-Za-z]))*)"
    rf"(?:[\s-]*(?P<unit>{UNIT}))?(?![A-Za-z])",
    re.IGNORECASE,
)
_HAS_NUMERAL = re.compile(rf"[0-9{KANJI_DIGITS}{JA_SCALE}ゼ]")
_HAS_WORD = re.compile(rf"(?<![A-Za-z])(?:{_WORD}|{_SCALE_WORD})(?![A-Za-z])", re.IGNORECASE)


@dataclass(frozen=True)
class _Written:
    """One number as written; what its range lends it stands in `unit`, `scale` and `symbol`."""

    match: re.Match[str]
    unit: str
    scale: str
    symbol: str | None
    lent: Decimal = Decimal(1)


def numbers(line: str) -> Iterator[Figure]:
    """Every number of a line in digits or kanji; digits inside a code (A012, CV-200) are none."""
    if not _HAS_NUMERAL.search(line):
        return
    lender: re.Match[str] | None = None
    for match in _NUMBERS.finditer(line):
        written = _with_range(match, line, lender)
        lender = match if _RANGE.match(line, match.end("amount")) else None
        figure = _figure(written, line)
        if figure is not None:
            yield figure


def _with_range(match: re.Match[str], line: str, lender: re.Match[str] | None) -> _Written:
    """The number with the unit and scale of the end of its range, or the currency of its begin."""
    unit, scale, symbol = match["unit"] or "", match["scale"] or "", match["symbol"]
    if not unit and not symbol and lender is not None and lender["symbol"]:
        symbol = lender["symbol"]
    joined = None if unit or scale else _RANGE.match(line, match.end())
    if joined is None or ("and" in joined[0] and not _between(line, match)):
        return _Written(match, unit, scale, symbol)
    other = _NUMBERS.match(line, joined.end())
    if other is None or other["sign"] or _in_identifier(line, match):
        return _Written(match, unit, scale, symbol)
    lent = Decimal(1)
    last = _SCALE_AT_END.search(other["amount"])
    value = amount(match["amount"])[0]
    if last and match["amount"].isdigit() and value is not None and value < 1000:
        lent = amount(last[0])[0] or lent
    return _Written(
        match, other["unit"] or "", other["scale"] or "", symbol or other["symbol"], lent
    )


def _between(line: str, match: re.Match[str]) -> bool:
    return bool(re.search(r"between\s+$", line[: match.start("amount")], re.IGNORECASE))


def _figure(written: _Written, line: str) -> Figure | None:
    match, unit = written.match, written.unit
    text = match["amount"]
    start, end = match.start("amount"), match.end()
    is_kanji = not any(c.isdigit() and c.isascii() for c in text)
    if is_kanji and text != "ゼロ" and _is_word(written, line):
        return None
    if not written.symbol and _in_identifier(line, match):
        return None
    value, step = (Decimal(0), Decimal(1)) if text == "ゼロ" else amount(text)
    if value is None:
        return None
    factor = EN_SCALE[written.scale.lower()] if written.scale else written.lent
    value, step = value * factor, step * factor
    if unit == "割" and (tenth := _TENTH.match(line, end)):
        value, step, end = value + (amount(tenth[1])[0] or Decimal(0)) / 10, step / 10, tenth.end()
    negative = bool(match["sign"] or match["sign2"]) and not _is_range(line, match)
    first = match.start() if negative or match["symbol"] else start
    return figure_of(line[first:end].strip(), first, end, -value if negative else value, step,
                     unit, written.symbol)  # fmt: skip


def _is_word(written: _Written, line: str) -> bool:
    """Whether kanji numerals are part of a word: 十分, 二人三脚, 数十件, 単位: 百万円."""
    match, unit, text = written.match, written.unit, written.match["amount"]
    if not (unit or written.symbol) or all(c in LARGE for c in text):
        return True
    before, after = line[: match.start("amount")], line[match.end() :]
    if re.search(r"単位\s*[:：]?\s*$|[数何幾]$", before):
        return True
    if unit in ("分", "分の", "分間", "x", "×") or (unit == "倍" and before.endswith("人")):
        return True
    if text == "一" and unit in ("年", "年間", "人", "日", "点", "台", "枚", "個"):
        return True
    if unit == "点":
        return all(c not in JA_SCALE for c in text)
    follows = {"日": "市月町坊酔向路", "人": "三組称前", "年": "坂生", "回": "りす"}
    return after[:1] != "" and after[0] in follows.get(unit, "")


def _in_identifier(line: str, match: re.Match[str]) -> bool:
    """Digits that belong to a code such as A012, CV-200, P1 or v2.1."""
    if match["symbol"]:
        return False
    start = match.start("amount")
    before = re.search(r"[A-Za-z][A-Za-z0-9]*[-_.]?$", line[max(0, start - 40) : start])
    if before and line[start : start + 1].isdigit():
        return True
    return bool(re.match(r"[A-Za-z]{1,2}-?\d", line[match.end("amount") :]))


def _is_range(line: str, match: re.Match[str]) -> bool:
    """A dash between two figures (10-20 %, 3 – 5) is no minus sign; one after a word is."""
    group = "sign" if match["sign"] else "sign2"
    if match[group] not in set("-−‐–"):
        return False
    start = match.start(group)
    before = _ENDS_IN_FIGURE.search(line[max(0, start - 40) : start])
    return before is not None and (not before[1] or line[match.end(group)].isspace())


def spelled(line: str) -> Iterator[Figure]:
    """Every number in English words that has a unit or a scale: forty percent, two dozen."""
    if not _HAS_WORD.search(line):
        return
    for match in _SPELLED.finditer(line):
        words = [w for w in re.split(r"[\s-]+", match["words"].lower()) if w != "and"]
        unit = match["unit"] or ""
        if not unit and not any(word in EN_SCALE for word in words):
            continue
        value, step = value_of_words(words)
        yield figure_of(match[0].strip(), match.start(), match.end(), value, step, unit, None)
