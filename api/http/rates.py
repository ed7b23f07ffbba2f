"""Each person has a bucket of requests that fills with time, each address one of failures.

Buckets are counted by each process for itself: with several, the limit is that many times as high.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_MOST = 20_000
"""Buckets at the most: the one longest unused goes, which is full by then or nearly so."""


@dataclass(frozen=True)
class Taken:
    """What came of taking from a bucket; seconds until there is one more, and until it is full."""

    allowed: bool
    limit: int
    remaining: int
    retry_after: int
    reset: int

    def headers(self) -> dict[str, str]:
        """As clients of an HTTP API know them."""
        told = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }
        return told if self.allowed else told | {"Retry-After": str(self.retry_after)}


class Buckets:
    """Token buckets by name."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = max(1, per_minute // 2)
        self._per_second = per_minute / 60
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> Taken:
        """Take one from the bucket of that name, if there is one."""
        now = self._clock()
        left, then = self._left.get(name, (float(self._size), now))
        left = min(float(self._size), left + (now - then) * self._per_second)
        allowed = left >= 1
        left -= allowed
        self._left[name] = (left, now)
        self._left.move_to_end(name)
        if len(self._left) > _MOST:
            self._left.popitem(last=False)
        return Taken(
            allowed,
            self._size,
            int(left),
            max(1, math.ceil((1 - left) / self._per_second)),
            math.ceil((self._size - left) / self._per_second),
        )
