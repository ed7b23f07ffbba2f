"""What counts towards a target: sales and profit by the account's owner, orders by the deal's."""

from __future__ import annotations

from datetime import date

import ibis
from ibis import _

from crm.periods import Period
from crm.scope import ScopedTables
from tools.allocation import operating_profit
from tools.deals import OPEN, WON
from tools.facts import FactBook
from tools.judged_deals import judged_deals
from tools.money import MONEY
from tools.portfolio import with_owner
from tools.query import attach, inside, times
from tools.sales import account_sales
from tools.targets import Level, Measure

WEIGHTED = "decimal(38,10)"
"""As many digits as an amount times a probability has."""
_KEYS = {"person": "owner_id", "team": "team", "account": "account_id"}


def actuals(
    tables: ScopedTables, measure: Measure, level: Level, past: Period, as_of: date
) -> ibis.Table:
    """What each person, team or account did in the days: `key`, `rows`, `known` and `actual`.

    `actual` is money, of `known` of `rows` rows (order lines by account, accounts' profits, deals
    won). Raises MissingDataError without the table that the measure is made from.
    """
    if measure == "orders_won":
        won = judged_deals(tables, as_of).filter(_.state == WON, inside(past, "closed_on"))
        return _summed(_of_deals(tables, won, level), "amount")
    if measure == "net_sales":
        sold = account_sales(tables, past)
        return _summed(_of_accounts(tables, sold, level), "net_sales")
    profit = operating_profit(tables, past)
    return _summed(_of_accounts(tables, profit, level), "operating_profit")


def expected_in_rest(tables: ScopedTables, level: Level, rest: Period, as_of: date) -> ibis.Table:
    """What the open deals of each may still bring: `key`, `coming`, `weighed` and `weighted`.

    `weighted` (decimal(38,10)) is amount times probability of `weighed` of the `coming` deals
    expected in the days; `overdue` are expected by as_of already, `undated` have no such day.
    """
    opened = _of_deals(tables, judged_deals(tables, as_of).filter(_.state == OPEN), level)
    day = opened.expected_close
    coming = day.between(ibis.literal(rest.start), ibis.literal(rest.end))
    worth = times(opened.amount, opened.chance)
    return opened.group_by("key").agg(
        coming=coming.sum(),
        weighed=(coming & worth.notnull()).sum(),
        weighted=worth.sum(where=coming).cast(WEIGHTED),
        overdue=(day <= ibis.literal(as_of)).sum(),
        undated=day.isnull().sum(),
    )


def _summed(rows: ibis.Table, column: str) -> ibis.Table:
    return rows.group_by("key").agg(
        rows=_.count(), known=_[column].count(), actual=_[column].sum().cast(MONEY)
    )


def _of_accounts(tables: ScopedTables, rows: ibis.Table, level: Level) -> ibis.Table:
    """Rows of accounts with the `key` of whom they count for."""
    owned = with_owner(tables, tables["accounts"])
    found = attach(rows, owned, "account_id", "account_id", whose=_KEYS[level])
    return found.rename(key="whose").filter(_.key.notnull())


def _of_deals(tables: ScopedTables, deals: ibis.Table, level: Level) -> ibis.Table:
    """Deals with the `key` of whom they count for: their own owner, not the account's."""
    if level == "team":
        deals = with_owner(tables, deals)
    return deals.mutate(key=deals[_KEYS[level]]).filter(_.key.notnull())


def warn_of_unknown_amounts(book: FactBook, deals: int) -> None:
    """Say how many deals won are not in the actual, for want of an amount."""
    book.warn(
        f"受注した商談のうち{deals}件は金額が不明で、実績に含めていません。",
        f"Deals won without an amount are not in the actual: {deals}.",
    )
