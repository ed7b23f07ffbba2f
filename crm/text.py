"""What is read is what is there: text without characters that hide, reorder or pretend."""

from __future__ import annotations

import re
import unicodedata

_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_KEPT_CONTROLS = "\n\t"
_JOINER = "\u200d"
_TONES = range(0x1F3FB, 0x1F400)


def visible(text: str) -> str:
    """The text without control characters and without marks that reorder or hide letters.

    A character counts as hidden when Unicode calls it a control, format, surrogate or private
    character or a line separator; line feeds and tabs stay, and what joins two emoji to one.
    """
    if _JOINER in text:
        text = "".join(c for i, c in enumerate(text) if c != _JOINER or _joins(text, i))
    kept = _KEPT_CONTROLS + _JOINER
    hidden = {ord(c): None for c in set(text) if c not in kept and _hidden(c)}
    return text.translate(hidden) if hidden else text


def _joins(text: str, place: int) -> bool:
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    emoji = before == "\ufe0f" or (before and ord(before) in _TONES) or _is_picture(before)
    return bool(emoji) and _is_picture(after)


def _is_picture(character: str) -> bool:
    return bool(character) and unicodedata.category(character) == "So"


def is_japanese(text: str) -> bool:
    """Whether a text is written in Japanese: at least as many of its letters as Latin words."""
    letters = len(_JAPANESE.findall(text))
    return letters > 0 and letters >= len(_LATIN_WORD.findall(text))


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
