"""Channels compared: position, growth, room and profit, ranked beside the agreed priority.

Source: docs/metrics.md (channel).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import ibis
from ibis import _
from pydantic import Field

from crm.periods import Period
from crm.scope import ScopedTables
from tools.allocation import operating_profit, unallocated
from tools.arguments import RowArguments, YearArguments, open_book
from tools.correlation import TooLittleError, correlation
from tools.cuts import quotient
from tools.drivers import driver_table, warn_of_missing
from tools.exact import change, decimal, ratio
from tools.facts import Chart, FactBook, Text, ToolResult, Value
from tools.listing import number
from tools.money import MONEY, account_money
from tools.portfolio import warn_without_statuses
from tools.profit_warnings import warn_of_direct_costs, warn_of_pools
from tools.query import Row, attach, fetch
from tools.ranks import blend, percentile_rank
from tools.sales import account_sales
from tools.tool import Tool

_YEAR = timedelta(days=365)
_NO_PRIORITY = Text(
    ja="優先チャネルの合意（設定 channels.priority）がない",
    en="no priority channels are agreed (settings channels.priority)",
)
_CRITERIA = ("share", "growth", "headroom", "margin")


class ChannelArguments(YearArguments, RowArguments):
    """Over which period to compare the channels."""

    limit: int = Field(default=20, ge=1, le=500, description="Channels at the most.")


def channels(tables: ScopedTables, arguments: ChannelArguments) -> ToolResult:
    """Each channel by its score, the best first, and whether the agreed priority says the same.

    The figures are those of all visible accounts of a channel, and accounts without one are a row
    of their own; profit is of the accounts with orders whose profit is known. Raises
    MissingDataError without order_lines. Source: docs/metrics.md (channel).
    """
    book = open_book("channels", tables, arguments, "channels")
    span = arguments.span(tables)
    book.add("meta.from", span.start)
    book.add("meta.to", span.end)
    rows = fetch(_scored(tables, span, arguments.as_of))
    _warn(book, tables, span, rows)
    priority = tables.settings.channels.priority
    _record(book, rows, priority)
    table = book.table(
        _columns(rows, priority),
        [f"channel:{row['channel'] or ''}" for row in rows],
        sort=Text(ja="評点の高い順", en="highest score first"),
        limit=arguments.limit,
    )
    return book.result(table=table, chart=Chart(kind="bar", x="channel.name", y="channel.score"))


def _scored(tables: ScopedTables, span: Period, as_of: date) -> ibis.Table:
    """The channels in order: their sums, and `score`, the mean of their percentile ranks."""
    found = _sums(tables, span, as_of)
    growth = (found.before > 0).ifelse(quotient(found.sales - found.before, found.before), None)
    found = found.mutate(
        share=quotient(found.sales, found.sales.sum().over()),
        growth=growth,
        margin=quotient(found.profit, found.costed),
    )
    ranks = {c: percentile_rank(found[c]) for c in _CRITERIA}
    score, _known = blend(ranks, tables.settings.channels.weights)
    order = [_.score.desc(nulls_first=False), _.channel.asc(nulls_first=False)]
    return found.mutate(score=score).order_by(order)


def _sums(tables: ScopedTables, span: Period, as_of: date) -> ibis.Table:
    year_before = Period(span.start - _YEAR, span.end - _YEAR)
    found = tables["accounts"].select("account_id", "channel")
    profit = operating_profit(tables, span)
    found = attach(
        found, profit, "account_id", "account_id",
        lines="lines", sales="net_sales", net_costed="net_costed", profit="operating_profit",
    )  # fmt: skip
    before = account_sales(tables, year_before)
    found = attach(found, before, "account_id", "account_id", before="net_sales")
    money = account_money(tables, span)
    found = attach(found, money, "account_id", "account_id", uncosted="uncosted")
    drivers = driver_table(tables, as_of)
    found = attach(
        found, drivers, "account_id", "account_id", customer="customer", headroom="headroom"
    )
    earns = (found.lines > 0) & found.profit.notnull()
    return found.group_by("channel").agg(
        accounts=found.customer.sum().cast("int64"),
        sales=found.sales.sum().cast(MONEY),
        before=found.before.sum().cast(MONEY),
        headroom=found.headroom.sum().cast(MONEY),
        profit=found.profit.sum(where=earns).cast(MONEY),
        costed=found.net_costed.sum(where=earns).cast(MONEY),
        uncosted=found.uncosted.sum().cast("int64"),
    )


def _warn(book: FactBook, tables: ScopedTables, span: Period, rows: list[Row]) -> None:
    warn_without_statuses(book, tables)
    warn_of_missing(book, tables, ["headroom"])
    warn_of_direct_costs(book, tables, sum(row["uncosted"] for row in rows))
    warn_of_pools(book, tables, unallocated(tables, span))
    if not any(row["channel"] for row in rows):
        book.warn(
            "取引先のチャネル（accounts の channel）が登録されていません。",
            "No account has a channel (accounts.channel).",
        )


def _record(book: FactBook, rows: list[Row], priority: Sequence[str]) -> None:
    sold = [Fraction(row["sales"]) for row in rows if row["sales"] > 0]
    squares = [(sales / sum(sold)) ** 2 for sales in sold]
    book.add("channel.count", len([row for row in rows if row["channel"] is not None]))
    hhi = decimal(sum(squares, Fraction(0))) if squares else None
    book.add("channel.hhi", hhi, rows=len(sold))
    agreed = [
        (priority.index(row["channel"]) + 1, place)
        for place, row in enumerate(rows, 1)
        if row["channel"] in priority and row["score"] is not None
    ]
    rho = _agreement(book, agreed) if priority else None
    book.add("channel.agreement", rho, rows=len(agreed), note=None if priority else _NO_PRIORITY)


def _agreement(book: FactBook, agreed: list[tuple[int, int]]) -> Decimal | None:
    """Spearman's rho of the agreed order and the rank by score; needs three channels."""
    orders, places = [order for order, _place in agreed], [place for _order, place in agreed]
    try:
        return number(correlation("spearman", orders, places).r)
    except TooLittleError:
        book.warn(
            "合意された優先チャネル（設定 channels.priority）のうち、データにあるものが"
            "三つ未満のため、評点との一致は計算していません。",
            "Fewer than three of the agreed priority channels (settings channels.priority) occur "
            "in the data: their agreement with the score is not calculated.",
        )
        return None


def _columns(rows: list[Row], priority: Sequence[str]) -> dict[str, list[Value]]:
    total: Decimal = sum((row["sales"] for row in rows), Decimal(0))
    scored = [row["score"] is not None for row in rows]
    return {
        "channel.name": [row["channel"] for row in rows],
        "channel.rank": [place if is_ else None for place, is_ in enumerate(scored, 1)],
        "channel.score": [number(row["score"]) for row in rows],
        "channel.accounts": [row["accounts"] for row in rows],
        "channel.sales": [row["sales"] for row in rows],
        "channel.share": [ratio(row["sales"], total) for row in rows],
        "channel.growth": [change(row["sales"], row["before"]) for row in rows],
        "channel.headroom": [row["headroom"] for row in rows],
        "channel.profit": [row["profit"] for row in rows],
        "channel.margin": [ratio(row["profit"], row["costed"]) for row in rows],
        "channel.priority": [
            priority.index(row["channel"]) + 1 if row["channel"] in priority else None
            for row in rows
        ],
    }


CHANNELS = Tool(
    "channels",
    ChannelArguments,
    channels,
    Text(
        ja="チャネルの比較: 売上構成、伸び、拡大余地、利益を評点にし、合意した優先順位と照らす",
        en="Channels by position, growth, room and profit, beside the agreed priority",
    ),
    needs=("accounts", "order_lines"),
)
