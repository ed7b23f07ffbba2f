"""Fiscal years, halves and quarters: FY2026, FY26 Q2, 2026年度第2四半期, 上期, the second half."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from assistant.figures.dates import ERAS
from assistant.figures.figure import Figure, Span
from assistant.figures.numerals import whole

_FISCAL = (
    r"(?:(?<![A-Za-z])FY\s?['’]?(?P<{0}fy>\d{{4}}|\d{{2}})(?!\d)(?:[-/]\d{{2}}(?!\d))?"
    r"|(?:(?P<{0}era>令和|平成|昭和|大正|(?<![A-Za-z])[RHS])\s*)?"
    r"(?<!\d)(?P<{0}nendo>\d{{1,4}}|元|[〇一二三四五六七八九]{{4}})\s*年度)"
)
_ORDINAL = r"(?:first|second|third|fourth|1st|2nd|3rd|4th)"
_PART = (
    r"(?:(?<![A-Za-z0-9])(?:Q(?P<{0}q1>[1-4])|(?P<{0}q2>[1-4])Q|H(?P<{0}h1>[12])|(?P<{0}h2>[12])H)"
    r"(?![A-Za-z0-9])"
    r"|第?\s?(?P<{0}q3>[1-4一二三四])\s?四半期"
    r"|(?<![以史極途向地])(?P<{0}h3>[上下])半?期(?![待間])"
    rf"|(?<![A-Za-z])(?P<{{0}}h4>first|second|1st|2nd)[\s-]half(?![A-Za-z])"
    rf"|(?<![A-Za-z])(?P<{{0}}q4>{_ORDINAL})[\s-]quarter(?![A-Za-z]))"
)
_PART_INSIDE = _PART.replace("(?<![A-Za-z0-9])", "")
"""Right behind a year: FY2026Q2."""
_PLAIN_YEAR = r"(?<!\d)(?P<{0}y>\d{{4}})(?!\d|年)"
_JOIN = r"[\s\-の/]*(?:of\s+)?(?:the\s+)?"
_PERIODS = re.compile(
    "|".join(
        [
            _FISCAL.format("a") + "(?:" + _JOIN + _PART_INSIDE.format("a") + ")?",
            _PART.format("b") + _JOIN + _FISCAL.format("b"),
            _PLAIN_YEAR.format("c") + r"[\s-]?" + _PART_INSIDE.format("c"),
            _PART.format("d") + r"[\s-]" + _PLAIN_YEAR.format("d"),
            _PART.format("e"),
        ]
    ),
    re.IGNORECASE,
)
_HAS_PERIOD = re.compile(r"年度|期|[QHqh][1-4]|[1-4][QHqh]|FY|half|quarter", re.IGNORECASE)
_NUMBERS = {"上": 1, "下": 2, "first": 1, "second": 2, "third": 3, "fourth": 4}


def periods(line: str) -> Iterator[Figure]:
    """Every fiscal year, half and quarter that a line names."""
    if not _HAS_PERIOD.search(line):
        return
    for match in _PERIODS.finditer(line):
        g = {name[1:]: text for name, text in match.groupdict().items() if text}
        yield Figure(match[0], match.start(), match.end(), "period", span=_span(g))


def _span(g: dict[str, str]) -> Span:
    year = _year(g)
    for name, text in g.items():
        if name[0] in "qh" and name[1:].isdigit():
            part: Literal["half", "quarter"] = "quarter" if name[0] == "q" else "half"
            return Span(year, part, _NUMBERS.get(text.lower()) or whole(text.rstrip("stndrh")))
    return Span(year, "year")


def _year(g: dict[str, str]) -> int | None:
    text = g.get("fy") or g.get("nendo") or g.get("y")
    if text is None:
        return None
    if era := g.get("era"):
        return ERAS[era.upper()] + (1 if text == "元" else whole(text))
    year = 1 if text == "元" else whole(text)
    return year + 2000 if year < 100 else year
