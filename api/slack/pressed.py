"""What was pressed, chosen or sent, as far as it says what it is about; never who did it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.render.slack.elements import unpacked
from api.render.slack.modals import read
from api.slack.item import Item


def about(item: Item) -> dict[str, str]:
    """What the button that was pressed, or the modal that was sent, is about."""
    if item.kind == "submission":
        return unpacked(_part(item, "view").get("private_metadata"))
    return unpacked(_action(item).get("value"))


def value(item: Item) -> tuple[str, str]:
    """What was chosen in a menu or pressed, as what is wanted and what it is wanted of."""
    option = _action(item).get("selected_option")
    held = option.get("value") if isinstance(option, Mapping) else _action(item).get("value")
    name, _colon, of = str(held or "").partition(":")
    return name, of


def entered(item: Item) -> dict[str, str]:
    """What was entered into a modal, by the name of the field."""
    return read(item.values)


def view_id(item: Item) -> str:
    """The modal that belongs to an item: the one opened for it, else the one it came from."""
    return str(item.payload.get("opened") or _part(item, "view").get("id") or "")


def is_in_modal(item: Item) -> bool:
    return _part(item, "view").get("type") == "modal"


def is_below_private(item: Item) -> bool:
    """Whether the button stands below a message that one person alone sees."""
    return bool(_part(item, "container").get("is_ephemeral"))


def number(text: str) -> int:
    """A whole number of what a button is about; 0 for anything else, which no version has."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _action(item: Item) -> Mapping[str, Any]:
    actions = item.payload.get("actions")
    is_list = isinstance(actions, Sequence) and not isinstance(actions, str)
    first = actions[0] if is_list and actions else None
    return first if isinstance(first, Mapping) else {}


def _part(item: Item, name: str) -> Mapping[str, Any]:
    held = item.payload.get(name)
    return held if isinstance(held, Mapping) else {}
