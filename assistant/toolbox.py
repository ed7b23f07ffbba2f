"""The catalog as LangChain tools: thin wrappers; the arithmetic and the rights are elsewhere.

A model names neither the day nor a person to ask as: both come from the turn.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import structlog
from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, create_model

from assistant.answer import Status, ToolCall
from assistant.compose import say
from assistant.deps import Turn
from assistant.ledger import holds_passages, passage_of
from crm.errors import TagayasuError
from crm.settings import Language
from tools.catalog import Catalog
from tools.facts import Fact, Table, ToolResult
from tools.format import shown
from tools.tool import Tool

_ROWS_SHOWN = 12
_TEXT_SHOWN = 700
log = structlog.get_logger(__name__)


def langchain_tools(catalog: Catalog) -> list[BaseTool]:
    """One LangChain tool per tool of the catalog."""
    return [_wrapped(tool) for tool in catalog]


def _wrapped(tool: Tool) -> BaseTool:
    async def run(runtime: ToolRuntime[Turn], **arguments: Any) -> str:
        return await _run(tool, runtime.context, runtime.tool_call_id or "", arguments)

    return StructuredTool.from_function(
        coroutine=run,
        name=tool.name,
        description=tool.help.en,
        args_schema=schema_for_model(tool),
    )


def schema_for_model(tool: Tool) -> type[BaseModel]:
    """The tool's arguments without those that come from the turn."""
    fields: dict[str, Any] = {
        name: (info.annotation, info)
        for name, info in tool.arguments.model_fields.items()
        if name not in tool.arguments.from_turn
    }
    return create_model(tool.arguments.__name__, **fields)


async def _run(tool: Tool, turn: Turn, call_id: str, arguments: dict[str, Any]) -> str:
    """Run the tool, put its facts into the ledger, and tell the model what it found."""
    usual = {name: info.default for name, info in tool.arguments.model_fields.items()}
    given = {n: v for n, v in arguments.items() if v is not None and v != usual.get(n)}
    turn.calls.append(ToolCall(name=tool.name, arguments=given))
    turn.emit(Status(text=say("looking_up", turn.language, tool=tool.help.in_(turn.language))))
    inputs = {**given, **_from_turn(tool, turn, given)}
    try:
        result = await asyncio.to_thread(tool.call, turn.tables, inputs)
        turn.ledger.add(result)
        turn.results[call_id] = result
        return summary(result, turn)
    except TagayasuError as error:
        return json.dumps({"error": str(error)}, ensure_ascii=False)
    except Exception:
        log_id = call_id[-8:]
        log.exception("tool_failed", tool=tool.name, log_id=log_id)
        return json.dumps({"error": say("tool_failed", turn.language, log_id=log_id)})


def _from_turn(tool: Tool, turn: Turn, given: dict[str, Any]) -> dict[str, Any]:
    """What the tool takes from the conversation: its day, and when the asker was last briefed."""
    known: dict[str, Callable[[], Any]] = {
        "as_of": lambda: turn.as_of,
        "since": lambda: turn.last_briefing(str(given.get("account_id", ""))),
    }
    return {name: known[name]() for name in tool.arguments.from_turn}


def summary(result: ToolResult, turn: Turn) -> str:
    """A result as a model reads it: facts by key with their figure, and the first rows."""
    return json.dumps(_summary(result, turn), ensure_ascii=False)


def _summary(result: ToolResult, turn: Turn) -> dict[str, Any]:
    told: dict[str, Any] = {
        "facts": {
            turn.ledger.key_of(f): f"{f.label.in_(turn.language)}: {_clipped(f, turn.language)}"
            for f in result.facts
        },
        "warnings": [w.in_(turn.language) for w in result.warnings],
    }
    if result.table:
        told["rows"] = [_row(result.table, n, turn) for n in range(len(result.table.rows))][
            :_ROWS_SHOWN
        ]
        told["rows_in_all"] = result.table.total_rows
    if result.parts:
        told["parts"] = {part.tool: _summary(part, turn) for part in result.parts}
        told["page"] = f"The finished page: write {{{{page:{result.tool}}}}} to show it whole."
    return told


def _row(table: Table, row: int, turn: Turn) -> dict[str, str]:
    cells = [table.cell(row, column.name) for column in table.columns]
    told = {turn.ledger.key_of(cell): _clipped(cell, turn.language) for cell in cells}
    if holds_passages(table):
        told["cite"] = turn.ledger.cite(passage_of(table, row))
    return told


def _clipped(fact: Fact, language: Language) -> str:
    """Text from data is fenced, so that a model sees where it begins and ends, and kept short."""
    text = shown(fact, language)
    if not isinstance(fact.value, str):
        return text
    short = text if len(text) <= _TEXT_SHOWN else text[:_TEXT_SHOWN] + "…"
    return f"<data>{short.replace('<', '‹').replace('>', '›')}</data>"
