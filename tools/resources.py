"""Where the cost to serve goes, against where the profit comes from: two ranks side by side.

Source: docs/metrics.md (resource concentration).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import ibis
import numpy as np
from ibis import _
from pydantic import Field

from crm.scope import ScopedTables
from tools.allocation import operating_profit, unallocated
from tools.arguments import RowArguments, YearArguments, open_book
from tools.driver_quantities import units_of
from tools.exact import ratio, round_to
from tools.facts import Chart, FactBook, LeftOut, Text, ToolResult
from tools.listing import descending, first_rows, subjects
from tools.money import MONEY
from tools.profit_warnings import FEW_CASES, warn_of_direct_costs, warn_of_few, warn_of_pools
from tools.query import Row, attach, fetch_one
from tools.tool import Tool


class ResourceArguments(YearArguments, RowArguments):
    """Over which period, and how many accounts to list."""

    limit: int = Field(default=20, ge=1, le=500, description="Accounts at the most.")


def resource_concentration(tables: ScopedTables, arguments: ResourceArguments) -> ToolResult:
    """Rank by cost to serve against rank by operating profit, of the accounts that traded.

    Cost to serve is freight, the direct costs below gross profit, and all that is allocated;
    rank 1 is the most cost, or the best profit; ties by account_id. Raises MissingDataError
    without order_lines. Source: docs/metrics.md (resource concentration).
    """
    book = open_book("resource_concentration", tables, arguments, "profitability")
    period = arguments.span(tables)
    book.add("meta.from", period.start)
    book.add("meta.to", period.end)
    traded = operating_profit(tables, period, as_of=arguments.as_of).filter(_.lines > 0)
    ranked = tables.keep(("resources", period, arguments.as_of), lambda: _ranked(tables, traded))
    total = _record(book, traded, ranked)
    warn_of_direct_costs(book, tables, total["uncosted"])
    warn_of_pools(book, tables, unallocated(tables, period, as_of=arguments.as_of))
    named = attach(ranked, tables["accounts"], "account_id", "account_id", name="name")
    rows, count = first_rows(named, [descending("gap")], arguments.limit)
    table = book.table(
        {
            "account.name": [row["name"] for row in rows],
            "resource.cost_to_serve": [row["cost"] for row in rows],
            "resource.cost_rank": [row["cost_rank"] for row in rows],
            "resource.cost_share": [ratio(row["cost"], total["cost"]) for row in rows],
            "resource.profit": [row["profit"] for row in rows],
            "resource.profit_rank": [row["profit_rank"] for row in rows],
            "resource.rank_gap": [row["gap"] for row in rows],
        },
        subjects(rows),
        sort=Text(
            ja="費用の順位に比べ利益の順位が低い順",
            en="profit rank furthest behind cost rank first",
        ),
        total_rows=count,
    )
    chart = Chart(
        kind="scatter",
        x="resource.cost_rank",
        y="resource.profit_rank",
        label="account.name",
        size="resource.cost_to_serve",
    )
    return book.result(table=table, chart=chart)


def _ranked(tables: ScopedTables, traded: ibis.Table) -> ibis.Table:
    """The accounts with a known profit: cost, profit, their ranks and gap, `top` and `misplaced`.

    The top is the first fifth by cost (settings: top_share), its number rounded up.
    """
    known = traded.filter(_.operating_profit.notnull())
    cost = known.gross_profit - known.contribution + known.allocated
    found = known.select("account_id", cost=cost.cast(MONEY), profit=known.operating_profit)
    found = found.mutate(
        cost_rank=_place(found.cost, found.account_id),
        profit_rank=_place(found.profit, found.account_id),
        n=ibis._.count().over(),
    )
    share = Fraction(tables.settings.profitability.top_share)
    found = found.mutate(
        gap=found.profit_rank - found.cost_rank,
        top=(found.cost_rank - 1) * share.denominator < found.n * share.numerator,
    )
    return found.mutate(misplaced=found.top & (found.profit_rank * 2 > found.n))


def _place(column: ibis.Column, account: ibis.Column) -> ibis.Value:
    return ibis.row_number().over(order_by=[column.desc(), account.asc()]) + 1


def _record(book: FactBook, traded: ibis.Table, ranked: ibis.Table) -> Row:
    nothing = ibis.literal(0, MONEY)
    row = fetch_one(
        ranked.agg(
            n=_.count(),
            cost=_.cost.sum().fill_null(nothing),
            profit=_.profit.sum().fill_null(nothing),
            top=_.top.sum().fill_null(0),
            top_cost=_.cost.sum(where=_.top).fill_null(nothing),
            top_profit=_.profit.sum(where=_.top).fill_null(nothing),
            misplaced=_.misplaced.sum().fill_null(0),
        )
    )
    row |= fetch_one(
        traded.agg(traded=_.count(), uncosted=_.uncosted.sum().cast("int64").fill_null(0))
    )
    n, top, profit = row["n"], row["top"], row["profit"]
    unknown = [LeftOut(rows=row["traded"] - n, reason=Text(ja="原価が不明", en="cost unknown"))]
    nothing_known = not n and row["traded"] > 0
    book.add("resource.accounts", n, rows=n, left_out=unknown)
    for name, value, count in (
        ("top_accounts", top, n),
        ("top_cost_share", ratio(row["top_cost"], row["cost"]), top),
        ("top_profit_share", ratio(row["top_profit"], profit) if profit > 0 else None, top),
        ("spearman", _spearman(book, ranked, n), n),
        ("misplaced", row["misplaced"], top),
    ):
        book.add(f"resource.{name}", None if nothing_known else value, rows=count, left_out=unknown)
    warn_of_few(book, n)
    return row


def _spearman(book: FactBook, ranked: ibis.Table, n: int) -> Decimal | None:
    """Rank correlation of cost and profit; unknown of fewer than five, or when one never varies."""
    if n < FEW_CASES:
        book.warn(
            f"順位相関には取引先が{FEW_CASES}社以上必要です（{n}社）。",
            f"A rank correlation needs at least {FEW_CASES} accounts; it has {n}.",
        )
        return None
    from scipy.stats import spearmanr

    both = ranked.order_by("account_id").select("cost", "profit").to_pyarrow()
    cost, profit = (np.unique(units_of(both[c]), return_inverse=True)[1] for c in both.column_names)
    if not (cost.any() and profit.any()):
        book.warn(
            "費用または利益がすべて同じため、順位相関は計算できません。",
            "All costs or all profits are the same: there is no rank correlation.",
        )
        return None
    return round_to(Decimal(str(float(spearmanr(cost, profit).statistic))), 6)


RESOURCE_CONCENTRATION = Tool(
    "resource_concentration",
    ResourceArguments,
    resource_concentration,
    Text(
        ja="資源の集中: 対応費用と利益の順位の対比。費用に見合わない取引先、費用上位が生む利益",
        en="Resource concentration: rank by cost to serve against rank by profit; what the "
        "costliest fifth brings",
    ),
    needs=("accounts", "order_lines"),
)
