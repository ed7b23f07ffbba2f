"""When each deal first entered each stage: one pass over the history for all who ask of stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis
from ibis import _

from crm.scope import ScopedTables
from tools.query import fetch


@dataclass(frozen=True, eq=False)
class Entries:
    """A row for each deal with a history: opportunity_id and a date column for each stage.

    `columns` tells the column of a stage: the day of its first entry, NULL when there was none.
    """

    rows: ibis.Table
    columns: Mapping[str, str]


def history_until(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The entries into stages by a day: opportunity_id, stage, entered_on."""
    history = tables["stage_history"].filter(_.entered_on <= ibis.literal(as_of))
    return history.select("opportunity_id", "stage", "entered_on")


def first_entries(tables: ScopedTables, as_of: date) -> Entries | None:
    """The first entries by a day; None without a stage history by then."""
    columns = _columns(tables, as_of)
    if not columns:
        return None
    rows = tables.keep(("first_entries", as_of), lambda: _first(tables, as_of, columns))
    return Entries(rows, columns)


def _columns(tables: ScopedTables, as_of: date) -> dict[str, str]:
    if "stage_history" not in tables:
        return {}
    stages = history_until(tables, as_of).select("stage").distinct()
    found = tables.remember(("stages", as_of), lambda: fetch(stages))
    return {stage: f"_{n}" for n, stage in enumerate(sorted(row["stage"] for row in found))}


def _first(tables: ScopedTables, as_of: date, columns: Mapping[str, str]) -> ibis.Table:
    return (
        history_until(tables, as_of)
        .group_by("opportunity_id")
        .agg(**{c: _.entered_on.min(where=_.stage == stage) for stage, c in columns.items()})
    )
