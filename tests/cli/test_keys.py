"""Keys are made, listed and revoked from the command line; each is noted, and shown once."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.keys import Keys, key_id
from assistant.bootstrap import Workspace
from tests.cli.running import Run

SAEKI = "saeki@inaho.example"


def test_a_key_is_made_listed_and_revoked_by_its_id(run: Run, own_workspace: Path) -> None:
    made = run("-w", own_workspace, "key", "add", SAEKI, "--name", "BI", "--scopes", "read")
    key = made.out.strip()
    assert made.code == 0
    assert key.startswith("tgy_")

    listed = run("-w", own_workspace, "key", "list")
    assert key[4:] not in listed.out
    for word in (key_id(key), SAEKI, "BI", "read", "in use"):
        assert word in listed.out
    [one] = [k for k in run("-w", own_workspace, "key", "list", "--json").json if k["name"] == "BI"]
    assert one["id"] == key_id(key)
    assert one["scopes"] == ["read"]
    assert one["expires_at"] is not None
    assert one["last_used_at"] is None

    assert run("-w", own_workspace, "key", "revoke", key_id(key)).out.strip() == "Revoked."
    assert "revoked" in run("-w", own_workspace, "key", "list").out
    assert run("-w", own_workspace, "key", "revoke", key).code == 2

    workspace = Workspace(own_workspace)
    assert Keys(workspace.database).use(key) is None
    noted = [e for e in workspace.audit.read() if e.subject == f"key:{key_id(key)}"]
    assert [e.action for e in noted] == ["key.added", "key.revoked"]


def test_a_key_without_an_end(run: Run, own_workspace: Path) -> None:
    run("-w", own_workspace, "key", "add", SAEKI, "--name", "eternal", "--days", "0")
    listed = run("-w", own_workspace, "key", "list", "--json").json
    assert next(k for k in listed if k["name"] == "eternal")["expires_at"] is None


@pytest.mark.parametrize(
    "given",
    [
        ["nobody@inaho.example"],
        [SAEKI, "--scopes", "root"],
        [SAEKI, "--scopes", ""],
        [SAEKI, "--scopes", "read,readwrite"],
        [SAEKI, "--days", "4000"],
    ],
    ids=" ".join,
)
def test_no_key_is_made_for_what_does_not_fit(
    run: Run, own_workspace: Path, given: list[str]
) -> None:
    before = run("-w", own_workspace, "key", "list", "--json").json
    assert run("-w", own_workspace, "key", "add", *given).code == 2
    assert run("-w", own_workspace, "key", "list", "--json").json == before
