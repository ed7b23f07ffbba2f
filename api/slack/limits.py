"""One call of a method at a time, at Slack's pace, and none before the time Slack has asked for.

Slack counts by app and team. Each process keeps to the pace by itself; where several serve one team
they meet Slack's answer 429, and then wait as it says.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from slack_sdk.errors import SlackApiError

T = TypeVar("T")
Key = tuple[str, str]
"""Method and channel, or method and nothing: what Slack counts together."""

_BY_CHANNEL = frozenset({"chat.postMessage", "chat.postEphemeral"})
"""Of these Slack takes one a second in each channel."""
_PER_MINUTE = {"chat.startStream": 20, "chat.stopStream": 20, "chat.appendStream": 100}
"""Calls a minute that a stream may make; without room for one an answer is posted instead."""
_DEFAULT_WAIT = 5.0
log = structlog.get_logger(__name__)


@dataclass
class _Lane:
    """Calls that Slack counts together go one after the other."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    not_before: float = 0.0


class Limits:
    """The pace of all calls of one team; `pace` is the seconds between two posts in a channel."""

    def __init__(self, pace: float = 1.0) -> None:
        self._lanes: dict[Key, _Lane] = {}
        self._minutes: dict[str, list[float]] = {}
        self._pace = pace

    async def call(self, method: str, channel: str, make: Callable[[], Awaitable[T]]) -> T:
        """Make a call when it may be made, and again for as long as Slack says to wait.

        What Slack refuses for any other reason is raised.
        """
        team = self._lane(method, "")
        paced = method in _BY_CHANNEL
        lane = self._lane(method, channel) if paced else _Lane()
        async with lane.lock:
            while True:
                await _until(lane.not_before)
                async with team.lock:
                    await _until(team.not_before)
                    self._count(method)
                    try:
                        return await make()
                    except SlackApiError as error:
                        wait = retry_after(error)
                        if wait is None:
                            raise
                        team.not_before = time.monotonic() + wait
                        log.info("slack.limited", method=method, seconds=wait)
                    finally:  # from its end: Slack may have counted it as late as that
                        lane.not_before = time.monotonic() + self._pace

    def has_room(self, method: str, calls: int = 1) -> bool:
        """Whether so many calls could be made at once."""
        limit = _PER_MINUTE.get(method)
        if self._lane(method, "").not_before > time.monotonic():
            return False
        return limit is None or len(self._recent(method)) + calls <= limit

    def _lane(self, method: str, channel: str) -> _Lane:
        return self._lanes.setdefault((method, channel), _Lane())

    def _count(self, method: str) -> None:
        if method in _PER_MINUTE:
            self._recent(method).append(time.monotonic())

    def _recent(self, method: str) -> list[float]:
        begun = time.monotonic() - 60
        recent = [moment for moment in self._minutes.get(method, []) if moment > begun]
        self._minutes[method] = recent
        return recent


def retry_after(error: SlackApiError) -> float | None:
    """The seconds Slack asks to wait; None when that is not what it answers."""
    response = error.response
    limited = getattr(response, "status_code", 0) == 429
    if not limited and error_name(error) not in ("ratelimited", "rate_limited"):
        return None
    headers = getattr(response, "headers", None) or {}
    given = next((v for k, v in headers.items() if k.lower() == "retry-after"), None)
    try:
        return max(float(given), 0.0) if given is not None else _DEFAULT_WAIT
    except ValueError:
        return _DEFAULT_WAIT


def error_name(error: SlackApiError) -> str:
    """Slack's name for what went wrong; empty when something before Slack has answered."""
    said = error.response.data if hasattr(error.response, "data") else error.response
    named = said.get("error") if isinstance(said, dict) else None
    return named if isinstance(named, str) else ""


async def _until(moment: float) -> None:
    while (rest := moment - time.monotonic()) > 0:
        await asyncio.sleep(rest)
