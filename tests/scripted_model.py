"""A model that plays a script: tool calls, texts, failures and silences, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict, PrivateAttr

HANG = "\0hang"
"""A line of a script that never comes."""


def call(tool: str, id: str = "c1", **arguments: Any) -> AIMessage:  # noqa: A002
    """A line that calls one tool."""
    return calls((tool, arguments), id=id)


def calls(*wanted: tuple[str, dict[str, Any]], id: str = "c1") -> AIMessage:  # noqa: A002
    """A line that calls several tools at once."""
    return AIMessage(
        "",
        tool_calls=[
            {"name": tool, "args": arguments, "id": f"{id}_{n}"}
            for n, (tool, arguments) in enumerate(wanted)
        ],
    )


Line = str | AIMessage | BaseException | Callable[[Sequence[BaseMessage]], "Line"]


class ScriptedModel(BaseChatModel):
    """Answers with the lines of its script; the last line is repeated when it runs out.

    A line is a text, a message, an exception to raise, HANG, or a function of the messages that
    gives one of these. `seen` holds the messages of every call.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    script: list[Any]
    _seen: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _tools: list[Any] = PrivateAttr(default_factory=list)

    @property
    def seen(self) -> list[list[BaseMessage]]:
        return self._seen

    @property
    def tools(self) -> list[Any]:
        """The tools that were last bound, as the model is given them."""
        return self._tools

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **_rest: Any) -> ScriptedModel:
        self._tools[:] = tools  # in place: a copy of the model shares the list
        return self

    def _generate(self, messages: list[BaseMessage], *_rest: Any, **_more: Any) -> ChatResult:
        raise NotImplementedError("the graph is asynchronous")

    async def _agenerate(
        self, messages: list[BaseMessage], *_rest: Any, **_more: Any
    ) -> ChatResult:
        line = self.script[min(len(self._seen), len(self.script) - 1)]
        self._seen.append(list(messages))
        while callable(line):
            line = line(messages)
        if line == HANG:
            await asyncio.sleep(3600)
        if isinstance(line, BaseException):
            raise line
        message = AIMessage(line) if isinstance(line, str) else line.model_copy()
        return ChatResult(generations=[ChatGeneration(message=message)])


def tool_messages(messages: Sequence[BaseMessage]) -> list[ToolMessage]:
    return [m for m in messages if isinstance(m, ToolMessage)]


def orphans(messages: Sequence[BaseMessage]) -> set[str]:
    """Ids of tool calls without an answer and of tool messages without a call."""
    asked = {c["id"] for m in messages if isinstance(m, AIMessage) for c in m.tool_calls}
    answered = {m.tool_call_id for m in tool_messages(messages)}
    return {str(i) for i in asked ^ answered}
