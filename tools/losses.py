"""Why deals are lost: what is not recorded is a group of its own, and never guessed."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import ibis
from ibis import _
from pydantic import Field

from crm.scope import ScopedTables
from tools.arguments import RowArguments, YearArguments, open_book
from tools.deal_groups import told_apart
from tools.deal_sums import FEW_CASES, days
from tools.deals import LOST, UNUSABLE, WON, closings_known
from tools.dimensions import labelled
from tools.exact import ratio
from tools.facts import Chart, FactBook, LeftOut, Text, ToolResult, Value
from tools.format import how_many
from tools.judged_deals import begun_deals, deals_of
from tools.query import Row, fetch, fetch_one, inside
from tools.spans import record_span
from tools.stages_of_deals import last_stage
from tools.tool import Tool

By = Literal["reason", "competitor", "stage", "owner", "team", "industry", "product", "category"]
_COLUMNS = {"reason": "loss_reason", "competitor": "competitor"}
_WORDS = {"reason": ("失注理由", "reasons of lost deals"), "competitor": ("競合", "competitors")}
_UNUSABLE = Text(ja="状態と完了日が合わない", en="status and closing date do not fit")
_NAMED = 5
"""Groups with few cases that a warning names."""
_NO_AMOUNT = Text(ja="金額が不明", en="no amount")


class LossArguments(YearArguments, RowArguments):
    """Which lost deals to look at, and by what to group them."""

    by: By = Field(default="reason", description="Group the lost deals by this.")
    account_id: str | None = Field(default=None, description="Only this account's deals.")
    owner_id: str | None = Field(
        default=None, description="Only the deals of this person and those below."
    )
    limit: int = Field(default=50, ge=1, le=500, description="Groups at the most.")


def loss_analysis(tables: ScopedTables, arguments: LossArguments) -> ToolResult:
    """Deals lost in the period by reason, competitor, stage reached and more: count and value.

    The win rate of a group is won / (won + lost) in it; by reason there is none, for a deal that
    was won has no reason. Raises MissingDataError without opportunities.
    Source: docs/metrics.md (loss).
    """
    if arguments.account_id:
        tables.require_account(arguments.account_id)
    book = open_book("loss_analysis", tables, arguments)
    period = arguments.span(tables)
    record_span(book, period)
    deals = deals_of(
        tables,
        begun_deals(tables, arguments.as_of),
        account_id=arguments.account_id,
        owner_id=arguments.owner_id,
    )
    closed = deals.filter(_.state.isin([WON, LOST]), inside(period, "closed_on"))
    found = fetch(_by_group(_labelled(tables, closed, arguments)))
    groups = told_apart([row for row in found if row["lost"]])
    groups.sort(key=_dearest_first)
    unusable = fetch_one(deals.agg(n=(_.state == UNUSABLE).sum().fill_null(0)))["n"]
    _record(book, groups, unusable, closings_known(tables, arguments.as_of))
    _warn(book, tables, arguments.by, groups)
    return _listed(book, arguments, groups)


def _labelled(tables: ScopedTables, closed: ibis.Table, arguments: LossArguments) -> ibis.Table:
    match arguments.by:
        case "stage":
            staged = last_stage(tables, closed, arguments.as_of)
            return staged.mutate(label=staged["last"], group_id=staged["last"])
        case "reason":
            return labelled(tables, closed, "loss_reason")
        case by:
            return labelled(tables, closed, by)


def _by_group(deals: ibis.Table) -> ibis.Table:
    lost = deals.state == LOST
    return deals.group_by("group_id", "label").agg(
        lost=lost.sum(),
        won=(deals.state == WON).sum(),
        known=deals.amount.count(where=lost),
        value=deals.amount.sum(where=lost),
        cycle_n=deals.cycle.count(where=lost),
        cycle_sum=deals.cycle.sum(where=lost),
    )


def _dearest_first(row: Row) -> tuple[bool, Decimal, int, bool, str]:
    value, label = row["value"], row["label"]
    return (value is None, -(value or Decimal(0)), -row["lost"], label is None, label or "")


def _record(book: FactBook, groups: list[Row], unusable: int, closings: bool) -> None:
    """The totals; without any known closing day nothing is known of what was lost."""
    lost, known = (sum(row[name] for row in groups) for name in ("lost", "known"))
    value = sum((row["value"] for row in groups if row["value"] is not None), Decimal(0))
    unrecorded = sum(row["lost"] for row in groups if row["label"] is None)
    undated = LeftOut(rows=unusable, reason=_UNUSABLE)
    book.add("loss.total_count", lost if closings else None, rows=lost, left_out=[undated])
    book.add(
        "loss.total_value",
        value if closings and (known or not lost) else None,
        rows=known,
        left_out=[LeftOut(rows=lost - known, reason=_NO_AMOUNT), undated],
    )
    book.add("loss.unrecorded_share", ratio(unrecorded, lost), rows=lost)
    if unusable:
        book.warn(
            f"状態と完了日が合わない商談が{unusable}件あり、集計から除きました"
            "（商談の完了日を直してください）。",
            "Deals left out because status and closing date do not fit "
            f"(correct their closing dates): {unusable}.",
        )


def _warn(book: FactBook, tables: ScopedTables, by: By, groups: list[Row]) -> None:
    lost, known = (sum(row[name] for row in groups) for name in ("lost", "known"))
    if lost - known:
        book.warn(
            f"失注した商談のうち{lost - known}件は金額が不明です。",
            f"Lost deals without an amount: {lost - known}.",
        )
    column = _COLUMNS.get(by)
    if lost and column and not tables.has("opportunities", column):
        book.warn(
            f"商談の{_WORDS[by][0]}が登録されていないため、内訳は分かりません。"
            "マッピングに加えて取り込んでください。",
            f"Without {_WORDS[by][1]} (opportunities.{column}) the losses cannot be told apart: "
            "add them to the mapping and import.",
        )
    if by == "stage" and lost and "stage_history" not in tables:
        book.warn(
            "フェーズ履歴（stage_history）がないため、記録されているフェーズで分けました。",
            "Without a stage history (stage_history) the recorded stage was taken.",
        )
    if 0 < lost < FEW_CASES:
        book.warn(
            f"失注した商談が{lost}件と少なく、割合は参考値です。",
            f"Few cases: the shares rest on {how_many(lost, 'lost deal')}.",
        )
    few = [row["label"] for row in groups if row["won"] + row["lost"] < FEW_CASES]
    if few and by != "reason":
        ja, en = (
            [label or none for label in few[:_NAMED]] for none in ("記録なし", "not recorded")
        )
        more = len(few) > _NAMED
        book.warn(
            f"完了した商談が{FEW_CASES}件未満のため、受注率が参考値の区分: "
            f"{'、'.join(ja)}{'など' if more else ''}。",
            f"Fewer than {FEW_CASES} closed deals, so the win rate is a guide only: "
            f"{', '.join(en)}{' and others' if more else ''}.",
        )


def _listed(book: FactBook, arguments: LossArguments, groups: list[Row]) -> ToolResult:
    by = arguments.by
    table = book.table(
        _columns(groups, by),
        [f"{by}:{row['label'] or ''}" for row in groups],
        sort=Text(ja="失注額の大きい順", en="highest lost value first"),
        limit=arguments.limit,
    )
    return book.result(table=table, chart=Chart(kind="bar", x="loss.group", y="loss.value"))


def _columns(groups: list[Row], by: By) -> dict[str, list[Value]]:
    lost = sum(row["lost"] for row in groups)
    value = sum((row["value"] for row in groups if row["value"] is not None), Decimal(0))
    columns: dict[str, list[Value]] = {
        "loss.group": [row["label"] for row in groups],
        "loss.count": [row["lost"] for row in groups],
        "loss.value": [row["value"] for row in groups],
        "loss.share": [ratio(row["lost"], lost) for row in groups],
        "loss.value_share": [ratio(row["value"], value) for row in groups],
        "loss.cycle_days": [
            days(Decimal(row["cycle_sum"]) / row["cycle_n"]) if row["cycle_n"] else None
            for row in groups
        ],
    }
    if by != "reason":
        columns["loss.win_rate"] = [ratio(row["won"], row["won"] + row["lost"]) for row in groups]
    return columns


LOSS_ANALYSIS = Tool(
    "loss_analysis",
    LossArguments,
    loss_analysis,
    Text(
        ja="失注分析: 理由・競合・到達フェーズ・担当・業種などの別に、件数、金額、割合、受注率",
        en="Lost deals by reason, competitor, stage reached, owner, industry and more: count, "
        "value, shares, win rate",
    ),
    needs=("opportunities",),
)
