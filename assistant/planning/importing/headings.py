"""What a heading, a column and a code word mean, by the words of prompts/plans/headings.yaml.

A word that is not known for sure means nothing; one that could be several things is ambiguous.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from rapidfuzz import fuzz, process

from crm.names import normal
from plans.model import SECTIONS
from prompts import loader
from tools.facts import Text

_FILE = "plans/headings.yaml"
_CLOSE = 92
"""How alike a misspelt heading must be, in percent, and from how many letters on."""
_LONG = 6
_NUMBER = re.compile(
    r"(?:第\s*[0-9一二三四五六七八九十]+\s*[章節部編項]|20[0-9]{2}年度の?|FY\s?20[0-9]{2}(?![0-9])|"
    r"[0-9]{1,2}(?:[.\-][0-9]{1,2})*\s*[.):、]?(?=[^0-9])|[(][0-9]{1,2}[)]|[IVX]{1,4}[.:]\s|"
    r"[A-Za-z][.)]\s|(?:chapter|section|part)\s+[0-9]+[.:]?\s|"
    r"(?:[今来当次]期|[今本来次]年度?|年間)の?|本プランの|主要?な|具体的な|swot(?:分析)?\s*[:/・の-]|"
    r"(?:this year's|the|our|key|main)\s)\s*",
    re.IGNORECASE,
)
_MARKS = "■□◆◇●○▼▲▶★☆【】[]〔〕<>《》「」≪≫*#_:・-–—. \u3000"
_NOISE = re.compile(r"[\s\-_・.,'’\"()\[\]&/]+")
_AND = re.compile(r"[・と、／/&＆,]|及び|および|\sand\s", re.IGNORECASE)
_ASIDE = re.compile(r"\s*[(〔\[][^()〔〕\[\]]*[)〕\]]\s*$|\s*[0-9]{1,2}(?:/[0-9]{1,2})?$")


@cache
def data() -> Mapping[str, Any]:
    """The words of the file."""
    found: dict[str, Any] = loader.data(_FILE)
    return found


def why(code: str, **values: object) -> Text:
    """A reason why something was not placed; `values` are the same, or a Text, in all languages."""
    words = data()["why"][code]
    ja = {name: value.ja if isinstance(value, Text) else value for name, value in values.items()}
    en = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
    return Text(ja=words["ja"].format(**ja), en=words["en"].format(**en))


def needed(kind: str) -> str:
    """The field that every row of a kind of table must have."""
    field: str = data()["required"][kind]
    return field


def usual(kind: str, field: str) -> Text:
    """What the column of a field is usually called."""
    words = [str(word) for word in data()["columns"][kind][field]]
    return Text(ja=words[0], en=next(word for word in words if word.isascii()))


def forms(heading: str) -> list[str]:
    """A heading as written, then without its marks, numbers and decoration, one after the other."""
    text = unicodedata.normalize("NFKC", heading).strip()
    found = [text]
    while True:
        text = text.lstrip(_MARKS) if text.endswith(")") else text.strip(_MARKS)
        if text == found[-1] and (number := _NUMBER.match(text)) and number.end() < len(text):
            text = text[number.end() :]
        if text == found[-1] or not text:
            return found
        found.append(text)


def targets(heading: str, is_close_enough: bool = True) -> frozenset[str]:
    """What a heading may mean: nothing, one part of a plan, or several.

    Where two words that mean the same stand side by side, it is that part. With `is_close_enough` a
    slip of the pen in a long word is forgiven.
    """
    if found := _known_as(heading):
        return found
    parts = [_known_as(part) for part in _AND.split(heading)]
    if len(parts) > 1 and parts[0] and all(part == parts[0] for part in parts):
        return parts[0]
    key = _key(_ASIDE.sub("", forms(heading)[-1]))
    if not is_close_enough or len(key) < _LONG:
        return frozenset()
    known = _known("targets")
    near = process.extract(key, known.keys(), scorer=fuzz.ratio, score_cutoff=_CLOSE, limit=None)
    return frozenset(target for word, _score, _n in near for target in known[word])


def _known_as(heading: str) -> frozenset[str]:
    """What a heading means that is known by its words as they are."""
    known = _known("targets")
    keys = (_key(text) for form in forms(heading) for text in (form, _ASIDE.sub("", form)))
    return next((known[key] for key in keys if key in known), frozenset())


def children(group: str) -> Sequence[str]:
    """The parts that a group such as SWOT holds; of other targets, none."""
    found: Sequence[str] = data()["groups"].get(group, ())
    return found


def child(group: str, word: str) -> str | None:
    """The one part of a group that a word names, as the whole of it."""
    found = targets(word, is_close_enough=False) & set(children(group))
    return next(iter(found)) if len(found) == 1 else None


def is_section(target: str | None) -> bool:
    """Whether a target holds statements."""
    return target in SECTIONS


def label(word: str) -> str | None:
    """What a word before a colon says at the beginning of a document."""
    return one_of("labels", word)


def labels() -> list[str]:
    """Every such word, the longest first."""
    words = {str(word) for words in data()["labels"].values() for word in words}
    return sorted(words, key=len, reverse=True)


def column(kind: str, name: str) -> str | None:
    """Which field of a kind of table a column's name means, without a unit in brackets."""
    known = _known(f"columns/{kind}")
    for form in forms(name):
        for text in (form, _ASIDE.sub("", form)):
            found = known.get(_key(text), frozenset())
            if len(found) == 1:
                return next(iter(found))
    return None


def one_of(words: str, text: str) -> str | None:
    """The one code of a list (roles, states, ...) that a text names, as the whole of it."""
    found = _known(words).get(_key(text), frozenset())
    return next(iter(found)) if len(found) == 1 else None


def named_in(words: str, text: str) -> frozenset[str]:
    """The codes of a list whose words stand in a text; a longer word hides one within it."""
    plain = normal(text)
    found: set[str] = set()
    for key, codes in sorted(_spelt(words).items(), key=lambda one: -len(one[0])):
        pattern = re.escape(key)
        if key.isascii():
            pattern = rf"(?<![a-z]){pattern}(?![a-z])"
        plain, count = re.subn(pattern, "\0", plain)
        found |= codes if count else set()
    return frozenset(found)


def is_nothing(text: str) -> bool:
    """Whether a cell or line says that there is nothing to say."""
    return not text.strip() or normal(text.strip()) in {normal(w) for w in data()["nothing"]}


def is_in(words: str, text: str) -> bool:
    """Whether a text is one of a plain list of words."""
    return _key(text) in {_key(str(word)) for word in data()[words]}


def _key(text: str) -> str:
    """A word as it is compared: without case, spaces and punctuation."""
    return _NOISE.sub("", normal(text))


@cache
def _known(path: str) -> Mapping[str, frozenset[str]]:
    return _by(path, _key)


@cache
def _spelt(path: str) -> Mapping[str, frozenset[str]]:
    return _by(path, normal)


def _by(path: str, key: Any) -> Mapping[str, frozenset[str]]:
    at: Any = data()
    for part in path.split("/"):
        at = at[part]
    listed: Mapping[str, Iterable[Any]] = at
    found: dict[str, frozenset[str]] = {}
    for code, words in listed.items():
        for word in words:
            known = found.get(key(str(word)), frozenset())
            found[key(str(word))] = known | {code}
    return found
