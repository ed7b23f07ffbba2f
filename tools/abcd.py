"""The ABCD matrix: what a customer is worth against its record with us; always name the grid.

A both high; B high worth, low record; C low worth, high record (the emotion trap); D both low.
Source: docs/metrics.md (abcd).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
from ibis import _

from crm.periods import trailing
from crm.scope import ScopedTables
from tools.arguments import open_book
from tools.facts import Chart, FactBook, LeftOut, Table, Text, ToolResult
from tools.listing import ascending, descending, first_rows, number, subjects
from tools.money import account_money
from tools.portfolio import (
    PortfolioArguments,
    customers,
    listed_accounts,
    warn_without_statuses,
)
from tools.query import attach, beside, fetch, fetch_one
from tools.ranks import blend, half_up, percentile_rank
from tools.sales import account_orders
from tools.tool import Tool

YEAR = 365
LETTERS = ("A", "B", "C", "D")
_LEVELS = {"A": ("high", "high"), "B": ("high", "low"), "C": ("low", "high"), "D": ("low", "low")}
"""Worth and record of each letter."""
WORTH = ("annual_revenue", "employees", "revenue_growth", "objective_score")
SIDES = ("worth", "record")
RECORD = ("orders", "net_sales", "profit")


def abcd_table(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The place of every visible customer: what it is worth, its record, and its letter.

    Columns: account_id; `worth` and `record`, weighted means of the percentile ranks of the known
    criteria (float64 in 0..1, 6 decimals; NULL of none); `letter` (NULL when a side is unknown;
    at the cut is high); `net_sales` of the trailing year. Weights: the [abcd] settings. Raises
    MissingDataError without order_lines. Source: docs/metrics.md (abcd).
    """
    blended, cuts = _blended(tables, as_of), abcd_cuts(tables, as_of)
    worthy, proven = (blended[side] >= ibis.literal(cuts[side], "float64") for side in SIDES)
    letter = ibis.cases(
        (worthy & proven, "A"), (worthy & ~proven, "B"), (~worthy & proven, "C"),
        (~worthy & ~proven, "D"),
    )  # fmt: skip
    return blended.mutate(letter=letter)


def abcd_cuts(tables: ScopedTables, as_of: date) -> dict[str, float | None]:
    """The medians of `worth` and `record`, 6 decimals; None of no known ones."""
    blended = _blended(tables, as_of)
    medians = {side: half_up(blended[side].quantile(0.5)) for side in SIDES}
    return tables.remember(("abcd_cuts", as_of), lambda: fetch_one(blended.agg(**medians)))


def _blended(tables: ScopedTables, as_of: date) -> ibis.Table:
    return tables.keep(("abcd_sides", as_of), lambda: _sides(tables, as_of))


def _sides(tables: ScopedTables, as_of: date) -> ibis.Table:
    weights = tables.settings.abcd
    ranked = _ranked(tables, as_of)
    told = {c: ranked[c] for c in WORTH if c in ranked.columns}
    worth, _known = blend(told, weights.worth_weights)
    record, _known = blend({c: ranked[c] for c in RECORD}, weights.record_weights)
    return ranked.select("account_id", net_sales="sales", worth=worth, record=record)


def _ranked(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The percentile rank of each criterion under its name, and the `sales` of the year.

    What makes an account worth is ranked as far as the import tells it.
    """
    key, year = "account_id", trailing(as_of, YEAR)
    told = [c for c in WORTH if tables.has("accounts", c)]
    columns = {"net_sales": "net_sales", "profit": "contribution"}
    found = beside(
        customers(tables, as_of).select(key, *told),
        (account_money(tables, year), key, key, columns),
        (account_orders(tables, year), key, key, {"orders": "orders"}),
    )
    found = found.mutate(orders=_.orders.fill_null(0))
    ranks = {c: percentile_rank(found[c]) for c in (*told, *RECORD)}
    return found.select("account_id", sales=found.net_sales, **ranks)


def abcd_matrix(tables: ScopedTables, arguments: PortfolioArguments) -> ToolResult:
    """The cell of each customer, A first; counts and sales of the cells are of all it can see.

    Source: docs/metrics.md (abcd).
    """
    listed = listed_accounts(tables, arguments)
    book = open_book("abcd_matrix", tables, arguments, "abcd")
    warn_without_statuses(book, tables)
    placed = abcd_table(tables, arguments.as_of)
    _record(book, placed, abcd_cuts(tables, arguments.as_of))
    columns = ("letter", "worth", "record", "net_sales")
    rows = attach(listed, placed, "account_id", "account_id", **{c: c for c in columns})
    rows = rows.filter(_.net_sales.notnull())
    order = [ascending("letter"), descending("net_sales")]
    first, total = first_rows(rows, order, arguments.limit)
    table = book.table(
        {
            "account.name": [row["name"] for row in first],
            "abcd.letter": [row["letter"] for row in first],
            "abcd.worth": [number(row["worth"]) for row in first],
            "abcd.record": [number(row["record"]) for row in first],
            "sales.net_sales": [row["net_sales"] for row in first],
            "account.owner": [row["owner"] for row in first],
        },
        subjects(first),
        sort=Text(
            ja="A・B・C・Dの順、その中は売上の大きい順",
            en="A, B, C, D; within each the largest net sales first",
        ),
        total_rows=total,
    )
    chart = Chart(
        kind="scatter",
        x="abcd.record",
        y="abcd.worth",
        colour="abcd.letter",
        label="account.name",
        size="sales.net_sales",
        cuts=("abcd.record_cut", "abcd.worth_cut"),
    )
    return book.result(table=table, chart=chart).model_copy(update={"parts": _parts(book)})


def _parts(book: FactBook) -> tuple[ToolResult, ...]:
    """The matrix itself with the customers and sales of each cell; none where nobody is placed."""
    cells = _cells(book)
    if not any(row[cells.column("abcd.count")] for row in cells.rows):
        return ()
    chart = Chart(
        kind="heatmap",
        x="abcd.record_level",
        y="abcd.worth_level",
        colour="abcd.count",
        label="abcd.letter",
        figures=("abcd.sales",),
    )
    return (ToolResult(tool="abcd_cells", table=cells, chart=chart),)


def _cells(book: FactBook) -> Table:
    """The four cells with their customers and sales, as they stand in the facts."""
    known = {(fact.name, fact.subject): fact.value for fact in book.facts}
    subjects = [f"cell:{letter}" for letter in LETTERS]
    return book.table(
        {
            "abcd.letter": list(LETTERS),
            "abcd.worth_level": [_LEVELS[letter][0] for letter in LETTERS],
            "abcd.record_level": [_LEVELS[letter][1] for letter in LETTERS],
            "abcd.count": [known["abcd.count", subject] for subject in subjects],
            "abcd.sales": [known["abcd.sales", subject] for subject in subjects],
        },
        subjects,
        sort=Text(ja="A・B・C・Dの順", en="A, B, C, D"),
    )


def _record(book: FactBook, placed: ibis.Table, cuts: Mapping[str, float | None]) -> None:
    found = fetch(placed.group_by("letter").agg(n=_.count(), sales=_.net_sales.sum()))
    cells = {row["letter"]: row for row in found}
    unplaced = cells[None]["n"] if None in cells else 0
    reason = Text(ja="価値または実績が不明", en="worth or record unknown")
    left_out = [LeftOut(rows=unplaced, reason=reason)]
    everybody = sum(row["n"] for row in found)
    for side, cut in cuts.items():
        placed_n = everybody - unplaced
        book.add(f"abcd.{side}_cut", number(cut), rows=placed_n, left_out=left_out)
    for letter in LETTERS:
        n, sales = (cells[letter][c] if letter in cells else 0 for c in ("n", "sales"))
        book.add("abcd.count", n, subject=f"cell:{letter}", rows=n)
        book.add("abcd.sales", sales, subject=f"cell:{letter}", rows=n)
    book.add("abcd.unplaced", unplaced, rows=unplaced)


ABCD_MATRIX = Tool(
    "abcd_matrix",
    PortfolioArguments,
    abcd_matrix,
    Text(
        ja="ABCDマトリクス: 顧客を客観価値と取引実績の高低で四つに分ける",
        en="ABCD matrix: customers by objective worth and track record, each high or low",
    ),
    needs=("accounts", "order_lines"),
)
