"""An item is meant by its place in the list, by its words, or by what was spoken of last."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, partial
from typing import TypeVar

from rapidfuzz import fuzz

from assistant.builtin.when import folded
from assistant.planning.edits.names import without_position
from assistant.planning.edits.part import Part, Span, any_of, compiled, unquoted, words
from crm.names import match_key
from crm.settings import Language
from plans.model import PLACEHOLDER, Item, Statement
from tools.facts import Fact
from tools.format import shown

_ALIKE, _NEAR = 86, 4
_LONGEST = 120
_PIECE = 16
"""Characters of a word that are looked for at once."""
LOOSE, HINT = 0.6, 0.3
"""Share of a phrase's words from which an item is meant, and from which it is offered."""
_MARGIN = 0.15
_WEIGHT = 2
"""A word in Latin letters weighs as much as a word of two Chinese characters."""
_ORDINAL = compiled(
    r"(?P<n>\d{1,2}|[一二三四五六七八九十])(?:番目?|つ目|個目|件目|本目|行目)(?:の|(?=[をはが]))?"
    r"|(?:#|no\.?\s?|number |action |第|アクション(?:の|no\.?)?\s?)(?P<m>\d{1,2})(?![\d年月日四])(?:の)?"  # noqa: E501
    r"|(?<![a-z])(?:the )?(?P<w>first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|"  # noqa: E501
    r"\d{1,2}(?:st|nd|rd|th))(?![a-z])(?: one)?(?! of)"
    r"|(?P<l>最後|最初|先頭|一番上|一番下)の"
)
_WORDS = {w: n for n, w in enumerate(
    ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"], 1)}  # fmt: skip  # noqa: E501
_KANJI = {w: n for n, w in enumerate("一二三四五六七八九十", 1)}

_CONTENT = re.compile(r"[a-z0-9]+|[々\u3400-\u9fff]+|[ァ-ヶー]+")

T = TypeVar("T", bound=Item)


def ordinal(part: Part) -> tuple[int, Span] | None:
    """Which in the list is meant, from 1; the last is -1."""
    match = _ORDINAL.search(part.plain)
    if match is None:
        return None
    word = match["n"] or match["m"] or match["w"] or match["l"]
    if word in ("last", "最後", "一番下"):
        number = -1
    elif word in ("最初", "先頭", "一番上"):
        number = 1
    else:
        digits = re.match(r"\d+", word)
        number = int(digits[0]) if digits else _WORDS.get(word) or _KANJI[word]
    return number, match.span()


_COUNTS = ["two", "three", "four", "二", "三", "四"]
_ENDS = (
    r"(?P<end>last|first|最後|最初|一番下)(?: |の)?(?P<n>[2-9]|two|three|four|二|三|四)"
    r"(?:つ|個|件| (?:actions|ones|items|steps)|$)"
)
_NUMBERS = (
    r"(?:アクション(?:の)?|actions?|items?|#|no\.?|numbers?|(?<![^\s、,]))\s?#?\d{1,2}(?:番目?)?"
    r"(?:\s?(?:と|、|,|・|,? ?and|&)\s?#?\d{1,2}(?:番目?)?(?!\s?[年月日/]))+"
)


def ordinals(part: Part) -> list[int]:
    """All the places in the list that are meant where several are: 2と3, the second and the third."""  # noqa: E501
    if (match := part.search(_NUMBERS)) is not None:
        return [int(n) for n in re.findall(r"\d+", match[0])]
    if (match := part.search(_ENDS)) is not None:
        count = int(match["n"]) if match["n"].isdecimal() else _COUNTS.index(match["n"]) % 3 + 2
        is_last = match["end"] in ("last", "最後", "一番下")
        return [-n for n in range(count, 0, -1)] if is_last else list(range(1, count + 1))
    found: list[int] = []
    while (one := ordinal(part)) is not None:
        found.append(one[0])
        part = part.without(one[1])
    return found


def has_all(phrase: str, item: Item) -> bool:
    """Whether an item holds a phrase as it stands."""
    key = match_key(_bare(phrase))
    return bool(key) and any(key in match_key(name) for name in _names(item))


def ranked(phrase: str, items: Sequence[T]) -> list[T]:
    """The items, those first that hold more of a phrase's words."""
    phrase = _bare(phrase)
    return sorted(items, key=lambda item: -max(_share(phrase, name) for name in _names(item)))


def name_of(item: Item) -> str:
    """What an item is called."""
    named = next(getattr(item, f) for f in ("text", "what", "name", "id") if hasattr(item, f))
    return str(named)


def _names(item: Item) -> list[str]:
    """What an item may be called: a statement with its figures in place, in both languages."""
    if not isinstance(item, Statement):
        return [name_of(item)]
    facts = {fact.key: fact for fact in item.facts}
    languages: tuple[Language, ...] = ("ja", "en") if facts else ("ja",)
    return [PLACEHOLDER.sub(partial(_figure, facts, language), item.text) for language in languages]


def _figure(facts: dict[str, Fact], language: Language, match: re.Match[str]) -> str:
    return shown(facts[match[1]], language)


def alike(phrase: str, items: Sequence[T]) -> list[T]:
    """The items whose words these are, all that are equally near."""
    phrase = _bare(phrase)
    if not phrase:
        return []
    said = _also(phrase)
    scored = [(max(_score(s, n) for s in said for n in _names(item)), item) for item in items]
    best = max((score for score, _item in scored), default=0.0)
    if best < _ALIKE:
        return []
    return [item for score, item in scored if score >= best - (_NEAR if best < 100 else 0)]


def _bare(phrase: str) -> str:
    text = unquoted(phrase)
    pattern = rf"^(?:{any_of(words()['item_leads'])}\s*)+|(?:\s*{any_of(words()['item_tails'])})+$"
    bare = re.sub(pattern, "", without_position(text), flags=re.IGNORECASE)
    return unquoted(bare) or text


def _also(phrase: str) -> list[str]:
    """The phrase, and what else the same thing is called."""
    found = [phrase]
    plain = folded(phrase)[0]
    for group in words()["aliases"]:
        pattern = any_of(group)
        if re.search(pattern, plain):
            found += [re.sub(pattern, other, plain) for other in group]
    return found


def _score(phrase: str, name: str) -> float:
    """100 for the same words, 99 where the name holds the phrase, else how alike they are."""
    one, other = match_key(phrase), match_key(name)
    if not one or not other:
        return 0
    if one == other:
        return 101
    if len(one) >= 2 and one in other:
        return 100
    if _all_words(phrase, name):
        return 98
    if len(one) < 4 or len(one) > len(other) + 8:
        return 0
    return min(97.0, fuzz.partial_ratio(one[:_LONGEST], other))


def _all_words(phrase: str, name: str) -> bool:
    """Whether every word of the phrase stands in the name."""
    small = set(words()["small"])
    plain, whole = folded(phrase)[0], folded(name)[0]
    said = [w for w in _CONTENT.findall(plain) if w not in small and not w.isdecimal()]
    return bool(said) and all(_stem(w) in whole for w in said) and len("".join(said)) >= 2


def _stem(word: str) -> str:
    if not word.isascii():
        return word
    return re.sub(r"(?<=[a-z]{3})(?:ings?|ed|es|s|e)$", "", word)


# ------------------------------------------------------------------ nearly the words


def near(phrase: str, items: Sequence[T], least: float) -> list[T]:
    """The items that hold at least this share of a phrase's words, all that are equally near."""
    phrase = _bare(phrase)
    scored = [(max(_share(phrase, name) for name in _names(item)), item) for item in items]
    best = max((score for score, _item in scored), default=0.0)
    if best < least:
        return []
    return [item for score, item in scored if score >= max(least, best - _MARGIN)]


def _share(phrase: str, name: str) -> float:
    """The share of a phrase's words that a name holds, by their length; those of like meaning count."""  # noqa: E501
    small, whole = set(words()["small"]), folded(name)[0]
    plain = folded(phrase[:_LONGEST])[0]
    said = [w for w in _CONTENT.findall(plain) if w not in small and not w.isdecimal()]
    weights = [_WEIGHT if word.isascii() else len(word) for word in said]
    held = [
        weight * _held(word, whole) / len(word) for word, weight in zip(said, weights, strict=True)
    ]
    return sum(held) / sum(weights) if weights else 0.0


def _held(word: str, whole: str) -> int:
    """How many characters of a word stand in a name, in pieces of two or more."""
    if word.isascii() or len(word) == 1:
        return len(word) if _also_in(word, whole) else 0
    count = start = 0
    while start < len(word) - 1:
        ends = range(min(len(word), start + _PIECE), start + 1, -1)
        end = next((end for end in ends if _also_in(word[start:end], whole)), None)
        count += (end - start) if end else 0
        start = end or start + 1
    return count


def _also_in(word: str, whole: str) -> bool:
    if _stem(word) in whole:
        return True
    return any(other in whole for other in _alike_words().get(_stem(word), ()))


@cache
def _alike_words() -> dict[str, tuple[str, ...]]:
    """What else each word of the aliases is called, by its stem."""
    found: dict[str, tuple[str, ...]] = {}
    for group in words()["aliases"]:
        for word in group:
            found[_stem(word)] = (*found.get(_stem(word), ()), *group)
    return found
