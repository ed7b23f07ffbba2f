"""Turns of a conversation, asked and awaited."""

from __future__ import annotations

from datetime import date
from typing import Any

from assistant.answer import Answer, Event
from assistant.bootstrap import Workspace
from assistant.service import Assistant
from crm.scope import OPERATOR, Principal
from crm.settings import Language, Models, Settings
from tests.companies import SAMPLE_DAY


async def turn(
    assistant: Assistant,
    text: str,
    *,
    thread: str | None = None,
    principal: Principal = OPERATOR,
    as_of: date = SAMPLE_DAY,
    language: Language | None = None,
) -> tuple[Answer, list[Event]]:
    """The answer to a message, with every event on the way."""
    events = [
        event
        async for event in assistant.ask(principal, thread, text, as_of=as_of, language=language)
    ]
    assert events[-1].type == "done"
    return events[-1].answer, events


async def answer(assistant: Assistant, text: str, **more: Any) -> Answer:
    return (await turn(assistant, text, **more))[0]


def limited(workspace: Workspace, **limits: Any) -> Workspace:
    """The workspace with other limits of the model."""
    settings = workspace.settings
    models = Models.model_validate({**settings.models.model_dump(), **limits})
    workspace.__dict__["settings"] = Settings.model_validate(
        {**settings.model_dump(), "models": models.model_dump()}
    )
    return workspace
