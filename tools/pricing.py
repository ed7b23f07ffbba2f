"""A discount is judged against peers of its size and channel, effort against an account's worth.

Source: docs/metrics.md (price and terms).
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from numpy.typing import NDArray

from crm.periods import Period
from crm.scope import MissingDataError, ScopedTables
from tools.abcd import abcd_table
from tools.arguments import YearArguments, open_book
from tools.driver_quantities import units_of
from tools.exact import decimal, ratio
from tools.facts import Chart, FactBook, LeftOut, Text, ToolResult, Value
from tools.money import MONEY
from tools.peers import Price, Prices, compare
from tools.portfolio import PortfolioArguments, listed_accounts, warn_without_statuses
from tools.profit_warnings import warn_of_few
from tools.query import Row, attach, fetch, fetch_one, inside
from tools.sizes import banded
from tools.tool import Tool

_COMPARED = ("account_id", "channel", "size", "listed", "discount")


class PriceArguments(PortfolioArguments, YearArguments):
    """Over which period, and which accounts to list."""


def price_and_terms(tables: ScopedTables, arguments: PriceArguments) -> ToolResult:
    """Discount rate of each account against its peers, and hours against the ABCD letter.

    Peers and ranks are those of all visible accounts with a discount rate; the filters choose
    which are listed. Raises MissingDataError without list amounts and discounts.
    Source: docs/metrics.md (price and terms).
    """
    if "order_lines" in tables and not tables.has("order_lines", "list_amount", "discount"):
        raise MissingDataError(
            "Discounts cannot be compared: `order_lines` has no list_amount and discount.",
            "Add these columns to the mapping and import.",
        )
    book = open_book("price_and_terms", tables, arguments, "profitability", "abcd")
    period = arguments.span(tables)
    book.add("meta.from", period.start)
    book.add("meta.to", period.end)
    lines = tables.keep(("prices", period), lambda: _prices(tables, period))
    terms = tables.keep(
        ("terms", period, arguments.as_of), lambda: _terms(tables, arguments.as_of, period, lines)
    )
    accounts = terms.select(*_COMPARED).order_by("account_id").to_pyarrow()
    prices = _compared(tables, accounts)
    _record(book, tables, prices, lines)
    shown, total = _shown(tables, arguments, terms, accounts["account_id"], prices)
    table = book.table(
        _columns(shown),
        [f"account:{row['account_id']}" for row, _price in shown],
        sort=Text(
            ja="中央値を超えた値引きの大きい順", en="largest discount above the median first"
        ),
        total_rows=total,
    )
    return book.result(table=table, chart=Chart(kind="bar", x="account.name", y="price.excess"))


def _prices(tables: ScopedTables, period: Period) -> ibis.Table:
    """List sales and discount by account over the lines that have both, and how many have."""
    lines = tables["order_lines"].filter(inside(period, "ordered_on"))
    both = lines.list_amount.notnull() & lines.discount.notnull()
    summed = lines.group_by("account_id").agg(
        lines=_.count(),
        priced=both.sum(),
        listed=_.list_amount.sum(where=both),
        discount=_.discount.sum(where=both),
    )
    return summed.semi_join(tables["accounts"], "account_id")


def _terms(tables: ScopedTables, as_of: date, period: Period, lines: ibis.Table) -> ibis.Table:
    """The accounts with list sales above zero: size, effort, letter, ranks by hours and worth.

    `minutes` are zero without activities, unknown when there are some but none has minutes.
    """
    accounts = tables["accounts"]
    accounts = accounts.select("account_id", "name", "channel", size=banded(accounts.employees))
    key = "account_id"
    found = lines.filter(_.listed > 0)
    found = attach(found, accounts, key, key, name="name", channel="channel", size="size")
    found = attach(found, abcd_table(tables, as_of), key, key, worth="worth", letter="letter")
    if "activities" in tables:
        effort = _effort(tables, period)
        found = attach(found, effort, key, key, visits="visits", minutes="minutes", acts="acts")
        none = found.acts.isnull()
        nothing = ibis.literal(0, MONEY)
        minutes = none.ifelse(nothing, found.minutes.cast(MONEY))
        found = found.mutate(visits=_.visits.fill_null(0), minutes=minutes)
    else:
        found = found.mutate(visits=ibis.null("int64"), minutes=ibis.null(MONEY))
    return found.select(
        "account_id", "name", "channel", "size", "visits", "minutes", "letter",
        listed=found.listed.cast(MONEY),
        discount=found.discount.cast(MONEY),
        by_hours=_place(found.minutes, found.account_id),
        by_worth=_place(found.worth, found.account_id),
        ranked=found.minutes.count().over(),
    )  # fmt: skip


def _effort(tables: ScopedTables, period: Period) -> ibis.Table:
    acts = tables["activities"].filter(inside(period, "occurred_on"))
    kinds = tables.settings.profitability.visit_kinds
    visit = _.kind.notnull() & _.kind.isin(kinds)  # a column also when no kind is a visit
    return acts.group_by("account_id").agg(
        visits=visit.sum(), minutes=_.minutes.sum(), acts=_.count()
    )


def _place(column: ibis.Column, account: ibis.Column) -> ibis.Value:
    """1, 2, 3 ... from the largest known value, ties by account_id."""
    order = [column.desc(nulls_first=False), account.asc()]
    place = ibis.row_number().over(order_by=order) + 1
    return column.notnull().ifelse(place, ibis.null("int64"))


def _compared(tables: ScopedTables, accounts: pa.Table) -> Prices:
    limits = tables.settings.profitability
    return compare(
        units_of(accounts["discount"]),
        units_of(accounts["listed"]),
        _codes(accounts["channel"]),
        _codes(accounts["size"]),
        minimum=limits.minimum_peers,
        limit=Fraction(limits.outlier_z),
    )


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """A number for each distinct text, -1 where there is none."""
    known = pc.drop_null(pc.unique(column))
    codes: NDArray[np.int64] = pc.index_in(column, known).fill_null(-1).to_numpy().astype(np.int64)
    return codes


def _shown(
    tables: ScopedTables,
    arguments: PriceArguments,
    terms: ibis.Table,
    accounts: pa.ChunkedArray,
    prices: Prices,
) -> tuple[list[tuple[Row, Price]], int]:
    """The first accounts of those asked for, with their prices, and how many are asked for."""
    asked = listed_accounts(tables, arguments).select("account_id").to_pyarrow()["account_id"]
    wanted = pc.is_in(accounts, value_set=asked.combine_chunks()).to_numpy()
    order = prices.by_excess()
    order = order[wanted[order]]
    places = {accounts[int(place)].as_py(): int(place) for place in order[: arguments.limit]}
    rows = fetch(terms.filter(_.account_id.isin(list(places)))) if places else []
    found = {row["account_id"]: row for row in rows}
    return [(found[account], prices[place]) for account, place in places.items()], len(order)


def _record(book: FactBook, tables: ScopedTables, prices: Prices, lines: ibis.Table) -> None:
    n = len(prices.listed)
    counted = fetch_one(
        lines.agg(
            lines=_.lines.sum().cast("int64").fill_null(0),
            priced=_.priced.sum().cast("int64").fill_null(0),
            accounts=_.count(),
        )
    )
    no_rate = _left_out(counted["accounts"] - n, "値引き率が不明", "no discount rate")
    unpriced = _left_out(
        counted["lines"] - counted["priced"],
        "定価金額または値引き額が不明",
        "no list amount or no discount",
    )
    rate = ratio(sum(prices.discounts.tolist()), sum(prices.listed.tolist()))
    nothing_known = not n and counted["accounts"] > 0
    book.add("price.accounts", n, rows=n, left_out=no_rate)
    outliers = None if nothing_known else prices.outliers
    book.add("price.outliers", outliers, rows=n, left_out=no_rate)
    book.add("price.discount_rate", rate, rows=counted["priced"], left_out=unpriced)
    excess = None if nothing_known else prices.excess
    book.add("price.discount_at_median", excess, rows=n, left_out=no_rate)
    warn_of_few(book, n)
    warn_without_statuses(book, tables)
    if "activities" not in tables:
        book.warn(
            "活動記録（activities）がないため、訪問と時間、手のかけ方は分かりません。",
            "There is no table activities: visits, hours and effort against priority are unknown.",
        )


def _left_out(rows: int, ja: str, en: str) -> list[LeftOut]:
    return [LeftOut(rows=rows, reason=Text(ja=ja, en=en))]


def _columns(shown: list[tuple[Row, Price]]) -> dict[str, list[Value]]:
    rows, prices = [row for row, _price in shown], [price for _row, price in shown]
    words = {True: "yes", False: "no", None: None}
    return {
        "account.name": [row["name"] for row in rows],
        "account.channel": [row["channel"] for row in rows],
        "price.discount_rate": [decimal(price.rate) for price in prices],
        "price.peer_median": [decimal(price.usual.median) for price in prices],
        "price.peer_group": [price.usual.name for price in prices],
        "price.peers": [price.usual.peers for price in prices],
        "price.robust_z": [None if price.z is None else decimal(price.z) for price in prices],
        "price.outlier": [words[price.outlier] for price in prices],
        "price.excess": [price.excess for price in prices],
        "price.hours": [None if r["minutes"] is None else r["minutes"] / 60 for r in rows],
        "price.visits": [None if r["visits"] is None else int(r["visits"]) for r in rows],
        "price.visit_rank": [row["by_hours"] for row in rows],
        "price.worth_rank": [row["by_worth"] for row in rows],
        "price.attention": [_attention(row) for row in rows],
    }


def _attention(row: Row) -> str | None:
    """Over, under or fair: hours in the top third at C or D, in the bottom third at A or B."""
    place, n, letter = row["by_hours"], row["ranked"], row["letter"]
    if place is None or letter is None:
        return None
    if 3 * place <= n and letter in "CD":
        return "over"
    return "under" if 3 * place > 2 * n and letter in "AB" else "fair"


PRICE_AND_TERMS = Tool(
    "price_and_terms",
    PriceArguments,
    price_and_terms,
    Text(
        ja="価格と条件: 規模とチャネルが同じ取引先と比べた値引き率、外れた値引き、"
        "訪問・時間と重要度の対比",
        en="Price and terms: discount rates against peers of size and channel, outliers, and "
        "visits and hours against what the account is worth",
    ),
)
