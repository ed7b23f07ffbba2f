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
    "created_on", "expected_close", "closed_on", "loss_reason", "competitor",
)  # fmt: skip


def judged_deals(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The visible deals begun by the day.

    `state` is open, won, lost or unusable; `chance` and `chance_from` as `with_probability` gives
    them; `cycle` the days from creation to closing (NULL while open or undated). A view: judging a
    million deals is quicker than copying them. Raises MissingDataError without opportunities.
    """
    rows = tables["opportunities"].get_name()  # of a group: another view when it was remade
    settings = tables.settings.deals.model_dump_json()
    key = ("judged_deals", rows, tables.scope, settings, as_of)
    return tables.snapshot.view(key, lambda: _judged(tables, as_of))


def _judged(tables: ScopedTables, as_of: date) -> ibis.Table:
    deals = with_probability(tables, deals_at(tables, as_of), as_of).filter(_.state != "later")
    closed = deals.state.isin([WON, LOST])
    cycle = closed.ifelse(days_between(deals.closed_on, deals.created_on), ibis.null("int64"))
    return deals.mutate(cycle=cycle).select(*_COLUMNS, "state", "chance", "chance_from", "cycle")


def deals_of(
    tables: ScopedTables,
    as_of: date,
    *,
    account_id: str | None = None,
    owner_id: str | None = None,
    team: str | None = None,
) -> ibis.Table:
    """The judged deals of an account, of a person and everybody below, of a team's people."""
    deals = judged_deals(tables, as_of)
    if account_id:
        deals = deals.filter(_.account_id == account_id)
    if owner_id:
        deals = deals.filter(_.owner_id.isin(with_reports(tables, owner_id)))
    if team:
        of_team = tables["people"].filter(_.team == team)
        deals = deals.semi_join(of_team, deals.owner_id == of_team.person_id)
    return deals
