"""A value that is not exactly one thing is refused with the code of a reason, never guessed."""

from __future__ import annotations

from typing import Literal

Reason = Literal[
    "not_a_number", "odd_grouping", "other_currency", "two_units", "too_precise", "too_large",
    "not_a_date", "impossible_date", "ambiguous_date", "era_ended",
    "unknown_name", "ambiguous_name",
]  # fmt: skip


class Refused(Exception):  # noqa: N818 - it is an answer about a value, not a failure
    """The text of a value is not read; `reason` is the code of why."""

    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason
        super().__init__(reason)
