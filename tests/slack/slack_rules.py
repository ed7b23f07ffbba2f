"""What Slack refuses: the limits of messages, blocks and views, as its documentation has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TEXT, BLOCKS, VIEW_BLOCKS, OVER_ALL, UPDATE_BYTES = 40_000, 50, 100, 13_200, 4_000
SECTION, HEADER, FIELD, MARKDOWN, ALT = 3000, 150, 2000, 12_000, 2000
ACTION_ID, VALUE, BUTTON, URL, OPTION, OPTION_VALUE, OPTIONS = 255, 2000, 75, 3000, 75, 150, 100
TITLE, METADATA, LABEL, PLACEHOLDER, INPUT = 24, 3000, 2000, 150, 3000
ROWS, COLUMNS, TABLE = 100, 20, 10_000
ACTIONS, CONTEXT, FIELDS = 25, 10, 10
_BLOCKS = {
    "section", "header", "divider", "context", "actions", "image", "input", "markdown",
    "rich_text", "table", "file", "video", "context_actions", "task_card", "plan", "alert", "card",
}  # fmt: skip
_SURFACES = {"modal": VIEW_BLOCKS, "home": VIEW_BLOCKS}
Held = dict[str, Any]


def refused_message(args: Held, *, update: bool = False) -> str:
    """Slack's name for what is wrong with a message; empty when it takes it."""
    text, blocks = args.get("text") or "", args.get("blocks") or []
    if not blocks and not text:
        return "no_text"
    if update and len(text.encode()) > UPDATE_BYTES:
        return "msg_too_long"
    if len(text) > TEXT:
        return "msg_too_long"
    if fault(blocks, BLOCKS):
        return "invalid_blocks"
    if sum(len(text) for text in texts(blocks)) > OVER_ALL:
        return "msg_blocks_too_long"
    return ""


def refused_view(view: Held) -> str:
    """Slack's name for what is wrong with a view; empty when it takes it."""
    limit = _SURFACES.get(str(view.get("type")))
    if limit is None:
        return "invalid_arguments"
    titled = [view.get(name) for name in ("title", "submit", "close")]
    if view["type"] == "modal" and not titled[0]:
        return "invalid_arguments"
    for part in filter(None, titled):
        if part.get("type") != "plain_text" or not 0 < len(part["text"]) <= TITLE:
            return "invalid_arguments"
    if len(view.get("private_metadata") or "") > METADATA:
        return "invalid_arguments"
    if len(view.get("callback_id") or "") > ACTION_ID:
        return "invalid_arguments"
    asks = any(block["type"] == "input" for block in view["blocks"])
    if asks and view["type"] == "modal" and not view.get("submit"):
        return "invalid_arguments"
    if sum(len(str(block)) for block in view["blocks"]) > 250_000:
        return "view_too_large"
    return "invalid_arguments" if fault(view["blocks"], limit) else ""


def fault(blocks: Any, limit: int) -> str:
    """What is wrong with blocks, in words for who reads a failing test; empty when nothing is."""
    if not isinstance(blocks, list) or len(blocks) > limit:
        return f"{len(blocks)} blocks"
    named = [block["block_id"] for block in blocks if block.get("block_id")]
    if len(named) != len(set(named)) or any(len(name) > ACTION_ID for name in named):
        return "block ids"
    return next((f"{found} in {block}" for block in blocks if (found := _block(block))), "")


def texts(held: Any) -> Iterator[str]:
    """Every text that is shown in blocks, in order."""
    if isinstance(held, list | tuple):
        for one in held:
            yield from texts(one)
    elif isinstance(held, dict):
        for name, one in held.items():
            if name == "text" and isinstance(one, str):
                yield one
            elif name not in ("value", "action_id", "block_id", "url", "alt_text"):
                yield from texts(one)


def _block(block: Held) -> str:
    kind = block.get("type")
    match kind:
        case "section":
            fields = block.get("fields") or []
            if not block.get("text") and not fields:
                return "neither text nor fields"
            if len(fields) > FIELDS or any(_text(one, FIELD) for one in fields):
                return "fields"
            found = _text(block["text"], SECTION) if block.get("text") else ""
            accessory = block.get("accessory")
            return found or (_element(accessory) if accessory else "")
        case "header":
            return _text(block["text"], HEADER, plain=True)
        case "markdown":
            return "" if 0 < len(block.get("text") or "") <= MARKDOWN else "markdown"
        case "context":
            elements = block.get("elements") or []
            found = next((f for one in elements if (f := _context(one))), "")
            return found if 0 < len(elements) <= CONTEXT else "elements"
        case "actions":
            return _elements(block.get("elements") or [], ACTIONS)
        case "context_actions":
            return _elements(block.get("elements") or [], 5)
        case "image":
            if not 0 < len(block.get("alt_text") or "") <= ALT:
                return "alt_text"
            has = block.get("image_url") or block.get("slack_file")
            return "" if has and len(block.get("image_url") or "") <= URL else "image"
        case "input":
            return _text(block["label"], LABEL, plain=True) or _element(block["element"])
        case "table":
            return _table(block)
    return "" if kind in _BLOCKS else f"type {kind}"


def _table(block: Held) -> str:
    rows = block.get("rows") or []
    if not 0 < len(rows) <= ROWS or any(not 0 < len(row) <= COLUMNS for row in rows):
        return "table size"
    if len(block.get("column_settings") or []) > COLUMNS:
        return "column settings"
    if any(
        cell.get("type") not in ("raw_text", "raw_number", "rich_text") for r in rows for cell in r
    ):
        return "cell type"
    if any(cell["type"] == "raw_text" and not cell.get("text") for r in rows for cell in r):
        return "empty cell"
    return "table text" if sum(map(len, texts(rows))) > TABLE else ""


def _context(element: Held) -> str:
    if element.get("type") == "image":
        return "" if 0 < len(element.get("alt_text") or "") <= ALT else "alt_text"
    return _text(element, FIELD)


def _elements(elements: list[Held], most: int) -> str:
    named = [one["action_id"] for one in elements if one.get("action_id")]
    if not 0 < len(elements) <= most or len(named) != len(set(named)):
        return "elements"
    return next((found for one in elements if (found := _element(one))), "")


def _element(element: Held) -> str:
    if len(element.get("action_id") or "") > ACTION_ID:
        return "action_id"
    if len(element.get("url") or "") > URL:
        return "url"
    if element.get("placeholder") and _text(element["placeholder"], PLACEHOLDER, plain=True):
        return "placeholder"
    match element.get("type"):
        case "button":
            if len(element.get("value") or "") > VALUE:
                return "value"
            if element.get("style") not in (None, "primary", "danger"):
                return "style"
            return _text(element["text"], BUTTON, plain=True)
        case "static_select" | "multi_static_select" | "overflow" | "radio_buttons" | "checkboxes":
            return _options(element)
        case "plain_text_input" | "email_text_input" | "url_text_input":
            most = int(element.get("max_length") or INPUT)
            return "" if len(element.get("initial_value") or "") <= most <= INPUT else "input"
        case "image":
            return "" if 0 < len(element.get("alt_text") or "") <= ALT else "alt_text"
    return ""


def _options(element: Held) -> str:
    groups = element.get("option_groups")
    held = element.get("options")
    options = [one for group in groups for one in group["options"]] if groups else held or []
    most = {"overflow": 5, "radio_buttons": 10, "checkboxes": 10}.get(element["type"], OPTIONS)
    if not 0 < len(options) <= most:
        return "options"
    for one in options:
        if _text(one["text"], OPTION) or not 0 < len(one.get("value") or "") <= OPTION_VALUE:
            return "option"
    first = element.get("initial_option")
    return "initial_option" if first and first not in options else ""


def _text(held: Held, most: int, *, plain: bool = False) -> str:
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if not isinstance(held, dict) or held.get("type") not in kinds:
        return "text object"
    if held["type"] == "plain_text" and "verbatim" in held:
        return "verbatim of plain text"
    return "" if 0 < len(held.get("text") or "") <= most else "text"
