"""Targets beside what counts towards them, a row of the engine each; unknown stays NULL."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
from ibis import _

from crm.periods import Period
from crm.scope import ScopedTables
from tools.deals import closings_known
from tools.money import MONEY
from tools.people import with_reports
from tools.portfolio import PortfolioArguments, listed_accounts
from tools.query import attach, times
from tools.target_actuals import WEIGHTED, actuals, expected_in_rest
from tools.targets import Level, Measure, targets_of, whole_teams

SOURCES: dict[Measure, str] = {
    "net_sales": "order_lines",
    "operating_profit": "order_lines",
    "orders_won": "opportunities",
}
"""The table that each measure's actual is made from."""
DEALS = ("coming", "weighed", "overdue", "undated")
"""How many open deals a forecast takes in, and leaves out."""


def target_rows(
    tables: ScopedTables, level: Level, measure: Measure, period: Period, as_of: date
) -> ibis.Table:
    """Every target of a level beside what counts towards it, a kept row for each.

    As `targets_of` gives it, with `label`; `actual` (money) of `done` rows, `unknown` of them
    without an amount; `forecast` (decimal(38,10)), of the open deals counted in `DEALS`; `gap`
    (float64, to sort by). NULL: what no table tells, and the actual of a team that the asker sees
    in part. Source: docs/metrics.md (targets).
    """
    key = ("target_rows", level, measure, period, as_of)
    return tables.keep(key, lambda: _target_rows(tables, level, measure, period, as_of))


def asked_targets(
    tables: ScopedTables, asked: PortfolioArguments, level: Level, rows: ibis.Table
) -> ibis.Table:
    """The targets of those asked for; about an account, at another level, of whoever owns it."""
    if level == "account":
        if not (asked.account_id or asked.owner_id or asked.team):
            return rows
        return rows.semi_join(listed_accounts(tables, asked), [("subject", "account_id")])
    if asked.account_id:
        owner = "owner_id" if level == "person" else "team"
        return rows.semi_join(listed_accounts(tables, asked), [("subject", owner)])
    if not (asked.owner_id or asked.team):
        return rows
    people = tables["people"]
    if asked.owner_id:
        people = people.filter(_.person_id.isin(with_reports(tables, asked.owner_id)))
    if asked.team:
        people = people.filter(_.team == asked.team)
    return rows.semi_join(people, [("subject", "person_id" if level == "person" else "team")])


def days_known(tables: ScopedTables) -> bool:
    """Whether deals say when they are expected to close."""
    return tables.has("opportunities", "expected_close")


def attributable(tables: ScopedTables, level: Level, measure: Measure, as_of: date) -> bool:
    """Whether the records tell whose the sales are, and on which days deals were closed."""
    if measure == "orders_won":
        whose = "account_id" if level == "account" else "owner_id"
        return tables.has("opportunities", whose) and closings_known(tables, as_of)
    return level == "account" or tables.has("accounts", "owner_id")


def _target_rows(
    tables: ScopedTables, level: Level, measure: Measure, period: Period, as_of: date
) -> ibis.Table:
    rows = targets_of(tables, measure, period, as_of).filter(_.level == level)
    rows = _labelled(tables, rows, level)
    rows = _with_actual(tables, rows, level, measure, period.until(as_of), as_of)
    if measure == "operating_profit" or not days_known(tables):
        rows = rows.mutate(ahead=ibis.null(WEIGHTED), **dict.fromkeys(DEALS, 0))
    else:
        rest = Period(max(period.start, as_of + timedelta(days=1)), period.end)
        rows = _with_coming(tables, rows, level, rest, as_of)
    gap = times(rows.amount, rows.days) - times(rows.actual, rows.of_days)
    return rows.mutate(
        forecast=rows.actual.cast(WEIGHTED) + rows.ahead,
        gap=gap.cast("float64") / rows.of_days,
    )


def _labelled(tables: ScopedTables, rows: ibis.Table, level: Level) -> ibis.Table:
    if level == "team" or (level == "person" and "people" not in tables):
        return rows.mutate(label=rows.subject)
    table, key = ("people", "person_id") if level == "person" else ("accounts", "account_id")
    named = attach(rows, tables[table], "subject", key, label="name")
    return named.mutate(label=ibis.coalesce(_.label, _.subject))


def _with_actual(
    tables: ScopedTables,
    rows: ibis.Table,
    level: Level,
    measure: Measure,
    past: Period,
    as_of: date,
) -> ibis.Table:
    if SOURCES[measure] not in tables or not attributable(tables, level, measure, as_of):
        return rows.mutate(actual=ibis.null(MONEY), done=0, unknown=0)
    if past.end < past.start:
        return rows.mutate(actual=ibis.literal(0, MONEY), done=0, unknown=0)
    found = actuals(tables, measure, level, past, as_of)
    rows = attach(rows, found, "subject", "key", done="rows", known="known", value="actual")
    rows = rows.mutate(done=_.done.fill_null(0), unknown=(_.done - _.known).fill_null(0))
    nothing = ibis.literal(0, MONEY)
    actual = ibis.cases((rows.done == 0, nothing), (rows.known > 0, rows.value))
    teams = whole_teams(tables) if level == "team" else None
    if teams is not None:
        actual = rows.subject.isin(teams).ifelse(actual, ibis.null(MONEY))
    return rows.mutate(actual=actual).drop("known", "value")


def _with_coming(
    tables: ScopedTables, rows: ibis.Table, level: Level, rest: Period, as_of: date
) -> ibis.Table:
    """The rows with `ahead`, the weighted value of the deals expected in the days."""
    columns = {c: c for c in (*DEALS, "weighted")}
    coming = expected_in_rest(tables, level, rest, as_of)
    rows = attach(rows, coming, "subject", "key", **columns)
    rows = rows.mutate(**{c: rows[c].fill_null(0) for c in DEALS})
    nothing = ibis.literal(0, WEIGHTED)
    ahead = ibis.cases((rows.coming == 0, nothing), (rows.weighed > 0, rows.weighted))
    return rows.mutate(ahead=ahead).drop("weighted")
