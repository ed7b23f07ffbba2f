"""A figure of a plan has a unit of its own: what a KPI counts, what a statement names."""

from __future__ import annotations

from assistant.planning.show import said
from assistant.planning.status.standing import Followed
from crm.scope import ScopedTables
from plans.measuring import Meter, Reread, reread
from tools.arguments import Arguments, open_book
from tools.exact import decimal
from tools.facts import FactBook, Table, Text, ToolResult, Value


def kpis(book: FactBook, found: Followed) -> Table:
    """Each KPI beside where it should be by now."""
    subjects = [f"kpi:{one.kpi.id}" for one in found.kpis]
    for one, subject in zip(found.kpis, subjects, strict=True):
        _add_own(book, "plan.kpi_base", one.kpi.begins_at, one.kpi.unit, subject)
        _add_own(book, "plan.kpi_actual", one.actual, one.kpi.unit, subject)
        _add_own(book, "plan.kpi_target", one.kpi.target, one.kpi.unit, subject)
    end = found.stored.head.end
    behind = [None if k.behind is None else "yes" if k.behind else "no" for k in found.kpis]
    return book.table(
        {
            "plan.kpi": [k.kpi.what for k in found.kpis],
            "plan.kpi_way": [None if k.way is None else decimal(k.way) for k in found.kpis],
            "plan.kpi_expected": [
                None if k.expected is None else decimal(k.expected) for k in found.kpis
            ],
            "plan.kpi_behind": behind,
            "plan.kpi_due": [k.kpi.due or end for k in found.kpis],
        },
        subjects,
        sort=Text(ja="プランの順", en="in the order of the plan"),
    )


def stale(
    found: Followed, meter: Meter, tables: ScopedTables, arguments: Arguments, whole: FactBook
) -> ToolResult:
    """Facts that have moved or are no longer known; how many, recorded in `whole`."""
    book = open_book("plan_stale", tables, arguments, "plans")
    limits, plan = tables.settings.plans, found.stored.plan
    every = list(reread(plan, meter, limits.stale_share, limits.stale_count_share))
    told = [one for one in every if one.stale or one.unknown]
    moved = sum(one.stale for one in every)
    whole.add("plan.stated", len(every), rows=len(every))
    whole.add("plan.stale", moved, rows=len(every))
    whole.add("plan.stale_unknown", len(told) - moved, rows=len(every))
    subjects = [f"stale:{number}" for number in range(1, len(told) + 1)]
    for one, subject in zip(told, subjects, strict=True):
        _add_own(book, "plan.was", one.then.value, one.then.unit, subject)
        value = None if one.now is None else one.now.value
        _add_own(book, "plan.now", value, one.then.unit, subject)
    language = plan.head.language
    return book.result(
        table=book.table(
            {
                "plan.statement": [said(one.statement, language) for one in told],
                "plan.figure": [one.then.label.in_(language) for one in told],
                "plan.now_state": [_now(one) for one in told],
            },
            subjects,
            sort=Text(ja="プランの順", en="in the order of the plan"),
        )
    )


def _now(one: Reread) -> str:
    return "unknown" if one.unknown else "changed"


def _add_own(book: FactBook, name: str, value: Value, unit: str, subject: str) -> None:
    """A fact in a unit of its own: what a KPI counts, what a statement names."""
    fact = book.add(name, value, subject=subject)
    book.facts[-1] = fact.model_copy(update={"unit": unit})
