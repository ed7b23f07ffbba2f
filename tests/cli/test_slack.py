"""What Slack needs and is not there is said at the start, in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Run


@pytest.mark.parametrize("given", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_without_a_token_it_says_which_is_missing_and_nothing_else(
    run: Run, own_workspace: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    names = {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"}
    for name in names:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(given, "x")
    ended = run("-w", own_workspace, "slack")
    [missing] = names - {given}
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.strip() == f"{missing} is not set. docs/slack.md says which belong together."


def test_a_server_does_not_start_with_a_key_that_seals_nothing(
    run: Run, own_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"CLIENT_ID": "1", "CLIENT_SECRET": "s", "SIGNING_SECRET": "s", "TOKEN_KEY": "short"}
    for name, value in (given | {"ADDRESS": "https://tagayasu.example.com"}).items():
        monkeypatch.setenv(f"SLACK_{name}", value)
    ended = run("-w", own_workspace, "serve")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("SLACK_TOKEN_KEY is no key")
    assert "Fernet.generate_key()" in ended.err
