"""Every call to Slack goes through this client, and so at Slack's pace."""

from __future__ import annotations

import json as json_
from typing import Any

from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from api.slack.limits import Limits

_TIMEOUT_SECONDS = 10


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

    async def api_call(self, api_method: str, **given: Any) -> AsyncSlackResponse:
        """As the client of slack_sdk; raises SlackApiError for what waiting does not mend."""

        async def make() -> AsyncSlackResponse:
            return await AsyncWebClient.api_call(self, api_method, **given)

        return await self.limits.call(api_method, _channel(given), make)


def _channel(given: dict[str, Any]) -> str:
    for held in (given.get("json"), given.get("params"), given.get("data")):
        if isinstance(held, str):
            held = json_.loads(held)
        if isinstance(held, dict) and held.get("channel"):
            return str(held["channel"])
    return ""
