"""Pipeline figures: every ratio comes with its n, and unknown amounts are counted, never zero."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import ibis
from ibis import _
from pydantic import Field

from crm.periods import Period
from crm.scope import ScopedTables
from tools.arguments import PeriodArguments, open_book
from tools.deals import LOST, OPEN, UNUSABLE, WON, deals_at, with_probability
from tools.dimensions import Dimension, labelled
from tools.exact import ratio, round_to
from tools.facts import Chart, FactBook, LeftOut, Text, ToolResult, Value
from tools.people import with_reports
from tools.query import Row, days_between, fetch, fetch_one, times
from tools.tool import Tool

FEW_CASES = 5


class PipelineArguments(PeriodArguments):
    """Which deals to measure, and by what to compare them."""

    by: Dimension | None = Field(default=None, description="Compare groups by this.")
    account_id: str | None = Field(default=None, description="Only this account's deals.")
    owner_id: str | None = Field(
        default=None, description="Only the deals of this person and those below."
    )
    limit: int = Field(default=50, ge=1, le=500, description="Groups at the most.")


def pipeline_metrics(tables: ScopedTables, arguments: PipelineArguments) -> ToolResult:
    """Open and weighted value, win rate with its interval, cycle and velocity; by group on request.

    Source of the formulas: docs/metrics.md (pipeline).
    """
    book = open_book("pipeline_metrics", tables, arguments)
    if arguments.account_id:
        tables.require_account(arguments.account_id)
    span = arguments.span(tables)
    if span is not None:
        book.add("meta.from", span.start)
        book.add("meta.to", span.end)
    deals = _chosen(tables, arguments, span)
    total = fetch_one(deals.agg(**_measures(deals)))
    _record(book, total)
    _record_stages(book, deals)
    if arguments.by is None:
        return book.result()
    return _grouped(tables, book, arguments.by, arguments.limit, deals)


def _chosen(tables: ScopedTables, arguments: PipelineArguments, span: Period | None) -> ibis.Table:
    """The deals in question with `state` and `chance`; a period narrows the closed ones only."""
    deals = with_probability(tables, deals_at(tables, arguments.as_of), arguments.as_of)
    deals = deals.filter(_.state != "later")
    if span is not None:
        inside = _.closed_on.between(ibis.literal(span.start), ibis.literal(span.end))
        deals = deals.filter(_.state.isin([OPEN, UNUSABLE]) | inside)
    if arguments.account_id:
        deals = deals.filter(_.account_id == arguments.account_id)
    if arguments.owner_id:
        deals = deals.filter(_.owner_id.isin(with_reports(tables, arguments.owner_id)))
    return deals.mutate(
        cycle=ibis.ifelse(
            _.state.isin([WON, LOST]), days_between(_.closed_on, _.created_on), ibis.null("int64")
        )
    )


def _measures(deals: ibis.Table) -> dict[str, ibis.Value]:
    is_open, won, lost = deals.state == OPEN, deals.state == WON, deals.state == LOST
    known = deals.amount.notnull()
    weighed = times(deals.amount, deals.chance)
    return {
        "open_n": is_open.sum(),
        "open_known": (is_open & known).sum(),
        "open_value": deals.amount.sum(where=is_open),
        "weighted": weighed.sum(where=is_open),
        "weighted_n": (is_open & weighed.notnull()).sum(),
        "from_own": (is_open & (deals.chance_from == "own")).sum(),
        "from_history": (is_open & (deals.chance_from == "history")).sum(),
        "from_default": (is_open & (deals.chance_from == "default")).sum(),
        "won_n": won.sum(),
        "won_known": (won & known).sum(),
        "won_value": deals.amount.sum(where=won),
        "lost_n": lost.sum(),
        "lost_known": (lost & known).sum(),
        "lost_value": deals.amount.sum(where=lost),
        "unusable": (deals.state == UNUSABLE).sum(),
        "no_account": (deals.account_id.isnull() & is_open).sum(),
        "no_begin": (deals.created_on.isnull() & is_open).sum(),
        "cycle_n": deals.cycle.count(where=won),
        "cycle_sum": deals.cycle.sum(where=won),
        "cycle_median": deals.cycle.quantile(0.5, where=won),
        "cycle_p90": deals.cycle.quantile(0.9, where=won),
        "closed_cycle_n": deals.cycle.count(),
        "closed_cycle_sum": deals.cycle.sum(),
        "closed_cycle_median": deals.cycle.quantile(0.5),
    }


def _number(value: float | int | Decimal | None) -> Decimal | None:
    return None if value is None else round_to(Decimal(str(value)), 3)


def _counts(row: Row) -> Row:
    """The row with NULL counts (of no rows at all) as zero."""
    return {k: (v if v is not None or k in _MAY_BE_UNKNOWN else 0) for k, v in row.items()}


_MAY_BE_UNKNOWN = {
    "open_value", "weighted", "won_value", "lost_value", "cycle_median", "cycle_p90",
    "closed_cycle_median", "cycle_sum", "closed_cycle_sum", "label", "group_id",
}  # fmt: skip


def win_rate_interval(won: int, closed: int) -> tuple[Decimal, Decimal] | None:
    """Wilson's 95 % interval of won / closed; None without a closed deal."""
    if closed == 0:
        return None
    from scipy.stats import binomtest

    interval = binomtest(won, closed).proportion_ci(0.95, method="wilson")
    return round_to(Decimal(str(interval.low)), 6), round_to(Decimal(str(interval.high)), 6)


def _value_rate(row: Row) -> Decimal | None:
    """Won value / closed value; unknown when a side has deals but no amounts."""
    if (row["won_n"] and not row["won_known"]) or (row["lost_n"] and not row["lost_known"]):
        return None
    won, lost = row["won_value"] or Decimal(0), row["lost_value"] or Decimal(0)
    return ratio(won, won + lost)


def _sum_or_unknown(count: int, known: int, value: Decimal | None) -> Decimal | None:
    """A sum of amounts: zero of no deals, unknown when there are deals but no amounts."""
    if count == 0:
        return Decimal(0)
    return value if known else None


def _record(book: FactBook, row: Row) -> None:
    row = _counts(row)
    open_n, won, lost = row["open_n"], row["won_n"], row["lost_n"]
    missing = _left_out(open_n - row["open_known"], "金額が不明", "no amount")
    book.add("pipeline.open_count", open_n, rows=open_n)
    book.add(
        "pipeline.open_value",
        _sum_or_unknown(open_n, row["open_known"], row["open_value"]),
        rows=row["open_known"],
        left_out=missing,
    )
    book.add("pipeline.open_amount_unknown", open_n - row["open_known"], rows=open_n)
    book.add(
        "pipeline.weighted_value",
        _sum_or_unknown(open_n, row["weighted_n"], row["weighted"]),
        rows=row["weighted_n"],
        left_out=_left_out(
            open_n - row["weighted_n"], "金額または確度が不明", "no amount or no probability"
        ),
        note=Text(
            ja=f"確度の出所: 商談{row['from_own']}件、フェーズ実績{row['from_history']}件、"
            f"既定値{row['from_default']}件",
            en=f"probability from the deal {row['from_own']}, from its stage's history "
            f"{row['from_history']}, from the default {row['from_default']}",
        ),
    )
    book.add("pipeline.won_count", won, rows=won)
    book.add("pipeline.lost_count", lost, rows=lost)
    book.add(
        "pipeline.won_value",
        _sum_or_unknown(won, row["won_known"], row["won_value"]),
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
        ratio(won, closed),
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
        _value_rate(row),
        rows=row["won_known"] + row["lost_known"],
        left_out=_left_out(
            closed - row["won_known"] - row["lost_known"], "金額が不明", "no amount"
        ),
    )


def _record_cycle(book: FactBook, row: Row) -> None:
    n, closed_n = row["cycle_n"], row["closed_cycle_n"]
    mean = Decimal(row["cycle_sum"]) / n if n else None
    closed_mean = Decimal(row["closed_cycle_sum"]) / closed_n if closed_n else None
    book.add("pipeline.cycle_days", _number(mean), rows=n)
    book.add("pipeline.cycle_days_median", _number(row["cycle_median"]), rows=n)
    book.add("pipeline.cycle_days_p90", _number(row["cycle_p90"]), rows=n)
    book.add("pipeline.closed_cycle_days", _number(closed_mean), rows=closed_n)
    book.add(
        "pipeline.closed_cycle_days_median", _number(row["closed_cycle_median"]), rows=closed_n
    )
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
            f"Few cases: the win rate rests on {closed} closed deals.",
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


def _record_stages(book: FactBook, deals: ibis.Table) -> None:
    stages = deals.filter(_.state == OPEN).group_by("stage").agg(n=_.count()).order_by("stage")
    for row in fetch(stages):
        book.add(
            "pipeline.stage_open_count", row["n"], subject=f"stage:{row['stage']}", rows=row["n"]
        )


def _grouped(
    tables: ScopedTables, book: FactBook, by: Dimension, limit: int, deals: ibis.Table
) -> ToolResult:
    named = labelled(tables, deals, by)
    found = fetch(named.group_by("group_id", "label").agg(**_measures(named)))
    groups = _told_apart([_counts(row) for row in found])
    groups.sort(key=_best_first)
    table = book.table(
        _group_columns(groups),
        [f"{by}:{row['label'] or ''}" for row in groups],
        sort=Text(ja="受注率の高い順", en="highest win rate first"),
        limit=limit,
    )
    few = sum(1 for r in groups if 0 < r["won_n"] + r["lost_n"] < FEW_CASES)
    if few:
        book.warn(
            f"完了した商談が{FEW_CASES}件未満の区分が{few}件あり、その受注率は参考値です。",
            f"Few cases: {few} groups have fewer than {FEW_CASES} closed deals.",
        )
    return book.result(
        table=table, chart=Chart(kind="bar", x="pipeline.group", y="pipeline.win_rate")
    )


def _told_apart(groups: list[Row]) -> list[Row]:
    """Groups of one name (two people called alike) carry their id as well."""
    seen = Counter(row["label"] for row in groups)
    return [
        row if seen[row["label"]] == 1 else row | {"label": f"{row['label']} ({row['group_id']})"}
        for row in groups
    ]


def _best_first(row: Row) -> tuple[bool, Decimal, int, str]:
    rate = ratio(row["won_n"], row["won_n"] + row["lost_n"])
    return (rate is None, -(rate or Decimal(0)), -row["won_n"], row["label"] or "")


def _group_columns(groups: list[Row]) -> dict[str, list[Value]]:
    closed = [row["won_n"] + row["lost_n"] for row in groups]
    intervals = [
        win_rate_interval(row["won_n"], n) or (None, None)
        for row, n in zip(groups, closed, strict=True)
    ]
    return {
        "pipeline.group": [row["label"] for row in groups],
        "pipeline.win_rate": [ratio(r["won_n"], n) for r, n in zip(groups, closed, strict=True)],
        "pipeline.won_count": [row["won_n"] for row in groups],
        "pipeline.lost_count": [row["lost_n"] for row in groups],
        "pipeline.win_rate_low": [low for low, _high in intervals],
        "pipeline.win_rate_high": [high for _low, high in intervals],
        "pipeline.won_value": [
            _sum_or_unknown(r["won_n"], r["won_known"], r["won_value"]) for r in groups
        ],
        "pipeline.open_count": [row["open_n"] for row in groups],
        "pipeline.open_value": [
            _sum_or_unknown(r["open_n"], r["open_known"], r["open_value"]) for r in groups
        ],
    }


PIPELINE_METRICS = Tool(
    "pipeline_metrics",
    PipelineArguments,
    pipeline_metrics,
    Text(
        ja="商談の指標: 進行中の額、加重額、受注率と信頼区間、受注日数、速度。"
        "担当・チーム・業種などで比較",
        en="Pipeline: open and weighted value, win rate with its interval, "
        "cycle, velocity; compared by owner, team, industry and more",
    ),
)
