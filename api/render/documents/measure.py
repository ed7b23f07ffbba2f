"""How much room a text takes, by the letters of the bundled font, so that none leaves its box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from PIL import ImageFont

from api.render.charts.fonts import bundled

LINE = 1.32
"""Height of a line in font sizes; it is set exactly, so that every program takes the same."""
_UNIT = 100
_SAFE = 0.95
"""Share of a width that is counted on: programs break lines a little differently."""
_PIECES = re.compile(r"\s+|[!-~\u00a1-\u024f]+|.", re.DOTALL)
_BETWEEN = 0.25
"""What programs put between Japanese and Latin letters, in font sizes."""
MORE = "…"
_ENDINGS = (".otf", ".ttf", ".ttc")


@cache
def _font(is_bold: bool) -> ImageFont.FreeTypeFont:
    folders = list(bundled())
    folder = folders[-1] if is_bold else folders[0]
    file = next(
        path for path in folder.rglob("*") if path.suffix.lower() in (".otf", ".ttf", ".ttc")
    )
    return ImageFont.truetype(str(file), _UNIT)


@cache
def _length(text: str, is_bold: bool) -> float:
    return _font(is_bold).getlength(text) / _UNIT


def lines(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """The text in lines of at most `room` points, broken as word processors do."""
    room *= _SAFE
    found, line, taken = [], "", 0.0
    for piece in _small_enough(text, size, room, bold):
        wide = (_length(piece, bold) + _BETWEEN * _is_change(line, piece)) * size
        if line and taken + wide > room:
            found.append(line.rstrip())
            line, taken = "", 0.0
            if piece.isspace():
                continue
        line, taken = line + piece, taken + wide
    return [*found, line.rstrip()] if line.strip() or not found else found


def _is_change(line: str, piece: str) -> bool:
    """Whether a Latin piece follows a Japanese letter, or the other way about."""
    both = (line[-1:], piece[:1])
    return all(both) and not any(map(str.isspace, both)) and both[0].isascii() != both[1].isascii()


def _small_enough(text: str, size: float, room: float, bold: bool) -> list[str]:
    """The pieces between which a line may break; a word wider than the room is broken itself."""
    pieces: list[str] = []
    for piece in _PIECES.findall(" ".join(text.split())):
        whole = _length(piece, bold) * size <= room
        pieces += [piece] if whole else list(piece)
    return pieces


def cut(text: str, size: float, room: float, most: int, *, bold: bool = False) -> str:
    """The text as far as it fits into so many lines, with … where it was cut."""
    broken = lines(text, size, room, bold=bold)
    if len(broken) <= most:
        return text
    kept = " ".join(broken[:most]) if text.isascii() else text
    low, high = 0, len(kept)
    while low < high:
        middle = (low + high + 1) // 2
        if len(lines(text[:middle].rstrip() + MORE, size, room, bold=bold)) <= most:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + MORE


def height(
    texts: Sequence[str], size: float, room: float, gap: float, *, bold: bool = False
) -> float:
    """How high paragraphs stand, in points, with a gap after each but the last."""
    count = sum(len(lines(text, size, room, bold=bold)) for text in texts)
    return count * size * LINE + gap * max(len(texts) - 1, 0)
