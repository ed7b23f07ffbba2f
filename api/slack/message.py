"""Only what a person has newly written to us is a message; everything else of Slack is ignored."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ID = re.compile(r"[A-Z][A-Z0-9]{1,30}")
_TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,12}")
_WRITTEN = frozenset({None, "file_share", "thread_broadcast"})
_MARKED = re.compile(r"<([^<>]*)>")


@dataclass(frozen=True)
class SlackMessage:
    """A message as it came: who wrote what, where; `thread_ts` is where the answer belongs."""

    enterprise: str
    team: str
    channel: str
    ts: str
    user: str
    thread_ts: str
    text: str
    direct: bool

    @property
    def begins_thread(self) -> bool:
        """Whether it stands by itself, so that its thread has no reply yet."""
        return self.thread_ts == self.ts

    @property
    def thread(self) -> str:
        """The conversation it belongs to."""
        return f"slack:{self.team}:{self.channel}:{self.thread_ts}"


def message_of(body: Mapping[str, Any]) -> SlackMessage | None:
    """The message in an event's body; None for bots, edits, system messages and odd shapes."""
    event = body.get("event")
    if not isinstance(event, Mapping) or not _is_for_us(event):
        return None
    channel, user, ts = event.get("channel"), event.get("user"), event.get("ts")
    thread_ts = event.get("thread_ts") or ts
    if not _fits(_ID, channel, user) or not _fits(_TS, ts, thread_ts):
        return None
    text = event.get("text")
    return SlackMessage(
        enterprise=_id_or_empty(body.get("enterprise_id")),
        team=_id_or_empty(body.get("team_id")),
        channel=str(channel),
        ts=str(ts),
        user=str(user),
        thread_ts=str(thread_ts),
        text=_storable(text) if isinstance(text, str) else "",
        direct=event.get("type") == "message",
    )


def _is_for_us(event: Mapping[str, Any]) -> bool:
    direct = event.get("type") == "message" and event.get("channel_type") == "im"
    if not direct and event.get("type") != "app_mention":
        return False
    subtype = event.get("subtype")
    written = (subtype is None or isinstance(subtype, str)) and subtype in _WRITTEN
    by_program = any(event.get(key) for key in ("bot_id", "bot_profile", "app_id"))
    return written and not by_program and not event.get("edited") and not event.get("hidden")


def _fits(pattern: re.Pattern[str], *values: object) -> bool:
    return all(isinstance(value, str) and pattern.fullmatch(value) for value in values)


def _id_or_empty(value: object) -> str:
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def words_of(text: str, bot_user_id: str) -> str:
    """What the person has said, without our own name and without Slack's markup."""

    def spoken(found: re.Match[str]) -> str:
        target, _, label = found[1].partition("|")
        if target == f"@{bot_user_id}":
            return " "
        if target.startswith("!"):
            return label
        if target.startswith(("@", "#")):
            return f"{target[0]}{label}" if label else ""
        return label or target

    return html.unescape(_MARKED.sub(spoken, text)).strip()
