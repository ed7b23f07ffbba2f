"""What looks like a company or a person, and stands nowhere in the turn, is an invention.

株式会社X, X Co., Ltd., X様, X部長, Mr. X. Whether X部長 is a person (佐伯部長) or a post (営業部長)
is told by the dictionary and by the surnames of the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from assistant.named import folded, letters
from crm.names import match_key

_RUN = r"[一-龠々ヶァ-ヶーA-Za-z0-9&・]"
_FORM = r"(?:株式会社|有限会社|合同会社|[(（]株[)）]|㈱)"
_JAPANESE = re.compile(
    rf"(?P<left>{_RUN}+){_FORM}(?P<right>{_RUN}*)|{_FORM}[ \u3000]?(?P<only>{_RUN}+)"
)
_ENGLISH = re.compile(
    r"(?<![A-Za-z])(?:(?:The|A|An|Our|Their|At|For|With|And|But|Company)[ ])*"
    r"(?P<name>(?!(?:The|A|An|Our|Their|At|For|With|And|But|Company)\b)"
    r"(?:[A-Z][\w&'’-]*[ ]){0,4}[A-Z][\w&'’-]*),?[ ]"
    r"(?:Co\.?,?[ ]?Ltd|Inc|Corp|Corporation|Ltd|Limited|LLC|K\.K|GmbH)(?![A-Za-z])\.?"
)
_TITLED = re.compile(
    r"(?P<name>[一-龠々ヶァ-ヶー]{1,8}(?:[ \u3000][一-龠々ぁ-んァ-ヶー]{1,4})?)"
    r"(?P<title>様|さん|氏(?!名)|代表取締役|取締役|会長|社長|専務|常務|本部長|副部長|部長|次長|課長|"
    r"係長|室長|主任|主査|所長|支店長|工場長|執行役員)"
)
_MISTER = re.compile(
    r"(?<![A-Za-z])(?:Mr|Mrs|Ms|Dr)\.?\s+(?P<name>[A-Z][\w'’-]+(?:\s[A-Z][\w'’-]+)?)"
)
_OF_PLACES = {"所長", "支店長", "工場長", "会長", "社長"}
"""Titles that a place may stand before without being a person."""
_SHORTEST_TAIL = 3

Span = tuple[int, int]


class Heard:
    """The words of a turn in which a stranger's name may stand."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = [text for text in texts if text]
        self._folded: list[tuple[str, str, list[int]]] | None = None
        self._companies: set[str] | None = None

    def says(self, name: str) -> bool:
        """Whether the name stands in the turn, where a word begins."""
        if self._folded is None:
            self._folded = [(text, *folded(text)) for text in self._texts]
        wanted = letters(name)
        return any(
            _begins_word(text, places[match.start()], wanted)
            for text, plain, places in self._folded
            for match in re.finditer(re.escape(wanted), plain)
        )

    def companies(self) -> set[str]:
        """The match keys of the companies that the turn names by their legal form."""
        if self._companies is None:
            self._companies = {
                key
                for text in self._texts
                for match in _companies_in(text)
                for part in _sides(match)
                if (key := match_key(part))
            }
        return self._companies


def _begins_word(text: str, place: int, word: str) -> bool:
    """Whether no word goes on at this place of a text; a legal form ends before a name."""
    kind = r"[A-Za-z0-9]" if word.isascii() else r"[一-龠々]"
    before = text[max(0, place - 6) : place]
    return not re.search(rf"{kind}$", before) or bool(re.search(rf"{_FORM}$", before))


def strangers(
    text: str, heard: Heard, taken: list[Span], surnames: Mapping[str, object]
) -> Iterator[Span]:
    """Where a text names a company or person that the turn does not know.

    `taken` are the places of known names: they are judged as such.
    """
    for match in _companies_in(text):
        span = (match.start("name") if "name" in match.groupdict() else match.start(), match.end())
        if not _overlaps(span, taken) and not _is_heard(match, heard):
            yield span
    for start, end in _persons_in(text, surnames):
        if not _overlaps((start, end), taken) and not heard.says(text[start:end]):
            yield start, end


def _companies_in(text: str) -> Iterator[re.Match[str]]:
    if re.search(_FORM, text):
        yield from _JAPANESE.finditer(text)
    yield from _ENGLISH.finditer(text)


def _sides(match: re.Match[str]) -> Iterator[str]:
    groups = match.groupdict()
    return (part.strip() for part in groups.values() if part and part.strip())


def _is_heard(match: re.Match[str], heard: Heard) -> bool:
    """Whether a side of the legal form, whole or to a fair length, is a company of the turn."""
    for part in _sides(match):
        if heard.says(part):
            return True
        tails = (part[n:] for n in range(1, len(part) - _SHORTEST_TAIL + 1))
        heads = (part[:n] for n in range(_SHORTEST_TAIL, len(part)))
        ends = tails if part == match.groupdict().get("left") else heads
        if any(match_key(end) in heard.companies() for end in ends):
            return True
    return False


def _persons_in(text: str, surnames: Mapping[str, object]) -> Iterator[Span]:
    for match in _TITLED.finditer(text):
        found = _surname(match["name"], match["title"], surnames)
        if found is not None:
            yield match.start() + found[0], match.start() + found[1]
    for match in _MISTER.finditer(text):
        yield match.span("name")


def _surname(name: str, title: str, surnames: Mapping[str, object]) -> Span | None:
    """Where the person's name stands before the title: 営業担当佐伯様 -> 佐伯; None for a post."""
    offset = 0
    for part in re.split(r"([ \u3000])", name, maxsplit=1):
        if part.strip():
            length = _proper_tail(part, title) or _known_tail(part, title, surnames)
            if length:
                return offset + len(part) - length, offset + len(part)
        offset += len(part)
    return None


def _proper_tail(name: str, title: str) -> int:
    """How many letters right before the title are a person's name, by the dictionary."""
    length = 0
    for surface, speech in reversed(_tokens(name, title)):
        if not _is_of_person(speech, title):
            break
        length += len(surface)
    return length


def _known_tail(name: str, title: str, surnames: Mapping[str, object]) -> int:
    """How many letters before the title are a surname of the tables; 管理 and 製造 are posts."""
    known = next((s for s in surnames if name.endswith(s)), "")
    tokens = _tokens(name, title)
    is_word = bool(tokens) and tokens[-1][0] == known and tokens[-1][1][1] == "普通名詞"
    return 0 if is_word and len(known) > 1 else len(known)


def _tokens(name: str, title: str) -> list[tuple[str, tuple[str, ...]]]:
    """The words of a name that stands before a title, each with its part of speech."""
    found, at = [], 0
    for token in _tokenizer().tokenize(name + title):
        at += len(token.surface())
        if at > len(name):
            break
        found.append((token.surface(), token.part_of_speech()))
    return found if at >= len(name) and "".join(s for s, _p in found) == name else []


def _is_of_person(speech: tuple[str, ...], title: str) -> bool:
    if speech[1] != "固有名詞":
        return False
    return speech[2] == "人名" or (speech[3] == "一般" and title not in _OF_PLACES)


def _overlaps(span: Span, others: list[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


@cache
def _tokenizer() -> Any:
    from sudachipy import Dictionary, SplitMode

    return Dictionary(dict="core").tokenizer(mode=SplitMode.A)
