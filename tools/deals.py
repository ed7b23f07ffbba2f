"""A deal's state is derived as of a day; today's status never leaks into the past."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import ibis
from ibis import _
from pydantic import Field

from crm.scope import ScopedTables
from tools.arguments import Arguments, open_book
from tools.facts import FactBook, Table, Text, ToolResult, Value
from tools.query import Row, attach, days_between, fetch, times

OPEN, WON, LOST, UNUSABLE = "open", "won", "lost", "unusable"
DEAL_SIGNALS = (
    "stalled",
    "overdue",
    "silent_30",
    "silent_14",
    "one_sided",
    "single_threaded",
    "no_decision_maker",
    "next_step_overdue",
    "no_next_step",
)


class DealHealthArguments(Arguments):
    """Which open deals to look at."""

    account_id: str | None = Field(default=None, description="Only this account's deals.")
    owner_id: str | None = Field(default=None, description="Only this person's deals.")
    signal: str | None = Field(
        default=None, description=f"Only deals with this signal: {', '.join(DEAL_SIGNALS)}."
    )
    limit: int = Field(default=20, ge=1, le=500, description="Rows at the most.")


def deals_at(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Opportunities with `state` as of a day: open, won, lost, unusable, or later.

    Open: created on or before the day (or undated) and not closed by it. Won or lost: closed by
    it. Unusable: its status and its closing date do not fit together.
    """
    deals = tables["opportunities"]
    day = ibis.literal(as_of)
    begun = deals.created_on.isnull() | (deals.created_on <= day)
    still_open = (deals.closed_on.isnull() & (deals.status == OPEN)) | (deals.closed_on > day)
    closed = deals.closed_on <= day
    state = ibis.cases(
        (begun & still_open, OPEN),
        (closed & (deals.status != OPEN), deals.status),
        (closed | (deals.status != OPEN), UNUSABLE),
        else_="later",
    )
    return deals.mutate(state=state)


def stage_shares(tables: ScopedTables, as_of: date) -> ibis.Table | None:
    """Share won of the closed deals that ever reached each stage: stage, reached_n, share."""
    if "stage_history" not in tables:
        return None
    closed = deals_at(tables, as_of).filter(_.state.isin([WON, LOST]))
    reached = (
        tables["stage_history"]
        .filter(_.entered_on <= ibis.literal(as_of))
        .select("opportunity_id", "stage")
        .distinct()
    )
    joined = reached.join(closed.select("opportunity_id", "state"), "opportunity_id")
    return joined.group_by("stage").agg(
        reached_n=_.count(),
        share=((_.state == WON).sum() / _.count()).cast("decimal(9,6)"),
    )


def with_probability(tables: ScopedTables, deals: ibis.Table, as_of: date) -> ibis.Table:
    """Deals with `chance` and `chance_from`: the deal's own, else its stage's history, else default."""
    settings = tables.settings.deals
    defaults = [
        (deals.stage == stage, ibis.literal(p).cast("decimal(9,6)"))
        for stage, p in settings.stage_probability.items()
    ]
    nothing = ibis.null("decimal(9,6)")
    default = ibis.cases(*defaults, else_=nothing) if defaults else nothing
    deals = deals.mutate(default_chance=default)
    shares = stage_shares(tables, as_of)
    if shares is None:
        deals = deals.mutate(history_chance=nothing)
    else:
        enough = shares.filter(_.reached_n >= settings.history_minimum)
        deals = attach(deals, enough, "stage", "stage", history_chance="share")
    return deals.mutate(
        chance=ibis.coalesce(_.probability, _.history_chance, _.default_chance),
        chance_from=ibis.cases(
            (_.probability.notnull(), "own"),
            (_.history_chance.notnull(), "history"),
            (_.default_chance.notnull(), "default"),
            else_="unknown",
        ),
    )


def open_deals(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Open deals with their chance, `expected` (amount times chance) and names."""
    deals = with_probability(tables, deals_at(tables, as_of).filter(_.state == OPEN), as_of)
    deals = deals.mutate(expected=times(deals.amount, deals.chance))
    deals = attach(
        deals,
        tables["accounts"],
        "account_id",
        "account_id",
        account_name="name",
        account_owner="owner_id",
    )
    if "people" not in tables:
        return deals.mutate(owner_name=deals.owner_id)
    return attach(deals, tables["people"], "owner_id", "person_id", owner_name="name")


def health(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Open deals with the figures their signals rest on, and one column per signal.

    A signal column is true, false, or NULL where the workspace has no data to tell.
    """
    settings = tables.settings.deals
    day = ibis.literal(as_of)
    deals = open_deals(tables, as_of)
    deals = _join_stage_age(tables, deals, as_of)
    deals = _join_activity(tables, deals, as_of)
    deals = _join_contacts(tables, deals, as_of)
    return deals.mutate(
        overdue_days=ibis.ifelse(
            _.expected_close < day, days_between(day, _.expected_close), ibis.null("int64")
        ),
        overdue=_.expected_close < day,
        stalled=_.days_in_stage > ibis.greatest(_.usual_days, settings.stalled_floor_days),
        silent_14=(_.quiet_days > settings.silent_days)
        & (_.quiet_days <= settings.very_silent_days),
        silent_30=(_.quiet_days > settings.very_silent_days) | _.never_active,
        one_sided=(_.inbound == 0) & (_.outbound >= settings.one_sided_outbound),
        single_threaded=_.active_contacts < settings.minimum_contacts,
        no_decision_maker=_.decision_makers == 0,
        no_next_step=_.next_step.isnull() if tables.has("opportunities", "next_step") else _null(),
        next_step_overdue=_.next_step_due < day,
        step_overdue_days=ibis.ifelse(
            _.next_step_due < day, days_between(day, _.next_step_due), ibis.null("int64")
        ),
        colour=ibis.cases(
            (_.quiet_days <= settings.blue_days, "blue"),
            (_.quiet_days <= settings.yellow_days, "yellow"),
            (_.quiet_days.notnull(), "red"),
            (_.never_active, "white"),
            else_=ibis.null("string"),
        ),
    )


def deal_health(tables: ScopedTables, arguments: DealHealthArguments) -> ToolResult:
    """One row per open deal with its signals, largest expected value first."""
    book = open_book("deal_health", tables, arguments)
    if arguments.account_id:
        tables.require_account(arguments.account_id)
    rows = [
        row
        for row in fetch(_narrow(health(tables, arguments.as_of), arguments))
        if arguments.signal is None or arguments.signal in signals_of(row)
    ]
    _warn_about_gaps(tables, book, rows)
    rows.sort(key=_by_worth)
    flagged = [row for row in rows if signals_of(row)]
    book.add("deals.open_count", len(rows), rows=len(rows))
    book.add("deals.flagged_count", len(flagged), rows=len(rows))
    known = [row["amount"] for row in flagged if row["amount"] is not None]
    book.add(
        "deals.flagged_value",
        sum(known, Decimal(0)) if known or not flagged else None,
        rows=len(known),
    )
    return book.result(table=_health_table(book, rows, arguments.limit))


def signals_of(row: Row) -> list[str]:
    """The codes of the signals that hold for a deal."""
    return [code for code in DEAL_SIGNALS if row[code]]


def _narrow(deals: ibis.Table, arguments: DealHealthArguments) -> ibis.Table:
    if arguments.account_id:
        deals = deals.filter(_.account_id == arguments.account_id)
    if arguments.owner_id:
        deals = deals.filter(_.owner_id == arguments.owner_id)
    return deals


def _by_worth(row: Row) -> tuple[bool, Decimal, str]:
    worth = row["expected"] if row["expected"] is not None else row["amount"]
    return (worth is None, -(worth or Decimal(0)), row["opportunity_id"])


def _health_table(book: FactBook, rows: list[Row], limit: int) -> Table:
    names = (
        "deal.name",
        "deal.account",
        "deal.owner",
        "deal.stage",
        "deal.amount",
        "deal.expected_value",
        "deal.expected_close",
        "deal.days_in_stage",
        "deal.quiet_days",
        "deal.colour",
        "deal.signals",
    )
    cells: list[list[Value]] = [
        [
            row["name"] or row["opportunity_id"],
            row["account_name"],
            row["owner_name"],
            row["stage"],
            row["amount"],
            row["expected"],
            row["expected_close"],
            row["days_in_stage"],
            row["quiet_days"],
            row["colour"],
            ";".join(signals_of(row)),
        ]
        for row in rows
    ]
    return book.table(
        names,
        cells,
        [f"deal:{row['opportunity_id']}" for row in rows],
        sort=Text(ja="期待額の大きい順", en="largest expected value first"),
        limit=limit,
    )


def _warn_about_gaps(tables: ScopedTables, book: FactBook, rows: list[Row]) -> None:
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
    without = sum(1 for row in rows if row["amount"] is None)
    if without:
        book.warn(
            f"金額が不明な商談が{without}件あります。", f"{without} of these deals have no amount."
        )


def _null() -> ibis.Value:
    return ibis.null("boolean")


def _join_stage_age(tables: ScopedTables, deals: ibis.Table, as_of: date) -> ibis.Table:
    """`days_in_stage` of the present stage, and `usual_days`: the p75 of won deals in it."""
    if "stage_history" not in tables:
        return deals.mutate(days_in_stage=ibis.null("int64"), usual_days=ibis.null("float64"))
    day = ibis.literal(as_of)
    history = tables["stage_history"].filter(_.entered_on <= day)
    present = (
        history.group_by("opportunity_id", "stage")
        .agg(entered=_.entered_on.max())
        .rename(age_deal="opportunity_id", age_stage="stage")
    )
    deals = deals.left_join(present, [("opportunity_id", "age_deal"), ("stage", "age_stage")]).drop(
        "age_deal", "age_stage"
    )
    usual = _usual_days(tables, history, as_of)
    deals = attach(deals, usual, "stage", "stage", usual_days="usual_days")
    return deals.mutate(days_in_stage=days_between(day, _.entered))


def _usual_days(tables: ScopedTables, history: ibis.Table, as_of: date) -> ibis.Table:
    won = deals_at(tables, as_of).filter(_.state == WON).select("opportunity_id", "closed_on")
    window = ibis.window(group_by="opportunity_id", order_by="entered_on")
    spells = (
        history.join(won, "opportunity_id")
        .mutate(left_on=ibis.coalesce(_.entered_on.lead().over(window), _.closed_on))
        .mutate(spent=days_between(_.left_on, _.entered_on))
    )
    return spells.group_by("stage").agg(usual_days=_.spent.quantile(0.75))


def _join_activity(tables: ScopedTables, deals: ibis.Table, as_of: date) -> ibis.Table:
    """`quiet_days`, `never_active`, `inbound`, `outbound`: the deal's own, else its account's."""
    if "activities" not in tables:
        return deals.mutate(
            quiet_days=ibis.null("int64"),
            never_active=ibis.null("boolean"),
            inbound=ibis.null("int64"),
            outbound=ibis.null("int64"),
        )
    day = ibis.literal(as_of)
    acts = tables["activities"].filter(_.occurred_on <= day)
    first = ibis.literal(as_of - timedelta(days=tables.settings.deals.one_sided_days - 1))
    recent = _.occurred_on >= first

    def summary(key: str, prefix: str) -> ibis.Table:
        summed = (
            acts.filter(acts[key].notnull())
            .group_by(key)
            .agg(
                last=_.occurred_on.max(),
                inward=(recent & (_.direction == "in")).sum(),
                outward=(recent & (_.direction == "out")).sum(),
            )
        )
        columns = {f"{prefix}_last": "last", f"{prefix}_in": "inward", f"{prefix}_out": "outward"}
        return attach(deals, summed, key, key, **columns)

    deals = summary("opportunity_id", "own")
    deals = summary("account_id", "acc")
    own = deals.own_last.notnull()
    return deals.mutate(
        quiet_days=days_between(day, ibis.coalesce(deals.own_last, deals.acc_last)),
        never_active=deals.own_last.isnull() & deals.acc_last.isnull(),
        inbound=ibis.ifelse(own, deals.own_in, deals.acc_in),
        outbound=ibis.ifelse(own, deals.own_out, deals.acc_out),
    )


def active_contacts(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Contacts with an activity in the window, per account: account_id, active_contacts."""
    days = tables.settings.deals.contact_window_days
    first = ibis.literal(as_of - timedelta(days=days - 1))
    acts = tables["activities"].filter(
        _.contact_id.notnull(), _.occurred_on <= ibis.literal(as_of), _.occurred_on >= first
    )
    return acts.group_by("account_id").agg(active_contacts=_.contact_id.nunique())


def decision_makers(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Decision makers who have not left, per account: account_id, decision_makers."""
    present = _.left_on.isnull() | (_.left_on > ibis.literal(as_of))
    found = tables["contacts"].filter(_.buying_role == "decision_maker").filter(present)
    return found.group_by("account_id").agg(decision_makers=_.count())


def _join_contacts(tables: ScopedTables, deals: ibis.Table, as_of: date) -> ibis.Table:
    """`active_contacts` and `decision_makers` of the deal's account."""
    if tables.has("activities", "contact_id"):
        active = active_contacts(tables, as_of)
        deals = attach(deals, active, "account_id", "account_id", active_contacts="active_contacts")
        deals = deals.mutate(
            active_contacts=ibis.ifelse(
                _.account_id.notnull(), _.active_contacts.fill_null(0), ibis.null("int64")
            )
        )
    else:
        deals = deals.mutate(active_contacts=ibis.null("int64"))
    if tables.has("contacts", "buying_role"):
        makers = decision_makers(tables, as_of)
        deals = attach(deals, makers, "account_id", "account_id", decision_makers="decision_makers")
        return deals.mutate(
            decision_makers=ibis.ifelse(
                _.account_id.notnull(), _.decision_makers.fill_null(0), ibis.null("int64")
            )
        )
    return deals.mutate(decision_makers=ibis.null("int64"))
