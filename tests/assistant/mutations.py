"""Faithful answers made false in one place, and whether the falsehood happens to be true.

Nothing here uses `assistant.figures`: what counts as displayed is decided by comparing strings.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assistant.ledger import PLACEHOLDER, Ledger, plain
from crm.settings import Language
from tests.assistant.rewordings import KANJI, Piece, rewordings
from tests.assistant.swaps import (
    days_shifted,
    names_swapped,
    other_figures,
    period_named,
    periods_shifted,
)
from tools.facts import ToolResult
from tools.format import shown

_NOUN_EN = {
    "count": ("deals", "orders", "activities"),
    "accounts": ("accounts", "companies"),
    "people": ("people", "contacts"),
}
_UNITS_JA = ("件", "社", "名", "円", "%", "日", "万円", "億円", "ポイント", "か月", "ドル")
_UNITS_EN = (" deals", " accounts", " people", " %", " days", "M", " hours", " points")
_TAIL_JA = re.compile(r"(?<=\d)\s*(?:億円|万円|円|件|社|名|日|時間|年|倍|%|ポイント|億|万)?$")
_TAIL_EN = re.compile(r"(?<=\d)(?:[MB]|\s?%| days?| hours?| points| times)?$")
_SAYS_IT_FALLS = re.compile(
    r"減|下|落|赤字|損失|マイナス|不足|down|fell|fall|declin|decreas|drop|los[st]|lower|behind|short"
)
_SPELLED = str.maketrans("123456789", KANJI[1:])
_SAME_UNIT = (
    ("件", "deals", "orders", "activities"),
    ("社", "accounts", "companies"),
    ("名", "人", "people", "contacts"),
    ("日", "days", "日間", "日以内"),
    ("時間", "hours"),
    ("%", "percent"),
)
_INVENTED_PERCENT = ("37.3 %", "91 %", "4.7%", "三割七分", "63パーセント", "88 percent")
_INVENTED_DATE: dict[Language, tuple[str, ...]] = {
    "ja": ("2026年11月17日", "11月17日", "2027-02-13", "2031年", "令和9年2月13日", "2/13"),
    "en": ("17 November 2026", "November 17", "2027-02-13", "2031-05", "Feb 13, 2027"),
}


@dataclass(frozen=True)
class Mutant:
    """An answer with one falsehood: its kind, the false writing, and the whole text."""

    kind: str
    false: str
    text: str

    @property
    def told(self) -> str:
        """The falsehood with the words around it."""
        place = self.text.find(self.false)
        around = self.text[max(0, place - 30) : place + len(self.false) + 20]
        return f"{self.kind}: {self.false} in {around!r}"


@dataclass
class Displayed:
    """Everything an answer may rightly show, as strings."""

    figures: set[str] = field(default_factory=set)
    words: str = ""

    @classmethod
    def of(cls, ledger: Ledger, draft: str) -> Displayed:
        found = cls()
        for fact in ledger.facts:
            for language in ("ja", "en"):
                text = shown(fact, language)
                found.figures.add(_squeezed(text))
                found.figures |= {_squeezed(r) for _kind, r in rewordings(Piece(text, fact))}
                for noun in _NOUN_EN.get(fact.unit, ()):
                    found.figures.add(_squeezed(f"{text} {noun}"))
        passages = [f"{p.title} {p.heading} {p.text}" for p in ledger.cited(draft)]
        found.words = _squeezed(" ".join([*passages, *ledger._stated]))
        return found

    def holds(self, text: str) -> bool:
        wanted = _squeezed(text).replace("▲", "-").removeprefix("+")
        if not re.search(r"[1-9三七]", wanted):
            return True  # nothing is nothing in every unit
        edge = r"(?<![\d.,])", r"(?![\d.,])"
        writings = set(_other_writings(wanted))
        return bool(writings & self.figures) or any(
            re.search(edge[0] + re.escape(w) + edge[1], self.words) for w in writings
        )


def _other_writings(text: str) -> Iterator[str]:
    """The same figure in the other language, in kanji, and without a zero behind the point."""
    for bare in {text, re.sub(r"(?<=\d)\.0(?!\d)", "", text)}:
        number = re.match(r"-?[\d,.]+", bare)
        unit = bare[number.end() :] if number else ""
        names = next((group for group in _SAME_UNIT if unit in group), (unit,))
        for name in names if number else ():
            yield f"{number[0]}{name}"  # type: ignore[index]
            yield f"{number[0]}{name}".translate(_SPELLED)  # type: ignore[index]
        yield bare


def _squeezed(text: str) -> str:
    return re.sub(r"\s|約|about", "", text)


def pieces_of(draft: str, ledger: Ledger, language: Language) -> list[Piece]:
    """A draft cut at its facts."""
    pieces: list[Piece] = []
    position = 0
    for match in PLACEHOLDER.finditer(draft):
        fact = ledger.get(match[1])
        assert fact is not None
        words = Piece(draft[position : match.start()])
        pieces += [words, Piece(plain(shown(fact, language)), fact)]
        position = match.end()
    return [*pieces, Piece(draft[position:])]


@dataclass(frozen=True)
class Answer:
    """A faithful answer of a tool in its pieces, with the ledger that holds it."""

    result: ToolResult
    pieces: list[Piece]
    ledger: Ledger
    draft: str
    language: Language
    arguments: dict[str, Any]

    @property
    def text(self) -> str:
        """The answer as a person reads it, and the fiscal period it was asked for."""
        named = period_named(self.arguments, self.language)
        return "".join(piece.text for piece in self.pieces) + (f"\n\n{named}" if named else "")


def mutants(
    answer: Answer, others: Sequence[ToolResult], chance: random.Random, most: int
) -> Iterator[Mutant]:
    """At most `most` mutants of each kind, none of which happens to be displayed elsewhere.

    `others` are results about other accounts.
    """
    displayed = Displayed.of(answer.ledger, answer.draft)
    pieces, language = answer.pieces, answer.language
    made: dict[str, list[Mutant]] = {}
    for kind, place, false in [
        *_falsehoods(pieces, language),
        *(("period shifted", *m) for m in days_shifted(pieces, language)),
        *(("figure of another", *m) for m in other_figures(pieces, others, language)),
    ]:
        if not displayed.holds(false):
            made.setdefault(kind, []).append(Mutant(kind, false, _with(pieces, place, false)))
    for place, name in names_swapped(pieces, answer.ledger.facts, chance):
        text = _with(pieces, place, name)
        made.setdefault("name swapped", []).append(Mutant("name swapped", name, text))
    for false in periods_shifted(answer.arguments, language):
        text = "".join(p.text for p in pieces) + "\n\n" + false
        made.setdefault("period shifted", []).append(Mutant("period shifted", false, text))
    invented = {"percentage inserted": _INVENTED_PERCENT, "date inserted": _INVENTED_DATE[language]}
    for kind, writings in invented.items():
        made[kind] = list(_inserted(kind, pieces, writings, displayed, chance))
    for found in made.values():
        yield from found if len(found) <= most else chance.sample(found, most)


def _with(pieces: list[Piece], place: int, text: str) -> str:
    return "".join(text if n == place else piece.text for n, piece in enumerate(pieces))


def _falsehoods(pieces: list[Piece], language: Language) -> Iterator[tuple[str, int, str]]:
    for place, piece in enumerate(pieces):
        if not piece.is_figure or not re.search(r"\d", piece.text):
            continue
        yield from (("digit changed", place, t) for t in _digits_changed(piece.text))
        yield from (("digits transposed", place, t) for t in _transposed(piece.text))
        if isinstance(piece.fact and piece.fact.value, date):
            continue
        yield from (("unit swapped", place, t) for t in _units_swapped(piece.text, language))
        yield from (("scale swapped", place, t) for t in _scales_swapped(piece.text, language))
        line = "".join(p.text for p in pieces[max(0, place - 1) : place + 2])
        yield from (("sign flipped", place, t) for t in _signs_flipped(piece.text, line))


def _digits_changed(text: str) -> Iterator[str]:
    for n, char in enumerate(text):
        if char.isdigit():
            for step in (1, 4, 9):
                new = str((int(char) + step) % 10)
                if not (new == "0" and _leads(text, n)):
                    yield text[:n] + new + text[n + 1 :]


def _leads(text: str, place: int) -> bool:
    """Whether a zero here would lead the figure."""
    after = text[place + 1 : place + 2]
    return not re.search(r"[\d,.]$", text[:place]) and (after.isdigit() or after in ",億万兆")


def _transposed(text: str) -> Iterator[str]:
    digits = [n for n, char in enumerate(text) if char.isdigit()]
    for one, other in itertools.pairwise(digits):
        between = text[one + 1 : other]
        if text[one] != text[other] and between in ("", ",", "."):
            if text[other] == "0" and _leads(text, one):
                continue
            yield text[:one] + text[other] + between + text[one] + text[other + 1 :]


def _units_swapped(text: str, language: Language) -> Iterator[str]:
    if language == "ja":
        head = _TAIL_JA.sub("", text)
        yield from (head + unit for unit in _UNITS_JA if _squeezed(head + unit) != _squeezed(text))
        return
    bare = text.replace("¥", "").replace("$", "")
    head = _TAIL_EN.sub("", bare)
    for unit in _UNITS_EN:
        if (head + unit).strip() != text:
            yield head + unit
    for symbol in "¥$":
        if symbol not in text:
            yield symbol + head
            yield symbol + bare


def _scales_swapped(text: str, language: Language) -> Iterator[str]:
    swaps = (("億", "万"), ("万", "億"), ("万", ""), ("億", "兆")) if language == "ja" else (
        ("M", "B"), ("M", "K"), ("M", ""), ("B", "M"))  # fmt: skip
    for old, new in swaps:
        if old in text:
            yield text.replace(old, new, 1)
    if language == "ja" and text.endswith("円") and "万" not in text and "億" not in text:
        yield text.replace("円", "万円")
    if language == "en" and text.lstrip("-").startswith("¥") and text[-1].isdigit():
        yield text + "K"


def _signs_flipped(text: str, around: str) -> Iterator[str]:
    if text.startswith("-"):
        yield "+" + text[1:]
        if not _SAYS_IT_FALLS.search(around):
            yield text[1:]
    elif re.search(r"[1-9]", text):
        yield "-" + text
        yield "▲" + text


def _inserted(
    kind: str,
    pieces: list[Piece],
    invented: tuple[str, ...],
    displayed: Displayed,
    chance: random.Random,
) -> Iterator[Mutant]:
    """An invention put behind a sentence, behind a figure, and into a cell of a table."""
    text = "".join(p.text for p in pieces)
    places = [m.end() for m in re.finditer(r"[。.、,;|：:]\s|[（(]|です|。", text)]
    for place in chance.sample(places, min(len(places), 12)):
        false = chance.choice(invented)
        if not displayed.holds(false):
            yield Mutant(kind, false, f"{text[:place]} {false} {text[place:]}")
