"""A document in Markdown becomes headings, lines and tables; no text is lost on the way.

The places of what is read are `heading #n`: the n-th line or row below that heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from assistant.planning.importing.headings import label
from crm.text import visible

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_SLIDE = re.compile(r"<!-- Slide number: (\d+) -->")
_LINE_RULE = re.compile(r"\s*(?:-{3,}|\*{3,}|_{3,}|(?:`{3,}|~{3,})\w*)\s*")
_CAPTION = re.compile(r"(?:図|写真|Fig(?:ure|\.)?)\s?[0-9０-９]+(?![0-9]).*", re.IGNORECASE)
_QUOTED = re.compile(r"\s*(?:>(?:\s+|$))+")
_PICTURE = re.compile(r"(?<!\\)!\[([^\[\]]*)\]\([^()\s]*(?:\s+\"[^\"]*\")?\)")
_LINK = re.compile(r"(?<![\\!])\[([^\[\]]+)\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)")
_IN_CELL = re.compile(r"<br>| {2,}(?:\* )?|(?:^| )\* | (?=[・•‣▪])")
"""Where a line of a cell ends: Word's paragraphs, items and breaks are one line of Markdown."""
_CELL_END = re.compile(r"(?<!\\)\|")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])")
_BOLD = re.compile(r"(?<!\\)\*\*(?=\S)((?:[^*]|\*(?!\*))+?)(?<=\S)(?<!\\)\*\*")
_ITALIC = re.compile(r"(?<![\\*\w])\*(?=[^\s*])([^*]+?)(?<=[^\s*\\])\*(?![\w*])")
_NAMED = re.compile(r"\*\*([^*:：]{1,20})\*\*\s*([^\s:：ぁ-ん].*)")
"""A bold word with what it names behind it, of which no particle makes a sentence with it."""
_WHOLE_BOLD = re.compile(r"(?:\*\*|__)(?=\S)([^*]+?)(?:\*\*|__)\s*")
_BULLET = re.compile(
    r"\s*(?:[-*+•・‣▪◦■□◆◇●○▶★☆]|[0-9０-９]{1,2}[.)．]|[①-⑳]|[(（][0-9０-９]{1,2}[)）])"
    r"(?:\s+|(?<=[・•■□◆◇●○▶★☆①-⑳)）]))"
)
MARKED = re.compile(r"\s*(【[^】]*】|［[^］]*］|[■□◆◇●○▼▲▶★☆])")
_SENTENCE_END = re.compile(r"(?:[。．.!！?？:：;；)）」』]| {2}|\\)$")
_LABELLED = re.compile(r"[^：:]{1,20}[：:]")
_SPACE = re.compile(r"\s+")
LONGEST_HEADING, _LONGEST_TITLE = 40, 200
"""Characters of a line that is a heading by its mark, and of one that is styled as one."""


@dataclass(frozen=True)
class Heading:
    """A heading; `style` is its level (1 to 6), or the mark that makes a line one.

    One without text begins a slide or sheet that has no name.
    """

    text: str
    style: int | str
    place: str


@dataclass(frozen=True)
class Line:
    """A paragraph or an item of a list, without its bullet."""

    text: str
    place: str


@dataclass(frozen=True)
class Picture:
    """A picture, by the words that describe it, if any; its caption counts as one too."""

    text: str
    place: str


@dataclass(frozen=True)
class Table:
    """Rows of cells, of which some may be blank; `places` are those of the rows.

    `merged` names the cells (row, column) that are one with the cell to their left, `below` those
    that are one with the cell above; `merged` is None for a kind of file that does not tell.
    """

    rows: tuple[tuple[str, ...], ...]
    places: tuple[str, ...]
    merged: frozenset[tuple[int, int]] | None = frozenset()
    below: frozenset[tuple[int, int]] = frozenset()


Block = Heading | Line | Picture | Table


def blocks(markdown: str, name: str, suffix: str) -> list[Block]:
    """What a document consists of, in order. `name` stands for the heading of what has none."""
    return list(_Parser(name, suffix).read(visible(markdown).splitlines()))


def without_bullet(text: str) -> str:
    """The words of an item of a list."""
    bullet = _BULLET.match(text)
    return text[bullet.end() :] if bullet else text


def harmless(text: str) -> str:
    """A text with single spaces, in which nothing is taken for the name of a fact."""
    text = _SPACE.sub(" ", text).strip()
    while "{{" in text:
        text = text.replace("{{", "{ {")
    return text


class _Parser:
    def __init__(self, name: str, suffix: str) -> None:
        self._under, self._number = name, 0
        self._is_captioned = False
        self._suffix, self._is_markdown = suffix, suffix in (".md", ".markdown")

    def read(self, lines: list[str]) -> Iterator[Block]:
        rows: list[str] = []
        for raw, following in pairwise([*self._wrapped(lines), "", ""]):
            is_row = raw.lstrip().startswith("|") or (bool(rows) and "|" in raw)
            if is_row or ("|" in raw and "|" in following and _is_rule(following)):
                rows.append(raw.rstrip())
                continue
            yield from self._table(rows)
            rows = []
            yield from self._line(raw.rstrip())
        yield from self._table(rows)

    def _wrapped(self, lines: list[str]) -> list[str]:
        """The lines, where a sentence that a Markdown file breaks off goes on in its line."""
        if not self._is_markdown:
            return lines
        found: list[str] = []
        for quoted in lines:
            line = _QUOTED.sub("", quoted, count=1)
            if found and _goes_on(found[-1], line):
                between = "" if min(found[-1][-1], line.strip()[0]) > "\u2e80" else " "
                found[-1] += between + line.strip()
            else:
                found.append(line)
        return found

    def _line(self, line: str) -> Iterator[Block]:
        if slide := _SLIDE.fullmatch(line.strip()):
            self._begin(f"slide {slide[1]}")
            yield Heading("", 1, self._under)
        elif heading := _HEADING.fullmatch(line):
            text = _text(heading[2])
            if len(text) > _LONGEST_TITLE:
                yield Line(text, self._next())
            elif text:
                self._begin(text)
                yield Heading(text, len(heading[1]), text)
        elif pictures := _PICTURE.findall(line):
            yield from self._line(_PICTURE.sub("", line))
            place, self._is_captioned = self._next(), True
            yield from (Picture(_text(words), place) for words in pictures)
        elif self._is_captioned and _CAPTION.fullmatch(line.strip()):
            yield Picture(_text(line), self._next())
        elif line.strip() and not _LINE_RULE.fullmatch(line):
            self._is_captioned = False
            yield self._said(line)

    def _begin(self, heading: str) -> None:
        self._under, self._number = heading, 0

    def _said(self, line: str) -> Block:
        """A line of text; bold or marked as a whole, and short, it is a heading."""
        place = self._next()
        if bold := _WHOLE_BOLD.fullmatch(line.strip()):
            text = _text(bold[1])
            style = MARKED.match(text)
            if len(text) <= LONGEST_HEADING:
                return Heading(text, style[1][0] if style else "bold", place)
        if (mark := MARKED.match(line)) and len(line.strip()) <= LONGEST_HEADING:
            whole = mark[1][0] not in "【［" or mark.end() == len(line.rstrip())
            if whole and line.strip() != mark[1][0]:
                return Heading(_text(line), mark[1][0], place)
        if (named := _NAMED.fullmatch(line.strip())) and label(named[1]):
            line = f"{named[1]}: {named[2]}"
        return Line(_text(without_bullet(line)) or line.strip(), place)

    def _table(self, lines: list[str]) -> Iterator[Block]:
        if self._suffix == ".docx" and lines and not lines[0].strip("| "):
            lines = lines[1:]  # written above a table that has no header of its own
        rows: list[tuple[str, ...]] = []
        places: list[str] = []
        merged: set[tuple[int, int]] = set()
        pictures: list[Picture] = []
        for line in lines:
            if _is_rule(line):
                continue
            places.append(self._next())
            raw = _raw_cells(_PICTURE.sub("", line))
            pictures += [Picture(_text(words), places[-1]) for words in _PICTURE.findall(line)]
            if self._suffix == ".docx":
                merged |= {(len(rows), at) for at, cell in enumerate(raw) if at and cell == " "}
            rows.append(tuple(self._cell(cell) for cell in raw))
        if any(cell for row in rows for cell in row):
            told = None if self._suffix == ".pptx" else frozenset(merged)
            yield Table(tuple(rows), tuple(places), told)
        yield from pictures

    def _next(self) -> str:
        self._number += 1
        return f"{self._under} #{self._number}"

    def _cell(self, raw: str) -> str:
        text = raw.strip()
        lines = _IN_CELL.split(text) if self._suffix == ".docx" else text.split("<br>")
        parts = (_text(line) for line in lines)
        return "\n".join(part for part in parts if part)


def _text(marked: str) -> str:
    """The words without marks of Markdown; a link stands in brackets behind its words."""
    text = _LINK.sub(lambda m: m[1] if m[1] == m[2] else f"{m[1]} ({m[2]})", marked)
    return harmless(_ESCAPED.sub(r"\1", _ITALIC.sub(r"\1", _BOLD.sub(r"\1", text))))


def _is_rule(line: str) -> bool:
    """Whether a line is the one below the header of a table."""
    return "-" in line and not line.strip(" \t|:-")


def _goes_on(before: str, line: str) -> bool:
    """Whether a line carries on the sentence of the one before it."""
    begins = any(p.match(line) for p in (_BULLET, MARKED, _HEADING, _LABELLED, _LINE_RULE))
    is_text = bool(line.strip()) and not begins and "|" not in line and "**" not in line
    ended = any(p.match(before) for p in (_HEADING, MARKED, _LINE_RULE, _SLIDE))
    return (
        is_text
        and bool(before.strip())
        and not (ended or "|" in before or _WHOLE_BOLD.fullmatch(before.strip()))
        and not _SENTENCE_END.search(before)
    )


def _raw_cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return _CELL_END.split(inner)
