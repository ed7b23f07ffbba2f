"""How deals went through their stages, from the history of stages; never guessed without one."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import ibis
from ibis import _

from crm.scope import ScopedTables
from tools.deal_sums import FEW_CASES, days
from tools.deals import LOST, WON
from tools.exact import ratio
from tools.facts import FactBook, LeftOut, Text
from tools.format import how_many
from tools.query import Row, attach, days_between, fetch, fetch_one
from tools.stage_entries import Entries, first_entries, history_until

_EPOCH = "1970-01-01"


def stage_order(tables: ScopedTables, as_of: date) -> dict[str, int]:
    """The place of each stage: by its mean rank among the stages of a deal, ties by name.

    Over every visible deal that has a history by the day; empty without a stage history. A stage
    entered again counts as of the first time. Source: docs/metrics.md (pipeline).
    """
    return tables.remember(("stage_order", as_of), lambda: _stage_order(tables, as_of))


def _stage_order(tables: ScopedTables, as_of: date) -> dict[str, int]:
    entries = first_entries(tables, as_of)
    if entries is None:
        return {}
    columns = entries.columns.values()
    found = fetch_one(entries.rows.agg(**_twice_the_ranks(entries.rows, list(columns))))
    mean = {
        stage: Fraction(sum(int(found[f"{c}{other}"] or 0) for other in columns), found[f"n{c}"])
        for stage, c in entries.columns.items()
    }
    return {stage: n for n, stage in enumerate(sorted(mean, key=lambda s: (mean[s], s)))}


def _twice_the_ranks(first: ibis.Table, columns: list[str]) -> dict[str, ibis.Value]:
    """For each column, how many deals have it, and the sum of twice its rank against each other.

    Whole numbers, in one pass: the mean rank of a day is one half, one for every earlier day and
    one half for every equal one.
    """
    found = {f"n{c}": first[c].count() for c in columns}
    for c in columns:
        for other in columns:
            earlier, same = first[other] < first[c], first[other] == first[c]
            found[f"{c}{other}"] = ibis.cases((earlier, 2), (same, 1), else_=0).sum()
    return found


def last_stage(tables: ScopedTables, closed: ibis.Table, as_of: date) -> ibis.Table:
    """Closed deals with `last`, the stage they were in when they closed, else the recorded one.

    `closed` has opportunity_id, stage and closed_on. Of stages entered on one day the last in
    order counts.
    """
    order = stage_order(tables, as_of)
    if not order:
        return closed.mutate(last=closed.stage)
    history = history_until(tables, as_of).join(
        closed.select("opportunity_id", "closed_on"), "opportunity_id"
    )
    history = history.filter(_.entered_on <= _.closed_on).mutate(place=_place(order))
    moment = days_between(history.entered_on, ibis.date(_EPOCH)) * len(order) + history.place
    history = history.group_by("opportunity_id").agg(stage=history.stage.argmax(moment))
    found = attach(closed, history, "opportunity_id", "opportunity_id", last="stage")
    return found.mutate(last=ibis.coalesce(_.last, _.stage))


def record_stages(book: FactBook, tables: ScopedTables, deals: ibis.Table, as_of: date) -> None:
    """Conversion of each stage and the days spent in it, of the closed ones among the deals.

    Conversion: deals that entered a later stage or were won, of those that entered the stage.
    Days: from entering a stage to entering the next, or to closing. Without a stage history the
    facts are left out and a warning says so. Source: docs/metrics.md (pipeline).
    """
    entries = first_entries(tables, as_of)
    if entries is None:
        book.warn(
            "フェーズ履歴（stage_history）がないため、フェーズの通過率と滞在日数は分かりません。"
            "マッピングに加えて取り込んでください。",
            "Without a stage history (stage_history), stage conversion and days in stage cannot "
            "be told: add it to the mapping and import.",
        )
        return
    rows = _passages(tables, deals, entries, as_of)
    for row in rows:
        _record(book, row)
    few = sum(1 for row in rows if row["entered"] < FEW_CASES)
    if few:
        book.warn(
            f"完了した商談が{FEW_CASES}件未満のフェーズが{few}つあり、その通過率は参考値です。",
            f"Few cases: {how_many(few, 'stage was', 'stages were')} entered by fewer than "
            f"{FEW_CASES} closed deals.",
        )


def _record(book: FactBook, row: Row) -> None:
    subject = f"stage:{row['stage']}"
    left_out = [
        LeftOut(
            rows=row["spells"] - row["usable"],
            reason=Text(
                ja="完了日より後にフェーズへ移行", en="stage entered after the deal closed"
            ),
        )
    ]
    book.add(
        "pipeline.stage_conversion",
        ratio(row["passed"], row["entered"]),
        subject=subject,
        rows=row["entered"],
    )
    for name in ("median", "p75"):
        book.add(
            f"pipeline.stage_days_{name}",
            days(row[name]),
            subject=subject,
            rows=row["usable"],
            left_out=left_out,
        )


def _passages(tables: ScopedTables, deals: ibis.Table, entries: Entries, as_of: date) -> list[Row]:
    """Each stage in order: how many closed deals entered and passed it, and the days in it."""
    closed = deals.filter(_.state.isin([WON, LOST])).select("opportunity_id", "state", "closed_on")
    order = stage_order(tables, as_of)
    went = _conversions(entries, closed, order)
    spent = {row["stage"]: row for row in fetch(_spent(tables, closed, order, as_of))}
    return [
        spent[stage] | {"stage": stage, "entered": went[f"n{n}"], "passed": went[f"passed{n}"]}
        for stage, n in order.items()
        if stage in spent
    ]


def _conversions(entries: Entries, closed: ibis.Table, order: dict[str, int]) -> Row:
    """By place: `n` deals entered the stage, `passed` of them entered a later one or were won."""
    reached = entries.rows.join(closed, "opportunity_id")
    in_order = [reached[entries.columns[stage]] for stage in order]
    sums: dict[str, ibis.Value] = {}
    passed = reached.state == WON
    for n, entered in reversed(list(enumerate(in_order))):
        sums |= {f"n{n}": entered.count(), f"passed{n}": entered.count(where=passed)}
        passed |= entered.notnull()
    return fetch_one(reached.agg(**sums))


def _spent(
    tables: ScopedTables, closed: ibis.Table, order: dict[str, int], as_of: date
) -> ibis.Table:
    """By stage: how often deals stood in it, and for how many days."""
    history = history_until(tables, as_of).mutate(place=_place(order))
    history = history.join(closed, "opportunity_id")
    in_order = {"group_by": "opportunity_id", "order_by": ["entered_on", "place"]}
    left_on = ibis.coalesce(_.entered_on.lead().over(**in_order), _.closed_on)
    history = history.mutate(spent=days_between(left_on, _.entered_on))
    usable = history.spent >= 0
    return history.group_by("stage").agg(
        spells=history.count(),
        usable=usable.sum(),
        median=history.spent.quantile(0.5, where=usable),
        p75=history.spent.quantile(0.75, where=usable),
    )


def _place(order: dict[str, int]) -> ibis.Deferred:
    return ibis.cases(*((_.stage == stage, n) for stage, n in order.items()))
