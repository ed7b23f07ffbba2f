"""The three grids side by side: where they contradict each other, a sentence says how.

Source: docs/metrics.md (compare).
"""

from __future__ import annotations

from datetime import date

import ibis
from ibis import _

from crm.scope import ScopedTables
from tools.abcd import abcd_table
from tools.arguments import open_book
from tools.driver_grid import grid, usual_axes
from tools.drivers import driver_table, warn_of_missing
from tools.facts import Text, ToolResult
from tools.listing import descending, first_rows, subjects
from tools.portfolio import PortfolioArguments, listed_accounts, warn_without_statuses
from tools.query import attach, fetch
from tools.tool import Tool
from tools.zones import usual_cuts, zones

CONTRADICTIONS = (
    "strong_deals_weak_account",
    "neglected_potential",
    "emotion_trap",
    "record_without_growth",
)
VERDICTS = ("consistent", *CONTRADICTIONS, "mixed")


def places(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Every visible account that has a place in a grid: `cell`, `zone`, `letter` and `verdict`.

    Also net_sales of the trailing year. The grids are those of the settings; NULL is no place.
    """
    return tables.keep(("places", as_of), lambda: _places(tables, as_of))


def _places(tables: ScopedTables, as_of: date) -> ibis.Table:
    found = driver_table(tables, as_of).select("account_id", "net_sales")
    cells = grid(tables, as_of, usual_axes(tables)).rows
    found = attach(found, cells, "account_id", "account_id", cell="cell")
    if "opportunities" in tables:
        placed = zones(tables, as_of, usual_cuts(tables)).rows
        found = attach(found, placed, "account_id", "account_id", zone="zone")
    else:
        found = found.mutate(zone=ibis.null("string"))
    letters = abcd_table(tables, as_of)
    found = attach(found, letters, "account_id", "account_id", letter="letter")
    found = found.filter(_.cell.notnull() | _.zone.notnull() | _.letter.notnull())
    return found.mutate(verdict=verdict(found.cell, found.zone, found.letter))


def verdict(cell: ibis.Value, zone: ibis.Value, letter: ibis.Value) -> ibis.Value:
    """What the places say together: the first that holds of VERDICTS."""
    cell, zone, letter = (place.fill_null("") for place in (cell, zone, letter))
    top, low = cell == "top_priority", cell == "maintain"
    same = (
        (top & (zone == "A") & (letter == "A"))
        | ((cell == "priority") & (zone == "B") & letter.isin(["B", "C"]))
        | (low & (zone == "C") & (letter == "D"))
    )
    return ibis.cases(
        (same, "consistent"),
        ((zone == "A") & letter.isin(["C", "D"]), "strong_deals_weak_account"),
        (((letter == "B") | top) & zone.isin(["C", ""]), "neglected_potential"),
        (low & (letter == "C"), "emotion_trap"),
        (low & (letter == "A"), "record_without_growth"),
        else_="mixed",
    )


def compare_grids(tables: ScopedTables, arguments: PortfolioArguments) -> ToolResult:
    """An account's place in all grids, contradictions first; counts are of all it can see.

    Source: docs/metrics.md (compare).
    """
    listed = listed_accounts(tables, arguments)
    book = open_book("compare_grids", tables, arguments, "drivers", "zones", "abcd")
    axes = usual_axes(tables)
    warn_without_statuses(book, tables)
    warn_of_missing(book, tables, [axes.x, axes.y])
    if "opportunities" not in tables:
        book.warn(
            "商談（opportunities）がないため、ポートフォリオのゾーンは分かりません"
            "（取り込みの対応表に追加してください）。",
            "There are no opportunities: the portfolio zones are unknown (add them to the mapping "
            "and import).",
        )
    found = places(tables, arguments.as_of)
    counts = {r["verdict"]: r["n"] for r in fetch(found.group_by("verdict").agg(n=_.count()))}
    for code in VERDICTS:
        n = counts.get(code, 0)
        book.add("compare.count", n, subject=f"verdict:{code}", rows=n)
    columns = ("cell", "zone", "letter", "verdict", "net_sales")
    rows = attach(listed, found, "account_id", "account_id", **{c: c for c in columns})
    rows = rows.filter(_.verdict.notnull())
    contradictory = rows.verdict.isin(CONTRADICTIONS)
    order = [contradictory.desc(), descending("net_sales")]
    first, total = first_rows(rows, order, arguments.limit)
    table = book.table(
        {
            "account.name": [row["name"] for row in first],
            "grid.cell": [row["cell"] for row in first],
            "zones.zone": [row["zone"] for row in first],
            "abcd.letter": [row["letter"] for row in first],
            "compare.verdict": [row["verdict"] for row in first],
            "sales.net_sales": [row["net_sales"] for row in first],
        },
        subjects(first),
        sort=Text(
            ja="食い違いのある取引先が先、その中は売上の大きい順",
            en="contradictions first; within them the largest net sales first",
        ),
        total_rows=total,
    )
    return book.result(table=table)


COMPARE_GRIDS = Tool(
    "compare_grids",
    PortfolioArguments,
    compare_grids,
    Text(
        ja="三つの区分（ドライバー・グリッド、ゾーン、ABCD）を並べ、食い違いを一文で説明する",
        en="The driver grid, the zones and the ABCD matrix side by side; contradictions explained",
    ),
    needs=("accounts", "order_lines"),
)
