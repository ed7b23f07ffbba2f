"""Where we stand with an account in a category: owned, open deal, competitor, lost, or white.

Of several that hold, the first of these is the state. Source: docs/metrics.md (whitespace).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ibis import _

from crm.scope import ScopedTables
from tools.deals import LOST, OPEN, deals_at
from tools.exact import ratio
from tools.facts import Value
from tools.query import Row, attach, fetch
from tools.wallets import latest_wallets

_Pair = tuple[str, str]


@dataclass(frozen=True)
class Standing:
    """Our state in a category, and what is known of the wallet: its spend and the competitor."""

    state: str
    own: Decimal
    wallet: Decimal | None
    competitor: str | None

    @property
    def share(self) -> Decimal | None:
        """Our sales over the wallet's spend."""
        return ratio(self.own, self.wallet)


def standings(tables: ScopedTables, as_of: date, rows: Sequence[Row]) -> list[Standing]:
    """The standing in each row's `account_id` and `category`; `own` says what it buys."""
    accounts = sorted({row["account_id"] for row in rows})
    deals = _deal_states(tables, as_of, accounts)
    wallets = _wallets(tables, as_of, accounts)
    found = []
    for row in rows:
        pair = (row["account_id"], row["category"])
        spend, competitor = wallets.get(pair, (None, None))
        state = _state(row["own"] > 0, deals.get(pair), competitor)
        found.append(Standing(state, row["own"], spend, competitor))
    return found


def standing_columns(found: Sequence[Standing]) -> dict[str, Sequence[Value]]:
    """The columns of a table that tell of the wallet."""
    return {
        "whitespace.wallet": [s.wallet for s in found],
        "whitespace.share": [s.share for s in found],
        "whitespace.competitor": [s.competitor for s in found],
    }


def _state(owned: bool, deal: str | None, competitor: str | None) -> str:
    if owned:
        return "owned"
    if deal == "open":
        return "open"
    return "competitor" if competitor else deal or "white"


def _deal_states(tables: ScopedTables, as_of: date, accounts: list[str]) -> dict[_Pair, str]:
    """`open` where a deal of the category is open, else `lost` where one was."""
    if "opportunities" not in tables or not accounts:
        return {}
    deals = deals_at(tables, as_of).filter(_.account_id.isin(accounts), _.state.isin([OPEN, LOST]))
    if "products" in tables:
        products = tables["products"]
        deals = attach(deals, products, "product_id", "product_id", product_category="category")
        deals = deals.mutate(category=_.category.fill_null(_.product_category))
    rows = fetch(deals.select("account_id", "category", "state").distinct())
    states = {state: {(r["account_id"], r["category"]) for r in rows if r["state"] == state}
              for state in (LOST, OPEN)}  # fmt: skip
    return dict.fromkeys(states[LOST], "lost") | dict.fromkeys(states[OPEN], "open")


def _wallets(
    tables: ScopedTables, as_of: date, accounts: list[str]
) -> dict[_Pair, tuple[Decimal, str | None]]:
    """The latest wallet's spend, and the competitor named with the most of it."""
    if "wallets" not in tables or not accounts:
        return {}
    latest = latest_wallets(tables, as_of).filter(_.account_id.isin(accounts))
    found: dict[_Pair, tuple[Decimal, str | None]] = {}
    rows = fetch(latest.select("account_id", "category", "spend", "competitor"))
    for row in sorted(rows, key=lambda r: (-r["spend"], r["competitor"] or "")):
        spend, competitor = found.get((row["account_id"], row["category"]), (Decimal(0), None))
        found[row["account_id"], row["category"]] = (
            spend + row["spend"],
            competitor or row["competitor"],
        )
    return found
