"""Numerals of every script have one value: 12, １２, 十二, 壱拾弐, twelve, 1億2,345万."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

KANJI_DIGITS = "〇零一二三四五六七八九"
SMALL = {"十": 10, "百": 100, "千": 1000}
LARGE = {"万": 10**4, "億": 10**8, "兆": 10**12}
JA_SCALE = "".join([*SMALL, *LARGE])
DIGITS = r"\d+(?:,\d{3})*(?:\.\d+)?"
KANJI = rf"[{KANJI_DIGITS}{JA_SCALE}]"
SMALL_NUMBER = rf"(?:\d+|[{KANJI_DIGITS}十百]+)"
"""A number of a few digits, in digits or in kanji."""
HALF, HUNDREDTH = Decimal("0.5"), Decimal("0.01")
EN_SCALE = {
    "k": 10**3, "thousand": 10**3, "m": 10**6, "mn": 10**6, "million": 10**6, "b": 10**9,
    "bn": 10**9, "billion": 10**9, "tn": 10**12, "trillion": 10**12, "hundred": 100, "dozen": 12,
}  # fmt: skip
_UNITS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
WORDS = {word: n for n, word in enumerate(_UNITS)} | {
    word: 10 * n for n, word in enumerate(_TENS, 2)
}
VULGAR = {
    c: (Decimal(int(up)) / int(down)).quantize(Decimal("0.0001"))
    for c in "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
    for up, down in [unicodedata.normalize("NFKC", c).split("\u2044")]
}
_FORMAL_DIGITS = "壱壹弐貳参參肆伍陸漆捌玖拾佰陌阡仟萬"
_FORMAL = str.maketrans(_FORMAL_DIGITS, "一一二二三三四五六七八九十百百千千万")
_FORMAL_RUN = re.compile(
    rf"[{_FORMAL_DIGITS}{KANJI_DIGITS}{JA_SCALE}]{{2,}}(?=円|割|%|件|社|名|$|[^一-龠])"
    r"|[壱壹弐貳参參伍拾](?=円|割|%)"
)
_HAS_FORMAL = re.compile(f"[{_FORMAL_DIGITS}]")
_KANJI_VALUE = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0}
_TOKEN = re.compile(rf"{DIGITS}|[{KANJI_DIGITS}]+|[{JA_SCALE}]")


class _Plain(dict[int, str]):
    """Each character as its plain form where that is one character; ① and ½ stay as they are."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        match unicodedata.category(char):
            case "No":
                plain = char
            case "Nd":
                plain = str(unicodedata.digit(char))
            case _:
                folded = unicodedata.normalize("NFKC", char)
                plain = folded if len(folded) == 1 else "%" if char == "㌫" else char
        self[code] = plain
        return plain


_PLAIN = _Plain()


def normalised(text: str) -> str:
    """Digits of every script and full-width signs as plain ones, character for character."""
    if text.isascii():
        return text
    plain = text.translate(_PLAIN)
    if _HAS_FORMAL.search(plain):
        return _FORMAL_RUN.sub(lambda m: m[0].translate(_FORMAL), plain)
    return plain


def amount(text: str) -> tuple[Decimal | None, Decimal]:
    """The value of 1億2,345万, 三十二, 12,345.6 and the unit of its last written digit."""
    total = section = Decimal(0)
    current: Decimal | None = None
    step = Decimal(1)
    for token in _TOKEN.findall(text):
        if token in SMALL:
            section += (Decimal(1) if current is None else current) * SMALL[token]
            step = _step_of(current) * SMALL[token]
            current = None
        elif token in LARGE:
            is_bare = current is None and not section
            total += (Decimal(1) if is_bare else section + (current or 0)) * LARGE[token]
            step = (_step_of(current) if current is not None else step) * LARGE[token]
            section, current = Decimal(0), None
        else:
            if token[0] in _KANJI_VALUE:
                token = "".join(str(_KANJI_VALUE[c]) for c in token)
            current = Decimal(token.replace(",", ""))
            step = _step_of(current)
    return total + section + (current or 0), step


def whole(text: str) -> int:
    """The whole number that a few digits, kanji or an English word name."""
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    return int(amount(text)[0] or 0)


def spelled(words: list[str]) -> tuple[Decimal, Decimal]:
    """The value of [one, hundred, and, twenty] and its unit: that of the last scale named."""
    total = section = Decimal(0)
    step = Decimal(1)
    for word in words:
        if word in ("a", "an"):
            section += 1
        elif word in WORDS:
            section += WORDS[word]
            step = Decimal(1)
        elif word == "hundred":
            section *= 100
            step = Decimal(100)
        elif word in EN_SCALE:
            total += section * EN_SCALE[word]
            step = Decimal(1) if word == "dozen" else Decimal(EN_SCALE[word])
            section = Decimal(0)
    return total + section, step


def _step_of(value: Decimal | None) -> Decimal:
    if value is None:
        return Decimal(1)
    exponent = value.as_tuple().exponent
    return Decimal(1).scaleb(exponent) if isinstance(exponent, int) and exponent < 0 else Decimal(1)
