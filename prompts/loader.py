"""Prompts are files; a missing file or an undefined name is an error, never an empty string."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import jinja2
import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def text(path: str) -> str:
    """The text of a prompt file, e.g. `system/agent.md`."""
    return resources.files("prompts").joinpath(path).read_text(encoding="utf-8")


@cache
def data(path: str) -> Any:
    """The content of a YAML file, e.g. `intents/briefing.yaml`."""
    return yaml.load(text(path), _LOADER)  # noqa: S506 - both are safe loaders


def names(folder: str, suffix: str) -> list[str]:
    """The files with that ending in a folder, sorted."""
    found = resources.files("prompts").joinpath(folder).iterdir()
    return sorted(entry.name for entry in found if entry.name.endswith(suffix))


def _source(path: str) -> str | None:
    """A template's text; of none Jinja then says which is missing."""
    try:
        return text(path)
    except FileNotFoundError:
        return None


@cache
def templates() -> jinja2.Environment:
    """The environment of all templates: strict about undefined names, no HTML escaping."""
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        autoescape=False,  # noqa: S701 - Markdown is written here; every door escapes for itself
    )
