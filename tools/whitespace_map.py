"""The white-space map: accounts by categories, each cell bought, with a potential, or unknown.

Source: docs/metrics.md (whitespace). A potential of zero says that nothing is left; where peers are
too few it is unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import ibis
from ibis import _

from crm.scope import ScopedTables
from tools.facts import Chart, FactBook, Text, ToolResult
from tools.potentials import category_spend, potentials
from tools.query import Row, fetch
from tools.whitespace_state import standings

ACCOUNTS = 12
CATEGORIES = 12


def white_space_map(
    tables: ScopedTables, book: FactBook, accounts: ibis.Table, rows: Sequence[Row]
) -> ToolResult | None:
    """The first accounts of the list in the categories with most money, in its order.

    `rows` is the list (account_id, name). Where it is empty and one account is asked for, the map
    is of that one; of several accounts without a potential there is none.
    """
    names = {row["account_id"]: row["name"] for row in rows}
    if not names:
        few = fetch(accounts.select("account_id", "name").limit(2))
        names = {row["account_id"]: row["name"] for row in few} if len(few) == 1 else {}
    chosen = list(names)[:ACCOUNTS]
    cells = _cells(tables, book, chosen)
    if not cells:
        return None
    found = standings(tables, book.as_of, cells)
    table = book.table(
        {
            "account.name": [names[cell["account_id"]] for cell in cells],
            "whitespace.category": [cell["category"] for cell in cells],
            "whitespace.state": [standing.state for standing in found],
            "whitespace.own": [cell["own"] for cell in cells],
            "whitespace.potential": [cell["potential"] for cell in cells],
        },
        [f"account:{cell['account_id']}/category:{cell['category']}" for cell in cells],
        sort=Text(ja="取引先、カテゴリーの金額の大きい順", en="by account, then category by money"),
    )
    chart = Chart(
        kind="map",
        x="whitespace.category",
        y="account.name",
        colour="whitespace.state",
        figures=("whitespace.own", "whitespace.potential"),
    )
    return ToolResult(tool="white_space_map", table=table, chart=chart)


def _cells(tables: ScopedTables, book: FactBook, accounts: list[str]) -> list[Row]:
    """Each of the accounts in each category, with `own` and `potential` (None: unknown)."""
    bought = _of(category_spend(tables, book.as_of), accounts, "own")
    could = _of(potentials(tables, book.as_of), accounts, "potential")
    money: dict[str, Decimal] = dict.fromkeys(_categories(tables), Decimal(0))
    for found in (bought, could):
        for (_account, category), amount in found.items():
            money[category] = money.get(category, Decimal(0)) + amount
    categories = sorted(money, key=lambda category: (-money[category], category))[:CATEGORIES]
    return [
        {
            "account_id": account,
            "category": category,
            "own": bought.get((account, category), Decimal(0)),
            "potential": could.get((account, category)),
        }
        for account in accounts
        for category in categories
    ]


def _of(rows: ibis.Table, accounts: list[str], column: str) -> dict[tuple[str, str], Decimal]:
    if not accounts:
        return {}
    mine = rows.filter(_.account_id.isin(accounts)).select("account_id", "category", column)
    return {(row["account_id"], row["category"]): row[column] for row in fetch(mine)}


def _categories(tables: ScopedTables) -> list[str]:
    named = tables["products"].filter(_.category.notnull()).select("category").distinct()
    return [row["category"] for row in fetch(named)]
