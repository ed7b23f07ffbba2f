"""Buttons and other parts of Block Kit, each within Slack's limits; what they carry is no secret.

A value says what a button is about, never who presses it: rights are worked out when it is pressed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from api.render.slack.text import label

Element = dict[str, Any]
_BUTTON, _VALUE, _OPTION_VALUE, _PER_ROW = 75, 2000, 150, 5


@dataclass(frozen=True)
class Button:
    """`action` is what is done by our own name for it; `about` what it is done to."""

    action: str
    text: str
    about: Mapping[str, str | int]
    style: Literal["primary", "danger"] | None = None
    sure: Mapping[str, str] | None = None


def packed(about: Mapping[str, str | int]) -> str:
    """What a button is about, as it travels."""
    value = json.dumps(dict(about), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if len(value) > _VALUE:
        raise ValueError("a button's value is too long")
    return value


def unpacked(value: object) -> dict[str, str]:
    """What a button is about; nothing where the value is none of ours."""
    try:
        found = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {k: str(v) for k, v in found.items() if isinstance(v, str | int)}


def text(words: str, room: int = _BUTTON) -> Element:
    """Plain text, without emoji made of colons."""
    return {"type": "plain_text", "text": label(words, room), "emoji": False}


def button(one: Button) -> Element:
    shown: Element = {
        "type": "button",
        "action_id": one.action,
        "text": text(one.text),
        "value": packed(one.about),
    }
    if one.style:
        shown["style"] = one.style
    if one.sure:
        shown["confirm"] = {
            "title": text(one.sure["title"], 100),
            "text": text(one.sure["text"], 300),
            "confirm": text(one.sure["yes"], 30),
            "deny": text(one.sure["no"], 30),
        }
    return shown


def link(action: str, words: str, address: str) -> Element:
    """A button that opens an address of our own."""
    return {"type": "button", "action_id": action, "text": text(words), "url": address}


def row(elements: Sequence[Element]) -> list[Element]:
    """Elements beside each other, in as many rows as they need."""
    return [
        {"type": "actions", "elements": list(elements[start : start + _PER_ROW])}
        for start in range(0, len(elements), _PER_ROW)
    ]


def options(choices: Sequence[tuple[str, str]]) -> list[Element]:
    """Options of a select, as pairs of value and words."""
    return [
        {"text": text(words), "value": value}
        for value, words in choices
        if len(value) <= _OPTION_VALUE
    ]


def menu(action: str, words: str, choices: Sequence[tuple[str, str]]) -> Element:
    return {
        "type": "static_select",
        "action_id": action,
        "placeholder": text(words, 150),
        "options": options(choices),
    }


def context(words: str) -> Element:
    """A line in small letters; the words are mrkdwn already."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": words, "verbatim": True}]}


def header(words: str) -> Element:
    return {"type": "header", "text": text(words, 150)}
