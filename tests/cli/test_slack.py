"""`tagayasu slack` says that it answers only when it can."""

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
