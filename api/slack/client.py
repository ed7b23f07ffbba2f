"""Every call to Slack goes through this client, and so at Slack's pace."""

from __future__ import annotations

import asyncio
import json as json_
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from api.slack.limits import Limits

_TIMEOUT_SECONDS = 10


class Gate:
    """What must be noted once it is done goes through one by one.

    A process that is killed leaves at most one call of which nobody knows whether it was made. The
    gate is entered when Slack is called, after all waiting, and left when the outcome is noted.
    """

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock
        self._inside = False

    async def enter(self) -> None:
        if not self._inside:
            await self._lock.acquire()
            self._inside = True

    def leave(self) -> None:
        if self._inside:
            self._inside = False
            self._lock.release()


_GATE: ContextVar[Gate | None] = ContextVar("gate", default=None)


class PacedClient(AsyncWebClient):
    """Slack's own client for one team; a call waits until it may be made."""

    def __init__(self, token: str, api_url: str, limits: Limits) -> None:
        super().__init__(
            token=token,
            base_url=api_url,
            timeout=_TIMEOUT_SECONDS,
            retry_handlers=[AsyncConnectionErrorRetryHandler(max_retry_count=1)],
        )
        self.limits = limits
        self._one_by_one = asyncio.Lock()

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Calls made in this block are the only ones of their kind until its end."""
        gate = Gate(self._one_by_one)
        token = _GATE.set(gate)
        try:
            yield
        finally:
            gate.leave()
            _GATE.reset(token)

    async def api_call(self, api_method: str, **given: Any) -> AsyncSlackResponse:
        """As the client of slack_sdk; raises SlackApiError for what waiting does not mend."""

        async def make() -> AsyncSlackResponse:
            gate = _GATE.get()
            if gate is not None:
                await gate.enter()
            try:
                return await AsyncWebClient.api_call(self, api_method, **given)
            except BaseException:
                if gate is not None:
                    gate.leave()
                raise

        return await self.limits.call(api_method, _channel(given), make)


def _channel(given: dict[str, Any]) -> str:
    for held in (given.get("json"), given.get("params"), given.get("data")):
        if isinstance(held, str):
            held = json_.loads(held)
        if isinstance(held, dict) and held.get("channel"):
            return str(held["channel"])
    return ""
