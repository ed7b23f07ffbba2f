"""Text from data stays text: no link, mention, control character or markup can arise from it."""

from __future__ import annotations

import re
import unicodedata

from crm.links import defanged, inert

__all__ = ["defanged", "inert", "spans", "width"]

_STRONG = re.compile(r"\*\*(?=\S)((?:(?!\*\*).)+)(?<=\S)\*\*")


def spans(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is `**strong**`; the marks are gone."""
    pieces: list[tuple[str, bool]] = []
    end = 0
    for found in _STRONG.finditer(text):
        pieces.append((text[end : found.start()], False))
        pieces.append((found[1], True))
        end = found.end()
    pieces.append((text[end:], False))
    return [(piece, strong) for piece, strong in pieces if piece]


def width(text: str) -> int:
    """How many columns the text takes where a Japanese letter takes two."""
    return sum(_columns(c) for c in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
