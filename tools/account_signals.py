"""Each signal is one small rule over the visible accounts, with its figure and the money at stake.

Source: docs/metrics.md (signal); thresholds in the [attention] and [deals] settings.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import ibis
from ibis import _

from crm.errors import InputError
from crm.periods import Period, parse_period, trailing
from crm.scope import ScopedTables
from tools.deal_health import OpenDeal, active_contacts, open_deals
from tools.exact import decimal, share
from tools.facts import FactBook, Text
from tools.grids import abcd_cells
from tools.profitability import NO_MONEY, AccountMoney, account_money
from tools.query import attach, days_between, fetch, inside

YEAR = 365
_ZERO = Decimal(0)
_DEAL_FIGURES: dict[str, Callable[[OpenDeal], int | None]] = {
    "stalled": lambda deal: deal.days_in_stage,
    "overdue": lambda deal: deal.overdue_days,
    "silent_30": lambda deal: deal.quiet_days,
    "one_sided": lambda deal: deal.outbound,
    "next_step_overdue": lambda deal: deal.step_overdue_days,
}


@dataclass(frozen=True)
class Raised:
    """One signal at one account: its figure, and the money at stake (None: unknown)."""

    account_id: str
    signal: str
    figure: Decimal | None
    money: Decimal | None


class Portfolio:
    """The visible accounts on one day, with what several signals need."""

    def __init__(self, tables: ScopedTables, as_of: date) -> None:
        self.tables = tables
        self.as_of = as_of
        self.day = ibis.literal(as_of)
        self.limits = tables.settings.attention

    @cached_property
    def money(self) -> dict[str, AccountMoney]:
        """Sales and profit of the trailing year."""
        return account_money(self.tables, trailing(self.as_of, YEAR))

    @cached_property
    def year_sales(self) -> dict[str, Decimal]:
        """Net sales of the trailing year of each account with orders."""
        return {account: m.net_sales for account, m in self.money.items() if m.lines}

    def sales(self, span: Period) -> dict[str, Decimal]:
        """Net sales of each account with orders in a period."""
        lines = self.tables["order_lines"].filter(inside(span, "ordered_on"))
        rows = fetch(lines.group_by("account_id").agg(sales=_.net_amount.sum()))
        return {r["account_id"]: r["sales"] for r in rows}

    @cached_property
    def top_accounts(self) -> set[str]:
        """The top share (settings) of the accounts with sales in the year, by those sales."""
        bought = [(sales, account) for account, sales in self.year_sales.items() if sales > 0]
        bought.sort(key=lambda pair: (-pair[0], pair[1]))
        return {account for _s, account in bought[: math.ceil(len(bought) * self.limits.top_share)]}

    @cached_property
    def deals(self) -> dict[str, list[OpenDeal]]:
        """The open deals of each account that has any."""
        found: dict[str, list[OpenDeal]] = {}
        for deal in open_deals(self.tables, self.as_of):
            if deal.account_id is not None:
                found.setdefault(deal.account_id, []).append(deal)
        return found

    @cached_property
    def open_worth(self) -> dict[str, Decimal | None]:
        """Weighted value of the open deals of each account that has any (None: unknown)."""
        known = {
            account: [deal.expected for deal in deals if deal.expected is not None]
            for account, deals in self.deals.items()
        }
        return {account: sum(v, _ZERO) if v else None for account, v in known.items()}

    def activities(self, days: int) -> dict[str, tuple[int, Decimal]]:
        """Number and minutes of the activities of each account in the trailing days."""
        acts = self.tables["activities"].filter(inside(trailing(self.as_of, days), "occurred_on"))
        rows = fetch(acts.group_by("account_id").agg(n=_.count(), minutes=_.minutes.sum()))
        return {r["account_id"]: (r["n"], r["minutes"] or _ZERO) for r in rows}


def raised_signals(tables: ScopedTables, as_of: date, book: FactBook) -> list[Raised]:
    """Every signal that holds at any visible account, in no order; the book warns of gaps."""
    missing = [label for wanted, _rule, label in _RULES if not _has(tables, wanted)]
    if missing:
        book.warn(
            "データがないため判定していないもの: " + "、".join(m.ja for m in missing),
            "Not looked at, for want of data: " + "; ".join(m.en for m in missing),
        )
    if "targets" in tables and (unread := _unread_targets(tables, as_of)):
        book.warn(
            f"期間を読めない目標が{unread}件あり、判定から除きました。",
            f"{unread} targets were left out: their period cannot be read.",
        )
    return tables.remember(("raised_signals", as_of), lambda: _raise_all(tables, as_of))


def _raise_all(tables: ScopedTables, as_of: date) -> list[Raised]:
    portfolio = Portfolio(tables, as_of)
    return [
        signal
        for wanted, rule, _label in _RULES
        if _has(tables, wanted)
        for signal in rule(portfolio)
    ]


def _has(tables: ScopedTables, wanted: tuple[str, ...]) -> bool:
    return all(table in tables for table in wanted)


def _sales_down(all_: Portfolio) -> list[Raised]:
    days = all_.limits.sales_window_days
    now = all_.sales(trailing(all_.as_of, days))
    found = []
    for account, before in all_.sales(trailing(all_.as_of, days, years_back=1)).items():
        if before <= 0:
            continue
        decline = before - now.get(account, _ZERO)
        if -decline <= all_.limits.sales_down * before:
            found.append(Raised(account, "sales_down", -decline / before, decline))
    return found


def _profit(all_: Portfolio) -> list[Raised]:
    now, before = all_.money, account_money(all_.tables, trailing(all_.as_of, YEAR, years_back=1))
    found = []
    for account, money in now.items():
        profit = money.contribution
        if profit is None or money.net_sales <= 0:
            continue
        if profit < 0:
            found.append(Raised(account, "profit_negative", profit, -profit))
        then = before.get(account, NO_MONEY)
        margin, earlier = (share(m.contribution, m.net_costed) for m in (money, then))
        if margin is None or earlier is None:
            continue
        fall = earlier - margin
        if fall >= Fraction(all_.limits.margin_down_points):
            lost = decimal(fall * Fraction(money.net_sales))
            found.append(Raised(account, "margin_down", -decimal(fall), lost))
    return found


def _concentration(all_: Portfolio) -> list[Raised]:
    """Only for those who see every account: of a part of the sales a share says nothing."""
    if not all_.tables.scope.sees_all:
        return []
    total = sum(all_.year_sales.values(), _ZERO)
    found = []
    for account, sales in all_.year_sales.items():
        part = share(sales, total)
        if part is not None and part >= Fraction(all_.limits.concentration):
            found.append(Raised(account, "concentration", decimal(part), sales))
    return found


def _deal_signals(all_: Portfolio) -> list[Raised]:
    found = []
    for account, deals in all_.deals.items():
        for code, figure in _DEAL_FIGURES.items():
            concerned = [deal for deal in deals if code in deal.signals]
            if not concerned:
                continue
            figures = [f for deal in concerned if (f := figure(deal)) is not None]
            worth = [deal.worth for deal in concerned if deal.worth is not None]
            found.append(
                Raised(
                    account,
                    code,
                    Decimal(max(figures)) if figures else None,
                    sum(worth, _ZERO) if worth else None,
                )
            )
    return found


def _silence(all_: Portfolio) -> list[Raised]:
    acts = all_.tables["activities"].filter(_.occurred_on <= all_.day)
    last = acts.group_by("account_id").agg(last=_.occurred_on.max())
    accounts = all_.tables["accounts"].select("account_id", "status")
    joined = attach(accounts, last, "account_id", "account_id", last="last")
    found = []
    for row in fetch(joined.mutate(quiet=days_between(all_.day, _.last))):
        account, quiet = row["account_id"], row["quiet"]
        is_top = account in all_.top_accounts
        if not is_top and row["status"] != "customer":
            continue
        limit = all_.limits.silence_top_days if is_top else all_.limits.silence_days
        if quiet is None or quiet >= limit:
            money = all_.year_sales.get(account, _ZERO) * all_.limits.silence_value
            found.append(Raised(account, "silence", _decimal(quiet), money))
    return found


def _contract_ends(all_: Portfolio) -> list[Raised]:
    span = Period(all_.as_of, all_.as_of + timedelta(days=all_.limits.contract_days))
    ending = all_.tables["accounts"].filter(inside(span, "contract_end"))
    return [
        Raised(
            row["account_id"],
            "contract_ends",
            Decimal((row["contract_end"] - all_.as_of).days),
            all_.year_sales.get(row["account_id"], _ZERO),
        )
        for row in fetch(ending.select("account_id", "contract_end"))
    ]


def _target_gap(all_: Portfolio) -> list[Raised]:
    targets = all_.tables["targets"].filter(_.account_id.notnull(), _.measure == "net_sales")
    start_month = all_.tables.settings.company.fiscal_year_start
    sales: dict[Period, dict[str, Decimal]] = {}
    found: dict[str, Raised] = {}
    for row in fetch(targets.filter(_.amount > 0)):
        span = _period_of(row["period"], all_.as_of, start_month)
        if span is None or not span.contains(all_.as_of):
            continue
        elapsed = span.until(all_.as_of)
        if elapsed not in sales:
            sales[elapsed] = all_.sales(elapsed)
        actual = sales[elapsed].get(row["account_id"], _ZERO)
        expected = Fraction(row["amount"]) * elapsed.days / span.days
        gap = decimal(expected - Fraction(actual))
        attained = Fraction(actual) / expected
        if attained < Fraction(all_.limits.target_attainment):
            raised = Raised(row["account_id"], "target_gap", decimal(attained), gap)
            known = found.get(raised.account_id)
            if known is None or (known.money or _ZERO) < gap:
                found[raised.account_id] = raised
    return list(found.values())


def _period_of(text: str, as_of: date, start_month: int) -> Period | None:
    """The period of a target; one that cannot be read flags nobody."""
    try:
        return parse_period(text, as_of, start_month)
    except InputError:
        return None


def _unread_targets(tables: ScopedTables, as_of: date) -> int:
    start_month = tables.settings.company.fiscal_year_start
    targets = tables["targets"].filter(_.account_id.notnull(), _.measure == "net_sales")
    rows = fetch(targets.group_by("period").agg(n=_.count()))
    return sum(r["n"] for r in rows if _period_of(r["period"], as_of, start_month) is None)


def _single_threaded(all_: Portfolio) -> list[Raised]:
    active = active_contacts(all_.tables, all_.as_of)
    minimum = all_.tables.settings.deals.minimum_contacts
    return [
        Raised(
            account,
            "single_threaded",
            Decimal(active.get(account, 0)),
            all_.open_worth.get(account, _ZERO),
        )
        for account in sorted(set(all_.open_worth) | all_.top_accounts)
        if active.get(account, 0) < minimum
    ]


def _people_left(all_: Portfolio) -> list[Raised]:
    first = ibis.literal(trailing(all_.as_of, all_.limits.left_days).start)
    found = []
    for role, code in (("champion", "champion_left"), ("decision_maker", "decision_maker_gone")):
        holders = all_.tables["contacts"].filter(_.buying_role == role)
        summed = holders.group_by("account_id").agg(
            remaining=(_.left_on.isnull() | (_.left_on > all_.day)).sum(),
            left=_.left_on.max(where=_.left_on.between(first, all_.day)),
        )
        for row in fetch(summed.filter(_.remaining == 0, _.left.notnull())):
            days = Decimal((all_.as_of - row["left"]).days)
            money = all_.open_worth.get(row["account_id"], _ZERO)
            found.append(Raised(row["account_id"], code, days, money))
    return found


def _grid_signals(all_: Portfolio) -> list[Raised]:
    """The C trap and the neglected B of the ABCD matrix.

    A neglected B's money is what it would add at the mean net sales of the A accounts.
    """
    cells = abcd_cells(all_.tables, all_.as_of)
    year = all_.activities(YEAR)
    recent = all_.activities(all_.limits.neglected_days)
    all_minutes = sum((minutes for _n, minutes in year.values()), _ZERO)
    all_sales = sum(all_.year_sales.values(), _ZERO)
    best = [cell.net_sales for cell in cells.values() if cell.letter == "A"]
    usual = sum(best, _ZERO) / len(best) if best else None
    found = []
    for account, cell in cells.items():
        count = recent.get(account, (0, _ZERO))[0]
        if cell.letter == "B" and count < all_.limits.neglected_activities:
            gap = None if usual is None else max(usual - cell.net_sales, _ZERO)
            found.append(Raised(account, "neglected_b", Decimal(count), gap))
        hours = share(year.get(account, (0, _ZERO))[1], all_minutes)
        sales = share(cell.net_sales, all_sales)
        if cell.letter != "C" or hours is None or sales is None:
            continue
        if hours > Fraction(all_.limits.trap_ratio) * sales:
            found.append(Raised(account, "c_trap", decimal(hours), cell.net_sales))
    return found


def _engagement(all_: Portfolio) -> list[Raised]:
    limits, days = all_.limits, all_.limits.engagement_days
    windows = [trailing(all_.as_of - timedelta(days=days * back), days) for back in range(4)]
    views = all_.tables["engagements"]
    counts = {f"w{n}": inside(span, "viewed_at").sum() for n, span in enumerate(windows)}
    found = []
    for row in fetch(views.group_by("account_id").agg(**counts)):
        now, *before = (int(row[f"w{n}"] or 0) for n in range(4))
        usual, factor = Fraction(sum(before), len(before)), Fraction(limits.engagement_factor)
        money = all_.open_worth.get(row["account_id"])
        if now >= limits.engagement_views and now >= factor * usual:
            found.append(Raised(row["account_id"], "engagement_surge", Decimal(now), money))
        elif usual >= limits.engagement_views and now * factor <= usual:
            found.append(Raised(row["account_id"], "engagement_drop", Decimal(now), money))
    return found


def _decimal(value: int | float | Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


_Rule = Callable[[Portfolio], list[Raised]]
_RULES: tuple[tuple[tuple[str, ...], _Rule, Text], ...] = (
    (("order_lines",), _sales_down, Text(ja="売上減少", en="sales down")),
    (("order_lines",), _profit, Text(ja="赤字と利益率", en="profit and margin")),
    (("order_lines",), _concentration, Text(ja="売上の集中", en="concentration of sales")),
    (("opportunities",), _deal_signals, Text(ja="商談の健全性", en="deal health")),
    (("activities", "order_lines"), _silence, Text(ja="活動の途絶", en="silence")),
    (("order_lines",), _contract_ends, Text(ja="契約満了", en="contracts that end")),
    (("targets", "order_lines"), _target_gap, Text(ja="目標未達", en="gap to target")),
    (
        ("activities", "opportunities", "order_lines"),
        _single_threaded,
        Text(ja="単線関係", en="single-threaded accounts"),
    ),
    (
        ("contacts", "opportunities"),
        _people_left,
        Text(ja="推進者・決裁者の離任", en="champions and decision makers who left"),
    ),
    (
        ("order_lines", "activities"),
        _grid_signals,
        Text(ja="C象限の罠と手つかずのB象限", en="C trap and neglected B"),
    ),
    (("engagements", "opportunities"), _engagement, Text(ja="資料の閲覧", en="document views")),
)
