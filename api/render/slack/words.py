"""What stands on buttons and in views is in words.yaml; an unknown word is an error."""

from __future__ import annotations

from functools import cache

from crm.declared import declared
from crm.settings import Language


@cache
def _words() -> dict[str, dict[Language, str]]:
    words: dict[str, dict[Language, str]] = declared("api.render.slack", "words.yaml")
    return words


def word(name: str, language: Language, /, **values: object) -> str:
    """A word or sentence in a language."""
    return _words()[name][language].format(**values)


def beside(language: Language, *parts: str) -> str:
    """What there is of the parts, on one line."""
    return word("between", language).join(part for part in parts if part)
