"""What the product declares beside its code: YAML files that a package holds."""

from __future__ import annotations

from importlib import resources
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml reads these files eight times as fast, where PyYAML was built with it."""


def declared(package: str, path: str) -> Any:
    """The content of a package's YAML file, e.g. `declared("tools", "words.yaml")`; not kept."""
    text = resources.files(package).joinpath(path).read_text(encoding="utf-8")
    return yaml.load(text, _LOADER)  # noqa: S506 - both are safe loaders
