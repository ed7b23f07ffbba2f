"""What the builtin model does next: call a tool, ask something back, or say a sentence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from tools.accounts import Match

Saying = Literal[
    "help", "hello", "thanks", "outside", "evidence", "unsure", "no_account", "no_source"
]  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A tool with its arguments."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def with_(self, **changed: Any) -> Call:
        """The call with some arguments changed; None takes one away."""
        merged = {**self.arguments, **changed}
        return Call(self.tool, {k: v for k, v in merged.items() if v is not None})


@dataclass(frozen=True)
class Ask:
    """A question back: which account a call is about; `text` is what the asker called it."""

    call: Call
    text: str = ""
    choices: tuple[Match, ...] = ()


@dataclass(frozen=True)
class Say:
    """A sentence; `text` is what it speaks of, `examples` what might be asked instead."""

    what: Saying
    text: str = ""
    examples: tuple[str, ...] = ()


Move = Call | Ask | Say
