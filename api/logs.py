"""Logs are JSON, one line an event: ids, counts and times; nobody's name and nothing that was said.

Whatever libraries log goes the same way, from warnings on.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

from api.render.trace import trace_of
from crm.personal import hide_personal

Event = MutableMapping[str, Any]


def configure(level: int = logging.WARNING, stream: TextIO | None = None) -> None:
    """Log to that stream (stderr), from that level on."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _trace,
        hide_personal,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=stream or sys.stderr),
    )
    handler = logging.StreamHandler(stream) if stream else _ToStderr()
    handler.setLevel(logging.WARNING)  # whatever level a library has given its own logger
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


class _ToStderr(logging.Handler):
    """Writes to what stderr is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


def _trace(_logger: Any, _method: str, event: Event) -> Event:
    """An exception as the places it went through."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else None
    if error is None and given:
        error = given[1] if isinstance(given, tuple) else sys.exc_info()[1]
    if error is not None:
        event["trace"] = trace_of(error)
    return event
