"""The manifest asks Slack for what the code uses, and for nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from api.slack.reading import EVENTS
from api.slack.surfaces import surfaces
from crm.declared import declared
from tests.slack.slack_methods import METHODS, SCOPES

DOOR = Path(__file__).parents[2] / "api/slack"
CALLED = re.compile(r"\.((?:chat|views|conversations|users|files|auth|assistant|apps|oauth)_\w+)\(")
BY_EVENT = {
    "app_mention": {"app_mentions:read"},
    "message": {"im:history"},
    "assistant_thread_started": {"assistant:write"},
    "assistant_thread_context_changed": {"assistant:write"},
}
BY_CHANNEL = {
    "conversations.members": {"channels:read", "groups:read", "mpim:read"},
    "conversations.replies": {"im:history"},
    "conversations.history": {"im:history"},
}
"""Methods whose scope depends on the channel, with the kinds of channels we need them for."""


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    found: dict[str, Any] = declared("api.slack", "manifest.yaml")
    return found


def methods() -> set[str]:
    """The Web API methods that the Slack door calls."""
    found = {
        name
        for file in DOOR.rglob("*.py")
        for name in CALLED.findall(file.read_text(encoding="utf-8"))
        if hasattr(AsyncWebClient, name)
    }
    found -= {"files_upload_v2"}
    dotted = {name.replace("_", ".") for name in found}
    return dotted | {"files.getUploadURLExternal", "files.completeUploadExternal"}


def test_every_called_method_has_its_scope_and_every_scope_is_used(
    manifest: dict[str, Any],
) -> None:
    needed = {"commands", "users:read.email"}  # the command; the address in users.info
    for method in methods():
        needed |= BY_CHANNEL.get(method, {SCOPES[method]} if method in SCOPES else set())
    for event in EVENTS:
        needed |= BY_EVENT.get(event, set())
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed


def test_the_fake_slack_knows_every_method_that_is_called() -> None:
    assert methods() <= {*METHODS, "oauth.v2.access"}


def test_every_event_that_is_read_is_asked_for(manifest: dict[str, Any]) -> None:
    asked = set(manifest["settings"]["event_subscriptions"]["bot_events"])
    assert {"message" if event == "message.im" else event for event in asked} == set(EVENTS)


def test_every_command_and_shortcut_is_handled_and_declared(manifest: dict[str, Any]) -> None:
    shown = surfaces()
    handled = {*shown.handlers, *shown.quick}
    commands = {one["command"] for one in manifest["features"]["slash_commands"]}
    shortcuts = {one["callback_id"] for one in manifest["features"]["shortcuts"]}
    assert {name for kind, name in handled if kind == "command" and name} == commands
    assert {name for kind, name in handled if kind == "shortcut" and name} == shortcuts
    assert manifest["settings"]["interactivity"]["is_enabled"]
    assert manifest["features"]["app_home"]["home_tab_enabled"] == (("home", "") in handled)


def test_it_is_within_slacks_limits(manifest: dict[str, Any]) -> None:
    assert len(manifest["display_information"]["name"]) <= 35
    assert len(manifest["display_information"]["description"]) <= 140
    for shortcut in manifest["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
    for command in manifest["features"]["slash_commands"]:
        assert len(command["description"]) <= 2000
