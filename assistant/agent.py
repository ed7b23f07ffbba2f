"""One graph for every model: it calls tools, its drafts are checked, and it can fall back."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ModelCallLimitMiddleware,
    ModelRequest,
    ModelResponse,
    ToolCallRequest,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.types import Command

from assistant.acts import Acts
from assistant.attempts import Attempts, Handler, tell_writing
from assistant.builtin.model import BuiltinModel
from assistant.builtin.understand import language_of
from assistant.compose import compose, say
from assistant.deps import Turn
from assistant.history import fruitless, whole_turns, without_calls
from assistant.ledger import Failure, render, without
from assistant.models import BUILTIN
from assistant.offer import not_offered, offered
from assistant.planning import spoken
from assistant.planning.memory import KEPT, recalled
from assistant.planning.spoken import is_word, speaks_of_plans
from assistant.spans import span
from assistant.told import as_json
from assistant.toolbox import langchain_tools
from assistant.usage import FREE, NONE
from crm.errors import UnavailableError
from crm.settings import Models
from prompts import loader
from tools.catalog import Catalog

_PAGE = re.compile(r"\{\{\s*page:(\w+)\s*\}\}")
log = structlog.get_logger(__name__)

Answered = ToolMessage | Command[Any]


def build_graph(
    catalog: Catalog,
    builtin: BuiltinModel,
    provider: BaseChatModel | None,
    settings: Models,
    checkpointer: BaseCheckpointSaver[str],
    acts: Acts | None = None,
) -> Any:
    """The agent's graph: the same tools, check and limits whichever model drives it."""
    # One call is kept back for the repair round of the ledger check. At the limit the turn ends
    # without a draft, and the service says that there is no answer.
    limit: Any = ModelCallLimitMiddleware(
        run_limit=settings.calls_per_turn - 1, exit_behavior="end"
    )
    return create_agent(
        model=provider or builtin,
        tools=langchain_tools(catalog, acts),
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
        self._attempts = Attempts(provider, settings) if provider is not None else None
        self._settings = settings

    async def awrap_model_call(
        self, request: ModelRequest[Turn], handler: Handler
    ) -> ModelResponse[Any]:
        turn = request.runtime.context
        messages = whole_turns(request.messages, self._settings.remembered_turns)
        said = [str(m.content) for m in messages if isinstance(m, HumanMessage)]
        turn.ledger.hear(said)
        turn.said, turn.thread = tuple(reversed(said[-2:])), recalled(request.messages)
        if turn.speaks is None and len(said) > 1 and is_word(said[-1]):
            turn.language = language_of(said[-2], turn.language)
        request = request.override(messages=messages)
        response = await self._call(request, handler, turn)
        message = response.result[-1]
        if isinstance(message, AIMessage) and message.tool_calls:
            return response
        tell_writing(turn)
        return await self._checked(request, handler, turn, response)

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[Answered]]
    ) -> Answered:
        """A provider's model gets an error for a tool that it was not offered."""
        turn: Turn = request.runtime.context  # type: ignore[assignment]
        name = request.tool_call["name"]
        if turn.model == BUILTIN or name in turn.offered:
            return await handler(request)
        return ToolMessage(
            as_json({"error": not_offered(name, turn.offered)}),
            tool_call_id=request.tool_call["id"],
            name=name,
            status="error",
        )

    async def _call(
        self, request: ModelRequest[Turn], handler: Handler, turn: Turn
    ) -> ModelResponse[Any]:
        """The response of the turn's model; of the builtin one when the provider gives none."""
        if self._attempts is not None and turn.model != BUILTIN:
            try:
                return await self._attempts.response(
                    await self._offering(request, turn), handler, turn
                )
            except Exception:  # noqa: BLE001 - whatever a provider raises is no answer
                if not self._settings.fallback:
                    raise UnavailableError(
                        f"The language model {turn.model} did not answer.",
                        "Ask again later; if this goes on, tell your administrator.",
                    ) from None
                turn.notices.append(say("fell_back", turn.language, model=turn.model))
                turn.model = BUILTIN
                turn.ledger.know(None)
                turn.dropped = fruitless(request.messages, turn.results)
        return await self._by_builtin(request, handler, turn)

    async def _by_builtin(
        self, request: ModelRequest[Turn], handler: Handler, turn: Turn
    ) -> ModelResponse[Any]:
        """The builtin model's response; it does not see what a provider looked up in vain."""
        begun = time.monotonic()
        messages = without_calls(request.messages, turn.dropped)
        model = self._builtin.for_turn(turn)
        with span("model", model=BUILTIN):
            response = await handler(request.override(model=model, messages=messages))
        turn.usage = turn.usage.called(time.monotonic() - begun, NONE, FREE)
        return response

    async def _offering(self, request: ModelRequest[Turn], turn: Turn) -> ModelRequest[Turn]:
        """The request with the few tools that fit what is asked, the same for the whole turn."""
        named = {tool.name: tool for tool in request.tools if not isinstance(tool, dict)}
        if not turn.offered:
            turn.offered = await asyncio.to_thread(
                offered, request.messages, self._rank, named, _at_hand(turn)
            )
        return request.override(tools=[t for name, t in named.items() if name in turn.offered])

    def _rank(self, text: str) -> Iterable[str]:
        guesses = self._builtin.understanding.guess(text)
        return [guess.intent.tool for guess in guesses if guess.intent.tool is not None]

    async def _checked(
        self,
        request: ModelRequest[Turn],
        handler: Handler,
        turn: Turn,
        response: ModelResponse[Any],
    ) -> ModelResponse[Any]:
        """The response with a draft that passes: repaired once, then cut."""
        draft = _with_proposal(with_pages(response.result[-1].text, turn), turn)
        failures = turn.ledger.check(draft)
        if failures and turn.model != BUILTIN:
            repaired = await self._repair(request, handler, turn, draft, failures)
            if repaired is not None:
                draft = _with_proposal(with_pages(repaired, turn), turn)
                failures = turn.ledger.check(draft)
        if failures:
            log.warning("draft_cut", model=turn.model, figures=len(failures))
            draft, _places = without(draft, failures)
            turn.notices.append(say("cut" if draft else "nothing_left", turn.language))
        turn.draft = draft
        last = response.result[-1]
        shown = render(draft, turn.ledger, turn.language)
        kept = {**_kept(last), "sources": [p.id for p in turn.ledger.cited(draft)]}
        if turn.memory is not None:
            kept[KEPT] = turn.memory.kept()
        remembered = AIMessage(content=shown, id=last.id, additional_kwargs=kept)
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
        if self._attempts is None:
            return None
        listed = "\n".join(f"- {failure.text}" for failure in failures)
        complaint = loader.text("system/repair.md").replace("{failures}", listed)
        messages = [*request.messages, AIMessage(draft), HumanMessage(complaint)]
        retry = await self._offering(request.override(messages=messages), turn)
        try:
            response = await self._attempts.response(retry, handler, turn)
        except Exception:  # noqa: BLE001 - what can be verified of the first draft is left
            return None
        message = response.result[-1]
        if isinstance(message, AIMessage) and message.tool_calls:
            return None
        return message.text


def _at_hand(turn: Turn) -> list[str]:
    """The acts on a plan that the thread is in the middle of."""
    thread = turn.thread
    found = ["plan_confirm", "plan_cancel"] if thread.proposal else []
    found += ["plan_choose"] if thread.doubt and thread.doubt.labels else []
    found += ["plan_answer"] if thread.asked else []
    about = thread.plan_id is not None or any(speaks_of_plans(text) for text in turn.said)
    return [*found, "plan_edit", "plan_write"] if about else found


def _kept(message: BaseMessage) -> dict[str, Any]:
    """What the builtin model remembers: its own question, if it asked one, and what it listed."""
    kept = ("pending", "listed")
    return {k: v for k, v in message.additional_kwargs.items() if k in kept}


def _with_proposal(draft: str, turn: Turn) -> str:
    """The draft with what it leaves to be confirmed: nobody says yes to what they did not see.

    A change that waited and is not taken up is told to be gone.
    """
    waits = turn.memory is not None and turn.memory.proposal is not None
    shown = [text for _name, text in turn.pages.values()][-1:]
    missing = [text for text in shown if waits and text not in draft]
    if turn.memory is None and turn.thread.proposal is not None:
        missing.append(spoken.say("let_go", turn.language))
    return "\n\n".join([*([draft] if draft else []), *missing])


def with_pages(draft: str, turn: Turn) -> str:
    """The draft with `{{page:tool}}` replaced by that tool's finished page."""

    def page(match: re.Match[str]) -> str:
        if said := [text for name, text in turn.pages.values() if name == match[1]]:
            return said[-1]
        found = [r for r in turn.results.values() if r.tool == match[1]]
        return compose(found[-1], turn.ledger, turn.language) if found else match[0]

    return _PAGE.sub(page, draft)
