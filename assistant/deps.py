"""What one turn works with: typed, made by the service, seen by the agent and its tools."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from assistant.answer import Event, ToolCall
from assistant.ledger import Ledger
from assistant.planning.memory import Memory
from assistant.usage import Usage
from crm.scope import Principal, ScopedTables
from crm.settings import Language
from tools.facts import ToolResult


@dataclass
class Turn:
    """One question on its way: who asks, what they may see, and what has been found so far.

    `began` is when it began on the monotonic clock, `offered` the tools that a provider's model
    was offered, `dropped` the calls of a provider that failed which brought nothing, `writing`
    whether the asker has been told that the answer is being written. `evidence` says how the
    figures of the thread's last answer were made. `speaks` is the language that the asker chose,
    where they did, `said` what they say, the last message first; `thread` is what the thread
    remembers of plans, `memory` what it is to remember, `pages` are those of this turn's acts by
    call, each with the act's name. `confirms` is the digest of the proposal that a button said yes
    to, or of the readings that one chose of, where one did.
    """

    principal: Principal
    tables: ScopedTables
    as_of: date
    language: Language
    ledger: Ledger
    emit: Callable[[Event], None]
    last_briefing: Callable[[str], date | None]
    model: str
    results: dict[str, ToolResult] = field(default_factory=dict)
    calls: list[ToolCall] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    draft: str = ""
    usage: Usage = field(default_factory=Usage)
    began: float = field(default_factory=time.monotonic)
    offered: tuple[str, ...] = ()
    dropped: frozenset[str] = frozenset()
    writing: bool = False
    evidence: Callable[[], str] = str
    speaks: Language | None = None
    said: tuple[str, ...] = ()
    thread: Memory = field(default_factory=Memory)
    memory: Memory | None = None
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    confirms: str | None = None
