"""The one answer to an item: kept first, then sent part by part, each of them once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import replace

from api.slack.delivery import Delivery
from api.slack.inbox import Claim, Inbox
from api.slack.item import Item
from api.slack.outbox import File, Kept, Outbox, Part, Post
from api.slack.stream import Stream

STATUS_SECONDS = 90.0
"""Slack forgets a status after two minutes."""
_SURE_SECONDS = 5.0
"""So long it holds who reads along; an answer that is sent later is looked at again."""
Readers = Callable[[], Awaitable[bool]]
"""Says whether everybody who reads along now may see what the person of the item may see."""


class Reply:
    """Answers one item, by one process at a time."""

    def __init__(
        self, delivery: Delivery, inbox: Inbox, outbox: Outbox, claim: Claim, readers: Readers
    ) -> None:
        self._delivery = delivery
        self._inbox = inbox
        self._outbox = outbox
        self._claim = claim
        self._readers = readers
        self._looked: float | None = None
        self._stream: Stream | None = None

    @property
    def item(self) -> Item:
        return self._claim.item

    async def answer(self, parts: Sequence[Part]) -> None:
        """Keep the answer durably; it is sent when the handler is over. The first one holds."""
        await asyncio.to_thread(self._outbox.keep, self._claim.id, list(parts))
        self._looked = time.monotonic()

    async def conversation(self) -> str:
        """The conversation that the item goes on with.

        What is said below an answer of a command or of the home page goes on with that one.
        """
        item = self.item
        is_below = item.kind in ("message", "action") and not item.begins_thread
        if not is_below or not item.thread_ts or not item.direct:
            return item.thread
        return await asyncio.to_thread(self._outbox.conversation, item) or item.thread

    def stream(self) -> Stream:
        """The message of the item's thread that shows the steps and takes the answer's first part.

        Everybody in the channel sees its steps: only for what everybody may know.
        """
        if self._stream is None:
            item = self.item
            self._stream = self._delivery.stream(
                item.channel,
                item.thread_ts,
                user=item.user,
                team=item.team,
                ts=self._claim.stream_ts,
            )
            self._stream.started = self._began
        return self._stream

    @asynccontextmanager
    async def working(self, text: str) -> AsyncIterator[None]:
        """Show a status in the item's thread meanwhile, renewed before Slack forgets it."""
        telling = asyncio.create_task(self._tell(text))
        try:
            yield
        finally:
            telling.cancel()
            with suppress(asyncio.CancelledError):
                await telling

    async def kept(self) -> bool:
        """Whether an earlier attempt has worked the answer out."""
        return bool(await asyncio.to_thread(self._outbox.of, self._claim.id))

    async def send(self) -> None:
        """Send what of the answer is not sent yet. Raises what Slack or the database raises."""
        parts = await asyncio.to_thread(self._outbox.of, self._claim.id)
        stream = self.stream()
        if stream.ts in {kept.ts for kept in parts if kept.done}:
            stream.ts = None  # it has taken its part before
        for kept in parts:
            if not kept.done:
                part = await self._as_now(kept.part, parts)
                await self._send(replace(kept, part=part), stream)
        await stream.drop()  # unless a part went into it

    async def _as_now(self, part: Part, parts: Sequence[Kept]) -> Part:
        """A part for everybody goes to the person alone where not everybody may see it any more."""
        item = self.item
        was_private = any(kept.part.alone for kept in parts)
        if item.direct or not item.channel or was_private or part.alone or self._is_sure():
            return part
        if await self._readers():
            self._looked = time.monotonic()
            return part
        return replace(part, direct=True) if isinstance(part, Post) else replace(part, alone=True)

    def _is_sure(self) -> bool:
        return self._looked is not None and time.monotonic() - self._looked < _SURE_SECONDS

    async def _send(self, kept: Kept, stream: Stream) -> None:
        """Send a part and note it, unless an attempt that was broken off has sent it already."""
        part, key = kept.part, f"{self.item.id}#{kept.position}"
        if isinstance(part, Post) and not self._alone(part):
            into = stream.ts and not self._goes_direct(part)
            if into and (ts := await stream.finish(part.rendered, key=key)):
                stream.ts = None
                return await self._note(kept, ts)
            if kept.begun and (ts := await self._found(part, key)):
                return await self._note(kept, ts)
        await asyncio.to_thread(self._outbox.begin, self._claim.id, kept)
        can_be_found = isinstance(part, Post) and (self.item.direct or self._goes_direct(part))
        with nullcontext() if can_be_found else self._delivery.client.noted():
            ts = await self._posted(part, key)
            await self._note(kept, ts)
        return None

    async def _note(self, kept: Kept, ts: str) -> None:
        await asyncio.to_thread(self._outbox.done, self._claim.id, kept, ts)

    async def _posted(self, part: Part, key: str) -> str:
        item, delivery = self.item, self._delivery
        match part:
            case File() if self._goes_direct(part):
                return await delivery.upload(await delivery.open_dm(item.user), part)
            case File():
                return await delivery.upload(item.channel, part, thread_ts=item.thread_ts)
            case Post(rendered) if self._goes_direct(part):
                return await delivery.post(await delivery.open_dm(item.user), rendered, key=key)
            case Post(rendered) if self._alone(part):
                return await delivery.post_to_asker(
                    item.channel,
                    item.user,
                    rendered,
                    thread_ts=item.thread_ts,
                    response_url=str(item.payload.get("response_url") or ""),
                )
            case Post(rendered):
                return await delivery.post(
                    item.channel, rendered, thread_ts=item.thread_ts, key=key
                )

    def _goes_direct(self, part: Part) -> bool:
        """Whether a part goes into the person's own conversation with us.

        The direct conversation that a command or shortcut came from may be one of two people.
        """
        item = self.item
        anywhere = item.direct and item.kind in ("command", "shortcut")
        wanted = part.direct if isinstance(part, Post) else self._alone(part)
        return wanted or anywhere or not item.channel

    def _alone(self, part: Part) -> bool:
        return part.alone and not self.item.direct

    async def _found(self, part: Post, key: str) -> str:
        item = self.item
        if self._goes_direct(part):
            return await self._delivery.find(await self._delivery.open_dm(item.user), key)
        since = item.ts if item.kind == "message" else item.thread_ts or "0"
        return await self._delivery.find(item.channel, key, thread_ts=item.thread_ts, since=since)

    async def _began(self, ts: str) -> None:
        await asyncio.to_thread(self._inbox.streams, self._claim, ts)

    async def _tell(self, text: str) -> None:
        item = self.item
        while item.channel and item.thread_ts:
            if not await self._delivery.set_status(item.channel, item.thread_ts, text):
                return
            await asyncio.sleep(STATUS_SECONDS)
