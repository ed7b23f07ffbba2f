"""A discount is judged against peers of its size and channel, effort against an account's worth.

Source: docs/metrics.md (price and terms).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import ibis
from ibis import _

from crm.periods import Period
from crm.scope import MissingDataError, ScopedTables
from tools.abcd import abcd_table
from tools.arguments import YearArguments, open_book
from tools.driver_quantities import units_of
from tools.exact import decimal, ratio
from tools.facts import Chart, FactBook, LeftOut, Text, ToolResult, Value
from tools.money import MONEY
from tools.peers import Priced, compare, excess_of, money
from tools.portfolio import PortfolioArguments, listed_accounts, warn_without_statuses
from tools.profit_warnings import warn_of_few
from tools.query import Row, attach, fetch, fetch_one, inside
from tools.sizes import banded
from tools.tool import Tool


class PriceArguments(PortfolioArguments, YearArguments):
    """Over which period, and which accounts to list."""


@dataclass(frozen=True)
class Terms:
    """An account's price beside its peers', its effort, and its ranks by hours and by worth."""

    account_id: str
    channel: str | None
    price: Priced
    hours: Fraction | None
    visits: int | None
    letter: str | None
    by_hours: int | None = None
    by_worth: int | None = None
    ranked: int = 0

    @property
    def attention(self) -> str | None:
        """Over, under or fair: hours in the top third at C or D, in the bottom third at A or B."""
        if self.by_hours is None or self.letter is None:
            return None
        if 3 * self.by_hours <= self.ranked and self.letter in "CD":
            return "over"
        return "under" if 3 * self.by_hours > 2 * self.ranked and self.letter in "AB" else "fair"


def price_and_terms(tables: ScopedTables, arguments: PriceArguments) -> ToolResult:
    """Discount rate of each account against its peers, and hours against the ABCD letter.

    Peers and ranks are those of all visible accounts with a discount rate; the filters choose
    which are listed. Raises MissingDataError without list amounts and discounts.
    Source: docs/metrics.md (price and terms).
    """
    if not tables.has("order_lines", "list_amount", "discount"):
        raise MissingDataError(
            "Discounts cannot be compared: `order_lines` has no list_amount and discount.",
            "Add these columns to the mapping and import.",
        )
    book = open_book("price_and_terms", tables, arguments, "profitability", "abcd")
    period = arguments.span(tables)
    book.add("meta.from", period.start)
    book.add("meta.to", period.end)
    prices = tables.keep(("prices", period), lambda: _prices(tables, period))
    terms = _terms(tables, arguments.as_of, period, prices)
    limit = Fraction(tables.settings.profitability.outlier_z)
    _record(book, tables, terms, prices, limit)
    names = {
        row["account_id"]: row["name"]
        for row in fetch(listed_accounts(tables, arguments).select("account_id", "name"))
    }
    found = sorted(
        (each for each in terms if each.account_id in names),
        key=lambda each: (-each.price.place, each.account_id),
    )
    rows = found[: arguments.limit]
    table = book.table(
        {"account.name": [names[each.account_id] for each in rows], **_columns(rows, limit)},
        [f"account:{each.account_id}" for each in rows],
        sort=Text(
            ja="中央値を超えた値引きの大きい順", en="largest discount above the median first"
        ),
        total_rows=len(found),
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


def _terms(tables: ScopedTables, as_of: date, period: Period, prices: ibis.Table) -> list[Terms]:
    """Every account with list sales above zero, in the order of their ids."""
    accounts = tables["accounts"]
    accounts = accounts.select("account_id", "channel", size=banded(accounts.employees))
    key = "account_id"
    found = prices.filter(_.listed > 0)
    found = attach(found, accounts, key, key, channel="channel", size="size")
    found = attach(found, abcd_table(tables, as_of), key, key, worth="worth", letter="letter")
    if "activities" in tables:
        effort = _effort(tables, period)
        found = attach(found, effort, key, key, visits="visits", minutes="minutes", acts="acts")
    cast = {name: found[name].cast(MONEY) for name in ("listed", "discount")}
    rows = found.mutate(**cast).order_by("account_id").to_pyarrow()
    priced = compare(
        units_of(rows["discount"]),
        units_of(rows["listed"]),
        rows["channel"].to_pylist(),
        rows["size"].to_pylist(),
        tables.settings.profitability.minimum_peers,
    )
    return _ranked(rows.drop_columns(["listed", "discount"]).to_pylist(), priced)


def _effort(tables: ScopedTables, period: Period) -> ibis.Table:
    acts = tables["activities"].filter(inside(period, "occurred_on"))
    kinds = tables.settings.profitability.visit_kinds
    return acts.group_by("account_id").agg(
        visits=_.kind.isin(kinds).sum(), minutes=_.minutes.sum(), acts=_.count()
    )


def _ranked(rows: list[Row], prices: list[Priced]) -> list[Terms]:
    """The terms of each account with its rank by hours and by worth, ties by account_id."""
    ids = [row["account_id"] for row in rows]
    hours = [_hours(row) for row in rows]
    by_hours = _places(ids, hours)
    by_worth = _places(ids, [row["worth"] for row in rows])
    return [
        Terms(
            account,
            row["channel"],
            price,
            mine,
            row["visits"] or 0 if "visits" in row else None,
            row["letter"],
            by_hours.get(account),
            by_worth.get(account),
            len(by_hours),
        )
        for account, row, price, mine in zip(ids, rows, prices, hours, strict=True)
    ]


def _hours(row: Row) -> Fraction | None:
    """Zero without activities; unknown when there are some but none has minutes, or no records."""
    if "acts" not in row or (row["acts"] and row["minutes"] is None):
        return None
    return Fraction(row["minutes"] or 0) / 60


def _places(ids: Sequence[str], values: Sequence[Any]) -> dict[str, int]:
    """1, 2, 3 ... by known value from the largest."""
    known = [
        (-value, account) for account, value in zip(ids, values, strict=True) if value is not None
    ]
    return {account: place for place, (_value, account) in enumerate(sorted(known), 1)}


def _record(
    book: FactBook,
    tables: ScopedTables,
    terms: list[Terms],
    prices: ibis.Table,
    limit: Fraction,
) -> None:
    n = len(terms)
    counted = fetch_one(
        prices.agg(
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
    outliers = sum(each.price.beyond(limit) is True for each in terms)
    discount = sum(each.price.discount for each in terms)
    listed = sum(each.price.listed for each in terms)
    book.add("price.accounts", n, rows=n, left_out=no_rate)
    book.add("price.outliers", outliers, rows=n, left_out=no_rate)
    book.add(
        "price.discount_rate", ratio(discount, listed), rows=counted["priced"], left_out=unpriced
    )
    book.add(
        "price.discount_at_median",
        excess_of(each.price for each in terms),
        rows=n,
        left_out=no_rate,
    )
    warn_of_few(book, n)
    warn_without_statuses(book, tables)
    if "activities" not in tables:
        book.warn(
            "活動記録（activities）がないため、訪問と時間、手のかけ方は分かりません。",
            "There is no table activities: visits, hours and effort against priority are unknown.",
        )


def _left_out(rows: int, ja: str, en: str) -> list[LeftOut]:
    return [LeftOut(rows=rows, reason=Text(ja=ja, en=en))]


def _columns(rows: list[Terms], limit: Fraction) -> dict[str, list[Value]]:
    prices = [each.price for each in rows]
    words = {True: "yes", False: "no", None: None}
    return {
        "account.channel": [each.channel for each in rows],
        "price.discount_rate": [decimal(price.rate) for price in prices],
        "price.peer_median": [decimal(price.usual.median) for price in prices],
        "price.peer_group": [price.usual.name for price in prices],
        "price.peers": [price.usual.peers for price in prices],
        "price.robust_z": [None if (z := price.z) is None else decimal(z) for price in prices],
        "price.outlier": [words[price.beyond(limit)] for price in prices],
        "price.excess": [money(price.excess) for price in prices],
        "price.hours": [None if each.hours is None else decimal(each.hours) for each in rows],
        "price.visits": [each.visits for each in rows],
        "price.visit_rank": [each.by_hours for each in rows],
        "price.worth_rank": [each.by_worth for each in rows],
        "price.attention": [each.attention for each in rows],
    }


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
