"""Writes docs/conversations.md by running the sessions of docs/conversations.yaml.

    python docs/conversations.py WORKSPACE

WORKSPACE is the sample company's, with its documents (`make demo` makes one in `demo`).
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import yaml

from api.render.markdown import markdown
from assistant.answer import Answer, Done
from assistant.bootstrap import Workspace
from assistant.service import Assistant
from crm.scope import today

HERE = Path(__file__).resolve().parent
HEAD = """<!-- Made by docs/conversations.py from docs/conversations.yaml; edit those instead. -->
# Conversations

Working sessions with the builtin model over the sample company, as they run. The company and
everybody in it are fictitious.
"""


def main(workspace: Path) -> None:
    sessions = yaml.safe_load((HERE / "conversations.yaml").read_text(encoding="utf-8"))
    parts = asyncio.run(_all(workspace, sessions))
    (HERE / "conversations.md").write_text("\n".join([HEAD, *parts]), encoding="utf-8")


async def _all(workspace: Path, sessions: list[dict[str, Any]]) -> list[str]:
    async with Workspace(workspace, model="builtin").assistant() as assistant:
        return [await _session(assistant, session) for session in sessions]


async def _session(assistant: Assistant, session: dict[str, Any]) -> str:
    asker = assistant.directory().by_email(session["user"])
    day = today(assistant.settings)
    lines = [f"## {session['title']['en']}", ""]
    if session["language"] == "ja":
        lines[0] = f"## {session['title']['ja']} / {session['title']['en']}"
    thread: str | None = None
    for text in session["turns"]:
        answer = await _answer(assistant, asker, thread, text, day)
        thread = answer.thread
        shown = markdown(answer.text).strip().splitlines()
        lines += [f"**{text}**", "", *(f"> {line}".rstrip() for line in shown), ""]
    return "\n".join(lines)


async def _answer(
    assistant: Assistant, asker: Any, thread: str | None, text: str, day: Any
) -> Answer:
    async for event in assistant.ask(asker, thread, text, as_of=day):
        if isinstance(event, Done):
            return event.answer
    raise RuntimeError("the turn ended without an answer")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
