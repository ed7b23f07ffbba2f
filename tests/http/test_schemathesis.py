"""Whatever the description of the API allows, and what it forbids, is answered as it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.http.app import create_app
from api.keys import Keys
from api.slack.config import SlackConfig
from assistant.bootstrap import Workspace
from assistant.desk import Desk
from tests.companies import SAMPLE_DAY
from tests.fakes import copy_of
from tests.http.serving import serving

ACCOUNTS = ["A001", "A002", "A010"]
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "unsupported_method",
    "allow_header_conformance", "missing_required_header", "use_after_free",
    "ensure_resource_availability",
)  # fmt: skip
LONG_SECONDS = int(os.environ.get("TAGAYASU_SCHEMATHESIS_SECONDS", "600"))


@dataclass(frozen=True)
class Served:
    """A server of the sample company, its description on the disk, and an admin's key."""

    address: str
    description: Path
    key: str


@pytest.fixture(scope="module")
def served(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("schemathesis")
    workspace = copy_of(sample_workspace, folder)
    settings = workspace.folder / "settings.toml"
    limits = "\n[http]\nrequests_per_minute = 1000000\nfailures_per_minute = 1000000\n"
    settings.write_text(settings.read_text(encoding="utf-8") + limits, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Desk, "warm_up", lambda _desk: None)
        app = create_app(workspace, SlackConfig())
        known = _known(workspace)
        description = folder / "openapi.json"
        description.write_text(json.dumps(_with_known(app.openapi(), known)), encoding="utf-8")
        key = Keys(workspace.database).issue("kanri@inaho.example", scopes=["admin"])
        with serving(app) as address:
            yield Served(address, description, key)


def test_examples_chance_and_sequences_are_answered_as_described(served: Served) -> None:
    _run(served, "--phases", "examples,fuzzing,stateful", "--max-examples", "2", "--seed", "7")


@pytest.mark.slow
def test_the_whole_description_holds_for_long(served: Served) -> None:
    _run(served, "--max-examples", "60", "--max-time", str(LONG_SECONDS))


def _run(served: Served, *options: str) -> None:
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", str(served.description),
        "--url", served.address, "-H", f"Authorization: Bearer {served.key}",
        "--checks", ",".join(CHECKS), "--continue-on-failure", "--warnings", "off", *options,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def _known(workspace: Workspace) -> dict[str, list[str]]:
    """What is there to be asked for: its names go into the description in the place of any text."""
    admin = workspace.desk.directory().by_email("kanri@inaho.example")
    plans = [workspace.planner.draft(admin, a, as_of=SAMPLE_DAY).plan_id for a in ACCOUNTS]
    note = workspace.shelf.add(admin, "手順.md", "# 手順\n\n準備する。".encode(), {})[0]
    [passage] = workspace.library.retrieval.search("準備", _everybody(), count=1)
    return {
        "account_id": [*ACCOUNTS, "A999"],
        "plan_id": [*plans, "000000000000"],
        "document_id": [note.id, "0000000000000000"],
        "passage_id": [passage.passage.id, "0" * 24],
        "name": [tool.name for tool in workspace.desk.catalog],
    }


def _everybody() -> Any:
    from knowledge.registry import Viewer

    return Viewer()


def _with_known(spec: dict[str, Any], known: dict[str, list[str]]) -> dict[str, Any]:
    """The description with names that exist; keys for repeating are left to tests of their own."""
    for methods in spec["paths"].values():
        for operation in methods.values():
            parameters = operation.get("parameters", [])
            operation["parameters"] = [p for p in parameters if p["name"] != "Idempotency-Key"]
            for parameter in operation["parameters"]:
                in_path = parameter["in"] == "path"
                if parameter["name"] in known and (in_path or parameter["name"] != "name"):
                    parameter["schema"] = {"type": "string", "enum": known[parameter["name"]]}
                if parameter["name"] == "if-match":
                    parameter["schema"] = {"type": "string", "enum": ["*", '"1-0"', '"x"']}
    for schema in spec["components"]["schemas"].values():
        for field, described in schema.get("properties", {}).items():
            if field == "account_id" and described.get("type") == "string":
                schema["properties"][field] = {"type": "string", "enum": known[field]}
    return spec
