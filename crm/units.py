"""The unit that a column's heading states: 売上(千円) holds thousands, 確度(%) holds per cent."""

from __future__ import annotations

import re
from decimal import Decimal

import jaconv

_BRACKETED = re.compile(
    r"[(\[【〔<]\s*(?:単位\s*[:：]?\s*)?([^()\[\]【】〔〕<>]{1,20}?)\s*[)\]】〕>]"
)
_TRAILING = re.compile(r"[_\s/]\s*(千円|万円|百万円|億円|%)$")
_SCALES = {
    "": 1,
    "千": 10**3,
    "万": 10**4,
    "百万": 10**6,
    "千万": 10**7,
    "億": 10**8,
    "十億": 10**9,
}
_ENGLISH = {
    "k": 10**3, "thousand": 10**3, "thousands": 10**3, "in thousands": 10**3, "000": 10**3,
    "m": 10**6, "mn": 10**6, "mm": 10**6, "million": 10**6, "millions": 10**6,
    "in millions": 10**6, "b": 10**9, "bn": 10**9, "billion": 10**9, "billions": 10**9,
}  # fmt: skip
_SHORT = "|".join(sorted(_ENGLISH, key=len, reverse=True))
_CURRENCY = r"(?:¥|\$|€|£|jpy|usd|eur|gbp|us\$)"
_JAPANESE = re.compile(
    rf"({'|'.join(sorted(_SCALES, key=len, reverse=True))})(?:円|ドル|米ドル|ユーロ)"
)
_PLAIN = re.compile(rf"{_CURRENCY}\s*'?({_SHORT})s?|'?({_SHORT})\s*{_CURRENCY}")


def scale_of(heading: str) -> Decimal | None:
    """What a number below the heading is multiplied by to be in whole units; None: none stated.

    `売上(千円)` is 1000, `年商【百万円】` 1000000, `確度(%)` 0.01, `金額(円)` 1.
    """
    text = jaconv.z2h(heading, kana=False, ascii=True, digit=True).replace("￥", "¥").strip()
    for stated in (*_BRACKETED.findall(text), *_TRAILING.findall(text)):
        found = _scale(stated.strip().lower())
        if found is not None:
            return found
    return None


def _scale(stated: str) -> Decimal | None:
    if stated in ("%", "percent", "per cent", "パーセント"):
        return Decimal("0.01")
    if japanese := _JAPANESE.fullmatch(stated):
        return Decimal(_SCALES[japanese[1]])
    if stated in ("in thousands", "thousands", "in millions", "millions", "in billions"):
        return Decimal(_ENGLISH.get(stated, 10**9))
    if english := _PLAIN.fullmatch(stated):
        return Decimal(_ENGLISH[english[1] or english[2]])
    return Decimal(1) if re.fullmatch(_CURRENCY, stated) else None
