"""What a team is shown goes out here: no link unfurls, and a private word stays private."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from api.render.slack import Rendered
from api.slack.client import PacedClient
from api.slack.limits import error_name
from api.slack.outbox import File
from api.slack.stream import Stream, metadata

View = Mapping[str, Any]
UPDATE_BYTES = 4000
_BLOCKS_REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
_HOOKS = "https://hooks.slack.com/"


class Delivery:
    """Everything that can be shown to the people of one team, at Slack's pace.

    What Slack refuses is raised as SlackApiError; what it asks to wait for is waited for.
    """

    def __init__(self, client: PacedClient) -> None:
        self.client = client
        self.streams = True
        """Whether this team's Slack knows streams, as far as is known."""

    async def post(
        self, channel: str, rendered: Rendered, *, thread_ts: str = "", key: str = ""
    ) -> str:
        """A message for everybody in a channel or thread; its ts.

        By `key` it can be found again (`find`).
        """
        where: dict[str, Any] = {"channel": channel, "thread_ts": thread_ts or None}
        where |= {"unfurl_links": False, "unfurl_media": False, **metadata(key)}
        blocks = list(rendered.blocks) or None
        try:
            said = await self.client.chat_postMessage(text=rendered.text, blocks=blocks, **where)
        except SlackApiError as error:
            if error_name(error) not in _BLOCKS_REFUSED:
                raise
            said = await self.client.chat_postMessage(text=rendered.text, **where)
        return str(said.get("ts") or "")

    async def post_to_asker(
        self,
        channel: str,
        user: str,
        rendered: Rendered,
        *,
        thread_ts: str = "",
        response_url: str = "",
    ) -> str:
        """A message in a channel that one person alone sees.

        Where the app is no member of the channel it goes by `response_url` (of a command or a
        button), and else into the direct conversation with that person.
        """
        try:
            said = await self.client.chat_postEphemeral(
                channel=channel,
                user=user,
                thread_ts=thread_ts or None,
                text=rendered.text,
                blocks=list(rendered.blocks) or None,
            )
            return str(said.get("message_ts") or "")
        except SlackApiError as error:
            if error_name(error) not in _NOT_THERE:
                raise
        if await self._respond(response_url, rendered):
            return ""
        return await self.post(await self.open_dm(user), rendered)

    async def _respond(self, url: str, rendered: Rendered) -> bool:
        if not url.startswith((_HOOKS, self.client.base_url)):
            return False
        try:
            said = await AsyncWebhookClient(url, timeout=self.client.timeout).send(
                text=rendered.text,
                blocks=list(rendered.blocks) or None,
                response_type="ephemeral",
                replace_original=False,
            )
        except (aiohttp.ClientError, TimeoutError):
            return False
        return said.status_code == 200

    async def update(self, channel: str, ts: str, rendered: Rendered, *, key: str = "") -> None:
        """Put other words into a message of ours."""
        text = shortened(rendered.text) if rendered.blocks else rendered.text
        await self.client.chat_update(
            channel=channel,
            ts=ts,
            text=text,
            blocks=list(rendered.blocks),
            **metadata(key),
        )

    async def delete(self, channel: str, ts: str) -> None:
        """Take a message of ours back."""
        await self.client.chat_delete(channel=channel, ts=ts)

    async def find(self, channel: str, key: str, *, thread_ts: str = "", since: str = "0") -> str:
        """The ts of the message that was posted with that key; empty when it cannot be told."""
        where: dict[str, Any] = {"channel": channel, "oldest": since, "limit": 200}
        where |= {"include_all_metadata": True, "inclusive": True}
        try:
            if thread_ts:
                page = await self.client.conversations_replies(ts=thread_ts, **where)
            else:
                page = await self.client.conversations_history(**where)
        except SlackApiError:  # not allowed to read there: whoever asks cannot know
            return ""
        for message in page.get("messages") or []:
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            if payload.get("key") == key:
                return str(message.get("ts") or "")
        return ""

    # ----------------------------------------------------------------- views

    async def open_view(self, trigger: str, view: View) -> str:
        """Open a modal, within three seconds of what the trigger came with; the view's id."""
        said = await self.client.views_open(trigger_id=trigger, view=dict(view))
        return _view_id(said.get("view"))

    async def push_view(self, trigger: str, view: View) -> str:
        """Put a modal above the one that is open; the view's id."""
        said = await self.client.views_push(trigger_id=trigger, view=dict(view))
        return _view_id(said.get("view"))

    async def update_view(self, view_id: str, view: View, *, seen: str = "") -> bool:
        """Show something else in an open modal; False when it is closed or has changed since.

        `seen` is the hash of the view that this rests on.
        """
        try:
            await self.client.views_update(view_id=view_id, view=dict(view), hash=seen or None)
        except SlackApiError as error:
            if error_name(error) in ("hash_conflict", "not_found", "view_not_found"):
                return False
            raise
        return True

    async def publish_view(self, user: str, view: View, *, seen: str = "") -> bool:
        """Show somebody's App Home; False when it has changed since the view of hash `seen`."""
        try:
            await self.client.views_publish(user_id=user, view=dict(view), hash=seen or None)
        except SlackApiError as error:
            if error_name(error) == "hash_conflict":
                return False
            raise
        return True

    # ----------------------------------------------------------------- files, threads, people

    async def upload(self, channel: str, file: File, *, thread_ts: str = "") -> str:
        """A file for everybody in a channel or thread; its id."""
        said = await self.client.files_upload_v2(
            channel=channel,
            thread_ts=thread_ts or None,
            filename=file.name,
            title=file.title,
            content=file.content,
            alt_txt=file.alt_text or None,
        )
        held = said.get("file") or {}
        return str(held.get("id") or "")

    async def open_dm(self, user: str) -> str:
        """The direct conversation with somebody; its channel."""
        said = await self.client.conversations_open(users=[user])
        return str((said.get("channel") or {}).get("id") or "")

    def stream(
        self, channel: str, thread_ts: str, *, user: str, team: str, ts: str | None = None
    ) -> Stream:
        """A message of a thread that shows steps while an answer is worked out for `user`.

        `ts` is one that was begun before.
        """
        return Stream(self, channel, thread_ts, user=user, team=team, ts=ts)

    async def set_status(self, channel: str, thread_ts: str, text: str) -> bool:
        """Say what is being done; it vanishes with the answer. False where Slack shows none."""
        return await self._tell(
            self.client.assistant_threads_setStatus(
                channel_id=channel, thread_ts=thread_ts, status=text
            )
        )

    async def set_title(self, channel: str, thread_ts: str, title: str) -> bool:
        """Name a thread of the assistant's container. False where Slack shows none."""
        return await self._tell(
            self.client.assistant_threads_setTitle(
                channel_id=channel, thread_ts=thread_ts, title=title
            )
        )

    async def set_suggested_prompts(
        self, channel: str, thread_ts: str, prompts: Sequence[tuple[str, str]], *, title: str = ""
    ) -> bool:
        """Suggest up to four things to say, as (title, message). False where Slack shows none."""
        return await self._tell(
            self.client.assistant_threads_setSuggestedPrompts(
                channel_id=channel,
                thread_ts=thread_ts,
                title=title or None,
                prompts=[{"title": short, "message": message} for short, message in prompts[:4]],
            )
        )

    async def _tell(self, call: Any) -> bool:
        """Whether Slack took what only makes waiting pleasant: its refusal harms nothing."""
        try:
            await call
        except SlackApiError:
            return False
        return True


_NOT_THERE = frozenset(
    {"not_in_channel", "channel_not_found", "user_not_in_channel", "is_archived", "no_permission"}
)


def shortened(text: str) -> str:
    """Text for notifications, no longer than an update may have; the blocks hold it all."""
    raw = text.encode("utf-8")
    if len(raw) <= UPDATE_BYTES:
        return text
    return raw[: UPDATE_BYTES - 3].decode("utf-8", "ignore") + "…"


def _view_id(view: Any) -> str:
    return str((view or {}).get("id") or "")
