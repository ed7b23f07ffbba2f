"""The win rate, deal size and cycle a goal is calculated with, and whose deals they are from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from ibis import _

from crm.scope import ScopedTables
from plans.model import Plan
from tools.exact import decimal
from tools.facts import FactBook, Text, ToolResult
from tools.format import how_many
from tools.pipeline import PipelineArguments, pipeline_metrics
from tools.query import fetch
from tools.words import word

Source = Literal["account", "owner", "company"]


@dataclass(frozen=True)
class Rates:
    """What deals have shown so far, exactly; None is unknown."""

    source: Source | None = None
    closed: int | None = None
    won: int | None = None
    won_known: int = 0
    won_value: Decimal | None = None
    cycle_days: Decimal | None = None
    cycles: int = 0

    @property
    def win_rate(self) -> Fraction | None:
        """won / (won + lost)."""
        return Fraction(self.won, self.closed) if self.won is not None and self.closed else None

    @property
    def deal_size(self) -> Fraction | None:
        """Mean of the known amounts of won deals; unknown unless it is above zero."""
        if not self.won_value or self.won_value < 0 or not self.won_known:
            return None
        return Fraction(self.won_value) / self.won_known


def record_rates(book: FactBook, tables: ScopedTables, plan: Plan, as_of: date) -> Rates:
    """Record the rates of the first of account, owner and all deals that has enough closed ones."""
    minimum = tables.settings.plans.minimum_closed
    own: Rates | None = None
    found = Rates()
    if "opportunities" in tables:
        for found in _each(tables, plan, as_of):
            own = own or found
            if found.closed is not None and found.closed >= minimum:
                break
    closed = found.closed or 0
    note = _note(found)
    book.add("goal.rate_from", found.source if closed else None, rows=closed)
    rate, size = found.win_rate, found.deal_size
    book.add("goal.win_rate", None if rate is None else decimal(rate), rows=closed, note=note)
    book.add(
        "goal.deal_size",
        None if size is None else decimal(size),
        rows=found.won_known,
        note=note,
    )
    book.add("goal.cycle_days", found.cycle_days, rows=found.cycles, note=note)
    _warn_of_source(book, own, found, minimum)
    _warn_of_unknown(book, found)
    return found


def _each(tables: ScopedTables, plan: Plan, as_of: date) -> Iterator[Rates]:
    """The rates of the account, of the plan's owner and of all deals, each when asked for."""
    account = plan.head.account_id
    yield _rates("account", tables, PipelineArguments(as_of=as_of, account_id=account))
    if owner := plan.head.owner_id or _owner_of(tables, account):
        yield _rates("owner", tables, PipelineArguments(as_of=as_of, owner_id=owner))
    yield _rates("company", tables, PipelineArguments(as_of=as_of))


def _owner_of(tables: ScopedTables, account_id: str) -> str | None:
    rows = fetch(tables["accounts"].filter(_.account_id == account_id).select("owner_id"))
    owner: str | None = rows[0]["owner_id"]
    return owner


def _rates(source: Source, tables: ScopedTables, arguments: PipelineArguments) -> Rates:
    result = pipeline_metrics(tables, arguments)
    won, lost = _count(result, "pipeline.won_count"), _count(result, "pipeline.lost_count")
    value, won_known = _measured(result, "pipeline.won_value")
    cycle, cycles = _measured(result, "pipeline.cycle_days")
    return Rates(
        source=source,
        closed=None if won is None or lost is None else won + lost,
        won=won,
        won_known=won_known,
        won_value=value,
        cycle_days=cycle,
        cycles=cycles,
    )


def _count(result: ToolResult, name: str) -> int | None:
    fact = result.fact(name)
    return fact.value if fact is not None and isinstance(fact.value, int) else None


def _measured(result: ToolResult, name: str) -> tuple[Decimal | None, int]:
    """A figure and the rows it rests on."""
    fact = result.fact(name)
    if fact is None or not isinstance(fact.value, Decimal):
        return None, 0
    return fact.value, fact.basis.rows or 0


def _note(found: Rates) -> Text | None:
    if found.source is None or not found.closed:
        return None
    return Text(ja=word(found.source, "rate_from", "ja"), en=word(found.source, "rate_from", "en"))


def _warn_of_source(book: FactBook, own: Rates | None, found: Rates, minimum: int) -> None:
    """Say whose deals the rates are of, when the account has too few of its own."""
    if own is None or found.source is None or not found.closed:
        return
    if found.source != "account":
        ja, en = (word(found.source, "rate_from", language) for language in ("ja", "en"))
        book.warn(
            f"この取引先の完了した商談は{own.closed or 0}件で、設定の{minimum}件に足りないため、"
            f"受注率・平均受注額・受注までの日数は{ja}（完了{found.closed}件）のものです。",
            f"This account has {how_many(own.closed or 0, 'closed deal')}, fewer than the "
            f"{minimum} of the settings: win rate, deal size and cycle are those of {en} "
            f"({found.closed} closed).",
        )
    if found.closed < minimum:
        book.warn(
            f"完了した商談が{found.closed}件と少なく、受注率は参考値です。",
            f"Few cases: the win rate rests on {how_many(found.closed, 'closed deal')}.",
        )


def _warn_of_unknown(book: FactBook, found: Rates) -> None:
    if found.win_rate is None:
        book.warn(
            "完了した商談がないか完了日が分からないため、受注率は不明で、"
            "必要な商談額は計算できません。",
            "No deal is known to be closed: the win rate and the pipeline needed are unknown.",
        )
        return
    if found.win_rate == 0:
        book.warn(
            "受注した商談がなく受注率が零のため、必要な商談額は計算できません。",
            "No deal was won: at a win rate of zero the pipeline needed cannot be calculated.",
        )
    elif found.deal_size is None:
        book.warn(
            "受注した商談の金額が分からないため、必要な件数は計算できません。",
            "The amounts of deals won are unknown, and so is how many are needed.",
        )
    if found.cycle_days is None:
        book.warn(
            "受注までの日数が分からないため、商談を始める最終日は計算できません。",
            "The days to win are unknown, and so is the latest day to open deals.",
        )
