"""What proves a deepening stage, a row for each account; what cannot be told is never a no.

Source: docs/metrics.md (stage); thresholds and words in the [deepening] settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis

from crm.scope import ScopedTables
from tools.query import attach
from tools.stage_records import contact_record, deal_record, plan_facts, purchases

STAGES = ("Enter", "Extend", "Enhance", "Engage")


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence: its code, the stage it belongs to, and the table that holds it."""

    code: str
    stage: str
    source: str


EVIDENCE = (
    Evidence("bought", "Enter", "order_lines"),
    Evidence("breadth", "Extend", "order_lines"),
    Evidence("solution_deal", "Enhance", "opportunities"),
    Evidence("midterm_plan", "Enhance", "market_facts"),
    Evidence("executive_meetings", "Engage", "activities"),
    Evidence("joint", "Engage", "activities"),
)
"""Every piece of evidence, in the order of the stages."""


def stage_evidence(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The evidence for each visible account, and the stage it adds up to.

    Columns: account_id; for each code of EVIDENCE `<code>_met` (boolean, NULL: cannot be told),
    `<code>_figure` (how many records prove it), `<code>_on` (the latest) and `<code>_source` (the
    table that holds it); `derived`, the number of stages (0 to 4) whose evidence, and that of all
    below, is complete; `missing_count`, the evidence that the next stage lacks.
    """
    return tables.keep(("stage_evidence", as_of), lambda: _stage_evidence(tables, as_of))


def _stage_evidence(tables: ScopedTables, as_of: date) -> ibis.Table:
    limits = tables.settings.deepening
    found = _side_by_side(
        tables["accounts"].select("account_id"),
        purchases(tables, as_of),
        contact_record(tables, as_of),
        deal_record(tables, as_of),
        plan_facts(tables, as_of),
    )
    breadth, widest = _breadth(found, limits.categories, limits.departments)
    meetings = found.executive_meetings
    found = found.select(
        "account_id",
        bought_met=found.lines > 0,
        bought_figure=found.lines,
        bought_on=found.last_bought,
        breadth_met=breadth,
        breadth_figure=widest,
        breadth_on=found.last_bought,
        solution_deal_met=found.solution_deals > 0,
        solution_deal_figure=found.solution_deals,
        solution_deal_on=found.solution_on,
        executive_meetings_met=meetings >= limits.executive_meetings,
        executive_meetings_figure=meetings,
        executive_meetings_on=found.executive_on,
        **_told_twice(found),
    )
    sources = {f"{e.code}_source": e.source for e in EVIDENCE}
    fixed = {c: ibis.literal(s) for c, s in sources.items() if c not in found.columns}
    found = found.mutate(derived=_derived(found), **fixed)
    return found.mutate(missing_count=_missing(found))


def _breadth(found: ibis.Table, categories: int, departments: int) -> tuple[ibis.Value, ibis.Value]:
    """Whether enough categories or departments bought (NULL: neither is told), and the larger."""
    wide = (found.categories >= categories).fill_null(False)
    wide = wide | (found.departments >= departments).fill_null(False)
    known = ibis.coalesce(found.categories, found.departments)
    widest = ibis.greatest(
        ibis.coalesce(found.categories, known), ibis.coalesce(found.departments, known)
    )
    return known.notnull().ifelse(wide, ibis.null("boolean")), widest


def _told_twice(found: ibis.Table) -> dict[str, ibis.Value]:
    """The evidence that may stand in either of two tables: either is enough."""
    plans = _sum_of_known(found.plan_facts, found.plan_subjects)
    joint = _sum_of_known(found.joint_subjects, found.joint_deals)
    return {
        "midterm_plan_met": plans > 0,
        "midterm_plan_figure": plans,
        "midterm_plan_on": _later(found.fact_on, found.plan_on),
        "midterm_plan_source": _source(found.plan_on, found.fact_on, "activities", "market_facts"),
        "joint_met": joint > 0,
        "joint_figure": joint,
        "joint_on": _later(found.joint_on, found.joint_deal_on),
        "joint_source": _source(found.joint_deal_on, found.joint_on, "opportunities", "activities"),
    }


def _source(day: ibis.Value, other_day: ibis.Value, table: str, other: str) -> ibis.Value:
    """The table with the latest record: `table` where `day` is later than the other's."""
    later = day.notnull() & (other_day.isnull() | (day > other_day))
    return later.ifelse(table, other)


def _derived(found: ibis.Table) -> ibis.Value:
    """How many stages from the first on have all their evidence."""
    complete: ibis.Value = ibis.literal(True)
    reached: ibis.Value = ibis.literal(0)
    for stage in STAGES:
        for evidence in (e for e in EVIDENCE if e.stage == stage):
            complete = complete & found[f"{evidence.code}_met"].fill_null(False)
        reached = reached + complete.ifelse(1, 0)
    return reached


def _missing(found: ibis.Table) -> ibis.Value:
    """How much evidence of the stage after the derived one is not there, or cannot be told."""
    lacking = []
    for n, stage in enumerate(STAGES):
        codes = [e.code for e in EVIDENCE if e.stage == stage]
        gaps = [found[f"{code}_met"].fill_null(False).ifelse(0, 1) for code in codes]
        lacking.append((found.derived == n, sum(gaps[1:], gaps[0])))
    return ibis.cases(*lacking, else_=0)


def _side_by_side(accounts: ibis.Table, *records: ibis.Table) -> ibis.Table:
    for record in records:
        columns = {c: c for c in record.columns if c != "account_id"}
        accounts = attach(accounts, record, "account_id", "account_id", **columns)
    return accounts


def _sum_of_known(one: ibis.Value, other: ibis.Value) -> ibis.Value:
    return ibis.coalesce(one + other, one, other)


def _later(one: ibis.Value, other: ibis.Value) -> ibis.Value:
    return ibis.greatest(ibis.coalesce(one, other), ibis.coalesce(other, one))
