"""A text is written so that YAML reads back exactly that text, whatever stands in it."""

from __future__ import annotations

import re
import unicodedata

from crm.text import visible

_PLAIN = re.compile(r"[^\W\d_][\w ./（）％%・ー+-]*(?<! )|\d[\w.]*")
_NOT_TEXT = frozenset(("null", "Null", "NULL", "true", "false", "yes", "no", "on", "off", "y", "n"))
_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_WIDEST = 100


def scalar(text: str) -> str:
    """A text as a scalar: plain where it can be, else in double quotes on one line."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT and len(text) < 200:
        return text
    return '"' + "".join(_SHORT_ESCAPES.get(c) or _escaped(c) for c in text) + '"'


def _escaped(character: str) -> str:
    kind = unicodedata.category(character)
    if character in " \u3000" or kind[0] in "LNPS" or kind in ("Mn", "Mc"):
        return character
    code = ord(character)
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"


def is_printable(text: str) -> bool:
    """Whether a text may stand in a block of lines as it is."""
    return all(_escaped(character) == character for character in text)


def flow(**parts: str) -> str:
    """A mapping on one line; the values are YAML already."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in parts.items()) + "}"


def said(text: str, limit: int = 60) -> str:
    """A text as it may stand in a comment: on one line, without signs that hide, not too long."""
    shown = " ".join(visible(text).split())
    shown = "".join(c for c in shown if c == " " or _escaped(c) == c)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def wrapped(text: str, indent: str, width: int = _WIDEST) -> list[str]:
    """The lines of a comment, broken at blanks."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) + 1 > width - len(indent) - 2:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [f"{indent}# {line}" for line in [*lines, line]]
