"""Durations that are no plain number with a unit: 1年半, 1年3か月, 半年, a fortnight, 2½ years."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from assistant.figures.figure import Figure, Kind
from assistant.figures.numerals import HALF, KANJI_DIGITS, VULGAR, WORDS, amount, whole

_NUMBER = rf"(?:\d+(?:\.\d+)?|[{KANJI_DIGITS}十]+)"
_COUNT = "|".join(sorted(WORDS, key=len, reverse=True))
_JA_UNITS: dict[str, tuple[Kind, int]] = {
    "年": ("months", 12), "か月": ("months", 1), "週": ("days", 7), "日": ("days", 1),
    "時間": ("hours", 1),
}  # fmt: skip
_EN_UNITS: dict[str, tuple[Kind, int]] = {
    "year": ("months", 12), "month": ("months", 1), "week": ("days", 7), "day": ("days", 1),
    "hour": ("hours", 1),
}  # fmt: skip
_MONTH = "[かカヶケ箇ヵ]月"
_AND_HALF = re.compile(rf"(?P<n>{_NUMBER})(?P<unit>年|{_MONTH}|週間?|日|時間)半(?![期導])")
_YEARS_AND_MONTHS = re.compile(rf"(?P<y>{_NUMBER})年(?:と)?(?P<m>{_NUMBER}){_MONTH}")
_HOURS_AND_MINUTES = re.compile(r"(?P<h>\d+)時間(?P<m>\d+)分")
_HALF_OF = re.compile(r"(?<![前後上下大四])半(?P<unit>年|か月|月|日|時間)(?![期])")
_ENGLISH = re.compile(
    rf"(?<![A-Za-z])(?:half\s+an?\s+(?P<half>year|month|week|day|hour)|"
    rf"(?:an?\s+|(?P<of>{_COUNT}|\d+)\s+)?(?P<fortnight>fortnight)s?|"
    rf"(?P<n>{_COUNT}|\d+)[\s-]and[\s-]a[\s-]half[\s-](?P<unit>year|month|week|day|hour)s?|"
    rf"(?P<vn>\d*)\s?(?P<v>[{''.join(VULGAR)}])\s*-?(?P<vunit>year|month|week|day|hour)s?)"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)
_HAS_DURATION = re.compile(rf"半|年|時間|half|fortnight|[{''.join(VULGAR)}]", re.IGNORECASE)


def durations(line: str) -> Iterator[Figure]:
    """Every such duration of a line, in days, hours or months."""
    if not _HAS_DURATION.search(line):
        return
    for match in _AND_HALF.finditer(line):
        kind, size = _JA_UNITS[_unit(match["unit"])]
        yield _figure(match, kind, ((amount(match["n"])[0] or 0) + HALF) * size, HALF * size)
    for match in _YEARS_AND_MONTHS.finditer(line):
        yield _figure(match, "months", Decimal(whole(match["y"]) * 12 + whole(match["m"])))
    for match in _HOURS_AND_MINUTES.finditer(line):
        yield _figure(match, "hours", int(match["h"]) + Decimal(int(match["m"])) / 60,
                      Decimal(1) / 60)  # fmt: skip
    for match in _HALF_OF.finditer(line):
        kind, size = _JA_UNITS["か月" if match["unit"] == "月" else _unit(match["unit"])]
        yield _figure(match, kind, HALF * size, min(Decimal(1), HALF * size))
    for match in _ENGLISH.finditer(line):
        yield _english(match)


def _unit(text: str) -> str:
    return "か月" if text.endswith("月") else text.removesuffix("間") if text[0] == "週" else text


def _english(match: re.Match[str]) -> Figure:
    if half := match["half"]:
        kind, size = _EN_UNITS[half.lower()]
        return _figure(match, kind, HALF * size, min(Decimal(1), HALF * size))
    if match["fortnight"]:
        return _figure(match, "days", Decimal(14 * (whole(match["of"]) if match["of"] else 1)),
                       Decimal(7))  # fmt: skip
    if match["v"]:
        kind, size = _EN_UNITS[match["vunit"].lower()]
        value = (int(match["vn"] or 0) + VULGAR[match["v"]]) * size
        return _figure(match, kind, value, HALF * size)
    kind, size = _EN_UNITS[match["unit"].lower()]
    return _figure(match, kind, (whole(match["n"]) + HALF) * size, HALF * size)


def _figure(match: re.Match[str], kind: Kind, value: Decimal, step: Decimal = Decimal(1)) -> Figure:
    return Figure(match[0].strip(), match.start(), match.end(), kind, value, step)
