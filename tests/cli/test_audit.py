"""`tagayasu audit` shows who did what, and says when the log was altered."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.bootstrap import Workspace
from tests.cli.running import Run
from tests.fakes import copy_of


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> Workspace:
    """A workspace with nothing in its log yet, whatever other tests did with the shared one."""
    copied = copy_of(sample_workspace, tmp_path)
    for file in copied.folder.glob("state.db*"):
        file.unlink()
    return copied


def test_a_tool_that_was_run_stands_in_the_log(run: Run, workspace: Workspace) -> None:
    ours = ("--workspace", workspace.folder)
    day = ("--as-of", "2026-09-30")
    assert run(*ours, "tool", "pipeline_metrics", "--user", "saeki@inaho.example", *day).code == 0
    [entry] = run(*ours, "audit", "list", "--json").json
    assert (entry["person"], entry["door"], entry["subject"]) == ("U06", "cli", "pipeline_metrics")
    assert entry["details"]["rows"] is not None
    assert "pipeline_metrics" in run(*ours, "audit", "list").out
    assert run(*ours, "audit", "list", "--user", "takase@inaho.example").out == "No such entries.\n"


def test_a_log_that_was_altered_is_told(run: Run, workspace: Workspace) -> None:
    ours = ("--workspace", workspace.folder)
    run(*ours, "tool", "pipeline_metrics", "--as-of", "2026-09-30")
    held = run(*ours, "audit", "verify", "--json")
    assert (held.code, held.json["entries"]) == (0, 1)
    assert run(*ours, "audit", "verify", "--head", held.json["head"]).code == 0
    assert run(*ours, "audit", "verify", "--head", "f" * 64).code == 1
    refused = run(*ours, "audit", "verify", "--head", "x")
    assert refused.code == 2
    with workspace.database.begin() as con:
        con.execute(sa.text("UPDATE audit_details SET text = '{}'"))
    told = run(*ours, "audit", "verify")
    assert told.code == 1
    assert "entry 1: its details were altered" in told.out
