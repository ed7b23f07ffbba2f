"""What a profit leaves out is said with it: lines of unknown cost, and costs that nobody bears."""

from __future__ import annotations

from collections.abc import Iterable

from crm.scope import ScopedTables
from tools.allocation import Unallocated
from tools.facts import FactBook
from tools.format import how_many
from tools.money import hours_are_priced

FEW_CASES = 5


def warn_of_direct_costs(book: FactBook, tables: ScopedTables, uncosted: int) -> None:
    """Say which direct costs a profit does not know of; `uncosted` counts lines without a cost."""
    if uncosted:
        book.warn(
            f"原価が不明な明細が{uncosted}件あり、利益は原価の分かる明細だけで計算しました"
            "（受注明細の標準原価を補ってください）。",
            f"{how_many(uncosted, 'order line has', 'order lines have')} no cost; "
            "profit covers the others (fill in the standard costs of order lines).",
        )
    if not tables.has("order_lines", "freight"):
        book.warn(
            "運賃の記録がないため、運賃は引いていません。",
            "Freight is not recorded (order_lines.freight): none is subtracted.",
        )
    if "direct_costs" not in tables:
        book.warn(
            "直接費の記録（direct_costs）がないため、リベートや配送費などの直接費は引いていません。",
            "There is no table direct_costs: rebates, delivery and other direct costs are not "
            "subtracted.",
        )
    if not hours_are_priced(tables):
        book.warn(
            "活動の時間と担当（activities の minutes、person_id）または時間単価（people の "
            "hourly_cost）の記録がないため、人件費は計上された分だけを引いています。",
            "Hours or what they cost are not recorded (activities.minutes and person_id, "
            "people.hourly_cost): only the labour that is booked is subtracted.",
        )


def warn_of_pools(book: FactBook, tables: ScopedTables, left: Iterable[Unallocated]) -> None:
    """Say what was not allocated, and what would make it so."""
    if "cost_pools" not in tables:
        book.warn(
            "配賦する費用（cost_pools）がないため、営業利益は直接費控除後利益と同じです。",
            "There is no table cost_pools: nothing is allocated, and operating profit is the "
            "profit after direct costs.",
        )
    for pool in left:
        if pool.why == "period":
            book.warn(
                f"全社共通費「{pool.pool}」の期間（cost_pools の period）を読めないため、"
                "配賦していません。",
                f"Pool “{pool.pool}” is not allocated: its period cannot be read "
                "(correct cost_pools.period).",
            )
        else:
            book.warn(
                f"全社共通費「{pool.pool}」は配賦基準「{pool.driver}」の量がどの取引先にもないため、"
                "配賦していません（account_drivers に量を加えるか、cost_pools の driver を"
                "直してください）。",
                f"Pool “{pool.pool}” is not allocated: no account has any of its driver "
                f"“{pool.driver}” (add rows to account_drivers or correct cost_pools.driver).",
            )


def warn_of_few(book: FactBook, accounts: int) -> None:
    """Say that shares of so few accounts prove little."""
    if 0 < accounts < FEW_CASES:
        book.warn(
            f"対象の取引先が{accounts}社と少なく、割合は参考値です。",
            f"Few cases: the shares rest on {how_many(accounts, 'account')}.",
        )
