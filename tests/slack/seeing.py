"""What people see in the fake Slack: the words of messages, views and tables, in their order."""

from __future__ import annotations

from typing import Any

from tests.slack.fake_slack import FakeSlack
from tests.slack.slack_rules import texts

Message = dict[str, Any]


def words(message: Message) -> str:
    """Every word of a message or view that a person reads."""
    return "\n".join(texts(message.get("blocks") or [])) or str(message.get("text") or "")


def shown(slack: FakeSlack, channel: str | None = None) -> list[Message]:
    """The messages that are there for all and are no longer being written, in their order."""
    return [
        message
        for (place, _ts), message in sorted(slack.messages.items(), key=lambda held: held[0][1])
        if (channel is None or place == channel) and not message.get("streaming")
    ]


def buttons(message: Message) -> dict[str, dict[str, Any]]:
    """The buttons and menus below a message or in a view, by their action."""
    return {one["action_id"]: one for one in _elements(message.get("blocks") or [])}


def _elements(held: Any) -> list[dict[str, Any]]:
    if isinstance(held, list):
        return [found for one in held for found in _elements(one)]
    if not isinstance(held, dict):
        return []
    own = [held] if "action_id" in held else []
    return own + [found for one in held.values() for found in _elements(one)]
