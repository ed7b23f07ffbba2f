"""A message is read folded, part by part; what is kept of it stands as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from assistant.builtin.when import folded
from prompts import loader

_WORDS = "plans/edits.yaml"
_HELD = "\ufffc"
"""Stands for each character inside quotation marks: what is quoted is never read as an edit."""
_QUOTED = re.compile(r"「[^「」]*(?:「[^「」]*」[^「」]*)*」|『[^』]*』|“[^”]*”|\"[^\"]*\"")
QUOTE = rf"[「『“\"]{_HELD}+[」』”\"]"
_SENTENCE = r"(?:[。\n;!](?!$)|(?<!\d)\.\s+|\.\s+(?=[a-z]))(?!\s*<<test>>)"
"""Where a sentence ends; how a hypothesis is tested goes with it."""
_LEAD = r"^(?:\s|[、。,.:;!・•]|[-–*](?=\s)|<<leading>>)+"
_TRAIL = r"(?:\s|[、。,.;!]|<<trailing>>)+$"
_SHORTENED = re.compile(r"(?<=[ぁ-ん])(?:とい|ておい)て(?=$|[^る])")
_POLITE = re.compile(r"(?<=[てで])(?:ください|下さい)(?:ませ)?(?=[。、\n])")
_AFTER_COLON = re.compile(r"(?<=[^\d\s])[:：](?=[\d¥￥$])")
_MILLION = re.compile(r"(?<=[0-9])\s?(?:mils?|mill|mln|mio)(?![A-Za-z])", re.IGNORECASE)
_QUOTED_SECTION = r"[「『“\"](?P<inner><<section_names>>)[」』”\"](?=の(?!.{0,4}仮説は)|に|から|欄)"
_EDGES = " \t\r\n\u3000、。,.:;:!！"
_MARKS = {"「": "」", "『": "』", "“": "”", '"': '"'}
Span = tuple[int, int]


@cache
def words() -> dict[str, Any]:
    """The words of edits, by what they say."""
    found: dict[str, Any] = loader.data(_WORDS)
    return found


def any_of(patterns: Iterable[str]) -> str:
    """One pattern of several; those in Latin letters only match whole words."""
    said = [rf"(?<![a-z]){p}(?![a-z])" if p.isascii() and p[0] != "," else p for p in patterns]
    return f"(?:{'|'.join(said)})"


@cache
def saying(group: str) -> str:
    """The pattern of a group of words: of a list, or of all the lists in it."""
    found = words()[group]
    if isinstance(found, dict):
        found = [pattern for patterns in found.values() for pattern in patterns]
    return any_of(found)


def code_said(group: str, text: str) -> str | None:
    """The code of a group whose words stand in a folded text, the first that is declared."""
    found: dict[str, list[str]] = words()[group]
    return next((c for c, patterns in found.items() if re.search(any_of(patterns), text)), None)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern in which <<group>> stands for the words of that group, or for a piece.

    <<q>> is a quotation; <<section>> a section, in a group named by its code.
    """
    while "<<" in pattern:
        pattern = re.sub(r"<<(\w+)>>", lambda m: _piece(m[1]), pattern)
    return re.compile(pattern)


def _piece(name: str) -> str:
    if name == "q":
        return QUOTE
    if name == "section":
        sections: dict[str, list[str]] = words()["sections"]
        named = "|".join(f"(?P<{code}>{any_of(said)})" for code, said in sections.items())
        return rf"(?:(?:swot|5p)(?:分析)?(?:の|に|,|\s)?)?(?:{named})"
    pieces: dict[str, str] = words()["pieces"]
    return pieces.get(name) or saying(name)


@dataclass(frozen=True)
class Part:
    """A part of a message: as written, and folded with what is quoted hidden."""

    raw: str
    plain: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, raw: str) -> Part:
        plain, _cased, places = folded(raw)
        hidden = _QUOTED.sub(lambda m: m[0][0] + _HELD * (len(m[0]) - 2) + m[0][-1], plain)
        return cls(raw, hidden, places)

    def search(self, pattern: str) -> re.Match[str] | None:
        return compiled(pattern).search(self.plain)

    def finditer(self, pattern: str) -> Iterator[re.Match[str]]:
        return compiled(pattern).finditer(self.plain)

    def match(self, pattern: str) -> re.Match[str] | None:
        """The whole part, of this pattern."""
        return compiled(pattern).fullmatch(self.plain)

    def form(self, name: str) -> re.Match[str] | None:
        """The first of the forms of that name which the whole part has."""
        forms: list[str] = words()["forms"][name]
        return next((m for form in forms if (m := self.match(form)) is not None), None)

    def has(self, pattern: str) -> bool:
        return self.search(pattern) is not None

    def as_said(self, start: int, end: int) -> str:
        """What was written there, without the marks around it."""
        if start >= end:
            return ""
        return unquoted(self.raw[self.places[start] : self.places[end - 1] + 1])

    def group(self, match: re.Match[str], name: str | int) -> str:
        """What a group of a match says, as written; nothing where it is absent."""
        return self.as_said(*match.span(name)) if match[name] else ""

    def without(self, *spans: Span) -> Part:
        """The part with some of it cut out."""
        kept = [c for n, c in enumerate(self.plain) if not any(a <= n < b for a, b in spans)]
        if len(kept) == len(self.plain):
            return self
        raw, done = "", 0
        for start, end in sorted(s for s in spans if s[0] < s[1]):
            start = max(start, done)
            if start < end:
                raw += self.raw[self._at(done) : self._at(start)]
                done = end
        return Part.of(raw + self.raw[self._at(done) :])

    def slice(self, start: int, end: int) -> Part:
        return Part.of(self.raw[self._at(start) : self._at(end)])

    def _at(self, place: int) -> int:
        return self.places[place] if place < len(self.places) else len(self.raw)

    @property
    def quoted(self) -> str | None:
        """The first quotation in it."""
        found = self.search("<<q>>")
        return self.as_said(*found.span()) if found else None


def unquoted(text: str) -> str:
    """A text without the spaces and stops around it, and without its quotation marks."""
    text = text.strip(_EDGES)
    inner = text[1:-1]
    if len(text) > 2 and _MARKS.get(text[0]) == text[-1] and text[-1] not in inner:
        return inner.strip()
    return text


# ------------------------------------------------------------------ a message in parts


def parts(text: str) -> list[Part]:
    """The parts of a message, each with one edit at the most, without the words of courtesy."""
    found: list[Part] = []
    for piece in _pieces(plainly(text)):
        part = bare(piece)
        if part.plain and not part.match(r"(?:\s|<<leading>>|<<trailing>>)+"):
            found.append(part)
    return found


def plainly(text: str) -> str:
    """A message without its last question mark, its shortened verbs in full (入れといて)."""
    kept = [*_QUOTED.finditer(text)]
    text = _SHORTENED.sub(
        lambda m: m[0] if any(k.start() <= m.start() < k.end() for k in kept) else "て", text
    )
    text = _POLITE.sub("", text)
    text = compiled(_QUOTED_SECTION).sub(lambda m: m["inner"], text)
    text = _AFTER_COLON.sub(": ", text)
    return _MILLION.sub(" million", text).rstrip("?？ 　\n")


def bare(part: Part) -> Part:
    """A part without what is only said for courtesy or to join it."""
    while True:
        lead = compiled(_LEAD).match(part.plain)
        tail = compiled(_TRAIL).search(part.plain)
        start = lead.end() if lead else 0
        end = tail.start() if tail and tail.start() > start else len(part.plain)
        if (start, end) == (0, len(part.plain)):
            return part
        rest = part.slice(start, end) if start < end else Part.of("")
        if len(rest.raw) == len(part.raw):  # one sign that is folded into several
            return part
        part = rest


def _pieces(text: str) -> list[Part]:
    whole = Part.of(text)
    cuts = {m.end() for m in compiled(_SENTENCE).finditer(whole.plain)}
    cuts |= {m.end() for m in compiled("<<joint>>").finditer(whole.plain)}
    edges = [0, *sorted(c for c in cuts if 0 < c < len(whole.plain)), len(whole.plain)]
    joined = edges[:1]
    for start, end in pairwise(edges):
        if end == edges[-1] or not _goes_on(whole, start, end):
            joined.append(end)
        elif joined[-1] != start:
            joined.append(start)
    return [whole.slice(a, b) for a, b in pairwise(joined) if a < b]


def _goes_on(whole: Part, start: int, end: int) -> bool:
    """Whether a piece is an addition whose words, or whose figures, stand in the next one."""
    piece, rest = bare(whole.slice(start, end)), whole.slice(end, len(whole.plain))
    if piece.form("opening") is not None:
        return True
    if piece.form("review_added") is not None and rest.has("<<every>>|<<other_rhythm>>|から|from"):
        return True
    return piece.form("read_kpis") is not None and rest.has(
        r"^\s*(?:目標|現状|開始時|今|いま|期日)"
    )
