"""Health of open deals: each signal stands on its own, and is unknown where data are missing.

Source: docs/metrics.md (deal, signal); thresholds in the [deals] settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, get_args

import ibis
from ibis import _
from pydantic import Field

from crm.scope import ScopedTables
from crm.thresholds import Deals
from tools.arguments import Arguments, open_book
from tools.deals import OPEN, WON, deals_at, with_probability
from tools.facts import FactBook, Table, Text, ToolResult, Value
from tools.people import with_reports
from tools.query import Row, attach, days_between, fetch, times
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
]
DEAL_SIGNALS: tuple[DealSignal, ...] = get_args(DealSignal)
_NEEDS: dict[str, tuple[str, ...]] = {
    "stalled": ("stage_history", "entered_on"),
    "overdue": ("opportunities", "expected_close"),
    "silent_30": ("activities", "occurred_on"),
    "silent_14": ("activities", "occurred_on"),
    "one_sided": ("activities", "direction"),
    "single_threaded": ("activities", "contact_id"),
    "no_decision_maker": ("contacts", "buying_role"),
    "next_step_overdue": ("opportunities", "next_step_due"),
    "no_next_step": ("opportunities", "next_step"),
}
"""The table and column without which a signal cannot be told."""


class DealHealthArguments(Arguments):
    """Which open deals to look at."""

    account_id: str | None = Field(default=None, description="Only this account's deals.")
    owner_id: str | None = Field(
        default=None, description="Only the deals of this person and those below."
    )
    signal: DealSignal | None = Field(
        default=None, description=f"List only deals with this signal: {', '.join(DEAL_SIGNALS)}."
    )
    limit: int = Field(default=20, ge=1, le=500, description="Rows at the most.")


@dataclass(frozen=True)
class Contact:
    """What was done on a deal or an account: the last day, and both directions lately."""

    last: date
    inbound: int
    outbound: int


@dataclass(frozen=True)
class OpenDeal:
    """An open deal on a day with the figures its signals rest on (None: unknown)."""

    opportunity_id: str
    name: str
    account_id: str | None
    account_name: str | None
    owner_id: str | None
    owner_name: str | None
    stage: str | None
    amount: Decimal | None
    expected: Decimal | None
    expected_close: date | None
    overdue_days: int | None
    days_in_stage: int | None
    quiet_days: int | None
    outbound: int | None
    step_overdue_days: int | None
    colour: str | None
    signals: tuple[str, ...]

    @property
    def worth(self) -> Decimal | None:
        """The expected value, else the amount."""
        return self.amount if self.expected is None else self.expected


@dataclass(frozen=True)
class _Evidence:
    """What the signals of all open deals are told by; None where the workspace has no data."""

    stage_entered: dict[tuple[str, str], date] | None
    usual_days: dict[str, Decimal]
    own: dict[str, Contact] | None
    accounts: dict[str, Contact]
    active: dict[str, int] | None
    deciders: dict[str, int] | None


def open_deals(tables: ScopedTables, as_of: date, account_id: str | None = None) -> list[OpenDeal]:
    """The open deals (of one account) on a day with their signals, by id."""
    return list(
        tables.remember(
            ("open_deals", as_of, account_id), lambda: _open_deals(tables, as_of, account_id)
        )
    )


def _open_deals(tables: ScopedTables, as_of: date, account_id: str | None) -> list[OpenDeal]:
    deals = deals_at(tables, as_of).filter(_.state == OPEN)
    if account_id is not None:
        deals = deals.filter(_.account_id == account_id)
    deals = with_probability(tables, deals, as_of)
    deals = attach(deals, tables["accounts"], "account_id", "account_id", account_name="name")
    if "people" in tables:
        deals = attach(deals, tables["people"], "owner_id", "person_id", owner_name="name")
    else:
        deals = deals.mutate(owner_name=_.owner_id)
    rows = fetch(deals.mutate(expected=times(deals.amount, deals.chance)))
    if not rows:
        return []
    evidence = _gather(tables, as_of, account_id, [row["opportunity_id"] for row in rows])
    judged = [_judge(row, evidence, tables, as_of) for row in rows]
    return sorted(judged, key=lambda deal: deal.opportunity_id)


def deal_health(tables: ScopedTables, arguments: DealHealthArguments) -> ToolResult:
    """One row per open deal with its signals, largest expected value first."""
    book = open_book("deal_health", tables, arguments)
    if arguments.account_id:
        tables.require_account(arguments.account_id)
    owners = with_reports(tables, arguments.owner_id) if arguments.owner_id else None
    deals = [
        deal
        for deal in open_deals(tables, arguments.as_of, arguments.account_id)
        if owners is None or deal.owner_id in owners
    ]
    deals.sort(key=lambda d: (d.worth is None, -(d.worth or Decimal(0)), d.opportunity_id))
    wanted = {arguments.signal} if arguments.signal else set(DEAL_SIGNALS)
    flagged = [deal for deal in deals if wanted & set(deal.signals)]
    book.add("deals.open_count", len(deals), rows=len(deals))
    book.add("deals.signal", arguments.signal)
    told = not arguments.signal or tables.has(*_NEEDS[arguments.signal])
    book.add("deals.flagged_count", len(flagged) if told else None, rows=len(deals))
    deals = flagged if arguments.signal else deals
    _warn_about_gaps(tables, book, deals)
    known = [deal.amount for deal in flagged if deal.amount is not None]
    value = sum(known, Decimal(0)) if told and (known or not flagged) else None
    book.add("deals.flagged_value", value, rows=len(known))
    return book.result(table=_table(book, deals, arguments.limit))


def _table(book: FactBook, deals: list[OpenDeal], limit: int) -> Table:
    columns: dict[str, list[Value]] = {
        "deal.name": [d.name for d in deals],
        "deal.account": [d.account_name for d in deals],
        "deal.owner": [d.owner_name for d in deals],
        "deal.stage": [d.stage for d in deals],
        "deal.amount": [d.amount for d in deals],
        "deal.expected_value": [d.expected for d in deals],
        "deal.expected_close": [d.expected_close for d in deals],
        "deal.days_in_stage": [d.days_in_stage for d in deals],
        "deal.quiet_days": [d.quiet_days for d in deals],
        "deal.colour": [d.colour for d in deals],
        "deal.signals": [";".join(d.signals) for d in deals],
    }
    return book.table(
        columns,
        [f"deal:{d.opportunity_id}" for d in deals],
        sort=Text(ja="期待額の大きい順", en="largest expected value first"),
        limit=limit,
    )


def _warn_about_gaps(tables: ScopedTables, book: FactBook, deals: list[OpenDeal]) -> None:
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
    without = sum(1 for deal in deals if deal.amount is None)
    if without:
        book.warn(
            f"金額が不明な商談が{without}件あります。", f"Deals without an amount: {without}."
        )


# ------------------------------------------------------------------ judging one deal


def _judge(row: Row, evidence: _Evidence, tables: ScopedTables, as_of: date) -> OpenDeal:
    settings = tables.settings.deals
    contact = _contact(row, evidence)
    quiet = (as_of - contact.last).days if contact else None
    entered = (evidence.stage_entered or {}).get((row["opportunity_id"], row["stage"]))
    days_in_stage = (as_of - entered).days if entered else None
    overdue = _days_past(row["expected_close"], as_of)
    step_overdue = _days_past(row["next_step_due"], as_of)
    never = evidence.own is not None and contact is None
    usual = evidence.usual_days.get(row["stage"])
    account = row["account_id"]
    holds = {
        "stalled": days_in_stage is not None
        and usual is not None
        and days_in_stage > max(usual, Decimal(settings.stalled_floor_days)),
        "overdue": overdue is not None,
        "silent_30": never or (quiet or 0) > settings.very_silent_days,
        "silent_14": settings.silent_days < (quiet or 0) <= settings.very_silent_days,
        "one_sided": contact is not None
        and contact.inbound == 0
        and contact.outbound >= settings.one_sided_outbound,
        "single_threaded": account is not None
        and evidence.active is not None
        and evidence.active.get(account, 0) < settings.minimum_contacts,
        "no_decision_maker": account is not None
        and evidence.deciders is not None
        and not evidence.deciders.get(account),
        "next_step_overdue": step_overdue is not None,
        "no_next_step": row["next_step"] is None and tables.has("opportunities", "next_step"),
    }
    return OpenDeal(
        opportunity_id=row["opportunity_id"],
        name=row["name"] or row["opportunity_id"],
        account_id=account,
        account_name=row["account_name"],
        owner_id=row["owner_id"],
        owner_name=row["owner_name"],
        stage=row["stage"],
        amount=row["amount"],
        expected=row["expected"],
        expected_close=row["expected_close"],
        overdue_days=overdue,
        days_in_stage=days_in_stage,
        quiet_days=quiet,
        outbound=contact.outbound if contact else None,
        step_overdue_days=step_overdue,
        colour=_colour(quiet, never, settings),
        signals=tuple(code for code in DEAL_SIGNALS if holds[code]),
    )


def _contact(row: Row, evidence: _Evidence) -> Contact | None:
    """The deal's own activities when it has any, else its account's."""
    own = (evidence.own or {}).get(row["opportunity_id"])
    return own or evidence.accounts.get(row["account_id"])


def _days_past(day: date | None, as_of: date) -> int | None:
    return (as_of - day).days if day is not None and day < as_of else None


def _colour(quiet: int | None, never: bool, settings: Deals) -> str | None:
    if quiet is None:
        return "white" if never else None
    if quiet <= settings.blue_days:
        return "blue"
    return "yellow" if quiet <= settings.yellow_days else "red"


# ------------------------------------------------------------------ gathering the evidence


def _gather(
    tables: ScopedTables, as_of: date, account_id: str | None, deal_ids: list[str]
) -> _Evidence:
    deals, accounts = (None, None) if account_id is None else (deal_ids, [account_id])
    has_contact_ids = tables.has("activities", "contact_id")
    return _Evidence(
        stage_entered=_stage_entered(tables, as_of, deals) if "stage_history" in tables else None,
        usual_days=tables.remember(("usual_days", as_of), lambda: _usual_days(tables, as_of)),
        own=_contacts(tables, as_of, "opportunity_id", deals) if "activities" in tables else None,
        accounts=_contacts(tables, as_of, "account_id", accounts) if "activities" in tables else {},
        active=active_contacts(tables, as_of, account_id) if has_contact_ids else None,
        deciders=_deciders(tables, as_of, account_id)
        if tables.has("contacts", "buying_role")
        else None,
    )


def _stage_entered(
    tables: ScopedTables, as_of: date, only: list[str] | None
) -> dict[tuple[str, str], date]:
    """The last day on which each open deal (of these, or of all) entered each stage."""
    history = tables["stage_history"].filter(_.entered_on <= ibis.literal(as_of))
    if only is None:
        still_open = deals_at(tables, as_of).filter(_.state == OPEN).select("opportunity_id")
        history = history.semi_join(still_open, "opportunity_id")
    else:
        history = history.filter(_.opportunity_id.isin(only))
    rows = fetch(history.group_by("opportunity_id", "stage").agg(entered=_.entered_on.max()))
    return {(r["opportunity_id"], r["stage"]): r["entered"] for r in rows}


def _usual_days(tables: ScopedTables, as_of: date) -> dict[str, Decimal]:
    """The p75 of the days that deals won by `as_of` spent in each stage."""
    if "stage_history" not in tables:
        return {}
    won = deals_at(tables, as_of).filter(_.state == WON).select("opportunity_id", "closed_on")
    history = tables["stage_history"].filter(_.entered_on <= ibis.literal(as_of))
    window = ibis.window(group_by="opportunity_id", order_by=["entered_on", "stage"])
    spells = (
        history.join(won, "opportunity_id")
        .mutate(left_on=ibis.coalesce(_.entered_on.lead().over(window), _.closed_on))
        .mutate(spent=days_between(_.left_on, _.entered_on))
    )
    rows = fetch(spells.group_by("stage").agg(usual=_.spent.quantile(0.75)))
    return {r["stage"]: Decimal(str(r["usual"])) for r in rows if r["usual"] is not None}


def _contacts(
    tables: ScopedTables, as_of: date, key: str, only: list[str] | None
) -> dict[str, Contact]:
    """What was done, by deal or by account (the key column); of these ids only, or of all."""
    acts = tables["activities"].filter(_.occurred_on <= ibis.literal(as_of))
    acts = acts.filter(_[key].notnull() if only is None else _[key].isin(only))
    first = ibis.literal(as_of - timedelta(days=tables.settings.deals.one_sided_days - 1))
    recent = _.occurred_on >= first
    summed = acts.group_by(key).agg(
        last=_.occurred_on.max(),
        inbound=(recent & (_.direction == "in")).sum(),
        outbound=(recent & (_.direction == "out")).sum(),
    )
    return {
        row[key]: Contact(row["last"], row["inbound"] or 0, row["outbound"] or 0)
        for row in fetch(summed)
    }


def active_contacts(
    tables: ScopedTables, as_of: date, account_id: str | None = None
) -> dict[str, int]:
    """How many contacts of each account had an activity in the window; none is left out."""
    days = tables.settings.deals.contact_window_days
    first = ibis.literal(as_of - timedelta(days=days - 1))
    acts = tables["activities"].filter(
        _.contact_id.notnull(), _.occurred_on.between(first, ibis.literal(as_of))
    )
    if account_id is not None:
        acts = acts.filter(_.account_id == account_id)
    rows = fetch(acts.group_by("account_id").agg(n=_.contact_id.nunique()))
    return {row["account_id"]: row["n"] for row in rows}


def _deciders(tables: ScopedTables, as_of: date, account_id: str | None) -> dict[str, int]:
    """How many decision makers of each account have not left."""
    present = _.left_on.isnull() | (_.left_on > ibis.literal(as_of))
    found = tables["contacts"].filter(_.buying_role == "decision_maker").filter(present)
    if account_id is not None:
        found = found.filter(_.account_id == account_id)
    rows = fetch(found.group_by("account_id").agg(n=_.count()))
    return {row["account_id"]: row["n"] for row in rows}


DEAL_HEALTH = Tool(
    "deal_health",
    DealHealthArguments,
    deal_health,
    Text(
        ja="進行中の商談の健全性: 停滞、予定日超過、連絡途絶、一方通行、単線関係など",
        en="Health of open deals: stalled, overdue, silent, one-sided, single-threaded and more",
    ),
)
