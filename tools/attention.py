"""Which accounts need attention: ranked by money at stake times severity, each with one next step.

Source: docs/metrics.md (signal); weights in the [attention] settings.
"""

from __future__ import annotations

from ibis import _
from pydantic import Field, field_validator

from crm.scope import ScopedTables
from tools.account_signals import raised_signals, warn_of_gaps
from tools.arguments import open_book
from tools.facts import Chart, FactBook, Text, ToolResult
from tools.portfolio import PortfolioArguments, listed_accounts
from tools.query import Row, Side, beside, fetch
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


def needs_attention(tables: ScopedTables, arguments: AttentionArguments) -> ToolResult:
    """Accounts with signals, by money at stake times severity; each with one next step.

    Of an account with several signals the one with the highest money times severity counts; among
    equal accounts the severity of all their signals, then how far that signal goes.
    """
    book = open_book("needs_attention", tables, arguments, "attention", "deals")
    warn_of_gaps(tables, arguments.as_of, book)
    accounts, rows = tables.remember(
        ("needs_attention", arguments), lambda: _read(tables, arguments)
    )
    looked_at = accounts[0]["looked_at"] if accounts else 0
    flagged = accounts[0]["flagged"] if accounts else 0
    book.add("attention.account_count", looked_at, rows=looked_at)
    book.add("attention.flagged_count", flagged, rows=looked_at)
    return _result(book, [a for a in accounts if a["signal"] is not None], rows, flagged)


def _read(tables: ScopedTables, arguments: AttentionArguments) -> tuple[list[Row], list[Row]]:
    """The accounts that come first, each with its first signal and the counts over all; and every
    signal of these accounts.
    """
    signals_ = raised_signals(tables, arguments.as_of)
    first = signals_.filter(_.place == 0)
    if arguments.signal:
        wanted = signals_.filter(_.signal == arguments.signal)
        first = first.semi_join(wanted, "account_id")
    shown = ("signal", "figure", "money", "score", "weight")
    side: Side = (first, "account_id", "account_id", {c: c for c in shown})
    accounts = beside(listed_accounts(tables, arguments), side).select(
        "account_id", "name", "owner", *shown,
        looked_at=_.count().over(), flagged=_.signal.count().over(),
    )  # fmt: skip
    order = [
        _.score.desc(nulls_first=False), _.weight.desc(nulls_first=False),
        _.signal.asc(nulls_first=False), _.figure.abs().desc(nulls_first=False),
        _.account_id.asc(),
    ]  # fmt: skip
    found = fetch(accounts.order_by(order).limit(arguments.limit))
    ids = [row["account_id"] for row in found if row["signal"] is not None]
    if not ids:
        return found, []
    every = signals_.filter(_.account_id.isin(ids)).order_by("account_id", "place")
    return found, fetch(every.select("account_id", "signal", "figure"))


def _result(book: FactBook, accounts: list[Row], found: list[Row], total: int) -> ToolResult:
    signals_: dict[str, list[Row]] = {row["account_id"]: [] for row in accounts}
    for signal in found:
        signals_[signal["account_id"]].append(signal)
    subjects = [f"account:{row['account_id']}" for row in accounts]
    for row, subject in zip(accounts, subjects, strict=True):
        for signal in signals_[row["account_id"]]:
            book.add(f"signal.{signal['signal']}", signal["figure"], subject=subject)
    codes = [";".join(s["signal"] for s in mine) for mine in signals_.values()]
    table = book.table(
        {
            "attention.account": [row["name"] for row in accounts],
            "attention.owner": [row["owner"] for row in accounts],
            "attention.signals": codes,
            "attention.money_at_stake": [row["money"] for row in accounts],
            "attention.money_kind": [row["signal"] for row in accounts],
            "attention.next_step": [row["signal"] for row in accounts],
        },
        subjects,
        sort=Text(
            ja="影響額 × 重要度の大きい順", en="money at stake times severity, largest first"
        ),
        total_rows=total,
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
    needs=("accounts",),
)
