"""What is said must stand in the ledger of the turn; the check is code, not trust.

A draft names a fact as `{{name}}` and the renderer writes the figure. Every other figure must equal
a fact as displayed (or rounded no finer), stand in a cited passage, or in the user's own words. So
must every name of an account, person or product, once the ledger knows the names there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from assistant.figures import Figure, find_figures
from assistant.named import Names
from assistant.supported import Evidence, Place, Supported, periods_of, places_of
from assistant.unnamed import Spoken
from crm.periods import Period
from crm.settings import Language
from tools.facts import Fact, Table, ToolResult
from tools.format import shown

PLACEHOLDER = re.compile(r"\{\{\s*([^{}\n]+?)\s*\}\}")
_BRACES = re.compile(r"\{\{|\}\}")
CITATION = re.compile(r"\[p(\d+)\]")
_CUT = "\x00"
"""Stands for what is cut out of a text, so that what was beside it is not joined."""
_LIST_MARK = re.compile(r"(?m)^\s*(?:\d{1,2}[.)．、]|[①-⑳]|[-*+•])\s")


@dataclass(frozen=True)
class Passage:
    """A passage of a document that an answer may cite; `id` opens it."""

    id: str
    title: str
    heading: str
    file: str
    text: str


@dataclass(frozen=True)
class Failure:
    """A figure or name of a draft that nothing in the turn supports."""

    text: str
    start: int
    end: int


class Ledger:
    """All facts and passages of a turn, and the user's own words.

    `year_begins` is the month in which the fiscal year begins.
    """

    def __init__(self, as_of: date, user_texts: Iterable[str] = (), year_begins: int = 4) -> None:
        self._as_of = as_of
        self._year_begins = year_begins
        self._facts: dict[str, Fact] = {}
        self._passages: list[Passage] = []
        self._user_texts = list(user_texts)
        self._stated: list[str] = []
        self._quotes: set[str] = set()
        self._shown: list[tuple[Fact, Figure]] = []
        self._shown_of = 0
        self._places: list[Place] = []
        self._periods: set[Period] = set()
        self._spoken: Spoken | None = None
        self._whole: list[str] = []
        self._whole_of = (0, 0, 0)

    def add(self, result: ToolResult) -> None:
        """Take in every fact and passage of a result.

        A key already used for another value gets a number.
        """
        for fact in result.facts + (result.table.facts() if result.table else ()):
            self.key_of(fact)
        self._periods |= periods_of(result.facts, self._year_begins)
        self._stated += [text for w in result.warnings for text in (w.ja, w.en)]
        if result.table:
            self._places += places_of(result.table)
        if result.table and holds_passages(result.table):
            for row in range(len(result.table.rows)):
                self.cite(passage_of(result.table, row))
        for part in result.parts:
            self.add(part)

    def hear(self, texts: Iterable[str]) -> None:
        """Take in what the user has said in this thread."""
        self._user_texts += [text for text in texts if text not in self._user_texts]

    def know(self, names: Names | None) -> None:
        """Check names as well: those of the tables that the asker sees. None checks none."""
        self._spoken = None if names is None else Spoken(names)

    def key_of(self, fact: Fact) -> str:
        """The key under which a draft names this very fact."""
        key, number = fact.key, 1
        while (known := self._facts.get(key)) is not None and not _same(known, fact):
            number += 1
            key = f"{fact.key}#{number}"
        self._facts.setdefault(key, fact)
        return key

    def cite(self, passage: Passage) -> str:
        """Take in a passage; the mark `[p1]` with which a draft cites it."""
        if passage not in self._passages:
            self._passages.append(passage)
        return f"[p{self._passages.index(passage) + 1}]"

    def quote(self, passage: Passage, text: str) -> str:
        """Take in a shortened text of a passage, as a template shows it word for word."""
        self.cite(passage)
        self._quotes.add(text)
        return text

    def passage(self, number: int) -> Passage | None:
        return self._passages[number - 1] if 1 <= number <= len(self._passages) else None

    def get(self, key: str) -> Fact | None:
        return self._facts.get(key)

    @property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(self._facts.values())

    # -------------------------------------------------------------- the check

    def check(self, draft: str) -> list[Failure]:
        """Everything in a draft (or a rendered answer) that must not be said, in order."""
        failures = [
            Failure(m[0], m.start(), m.end())
            for m in PLACEHOLDER.finditer(draft)
            if self.get(m[1]) is None
        ]
        failures += [
            Failure(m[0], m.start(), m.end())
            for m in CITATION.finditer(draft)
            if self.passage(int(m[1])) is None
        ]
        masked = self._mask(draft)
        failures += [Failure(m[0], m.start(), m.end()) for m in _BRACES.finditer(masked)]
        if figures := find_figures(masked):
            supported = Supported(self._evidence(draft), draft)
            failures += [
                Failure(f.text, f.start, f.end) for f in figures if not supported.holds(f, masked)
            ]
        failures += self._unnamed(draft)
        return sorted(failures, key=lambda f: f.start)

    def _evidence(self, draft: str) -> Evidence:
        passages = [_LIST_MARK.sub(_blank, f"{p.title}\n{p.heading}\n{p.text}")
                    for p in self.cited(draft)]  # fmt: skip
        return Evidence(
            as_of=self._as_of,
            year_begins=self._year_begins,
            facts=self.facts,
            shown=self.shown_figures(),
            periods=frozenset(self._periods),
            places=self._places,
            quoted=[f for text in [*passages, *self._stated] for f in _figures_of(text)],
            said=[f for text in self._user_texts for f in _figures_of(text)],
        )

    def _unnamed(self, draft: str) -> list[Failure]:
        """The names of a draft that nothing in the turn supports."""
        if self._spoken is None:
            return []
        text = CITATION.sub(_cut_out, PLACEHOLDER.sub(_cut_out, draft))
        cited = [f"{p.title}\n{p.heading}\n{p.text}" for p in self.cited(draft)]
        heard = [*self._user_texts, *self._stated, *cited]
        spans = self._spoken.unnamed(text, self.facts, heard)
        return [Failure(draft[start:end], start, end) for start, end in spans]

    def cited(self, draft: str) -> list[Passage]:
        """The passages a draft cites, in the order of their first mark."""
        numbers = dict.fromkeys(int(m[1]) for m in CITATION.finditer(draft))
        return [p for n in numbers if (p := self.passage(n)) is not None]

    def _mask(self, draft: str) -> str:
        """The draft with everything blanked that is no figure of its own, length unchanged."""
        masked = PLACEHOLDER.sub(_blank, draft)
        masked = CITATION.sub(_blank, masked)
        masked = _LIST_MARK.sub(_blank, masked)
        for name in self._whole_texts():
            if name in masked:
                masked = re.sub(rf"(?<![\d.,]){re.escape(name)}(?![.,]?\d)", _blank, masked)
        return masked

    def _whole_texts(self) -> list[str]:
        """Texts of facts that hold digits or numerals: quoted whole they are names, not figures.

        An id of digits alone is none of them: it would hide true and false figures alike.
        """
        size = (len(self._facts), len(self._passages), len(self._quotes))
        if size == self._whole_of:
            return self._whole
        texts = {f.value for f in self._facts.values() if isinstance(f.value, str)}
        texts |= {p.title for p in self._passages} | {p.heading for p in self._passages}
        texts |= {plain(text) for text in texts} | self._quotes
        found = [t for t in texts if len(t) >= 3 and not t.isdigit() and _figures_of(t)]
        self._whole, self._whole_of = sorted(found, key=len, reverse=True), size
        return self._whole

    def shown_figures(self) -> list[tuple[Fact, Figure]]:
        """Every fact that is a number with its figure as displayed, in both languages."""
        facts = list(self._facts.values())
        for fact in facts[self._shown_of :]:
            if isinstance(fact.value, Decimal | int):
                displays = {shown(fact, "ja"), shown(fact, "en")}
                self._shown += [(fact, f) for text in sorted(displays) for f in find_figures(text)]
        self._shown_of = len(facts)
        return self._shown


def holds_passages(table: Table) -> bool:
    """Whether the rows of a table are passages of documents."""
    return any(column.name == "passage.text" for column in table.columns)


def passage_of(table: Table, row: int) -> Passage:
    """The passage in a row of a table of passages."""
    title, heading, file, text = (
        str(table.cell(row, f"passage.{part}").value or "")
        for part in ("title", "heading", "file", "text")
    )
    return Passage(table.subjects[row].partition(":")[2], title, heading, file, text)


@lru_cache(maxsize=2048)
def _figures_of(text: str) -> tuple[Figure, ...]:
    """The figures of a text that is looked at again and again: a name, a passage, a warning."""
    return tuple(find_figures(text))


def _blank(match: re.Match[str]) -> str:
    return "\u3000" * len(match[0])


def _cut_out(match: re.Match[str]) -> str:
    return _CUT * len(match[0])


def _same(one: Fact, other: Fact) -> bool:
    return one.value == other.value and one.unit == other.unit


def without(draft: str, failures: list[Failure]) -> tuple[str, int]:
    """The draft without the sentences (or table rows, list items) that hold a failure.

    Returns the rest and the number of places cut.
    """
    spans = _sentences(draft)
    bad = [s for s in spans if any(f.start < s[1] and s[0] < f.end for f in failures)]
    kept = "".join(draft[a:b] for a, b in spans if (a, b) not in bad)
    return re.sub(r"\n{3,}", "\n\n", kept).strip(), len(bad)


def _sentences(draft: str) -> list[tuple[int, int]]:
    """Spans that cover the draft: a line of a table or list is one, prose is cut at its stops."""
    spans: list[tuple[int, int]] = []
    position = 0
    for line in draft.splitlines(keepends=True):
        end = position + len(line)
        if line.lstrip().startswith(("|", "-", "*", "#")):
            spans.append((position, end))
        else:
            start = position
            for stop in re.finditer(r"[。！？]+|[.!?]+(?=\s)", line):
                cut = position + stop.end()
                spans.append((start, cut))
                start = cut
            if start < end:
                spans.append((start, end))
        position = end
    return spans


def render(draft: str, ledger: Ledger, language: Language) -> str:
    """The draft with every named fact written out; a name that is not held stays visible."""

    def written(match: re.Match[str]) -> str:
        fact = ledger.get(match[1])
        return match[0] if fact is None else plain(shown(fact, language))

    return PLACEHOLDER.sub(written, draft)


def plain(text: str) -> str:
    """Text from data as one line that no renderer takes for markup of ours."""
    visible = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(visible.split()).replace("|", "｜").replace("{{", "{ {").replace("[p", "[ p")
