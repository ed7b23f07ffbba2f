"""The builtin model understands a request, calls the same tools as any other, and writes templates.

It asks when several accounts fit, says what it does not know, and never guesses an account.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any, Literal

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict

from assistant.acts import Acts
from assistant.builtin.arguments import Asker
from assistant.builtin.dialogue import Pending, remembered
from assistant.builtin.moves import Ask, Call, Move, Say
from assistant.builtin.reading import Reader
from assistant.builtin.slots import Ware, colleagues_of
from assistant.builtin.understand import Understanding
from assistant.compose import compose, compose_beside, page, say
from assistant.deps import Turn
from assistant.ledger import plain
from tools.accounts import Match, named_accounts
from tools.catalog import Catalog
from tools.facts import ToolResult
from tools.query import fetch

_MOST_LISTED = 20
_MOST_CALLS = 6
"""What one message may ask for."""


class BuiltinModel(BaseChatModel):
    """A chat model that needs no key and no network."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    understanding: Understanding
    catalog: Catalog
    acts: Acts = Acts()
    turn: Turn | None = None

    @property
    def _llm_type(self) -> str:
        return "builtin"

    def for_turn(self, turn: Turn) -> BuiltinModel:
        """The model as it works on one turn."""
        return self.model_copy(update={"turn": turn})

    def bind_tools(self, tools: Any, **kwargs: Any) -> BuiltinModel:  # noqa: ARG002
        """The catalog's tools are known to it."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> ChatResult:
        if self.turn is None:
            raise RuntimeError("the builtin model works on a turn: use for_turn")
        reply = _Reply(self.turn, self.understanding, self.catalog, self.acts, messages)
        return ChatResult(generations=[ChatGeneration(message=reply.message())])


class _Reply:
    """The next message of one turn: calls first, then what they found, in the order asked."""

    def __init__(
        self,
        turn: Turn,
        understanding: Understanding,
        catalog: Catalog,
        acts: Acts,
        messages: Sequence[BaseMessage],
    ) -> None:
        self._turn = turn
        self._understanding = understanding
        self._catalog, self._acts = catalog, acts
        self._messages = messages

    def message(self) -> AIMessage:
        since = self._since_question()
        called = next((m for m in since if isinstance(m, AIMessage) and m.tool_calls), None)
        if called is not None:
            return self._answer(called, [m for m in since if isinstance(m, ToolMessage)])
        before = remembered(self._messages)
        moves = self._acts.read(self._turn, self._reader(), self._question(), before)
        return self._first(moves[:_MOST_CALLS])

    def _question(self) -> str:
        return next(str(m.content) for m in reversed(self._messages) if isinstance(m, HumanMessage))

    def _since_question(self) -> list[BaseMessage]:
        places = [n for n, m in enumerate(self._messages) if isinstance(m, HumanMessage)]
        return list(self._messages[places[-1] + 1 :])

    def _reader(self) -> Reader:
        turn, tables = self._turn, self._turn.tables
        start = tables.settings.company.fiscal_year_start
        return Reader(
            self._understanding,
            {tool.name: tool.arguments for tool in (*self._catalog, *self._acts)},
            tables.remember(("named_accounts",), lambda: named_accounts(tables)),
            colleagues_of(tables),
            Asker(turn.principal.person_id, turn.as_of, start),
            turn.language,
            tables.remember(("wares",), self._wares),
        )

    def _wares(self) -> list[Ware]:
        """The products and categories there are; a category's name goes before a product's."""
        tables = self._turn.tables
        found: dict[str, Ware] = {}
        kinds: tuple[tuple[Literal["category", "product"], str], ...]
        kinds = (("category", "category"), ("product", "name"))
        for kind, column in kinds:
            if tables.has("products", column):
                names = tables["products"].select(column).distinct().order_by(column)
                for row in fetch(names):
                    name = str(row[column] or "").strip()
                    if len(name) > 1:
                        found.setdefault(name, Ware(name, kind))
        return list(found.values())

    # ------------------------------------------------------------------ the first message

    def _first(self, moves: Sequence[Move]) -> AIMessage:
        """The calls of the moves, with what is to be said between their results."""
        order: list[dict[str, str]] = []
        calls = []
        for move in moves:
            if isinstance(move, Call):
                id_ = f"call_{secrets.token_hex(8)}"
                calls.append({"name": move.tool, "args": move.arguments, "id": id_})
                order.append({"call": id_})
            else:
                order.append({"say": self._said(move)})
        kept: dict[str, Any] = {}
        if asked := next((m for m in moves if isinstance(m, Ask)), None):
            kept = {
                "pending": Pending.of(asked).kept(),
                "listed": [match.account_id for match in asked.choices],
            }
        if not calls:
            return AIMessage("\n\n".join(o["say"] for o in order), additional_kwargs=kept)
        return AIMessage("", tool_calls=calls, additional_kwargs={"order": order, **kept})

    def _said(self, move: Ask | Say) -> str:
        language = self._turn.language
        if isinstance(move, Say):
            return self._sentence(move)
        if not move.choices:
            return say("need_account", language)
        listed = "\n".join(f"{n}. {_described(m)}" for n, m in enumerate(move.choices, 1))
        return f"{say('which_account', language, text=plain(move.text))}\n\n{listed}"

    def _sentence(self, move: Say) -> str:
        language = self._turn.language
        match move.what:
            case "help":
                return page("help", language)
            case "no_account":
                unknown = say("no_account", language, text=plain(move.text))
                near = "、".join(plain(name) for name in move.examples)
                return unknown + (
                    f"\n\n{say('near_accounts', language, names=near)}" if near else ""
                )
            case "unsure":
                self._turn.ledger.hear(move.examples)
                examples = "\n".join(f"- {example}" for example in move.examples)
                return f"{say('unsure', language)}\n\n{examples}"
            case "evidence":
                return self._turn.evidence() or say("no_evidence", language)
        return say(move.what, language)

    # ------------------------------------------------------------------ the answer

    def _answer(self, called: AIMessage, results: Sequence[ToolMessage]) -> AIMessage:
        """The drafts of the results and the sentences between them, in the order asked."""
        by_call = {message.tool_call_id: message for message in results}
        order = called.additional_kwargs.get("order") or [{"call": i} for i in by_call]
        kept = {k: v for k, v in called.additional_kwargs.items() if k == "pending"}
        found_now = [r for i in by_call if (r := self._turn.results.get(i)) is not None]
        if listed := _listed(found_now):
            kept["listed"] = listed
        drafts: list[str] = []
        together: list[ToolResult] = []
        for part in order:
            found = self._turn.results.get(part["call"]) if "call" in part else None
            if together and (found is None or found.tool != together[0].tool):
                drafts += self._drafted(together)
                together = []
            if found is not None:
                together.append(found)
            elif "say" in part:
                drafts.append(part["say"])
            elif part["call"] in self._turn.pages:
                drafts.append(self._turn.pages[part["call"]][1])
            elif message := by_call.get(part["call"]):
                drafts.append(_error_text(message))
        return AIMessage("\n\n".join(drafts + self._drafted(together)), additional_kwargs=kept)

    def _drafted(self, results: Sequence[ToolResult]) -> list[str]:
        """The drafts of results of one tool: those about several accounts also side by side."""
        ledger, language = self._turn.ledger, self._turn.language
        beside = compose_beside(results, ledger, language) if len(results) > 1 else ""
        return [*([beside] if beside else []), *(compose(r, ledger, language) for r in results)]


def _listed(results: Sequence[ToolResult]) -> list[str]:
    """The accounts in the rows of results, in order."""
    subjects = [s for r in results if r.table for s in r.table.subjects]
    accounts = [s.partition(":")[2] for s in subjects if s.startswith("account:")]
    return list(dict.fromkeys(accounts))[:_MOST_LISTED]


def _described(match: Match) -> str:
    """An account in a list of choices; ids and names only, so that nothing else leaks into it."""
    about = "、".join(plain(part) for part in (match.industry, match.city) if part)
    return plain(match.name) + (f"（{about}）" if about else "")


def _error_text(message: ToolMessage) -> str:
    try:
        return str(json.loads(str(message.content))["error"])
    except (ValueError, KeyError, TypeError):
        return str(message.content)
