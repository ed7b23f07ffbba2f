"""A failure as text for the log: what kind it is and where it happened, without any value.

What exceptions say is left out: it may quote a question, a row or an address.
"""

from __future__ import annotations

import traceback


def trace_of(error: BaseException) -> str:
    """The places it went through, outermost first; before them those of what it was caused by."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\nwhich led to:\n".join("\n".join(_told(one)) for one in reversed(chain))


def _told(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    places = [f'  File "{f.filename}", line {f.lineno}, in {f.name}' for f in frames]
    return [*places, _kind(error)]


def _kind(error: BaseException) -> str:
    """Its type; of a failure of the system also what the system calls it."""
    kind = type(error)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    return f"{name}: {error.strerror}" if isinstance(error, OSError) and error.strerror else name
