"""A deal's state is derived as of a day; today's status never leaks into the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import ibis
from ibis import _

from crm.scope import ScopedTables
from tools.exact import ratio
from tools.query import fetch_one
from tools.stage_entries import first_entries

OPEN, WON, LOST, UNUSABLE = "open", "won", "lost", "unusable"
RATIO = "decimal(9,6)"


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
        (closed | (deals.closed_on.isnull() & (deals.status != OPEN)), UNUSABLE),
        else_="later",
    )
    return deals.mutate(state=state)


def closings_known(tables: ScopedTables, as_of: date) -> bool:
    """Whether any visible deal is closed on a known day, or none is said to be closed.

    Else nothing can be said of what was won or lost, not even that it was nothing.
    """
    return tables.remember(("closings_known", as_of), lambda: _closings_known(tables, as_of))


def _closings_known(tables: ScopedTables, as_of: date) -> bool:
    deals = deals_at(tables, as_of)
    begun = deals.created_on.isnull() | (deals.created_on <= ibis.literal(as_of))
    row = fetch_one(
        deals.agg(
            closed=deals.state.isin([WON, LOST]).sum(),
            unusable=((deals.state == UNUSABLE) & begun).sum(),
        )
    )
    return bool(row["closed"]) or not row["unusable"]


@dataclass(frozen=True)
class StageRecord:
    """Closed deals that ever reached a stage, and how many of them were won."""

    closed: int
    won: int

    @property
    def share(self) -> Decimal | None:
        return ratio(self.won, self.closed)


def stage_records(tables: ScopedTables, as_of: date) -> dict[str, StageRecord]:
    """The record of each stage as of a day; empty without a stage history."""
    return tables.remember(("stage_records", as_of), lambda: _stage_records(tables, as_of))


def _stage_records(tables: ScopedTables, as_of: date) -> dict[str, StageRecord]:
    entries = first_entries(tables, as_of)
    if entries is None:
        return {}
    closed = deals_at(tables, as_of).filter(_.state.isin([WON, LOST]))
    reached = entries.rows.join(closed.select("opportunity_id", "state"), "opportunity_id")
    won = reached.state == WON
    row = fetch_one(
        reached.agg(
            **{f"n{c}": reached[c].count() for c in entries.columns.values()},
            **{f"won{c}": reached[c].count(where=won) for c in entries.columns.values()},
        )
    )
    return {
        stage: StageRecord(row[f"n{c}"], row[f"won{c}"])
        for stage, c in entries.columns.items()
        if row[f"n{c}"]
    }


def with_probability(tables: ScopedTables, deals: ibis.Table, as_of: date) -> ibis.Table:
    """Deals with `chance` and `chance_from`.

    The chance is the deal's own, else the share won of the closed deals that reached its stage
    (with enough of them), else the stage's default in the settings, else unknown.
    """
    settings = tables.settings.deals
    history = {
        stage: record.share
        for stage, record in stage_records(tables, as_of).items()
        if record.closed >= settings.history_minimum
    }
    from_history = _by_stage(deals, history)
    from_default = _by_stage(deals, settings.stage_probability)
    return deals.mutate(
        chance=ibis.coalesce(deals.probability, from_history, from_default),
        chance_from=ibis.cases(
            (deals.probability.notnull(), "own"),
            (from_history.notnull(), "history"),
            (from_default.notnull(), "default"),
            else_="unknown",
        ),
    )


def _by_stage(deals: ibis.Table, chances: Mapping[str, Decimal | None]) -> ibis.Value:
    nothing = ibis.null(RATIO)
    known = [
        (deals.stage == stage, ibis.literal(share, RATIO))
        for stage, share in sorted(chances.items())
        if share is not None
    ]
    return ibis.cases(*known, else_=nothing) if known else nothing
