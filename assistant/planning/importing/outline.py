"""What each block of a document belongs to: a part of a plan, or nothing, with the reason.

A deeper heading that names no part of its own stays in its parent's part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.planning.importing.blocks import (
    Block,
    Heading,
    Line,
    Picture,
    Table,
    without_bullet,
)
from assistant.planning.importing.grid import named_part
from assistant.planning.importing.headings import children, is_section, targets, why
from tools.facts import Text

_WITHIN = {"scenario": "five_p"}
"""Sections below which the words of a group are headings as well."""
_WHOLE = ("summary",)
"""Parts that are not taken over, with all that stands below their heading."""
GROUPS = ("swot", "five_p")
"""Groups of sections; below their heading, words such as 価格 are headings inside the text too."""
_WORD = "word"


@dataclass(frozen=True)
class Located:
    """A line, picture or table with what it belongs to (`target`), or why to nothing (`reason`).

    `path` are the headings above it; `is_beginning` tells that no part has begun yet.
    """

    block: Line | Picture | Table
    target: str | None
    reason: Text
    path: str
    is_beginning: bool


@dataclass(frozen=True)
class Outline:
    """The blocks of a document where they belong.

    `unknown` are the headings that name no part of a plan, `empty` those with nothing below them.
    """

    located: Sequence[Located]
    unknown: Sequence[Heading]
    empty: Sequence[Heading]
    is_recognised: bool


@dataclass
class _Open:
    """A heading that what follows stands below."""

    heading: Heading
    target: str | None
    reason: Text
    is_own: bool
    is_filled: bool = False


@dataclass
class _Outliner:
    stack: list[_Open] = field(default_factory=list)
    located: list[Located] = field(default_factory=list)
    unknown: list[Heading] = field(default_factory=list)
    empty: list[Heading] = field(default_factory=list)
    is_recognised: bool = False
    is_slides: bool = False

    def heading(self, heading: Heading) -> None:
        self._close(heading.style)
        for above in self.stack:
            above.is_filled = True
        target, reason, is_own = _meant(heading.text, self.stack[-1] if self.stack else None)
        self.is_recognised |= is_own and target is not None
        self.stack.append(_Open(heading, target, reason, is_own))

    def line(self, line: Line) -> None:
        """A line of text; below a group, its first words may be a heading of their own."""
        over = [above.target for above in self.stack if above.heading.style != _WORD]
        group = over[-1] if over else None
        part, rest = named_part(group, line.text) if group in GROUPS and group else (None, "")
        if part is None:
            self.block(line)
            return
        before = self.stack[-1]
        self.heading(Heading(line.text.removesuffix(rest), _WORD, line.place))
        if self.is_slides and before.heading.style == _WORD and not before.is_filled and not rest:
            self._unclear(over[-1] or "")
        if rest:
            self.block(Line(rest, line.place))
            self._close(_WORD)

    def _unclear(self, group: str) -> None:
        """Two names in a row label boxes side by side: which of them a text is in is not known."""
        last = self.stack[-1]
        named = next(a.heading.text for a in reversed(self.stack) if a.heading.style != _WORD)
        last.target, last.reason = group, why("which", heading=named)

    def block(self, block: Line | Picture | Table) -> None:
        for above in self.stack:
            above.is_filled = True
        last = self.stack[-1] if self.stack else None
        self.located.append(
            Located(
                block,
                last.target if last else None,
                last.reason if last else why("no_heading"),
                " › ".join(above.heading.text for above in self.stack if above.heading.text),
                not self.is_recognised,
            )
        )

    def end(self) -> None:
        while self.stack:
            self._leave()

    def _close(self, style: int | str) -> None:
        """Leave the headings that one of this style ends."""
        if isinstance(style, int):
            while self.stack and not _is_above(self.stack[-1].heading.style, style):
                self._leave()
        elif any(above.heading.style == style for above in self.stack):
            while self.stack[-1].heading.style != style:
                self._leave()
            self._leave()

    def _leave(self) -> None:
        left = self.stack.pop()
        if not left.heading.text:
            return
        if left.is_filled:
            if left.target is None or not left.is_own:
                self.unknown.append(left.heading)
            return
        if isinstance(left.heading.style, str) and not left.is_own:
            text = without_bullet(left.heading.text)  # a marked item, no heading
            self.block(Line(text, left.heading.place))
        else:
            self.empty.append(left.heading)


def outline(blocks: Sequence[Block], *, is_slides: bool = False) -> Outline:
    """Every line and table of a document, in order, with what it belongs to."""
    found = _Outliner(is_slides=is_slides)
    for block in blocks:
        if isinstance(block, Heading):
            found.heading(block)
        elif isinstance(block, Line):
            found.line(block)
        else:
            found.block(block)
    found.end()
    return Outline(found.located, found.unknown, found.empty, found.is_recognised)


def _is_above(style: int | str, other: int) -> bool:
    return isinstance(style, int) and style < other


def _meant(text: str, above: _Open | None) -> tuple[str | None, Text, bool]:
    """What a heading means below another, why it means nothing, and whether its words say so."""
    known = targets(text)
    parent = above.target if above else None
    if above is not None and parent in _WHOLE:
        return parent, above.reason, True
    group = _WITHIN.get(parent or "", parent or "")
    if within := known & set(children(group)):
        return (next(iter(within)), why("empty"), True) if len(within) == 1 else _unclear(text)
    grouped = {part for name in GROUPS for part in children(name)}
    is_other = is_section(parent) and bool(known & grouped)
    if len(known) == 1 and not is_other:
        return next(iter(known)), _which(next(iter(known)), text), True
    if parent is not None and above is not None:
        return parent, above.reason, False
    if len(known) > 1:
        return _unclear(text)
    return None, why("unknown", heading=text) if text else why("no_heading"), False


def _unclear(text: str) -> tuple[str | None, Text, bool]:
    return None, why("ambiguous", heading=text), True


def _which(target: str, text: str) -> Text:
    """Why what stands in a part may still have no place in it."""
    return why("which", heading=text) if target in GROUPS else why("empty")
