"""Which accounts need attention: ranked by money at stake times severity, each with one next step.

Source: docs/metrics.md (signal); weights in the [attention] settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pydantic import Field, field_validator

from crm.scope import ScopedTables
from tools.account_signals import Raised, raised_signals
from tools.arguments import open_book
from tools.facts import Chart, FactBook, Text, ToolResult
from tools.portfolio import PortfolioArguments, listed_accounts
from tools.query import Row, fetch
from tools.signals import signals
from tools.tool import Tool


class AttentionArguments(PortfolioArguments):
    """Whose accounts to look at, and how many to list."""

    signal: str | None = Field(default=None, description="Only accounts with this signal.")
    limit: int = Field(default=10, ge=1, le=500, description="Accounts at the most.")

    @field_validator("signal")
    @classmethod
    def _known(cls, signal: str | None) -> str | None:
        if signal is not None and signal not in signals():
            raise ValueError(f"`{signal}` is no signal: {', '.join(signals())}")
        return signal


@dataclass(frozen=True)
class _Ranked:
    """An account with its signals, the one with most money times severity first."""

    account: Row
    signals: tuple[Raised, ...]
    score: Decimal
    weight: Decimal

    @property
    def top(self) -> Raised:
        return self.signals[0]

    @property
    def subject(self) -> str:
        return f"account:{self.account['account_id']}"


def needs_attention(tables: ScopedTables, arguments: AttentionArguments) -> ToolResult:
    """Accounts with signals, by money at stake times severity; each with one next step."""
    book = open_book("needs_attention", tables, arguments, "attention", "deals")
    chosen = {row["account_id"]: row for row in fetch(listed_accounts(tables, arguments))}
    grouped: dict[str, list[Raised]] = {}
    for signal in raised_signals(tables, arguments.as_of, book):
        if signal.account_id in chosen:
            grouped.setdefault(signal.account_id, []).append(signal)
    if arguments.signal:
        grouped = {a: s for a, s in grouped.items() if arguments.signal in {r.signal for r in s}}
    severity = tables.settings.attention.severity
    ranked = sorted(
        (_rank(chosen[account], found, severity) for account, found in grouped.items()),
        key=_order,
    )
    book.add("attention.account_count", len(chosen), rows=len(chosen))
    book.add("attention.flagged_count", len(ranked), rows=len(chosen))
    return _result(book, ranked, arguments.limit)


def _order(row: _Ranked) -> tuple[Decimal, Decimal, str, Decimal, str]:
    """Most money times severity first; among equals, how far the signal goes."""
    reach = abs(row.top.figure) if row.top.figure is not None else Decimal(0)
    return (-row.score, -row.weight, row.top.signal, -reach, row.subject)


def _rank(account: Row, found: list[Raised], severity: dict[str, Decimal]) -> _Ranked:
    def weight(signal: Raised) -> Decimal:
        return severity.get(signal.signal, Decimal(0))

    def score(signal: Raised) -> Decimal:
        return (signal.money or Decimal(0)) * weight(signal)

    ordered = sorted(found, key=lambda s: (-score(s), -weight(s), s.signal))
    return _Ranked(
        account, tuple(ordered), score(ordered[0]), sum(map(weight, ordered), Decimal(0))
    )


def _result(book: FactBook, ranked: list[_Ranked], limit: int) -> ToolResult:
    for row in ranked[:limit]:
        for signal in row.signals:
            book.add(f"signal.{signal.signal}", signal.figure, subject=row.subject)
    table = book.table(
        {
            "attention.account": [row.account["name"] for row in ranked],
            "attention.owner": [row.account["owner"] for row in ranked],
            "attention.signals": [";".join(s.signal for s in row.signals) for row in ranked],
            "attention.money_at_stake": [row.top.money for row in ranked],
            "attention.money_kind": [row.top.signal for row in ranked],
            "attention.next_step": [row.top.signal for row in ranked],
        },
        [row.subject for row in ranked],
        sort=Text(
            ja="影響額 × 重要度の大きい順", en="money at stake times severity, largest first"
        ),
        limit=limit,
    )
    return book.result(
        table=table, chart=Chart(kind="bar", x="attention.account", y="attention.money_at_stake")
    )


NEEDS_ATTENTION = Tool(
    "needs_attention",
    AttentionArguments,
    needs_attention,
    Text(
        ja="注意が必要な取引先を、影響額と重要度の順に、理由と次の一手とともに",
        en="Accounts that need attention, by money at stake, with reasons and one next step",
    ),
)
