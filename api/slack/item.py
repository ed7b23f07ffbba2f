"""Whatever Slack sends that somebody has done is an item: stored once, and handled by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal[
    "message",  # a mention, or a message in the direct conversation with us
    "action",  # a button was pressed, a choice was made
    "options",  # the choices of a select are wanted
    "submission",  # a modal was sent
    "closed",  # a modal was closed
    "command",
    "shortcut",
    "home",  # the App Home was opened
    "thread_started",  # the assistant's container was opened
    "context_changed",  # its channel beside it has changed
    "ended",  # the app was removed, or its tokens were revoked
]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Item:
    """What somebody has done in Slack, as it came.

    `ts` names it within its channel: a message's own, else whatever no other item has. `thread_ts`
    is where an answer belongs, empty outside threads. `text` is what the person wrote, `name` what
    was done by our own name for it (action, callback, command). `direct` means that nobody else
    reads there. `payload` is Slack's own body, never to be trusted for who somebody is.
    """

    kind: Kind
    enterprise: str
    team: str
    channel: str
    ts: str
    user: str
    thread_ts: str = ""
    text: str = ""
    direct: bool = False
    name: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def begins_thread(self) -> bool:
        """Whether it stands by itself, so that its thread has no reply yet."""
        return self.thread_ts == self.ts

    @property
    def thread(self) -> str:
        """The conversation it belongs to."""
        return f"slack:{self.team}:{self.channel}:{self.thread_ts or self.ts}"

    @property
    def id(self) -> str:
        """Its name among the items of all teams."""
        return "/".join((self.enterprise, self.team, self.channel, self.ts))

    @property
    def trigger(self) -> str:
        """What opens a modal, for three seconds; empty when nothing does."""
        return str(self.payload.get("trigger_id") or "")

    @property
    def values(self) -> dict[str, Any]:
        """What was entered into a modal: block -> action -> Slack's state of that input."""
        view = self.payload.get("view") or {}
        return dict((view.get("state") or {}).get("values") or {})
