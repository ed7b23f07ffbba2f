"""A failure as text for the log: where it happened, without the values of variables."""

from __future__ import annotations

import traceback


def trace_of(error: BaseException) -> str:
    """The traceback as Python prints it; with what it was caused by."""
    return "".join(traceback.format_exception(error))
