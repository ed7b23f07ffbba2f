"""An answer for Slack: nothing is cut in silence, and no link or mention can arise from data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.render.slack.tables import Grid, drawn, item, lines
from api.render.slack.text import SECTION, fitted, packed, plain
from assistant.answer import Answer, Block, Bullets, Heading, Paragraph, TableBlock

BLOCKS = 44
"""Blocks of words in a message at the most; Slack takes 50, and buttons follow."""
MESSAGE = 12_000
"""Characters over all blocks of a message; Slack refuses somewhat above 13,000."""
_OWN_MARKS = ("●", "❝", "◇")

Blocks = tuple[dict[str, Any], ...]
Piece = str | Grid


@dataclass(frozen=True)
class Rendered:
    """One message: its blocks, and the same words for notifications and screen readers."""

    blocks: Blocks
    text: str

    def with_(self, *blocks: dict[str, Any]) -> Rendered:
        """The same with blocks below."""
        return replace(self, blocks=(*self.blocks, *blocks))


def messages(answer: Answer) -> tuple[Rendered, ...]:
    """The whole answer as as many messages as it needs, in order."""
    return said(answer.blocks)


def said(blocks: Iterable[Block]) -> tuple[Rendered, ...]:
    """Blocks of an answer as messages."""
    return _messages(_pieces(blocks))


def sections(blocks: Iterable[Block]) -> Blocks:
    """Blocks of an answer as sections for a page or a modal, where Slack shows no tables."""
    pieces = _pieces(blocks, grids=False)
    return tuple(section(piece) for piece in pieces if isinstance(piece, str))


def sentence(text: str) -> Rendered:
    """Words of our own as a message."""
    return _message(fitted(text))


def section(text: str) -> dict[str, Any]:
    """A section of mrkdwn in which nothing is turned into links."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _pieces(blocks: Iterable[Block], *, grids: bool = True) -> list[Piece]:
    """The texts of all sections, and the tables: a heading stands in one section with its text."""
    pieces: list[Piece] = []
    heading = ""
    for block in blocks:
        if isinstance(block, Heading):
            pieces.extend([heading] if heading else [])
            parts = fitted(plain(block.text), SECTION - 2)
            *whole, heading = [f"*{part}*" for part in parts] or [""]
            pieces.extend(whole)
            continue
        found = _drawn(block, grids=grids)
        if isinstance(found, Grid):
            pieces.append(replace(found, heading=heading))
            heading = ""
            continue
        for text in packed(found, SECTION):
            together = f"{heading}\n{text}" if heading else text
            fits = len(together) <= SECTION
            pieces.extend([together] if fits else [heading, text])
            heading = ""
    return pieces + ([heading] if heading else [])


def _drawn(block: Block, *, grids: bool) -> Grid | list[str]:
    match block:
        case Bullets():
            return [
                part
                for number, text in enumerate(block.items, 1)
                for part in item(text, f"{number}. " if block.numbered else _mark(text))
            ]
        case TableBlock():
            found = drawn(block)
            return lines(block) if isinstance(found, Grid) and not grids else found
        case Heading() | Paragraph():
            return fitted(block.text)


def _mark(text: str) -> str:
    """A bullet, unless the item has a mark of its own (fact, quoted, hypothesis)."""
    return "" if text[:1] in _OWN_MARKS else "• "


def _messages(pieces: list[Piece]) -> tuple[Rendered, ...]:
    """Slack takes the words of all tables of a message together: each has a message of its own."""
    groups: list[list[Piece]] = []
    for piece in pieces:
        last = groups[-1] if groups else []
        full = not groups or sum(map(_blocks, last)) + _blocks(piece) > BLOCKS
        second = isinstance(piece, Grid) and any(isinstance(one, Grid) for one in last)
        if full or second or sum(map(_letters, last)) + _letters(piece) > MESSAGE:
            groups.append([])
        groups[-1].append(piece)
    return tuple(_message(group) for group in groups)


def _letters(piece: Piece) -> int:
    return len(piece) if isinstance(piece, str) else len(piece.heading) + piece.letters


def _blocks(piece: Piece) -> int:
    return 2 if isinstance(piece, Grid) and piece.heading else 1


def _message(pieces: Sequence[Piece]) -> Rendered:
    blocks: list[dict[str, Any]] = []
    texts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            blocks.append(section(piece))
            texts.append(piece)
            continue
        blocks += [section(piece.heading)] if piece.heading else []
        texts += [piece.heading] if piece.heading else []
        blocks.append(piece.block)
        texts.append(piece.text)
    return Rendered(tuple(blocks), "\n".join(texts))
