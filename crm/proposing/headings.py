"""A heading is compared by its letters alone: case, blanks, signs, brackets, units do not count."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SIGNS = re.compile(r"[\W_]+")
_BRACKETS = re.compile(
    r"[(\[{<〔【「『〈《]([^()\[\]{}<>〔〕【】「」『』〈〉《》]*)[)\]}>〕】」』〉》]"
)
_UNIT = (
    r"(?:百|千|十|万|億|兆)*(?:円|ドル|ユーロ|元|ウォン)|百万|千|万|億|%|％|pct|percent|人|名|件|社|個|台|本"
    r"|時間|分|秒|日|年|月|jpy|usd|eur|gbp|cny|krw|¥|\$|€|£|k|m|thousands?|millions?"
    r"|(?:jpy|usd|eur|¥|\$|€)?(?:k|m|mm|bn|thousand|million|billion)|hours?|minutes?|seconds?|days?"
)
_ASIDE = re.compile(r"税抜き?|税込み?|税別|必須|任意|required|optional", re.IGNORECASE)
_IS_UNIT = re.compile(rf"(?:単位[:：]?)?(?:{_UNIT})", re.IGNORECASE)
_UNIT_BEHIND = re.compile(r"(?<=\w\w)(?:百万円|千円|億円|万円|百万|%|％)$")
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_A-Za-z]+")
_OF_SYSTEMS = (
    (re.compile(r"__(?:c|r|pc)$", re.IGNORECASE), ""),  # Salesforce's own fields
    (re.compile(r"^_(\w+)_value$"), r"\1"),  # Dynamics' look-ups
    (re.compile(r"^(?:new|cr[0-9a-f]{3,5}|msdyn|hs|crm|sf)_(?=\w{2})", re.IGNORECASE), ""),
)
_LONGEST = 80
"""A heading of more letters than this is a sentence: it is like no other."""


def plain(text: str) -> str:
    """The letters and digits of a text in one width and case: "Close Date" is "closedate"."""
    return _SIGNS.sub("", unicodedata.normalize("NFKC", text).casefold())


def words(text: str) -> list[str]:
    """The words of a text as `plain` has them; a capital begins a new one: "OrderDate" has two."""
    return [found.casefold() for found in _WORDS.findall(unicodedata.normalize("NFKC", text))]


@lru_cache(maxsize=50_000)
def forms(heading: str, left_out: frozenset[str] = frozenset()) -> dict[str, float]:
    """What a heading may stand for, each with how sure that is: as it is, then with less of it.

    A unit in brackets or behind is no part of it; other brackets, a system's marks and the words
    `left_out` may be none. In 基本情報 業種 the first word is the heading above the second.
    """
    text = unicodedata.normalize("NFKC", heading[: _LONGEST * 4])
    without_units = _UNIT_BEHIND.sub("", _BRACKETS.sub(_unless_aside, text).strip())
    found = {plain(text): 1.0}
    found.setdefault(plain(without_units), 1.0)
    bare = _BRACKETS.sub(" ", without_units)
    found.setdefault(plain(bare), 0.95)
    own = bare
    for pattern, kept in _OF_SYSTEMS:
        own = pattern.sub(kept, own.strip())
    found.setdefault(plain(own), 0.97)
    found.setdefault("".join(word for word in words(own) if word not in left_out), 0.95)
    if not bare.isascii() and len(stacked := bare.split()) > 1:
        found.setdefault(plain(stacked[-1]), 0.92)
    return {form: sure for form, sure in found.items() if form and len(form) <= _LONGEST}


def _unless_aside(found: re.Match[str]) -> str:
    inside = found[1].strip()
    return " " if _IS_UNIT.fullmatch(inside) or _ASIDE.fullmatch(inside) else found[0]
