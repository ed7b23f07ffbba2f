"""How much room a text takes, by the letters of the bundled font, so that none leaves its box."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice

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
    return list(_broken(text, size, room, bold))


def _broken(text: str, size: float, room: float, bold: bool) -> Iterator[str]:
    """The lines one by one: who asks whether there are few of them need not measure them all."""
    room *= _SAFE
    line, taken, is_first = "", 0.0, True
    for piece in _small_enough(text, size, room, bold):
        wide = (_length(piece, bold) + _BETWEEN * _is_change(line, piece)) * size
        if line and taken + wide > room:
            yield line.rstrip()
            line, taken, is_first = "", 0.0, False
            if piece.isspace():
                continue
        line, taken = line + piece, taken + wide
    if is_first or line.strip():
        yield line.rstrip()


def _is_change(line: str, piece: str) -> bool:
    """Whether a Latin piece follows a Japanese letter, or the other way about."""
    last, first = line[-1:], piece[:1]
    if not last or last.isascii() == first.isascii():
        return False
    return not last.isspace() and not first.isspace()


def _small_enough(text: str, size: float, room: float, bold: bool) -> Iterator[str]:
    """The pieces between which a line may break; a word wider than the room is broken itself."""
    for found in _PIECES.finditer(" ".join(text.split())):
        piece = found[0]
        if _length(piece, bold) * size <= room:
            yield piece
        else:
            yield from piece


def cut(text: str, size: float, room: float, most: int, *, bold: bool = False) -> str:
    """The text as far as it fits into so many lines, with … where it was cut."""
    broken = list(islice(_broken(text, size, room, bold), most + 1))
    if len(broken) <= most:
        return text
    kept = " ".join(broken[:most]) if text.isascii() else text
    low, high = 0, len(kept)
    while low < high:
        middle = (low + high + 1) // 2
        shown = _broken(text[:middle].rstrip() + MORE, size, room, bold)
        if next(islice(shown, most, None), None) is None:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + MORE


def height(
    texts: Sequence[str], size: float, room: float, gap: float, *, bold: bool = False
) -> float:
    """How high paragraphs stand, in points, with a gap after each but the last."""
    count = sum(len(lines(text, size, room, bold=bold)) for text in texts)
    return _high(count, len(texts), size, gap)


def fits(
    texts: Sequence[str], size: float, room: float, gap: float, most: float, *, bold: bool = False
) -> bool:
    """Whether paragraphs stand at most so high; of too many no more is measured than tells it."""
    count = 0
    for text in texts:
        for _line in _broken(text, size, room, bold):
            count += 1
            if _high(count, len(texts), size, gap) > most:
                return False
    return _high(count, len(texts), size, gap) <= most


def _high(count: int, paragraphs: int, size: float, gap: float) -> float:
    return count * size * LINE + gap * max(paragraphs - 1, 0)
