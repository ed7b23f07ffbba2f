"""The catalog as MCP tools: a model names a tool's arguments, and never whose rights are used.

A result is told twice: as its page in words, fenced as data, and as JSON, in which unknown is null.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import mcp_types as types
import structlog
from mcp.server.session import ServerSession
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.http.schemas import Day, Words
from api.mcp.words import say
from api.render.json import Json, answer_json, result_json
from api.render.markdown import markdown
from api.render.trace import trace_of
from assistant.answer import Answer, Done, Status
from assistant.service import Assistant
from assistant.toolbox import schema_for_model
from crm.errors import InputError, TagayasuError
from crm.scope import Principal
from crm.settings import Language
from tools.facts import ToolResult
from tools.tool import Tool

ASK = "ask"
PASSAGES = "tagayasu://passages/"
MOST_IDS = 50
"""Rows of which the text names the ids; the JSON names all."""
log = structlog.get_logger(__name__)


class Beside(BaseModel):
    """What a caller may say beside a tool's own arguments."""

    model_config = ConfigDict(extra="forbid")

    as_of: Day | None = Field(
        default=None, description="The day that counts as today (YYYY-MM-DD); without it, today."
    )
    language: Language | None = Field(
        default=None, description="Language of the text; without it the workspace's own."
    )


class Question(Beside):
    """A question to the assistant."""

    question: Words = Field(description="The question, at most 4,000 characters.")
    thread: Words | None = Field(
        default=None, description="The thread of an earlier answer, to go on with it."
    )


class Toolbox:
    """What can be called: every tool of the catalog, and the assistant. Nothing of it writes."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def listed(self) -> list[types.Tool]:
        """The tools with the schemas of their arguments."""
        asking = _tool(ASK, say("ask"), Question.model_json_schema())
        return [*(_of_catalog(tool) for tool in self._assistant.catalog), asking]

    async def call(
        self, who: Principal, name: str, given: Mapping[str, Any], session: ServerSession
    ) -> types.CallToolResult:
        """What a tool answers; a refusal is an answer that says so, and holds no exception text.

        Raises MCPError when there is no such tool.
        """
        # Whoever calls may be a model that says yes to itself: nobody's plans change by it.
        reader = replace(who, read_only=True)
        try:
            if name == ASK:
                return await self._ask(reader, given, session)
            if name not in {tool.name for tool in self._assistant.catalog}:
                raise MCPError(types.INVALID_PARAMS, say("unknown"))
            return await asyncio.to_thread(self._run, reader, name, given)
        except TagayasuError as error:
            return _refused(str(error))
        except MCPError:
            raise
        except Exception as error:  # noqa: BLE001 - the door: the log id goes out, the rest stays
            log_id = secrets.token_hex(6)
            log.error("mcp.failed", tool=name, log_id=log_id, trace=trace_of(error))
            return _refused(say("failed", log_id=log_id))

    def passage(self, who: Principal, id_: str) -> str:
        """A passage with what stands around it, fenced as data."""
        arguments = {"passage_id": id_}
        return fenced(self._assistant.page(who, "open_passage", arguments).text)

    def _run(self, who: Principal, name: str, given: Mapping[str, Any]) -> types.CallToolResult:
        tool = self._assistant.catalog[name]
        own = {n: v for n, v in given.items() if n not in Beside.model_fields}
        if hidden := own.keys() & tool.arguments.from_turn:
            raise InputError(f"{name} has no argument `{min(hidden)}`.", "Leave it out.")
        beside = _read(Beside, {n: v for n, v in given.items() if n in Beside.model_fields})
        if name == "briefing" and isinstance(account := own.get("account_id"), str):
            told = self._assistant.briefed(who, account, beside.language, beside.as_of)
        else:
            told = self._assistant.told(who, name, own, beside.language, beside.as_of)
        result, page = told
        links = _links(result)
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=fenced(page.text + _ids(result))), *links],
            structured_content=result_json(result),
        )

    async def _ask(
        self, who: Principal, given: Mapping[str, Any], session: ServerSession
    ) -> types.CallToolResult:
        asked = _read(Question, given)
        events = self._assistant.ask(
            who, asked.thread, asked.question, as_of=asked.as_of, language=asked.language
        )
        answer: Answer | None = None
        steps = 0
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Status):
                    steps += 1
                    await session.report_progress(steps, message=event.text)
                elif isinstance(event, Done):
                    answer = event.answer
        if answer is None:
            raise RuntimeError("the turn ended without an answer")
        found: Json = answer_json(answer)
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=fenced(answer.text))],
            structured_content=found,
        )


def fenced(text: str) -> str:
    """A page as a model reads it: it sees where data begins and ends, and no data ends it."""
    inside = markdown(text).replace("<", "‹").replace(">", "›")
    return f"<data>\n{inside}\n</data>"


def _of_catalog(tool: Tool) -> types.Tool:
    schema = schema_for_model(tool).model_json_schema()
    beside = Beside.model_json_schema()["properties"]
    if tool.name == "briefing":
        schema["properties"].pop("group", None)
    schema["properties"] |= beside
    schema["additionalProperties"] = False
    return _tool(tool.name, f"{tool.help.en}\n{tool.help.ja}", schema)


def _tool(name: str, description: str, schema: dict[str, Any]) -> types.Tool:
    return types.Tool(
        name=name,
        description=description,
        input_schema={"type": "object", **schema},
        annotations=types.ToolAnnotations(
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=name != ASK,
            open_world_hint=False,
        ),
    )


def _read(form: type[Any], given: Mapping[str, Any]) -> Any:
    """The arguments of a form; InputError that names the first which does not fit."""
    try:
        return form.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "arguments"
        allowed = ", ".join(form.model_fields)
        raise InputError(f"`{name}` does not fit: {first['msg']}.", f"Known: {allowed}.") from None


def _ids(result: ToolResult) -> str:
    """What the rows of a result are about, as other tools take it: a page names no ids."""
    table = result.table
    if table is None:
        return ""
    lines = []
    for subject, row in zip(table.subjects[:MOST_IDS], table.rows, strict=False):
        kind, found, id_ = subject.partition(":")
        name = next((v for v in row if isinstance(v, str) and v != id_), "")
        if found:
            lines.append(f"- {kind}_id={id_}: {name[:80]}")
    return "\n\n" + "\n".join([say("ids"), *lines]) if lines else ""


def _links(result: ToolResult) -> list[types.ContentBlock]:
    """The passages of a result as resources that can be opened."""
    if result.tool != "search_knowledge" or result.table is None:
        return []
    return [
        types.ResourceLink(
            type="resource_link",
            uri=subject.replace("passage:", PASSAGES, 1),
            name=subject,
            mime_type="text/markdown",
        )
        for subject in result.table.subjects
    ]


def _refused(text: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=True)
