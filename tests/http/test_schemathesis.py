"""Whatever the description of the API allows, and what it forbids, is answered as it says."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import pytest

from api.http.app import create_app
from api.keys import Keys
from assistant.bootstrap import Workspace
from knowledge.registry import Registry
from tests.companies import SAMPLE_DAY
from tests.http.conftest import ONLY_HTTP
from tests.http.serving import serving

ADMIN = "kanri@inaho.example"
ACCOUNTS = ["A001", "A002", "A010"]
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "unsupported_method",
    "allow_header_conformance", "missing_required_header", "use_after_free",
    "ensure_resource_availability",
)  # fmt: skip
LONG_SECONDS = os.environ.get("TAGAYASU_SCHEMATHESIS_SECONDS", "600")


async def test_examples_chance_and_sequences_are_answered_as_described(
    workspace: Workspace, unprepared: None
) -> None:
    await _run(
        workspace, "--phases", "examples,fuzzing,stateful", "--max-examples", "1", "--seed", "7"
    )


@pytest.mark.slow
async def test_the_whole_description_holds_for_long(workspace: Workspace, unprepared: None) -> None:
    await _run(workspace, "--max-examples", "40", "--max-time", LONG_SECONDS)


async def _run(workspace: Workspace, *options: str) -> None:
    description = workspace.folder.parent / "openapi.json"
    spec = create_app(workspace, ONLY_HTTP).openapi()
    description.write_text(json.dumps(_with_known(spec, _known(workspace))), encoding="utf-8")
    key = Keys(workspace.database).issue(ADMIN, scopes=["admin"])
    async with serving(workspace) as served:
        command = [
            "-m", "schemathesis.cli", "run", str(description), "--url", served.url,
            "-H", f"Authorization: Bearer {key}", "--checks", ",".join(CHECKS),
            "--continue-on-failure", "--warnings", "off", "--request-timeout", "60",
            *options,
        ]  # fmt: skip
        running = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=workspace.folder.parent, stdout=asyncio.subprocess.PIPE
        )
        said = (await running.communicate())[0].decode()
    assert running.returncode == 0, said[-8000:]


def _known(workspace: Workspace) -> dict[str, list[str]]:
    """What there is to be asked for: its names go into the description in the place of any."""
    admin = workspace.desk.directory().by_email(ADMIN)
    plans = [workspace.planner.draft(admin, a, as_of=SAMPLE_DAY).plan_id for a in ACCOUNTS]
    note = workspace.shelf.add(admin, "手順.md", "# 手順\n\n準備する。".encode(), {})[0]
    passage = Registry(workspace.database).passages()[0]
    return {
        "account_id": [*ACCOUNTS, "A999"],
        "plan_id": [*plans, "000000000000"],
        "document_id": [note.id, "0000000000000000"],
        "passage_id": [passage.id, "0" * 24],
        "name": ["account_overview", "find_account", "pipeline_metrics", "plan_portfolio", "no"],
    }


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
    for name, schema in spec["components"]["schemas"].items():
        field = schema.get("properties", {}).get("account_id", {})
        if (name.endswith("In") or name.startswith("Head")) and field.get("type") == "string":
            schema["properties"]["account_id"] = {"type": "string", "enum": known["account_id"]}
    return spec
