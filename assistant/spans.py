"""A turn, a call of a model and a call of a tool are spans: names, counts and times, and no word.

Who listens to them, if anybody, is settled at the doors.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace

from crm.errors import TagayasuError, UnavailableError

_tracer = trace.get_tracer("tagayasu")


class Told:
    """A span that is open, for what becomes known of it."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def tell(self, **attributes: str | int | bool | None) -> None:
        """Add what is known; None is left out, for it is unknown."""
        self._span.set_attributes({k: v for k, v in attributes.items() if v is not None})

    def ended(self, error: BaseException | None) -> None:
        """Tell how it came out: ok, refused, unavailable, cancelled or failed."""
        self.tell(outcome=_outcome(error))
        if error is not None:
            self._span.set_status(trace.StatusCode.ERROR)


@contextmanager
def span(name: str, **attributes: str | int | bool | None) -> Iterator[Told]:
    """What happens in this block as one span; of an exception only its kind is told."""
    with _tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False
    ) as opened:
        told = Told(opened)
        told.tell(outcome="ok", **attributes)
        try:
            yield told
        except BaseException as error:
            told.ended(error)
            raise


def _outcome(error: BaseException | None) -> str:
    match error:
        case None:
            return "ok"
        case UnavailableError():
            return "unavailable"
        case TagayasuError():
            return "refused"
        case asyncio.CancelledError():
            return "cancelled"
    return "failed"
