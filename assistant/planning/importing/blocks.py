"""A document in Markdown becomes headings, lines and tables; no text is lost on the way.

The places of what is read are `heading #n`: the n-th line or row below that heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from assistant.planning.importing.headings import targets
from assistant.planning.importing.values import unit_note
from crm.text import visible

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_SLIDE = re.compile(r"<!-- Slide number: (\d+) -->")
_LINE_RULE = re.compile(r"\s*(?:-{3,}|\*{3,}|_{3,})\s*")
_CELL_END = re.compile(r"(?<!\\)\|")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])")
_BOLD = re.compile(r"(?<!\\)\*\*(?=\S)((?:[^*]|\*(?!\*))+?)(?<=\S)(?<!\\)\*\*")
_ITALIC = re.compile(r"(?<![\\*\w])\*(?=[^\s*])([^*]+?)(?<=[^\s*\\])\*(?![\w*])")
_WHOLE_BOLD = re.compile(r"(?:\*\*|__)(?=\S)([^*]+?)(?:\*\*|__)\s*")
_BULLET = re.compile(
    r"\s*(?:[-*+•・‣▪◦■□◆◇●○▶★☆]|[0-9]{1,2}[.)]|[①-⑳]|[(（][0-9]{1,2}[)）])"
    r"(?:\s+|(?<=[・•■□◆◇●○▶★☆①-⑳)）]))"
)
_MARKED = re.compile(r"\s*(【[^】]*】|［[^］]*］|[■□◆◇●○▼▲▶★☆])")
_SENTENCE_END = re.compile(r"(?:[。．.!！?？:：;；)）」』]| {2}|\\)$")
_LABELLED = re.compile(r"[^：:]{1,20}[：:]")
_SPACE = re.compile(r"\s+")
_NO_NAME = re.compile(r"(?:Sheet|シート)\s?[0-9]*", re.IGNORECASE)
_LONGEST_HEADING, _LONGEST_TITLE = 40, 200
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
class Table:
    """Rows of cells, of which some may be blank; `places` are those of the rows.

    `merged` names the cells (row, column) that are one with the cell to their left; it is None for
    a kind of file that does not tell.
    """

    rows: tuple[tuple[str, ...], ...]
    places: tuple[str, ...]
    merged: frozenset[tuple[int, int]] | None = frozenset()


Block = Heading | Line | Table


def blocks(markdown: str, name: str, suffix: str) -> list[Block]:
    """What a document consists of, in order. `name` stands for the heading of what has none."""
    return list(_Parser(name, suffix).read(visible(markdown).splitlines()))


def without_bullet(text: str) -> str:
    """The words of an item of a list."""
    bullet = _BULLET.match(text)
    return text[bullet.end() :] if bullet else text


class _Parser:
    def __init__(self, name: str, suffix: str) -> None:
        self._under, self._number = name, 0
        self._suffix = suffix

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
        found: list[str] = []
        for line in lines:
            if self._suffix in (".md", ".markdown") and found and _goes_on(found[-1], line):
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
            text = self._text(heading[2])
            if len(text) > _LONGEST_TITLE:
                yield Line(text, self._next())
            elif text:
                self._begin(text)
                yield Heading("" if _NO_NAME.fullmatch(text) else text, len(heading[1]), text)
        elif line.strip() and not _LINE_RULE.fullmatch(line):
            yield self._said(line)

    def _begin(self, heading: str) -> None:
        self._under, self._number = heading, 0

    def _said(self, line: str) -> Block:
        """A line of text; bold or marked as a whole, and short, it is a heading."""
        place = self._next()
        if bold := _WHOLE_BOLD.fullmatch(line.strip()):
            text = self._text(bold[1])
            style = _MARKED.match(text)
            if len(text) <= _LONGEST_HEADING:
                return Heading(text, style[1][0] if style else "bold", place)
        if (mark := _MARKED.match(line)) and len(line.strip()) <= _LONGEST_HEADING:
            whole = mark[1][0] not in "【［" or mark.end() == len(line.rstrip())
            if whole and line.strip() != mark[1][0]:
                return Heading(self._text(line), mark[1][0], place)
        return Line(self._text(without_bullet(line)) or line.strip(), place)

    def _table(self, lines: list[str]) -> Iterator[Block]:
        if self._suffix == ".docx" and lines and not lines[0].strip("| "):
            lines = lines[1:]  # written above a table that has no header of its own
        rows: list[tuple[str, ...]] = []
        places: list[str] = []
        merged: set[tuple[int, int]] = set()
        for line in lines:
            if _is_rule(line):
                continue
            raw = _raw_cells(line)
            if self._suffix == ".docx":
                merged |= {(len(rows), at) for at, cell in enumerate(raw) if at and cell == " "}
            rows.append(tuple(self._cell(cell) for cell in raw))
            places.append(self._next())
        if self._suffix == ".xlsx":
            yield from self._sheet(rows, places)
        elif any(cell for row in rows for cell in row):
            told = None if self._suffix == ".pptx" else frozenset(merged)
            yield Table(tuple(rows), tuple(places), told)

    def _sheet(self, rows: Sequence[tuple[str, ...]], places: Sequence[str]) -> Iterator[Block]:
        """The tables of a sheet, apart where a row is blank; titles stand alone in their row."""
        numbered = zip(rows, places, strict=True)
        for is_filled, group in groupby(numbered, key=lambda one: any(one[0])):
            part = list(group) if is_filled else []
            alone = [sum(1 for cell in row if cell) == 1 for row, _place in part]
            titles = next((n for n, one in enumerate(alone) if not one), len(alone))
            for row, place in part[:titles]:
                yield _in_sheet(next(cell for cell in row if cell), place, titles < len(part))
            if table := part[titles:]:
                yield Table(tuple(r for r, _p in table), tuple(p for _r, p in table), None)

    def _next(self) -> str:
        self._number += 1
        return f"{self._under} #{self._number}"

    def _cell(self, raw: str) -> str:
        cell = raw.replace("\\n" if self._suffix == ".xlsx" else "<br>", "\n")
        parts = (self._text(part) for part in cell.split("\n"))
        return "\n".join(part for part in parts if part)

    def _text(self, marked: str) -> str:
        """The words without marks of Markdown and with single spaces; nothing in them acts."""
        text = _ESCAPED.sub(r"\1", _ITALIC.sub(r"\1", _BOLD.sub(r"\1", marked)))
        text = _SPACE.sub(" ", text).strip()
        while "{{" in text:  # would be taken for the name of a fact
            text = text.replace("{{", "{ {")
        return text


def _is_rule(line: str) -> bool:
    """Whether a line is the one below the header of a table."""
    return "-" in line and not line.strip(" \t|:-")


def _goes_on(before: str, line: str) -> bool:
    """Whether a line carries on the sentence of the one before it."""
    begins = any(p.match(line) for p in (_BULLET, _MARKED, _HEADING, _LABELLED, _LINE_RULE))
    is_text = bool(line.strip()) and not begins and "|" not in line and "**" not in line
    ended = any(p.match(before) for p in (_HEADING, _MARKED, _LINE_RULE, _SLIDE))
    return (
        is_text
        and bool(before.strip())
        and not (ended or "|" in before or _WHOLE_BOLD.fullmatch(before.strip()))
        and not _SENTENCE_END.search(before)
    )


def _in_sheet(cell: str, place: str, is_above_table: bool) -> Heading | Line:
    """A cell alone in its row: a heading where its words are known or it titles a table."""
    text = " ".join(cell.split("\n"))
    mark = _MARKED.match(text)
    is_title = is_above_table and len(text) <= _LONGEST_HEADING and unit_note(text) is None
    if mark or is_title or targets(text, is_close_enough=False):
        return Heading(text, mark[1][0] if mark else "cell", place)
    return Line(text, place)


def _raw_cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return _CELL_END.split(inner)
