"""Writes docs/planning.md by running the walks of docs/planning.yaml.

    python docs/planning.py WORKSPACE

WORKSPACE is the sample company's, with its documents (`make demo` makes one in `demo`); each walk
runs on a copy of it, which is thrown away.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from api.render.markdown import markdown
from assistant.answer import Answer, Done
from assistant.bootstrap import Workspace
from assistant.service import Assistant
from crm.scope import OPERATOR, today

HERE = Path(__file__).resolve().parent
HEAD = """<!-- Made by docs/planning.py from docs/planning.yaml; edit those instead. -->
# Account plans / アカウントプラン

Two walks with the builtin model over the sample company, as they run. The company and everybody in
it are fictitious. Rendered examples: [Japanese document](examples/plan.ja.pdf),
[English slides](examples/plan.en.pdf).
"""


def main(workspace: Path) -> None:
    walks = yaml.safe_load((HERE / "planning.yaml").read_text(encoding="utf-8"))
    parts = [HEAD, *(_walk(workspace, walk) for walk in walks)]
    (HERE / "planning.md").write_text("\n".join(parts), encoding="utf-8")


def _walk(workspace: Path, walk: dict[str, Any]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "workspace"
        shutil.copytree(workspace, copy)
        (Path(folder) / "examples").symlink_to(HERE.parent / "examples")
        lines = [f"## {walk['title']}", ""]
        for step in walk["steps"]:
            lines += [f"### {step['head']}", ""]
            lines += _commands(copy, step["run"]) if "run" in step else _talk(copy, step)
        text = "\n".join(lines)
        for plan in Workspace(copy).planner.all(OPERATOR):
            text = text.replace(plan.plan_id, "PLAN")
        return text


def _talk(copy: Path, step: dict[str, Any]) -> list[str]:
    return asyncio.run(_asked(copy, step))


async def _asked(copy: Path, step: dict[str, Any]) -> list[str]:
    """What is said and answered; the person who speaks is told first."""
    async with Workspace(copy, model="builtin").assistant() as assistant:
        asker = assistant.directory().by_email(step["user"])
        lines = [f"*{asker.name}*", ""]
        for text in step["ask"]:
            answer = await _answer(assistant, asker, text)
            shown = markdown(answer.text).strip().splitlines()
            lines += [f"**{text}**", "", *(f"> {line}".rstrip() for line in shown), ""]
        return lines


async def _answer(assistant: Assistant, asker: Any, text: str) -> Answer:
    day = today(assistant.settings)
    async for event in assistant.ask(asker, "walk", text, as_of=day):
        if isinstance(event, Done):
            return event.answer
    raise RuntimeError("the turn ended without an answer")


def _commands(copy: Path, commands: list[str]) -> list[str]:
    """The commands with what they print; a walk ends where one fails."""
    lines = ["```console"]
    for command in commands:
        said = command.format(plan=_plan_id(copy)) if "{plan}" in command else command
        done = subprocess.run(  # noqa: S603 - the walk's own commands
            [sys.executable, "-m", "api.cli.main", "-w", str(copy), *shlex.split(said)],
            cwd=copy.parent, env={**os.environ, "PYTHONPATH": str(HERE.parent)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        lines += [f"$ tagayasu {said}", *done.stdout.strip().splitlines()]
    return [*lines, "```", ""]


def _plan_id(copy: Path) -> str:
    found = Workspace(copy).planner.all(OPERATOR)
    return found[0].plan_id if found else ""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
