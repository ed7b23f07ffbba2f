"""What a model is told is kept as golden files, so that a change of it is seen.

Refresh them with `UPDATE_SNAPSHOTS=1 pytest tests/prompts/test_snapshots.py` and read the diff.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool

from assistant.bootstrap import Workspace
from assistant.toolbox import langchain_tools
from tests.assistant.conversations import answer
from tests.fakes import copy_of
from tests.scripted_model import ScriptedModel, call, tool_messages

FOLDER = Path(__file__).parent / "snapshots"


def same_as_golden(name: str, text: str) -> None:
    file = FOLDER / name
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        FOLDER.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.exists(), "no golden file: run with UPDATE_SNAPSHOTS=1"
    assert text == file.read_text(encoding="utf-8"), f"{name} has changed: see the docstring"


@pytest.fixture
def told(sample_workspace: Path, tmp_path: Path) -> tuple[Workspace, ScriptedModel]:
    model = ScriptedModel(
        script=[
            call("account_overview", account_id="A010"),
            "Net sales are {{sales.net_sales}}, next year 77 % more.",
            "Net sales are {{sales.net_sales}}.",
        ]
    )
    return copy_of(sample_workspace, tmp_path, model="test:scripted", provider=model), model


async def test_the_system_prompt_as_a_model_is_told_it(
    told: tuple[Workspace, ScriptedModel],
) -> None:
    workspace, model = told
    async with workspace.assistant() as assistant:
        await answer(assistant, "Give me an overview of Hokuto")
    first = model.seen[0][0]
    assert first.type == "system"
    same_as_golden("system_prompt.md", str(first.content))
    complaint = str(model.seen[2][-1].content)
    same_as_golden("repair.md", complaint)
    result = json.loads(str(tool_messages(model.seen[1])[0].content))
    assert "error" not in result
    same_as_golden("account_overview.json", _pretty(result))


async def test_the_tools_as_a_model_is_offered_them(
    told: tuple[Workspace, ScriptedModel],
) -> None:
    workspace, _model = told
    offered = [convert_to_openai_tool(tool) for tool in langchain_tools(workspace.desk.catalog)]
    same_as_golden("tools.json", _pretty(offered))


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def test_no_tool_offered_names_the_day_or_a_person_to_ask_as() -> None:
    offered = json.loads((FOLDER / "tools.json").read_text(encoding="utf-8"))
    for tool in offered:
        names = set(tool["function"]["parameters"].get("properties", {}))
        assert not names & {"as_of", "runtime", "principal", "person_id", "tenant"}
        assert tool["function"]["description"]
