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
from tools.query import Row, beside, inside
from tools.sizes import banded
from tools.tool import Tool


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
    terms = tables.remember(
        ("terms", period, arguments.as_of), lambda: _terms(tables, arguments.as_of, period)
    )
    rated = terms.filter(pc.greater(terms["listed"], 0))
    prices = _compared(tables, rated)
    _record(book, tables, prices, terms)
    shown, total = _shown(tables, arguments, rated, prices)
    table = book.table(
        _columns(shown),
        [f"account:{row['account_id']}" for row, _price in shown],
        sort=Text(
            ja="中央値を超えた値引きの大きい順", en="largest discount above the median first"
        ),
        total_rows=total,
    )
    return book.result(table=table, chart=Chart(kind="bar", x="account.name", y="price.excess"))


def _terms(tables: ScopedTables, as_of: date, period: Period) -> pa.Table:
    """The accounts with lines in the period, in the order of their ids: prices, effort and letter.

    `listed` and `discount` are those of the `priced` lines, which have both; `minutes` are zero
    without an activity, unknown when there are some but none has minutes. `by_hours` and
    `by_worth` are their places among the accounts with list sales above zero.
    """
    accounts = tables["accounts"]
    accounts = accounts.select("account_id", "name", "channel", size=banded(accounts.employees))
    key = "account_id"
    found = beside(
        accounts.inner_join(_prices(tables, period), key),
        (abcd_table(tables, as_of), key, key, {"worth": "worth", "letter": "letter"}),
        (_effort(tables, period), key, key, {c: c for c in ("visits", "minutes", "acts")}),
    )
    if "activities" in tables:
        none = found.acts.isnull()
        minutes = none.ifelse(ibis.literal(0, MONEY), found.minutes.cast(MONEY))
        found = found.mutate(visits=_.visits.fill_null(0), minutes=minutes)
    terms = found.drop("acts").to_pyarrow().sort_by(key)
    listed = pc.greater(terms["listed"], 0)
    for place, column in {"by_hours": "minutes", "by_worth": "worth"}.items():
        terms = terms.append_column(place, _places(pc.if_else(listed, terms[column], None)))
    return terms


def _prices(tables: ScopedTables, period: Period) -> ibis.Table:
    """List sales and discount by account over the lines that have both, and how many have."""
    lines = tables["order_lines"].filter(inside(period, "ordered_on"))
    both = lines.list_amount.notnull() & lines.discount.notnull()
    return lines.group_by("account_id").agg(
        lines=_.count(),
        priced=both.sum().cast("int64"),
        listed=_.list_amount.sum(where=both).cast(MONEY),
        discount=_.discount.sum(where=both).cast(MONEY),
    )


def _effort(tables: ScopedTables, period: Period) -> ibis.Table:
    if "activities" not in tables:
        nothing = {"visits": ibis.null("int64"), "minutes": ibis.null(MONEY)}
        return tables["accounts"].select("account_id", **nothing, acts=ibis.null("int64"))
    acts = tables["activities"].filter(inside(period, "occurred_on"))
    kinds = tables.settings.profitability.visit_kinds
    visit = _.kind.notnull() & _.kind.isin(kinds)  # a column also when no kind is a visit
    return acts.group_by("account_id").agg(
        visits=visit.sum(), minutes=_.minutes.sum(), acts=_.count()
    )


def _places(column: pa.ChunkedArray) -> pa.Array:
    """1, 2, 3 ... from the largest known value, the earlier row first where they are equal."""
    rank = pc.rank(column, "descending", tiebreaker="first")
    return pc.if_else(pc.is_valid(column), rank, None)


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
    tables: ScopedTables, arguments: PriceArguments, rated: pa.Table, prices: Prices
) -> tuple[list[tuple[Row, Price]], int]:
    """The first accounts of those asked for, with their prices, and how many are asked for."""
    asked = listed_accounts(tables, arguments).select("account_id").to_pyarrow()["account_id"]
    wanted = pc.is_in(rated["account_id"], value_set=asked.combine_chunks()).to_numpy()
    order = prices.by_excess()
    order = order[wanted[order]]
    first = order[: arguments.limit]
    ranked = {"ranked": pc.count(rated["minutes"]).as_py()}
    rows = zip(rated.take(first).to_pylist(), first.tolist(), strict=True)
    return [(row | ranked, prices[place]) for row, place in rows], len(order)


def _record(book: FactBook, tables: ScopedTables, prices: Prices, terms: pa.Table) -> None:
    n = len(prices.listed)
    lines, priced = (pc.sum(terms[c]).as_py() or 0 for c in ("lines", "priced"))
    no_rate = _left_out(len(terms) - n, "値引き率が不明", "no discount rate")
    unpriced = _left_out(
        lines - priced, "定価金額または値引き額が不明", "no list amount or no discount"
    )
    rate = ratio(sum(prices.discounts.tolist()), sum(prices.listed.tolist()))
    nothing_known = not n and len(terms) > 0
    book.add("price.accounts", n, rows=n, left_out=no_rate)
    outliers = None if nothing_known else prices.outliers
    book.add("price.outliers", outliers, rows=n, left_out=no_rate)
    book.add("price.discount_rate", rate, rows=priced, left_out=unpriced)
    excess = None if nothing_known else prices.excess
    book.add("price.discount_at_median", excess, rows=n, left_out=no_rate)
    warn_of_few(book, n)
    warn_without_statuses(book, tables)
    if "activities" not in tables:
        book.warn(
            "活動記録（activities）がないため、訪問と時間、営業工数のかけ方は分かりません。",
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
    needs=("accounts", "order_lines"),
)
