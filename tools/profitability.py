"""What an account brings and costs directly; an unknown cost is never taken as zero.

The lines follow the waterfall of customer profitability, as far as costs are booked to accounts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import ibis
from ibis import _

from crm.periods import Period
from crm.scope import ScopedTables
from tools.exact import ratio, round_money
from tools.query import Row, attach, fetch, inside, times

MANUFACTURING = "customer_manufacturing"
LABOUR = "labour"
COST_ITEMS = (
    LABOUR,
    "entertainment",
    "rebate",
    "store_promotion",
    "delivery",
    "packing",
    "inventory",
    "service",
    "capital",
)
"""Direct costs below gross profit, in the order of the waterfall."""

_ZERO = Decimal(0)


@dataclass(frozen=True)
class AccountMoney:
    """An account's sales, costs and profit in a period, in the workspace currency.

    `uncosted` counts the lines without a cost; `net_costed` is the net sales of the others.
    `costs` holds the direct costs by item, labour included.
    """

    list_sales: Decimal | None = _ZERO
    discount: Decimal | None = _ZERO
    net_sales: Decimal = _ZERO
    standard_cost: Decimal = _ZERO
    net_costed: Decimal = _ZERO
    freight: Decimal = _ZERO
    orders: int = 0
    lines: int = 0
    uncosted: int = 0
    costs: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def gross_profit(self) -> Decimal | None:
        """Over the lines whose cost is known; unknown when there are lines but no cost is known."""
        if self.lines and self.uncosted == self.lines:
            return None
        return self.net_costed - self.standard_cost - self.cost(MANUFACTURING)

    @property
    def contribution(self) -> Decimal | None:
        """Profit after direct costs: gross profit - freight - every direct cost below it."""
        if self.gross_profit is None:
            return None
        return self.gross_profit - self.freight - sum(map(self.cost, COST_ITEMS), _ZERO)

    @property
    def gross_margin(self) -> Decimal | None:
        return ratio(self.gross_profit, self.net_costed)

    @property
    def contribution_margin(self) -> Decimal | None:
        return ratio(self.contribution, self.net_costed)

    def cost(self, item: str) -> Decimal:
        return self.costs.get(item, _ZERO)


NO_MONEY = AccountMoney()
"""An account with no orders and no costs in the period."""


def account_money(
    tables: ScopedTables, period: Period, account_id: str | None = None
) -> dict[str, AccountMoney]:
    """Sales, costs and profit of each account that has any in the period (or of one account).

    Labour is the booked cost, else activity hours times hourly cost. Raises MissingDataError
    without order_lines.
    """
    return account_money_in(tables, (period,), account_id)[0]


def account_money_in(
    tables: ScopedTables, periods: Sequence[Period], account_id: str | None = None
) -> list[dict[str, AccountMoney]]:
    """`account_money` for each of several periods that do not overlap, read in one pass."""
    orders = _orders(tables, periods, account_id)
    costs = _direct_costs(tables, periods, account_id)
    for where, worked in _worked(tables, periods, account_id).items():
        costs.setdefault(where, {}).setdefault(LABOUR, worked)
    found: list[dict[str, AccountMoney]] = [{} for _period in periods]
    for index, account in sorted(orders.keys() | costs.keys()):
        where = (index, account)
        found[index][account] = AccountMoney(**orders.get(where, {}), costs=costs.get(where, {}))
    return found


_Where = tuple[int, str]
"""The index of a period, and an account."""


def _of(
    rows: ibis.Table, periods: Sequence[Period], day: str, account_id: str | None
) -> ibis.Table:
    """The rows of an account that lie in one of the periods, with `period_index`."""
    if account_id is not None:
        rows = rows.filter(_.account_id == account_id)
    if len(periods) == 1:
        return rows.filter(inside(periods[0], day)).mutate(period_index=ibis.literal(0))
    cases = [(inside(period, day), index) for index, period in enumerate(periods)]
    return rows.mutate(period_index=ibis.cases(*cases)).filter(_.period_index.notnull())


def _orders(
    tables: ScopedTables, periods: Sequence[Period], account_id: str | None
) -> dict[_Where, Row]:
    lines = _of(tables["order_lines"], periods, "ordered_on", account_id)
    summed = lines.group_by("period_index", "account_id").agg(
        list_sales=_.list_amount.sum(),
        discount=_.discount.sum(),
        net_sales=_.net_amount.sum(),
        standard_cost=_.standard_cost.sum().fill_null(0),
        net_costed=_.net_amount.sum(where=_.standard_cost.notnull()).fill_null(0),
        freight=_.freight.sum().fill_null(0),
        orders=_.order_id.nunique(),
        lines=_.count(),
        uncosted=_.standard_cost.isnull().sum(),
    )
    return {(row.pop("period_index"), row.pop("account_id")): row for row in fetch(summed)}


def _direct_costs(
    tables: ScopedTables, periods: Sequence[Period], account_id: str | None
) -> dict[_Where, dict[str, Decimal]]:
    if "direct_costs" not in tables:
        return {}
    costs = _of(tables["direct_costs"], periods, "incurred_on", account_id)
    found: dict[_Where, dict[str, Decimal]] = {}
    rows = fetch(costs.group_by("period_index", "account_id", "item").agg(sum=_.amount.sum()))
    for row in rows:
        found.setdefault((row["period_index"], row["account_id"]), {})[row["item"]] = row["sum"]
    return found


def _worked(
    tables: ScopedTables, periods: Sequence[Period], account_id: str | None
) -> dict[_Where, Decimal]:
    """Activity hours times hourly cost, where any of it is known."""
    if not (tables.has("activities", "minutes") and tables.has("people", "hourly_cost")):
        return {}
    acts = _of(tables["activities"], periods, "occurred_on", account_id)
    paid = attach(acts, tables["people"], "person_id", "person_id", hourly_cost="hourly_cost")
    summed = paid.group_by("period_index", "account_id").agg(
        cost=times(_.minutes, _.hourly_cost).sum()
    )
    return {
        (row["period_index"], row["account_id"]): round_money(row["cost"] / 60)
        for row in fetch(summed)
        if row["cost"] is not None
    }
