"""A text in a CSV cell stays the text that it is: a spreadsheet runs nothing and turns nothing.

A text that it would run (=1+1) or take for a number, a day or a truth (0012, 1-2, MAR1) is written
behind an apostrophe, and read without it.
"""

from __future__ import annotations

import re

_MARK = "'"
_STARTS = frozenset("=+-@＝＋－＠'\t\r\n")
_NUMBER = re.compile(
    r"[0-9０-９.,:/+\-%¥￥$ 年月日時分E]*[0-9０-９][0-9０-９.,:/+\-%¥￥$ 年月日時分E]*", re.I
)
_KEPT = re.compile("0|[1-9][0-9]{0,10}")
"""Whole numbers that come back as they were."""
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DAY = re.compile(rf"{_MONTH}[-/. ]?[0-9]{{1,4}}|[0-9]{{1,4}}[-/. ]?{_MONTH}", re.I)
_TRUTH = re.compile("true|false", re.I)
_LONGEST = 64
"""What is longer is never taken for a number or a day."""


def written(text: str | None) -> str:
    """The cell of a text; an empty one of None."""
    if not text:
        return ""
    runs = text[0] in _STARTS or text.lstrip()[:1] in _STARTS
    return _MARK + text if runs or _is_turned(text) else text


def read(cell: str) -> str:
    """The text of a cell: `read(written(text)) == text`."""
    return cell.removeprefix(_MARK)


def _is_turned(text: str) -> bool:
    if len(text) > _LONGEST or _KEPT.fullmatch(text):
        return False
    return any(pattern.fullmatch(text.strip()) for pattern in (_NUMBER, _DAY, _TRUTH))
