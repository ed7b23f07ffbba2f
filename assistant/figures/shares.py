"""Shares and multiples in words: 三分の一, 3/4の, two thirds, 半分, 過半数, 倍増, doubled, ゼロ.

A share is as fine as a whole percentage: a third is 33 %.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal

from assistant.figures.dates import is_day
from assistant.figures.figure import Figure
from assistant.figures.numerals import HALF, HUNDREDTH, KANJI_DIGITS, VULGAR, WORDS, whole

_KANJI = rf"(?:\d+|[{KANJI_DIGITS}十百千]+)"
_COUNT = "|".join(sorted(WORDS, key=len, reverse=True))
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6,
    "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_OF = r"(?=\s+(?:of|the|our|its|their|all|as)\b)"
_TIMES = {
    "twice": 2, "twofold": 2, "double": 2, "doubled": 2, "doubles": 2, "doubling": 2, "thrice": 3,
    "triple": 3, "tripled": 3, "triples": 3, "tripling": 3, "threefold": 3, "quadruple": 4,
    "quadrupled": 4, "fourfold": 4, "fivefold": 5, "tenfold": 10,
}  # fmt: skip
_TIMES_WORD = "|".join(sorted(_TIMES, key=len, reverse=True))
_TENTH = Decimal("0.1")


def _share(match: re.Match[str], value: Decimal) -> Figure:
    rounded = value.quantize(HUNDREDTH, rounding=ROUND_HALF_UP)
    return Figure(match[0], match.start(), match.end(), "percent", rounded, HUNDREDTH)


def _japanese_fraction(match: re.Match[str]) -> Figure | None:
    down, up = whole(match[1]), whole(match[2])
    return _share(match, Decimal(up) / down) if down else None


def _slashed(match: re.Match[str]) -> Figure | None:
    """3/4の案件 is a share, or a day's: whichever is known."""
    up, down = int(match[1]), int(match[2])
    if not 0 < up < down:
        return None
    share = _share(match, Decimal(up) / down)
    other = None
    if is_day(None, up, down):
        other = Figure(match[0], match.start(), match.end(), "date", day=(None, up, down))
    return Figure(share.text, share.start, share.end, "percent", share.value, HUNDREDTH,
                  other=other)  # fmt: skip


def _english_fraction(match: re.Match[str]) -> Figure | None:
    up = 1 if match[1].lower() in ("a", "an") else whole(match[1])
    down = _PARTS[re.sub(r"s$", "", match[2].lower()) if match[2].lower() != "halves" else "half"]
    return _share(match, Decimal(up) / down)


def _one_in(match: re.Match[str]) -> Figure | None:
    up, down = whole(match[1]), whole(match[2])
    return _share(match, Decimal(up) / down) if 0 < up < down else None


def _sign(match: re.Match[str]) -> Figure | None:
    """½ alone is a share; 1½ is a number."""
    value = VULGAR[match[2]]
    if match[1]:
        number = Decimal(match[1]) + value
        return Figure(match[0], match.start(), match.end(), "number", number, Decimal("0.01"))
    return _share(match, value)


def _half(match: re.Match[str]) -> Figure:
    return _share(match, HALF)


def _halved(match: re.Match[str]) -> Figure:
    return _share(match, -HALF)


def _majority(match: re.Match[str]) -> Figure:
    text = match[0].lower()
    below = "未満" in text or "以下" in text or text.startswith(("less", "under", "fewer", "below"))
    return Figure(match[0], match.start(), match.end(), "percent", HALF, HUNDREDTH,
                  bound="below" if below else "above")  # fmt: skip


def _times(match: re.Match[str]) -> Figure:
    value = Decimal(_TIMES.get(match[0].lower(), 2))
    other = None
    if match[0].lower() in ("twice", "thrice"):
        other = Figure(match[0], match.start(), match.end(), "number", value, noun="occasions")
    return Figure(match[0], match.start(), match.end(), "times", value, _TENTH, other=other)


_READINGS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Figure | None]], ...] = (
    (re.compile(rf"({_KANJI})分の({_KANJI})"), _japanese_fraction),
    (re.compile(r"(?<![\d/.,-])(\d{1,2})/(\d{1,2})(?![\d/])(?=\s*(?:の|of\b))"), _slashed),
    (
        re.compile(rf"(?<![A-Za-z])(an?|{_COUNT})[\s-]+({_PART})(?:s)?{_OF}", re.IGNORECASE),
        _english_fraction,
    ),
    (
        re.compile(
            r"(?<![A-Za-z])(one|two|three|four|five)[\s-]+(thirds?|fifths?|sixths?|eighths?|tenths?)"
            r"(?![A-Za-z])",
            re.IGNORECASE,
        ),
        _english_fraction,
    ),
    (
        re.compile(
            rf"(?<![A-Za-z])({_COUNT})\s+(?:in|out\s+of)\s+(?:every\s+)?({_COUNT})(?![A-Za-z])",
            re.IGNORECASE,
        ),
        _one_in,
    ),
    (re.compile(rf"(\d+)?\s?([{''.join(VULGAR)}])(?!\s*(?:years?|年|months?|hours?))"), _sign),
    (
        re.compile(
            r"過半数|半[数分]以上|半[数分](?:未満|以下)|"
            r"(?:(?<![A-Za-z])(?:more|less|fewer)\s+than|(?<![A-Za-z])(?:over|under|below|above))\s+half"
            r"(?![A-Za-z])|(?<![A-Za-z])majority(?![A-Za-z])",
            re.IGNORECASE,
        ),
        _majority,
    ),
    (re.compile(r"半減|(?<![A-Za-z])halv(?:ed|es|ing)(?![A-Za-z])", re.IGNORECASE), _halved),
    (
        re.compile(
            r"(?<![前後上下大])半[分数額](?!以上|未満|以下)|"
            rf"(?<![A-Za-z-])(?:one[\s-])?half{_OF}|(?<![A-Za-z])by\s+half(?![A-Za-z])",
            re.IGNORECASE,
        ),
        _half,
    ),
    (
        re.compile(
            r"(?<![\d一二三四五六七八九十百千数何])倍(?=増|に|の|近く|以上|超)|"
            rf"(?<![A-Za-z-])(?:{_TIMES_WORD})(?![A-Za-z-]|\s+(?:down|check))",
            re.IGNORECASE,
        ),
        _times,
    ),
)
_ZERO = re.compile(
    r"(?<![ァ-ヶー])ゼロ(?=です|だ|でし|と|に|、|。|[,.)|\s]|$)|皆無|"
    r"(?<![\w-])zero(?![\w-]|\s+(?:in|trust|based)\b)",
    re.IGNORECASE,
)
_HAS_SHARE = re.compile(
    rf"分の|半|倍|/\d|[{''.join(VULGAR)}]|(?<![a-z])(?:hal[fv]|third|quarter|fourth|fifth|"
    r"sixth|eighth|tenth|twice|thrice|doubl|tripl|quadrupl|\w+fold|majority|in|out)",
    re.IGNORECASE,
)


def shares(line: str) -> Iterator[Figure]:
    """Every share, multiple and zero that a line says in words; earlier readings win."""
    if not _HAS_SHARE.search(line):
        return
    taken: list[tuple[int, int]] = []
    for pattern, read in _READINGS:
        for match in pattern.finditer(line):
            figure = read(match)
            if figure and not any(figure.start < e and s < figure.end for s, e in taken):
                taken.append((figure.start, figure.end))
                yield figure


def zeros(line: str) -> Iterator[Figure]:
    """Every zero in words that has no unit."""
    for match in _ZERO.finditer(line):
        yield Figure(match[0], match.start(), match.end(), "number", Decimal(0))
