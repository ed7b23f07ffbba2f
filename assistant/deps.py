"""What one turn works with: typed, made by the service, seen by the agent and its tools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from assistant.answer import Event, ToolCall
from assistant.ledger import Ledger
from crm.scope import Principal, ScopedTables
from crm.settings import Language
from tools.facts import ToolResult


@dataclass
class Turn:
    """One question on its way: who asks, what they may see, and what has been found so far."""

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
