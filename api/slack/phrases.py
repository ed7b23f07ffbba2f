"""What the Slack door itself says stands in phrases.yaml; an unknown phrase is an error."""

from __future__ import annotations

from functools import cache

from crm.declared import declared
from crm.settings import Language


@cache
def _phrases() -> dict[str, dict[Language, str]]:
    phrases: dict[str, dict[Language, str]] = declared("api.slack", "phrases.yaml")
    return phrases


def say(phrase: str, language: Language, **values: str) -> str:
    """A phrase in a language."""
    return _phrases()[phrase][language].format(**values)
