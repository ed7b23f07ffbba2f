"""Targets of a period: levels are never added to each other, nor a year to its own halves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

import ibis
from ibis import _

from crm.errors import InputError
from crm.periods import Period, parse_period
from crm.scope import ScopedTables
from tools.facts import FactBook
from tools.format import how_many
from tools.query import Row, fetch

Level = Literal["person", "team", "account"]
LEVELS: tuple[Level, ...] = ("person", "team", "account")
_SUBJECT = ("level", "subject")
Measure = Literal["net_sales", "operating_profit", "orders_won"]

_EXACT, _WITHIN, _LONGER, _PARTLY = 0, 1, 2, 1_000_000
"""How a target's period fits the one asked for, the best first.

The longer ones count on from the shortest; partly are those within it that leave days without one.
"""


def targets_of(tables: ScopedTables, measure: Measure, period: Period, as_of: date) -> ibis.Table:
    """The target of each subject for a period, a row for each that has one.

    Columns: `level` (person, team or account: the narrowest that the row names), `subject` (the
    id or the team), `rows`, `amount` (money), `how` and `days` / `of_days`, the share of the
    amount that belongs to the period (1 / 1 unless it is prorated). `how` is exact (targets of
    that very period), else sum (of those that lie within it and together cover it; one that lies
    within another of them is not added to it), else prorated (the shortest longer one, by days).
    Targets of a part of the period only are none of it.
    Raises MissingDataError without targets. Source: docs/metrics.md (targets).
    """
    return _kept(tables, measure, period, as_of).filter(_.how != "partly")


def partial_targets(
    tables: ScopedTables, measure: Measure, period: Period, as_of: date
) -> ibis.Table:
    """Those who have targets for a part of the period only, as `targets_of` has the others."""
    return _kept(tables, measure, period, as_of).filter(_.how == "partly")


def _kept(tables: ScopedTables, measure: Measure, period: Period, as_of: date) -> ibis.Table:
    key = ("targets", measure, period, as_of)
    return tables.keep(key, lambda: _targets(tables, measure, period, as_of))


def _targets(tables: ScopedTables, measure: Measure, period: Period, as_of: date) -> ibis.Table:
    spans = _spans(tables, measure, as_of)
    kinds = _kinds(spans, period)
    rows = _by_level(tables["targets"].filter(_.measure == measure, _.period.isin(sorted(kinds))))
    rows = _fitting(rows, kinds, spans, period) if kinds else rows.mutate(kind=ibis.null("int64"))
    found = rows.group_by("level", "subject").agg(
        rows=_.count(), amount=_.amount.sum().cast("decimal(38,4)"), kind=_.kind.min()
    )
    return _shares(found, period, {kinds[text]: spans[text] for text in kinds})


def warn_unread(book: FactBook, tables: ScopedTables, measure: Measure, as_of: date) -> None:
    """Say how many targets were left out because their period cannot be read."""
    read = _spans(tables, measure, as_of)
    unread = sum(row["n"] for row in _periods(tables, measure) if row["period"] not in read)
    if unread:
        book.warn(
            f"期間を読み取れない目標が{unread}件あり、除きました（targets の period）。",
            f"{how_many(unread, 'target was', 'targets were')} left out: "
            "the period cannot be read (targets.period).",
        )


def whole_teams(tables: ScopedTables) -> list[str] | None:
    """The teams all of whose people the asker answers for; None: every team.

    Of another team the asker sees a part of the sales only, which says nothing about its target.
    """
    if tables.scope.sees_all:
        return None
    if "people" not in tables:
        return []
    people = fetch(tables["people"].select("person_id", "team"))
    partly = {p["team"] for p in people if p["person_id"] not in tables.scope.person_ids}
    return sorted({p["team"] for p in people if p["team"]} - partly)


def _periods(tables: ScopedTables, measure: Measure) -> list[Row]:
    """The period texts of a measure's targets, with how many rows have each."""
    counted = tables["targets"].filter(_.measure == measure).group_by("period").agg(n=_.count())
    return tables.remember(("target_periods", measure), lambda: fetch(counted))


def _spans(tables: ScopedTables, measure: Measure, as_of: date) -> dict[str, Period]:
    """The period that each text names, as far as it can be read."""
    found = {}
    for row in _periods(tables, measure):
        start = tables.settings.company.fiscal_year_start
        try:
            found[row["period"]] = parse_period(row["period"], as_of, start)
        except InputError:
            continue
    return found


def _kinds(spans: Mapping[str, Period], asked: Period) -> dict[str, int]:
    """How the period of each text fits the one asked for; those that do not are left out."""
    longer = sorted({s for s in spans.values() if s != asked and _holds(s, asked)}, key=_length)
    found = {}
    for text, span in spans.items():
        if span == asked:
            found[text] = _EXACT
        elif _holds(asked, span):
            found[text] = _WITHIN
        elif span in longer:
            found[text] = _LONGER + longer.index(span)
    return found


def _holds(outer: Period, inner: Period) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _length(span: Period) -> tuple[int, Period]:
    return span.days, span


def _by_level(rows: ibis.Table) -> ibis.Table:
    level = ibis.cases(
        (_.account_id.notnull(), "account"), (_.owner_id.notnull(), "person"), else_="team"
    )
    subject = ibis.coalesce(_.account_id, _.owner_id, _.team)
    return rows.mutate(level=level, subject=subject).filter(_.subject.notnull())


def _fitting(
    rows: ibis.Table, kinds: Mapping[str, int], spans: Mapping[str, Period], asked: Period
) -> ibis.Table:
    """The rows of each subject that fit best; of one that lies within another, the other."""
    rows = rows.mutate(kind=ibis.cases(*((_.period == text, kind) for text, kind in kinds.items())))
    within = {text: spans[text] for text, kind in kinds.items() if kind == _WITHIN}
    if within:
        rows = _uncovered(_outermost(rows, within), within, asked)
    best = _.kind.min().over(group_by=_SUBJECT)
    return rows.mutate(best=best).filter(_.kind == _.best)


def _outermost(rows: ibis.Table, within: Mapping[str, Period]) -> ibis.Table:
    """Without the rows whose period lies within that of another of the same subject."""
    for outer in sorted(set(within.values()), key=_length):
        inner = [t for t, span in within.items() if span != outer and _holds(outer, span)]
        if not inner:
            continue
        same = [text for text, span in within.items() if span == outer]
        has_outer = _.period.isin(same).cast("int64").max().over(group_by=_SUBJECT)
        rows = rows.mutate(has_outer=has_outer)
        rows = rows.filter(~(_.period.isin(inner) & (_.has_outer == 1))).drop("has_outer")
    return rows


def _uncovered(rows: ibis.Table, within: Mapping[str, Period], asked: Period) -> ibis.Table:
    """With the kind partly where the periods within leave days of the one asked for without one."""
    begins = ibis.cases(*((_.period == t, span.start.toordinal()) for t, span in within.items()))
    days = ibis.cases(*((_.period == t, span.days) for t, span in within.items()))
    rows = rows.mutate(begins=begins, length=days)
    same = ibis.window(group_by=[*_SUBJECT, "begins", "length"], order_by="period")
    once = (ibis.row_number().over(same) == 0).ifelse(_.length, 0)
    rows = rows.mutate(once=once)
    rows = rows.mutate(covered=_.once.sum().over(group_by=_SUBJECT))
    partly = (_.kind == _WITHIN) & (_.covered < asked.days)
    return rows.mutate(kind=partly.ifelse(_PARTLY, _.kind)).drop(
        "begins", "length", "once", "covered"
    )


def _shares(rows: ibis.Table, asked: Period, spans: Mapping[int, Period]) -> ibis.Table:
    longer = [(kind, span.days) for kind, span in sorted(spans.items()) if kind >= _LONGER]
    one = ibis.literal(1, "int64")
    of_days = ibis.cases(
        (_.kind < _LONGER, one), *((_.kind == k, days) for k, days in longer), else_=one
    )
    return rows.mutate(
        how=ibis.cases(
            (_.kind == _EXACT, "exact"),
            (_.kind == _WITHIN, "sum"),
            (_.kind == _PARTLY, "partly"),
            else_="prorated",
        ),
        days=_.kind.between(_LONGER, _PARTLY - 1).ifelse(asked.days, one),
        of_days=of_days,
    ).drop("kind")
