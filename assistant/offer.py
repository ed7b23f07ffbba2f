"""A provider's model is offered the few tools that fit what is asked, chosen by code.

They are those that always help, those nearest in meaning to the last two messages, and those the
thread has just used.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain, islice, zip_longest

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from assistant.told import MORE_ROWS

MOST = 12
"""Tools of one model call at the most."""
ALWAYS = ("find_account", "search_knowledge", "briefing", "needs_attention", MORE_ROWS)
_FIRST = 3

Rank = Callable[[str], Iterable[str]]
"""The tools that fit a text, the nearest first."""


def offered(
    messages: Sequence[BaseMessage],
    rank: Rank,
    known: Collection[str],
    first: Sequence[str] = (),
) -> tuple[str, ...]:
    """The names of the tools to offer for the last message of a thread; `first` by all means."""
    asked = [str(m.content) for m in messages if isinstance(m, HumanMessage)][-2:]
    nearest = [list(rank(text)) for text in reversed(asked)]
    used = _used(messages)
    now = nearest[0] if nearest else []
    wanted = chain(
        ALWAYS, first, now[:_FIRST], used[:_FIRST],
        (t for both in zip_longest(*nearest) for t in both), used, known,
    )  # fmt: skip
    there = (tool for tool in wanted if tool in known)
    return tuple(islice(dict.fromkeys(there), MOST))


def _used(messages: Sequence[BaseMessage]) -> list[str]:
    """The tools that the thread has called, the last first."""
    calls = (c["name"] for m in messages if isinstance(m, AIMessage) for c in m.tool_calls)
    return list(dict.fromkeys(reversed(list(calls))))


def not_offered(name: str, names: Sequence[str]) -> str:
    """What a model is told that calls a tool it was not offered."""
    return f"The tool {name!r} is not offered for this request. Offered are: {', '.join(names)}."
