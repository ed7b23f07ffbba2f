"""The builtin model understands a request, calls the same tools as any other, and writes templates.

It asks when several accounts fit, says what it does not know, and never guesses an account.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict

from assistant.builtin.entities import (
    Linked,
    Slots,
    find_slots,
    is_bare,
    link_account,
    without_name,
)
from assistant.builtin.understand import CONFIDENT, Intent, Understanding
from assistant.compose import compose, say
from assistant.deps import Turn
from assistant.ledger import plain
from crm.names import match_key
from crm.settings import Language
from prompts import loader
from tools.accounts import Match, NamedAccount, named_accounts
from tools.query import fetch

_MOST_CHOICES = 8
_SHORTEST_SEARCH = 5
_STAND_INS: dict[Language, str] = {"ja": "A社", "en": "Acme"}
"""What the examples of prompts/intents call any account."""
_SPEAKS_OF_DEALS = re.compile(r"商談|案件|deals?\b", re.IGNORECASE)
_LIMITED_TOOLS = {"needs_attention", "deal_health", "pipeline_metrics", "key_contacts"}
_DEAL_SIGNALS = {
    "stalled",
    "overdue",
    "silent_30",
    "one_sided",
    "no_decision_maker",
    "no_next_step",
}


class BuiltinModel(BaseChatModel):
    """A chat model that needs no key and no network."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    understanding: Understanding
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
        message = _Reply(self.turn, self.understanding, messages).message()
        return ChatResult(generations=[ChatGeneration(message=message)])


class _Reply:
    """The next message of one turn."""

    def __init__(
        self, turn: Turn, understanding: Understanding, messages: list[BaseMessage]
    ) -> None:
        self._turn = turn
        self._understanding = understanding
        self._messages = messages
        self._language = turn.language

    def message(self) -> AIMessage:
        answered = self._results_since_question()
        if answered:
            return AIMessage("\n\n".join(answered))
        return self._next_step(self._question())

    def _question(self) -> str:
        return next(str(m.content) for m in reversed(self._messages) if isinstance(m, HumanMessage))

    def _results_since_question(self) -> list[str]:
        """Drafts of the tool results that came after the question."""
        drafts: list[str] = []
        for message in reversed(self._messages):
            if isinstance(message, HumanMessage):
                break
            if isinstance(message, ToolMessage):
                result = self._turn.results.get(message.tool_call_id)
                drafts.insert(0, compose(result, self._turn.ledger, self._language) if result
                              else _error_text(message))  # fmt: skip
        return drafts

    # -------------------------------------------------------------- deciding what to do

    def _next_step(self, question: str) -> AIMessage:
        accounts = self._accounts()
        people = self._people()
        linked = link_account(question, accounts, people)
        bare = is_bare(question, linked.key)
        pending = self._pending()
        if pending is not None:
            chosen = _choice(question, pending, accounts) or (linked.only if bare else None)
            if chosen is not None:
                arguments = {**pending["arguments"], "account_id": chosen}
                return self._call(pending["tool"], arguments)
        if linked.accounts and bare:
            tool, arguments = (
                (pending["tool"], pending["arguments"]) if pending else ("briefing", {})
            )
            return self._about(tool, arguments, linked)
        fiscal_start = self._turn.tables.settings.company.fiscal_year_start
        slots = find_slots(question, people, self._turn.as_of, fiscal_start)
        intent = self._intent(question, slots, linked)
        return self._unsure(question, linked) if intent is None else self._act(
            intent, question, slots, linked)  # fmt: skip

    def _intent(self, question: str, slots: Slots, linked: Linked) -> Intent | None:
        """What is asked for; None when nothing is clear."""
        stand_in = _STAND_INS[self._language]
        asked = without_name(question, linked.key, stand_in) if linked.accounts else question
        guesses = self._understanding.guess(asked)
        by_name = {g.intent.name: g for g in reversed(guesses)}
        best = guesses[0]
        about_documents = self._understanding.stands("knowledge", question)
        if linked.only and best.intent.account == "none" and best.intent.tool is None:
            best = next(g for g in guesses if g.intent.account != "none")
        if slots.by and not about_documents:
            return by_name["pipeline"].intent
        if (slots.person or slots.mine or slots.team) and not linked.accounts:
            # Asked of a colleague's accounts or deals: not of one account.
            best = next((g for g in guesses if g.intent.account != "required"), best)
        if slots.signal and best.intent.name == "knowledge" and not about_documents:
            return by_name["deals" if _SPEAKS_OF_DEALS.search(question) else "attention"].intent
        is_clear = best.score >= CONFIDENT or linked.accounts or slots.refers_back
        return best.intent if is_clear else None

    def _act(self, intent: Intent, question: str, slots: Slots, linked: Linked) -> AIMessage:
        if intent.tool is None:
            return AIMessage(self._help())
        if intent.account == "none":
            return self._call(intent.tool, {"question": question})
        tool = intent.tool
        if slots.signal in _DEAL_SIGNALS and tool == "needs_attention":
            tool = "deal_health"
        if slots.team and tool == "deal_health":
            tool = "needs_attention"  # which knows teams; deal_health does not
        arguments = self._arguments(tool, slots)
        if linked.accounts:
            return self._about(tool, arguments, linked)
        previous = self._previous_account()
        if intent.account == "optional":
            if linked.is_named:
                return self._unknown_account(linked.text)
            if slots.refers_back and previous:
                return self._call(tool, {**arguments, "account_id": previous})
            if not slots.points_at:
                return self._call(tool, arguments)
        elif linked.text and not (slots.refers_back and previous and not linked.is_named):
            return self._unknown_account(linked.text)
        elif previous:
            return self._call(tool, {**arguments, "account_id": previous})
        return self._ask(say("need_account", self._language), tool, arguments, ())

    def _about(self, tool: str, arguments: dict[str, Any], linked: Linked) -> AIMessage:
        """The call about the one account that is named, or the question which is meant."""
        if linked.only:
            return self._call(tool, {**arguments, "account_id": linked.only})
        return self._which(tool, arguments, linked)

    def _arguments(self, tool: str, slots: Slots) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        if slots.period and tool != "pipeline_metrics":
            self._turn.notices.append(say("other_period", self._language))
        owner = slots.person or (self._turn.principal.person_id if slots.mine else None)
        if tool == "pipeline_metrics":
            by = slots.by or ("team" if slots.team else None)
            arguments |= {"by": by, "period": slots.period, "owner_id": owner}
        elif tool == "deal_health":
            signal = slots.signal if slots.signal in _DEAL_SIGNALS else None
            arguments |= {"owner_id": owner, "signal": signal}
        elif tool == "needs_attention":
            arguments |= {"owner_id": owner, "team": slots.team, "signal": slots.signal}
        if tool in _LIMITED_TOOLS:
            arguments["limit"] = slots.limit
        return {name: value for name, value in arguments.items() if value}

    def _unsure(self, question: str, linked: Linked) -> AIMessage:
        """Nothing asked is clear: perhaps a document answers it, else say what can be asked."""
        if linked.is_named:
            return self._unknown_account(linked.text)
        if len(question) > _SHORTEST_SEARCH:
            return self._call("search_knowledge", {"question": question})
        return AIMessage(self._help())

    # -------------------------------------------------------------- what is said

    def _call(self, tool: str, arguments: dict[str, Any]) -> AIMessage:
        call = {"name": tool, "args": arguments, "id": f"call_{secrets.token_hex(8)}"}
        return AIMessage("", tool_calls=[call])

    def _which(self, tool: str, arguments: dict[str, Any], linked: Linked) -> AIMessage:
        text = say(
            "which_account", self._language, text=plain(linked.text or linked.accounts[0].name)
        )
        return self._ask(text, tool, arguments, linked.accounts[:_MOST_CHOICES])

    def _ask(
        self, text: str, tool: str, arguments: dict[str, Any], choices: tuple[Match, ...]
    ) -> AIMessage:
        listed = "\n".join(f"{n}. {_described(m)}" for n, m in enumerate(choices, 1))
        pending = {
            "tool": tool,
            "arguments": arguments,
            "choices": [[m.account_id, m.name] for m in choices],
        }
        return AIMessage(f"{text}\n\n{listed}".strip(), additional_kwargs={"pending": pending})

    def _unknown_account(self, text: str) -> AIMessage:
        return AIMessage(say("no_account", self._language, text=plain(text)))

    def _help(self) -> str:
        template = loader.templates().get_template(f"answers/help.{self._language}.md.j2")
        return template.render().strip()

    # -------------------------------------------------------------- what is remembered

    def _pending(self) -> dict[str, Any] | None:
        """The question that the assistant asked last, if the thread ends with one."""
        before = [m for m in self._messages[:-1] if isinstance(m, AIMessage | HumanMessage)]
        last = before[-1] if before else None
        pending = last.additional_kwargs.get("pending") if isinstance(last, AIMessage) else None
        return pending if isinstance(pending, dict) else None

    def _previous_account(self) -> str | None:
        """The account of the thread's last tool call that had one."""
        for message in reversed(self._messages):
            if isinstance(message, AIMessage):
                for call in reversed(message.tool_calls):
                    if account := call["args"].get("account_id"):
                        return str(account)
        return None

    def _accounts(self) -> list[NamedAccount]:
        tables = self._turn.tables
        return tables.remember(("named_accounts",), lambda: named_accounts(tables))

    def _people(self) -> list[tuple[str, str, str | None]]:
        tables = self._turn.tables
        if "people" not in tables:
            return []
        people = fetch(tables["people"].select("person_id", "name", "team").order_by("person_id"))
        return [(p["person_id"], p["name"], p["team"]) for p in people]


def _described(match: Match) -> str:
    """An account in a list of choices; ids and names only, so that nothing else leaks into it."""
    about = "、".join(plain(part) for part in (match.industry, match.city) if part)
    return plain(match.name) + (f"（{about}）" if about else "")


def _choice(answer: str, pending: dict[str, Any], accounts: Sequence[NamedAccount]) -> str | None:
    """The account chosen from those offered: by number, or by a name that fits only one."""
    offered = [str(i) for i, _name in pending["choices"]]
    number = re.fullmatch(r"\s*[(#]?([0-9０-９]{1,2})[).番]?(?:目|です|番)?\s*", answer)
    if number and 1 <= int(number[1]) <= len(offered):
        return offered[int(number[1]) - 1]
    key = match_key(answer)
    names = [
        (a.account_id, name) for a in accounts if a.account_id in offered for _k, name in a.keys
    ]
    exact = {i for i, name in names if name == key}
    inside = exact or {i for i, name in names if name in key}
    return inside.pop() if len(inside) == 1 else None


def _error_text(message: ToolMessage) -> str:
    import json

    try:
        return str(json.loads(str(message.content))["error"])
    except (ValueError, KeyError, TypeError):
        return str(message.content)
