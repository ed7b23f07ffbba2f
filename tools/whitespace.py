"""White space: what peers buy and this account does not; an estimate, and said to be one.

Source: docs/metrics.md (whitespace). Peers are the visible customers of the same industry and size
band; a category is spoken of only with enough peers, enough of whom buy it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import median

from ibis import _
from pydantic import Field

from crm.periods import trailing
from crm.scope import ScopedTables
from tools.arguments import AccountArguments, open_book
from tools.deals import LOST, OPEN, deals_at
from tools.exact import decimal, ratio, round_to, share
from tools.facts import Text, ToolResult, Value
from tools.potentials import potentials as potentials
from tools.query import Row, attach, fetch, inside
from tools.sizes import size_band
from tools.tool import Tool

YEAR = 365


class WhiteSpaceArguments(AccountArguments):
    """Whose white space to look for."""

    limit: int = Field(default=5, ge=1, le=50, description="Categories at the most.")


@dataclass(frozen=True)
class Spending:
    """Net sales and known margin of one account (or of all) in one category."""

    sales: Decimal
    margin: Decimal | None


@dataclass(frozen=True)
class Space:
    """A category an account could buy more of: how many peers buy it, and what that suggests."""

    category: str
    state: str
    buyers: Decimal
    own: Decimal
    potential: Decimal
    margin: Decimal | None

    @property
    def worth(self) -> Decimal:
        return self.potential * (self.margin or Decimal(0))


def white_space(tables: ScopedTables, arguments: WhiteSpaceArguments) -> ToolResult:
    """Categories with a potential at an account, largest potential times margin first.

    Potential: the median of the buying peers' spend for each employee (or unit of revenue) times
    the account's own, less what it buys; trailing 365 days, workspace currency.
    """
    tables.require_account(arguments.account_id)
    book = open_book("white_space", tables, arguments)
    limits = tables.settings.white_space
    account, peers, scale = _peers(tables, arguments.account_id)
    book.add("whitespace.peers", len(peers), rows=len(peers))
    spaces: list[Space] = []
    if scale is None:
        book.warn(
            "従業員数も年商も不明なため、ホワイトスペースは推計できません。",
            "Neither employees nor revenue is known: white space cannot be estimated.",
        )
    elif len(peers) < limits.minimum_peers:
        book.warn(
            "業種と規模が同じ顧客が少ないため、ホワイトスペースは推計できません。",
            "Too few customers share its industry and size: white space cannot be estimated.",
        )
    else:
        spaces = _spaces(tables, arguments, account, peers, scale)
    columns: dict[str, list[Value]] = {
        "whitespace.category": [s.category for s in spaces],
        "whitespace.state": [s.state for s in spaces],
        "whitespace.buyers": [s.buyers for s in spaces],
        "whitespace.own": [s.own for s in spaces],
        "whitespace.potential": [s.potential for s in spaces],
        "whitespace.margin": [s.margin for s in spaces],
    }
    table = book.table(
        columns,
        [f"category:{s.category}" for s in spaces],
        sort=Text(ja="見込み額 × 粗利率の大きい順", en="largest potential times margin first"),
        limit=arguments.limit,
    )
    return book.result(table=table)


def _peers(tables: ScopedTables, account_id: str) -> tuple[Row, list[Row], str | None]:
    """The account, its peers, and the column by which their spend is scaled."""
    columns = ("account_id", "industry", "status", "employees", "annual_revenue")
    rows = tables.remember(
        ("peer_columns",), lambda: fetch(tables["accounts"].select(*columns).order_by("account_id"))
    )
    account = next(row for row in rows if row["account_id"] == account_id)
    scale = next((c for c in ("employees", "annual_revenue") if (account[c] or 0) > 0), None)
    if scale is None or account["industry"] is None:
        return account, [], scale
    band = size_band(account["employees"])
    peers = [
        row
        for row in rows
        if row["account_id"] != account_id
        and row["status"] == "customer"
        and row["industry"] == account["industry"]
        and size_band(row["employees"]) == band
        and (row[scale] or 0) > 0
    ]
    return account, peers, scale


def _spaces(
    tables: ScopedTables,
    arguments: WhiteSpaceArguments,
    account: Row,
    peers: list[Row],
    scale: str,
) -> list[Space]:
    spending = tables.remember(
        ("category_spending", arguments.as_of), lambda: _spending(tables, arguments)
    )
    states = _deal_states(tables, arguments)
    minimum = tables.settings.white_space.minimum_buyers
    found = []
    for category, margin in _margins(spending).items():
        each = [
            Fraction(spending[key].sales) / Fraction(peer[scale])
            for peer in peers
            if (key := (peer["account_id"], category)) in spending and spending[key].sales > 0
        ]
        buyers = share(len(each), len(peers))
        if not each or buyers is None or buyers < Fraction(minimum):
            continue
        own = spending.get((account["account_id"], category), Spending(Decimal(0), None)).sales
        exact = median(each) * Fraction(account[scale]) - Fraction(own)
        potential = round_to(decimal(exact), 0)
        if potential > 0:
            state = "owned" if own > 0 else states.get(category, "white")
            part = ratio(len(each), len(peers)) or Decimal(0)
            found.append(Space(category, state, part, own, potential, margin))
    return sorted(found, key=lambda s: (-s.worth, -s.potential, s.category))


def _spending(
    tables: ScopedTables, arguments: WhiteSpaceArguments
) -> dict[tuple[str, str], Spending]:
    """Net sales and margin by account and category over the trailing year."""
    lines = tables["order_lines"].filter(inside(trailing(arguments.as_of, YEAR), "ordered_on"))
    named = attach(lines, tables["products"], "product_id", "product_id", category="category")
    summed = (
        named.filter(_.category.notnull())
        .group_by("account_id", "category")
        .agg(
            sales=_.net_amount.sum(),
            margin=(_.net_amount - _.standard_cost).sum(where=_.standard_cost.notnull()),
        )
    )
    return {
        (r["account_id"], r["category"]): Spending(r["sales"], r["margin"]) for r in fetch(summed)
    }


def _margins(spending: dict[tuple[str, str], Spending]) -> dict[str, Decimal | None]:
    """The gross margin of each category over all visible accounts."""
    sales: dict[str, Decimal] = {}
    margin: dict[str, Decimal | None] = {}
    for (_account, category), spent in sorted(spending.items()):
        sales[category] = sales.get(category, Decimal(0)) + spent.sales
        known = margin.get(category)
        if spent.margin is not None:
            margin[category] = (known or Decimal(0)) + spent.margin
        else:
            margin.setdefault(category, None)
    return {category: ratio(margin[category], sales[category]) for category in sales}


def _deal_states(tables: ScopedTables, arguments: WhiteSpaceArguments) -> dict[str, str]:
    """Categories of the account's deals: `open` where one is open, else `lost` where one was."""
    if "opportunities" not in tables:
        return {}
    deals = deals_at(tables, arguments.as_of).filter(_.account_id == arguments.account_id)
    if "products" in tables:
        products = tables["products"]
        deals = attach(deals, products, "product_id", "product_id", product_category="category")
        deals = deals.mutate(category=_.category.fill_null(_.product_category))
    rows = fetch(deals.filter(_.category.notnull()).select("category", "state").distinct())
    lost = {r["category"]: "lost" for r in rows if r["state"] == LOST}
    return lost | {r["category"]: "open" for r in rows if r["state"] == OPEN}


WHITE_SPACE = Tool(
    "white_space",
    WhiteSpaceArguments,
    white_space,
    Text(
        ja="一つの取引先のホワイトスペース: 同業・同規模の顧客が買い、この顧客が買っていないもの",
        en="White space of an account: what customers like it buy and it does not",
    ),
)
