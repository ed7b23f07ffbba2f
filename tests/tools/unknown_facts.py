"""What must be None in a company that lacks what it needs: never zero, wherever it is given."""

from __future__ import annotations

UNKNOWN: dict[str, set[str]] = {}
"""Names of facts, or their keys, by the name of the company."""
