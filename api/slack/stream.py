"""A stream shows steps, then the checked answer; when Slack ends it early, nothing is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import structlog
from slack_sdk.errors import SlackApiError

from api.render.slack import Rendered
from api.slack.limits import error_name

if TYPE_CHECKING:
    from api.slack.delivery import Delivery

_TITLE = 240
_APPENDS = 3
"""The blocks of an answer come in so many strokes at the most."""
_UNKNOWN = frozenset({"unknown_method", "method_not_supported", "not_allowed_token_type"})
_TRANSIENT = frozenset(
    {"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
log = structlog.get_logger(__name__)
Chunk = dict[str, Any]


class Stream:
    """One message of a thread: steps as they go, and at the end the first part of the answer.

    `started` is called with the message's ts as soon as Slack has made it. Where Slack has no
    streams, or no room for one more, nothing is shown and `finish` says so.
    """

    def __init__(
        self,
        delivery: Delivery,
        channel: str,
        thread_ts: str,
        *,
        user: str,
        team: str,
        ts: str | None = None,
        started: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._delivery = delivery
        self._client = delivery.client
        self._channel = channel
        self._thread_ts = thread_ts
        self._recipient = {"recipient_user_id": user, "recipient_team_id": team}
        self.ts = ts
        self.started = started
        self._fresh = ts is None
        self._alive = True
        self._titles: list[str] = []

    async def step(self, title: str) -> None:
        """Show that a step begins, and that the one before it is over."""
        if not self._alive or not self._has_room():
            return
        chunks = self._last("complete")
        self._titles.append(title[:_TITLE])
        chunks += self._last("in_progress")
        try:
            if self.ts is None:
                await self._start(chunks)
            else:
                await self._append(chunks)
        except SlackApiError as error:
            self._alive = False
            if error_name(error) in _UNKNOWN:
                self._delivery.streams = False
            log.info("slack.stream_ended", error=error_name(error))

    async def finish(self, rendered: Rendered, *, key: str = "") -> str | None:
        """Put a part of the answer into the message and end it; its ts.

        None when the message could not take it: then it must be posted. Raises SlackApiError for
        what may pass.
        """
        if self.ts is None:
            return None
        if self._fresh and self._alive and await self._stopped(rendered, key):
            return self.ts
        return await self._replaced(rendered, key)

    async def drop(self) -> None:
        """Take the message back: the answer is for somebody alone, or there is none."""
        if self.ts is None:
            return
        try:
            await self._end()
            await self._delivery.delete(self._channel, self.ts)
        except SlackApiError as error:
            log.info("slack.stream_left", error=error_name(error))
        self.ts, self._alive = None, False

    async def _start(self, chunks: list[Chunk]) -> None:
        said = await self._client.chat_startStream(
            channel=self._channel,
            thread_ts=self._thread_ts,
            chunks=chunks,
            task_display_mode="timeline",
            **self._recipient,
        )
        self.ts = str(said.get("ts") or "") or None
        if self.ts and self.started:
            await self.started(self.ts)

    async def _append(self, chunks: list[Chunk]) -> None:
        await self._client.chat_appendStream(channel=self._channel, ts=self.ts or "", chunks=chunks)

    async def _stopped(self, rendered: Rendered, key: str) -> bool:
        """Whether the stream has taken the whole part, stroke by stroke."""
        *early, last = _strokes(list(rendered.blocks))
        chunks = self._last("complete")
        try:
            for stroke in early:
                if not self._client.limits.has_room("chat.appendStream"):
                    return False
                await self._append([*chunks, {"type": "blocks", "blocks": stroke}])
                chunks = []
            await self._client.chat_stopStream(
                channel=self._channel,
                ts=self.ts or "",
                chunks=chunks or None,
                blocks=last,
                **metadata(key),
            )
        except SlackApiError as error:
            log.info("slack.stream_ended", error=error_name(error))
            return False
        return True

    async def _replaced(self, rendered: Rendered, key: str) -> str | None:
        """Put the whole part in the place of whatever the message shows."""
        ts = self.ts or ""
        await self._end()
        try:
            await self._delivery.update(self._channel, ts, rendered, key=key)
        except SlackApiError as error:
            if error_name(error) in _TRANSIENT:
                raise
            await self.drop()
            return None
        return ts

    async def _end(self) -> None:
        try:
            await self._client.chat_stopStream(channel=self._channel, ts=self.ts or "")
        except SlackApiError as error:
            log.debug("slack.stream_over", error=error_name(error))

    def _last(self, status: str) -> list[Chunk]:
        if not self._titles:
            return []
        number = len(self._titles)
        task = {"id": f"step{number}", "title": self._titles[-1], "status": status}
        return [{"type": "task_update", **task}]

    def _has_room(self) -> bool:
        limits = self._client.limits
        if self.ts is not None:
            return limits.has_room("chat.appendStream")
        return self._delivery.streams and all(
            limits.has_room(method) for method in ("chat.startStream", "chat.stopStream")
        )


def is_transient(error: SlackApiError) -> bool:
    """Whether the same call may succeed later."""
    status = getattr(error.response, "status_code", 200)
    return error_name(error) in _TRANSIENT or int(status or 200) >= 500


def _strokes(blocks: list[Chunk]) -> list[list[Chunk]]:
    size = max(1, -(-len(blocks) // _APPENDS))
    return [blocks[n : n + size] for n in range(0, len(blocks), size)] or [[]]


def metadata(key: str) -> dict[str, Any]:
    """What makes a message of ours known again."""
    held = {"event_type": "tagayasu_part", "event_payload": {"key": key}}
    return {"metadata": held} if key else {}
