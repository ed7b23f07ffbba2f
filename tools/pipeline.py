"""Pipeline figures: every ratio comes with its n, and unknown amounts are counted, never zero."""

from __future__ import annotations

from decimal import Decimal

import ibis
from ibis import _
from pydantic import Field

from crm.periods import Period, parse_period
from crm.scope import ScopedTables
from tools.arguments import PeriodArguments, RowArguments, open_book
from tools.coverage import Asked, record_coverage
from tools.deal_groups import compared
from tools.deal_sums import (
    FEW_CASES,
    counted,
    days,
    sum_or_unknown,
    sums,
    win_rate,
    win_rate_by_value,
    win_rate_interval,
)
from tools.deals import OPEN, UNUSABLE, closings_known
from tools.dimensions import Dimension
from tools.facts import Chart, FactBook, LeftOut, Text, ToolResult
from tools.format import how_many
from tools.judged_deals import deals_of, judged_deals
from tools.query import Row, fetch, fetch_one, inside
from tools.stages_of_deals import record_stages, stage_order
from tools.tool import Tool

_GROUPS = Chart(kind="bar", x="pipeline.group", y="pipeline.win_rate")
_STAGES = Chart(
    kind="funnel", x="pipeline.group", y="pipeline.open_value", figures=("pipeline.open_count",)
)


class PipelineArguments(PeriodArguments, RowArguments):
    """Which deals to measure, and by what to compare them."""

    by: Dimension | None = Field(default=None, description="Compare groups by this.")
    account_id: str | None = Field(default=None, description="Only this account's deals.")
    owner_id: str | None = Field(
        default=None, description="Only the deals of this person and those below."
    )
    team: str | None = Field(default=None, description="Only the deals of this team's people.")
    limit: int = Field(default=50, ge=1, le=500, description="Groups at the most.")


def pipeline_metrics(tables: ScopedTables, arguments: PipelineArguments) -> ToolResult:
    """Open and weighted value, win rate, cycle, velocity, coverage and stages; groups on request.

    Coverage is of the period, else of the running fiscal half. Source of the formulas:
    docs/metrics.md (pipeline).
    """
    book = open_book("pipeline_metrics", tables, arguments, "deals")
    if arguments.account_id:
        tables.require_account(arguments.account_id)
    span, as_of = arguments.span(tables), arguments.as_of
    if span is not None:
        book.add("meta.from", span.start)
        book.add("meta.to", span.end)
    asked = Asked(arguments.account_id, arguments.owner_id, arguments.team)
    judged = judged_deals(tables, as_of)
    every = deals_of(
        tables, judged, account_id=asked.account_id, owner_id=asked.owner_id, team=asked.team
    )
    deals = every if span is None else _closed_in(span, every)
    _record(book, fetch_one(deals.agg(**sums(deals))), closings_known(tables, as_of))
    _record_stages(tables, book, deals)
    half = parse_period("this_half", as_of, tables.settings.company.fiscal_year_start)
    record_coverage(book, tables, every, asked, span or half, as_of)
    record_stages(book, tables, deals, as_of)
    if arguments.by is None:
        return book.result()
    return book.result(
        table=compared(tables, book, arguments.by, arguments.limit, deals),
        chart=_STAGES if arguments.by == "stage" else _GROUPS,
    )


def _closed_in(span: Period, deals: ibis.Table) -> ibis.Table:
    """A period narrows the closed deals only."""
    return deals.filter(_.state.isin([OPEN, UNUSABLE]) | inside(span, "closed_on"))


def _record(book: FactBook, row: Row, closings: bool) -> None:
    """The figures of deals; without any known closing day those of closed ones are unknown."""
    row = counted(row)
    open_n, won, lost = row["open_n"], row["won_n"], row["lost_n"]
    missing = _left_out(open_n - row["open_known"], "金額が不明", "no amount")
    book.add("pipeline.open_count", open_n, rows=open_n)
    book.add(
        "pipeline.open_value",
        sum_or_unknown(open_n, row["open_known"], row["open_value"]),
        rows=row["open_known"],
        left_out=missing,
    )
    book.add("pipeline.open_amount_unknown", open_n - row["open_known"], rows=open_n)
    book.add(
        "pipeline.weighted_value",
        sum_or_unknown(open_n, row["weighted_n"], row["weighted"]),
        rows=row["weighted_n"],
        left_out=_left_out(
            open_n - row["weighted_n"], "金額または受注確度が不明", "no amount or no probability"
        ),
        note=Text(
            ja=f"受注確度の出所: 商談{row['from_own']}件、フェーズ実績{row['from_history']}件、"
            f"既定値{row['from_default']}件",
            en=f"probability from the deal {row['from_own']}, from its stage's history "
            f"{row['from_history']}, from the default {row['from_default']}",
        ),
    )
    won_value = sum_or_unknown(won, row["won_known"], row["won_value"])
    undated = _left_out(
        row["unusable"], "状態と完了日が合わない", "status and closing date do not fit"
    )
    book.add("pipeline.won_count", won if closings else None, rows=won, left_out=undated)
    book.add("pipeline.lost_count", lost if closings else None, rows=lost, left_out=undated)
    book.add(
        "pipeline.won_value",
        won_value if closings else None,
        rows=row["won_known"],
        left_out=_left_out(won - row["won_known"], "金額が不明", "no amount"),
    )
    _record_win_rate(book, row)
    _record_cycle(book, row)
    _warn(book, row)


def _left_out(rows: int, ja: str, en: str) -> list[LeftOut]:
    return [LeftOut(rows=rows, reason=Text(ja=ja, en=en))]


def _record_win_rate(book: FactBook, row: Row) -> None:
    won, closed = row["won_n"], row["won_n"] + row["lost_n"]
    book.add(
        "pipeline.win_rate",
        win_rate(row),
        rows=closed,
        left_out=_left_out(
            row["unusable"], "状態と完了日が合わない", "status and closing date do not fit"
        ),
    )
    interval = win_rate_interval(won, closed)
    book.add("pipeline.win_rate_low", interval[0] if interval else None, rows=closed)
    book.add("pipeline.win_rate_high", interval[1] if interval else None, rows=closed)
    book.add(
        "pipeline.win_rate_by_value",
        win_rate_by_value(row),
        rows=row["won_known"] + row["lost_known"],
        left_out=_left_out(
            closed - row["won_known"] - row["lost_known"], "金額が不明", "no amount"
        ),
    )


def _record_cycle(book: FactBook, row: Row) -> None:
    n, closed_n = row["cycle_n"], row["closed_cycle_n"]
    mean = Decimal(row["cycle_sum"]) / n if n else None
    closed_mean = Decimal(row["closed_cycle_sum"]) / closed_n if closed_n else None
    book.add("pipeline.cycle_days", days(mean), rows=n)
    book.add("pipeline.cycle_days_median", days(row["cycle_median"]), rows=n)
    book.add("pipeline.cycle_days_p90", days(row["cycle_p90"]), rows=n)
    book.add("pipeline.closed_cycle_days", days(closed_mean), rows=closed_n)
    book.add("pipeline.closed_cycle_days_median", days(row["closed_cycle_median"]), rows=closed_n)
    book.add("pipeline.velocity", _velocity(row, mean), rows=row["open_n"] + n)


def _velocity(row: Row, cycle_days: Decimal | None) -> Decimal | None:
    """Open deals x win rate x mean won amount / mean cycle days: money a day."""
    closed = row["won_n"] + row["lost_n"]
    if not cycle_days or not row["won_known"] or not closed:
        return None
    mean_won: Decimal = Decimal(row["won_value"]) / row["won_known"]
    win_rate: Decimal = Decimal(row["won_n"]) / closed
    return Decimal(row["open_n"]) * win_rate * mean_won / cycle_days


def _warn(book: FactBook, row: Row) -> None:
    closed = row["won_n"] + row["lost_n"]
    if 0 < closed < FEW_CASES:
        book.warn(
            f"完了した商談が{closed}件と少なく、受注率は参考値です。",
            f"Few cases: the win rate rests on {how_many(closed, 'closed deal')}.",
        )
    if unknown := row["open_n"] - row["open_known"]:
        book.warn(
            f"進行中の商談のうち{unknown}件は金額が不明です。",
            f"Open deals without an amount: {unknown}.",
        )
    if row["no_account"]:
        book.warn(
            f"進行中の商談のうち{row['no_account']}件は取引先が登録されていません。",
            f"Open deals without an account: {row['no_account']}.",
        )
    if row["no_begin"]:
        book.warn(
            f"進行中の商談のうち{row['no_begin']}件は開始日が不明です。",
            f"Open deals without a start date: {row['no_begin']}.",
        )
    if row["unusable"]:
        book.warn(
            f"状態と完了日が合わない商談が{row['unusable']}件あり、集計から除きました。",
            f"Deals left out because status and closing date do not fit: {row['unusable']}.",
        )


def _record_stages(tables: ScopedTables, book: FactBook, deals: ibis.Table) -> None:
    """The open deals of each stage, in the order in which deals go through them."""
    stages = deals.filter(_.state == OPEN).group_by("stage").agg(n=_.count()).order_by("stage")
    order = stage_order(tables, book.as_of)
    for row in sorted(fetch(stages), key=lambda row: order.get(row["stage"], len(order))):
        book.add(
            "pipeline.stage_open_count", row["n"], subject=f"stage:{row['stage']}", rows=row["n"]
        )


PIPELINE_METRICS = Tool(
    "pipeline_metrics",
    PipelineArguments,
    pipeline_metrics,
    Text(
        ja="商談の指標: 進行中の商談額、加重金額、受注率と信頼区間、受注日数、ベロシティ、"
        "目標に対するカバレッジ、フェーズの通過率と滞在日数。担当・チーム・業種などで比較",
        en="Pipeline: open and weighted value, win rate with its interval, cycle, velocity, "
        "coverage of the target, stage conversion and days in stage; compared by owner, team, "
        "industry and more",
    ),
    needs=("opportunities",),
)
