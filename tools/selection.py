"""Key account selection: weighted criteria, each a percentile rank among the customers.

What is unknown is left out of a customer's score and its weight is shown; the lists that matter
are the large that are not strategic and the strategic that are not large.
Source: docs/metrics.md (selection).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import ibis
from ibis import _

from crm.scope import ScopedTables
from tools.arguments import open_book
from tools.depth import depth_table
from tools.drivers import driver_table, warn_of_missing
from tools.facts import Chart, FactBook, Text, ToolResult, Value
from tools.listing import ascending, first_rows, number, subjects
from tools.portfolio import PortfolioArguments, listed_accounts, warn_without_statuses
from tools.query import Row, attach, fetch
from tools.ranks import blend, half_up, percentile_rank
from tools.tool import Tool

CRITERIA = {
    "sales": "net_sales",
    "profit": "operating_profit",
    "growth": "net_sales_growth",
    "headroom": "headroom",
    "strategic": "objective_score",
    "relationship": "depth",
}
"""Each criterion by the name of its weight, and the driver it ranks."""

STRATEGIC = ("growth", "headroom", "strategic")
LISTS = ("both", "large_not_strategic", "strategic_not_large", "neither")
_HAIR = 1e-9


def selection_table(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Every visible customer: its ranks, its score, and which list it is on.

    Columns: account_id; a percentile rank for each of CRITERIA (float64 or NULL); `score`, their
    weighted mean (0..1, 6 decimals; NULL when less than the settings ask for is known); `known`,
    the share of the weights known; `place` by score from 1 (NULL without one); `list`.
    Source: docs/metrics.md (selection).
    """
    return tables.keep(("selection", as_of), lambda: _selection(tables, as_of))


def _selection(tables: ScopedTables, as_of: date) -> ibis.Table:
    limits = tables.settings.selection
    found = attach(
        driver_table(tables, as_of).filter(_.customer),
        depth_table(tables, as_of), "account_id", "account_id", depth="score",
    )  # fmt: skip
    ranked = found.select(
        "account_id", **{c: percentile_rank(found[d]) for c, d in CRITERIA.items()},
        large=_large(found.net_sales, found.account_id, limits.large_share),
    )  # fmt: skip
    score, weight = blend({c: ranked[c] for c in CRITERIA}, limits.weights)
    side, _weight = blend({c: ranked[c] for c in STRATEGIC}, limits.weights)
    known = (weight / float(sum(limits.weights.values()) or 1)).round(9)
    enough = known >= float(limits.minimum_known)
    scored = ranked.mutate(score=enough.ifelse(score, None), known=known, side=side)
    bar = scored.agg(bar=half_up(_.side.quantile(float(limits.strategic_quantile))))
    scored = scored.cross_join(bar)
    strategic = (scored.side >= scored.bar).fill_null(False)
    listed = ibis.cases(
        (scored.large & strategic, LISTS[0]), (scored.large, LISTS[1]), (strategic, LISTS[2]),
        else_=LISTS[3],
    )  # fmt: skip
    best_first = [scored.score.desc(nulls_first=False), scored.account_id.asc()]
    place = ibis.row_number().over(order_by=best_first) + 1
    return scored.mutate(list=listed, place=scored.score.notnull().ifelse(place, None)).drop(
        "large", "side", "bar"
    )


def _large(sales: ibis.Column, account_id: ibis.Column, share: Decimal) -> ibis.Value:
    """Whether sales are among the top share of those above zero, their number rounded up."""
    buys = (sales > 0).fill_null(False)
    above = ibis.row_number().over(order_by=[sales.desc(nulls_first=False), account_id.asc()])
    buyers = buys.ifelse(1, 0).sum().over()
    return buys & (above + _HAIR < buyers * float(share))


def key_account_selection(tables: ScopedTables, arguments: PortfolioArguments) -> ToolResult:
    """Customers by their score, the best first, each with its ranks and its list.

    Counts are of all customers it can see. Source: docs/metrics.md (selection).
    """
    listed = listed_accounts(tables, arguments)
    book = open_book("key_account_selection", tables, arguments, "selection", "depth")
    warn_without_statuses(book, tables)
    warn_of_missing(book, tables, ["net_sales", "headroom", "objective_score"])
    found = selection_table(tables, arguments.as_of)
    _record(book, found)
    columns = ("place", "score", "known", "list", *CRITERIA)
    rows = attach(listed, found, "account_id", "account_id", **{c: c for c in columns})
    rows = rows.filter(_.list.notnull())
    first, total = first_rows(rows, [ascending("place")], arguments.limit)
    table = book.table(
        _columns(first),
        subjects(first),
        sort=Text(ja="評点の高い順", en="highest score first"),
        total_rows=total,
    )
    chart = Chart(
        kind="scatter",
        x="selection.sales",
        y="selection.score",
        colour="selection.list",
        label="account.name",
    )
    return book.result(table=table, chart=chart)


def _record(book: FactBook, found: ibis.Table) -> None:
    measures = {"n": _.count(), "scored": _.score.count()}
    rows = {row["list"]: row for row in fetch(found.group_by("list").agg(**measures))}
    everybody = sum(row["n"] for row in rows.values())
    book.add("selection.customers", everybody, rows=everybody)
    for code in LISTS:
        n = rows[code]["n"] if code in rows else 0
        book.add("selection.count", n, subject=f"list:{code}", rows=n)
    unscored = everybody - sum(row["scored"] for row in rows.values())
    book.add("selection.unscored", unscored, rows=unscored)
    if unscored:
        book.warn(
            f"分かる評価項目が少ないため評点のない顧客が{unscored}社あります。",
            f"Customers without a score, because too few criteria are known: {unscored}.",
        )


def _columns(rows: list[Row]) -> dict[str, list[Value]]:
    return {
        "account.name": [row["name"] for row in rows],
        "selection.rank": [row["place"] for row in rows],
        "selection.score": [_hundredfold(row["score"]) for row in rows],
        "selection.list": [row["list"] for row in rows],
        "selection.known": [number(row["known"]) for row in rows],
        **{f"selection.{c}": [number(row[c]) for row in rows] for c in CRITERIA},
    }


def _hundredfold(score: float | None) -> Decimal | None:
    exact = number(score)
    return None if exact is None else 100 * exact


KEY_ACCOUNT_SELECTION = Tool(
    "key_account_selection",
    PortfolioArguments,
    key_account_selection,
    Text(
        ja="重点顧客の選定: 加重評点と順位、大口だが戦略的でない顧客、戦略的だが大口でない顧客",
        en="Key account selection: score and rank; large but not strategic, and the reverse",
    ),
    needs=("accounts",),
)
