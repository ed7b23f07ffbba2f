"""Only what a person has newly done becomes an item; everything else of Slack is ignored."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from api.slack.item import Item, Kind

_ID = re.compile(r"[A-Z][A-Z0-9]{1,30}")
_TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,12}")
_WRITTEN = frozenset({None, "file_share", "thread_broadcast"})
_ENDINGS = frozenset({"app_uninstalled", "tokens_revoked"})
_INTERACTIONS: dict[str, Kind] = {
    "block_actions": "action",
    "block_suggestion": "options",
    "view_submission": "submission",
    "view_closed": "closed",
    "shortcut": "shortcut",
    "message_action": "shortcut",
}
Body = Mapping[str, Any]


def item_of(body: Body, enterprise: str = "", team: str = "") -> Item | None:
    """The item in a body that Slack has sent; None for bots, edits, other events and odd shapes.

    `enterprise` and `team` say for which installation it is meant.
    """
    where = (_id_or_empty(enterprise), _id_or_empty(team))
    kind = body.get("type")
    if isinstance(body.get("command"), str):
        return _command(body, *where)
    if isinstance(kind, str) and kind in _INTERACTIONS:
        return _interaction(_INTERACTIONS[kind], body, *where)
    event = body.get("event")
    if not isinstance(event, Mapping):
        return None
    make = _EVENTS.get(str(event.get("type")))
    return make(event, body, *where) if make else None


# --------------------------------------------------------------------- events


def _message(event: Body, _body: Body, enterprise: str, team: str) -> Item | None:
    channel, user, ts = event.get("channel"), event.get("user"), event.get("ts")
    thread_ts = event.get("thread_ts") or ts
    direct = event.get("type") == "message"
    if not _is_for_us(event) or not _fits(_ID, channel, user) or not _fits(_TS, ts, thread_ts):
        return None
    return Item(
        kind="message",
        enterprise=enterprise,
        team=team,
        channel=str(channel),
        ts=str(ts),
        user=str(user),
        thread_ts=str(thread_ts),
        text=_text(event.get("text")),
        direct=direct,
        payload=event,
    )


def _is_for_us(event: Body) -> bool:
    if event.get("type") == "message" and event.get("channel_type") != "im":
        return False
    subtype = event.get("subtype")
    written = (subtype is None or isinstance(subtype, str)) and subtype in _WRITTEN
    by_program = any(event.get(key) for key in ("bot_id", "bot_profile", "app_id"))
    return written and not by_program and not event.get("edited") and not event.get("hidden")


def _home(event: Body, body: Body, enterprise: str, team: str) -> Item | None:
    user, key = event.get("user"), event.get("event_ts") or body.get("event_id")
    if event.get("tab") != "home" or not _fits(_ID, user) or not isinstance(key, str):
        return None
    name = f"home:{user}:{key}"
    return Item("home", enterprise, team, "", name, str(user), direct=True, payload=event)


def _assistant(event: Body, _body: Body, enterprise: str, team: str) -> Item | None:
    thread = event.get("assistant_thread")
    if not isinstance(thread, Mapping):
        return None
    user, channel, ts = thread.get("user_id"), thread.get("channel_id"), thread.get("thread_ts")
    if not _fits(_ID, user, channel) or not _fits(_TS, ts):
        return None
    started = event.get("type") == "assistant_thread_started"
    kind: Kind = "thread_started" if started else "context_changed"
    key = f"{kind}:{ts}" if started else f"{kind}:{ts}:{event.get('event_ts')}"
    return Item(
        kind,
        enterprise,
        team,
        str(channel),
        key,
        str(user),
        thread_ts=str(ts),
        direct=True,
        payload=event,
    )


def _ended(event: Body, body: Body, enterprise: str, team: str) -> Item | None:
    key, name = body.get("event_id"), str(event.get("type"))
    if not isinstance(key, str):
        return None
    return Item("ended", enterprise, team, "", f"{name}:{key}", "", name=name, payload=event)


_EVENTS: dict[str, Callable[[Body, Body, str, str], Item | None]] = {
    "message": _message,
    "app_mention": _message,
    "app_home_opened": _home,
    "assistant_thread_started": _assistant,
    "assistant_thread_context_changed": _assistant,
    **dict.fromkeys(_ENDINGS, _ended),
}
EVENTS = frozenset(_EVENTS)
"""The events that become items; the manifest asks Slack for these."""


# --------------------------------------------------------------------- what people press and send


def _command(body: Body, enterprise: str, team: str) -> Item | None:
    channel, user = body.get("channel_id"), body.get("user_id")
    trigger = body.get("trigger_id")
    if not _fits(_ID, channel, user) or not isinstance(trigger, str) or not trigger:
        return None
    return Item(
        kind="command",
        enterprise=enterprise,
        team=team,
        channel=str(channel),
        ts=f"command:{trigger}",
        user=str(user),
        text=_text(body.get("text")),
        direct=str(channel).startswith("D"),
        name=str(body["command"]),
        payload=_unsecret(body),
    )


def _interaction(kind: Kind, body: Body, enterprise: str, team: str) -> Item | None:
    user = _part(body, "user", "id")
    name = _name(kind, body)
    if not _fits(_ID, user) or name is None:
        return None
    channel = _part(body, "channel", "id") or _part(body, "container", "channel_id")
    message = body.get("message")
    ts = _part(body, "message", "ts") or _part(body, "container", "message_ts")
    of_message = message.get("thread_ts") if isinstance(message, Mapping) else None
    thread_ts = of_message or _part(body, "container", "thread_ts") or ts
    return Item(
        kind=kind,
        enterprise=enterprise,
        team=team,
        channel=_id_or_empty(channel),
        ts=f"{kind}:{_once(body)}",
        user=str(user),
        thread_ts=str(thread_ts) if _fits(_TS, thread_ts) else "",
        text=_text(message.get("text")) if isinstance(message, Mapping) else "",
        direct=not channel or str(channel).startswith("D"),
        name=name,
        payload=_unsecret(body),
    )


def _name(kind: Kind, body: Body) -> str | None:
    """Our own name for what was done; None when the body holds none."""
    match kind:
        case "action":
            actions = body.get("actions")
            first = actions[0] if isinstance(actions, list) and actions else None
            named = first.get("action_id") if isinstance(first, Mapping) else None
        case "submission" | "closed":
            named = _part(body, "view", "callback_id")
        case "options":
            named = body.get("action_id")
        case _:
            named = body.get("callback_id")
    return named if isinstance(named, str) and len(named) <= 255 else None


def _once(body: Body) -> str:
    """What tells this deed of somebody from every other."""
    view = body.get("view")
    if body.get("type") in ("view_submission", "view_closed") and isinstance(view, Mapping):
        return f"{view.get('id')}:{view.get('hash')}"
    told = body.get("trigger_id") or body.get("action_ts")
    if isinstance(told, str) and told:
        return told
    return hashlib.sha256(repr(sorted(body.items(), key=str)).encode()).hexdigest()


def _unsecret(body: Body) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "token"}


def _part(body: Body, name: str, inner: str) -> str:
    held = body.get(name)
    value = held.get(inner) if isinstance(held, Mapping) else None
    return value if isinstance(value, str) else ""


def _fits(pattern: re.Pattern[str], *values: object) -> bool:
    return all(isinstance(value, str) and pattern.fullmatch(value) for value in values)


def _id_or_empty(value: object) -> str:
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
