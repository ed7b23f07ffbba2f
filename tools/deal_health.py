"""Health of open deals: each signal stands on its own, and is unknown where data are missing.

Source: docs/metrics.md (deal, signal); thresholds in the [deals] settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

import ibis
from ibis import _
from pydantic import Field

from crm.scope import ScopedTables
from tools.arguments import Arguments, RowArguments, open_book
from tools.deal_evidence import with_evidence
from tools.deals import OPEN, deals_at, with_probability
from tools.facts import FactBook, Table, Text, ToolResult, Value
from tools.people import with_reports
from tools.query import (
    EXACT,
    Row,
    Side,
    beside,
    days_between,
    fetch,
    fetch_one,
    portion,
)
from tools.tool import Tool

DealSignal = Literal[
    "stalled",
    "overdue",
    "silent_30",
    "silent_14",
    "one_sided",
    "single_threaded",
    "no_decision_maker",
    "next_step_overdue",
    "no_next_step",
    "pushed",
    "shrunk",
]
DEAL_SIGNALS: tuple[DealSignal, ...] = get_args(DealSignal)
_NEEDS: dict[DealSignal, tuple[str, ...]] = {
    "stalled": ("stage_history", "entered_on"),
    "overdue": ("opportunities", "expected_close"),
    "silent_30": ("activities", "occurred_on"),
    "silent_14": ("activities", "occurred_on"),
    "one_sided": ("activities", "direction"),
    "single_threaded": ("activities", "contact_id"),
    "no_decision_maker": ("contacts", "buying_role"),
    "next_step_overdue": ("opportunities", "next_step_due"),
    "no_next_step": ("opportunities", "next_step"),
    "pushed": ("stage_history", "expected_close"),
    "shrunk": ("stage_history", "amount"),
}
"""The table and column without which a signal cannot be told."""
_FROM_COLUMNS: tuple[DealSignal, ...] = (
    "single_threaded", "no_decision_maker", "no_next_step", "pushed", "shrunk",
)  # fmt: skip
"""Signals that a column which was never filled would raise or leave open for every deal."""


class DealHealthArguments(Arguments, RowArguments):
    """Which open deals to look at."""

    account_id: str | None = Field(default=None, description="Only this account's deals.")
    owner_id: str | None = Field(
        default=None, description="Only the deals of this person and those below."
    )
    signal: DealSignal | None = Field(
        default=None, description=f"List only deals with this signal: {', '.join(DEAL_SIGNALS)}."
    )
    limit: int = Field(default=20, ge=1, le=500, description="Rows at the most.")


# ------------------------------------------------------------------ every open deal, judged


def judged_deals(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Every open deal on a day with its signals and the figures they rest on.

    Columns: opportunity_id, name (else the id), account_id, owner_id, stage, amount,
    expected_close; `expected`, amount times chance, and `worth`, that or else the
    amount (decimal(38,10)); `days_in_stage`, `quiet_days`, `overdue_days` past the expected close
    and `step_overdue_days` past the next step's due day (below zero: ahead); `outbound` activities
    of the one-sided window; `pushes`, postponements; `fallen`, the share of the highest amount
    that is lost (NULL: none); `colour`; and a boolean for each of DEAL_SIGNALS, NULL where it
    cannot be told. Raises MissingDataError without opportunities. Source: docs/metrics.md (deal).
    """
    return tables.keep(("deal_health", as_of), lambda: _judged(tables, as_of))


def _judged(tables: ScopedTables, as_of: date) -> ibis.Table:
    deals = deals_at(tables, as_of).filter(_.state == OPEN)
    deals = with_probability(tables, deals, as_of).select(
        "opportunity_id", "account_id", "owner_id", "stage", "amount", "expected_close",
        "next_step", "next_step_due",
        name=ibis.coalesce(_.name, _.opportunity_id),
        expected=portion(_.amount, _.chance),
    )  # fmt: skip
    seen = with_evidence(tables, deals, as_of)
    found = seen.mutate(**_figures(seen, as_of))
    return found.select(
        "opportunity_id", "name", "account_id", "owner_id", "stage", "amount", "expected",
        "expected_close", "days_in_stage", "overdue_days", "quiet_days", "step_overdue_days",
        "outbound", "pushes", "fallen",
        worth=ibis.coalesce(_.expected, _.amount.cast(EXACT)),
        colour=_colour(found, tables),
        **_signals(found, tables),
    )  # fmt: skip


def _figures(seen: ibis.Table, as_of: date) -> dict[str, ibis.Value]:
    """The deal's own activities count when it has any, else its account's."""
    day = ibis.literal(as_of)
    own, fall = seen.own_last.notnull(), seen.peak - seen.amount
    return {
        "days_in_stage": days_between(day, seen.entered),
        "overdue_days": days_between(day, seen.expected_close),
        "quiet_days": days_between(day, ibis.coalesce(seen.own_last, seen.their_last)),
        "inbound": own.ifelse(seen.own_inbound, seen.their_inbound),
        "outbound": own.ifelse(seen.own_outbound, seen.their_outbound),
        "step_overdue_days": days_between(day, seen.next_step_due),
        "fallen": (fall > 0).ifelse(
            fall.cast("float64") / seen.peak.cast("float64"), ibis.null("float64")
        ),
    }


def can_tell(tables: ScopedTables, signal: DealSignal) -> bool:
    """Whether a signal can be told of any deal; of a single one its own figures may be unknown."""
    if signal in ("silent_30", "silent_14"):
        return "activities" in tables
    return signal not in _FROM_COLUMNS or tables.has(*_NEEDS[signal])


def _signals(found: ibis.Table, tables: ScopedTables) -> dict[str, ibis.Value]:
    limits = tables.settings.deals
    of_account = found.account_id.notnull()
    lost = (found.peak - found.amount).cast(EXACT)
    rules: dict[DealSignal, ibis.Value] = {
        "stalled": (found.days_in_stage > found.usual)
        & (found.days_in_stage > limits.stalled_floor_days),
        "overdue": found.overdue_days > 0,
        "silent_30": found.quiet_days.isnull() | (found.quiet_days > limits.very_silent_days),
        "silent_14": (found.quiet_days > limits.silent_days)
        & (found.quiet_days <= limits.very_silent_days),
        "one_sided": (found.outbound >= limits.one_sided_outbound) & (found.inbound == 0),
        "single_threaded": of_account & (found.active.fill_null(0) < limits.minimum_contacts),
        "no_decision_maker": of_account & (found.deciders.fill_null(0) == 0),
        "next_step_overdue": found.step_overdue_days > 0,
        "no_next_step": found.next_step.isnull(),
        "pushed": found.pushes >= limits.pushed_times,
        "shrunk": (lost > 0) & (lost >= portion(found.peak, ibis.literal(limits.shrunk_share))),
    }
    nothing = ibis.null("boolean")
    return {s: rule if can_tell(tables, s) else nothing for s, rule in rules.items()}


def _colour(found: ibis.Table, tables: ScopedTables) -> ibis.Value:
    if "activities" not in tables:
        return ibis.null("string")
    limits = tables.settings.deals
    return ibis.cases(
        (found.quiet_days.isnull(), "white"),
        (found.quiet_days <= limits.blue_days, "blue"),
        (found.quiet_days <= limits.yellow_days, "yellow"),
        else_="red",
    )


# ------------------------------------------------------------------ read by other tools


@dataclass(frozen=True)
class OpenDeal:
    """An open deal on a day: its amount, when it should close, and the signals that hold."""

    opportunity_id: str
    amount: Decimal | None
    expected_close: date | None
    signals: tuple[str, ...]


def open_deals(tables: ScopedTables, as_of: date, account_id: str) -> list[OpenDeal]:
    """The open deals of an account on a day with their signals, by id."""
    deals = judged_deals(tables, as_of).filter(_.account_id == account_id)
    return [
        OpenDeal(row["opportunity_id"], row["amount"], row["expected_close"], _held(row))
        for row in fetch(deals.order_by("opportunity_id"))
    ]


def _held(row: Row) -> tuple[str, ...]:
    return tuple(code for code in DEAL_SIGNALS if row[code])


# ------------------------------------------------------------------ the tool


def deal_health(tables: ScopedTables, arguments: DealHealthArguments) -> ToolResult:
    """One row per open deal with its signals, largest expected value first."""
    book = open_book("deal_health", tables, arguments, "deals")
    if arguments.account_id:
        tables.require_account(arguments.account_id)
    counts, rows = tables.remember(("deal_health", arguments), lambda: _read(tables, arguments))
    told = not arguments.signal or tables.has(*_NEEDS[arguments.signal])
    book.add("deals.open_count", counts["open"], rows=counts["open"])
    book.add("deals.signal", arguments.signal)
    book.add("deals.flagged_count", (counts["flagged"] or 0) if told else None, rows=counts["open"])
    _warn_about_gaps(tables, book, counts["listed_without"] or 0)
    known = counts["known"] or 0
    value = counts["value"] if known else None if counts["flagged"] else Decimal(0)
    book.add("deals.flagged_value", value if told else None, rows=known)
    listed = (counts["flagged"] or 0) if arguments.signal else counts["open"]
    return book.result(table=_table(book, rows, listed))


def _read(tables: ScopedTables, arguments: DealHealthArguments) -> tuple[Row, list[Row]]:
    """The counts over all the deals asked for, and the rows listed."""
    deals = judged_deals(tables, arguments.as_of)
    if arguments.account_id:
        deals = deals.filter(_.account_id == arguments.account_id)
    if arguments.owner_id:
        deals = deals.filter(_.owner_id.isin(with_reports(tables, arguments.owner_id)))
    wanted = (arguments.signal,) if arguments.signal else DEAL_SIGNALS
    flagged = ibis.or_(*(deals[code].fill_null(False) for code in wanted))
    listed = flagged if arguments.signal else ibis.literal(True)
    unknown = deals.amount.isnull()
    counts = deals.agg(
        open=_.count(),
        flagged=flagged.sum(),
        known=(flagged & ~unknown).sum(),
        value=deals.amount.sum(where=flagged),
        listed_without=(listed & unknown).sum(),
    )
    order = [_.worth.desc(nulls_first=False), _.opportunity_id.asc()]
    chosen = deals.filter(flagged) if arguments.signal else deals
    named = beside(chosen.order_by(order).limit(arguments.limit), *_names(tables))
    return fetch_one(counts), fetch(named.order_by(order))


def _names(tables: ScopedTables) -> list[Side]:
    """What the account and the owner of a deal are called; an owner unknown by name has an id."""
    accounts: Side = (tables["accounts"], "account_id", "account_id", {"account": "name"})
    if "people" not in tables:
        return [accounts]
    return [accounts, (tables["people"], "owner_id", "person_id", {"owner": "name"})]


def _table(book: FactBook, deals: list[Row], total: int) -> Table:
    columns: dict[str, list[Value]] = {
        "deal.name": [d["name"] for d in deals],
        "deal.account": [d["account"] for d in deals],
        "deal.owner": [d.get("owner", d["owner_id"]) for d in deals],
        "deal.stage": [d["stage"] for d in deals],
        "deal.amount": [d["amount"] for d in deals],
        "deal.expected_value": [d["expected"] for d in deals],
        "deal.expected_close": [d["expected_close"] for d in deals],
        "deal.days_in_stage": [d["days_in_stage"] for d in deals],
        "deal.quiet_days": [d["quiet_days"] for d in deals],
        "deal.colour": [d["colour"] for d in deals],
        "deal.signals": [";".join(_held(d)) for d in deals],
    }
    return book.table(
        columns,
        [f"deal:{d['opportunity_id']}" for d in deals],
        sort=Text(ja="期待額の大きい順", en="largest expected value first"),
        total_rows=total,
    )


def _warn_about_gaps(tables: ScopedTables, book: FactBook, without: int) -> None:
    if "activities" not in tables:
        book.warn(
            "活動記録がないため、連絡の途絶や一方通行は判定できません。",
            "There are no activities: silence and one-sided contact cannot be told.",
        )
    if "stage_history" not in tables:
        book.warn(
            "フェーズ履歴がないため、停滞は判定できません。",
            "There is no stage history: stalled deals cannot be told.",
        )
    if without:
        book.warn(
            f"金額が不明な商談が{without}件あります。", f"Deals without an amount: {without}."
        )


DEAL_HEALTH = Tool(
    "deal_health",
    DealHealthArguments,
    deal_health,
    Text(
        ja="進行中の商談の健全性: 停滞、予定日超過、連絡途絶、一方通行、単線関係、延期、減額など",
        en="Health of open deals: stalled, overdue, silent, one-sided, single-threaded, "
        "pushed, shrunk and more",
    ),
    needs=("accounts", "opportunities"),
)
