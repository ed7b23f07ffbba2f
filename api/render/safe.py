"""Text from data stays text: no link, mention, control character or markup can arise from it."""

from __future__ import annotations

import re
import unicodedata

_STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_DOCUMENTS = "md|txt|pdf|docx?|xlsx?|pptx?|csv|tsv|json|ya?ml|toml|html?|eml|msg|png|jpe?g"
_LABELS = r"(?<![A-Za-z0-9\[\]])(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+"
_LOWER_DOMAIN = re.compile(
    _LABELS.replace("A-Z", "")
    + rf"(?!(?:{_DOCUMENTS})(?![\w/.-]))(?:[a-z]{{2,}}|xn--[a-z0-9-]+)(?!\w)"
)
_DOMAIN_WITH_PATH = re.compile(rf"{_LABELS}(?:[A-Za-z]{{2,}}|[0-9]{{1,3}})(?=(?::[0-9]+)?[/?#]\S)")
_KEPT_CONTROLS = "\n\t"


def visible(text: str) -> str:
    """The text without control characters and without marks that reorder or hide letters.

    A character counts as hidden when Unicode calls it a control or a format character, except
    line feeds, tabs, and the joiners that emoji and Indic scripts need between letters.
    """
    kept = (c for c in text if c in _KEPT_CONTROLS or not _hidden(c))
    return "".join(kept)


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def defanged(text: str) -> str:
    """The text with every address written so that nothing turns it into a link.

    `https://x.example/y` becomes `https[:]//x[.]example/y`; nothing is left out.
    """
    text = text.replace("://", "[:]//")
    for pattern in (_LOWER_DOMAIN, _DOMAIN_WITH_PATH):
        text = pattern.sub(lambda found: found[0].replace(".", "[.]"), text)
    return re.sub(r"(?i)(?<![a-z0-9])www\.", lambda found: found[0][:-1] + "[.]", text)


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
