"""What a person would be sent, and when they want it, on the command line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.running import Run

USER = ("--user", "takase@inaho.example")


def test_preferences_are_shown_and_changed(run: Run, own_workspace: Path) -> None:
    at = ("-w", own_workspace, "preferences")
    assert run(*at, "set", "digest=friday 17:00", "briefing=off", *USER).code == 0
    found = run(*at, "show", *USER, "--json").json
    assert (found["digest"], found["briefing"]) == ("friday 17:00", "off")
    assert run(*at, "set", "digest=", "briefing=", *USER).code == 0
    refused = run(*at, "set", "digest=friday 23:00", *USER)
    assert (refused.code, refused.out) == (2, "")
    assert "in the night" in refused.err


def test_a_digest_can_be_looked_at_without_being_sent(run: Run, own_workspace: Path) -> None:
    shown = run("-w", own_workspace, "notices", "preview", *USER, "--language", "en")
    assert shown.code == 0
    assert "Weekly digest" in shown.out
