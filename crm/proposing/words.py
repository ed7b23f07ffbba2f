"""The words of a proposal, in Japanese and English."""

from __future__ import annotations

from functools import cache

from crm.declared import declared
from crm.settings import Language


@cache
def _words() -> dict[str, dict[Language, str]]:
    known: dict[str, dict[Language, str]] = declared("crm", "proposing/words.yaml")
    return known


def said(language: Language, code: str, **of: object) -> str:
    """What a code of words.yaml says."""
    return _words()[code][language].format(**of)
