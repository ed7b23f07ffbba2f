"""The form in which messages and the patterns of prompts/intents are compared."""

from __future__ import annotations

import unicodedata


def plain_form(text: str) -> str:
    """NFKC and one case; hiragana stays as it is, as the patterns are written."""
    return unicodedata.normalize("NFKC", text).casefold()
