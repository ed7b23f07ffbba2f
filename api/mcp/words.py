"""What the MCP door itself says stands in words.yaml; an unknown word is an error."""

from __future__ import annotations

from functools import cache

from crm.declared import declared


@cache
def _words() -> dict[str, str]:
    words: dict[str, str] = declared("api.mcp", "words.yaml")
    return words


def say(name: str, **values: str) -> str:
    """A phrase of the door."""
    return _words()[name].format(**values)
