"""What is read is what is there: text without characters that hide, reorder or pretend."""

from __future__ import annotations

import unicodedata

_KEPT_CONTROLS = "\n\t"


def visible(text: str) -> str:
    """The text without control characters and without marks that reorder or hide letters.

    A character counts as hidden when Unicode calls it a control, format, surrogate or private
    character or a line separator; line feeds and tabs stay.
    """
    return "".join(c for c in text if c in _KEPT_CONTROLS or not _hidden(c))


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
