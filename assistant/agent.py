"""One graph for every model: it calls tools, its drafts are checked, and it can fall back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ModelCallLimitMiddleware,
    ModelRequest,
    ModelResponse,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.base import BaseCheckpointSaver

from assistant.answer import Status
from assistant.builtin.model import BuiltinModel
from assistant.compose import compose, say
from assistant.deps import Turn
from assistant.ledger import Failure, render, without
from assistant.models import BUILTIN
from assistant.toolbox import langchain_tools
from crm.errors import UnavailableError
from crm.settings import Models
from prompts import loader
from tools.catalog import Catalog

_PAGE = re.compile(r"\{\{\s*page:(\w+)\s*\}\}")
log = structlog.get_logger(__name__)

Handler = Callable[[ModelRequest[Turn]], Awaitable[ModelResponse[Any]]]


def build_graph(
    catalog: Catalog,
    builtin: BuiltinModel,
    provider: BaseChatModel | None,
    settings: Models,
    checkpointer: BaseCheckpointSaver[str],
) -> Any:
    """The agent's graph: the same tools, check and limits whichever model drives it."""
    # One call is kept back for the repair round of the ledger check. At the limit the turn ends
    # without a draft, and the service says that there is no answer.
    limit: Any = ModelCallLimitMiddleware(
        run_limit=settings.calls_per_turn - 1, exit_behavior="end"
    )
    return create_agent(
        model=provider or builtin,
        tools=langchain_tools(catalog),
        system_prompt=loader.text("system/agent.md"),
        middleware=[limit, CheckedModel(builtin, provider, settings)],
        context_schema=Turn,
        checkpointer=checkpointer,
    )


class CheckedModel(AgentMiddleware[Any, Turn, Any]):
    """Calls the turn's model with whole turns only, checks its draft, falls back to the builtin."""

    def __init__(
        self, builtin: BuiltinModel, provider: BaseChatModel | None, settings: Models
    ) -> None:
        super().__init__()
        self._builtin = builtin
        self._provider = provider
        self._settings = settings

    async def awrap_model_call(
        self, request: ModelRequest[Turn], handler: Handler
    ) -> ModelResponse[Any]:
        turn = request.runtime.context
        messages = whole_turns(request.messages, self._settings.remembered_turns)
        turn.ledger.hear(str(m.content) for m in messages if isinstance(m, HumanMessage))
        request = request.override(messages=messages)
        response = await self._call(request, handler, turn)
        message = response.result[-1]
        if isinstance(message, AIMessage) and message.tool_calls:
            return response
        turn.emit(Status(text=say("writing", turn.language)))
        return await self._checked(request, handler, turn, response)

    async def _call(
        self, request: ModelRequest[Turn], handler: Handler, turn: Turn
    ) -> ModelResponse[Any]:
        if self._provider is not None and turn.model != BUILTIN:
            try:
                async with asyncio.timeout(self._settings.provider_timeout_seconds):
                    return _said(await handler(request.override(model=self._provider)))
            except Exception as error:  # noqa: BLE001 - whatever a provider raises is no answer
                log.warning("provider_failed", model=turn.model, error=type(error).__name__)
                if not self._settings.fallback:
                    raise UnavailableError(
                        f"The language model {turn.model} did not answer.",
                        "Check its key and connection with `tagayasu doctor`.",
                    ) from None
                turn.notices.append(say("fell_back", turn.language, model=turn.model))
                turn.model = BUILTIN
        return await handler(request.override(model=self._builtin.for_turn(turn)))

    async def _checked(
        self,
        request: ModelRequest[Turn],
        handler: Handler,
        turn: Turn,
        response: ModelResponse[Any],
    ) -> ModelResponse[Any]:
        """The response with a draft that passes: repaired once, then cut."""
        draft = with_pages(_text(response.result[-1]), turn)
        failures = turn.ledger.check(draft)
        if failures and turn.model != BUILTIN:
            repaired = await self._repair(request, handler, turn, draft, failures)
            if repaired is not None:
                draft = with_pages(repaired, turn)
                failures = turn.ledger.check(draft)
        if failures:
            log.warning("draft_cut", model=turn.model, figures=len(failures))
            draft, _places = without(draft, failures)
            turn.notices.append(say("cut" if draft else "nothing_left", turn.language))
        turn.draft = draft
        last = response.result[-1]
        shown = render(draft, turn.ledger, turn.language)
        remembered = AIMessage(content=shown, id=last.id, additional_kwargs=_kept(last))
        return ModelResponse(result=[remembered])

    async def _repair(
        self,
        request: ModelRequest[Turn],
        handler: Handler,
        turn: Turn,
        draft: str,
        failures: list[Failure],
    ) -> str | None:
        """A second draft after the list of what failed; None when none comes."""
        listed = "\n".join(f"- {failure.text}" for failure in failures)
        complaint = loader.text("system/repair.md").replace("{failures}", listed)
        retry = request.override(
            messages=[*request.messages, AIMessage(draft), HumanMessage(complaint)]
        )
        response = await self._call(retry, handler, turn)
        message = response.result[-1]
        if isinstance(message, AIMessage) and message.tool_calls:
            return None
        return _text(message)


def _said(response: ModelResponse[Any]) -> ModelResponse[Any]:
    """The response; ValueError when a provider sent neither a word nor a tool call."""
    last = response.result[-1]
    if not _text(last).strip() and not (isinstance(last, AIMessage) and last.tool_calls):
        raise ValueError("the provider's answer is empty")
    return response


def _text(message: BaseMessage) -> str:
    return message.text if isinstance(message.content, list) else str(message.content)


def _kept(message: BaseMessage) -> dict[str, Any]:
    """What the builtin model remembers of its own question, if it asked one."""
    return {k: v for k, v in message.additional_kwargs.items() if k == "pending"}


def with_pages(draft: str, turn: Turn) -> str:
    """The draft with `{{page:tool}}` replaced by that tool's finished page."""

    def page(match: re.Match[str]) -> str:
        found = [r for r in turn.results.values() if r.tool == match[1]]
        return compose(found[-1], turn.ledger, turn.language) if found else match[0]

    return _PAGE.sub(page, draft)


def whole_turns(messages: Sequence[AnyMessage], limit: int) -> list[AnyMessage]:
    """The last turns, each whole: no tool message without its call, no call without its answer."""
    turns: list[list[AnyMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    kept = [t for t in turns if t and isinstance(t[0], HumanMessage)][-limit:]
    last = len(kept) - 1
    return [m for n, t in enumerate(kept) for m in _complete(t, is_present=n == last)]


def _complete(turn: list[AnyMessage], *, is_present: bool) -> list[AnyMessage]:
    answered = {m.tool_call_id for m in turn if isinstance(m, ToolMessage)}
    called = {
        c["id"]
        for m in turn
        if isinstance(m, AIMessage) and all(c["id"] in answered for c in m.tool_calls)
        for c in m.tool_calls
    }
    kept: list[AnyMessage] = []
    for message in turn:
        if isinstance(message, AIMessage) and message.tool_calls:
            if all(c["id"] in called for c in message.tool_calls):
                kept.append(message)
        elif not isinstance(message, ToolMessage) or message.tool_call_id in called:
            kept.append(message)
    finished = isinstance(kept[-1], AIMessage) and not kept[-1].tool_calls
    return kept if finished or is_present else kept[:1]
