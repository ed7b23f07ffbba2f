"""What handles which item: what must be said at once is apart from what takes its time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from api.slack.delivery import Delivery
from api.slack.item import Item, Kind
from api.slack.people import People
from api.slack.reply import Reply
from assistant.bootstrap import Workspace
from assistant.service import Assistant

F = TypeVar("F")


@dataclass(frozen=True)
class Workplace:
    """What a handler works with: the workspace, and the Slack team the item came from."""

    workspace: Workspace
    assistant: Assistant
    people: People
    delivery: Delivery


@dataclass(frozen=True)
class AtOnce:
    """What is done before Slack is answered.

    `response` is what Slack gets (errors or another view for a submission, options for a select).
    `over` means that nothing is left for the handler. `kept` is added to the item's payload, such
    as the id of the modal that was opened.
    """

    response: Mapping[str, Any] | None = None
    over: bool = False
    kept: Mapping[str, Any] = field(default_factory=dict)


Handler = Callable[[Item, Workplace, Reply], Awaitable[None]]
"""Handles a stored item; may be called again for an item whose answer was not kept yet."""
Quick = Callable[[Item, Workplace], Awaitable[AtOnce]]
"""Opens a modal, checks a submission or lists options, within two seconds; never asks a model."""
Name = tuple[Kind, str]
"""A kind and our name for what was done. The name up to a colon counts: `choose:3` is `choose`;
an empty one stands for all of a kind."""


@dataclass(frozen=True)
class Surfaces:
    """All handlers; what has none is acknowledged and forgotten."""

    handlers: Mapping[Name, Handler]
    quick: Mapping[Name, Quick] = field(default_factory=dict)

    def handler(self, item: Item) -> Handler | None:
        return _of(self.handlers, item)

    def at_once(self, item: Item) -> Quick | None:
        return _of(self.quick, item)


def _of(held: Mapping[Name, F], item: Item) -> F | None:
    short = item.name.partition(":")[0]
    names: tuple[Name, ...] = ((item.kind, item.name), (item.kind, short), (item.kind, ""))
    return next((held[name] for name in names if name in held), None)
