"""Text folds as Japanese does: between any two letters, but no line begins with a stop."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

from api.render.safe import width

_NOT_FIRST = set(
    "、。，．・：；？！）」』】〉》〕］｝,.;:?!)]}%％ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
)
_NOT_LAST = set("（「『【〈《〔［｛([{¥$€£")


class Folded:
    """A styled text that folds itself to the width it is given."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        pieces = self._text.divide(breaks(self._text.plain, options.max_width))
        for piece in pieces:
            piece.rstrip()
            piece.no_wrap = True
            yield piece

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        whole = width(self._text.plain)
        return Measurement(min(whole, 8, options.max_width), min(whole, options.max_width))


def breaks(text: str, columns: int) -> list[int]:
    """Where the text is cut into lines of at most `columns`: never in a word of Latin letters or
    a number (unless it alone is too long), never before a stop or after an opening bracket."""
    cuts: list[int] = []
    start = taken = 0
    for index, character in enumerate(text):
        taken += width(character)
        if taken <= columns or index == start:
            continue
        cut = next((i for i in range(index, start, -1) if _may_break(text, i)), index)
        cuts.append(cut)
        start, taken = cut, width(text[cut : index + 1])
    return cuts


def _may_break(text: str, index: int) -> bool:
    before, after = text[index - 1], text[index]
    if after in _NOT_FIRST or before in _NOT_LAST or after == " ":
        return False
    return before == " " or not (_latin(before) and _latin(after))


def _latin(character: str) -> bool:
    return character.isascii() and not character.isspace()
