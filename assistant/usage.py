"""What a turn has used is counted as it goes; what a provider does not tell is unknown, not zero.

Milliseconds of tools that ran at the same time are added up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from crm.settings import Price

_MILLION = Decimal(1_000_000)
FREE = Price(tokens_in=Decimal(0), tokens_out=Decimal(0))
"""The price of the builtin model."""


@dataclass(frozen=True)
class Tokens:
    """What one call to a model has read and written."""

    read: int
    written: int

    def cost(self, price: Price | None) -> Decimal | None:
        """What they cost; None without a price, unless there is nothing to pay."""
        if not self.read and not self.written:
            return Decimal(0)
        if price is None:
            return None
        return (self.read * price.tokens_in + self.written * price.tokens_out) / _MILLION


NONE = Tokens(0, 0)


@dataclass(frozen=True)
class Usage:
    """Calls, tokens, cost and time of one turn; a call that failed counts in both its columns."""

    calls: int = 0
    failures: int = 0
    tokens_in: int | None = 0
    tokens_out: int | None = 0
    cost: Decimal | None = Decimal(0)
    model_ms: int = 0
    tools_ms: int = 0

    @property
    def tokens(self) -> int | None:
        """Read and written together; None when either is unknown."""
        return _sum(self.tokens_in, self.tokens_out)

    def called(
        self, seconds: float, tokens: Tokens | None, price: Price | None, *, failed: bool = False
    ) -> Usage:
        """With one more call to a model; `tokens` is None when the provider did not tell."""
        cost = None if tokens is None else tokens.cost(price)
        return replace(
            self,
            calls=self.calls + 1,
            failures=self.failures + failed,
            tokens_in=_sum(self.tokens_in, None if tokens is None else tokens.read),
            tokens_out=_sum(self.tokens_out, None if tokens is None else tokens.written),
            cost=None if self.cost is None or cost is None else self.cost + cost,
            model_ms=self.model_ms + round(seconds * 1000),
        )

    def looked_up(self, seconds: float) -> Usage:
        """With one more call of a tool."""
        return replace(self, tools_ms=self.tools_ms + round(seconds * 1000))


def tokens_told(told: Mapping[str, object] | None) -> Tokens | None:
    """The tokens of a message's usage metadata; None when it has none."""
    if not told:
        return None
    read, written = told.get("input_tokens"), told.get("output_tokens")
    return Tokens(read, written) if isinstance(read, int) and isinstance(written, int) else None


def _sum(total: int | None, more: int | None) -> int | None:
    return None if total is None or more is None else total + more
