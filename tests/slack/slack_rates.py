"""How often Slack lets a method be called, and what it tells whoever calls too often."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass, field

PER_MINUTE = {
    "chat.startStream": 20,
    "chat.stopStream": 20,
    "chat.appendStream": 100,
    "chat.update": 50,
    "conversations.replies": 50,
    "conversations.open": 50,
}
"""Calls a minute; whatever else there is may be called 100 times (tier 4)."""
OTHERS = 100


@dataclass
class Rates:
    """Counts the calls of a team. `early` are those before the time somebody was told to wait for.

    `whims` is the share of calls that are refused although there was room: other apps and Slack's
    own troubles. `minute` and `second` are how long these last; tests have shorter ones.
    """

    minute: float = 60.0
    second: float = 1.0
    whims: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    early: list[str] = field(default_factory=list)
    refused: int = 0
    _seen: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)

    def refuse(self, method: str, channel: str) -> int | None:
        """The seconds to wait in Retry-After; None when the call may be made."""
        now = time.monotonic()
        posts = method in ("chat.postMessage", "chat.postEphemeral")
        key = (method, channel if posts else "")
        if now < self._until.get(method, 0.0):
            self.early.append(method)
            return self._wait(method, self._until[method] - now)
        window, most = (self.second, 1) if posts else (self.minute, PER_MINUTE.get(method, OTHERS))
        seen = [at for at in self._seen.get(key, []) if at > now - window]
        if len(seen) >= most:
            return self._wait(method, seen[0] + window - now)
        if self.chance.random() < self.whims:
            return self._wait(method, 1.0)
        self._seen[key] = [*seen, now]
        return None

    def _wait(self, method: str, seconds: float) -> int:
        wait = max(math.ceil(seconds), 1)
        self.refused += 1
        self._until[method] = max(self._until.get(method, 0.0), time.monotonic() + wait)
        return wait
