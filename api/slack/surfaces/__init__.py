"""What people see in Slack: each surface handles its items, and all of them are listed here."""

from __future__ import annotations

from api.slack.answering import answer
from api.slack.registry import Surfaces


def surfaces() -> Surfaces:
    """Every handler there is."""
    return Surfaces(handlers={("message", ""): answer})
