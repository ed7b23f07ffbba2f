"""Deals as they stood on a day: what every figure of the pipeline starts from."""

from __future__ import annotations

from datetime import date

import ibis
from ibis import _

from crm.scope import ScopedTables
from tools.deals import LOST, WON, deals_at, with_probability
from tools.people import with_reports
from tools.query import days_between

_COLUMNS = (
    "opportunity_id", "account_id", "owner_id", "product_id", "category", "stage", "amount",
    "created_on", "expected_close", "closed_on", "loss_reason", "competitor", "state",
)  # fmt: skip


def judged_deals(tables: ScopedTables, as_of: date) -> ibis.Table:
    """`begun_deals` with `chance` and `chance_from` as `with_probability` gives them.

    A view: judging a million deals is quicker than copying them.
    """
    rows = tables["opportunities"].get_name()  # of a group: another view when it was remade
    settings = tables.settings.deals.model_dump_json()
    key = ("judged_deals", rows, tables.scope, settings, as_of)
    return tables.snapshot.view(key, lambda: _judged(tables, as_of))


def begun_deals(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The visible deals begun by the day.

    `state` is open, won, lost or unusable; `cycle` the days from creation to closing (NULL while
    open or undated). Raises MissingDataError without opportunities.
    """
    return _begun(deals_at(tables, as_of)).select(*_COLUMNS, "cycle")


def _judged(tables: ScopedTables, as_of: date) -> ibis.Table:
    deals = _begun(with_probability(tables, deals_at(tables, as_of), as_of))
    return deals.select(*_COLUMNS, "chance", "chance_from", "cycle")


def _begun(deals: ibis.Table) -> ibis.Table:
    deals = deals.filter(_.state != "later")
    closed = deals.state.isin([WON, LOST])
    cycle = closed.ifelse(days_between(deals.closed_on, deals.created_on), ibis.null("int64"))
    return deals.mutate(cycle=cycle)


def deals_of(
    tables: ScopedTables,
    deals: ibis.Table,
    *,
    account_id: str | None = None,
    owner_id: str | None = None,
    team: str | None = None,
) -> ibis.Table:
    """Those of the deals of an account, of a person and everybody below, of a team's people."""
    if account_id:
        deals = deals.filter(_.account_id == account_id)
    if owner_id:
        deals = deals.filter(_.owner_id.isin(with_reports(tables, owner_id)))
    if team:
        of_team = tables["people"].filter(_.team == team)
        deals = deals.semi_join(of_team, deals.owner_id == of_team.person_id)
    return deals
