"""The pair of figures an account is steered by: what is expected of it, and what it transacted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import ibis
from ibis import _

from crm.periods import Period
from crm.scope import ScopedTables
from tools.arguments import YearArguments, open_book
from tools.deal_sums import sum_or_unknown
from tools.deals import OPEN, WON
from tools.exact import ratio
from tools.facts import Chart, FactBook, LeftOut, Text, ToolResult
from tools.judged_deals import judged_deals
from tools.listing import descending, first_rows, subjects
from tools.money import MONEY
from tools.portfolio import PortfolioArguments, listed_accounts
from tools.query import Row, attach, fetch_one, inside, times
from tools.sales import account_sales
from tools.spans import record_span
from tools.tool import Tool

Source = Literal["orders", "won_deals"]
_OPENED = ("open_n", "open_known", "open_value", "weighed_n", "weighed")
_TRADED = ("traded_n", "traded_known", "traded")
_COUNTS = ("open_n", "open_known", "weighed_n", "traded_n", "traded_known")
_EXACT = "decimal(38,10)"
"""As many digits as an amount times a probability has."""
_MONEY = ("expected", "weighted", "transacted")


class KpiArguments(PortfolioArguments, YearArguments):
    """Which accounts to list, and the period of what was transacted."""


def kpi_pair(tables: ScopedTables, arguments: KpiArguments) -> ToolResult:
    """Expected amount (open value as of the day, and weighted) and transacted amount by account.

    Transacted: net sales of the period, where there are no order lines the value of deals won in
    it. Listed is every account with an open deal or a transaction in the period; the totals are
    of all of them. Raises MissingDataError with neither table. Source: docs/metrics.md (kpi).
    """
    book = open_book("kpi_pair", tables, arguments, "deals")
    period = arguments.span(tables)
    record_span(book, period)
    source: Source = "orders" if "order_lines" in tables else "won_deals"
    pairs = _pairs(tables, arguments, period, source)
    whole = {f"all_{c}": pairs[c].sum().over() for c in (*_COUNTS, *_MONEY)}
    rows, total = first_rows(pairs.mutate(**whole), [descending("expected")], arguments.limit)
    _record(book, tables, rows[0] if rows else {}, total)
    book.add("kpi.transacted_from", source)
    _warn(book, tables, arguments)
    table = book.table(
        {
            "account.name": [row["name"] for row in rows],
            "account.owner": [row["owner"] for row in rows],
            "kpi.expected": [row["expected"] for row in rows],
            "kpi.expected_weighted": [row["weighted"] for row in rows],
            "kpi.transacted": [row["transacted"] for row in rows],
            "kpi.ratio": [ratio(row["weighted"], row["transacted"]) for row in rows],
        },
        subjects(rows),
        sort=Text(ja="進行中の商談額の大きい順", en="highest open value first"),
        total_rows=total,
    )
    return book.result(table=table, chart=Chart(kind="bar", x="account.name", y="kpi.expected"))


def _pairs(
    tables: ScopedTables, arguments: KpiArguments, period: Period, source: Source
) -> ibis.Table:
    """A row for each account asked for that has either; money NULL where no amount is known."""
    pairs = listed_accounts(tables, arguments)
    if "opportunities" in tables:
        opened = _open_by_account(judged_deals(tables, arguments.as_of))
        pairs = attach(pairs, opened, "account_id", "account_id", **{c: c for c in _OPENED})
    else:
        pairs = pairs.mutate(**{c: ibis.null(MONEY) for c in _OPENED})
    traded = _traded(tables, arguments.as_of, period, source)
    pairs = attach(pairs, traded, "account_id", "account_id", **{c: c for c in _TRADED})
    pairs = pairs.filter((_.open_n > 0) | (_.traded_n > 0))
    pairs = pairs.mutate(**{c: pairs[c].fill_null(0) for c in _COUNTS})
    nothing = ibis.null(_EXACT)
    known = "opportunities" in tables
    return pairs.mutate(
        expected=_known(pairs.open_n, pairs.open_known, pairs.open_value) if known else nothing,
        weighted=_known(pairs.open_n, pairs.weighed_n, pairs.weighed) if known else nothing,
        transacted=_known(pairs.traded_n, pairs.traded_known, pairs.traded),
    )


def _known(count: ibis.Value, known: ibis.Value, value: ibis.Value) -> ibis.Value:
    """A sum of amounts: zero of no rows, NULL of rows without an amount."""
    return ibis.cases((count == 0, ibis.literal(0, _EXACT)), (known > 0, value.cast(_EXACT)))


def _open_by_account(deals: ibis.Table) -> ibis.Table:
    is_open = deals.filter(_.state == OPEN, _.account_id.notnull())
    weighed = times(is_open.amount, is_open.chance)
    return is_open.group_by("account_id").agg(
        open_n=is_open.count(),
        open_known=is_open.amount.count(),
        open_value=is_open.amount.sum(),
        weighed_n=weighed.count(),
        weighed=weighed.sum(),
    )


def _traded(tables: ScopedTables, as_of: date, period: Period, source: Source) -> ibis.Table:
    """By account: what it transacted in the period, from how many rows with an amount."""
    if source == "orders":
        return account_sales(tables, period).select(
            "account_id", traded_n=_.lines, traded_known=_.lines, traded=_.net_sales
        )
    deals = judged_deals(tables, as_of)
    won = deals.filter(_.state == WON, _.account_id.notnull(), inside(period, "closed_on"))
    return won.group_by("account_id").agg(
        traded_n=_.count(), traded_known=_.amount.count(), traded=_.amount.sum()
    )


def _record(book: FactBook, tables: ScopedTables, row: Row, accounts: int) -> None:
    """The totals over every account that has either, not only those listed: in any of its rows."""
    no_amount = Text(ja="金額が不明", en="no amount")
    no_chance = Text(ja="金額または受注確度が不明", en="no amount or no probability")
    counts = {c: int(row.get(f"all_{c}") or 0) for c in _COUNTS}
    known = "opportunities" in tables
    found: dict[str, Decimal | None] = {}
    for name, count, with_amount, value, reason in (
        ("kpi.expected", "open_n", "open_known", "expected", no_amount),
        ("kpi.expected_weighted", "open_n", "weighed_n", "weighted", no_chance),
        ("kpi.transacted", "traded_n", "traded_known", "transacted", no_amount),
    ):
        total = sum_or_unknown(counts[count], counts[with_amount], row.get(f"all_{value}"))
        found[name] = total if known or name == "kpi.transacted" else None
        missing = LeftOut(rows=counts[count] - counts[with_amount], reason=reason)
        book.add(name, found[name], rows=counts[with_amount], left_out=[missing])
    share = ratio(found["kpi.expected_weighted"], found["kpi.transacted"])
    book.add("kpi.ratio", share, rows=accounts)
    book.add("kpi.accounts", accounts, rows=accounts)


def _warn(book: FactBook, tables: ScopedTables, arguments: KpiArguments) -> None:
    if "order_lines" not in tables:
        book.warn(
            "受注明細（order_lines）がないため、実績額は期間に受注した商談の金額です。",
            "Without order lines (order_lines) the transacted amount is that of deals won.",
        )
    if "opportunities" not in tables:
        book.warn(
            "商談（opportunities）がないため、進行中の商談額は分かりません。"
            "マッピングに加えて取り込んでください。",
            "Without deals (opportunities) the expected amount is unknown: add them to the "
            "mapping and import.",
        )
    elif not (arguments.account_id or arguments.owner_id or arguments.team):
        _warn_of_orphans(book, tables, arguments.as_of)


def _warn_of_orphans(book: FactBook, tables: ScopedTables, as_of: date) -> None:
    deals = judged_deals(tables, as_of)
    orphans = deals.filter(_.state == OPEN, _.account_id.isnull()).agg(n=_.count())
    if n := fetch_one(orphans)["n"]:
        book.warn(
            f"進行中の商談のうち{n}件は取引先が登録されておらず、含まれていません。",
            f"Open deals without an account are not in it: {n}.",
        )


KPI_PAIR = Tool(
    "kpi_pair",
    KpiArguments,
    kpi_pair,
    Text(
        ja="取引先ごとのKPIの対: 進行中の商談額・加重金額と実績額"
        "（期間の受注明細、なければ受注した商談）",
        en="The KPI pair of each account: expected amount (open value and weighted) and transacted "
        "amount (orders of the period, else won deals)",
    ),
    needs=("accounts",),
    needs_any=("order_lines", "opportunities"),
)
