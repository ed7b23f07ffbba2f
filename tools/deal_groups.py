"""Groups of deals side by side: the best win rate first, and no two groups under one name."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import ibis

from crm.scope import ScopedTables
from tools.deal_sums import (
    FEW_CASES,
    counted,
    sum_or_unknown,
    sums,
    win_rate,
    win_rate_by_value,
    win_rate_interval,
)
from tools.deals import closings_known
from tools.dimensions import Dimension, labelled
from tools.facts import FactBook, Table, Text, Value
from tools.format import how_many
from tools.query import Row, fetch
from tools.stages_of_deals import stage_order


def compared(
    tables: ScopedTables, book: FactBook, by: Dimension, limit: int, deals: ibis.Table
) -> Table:
    """The deals (as `deal_sums.sums` takes them) by group, highest win rate first.

    Stages stand in the order in which deals go through them, where the history tells it.
    """
    named = labelled(tables, deals, by)
    found = fetch(named.group_by("group_id", "label").agg(**sums(named)))
    groups = told_apart([counted(row) for row in found])
    groups.sort(key=_best_first)
    sort = Text(ja="受注率の高い順", en="highest win rate first")
    order = stage_order(tables, book.as_of) if by == "stage" else {}
    if order:
        groups.sort(key=lambda row: order.get(row["label"], len(order)))
        sort = Text(ja="フェーズの順", en="in the order of the stages")
    few = sum(1 for r in groups if 0 < r["won_n"] + r["lost_n"] < FEW_CASES)
    if few:
        book.warn(
            f"完了した商談が{FEW_CASES}件未満の区分が{few}件あり、その受注率は参考値です。",
            f"Few cases: {how_many(few, 'group has', 'groups have')} fewer than {FEW_CASES} "
            "closed deals.",
        )
    return book.table(
        _columns(groups, closings_known(tables, book.as_of)),
        [f"{by}:{row['label'] or ''}" for row in groups],
        sort=sort,
        limit=limit,
    )


def told_apart(groups: list[Row]) -> list[Row]:
    """Groups of one `label` (two people called alike) carry their `group_id` as well."""
    seen = Counter(row["label"] for row in groups)
    return [
        row if seen[row["label"]] == 1 else row | {"label": f"{row['label']} ({row['group_id']})"}
        for row in groups
    ]


def _best_first(row: Row) -> tuple[bool, Decimal, int, str]:
    rate = win_rate(row)
    return (rate is None, -(rate or Decimal(0)), -row["won_n"], row["label"] or "")


def _columns(groups: list[Row], closings: bool) -> dict[str, list[Value]]:
    """The columns; without any known closing day those of closed deals are unknown."""
    intervals = [
        win_rate_interval(row["won_n"], row["won_n"] + row["lost_n"]) or (None, None)
        for row in groups
    ]
    return {
        "pipeline.group": [row["label"] for row in groups],
        "pipeline.win_rate": [win_rate(row) for row in groups],
        "pipeline.won_count": [row["won_n"] if closings else None for row in groups],
        "pipeline.lost_count": [row["lost_n"] if closings else None for row in groups],
        "pipeline.win_rate_low": [low for low, _high in intervals],
        "pipeline.win_rate_high": [high for _low, high in intervals],
        "pipeline.win_rate_by_value": [win_rate_by_value(row) for row in groups],
        "pipeline.won_value": [
            sum_or_unknown(r["won_n"], r["won_known"], r["won_value"]) if closings else None
            for r in groups
        ],
        "pipeline.open_count": [row["open_n"] for row in groups],
        "pipeline.open_value": [
            sum_or_unknown(r["open_n"], r["open_known"], r["open_value"]) for r in groups
        ],
    }
