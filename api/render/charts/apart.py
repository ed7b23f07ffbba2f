"""A server draws in a process of its own: drawing holds the interpreter's lock until it is done.

Whoever waits for an answer, or Slack for its acknowledgement, would wait for somebody's picture.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, TypeVar

import structlog

T = TypeVar("T")
DRAWING_SECONDS = 60.0
_LOOK_SECONDS = 2.0
log = structlog.get_logger(__name__)


class _Helper:
    """One process that draws, started with the first picture and anew after its death."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = self._new()

    @staticmethod
    def _new() -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            1, get_context("spawn"), initializer=_end_with, initargs=(os.getpid(),)
        )

    def run(self, work: Callable[..., T], *given: Any) -> T:
        """What the work gives there. Raises what it raises, TimeoutError when it takes too long."""
        process = self._process
        try:
            return process.submit(work, *given).result(DRAWING_SECONDS)
        except BrokenProcessPool:
            log.warning("charts.process_died")
            with self._lock:
                if self._process is process:
                    self._process = self._new()
            return self._process.submit(work, *given).result(DRAWING_SECONDS)

    def close(self) -> None:
        self._process.shutdown(wait=False, cancel_futures=True)


_helpers: list[_Helper] = []


@contextmanager
def apart() -> Iterator[None]:
    """In this block every picture of this process is drawn in another one."""
    helper = _Helper()
    _helpers.append(helper)
    try:
        yield
    finally:
        _helpers.remove(helper)
        helper.close()


def elsewhere(work: Callable[..., T], *given: Any) -> T:
    """What the work gives: in the process that draws where there is one, else here."""
    return _helpers[-1].run(work, *given) if _helpers else work(*given)


def _end_with(parent: int) -> None:
    """Let the process end when the one it draws for is gone, however that came."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os._exit(0)

    threading.Thread(target=look, daemon=True).start()
