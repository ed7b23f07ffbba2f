"""Text from data as a chart can show it: one line of plain, visible letters, cut where it must be.

A letter of Japanese is as wide as the font is high, one of Latin about half as wide.
"""

from __future__ import annotations

from api.render.fold import breaks
from api.render.safe import width
from crm.links import defanged
from crm.text import visible

_HALF = 0.56
"""The width of a Latin letter for each point of the font's size, a little more than the mean."""


def plain(text: str, columns: int | None = None) -> str:
    """The text in one line; past `columns` (a Japanese letter takes two) it ends in `…`."""
    line = " ".join(defanged(visible(text)).split())
    if columns is None or width(line) <= columns:
        return line
    kept, taken = [], 1
    for letter in line:
        taken += width(letter)
        if taken > columns:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "…"


def lines_of(text: str, columns: int, most: int) -> list[str]:
    """The text folded to at most so many lines; the last ends in `…` where there is more."""
    text = plain(text)
    folded: list[str] = []
    while text and len(folded) < most - 1:
        cut = (breaks(text, columns) or [len(text)])[0]
        folded.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*folded, plain(text, columns)] if text else folded


def wide(text: str, size: float) -> float:
    """About how many pixels the text takes at a font size."""
    return width(text) * size * _HALF
