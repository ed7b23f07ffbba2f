"""The catalog as LangChain tools: thin wrappers; the arithmetic and the rights are elsewhere.

A model names neither the day nor a person to ask as: both come from the turn.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import structlog
from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field, create_model

from assistant.acts import Act, Acts
from assistant.answer import Status, ToolCall
from assistant.compose import say
from assistant.deps import Turn
from assistant.spans import span
from assistant.told import MORE_ROWS, Told, as_json, reference_of, referred
from crm.errors import TagayasuError
from tools.arguments import Arguments
from tools.catalog import Catalog
from tools.tool import Tool

log = structlog.get_logger(__name__)


class MoreRowsArguments(BaseModel):
    """Which rows of a result of this turn to read."""

    reference: str = Field(description="Reference of the result or part, e.g. r1 or r1.deal_health")
    from_row: int = Field(default=1, ge=1, description="First row to read; the first is 1.")


def langchain_tools(catalog: Catalog, acts: Acts | None = None) -> list[BaseTool]:
    """One LangChain tool per tool of the catalog and act, and the one that reads on in a result."""
    return [*(_wrapped(tool) for tool in (*catalog, *(acts or ()))), _more_rows_tool()]


def _wrapped(tool: Tool | Act) -> BaseTool:
    async def run(runtime: ToolRuntime[Turn], **arguments: Any) -> str:
        turn, call_id = runtime.context, runtime.tool_call_id or ""
        if isinstance(tool, Act):
            return await _acted(tool, turn, call_id, arguments)
        return await _run(tool, turn, call_id, arguments)

    return StructuredTool.from_function(
        coroutine=run,
        name=tool.name,
        description=tool.help.en,
        args_schema=schema_for_model(tool),
    )


def schema_for_model(tool: Tool | Act) -> type[BaseModel]:
    """The tool's arguments without those that come from the turn."""
    return _without_turn(tool.arguments)


@cache
def _without_turn(arguments: type[Arguments]) -> type[BaseModel]:
    """Made once: every graph has the same tools, and a model of all takes a while to make."""
    fields: dict[str, Any] = {
        name: (info.annotation, info)
        for name, info in arguments.model_fields.items()
        if name not in arguments.from_turn
    }
    return create_model(arguments.__name__, **fields)


async def _run(tool: Tool, turn: Turn, call_id: str, arguments: dict[str, Any]) -> str:
    """Run the tool, put its facts into the ledger, and tell the model what it found."""
    given = _noted(tool, turn, arguments)
    inputs = {**given, **_from_turn(tool, turn, given)}

    async def told() -> str:
        result = await asyncio.to_thread(tool.call, turn.tables, inputs)
        turn.ledger.add(result)
        turn.results[call_id] = result
        return Told(turn.ledger, turn.language).result(result, reference_of(turn.results, call_id))

    return await _guarded(tool, turn, call_id, told)


async def _acted(act: Act, turn: Turn, call_id: str, arguments: dict[str, Any]) -> str:
    """Do the act; its page is ours, so that what it says may stand, and is shown as it is."""
    given = _noted(act, turn, arguments)

    async def told() -> str:
        page = await asyncio.to_thread(act.call, turn, given)
        turn.ledger.hear([page.text])
        turn.pages[call_id] = (act.name, page.text)
        turn.memory = page.memory
        fenced = page.text.replace("<", "‹").replace(">", "›")
        return as_json({"page": f"{{{{page:{act.name}}}}}", "text": f"<data>{fenced}</data>"})

    return await _guarded(act, turn, call_id, told)


def _noted(tool: Tool | Act, turn: Turn, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments that say something; the call is noted, and the asker told of it."""
    usual = {name: info.default for name, info in tool.arguments.model_fields.items()}
    given = {n: v for n, v in arguments.items() if v is not None and v != usual.get(n)}
    turn.calls.append(ToolCall(name=tool.name, arguments=given))
    turn.writing = False
    turn.emit(Status(text=say("looking_up", turn.language, tool=tool.help.in_(turn.language))))
    return given


async def _guarded(
    tool: Tool | Act, turn: Turn, call_id: str, told: Callable[[], Awaitable[str]]
) -> str:
    """What the model is told; of a fault that it happened, and nothing of its text."""
    begun = time.monotonic()
    try:
        with span("tool", tool=tool.name):
            return await told()
    except TagayasuError as error:
        return as_json({"error": str(error)})
    except Exception:
        log_id = call_id[-8:]
        log.exception("tool_failed", tool=tool.name, log_id=log_id)
        return as_json({"error": say("tool_failed", turn.language, log_id=log_id)})
    finally:
        turn.usage = turn.usage.looked_up(time.monotonic() - begun)


def _from_turn(tool: Tool, turn: Turn, given: dict[str, Any]) -> dict[str, Any]:
    """What the tool takes from the conversation: its day, and when the asker was last briefed."""
    known: dict[str, Callable[[], Any]] = {
        "as_of": lambda: turn.as_of,
        "since": lambda: turn.last_briefing(str(given.get("account_id", ""))),
    }
    return {name: known[name]() for name in tool.arguments.from_turn}


def _more_rows_tool() -> BaseTool:
    async def run(runtime: ToolRuntime[Turn], reference: str, from_row: int = 1) -> str:
        return more_rows(runtime.context, reference, from_row)

    return StructuredTool.from_function(
        coroutine=run,
        name=MORE_ROWS,
        description="Read on in a result of this turn: the rows from from_row, or a part whole.",
        args_schema=MoreRowsArguments,
    )


def more_rows(turn: Turn, reference: str, from_row: int) -> str:
    """What a model is told of a result it has in this turn, from that row on."""
    known = dict(referred(turn.results))
    result = known.get(reference)
    if result is None:
        there = ", ".join(known) or "none"
        return as_json({"error": f"This turn has no result {reference!r}. There are: {there}."})
    rows = len(result.table.rows) if result.table else 0
    if from_row > max(rows, 1):
        return as_json({"error": f"{reference} has {rows} rows here."})
    return Told(turn.ledger, turn.language).result(result, reference, from_row)
