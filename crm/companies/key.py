"""Names that are one company's in another spelling have one key; a key alone never merges rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from crm.companies.forms import Forms, forms
from crm.declared import declared
from crm.names import normal

_LONGEST = 1_000
_KEPT = frozenset("&#%@+")
"""Signs that are part of a name: C#, Q&A, B+."""
_IGNORED = frozenset("|¦~`^")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])(?:[^\w&#%@+]|_)+(?=[0-9])")
_MARKS = re.compile("[\u0300-\u036f]")
_AND = re.compile(r"(?<=\S) and (?=\S)")


def match_key(name: str) -> str:
    """The name in normal form without legal forms at its ends, blanks and punctuation.

    "㈱東都電機", "東都電機 株式会社" and "ﾄｳﾄ" (for トウト) differ in nothing; "and" is "&"; what
    stands between digits is "-" (7-11 is not 711). Words for branches and characters in an older
    form (髙 for 高) stay. A name that is only a legal form keeps it, so that no name has an empty
    key; a text too long to be a name is its own key.
    """
    if len(name) > _LONGEST:
        return name
    known = forms()
    text = _AND.sub("&", " ".join(normal(name.translate(_VISIBLE)).split()))
    text = known.short.sub(lambda found: known.meaning[found[0]], text)
    start, end = _core(text, known)
    return _plain(text[start:end]) or _plain(text) or text or name


def loose_key(key: str) -> str:
    """A form of a match key in which still more names agree, to point a person at them.

    Characters in an older or another form (髙, 﨑, 齋, 邊, 國, 澤), long vowels, small kana and
    accents make no difference. It is evidence, and decides nothing.
    """
    return _without_accents(key).translate(_variants()) or key


def _core(text: str, known: Forms) -> tuple[int, int]:
    """Where the name stands between the legal forms and marks at its ends."""
    start, end = _trimmed(text, 0, len(text))
    while True:
        names = (_trimmed(text, *rest) for rest in _rests(text, start, end, known))
        name = next((one for one in names if _is_name(text, *one)), None)
        if name is None:
            return start, end
        start, end = name


def _rests(text: str, start: int, end: int, known: Forms) -> Iterator[tuple[int, int]]:
    """What is left of a name without the form in front of it, and without the one behind it."""
    if front := known.front.match(text, start, min(end, start + known.longest)):
        yield front.end(), end
    if text[end - 1 : end] in known.last and (
        behind := known.behind.search(text, max(start, end - known.longest), end)
    ):
        yield start, behind.start()


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and not _LETTERS[ord(text[start])]:
        start += 1
    while start < end and not _LETTERS[ord(text[end - 1])]:
        end -= 1
    return start, end


def _is_name(text: str, start: int, end: int) -> bool:
    return end > start and text[start:end] != "the"


def _plain(text: str) -> str:
    """The text without what is no letter, a hyphen for whatever stands between two digits."""
    return "-".join(part.translate(_LETTERS) for part in _BETWEEN_DIGITS.split(text))


class _Visible(dict[int, str]):
    """Each character as it is before NFKC, which would make letters or blanks of some signs.

    What hides or selects a glyph goes; a character of private use may be somebody's name and stays.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = unicodedata.category(character)
        selects = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
        self[code] = " " if kind == "Cc" else "" if kind == "Cf" or selects else character
        return self[code]


class _Letters(dict[int, str]):
    """Each character in normal form, or nothing for a blank or a mark of punctuation."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        is_mark = unicodedata.category(character)[0] in "PZ" and character not in _KEPT
        self[code] = "" if is_mark or character in _IGNORED else character
        return self[code]


_SIGNS = {"㊑": "(株)", "㊒": "(有)", "㊔": "(名)", "㊓": "(社)", "㊖": "(財)"}
_VISIBLE = _Visible(
    str.maketrans({**_SIGNS, "™": "", "℠": "", "®": "", "©": "", "´": "'", "ʼ": "'"})
)
_LETTERS = _Letters()


def _without_accents(key: str) -> str:
    """Latin letters without their marks; ガ keeps its own."""
    if key.isascii():
        return key
    letters = "".join(unicodedata.normalize("NFD", c) if _is_latin(c) else c for c in key)
    return _MARKS.sub("", letters)


def _is_latin(character: str) -> bool:
    return character < "\u0250" or "\u1e00" <= character <= "\u1eff"


@cache
def _variants() -> dict[int, str]:
    data = declared("crm", "companies/variants.yaml")
    pairs = {**data["kanji"], **data["kana"], "": data["ignored"]}
    return str.maketrans({other: usual for usual, others in pairs.items() for other in others})
