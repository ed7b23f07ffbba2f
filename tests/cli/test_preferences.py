"""A choice stands in the audit log under the same name whichever door it came through."""

from __future__ import annotations

from pathlib import Path

from tests.cli.running import Run

USER = ("--user", "takase@inaho.example")


def test_a_choice_is_noted(run: Run, own_workspace: Path) -> None:
    at = ("-w", own_workspace)
    assert run(*at, "preferences", "set", "digest=off", *USER).code == 0
    listed = run(*at, "audit", "list", "--action", "preferences.changed", *USER, "--json").json
    last = listed[-1]
    assert (last["person"], last["door"], last["details"]) == ("U07", "cli", {"digest": "off"})
    assert run(*at, "preferences", "set", "digest=", *USER).code == 0
