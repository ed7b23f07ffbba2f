"""A warning is worth what came after it: the signals of an earlier day against the days since.

Source: docs/metrics.md (signal, backtest).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import ibis
from ibis import _
from pydantic import Field

from crm.periods import trailing
from crm.scope import MissingDataError, ScopedTables
from tools.account_signals import PLAN_SIGNALS, raised_signals, warn_of_gaps
from tools.arguments import GroupArguments, open_book
from tools.deal_sums import FEW_CASES, win_rate_interval
from tools.deals import LOST, OPEN, deals_at
from tools.exact import ratio
from tools.facts import Chart, FactBook, LeftOut, Table, Text, ToolResult
from tools.format import how_many
from tools.money import MONEY
from tools.portfolio import customers
from tools.query import EXACT, Row, Side, beside, fetch, fetch_one, inside, portion
from tools.tool import Tool

_ID = "account_id"


class BacktestArguments(GroupArguments):
    """How far back the signals are raised."""

    days: int = Field(
        default=90, ge=1, le=365, description="Days back, and days watched since: 1 to 365."
    )


def attention_backtest(tables: ScopedTables, arguments: BacktestArguments) -> ToolResult:
    """How many of the accounts flagged `days` ago went badly since, against all accounts.

    Badly: net sales of these days below the same days a year before by the fall that is a signal,
    or a deal lost in them. Compared are the accounts that could be judged: customers with net
    sales in those days a year before, and accounts with a deal open on the earlier day.
    """
    if "order_lines" not in tables and "opportunities" not in tables:
        raise MissingDataError(
            "A backtest needs `order_lines` or `opportunities`, and this workspace has neither.",
            "Add one of them to the mapping and import.",
        )
    book = open_book("attention_backtest", tables, arguments, "attention", "deals")
    then = arguments.as_of - timedelta(days=arguments.days)
    book.add("meta.from", then + timedelta(days=1))
    book.add("meta.to", arguments.as_of)
    warn_of_gaps(tables, then, book)
    total, flagged, rows = tables.remember(
        ("attention_backtest", arguments), lambda: _read(tables, arguments.as_of, then)
    )
    judged, bad = total["judged"], total["bad"] or 0
    _record(book, judged, bad, flagged)
    _warn(book, tables, judged, rows)
    return book.result(
        table=_table(book, rows, judged, bad),
        chart=Chart(kind="bar", x="backtest.signal", y="backtest.rate"),
    )


def _read(tables: ScopedTables, as_of: date, then: date) -> tuple[Row, Row, list[Row]]:
    """Counts over the accounts judged, over the accounts flagged, and by signal."""
    judged = _judged(tables, as_of, then)
    raised = raised_signals(tables, then).filter(_.signal.notin(PLAN_SIGNALS))
    judgement: Side = (judged, _ID, _ID, {"bad": "bad"})
    seen = beside(raised.select(_ID, "signal"), judgement)
    accounts = (
        seen.group_by(_ID)
        .agg(bad=_.bad.max())
        .agg(flagged=_.bad.count(), bad=_.bad.sum(), unjudged=_.count(where=_.bad.isnull()))
    )
    by_signal = seen.filter(_.bad.notnull()).group_by("signal").agg(n=_.count(), bad=_.bad.sum())
    total = judged.agg(judged=_.count(), bad=_.bad.sum())
    return fetch_one(total), fetch_one(accounts), fetch(by_signal.order_by("signal"))


def _judged(tables: ScopedTables, as_of: date, then: date) -> ibis.Table:
    """account_id and `bad` (1 or 0) of every account that could be judged."""
    key = ("judged_accounts", as_of, then)
    return tables.keep(key, lambda: _outcomes(tables, as_of, then))


def _outcomes(tables: ScopedTables, as_of: date, then: date) -> ibis.Table:
    buyers: Side = (customers(tables, then), _ID, _ID, {"customer": _ID})
    sides = [*_sales(tables, as_of, then), *_deals(tables, as_of, then)]
    known = beside(tables["accounts"].select(_ID), buyers, *sides)
    no, nothing = ibis.literal(False), ibis.literal(0, MONEY)
    judged, bad = no, no
    if "before" in known.columns:
        now = known.now.fill_null(nothing)
        limit = portion(known.before, ibis.literal(tables.settings.attention.sales_down))
        sold = (known.before > 0).fill_null(False)
        judged |= sold & known.customer.notnull()
        bad |= sold & ((now - known.before).cast(EXACT) <= limit)
    if "dealing" in known.columns:
        judged |= (known.dealing > 0).fill_null(False)
        bad |= (known.lost > 0).fill_null(False)
    verdict = ibis.cases(
        (bad.fill_null(False), 1), else_=0
    )  # PostgreSQL casts no truth to a number
    return known.filter(judged).select(_ID, bad=verdict)


def _sales(tables: ScopedTables, as_of: date, then: date) -> list[Side]:
    """Net sales of the days since, and of the same days a year before."""
    if "order_lines" not in tables:
        return []
    days = (as_of - then).days
    now, before = trailing(as_of, days), trailing(as_of, days, years_back=1)
    lines = tables["order_lines"].filter(inside(now, "ordered_on") | inside(before, "ordered_on"))
    summed = lines.group_by(_ID).agg(
        now=_.net_amount.sum(where=inside(now, "ordered_on")).cast(MONEY),
        before=_.net_amount.sum(where=inside(before, "ordered_on")).cast(MONEY),
    )
    return [(summed, _ID, _ID, {"now": "now", "before": "before"})]


def _deals(tables: ScopedTables, as_of: date, then: date) -> list[Side]:
    """Deals open on the earlier day, and deals lost since, whenever they were begun."""
    if "opportunities" not in tables:
        return []
    since = trailing(as_of, (as_of - then).days)
    lost = deals_at(tables, as_of).filter(_.state == LOST, inside(since, "closed_on"))
    begun = deals_at(tables, then).filter(_.state == OPEN)
    return [
        (begun.group_by(_ID).agg(dealing=_.count()), _ID, _ID, {"dealing": "dealing"}),
        (lost.group_by(_ID).agg(lost=_.count()), _ID, _ID, {"lost": "lost"}),
    ]


def _record(book: FactBook, judged: int, bad: int, flagged: Row) -> None:
    number, flagged_bad = flagged["flagged"], flagged["bad"] or 0
    base, rate = ratio(bad, judged), ratio(flagged_bad, number)
    unjudged = [
        LeftOut(
            rows=flagged["unjudged"],
            reason=Text(
                ja="前年同期の売上も進行中の商談もなく、結果を判定できない",
                en="neither sales a year before nor an open deal to be judged by",
            ),
        )
    ]
    book.add("backtest.judged", judged, rows=judged)
    book.add("backtest.bad", bad, rows=judged)
    book.add("backtest.base_rate", base, rows=judged)
    book.add("backtest.flagged", number, rows=number, left_out=unjudged)
    book.add("backtest.flagged_bad", flagged_bad, rows=number, left_out=unjudged)
    book.add("backtest.flagged_rate", rate, rows=number, left_out=unjudged)
    book.add("backtest.lift", _lift(flagged_bad, number, bad, judged), rows=number)
    book.add("backtest.unjudged", flagged["unjudged"], rows=number + flagged["unjudged"])


def _lift(bad: int, number: int, all_bad: int, judged: int) -> Decimal | None:
    """The rate over the base rate, without rounding either."""
    return ratio(bad * judged, number * all_bad)


def _table(book: FactBook, rows: list[Row], judged: int, bad: int) -> Table:
    ordered = sorted(rows, key=lambda row: row["signal"])
    lifts = {row["signal"]: _lift(row["bad"], row["n"], bad, judged) for row in ordered}
    ordered.sort(key=lambda row: -(lifts[row["signal"]] or Decimal(-1)))
    intervals = [win_rate_interval(row["bad"], row["n"]) or (None, None) for row in ordered]
    return book.table(
        {
            "backtest.signal": [row["signal"] for row in ordered],
            "backtest.n": [row["n"] for row in ordered],
            "backtest.bad": [row["bad"] for row in ordered],
            "backtest.rate": [ratio(row["bad"], row["n"]) for row in ordered],
            "backtest.low": [low for low, _high in intervals],
            "backtest.high": [high for _low, high in intervals],
            "backtest.lift": [lifts[row["signal"]] for row in ordered],
        },
        [f"signal:{row['signal']}" for row in ordered],
        sort=Text(ja="リフトの大きい順", en="largest lift first"),
    )


def _warn(book: FactBook, tables: ScopedTables, judged: int, rows: list[Row]) -> None:
    book.warn(
        "シグナルは当時の日付で判定し直したものですが、商談の金額・フェーズ・次の一手、"
        "担当者の役割、契約満了日は、取り込んだ時点の記録を使っています。",
        "The signals are raised as of that day, but amounts, stages and next steps of deals, "
        "roles of people and ends of contracts are those of the export.",
    )
    if "order_lines" not in tables:
        book.warn(
            "受注明細（order_lines）がないため、その後の売上は判定できず、失注だけで判定しました。",
            "There are no order lines (order_lines): only lost deals tell what became of accounts.",
        )
    if "opportunities" not in tables:
        book.warn(
            "商談（opportunities）がないため、その後の失注は判定できず、売上だけで判定しました。",
            "There are no deals (opportunities): only sales tell what became of accounts.",
        )
    if judged < FEW_CASES:
        book.warn(
            f"判定できた取引先が{judged}件と少なく、比率は参考値です。",
            f"Few cases: only {how_many(judged, 'account')} could be judged.",
        )
    few = sum(1 for row in rows if row["n"] < FEW_CASES)
    if few:
        book.warn(
            f"該当する取引先が{FEW_CASES}件未満のシグナルが{few}件あり、その比率は参考値です。",
            f"Few cases: {how_many(few, 'signal has', 'signals have')} fewer than {FEW_CASES} "
            "accounts.",
        )


ATTENTION_BACKTEST = Tool(
    "attention_backtest",
    BacktestArguments,
    attention_backtest,
    Text(
        ja="要注意リストの検証: 過去のシグナルのうち、その後に売上減や失注となった割合を全体と比較",
        en="Backtest of the attention list: how many accounts flagged then went badly since, "
        "against all accounts, by signal",
    ),
    needs=("accounts",),
    needs_any=("order_lines", "opportunities"),
)
