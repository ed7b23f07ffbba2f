"""A model is shown whole turns only: no tool message without its call, no call without its answer.

What earlier turns looked up is not shown again: its figures are no facts of this turn.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence

from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    RemoveMessage,
    ToolMessage,
)

from tools.facts import ToolResult

EARLIER = "Looked up in an earlier turn. Call the tool again if its figures are needed."


def whole_turns(messages: Sequence[AnyMessage], limit: int) -> list[AnyMessage]:
    """The last turns, each whole; of the earlier ones, what was said and what was called."""
    turns: list[list[AnyMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage) or not turns:
            turns.append([])
        turns[-1].append(message)
    kept = [t for t in turns if t and isinstance(t[0], HumanMessage)][-limit:]
    last = len(kept) - 1
    return [
        message if n == last else _forgotten(message)
        for n, turn in enumerate(kept)
        for message in _complete(turn, is_present=n == last)
    ]


def _forgotten(message: AnyMessage) -> AnyMessage:
    if not isinstance(message, ToolMessage):
        return message
    return message.model_copy(update={"content": EARLIER})


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


def without_calls(messages: Sequence[AnyMessage], ids: Collection[str]) -> list[AnyMessage]:
    """The messages without those calls and their answers."""
    kept: list[AnyMessage] = []
    for message in messages:
        if isinstance(message, AIMessage) and message.tool_calls:
            calls = [c for c in message.tool_calls if c["id"] not in ids]
            if not calls:
                continue
            message = message.model_copy(update={"tool_calls": calls})
        elif isinstance(message, ToolMessage) and message.tool_call_id in ids:
            continue
        kept.append(message)
    return kept


def fruitless(messages: Sequence[AnyMessage], results: Mapping[str, ToolResult]) -> frozenset[str]:
    """Ids of the present turn's calls that brought nothing, or what a later call brought again."""
    useful: dict[str, str] = {}
    ids: set[str] = set()
    for message in messages:
        if isinstance(message, HumanMessage):
            ids, useful = set(), {}
        elif isinstance(message, AIMessage):
            for call in message.tool_calls:
                ids.add(str(call["id"]))
                if call["id"] in results:
                    useful[f"{call['name']} {call['args']}"] = str(call["id"])
    return frozenset(ids - set(useful.values()))


def of_turn(turn: str) -> str:
    """An id for the message that begins the turn of that name; each time it is begun, another."""
    return f"{turn}.{secrets.token_hex(4)}"


def broken_off(messages: Sequence[BaseMessage], turn: str) -> list[BaseMessage]:
    """What takes the turn of that name out of a thread, with all it has left there."""
    gone, is_of_turn = [], False
    for message in messages:
        if isinstance(message, HumanMessage):
            is_of_turn = (message.id or "").startswith(f"{turn}.")
        if is_of_turn and message.id:
            gone.append(RemoveMessage(id=message.id))
    return [*gone]
