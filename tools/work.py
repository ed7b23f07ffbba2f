"""Who worked how long for which account, and what that work cost: activities summed once."""

from __future__ import annotations

import ibis
from ibis import _

from crm.periods import Period
from crm.scope import ScopedTables
from tools.query import attach, inside, times

MINUTES, PAID = "decimal(38,4)", "decimal(38,8)"


def work_done(tables: ScopedTables, span: Period) -> ibis.Table:
    """The visible activities of a period, a row for each account and person of ours.

    Columns: account_id, person_id; `acts`, their number, `timed` those with minutes, `priced`
    those with minutes and an hourly cost; `minutes` and `paid` (minutes x hourly cost), NULL of
    none. Raises MissingDataError without activities.
    """
    return tables.keep(("work_done", span), lambda: _work_done(tables, span))


def _work_done(tables: ScopedTables, span: Period) -> ibis.Table:
    acts = tables["activities"].filter(inside(span, "occurred_on"))
    work = acts.group_by("account_id", "person_id").agg(
        acts=_.count(), timed=_.minutes.count(), minutes=_.minutes.sum().cast(MINUTES)
    )
    if "people" not in tables:
        return work.mutate(priced=ibis.literal(0, "int64"), paid=ibis.null(PAID))
    people = tables["people"]
    work = attach(work, people, "person_id", "person_id", hourly_cost="hourly_cost")
    return work.mutate(
        priced=work.hourly_cost.notnull().ifelse(work.timed, 0),
        paid=times(work.minutes, work.hourly_cost).cast(PAID),
    ).drop("hourly_cost")
