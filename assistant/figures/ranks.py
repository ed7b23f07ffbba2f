"""Places in an order: 第3位, 3番目, 2社目, 3rd, No. 1, ranked fourth, the second-largest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from assistant.figures.figure import Figure
from assistant.figures.numerals import KANJI_DIGITS, whole

_WORDS = {
    word: n
    for n, word in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
         "tenth", "eleventh", "twelfth"], 1,
    )
}  # fmt: skip
_NUMBER = rf"(?:\d+|[{KANJI_DIGITS}十百]+)"
_PLAIN = "|".join(list(_WORDS)[2:])
_RANKED = r"largest|biggest|highest|lowest|smallest|best|worst|most|place|rank|position|in\s+rank"
_JAPANESE = re.compile(
    rf"第\s?(?P<a>{_NUMBER})(?P<a2>位|番目|回|期|号|次|弾|段階|章|項|条|フェーズ)?(?!四半期)|"
    rf"(?P<b>{_NUMBER})(?:位(?!一体|置|相)|番目|番手)|"
    rf"(?P<c>{_NUMBER})(?:件|社|名|人|回|日|年|[かカヶケ箇]月|週|個|台|期|枚|本|度|代)目"
)
_ENGLISH = re.compile(
    rf"(?<![A-Za-z\d.,])(?P<a>\d+)(?:st|nd|rd|th)(?![A-Za-z])|"
    rf"(?<![A-Za-z\d])(?:No\.\s?|#)(?P<b>\d+)(?!\d)|"
    rf"(?<![A-Za-z])rank(?:s|ed|ing)?\s+(?:at\s+|as\s+)?(?:number\s+)?(?P<c>\d+|{'|'.join(_WORDS)})"
    r"(?![A-Za-z\d]|[.,]\d|\s?%)|"
    rf"(?<![A-Za-z-])(?P<d>{'|'.join(_WORDS)})[\s-](?:{_RANKED})(?![A-Za-z])|"
    rf"(?<![A-Za-z-])(?P<e>{_PLAIN})(?!s?[A-Za-z]|[\s-](?:part(?:y|ies)|of|quarter|half))",
    re.IGNORECASE,
)
_HAS_RANK = re.compile(
    rf"[第目位手]|\d(?:st|nd|rd|th)|No\.|#\d|rank|{'|'.join(_WORDS)}", re.IGNORECASE
)


def ranks(line: str) -> Iterator[Figure]:
    """Every place in an order that a line names; 第一に, Third, and a second look are none."""
    if not _HAS_RANK.search(line):
        return
    for match in _JAPANESE.finditer(line):
        text = match["a"] or match["b"] or match["c"]
        if match["a"] and not match["a2"] and not text.isdigit():
            continue
        yield _rank(match, whole(text))
    for match in _ENGLISH.finditer(line):
        if match["e"] and match["e"][0].isupper() and line[match.end() : match.end() + 1] == ",":
            continue
        text = next(t for t in match.groups() if t)
        yield _rank(match, _WORDS.get(text.lower()) or whole(text))


def _rank(match: re.Match[str], number: int) -> Figure:
    """A place; 30th may be the day of a month as well."""
    other = None
    if re.fullmatch(r"\d+(?:st|nd|rd|th)", match[0], re.IGNORECASE) and number <= 31:
        other = Figure(match[0], match.start(), match.end(), "date", day=(None, None, number))
    return Figure(match[0], match.start(), match.end(), "rank", Decimal(number), other=other)
