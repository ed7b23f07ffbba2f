"""What the Slack door itself says stands in phrases.yaml; an unknown phrase is an error."""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml

from crm.settings import Language


@cache
def _phrases() -> dict[str, dict[Language, str]]:
    text = resources.files("api.slack").joinpath("phrases.yaml").read_text(encoding="utf-8")
    phrases: dict[str, dict[Language, str]] = yaml.safe_load(text)
    return phrases


def say(phrase: str, language: Language, **values: str) -> str:
    """A phrase in a language."""
    return _phrases()[phrase][language].format(**values)
