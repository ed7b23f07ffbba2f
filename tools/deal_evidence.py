"""What the signals of deals and accounts rest on; each big table is read once for all of them.

Everything is as of a day: rows dated later do not exist. Source: docs/metrics.md (deal, signal).
"""

from __future__ import annotations

from datetime import date

import ibis
from ibis import _

from crm.periods import trailing
from crm.scope import ScopedTables
from tools.deals import WON, deals_at
from tools.query import Side, beside, days_between, fetch, inside

YEAR = 365
_WORDS = ("last", "inbound", "outbound")
_EVIDENCE = {
    "usual": "float64", "entered": "date", "peak": "decimal(18,4)", "pushes": "int64",
    **{f"own_{word}": "date" if word == "last" else "int64" for word in _WORDS},
    **{f"their_{word}": "date" if word == "last" else "int64" for word in _WORDS},
    "active": "int64", "deciders": "int64",
}  # fmt: skip


def with_evidence(tables: ScopedTables, deals: ibis.Table, as_of: date) -> ibis.Table:
    """Open deals with what their signals rest on; NULL where a table is absent or has no row.

    Adds usual, entered, peak, pushes (of the stage history); own_last, own_inbound, own_outbound
    (the deal's own activities) and their_... (the account's); active and deciders (contacts of the
    account).
    """
    sides = [*_history_sides(tables, deals, as_of), *_activity_sides(tables, deals, as_of)]
    if "contacts" in tables:
        holders = role_holders(tables, as_of)
        sides.append((holders, "account_id", "account_id", {"deciders": "deciders"}))
    seen = beside(deals, *sides)
    absent = {c: ibis.null(t) for c, t in _EVIDENCE.items() if c not in seen.columns}
    return seen.mutate(**absent) if absent else seen


def _history_sides(tables: ScopedTables, deals: ibis.Table, as_of: date) -> list[Side]:
    if "stage_history" not in tables:
        return []
    usual: Side = (usual_days(tables, as_of), "stage", "stage", {"usual": "usual"})
    history = _so_far(tables, as_of).join(
        deals.select("opportunity_id", present="stage", present_close="expected_close"),
        "opportunity_id",
    )
    sides = [_stage_record(tables, history)]
    if tables.has("stage_history", "expected_close"):
        sides.append(_postponements(history))
    own = [(s, "opportunity_id", "opportunity_id", {c: c for c in s.columns[1:]}) for s in sides]
    return [usual, *own]


def _activity_sides(tables: ScopedTables, deals: ibis.Table, as_of: date) -> list[Side]:
    if "activities" not in tables:
        return []
    theirs = {f"their_{word}": word for word in _WORDS} | {"active": "active"}
    sides: list[Side] = [(account_activity(tables, as_of), "account_id", "account_id", theirs)]
    if tables.has("activities", "opportunity_id"):
        own = deal_activity(tables, deals, as_of)
        words = {f"own_{word}": word for word in _WORDS}
        sides.append((own, "opportunity_id", "opportunity_id", words))
    return sides


def account_activity(tables: ScopedTables, as_of: date) -> ibis.Table:
    """What was done with each account that has any activity.

    Columns: account_id; `last`, the last day; `inbound` and `outbound` of the one-sided window and
    `active`, the contacts with an activity in theirs (the [deals] settings); `recent`, activities
    in the window of a neglected B (the [attention] settings); `minutes` in the trailing 365 days.
    Raises MissingDataError without activities.
    """
    return tables.keep(("account_activity", as_of), lambda: _account_activity(tables, as_of))


def _account_activity(tables: ScopedTables, as_of: date) -> ibis.Table:
    known = tables["activities"].filter(_.occurred_on <= ibis.literal(as_of))
    lately = inside(trailing(as_of, tables.settings.deals.contact_window_days), "occurred_on")
    neglected = inside(trailing(as_of, tables.settings.attention.neglected_days), "occurred_on")
    this_year = inside(trailing(as_of, YEAR), "occurred_on")
    return known.group_by("account_id").agg(
        **_last_words(tables, as_of),
        active=_.contact_id.nunique(where=lately),
        recent=_.count(where=neglected),
        minutes=_.minutes.sum(where=this_year),
    )


def deal_activity(tables: ScopedTables, deals: ibis.Table, as_of: date) -> ibis.Table:
    """What was done on each of the deals that has any activity of its own.

    Columns: opportunity_id, `last`, `inbound`, `outbound`, as for accounts.
    """
    known = tables["activities"].filter(_.occurred_on <= ibis.literal(as_of))
    of_deals = known.semi_join(deals, "opportunity_id")
    return of_deals.group_by("opportunity_id").agg(**_last_words(tables, as_of))


def _last_words(tables: ScopedTables, as_of: date) -> dict[str, ibis.Deferred]:
    lately = inside(trailing(as_of, tables.settings.deals.one_sided_days), "occurred_on")
    return {
        "last": _.occurred_on.max(),
        "inbound": _.count(where=lately & (_.direction == "in")),
        "outbound": _.count(where=lately & (_.direction == "out")),
    }


def active_contacts(tables: ScopedTables, as_of: date, account_id: str) -> int:
    """How many contacts of an account had an activity in the window of the [deals] settings."""
    found = account_activity(tables, as_of).filter(_.account_id == account_id)
    return sum(row["active"] for row in fetch(found.select("active")))


def role_holders(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The champions and decision makers of each account that ever had one.

    Columns: account_id; `champions` and `deciders` who have not left; `champion_left` and
    `decider_left`, the last day on which one left in the window of the [attention] settings.
    Raises MissingDataError without contacts.
    """
    return tables.keep(("role_holders", as_of), lambda: _role_holders(tables, as_of))


def _role_holders(tables: ScopedTables, as_of: date) -> ibis.Table:
    present = _.left_on.isnull() | (_.left_on > ibis.literal(as_of))
    left = inside(trailing(as_of, tables.settings.attention.left_days), "left_on")
    champion, decider = _.buying_role == "champion", _.buying_role == "decision_maker"
    holders = tables["contacts"].filter(_.buying_role.isin(["champion", "decision_maker"]))
    return holders.group_by("account_id").agg(
        champions=_.count(where=champion & present),
        deciders=_.count(where=decider & present),
        champion_left=_.left_on.max(where=champion & left),
        decider_left=_.left_on.max(where=decider & left),
    )


def usual_days(tables: ScopedTables, as_of: date) -> ibis.Table:
    """`usual`: the p75 of the days that deals won by `as_of` spent in each `stage` (float64).

    A stay ends when the deal enters its next stage, the last one when it is won.
    """
    won = deals_at(tables, as_of).filter(_.state == WON).select("opportunity_id", "closed_on")
    history = _so_far(tables, as_of)
    following = ibis.window(group_by="opportunity_id", order_by=["entered_on", "stage"])
    stays = history.join(won, "opportunity_id").select(
        "stage",
        "entered_on",
        left_on=ibis.coalesce(_.entered_on.lead().over(following), _.closed_on),
    )
    spent = days_between(_.left_on, _.entered_on)
    return stays.group_by("stage").agg(usual=spent.quantile(0.75))


def _so_far(tables: ScopedTables, as_of: date) -> ibis.Table:
    return tables["stage_history"].filter(_.entered_on <= ibis.literal(as_of))


def _stage_record(tables: ScopedTables, history: ibis.Table) -> ibis.Table:
    """`entered`, the last day each deal entered its present stage; `peak`, its highest amount
    (where amounts are recorded); by opportunity_id.
    """
    measures = {"entered": _.entered_on.max(where=_.stage == _.present)}
    if tables.has("stage_history", "amount"):
        measures["peak"] = _.amount.max()
    return history.group_by("opportunity_id").agg(**measures)


def _postponements(history: ibis.Table) -> ibis.Table:
    """How often the expected close of a deal was moved to a later day: `pushes`, by opportunity_id.

    Each recorded date is compared with the next one, the last with the deal's own; a deal of
    which none is recorded has no row.
    """
    following = ibis.window(group_by="opportunity_id", order_by=["entered_on", "stage"])
    next_close = ibis.coalesce(_.expected_close.lead().over(following), _.present_close)
    dates = history.filter(_.expected_close.notnull()).select(
        "opportunity_id", "expected_close", next_close=next_close
    )
    return dates.group_by("opportunity_id").agg(
        pushes=_.count(where=_.next_close > _.expected_close)
    )
