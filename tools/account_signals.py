"""Each signal is one short rule over the visible accounts: where it holds, how far, what it costs.

Source: docs/metrics.md (signal); thresholds in the [attention] and [deals] settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import ibis
import pyarrow as pa
from ibis import _

from crm.scope import ScopedTables
from crm.thresholds import Attention
from tools.account_evidence import account_evidence, told_of_deals
from tools.due_targets import due_periods
from tools.facts import FactBook, Text
from tools.format import how_many
from tools.portfolio import warn_without_statuses
from tools.query import EXACT, days_between, exactly, portion, quotient, units

PLAN_SIGNALS = ("plan_behind", "plan_overdue")
"""The signals of plans: what is known of a plan is known of today only."""
_NOTHING = ibis.literal(0, EXACT)


@dataclass(frozen=True)
class Signal:
    """Where a signal holds among the accounts; how far it goes, and the money at stake there."""

    code: str
    holds: ibis.Value
    figure: ibis.Value
    money: ibis.Value


@dataclass(frozen=True)
class Known:
    """What a rule looks at: the accounts of account_evidence, the day and the thresholds."""

    accounts: ibis.Table
    tables: ScopedTables
    day: ibis.Value
    limits: Attention


def raised_signals(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Every signal that holds at any visible account, once an account.

    Columns: account_id, `signal`; `figure`, how far it goes, and `money`, what is at stake (NULL:
    unknown); `severity` of the [attention] settings; `score`, money times severity (all EXACT). Of
    each account: `weight`, the severity of all its signals; `place` of the signal in it, 0 the
    highest score. Source: docs/metrics.md (signal).
    """
    return tables.keep(("raised_signals", as_of), lambda: _ranked(_raised(tables, as_of)))


def _raised(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Every account beside every signal, where it holds: the accounts are read once."""
    accounts, limits = account_evidence(tables, as_of), tables.settings.attention
    known = Known(accounts, tables, ibis.literal(as_of), limits)
    found = [s for needs, rule, _label in RULES if _can(tables, needs) for s in rule(known)]
    found = found or [Signal("none", ibis.literal(False), _NOTHING, _NOTHING)]
    codes = tuple(signal.code for signal in found)
    pairs = accounts.cross_join(
        tables.keep(("signal_codes", codes), lambda: _codes(codes, limits.severity))
    )

    def of_signal(value: Callable[[Signal], ibis.Value]) -> ibis.Value:
        return ibis.cases(*((pairs.number == n, value(s)) for n, s in enumerate(found)))

    judged = pairs.select(
        "account_id",
        "signal",
        "severity",
        holds=of_signal(lambda signal: signal.holds),
        figure=of_signal(lambda signal: signal.figure.cast(EXACT)),
        money=of_signal(lambda signal: signal.money.cast(EXACT)),
    )
    return judged.filter(_.holds).drop("holds")


def _codes(codes: tuple[str, ...], severity: Mapping[str, Decimal]) -> pa.Table:
    """The signals by their number, each with its severity."""
    weights = [severity.get(code, Decimal(0)) for code in codes]
    return pa.table(
        {
            "number": pa.array(range(len(codes)), pa.int64()),
            "signal": pa.array(codes, pa.string()),
            "severity": pa.array(weights, pa.decimal128(38, 10)),
        }
    )


def _can(tables: ScopedTables, needs: tuple[str, ...]) -> bool:
    return all(table in tables for table in needs)


def _ranked(raised: ibis.Table) -> ibis.Table:
    scored = raised.mutate(
        figure=exactly(raised.figure),
        money=exactly(raised.money),
        score=portion(raised.money.fill_null(_NOTHING), raised.severity),
    )
    order = [_.score.desc(), _.severity.desc(), _.signal.asc()]
    return scored.mutate(
        weight=exactly(_.severity.sum().over(group_by="account_id")),
        place=ibis.row_number().over(group_by="account_id", order_by=order),
    )


def warn_of_gaps(tables: ScopedTables, as_of: date, book: FactBook) -> None:
    """Say which signals could not be looked at, and what else was left out."""
    missing = [label for needs, _rule, label in RULES if label and not _can(tables, needs)]
    if missing:
        book.warn(
            "データがないため判定していないもの: " + "、".join(m.ja for m in missing),
            "Not looked at, for want of data: " + "; ".join(m.en for m in missing),
        )
    if "targets" in tables and (unread := due_periods(tables, as_of).unread):
        book.warn(
            f"期間を読めない目標が{unread}件あり、判定から除きました。",
            f"{how_many(unread, 'target was', 'targets were')} left out: "
            "the period cannot be read.",
        )
    warn_without_statuses(book, tables)


def _exact(value: Decimal) -> ibis.Value:
    return ibis.literal(value, EXACT)


def _ratio(part: ibis.Value, whole: ibis.Value) -> ibis.Value:
    """A share of which ten places are enough."""
    return (part.cast("float64") / whole.nullif(0).cast("float64")).cast(EXACT)


# ------------------------------------------------------------------ sales and profit


def _sales_down(known: Known) -> list[Signal]:
    a = known.accounts
    change = a.recent_sold - a.earlier_sold
    limit = portion(a.earlier_sold, _exact(known.limits.sales_down))
    down = (a.earlier_sold > 0) & (change.cast(EXACT) <= limit)
    return [Signal("sales_down", down, _ratio(change, a.earlier_sold), -change)]


def _profit(known: Known) -> list[Signal]:
    a = known.accounts
    sells = a.net_sales > 0
    before = _ratio(a.contribution_before, a.net_costed_before)
    fall = before - _ratio(a.contribution, a.net_costed)
    fallen = sells & (fall >= _exact(known.limits.margin_down_points))
    then, now = (
        quotient(units(profit) * units(a.net_sales), units(costed) * 10_000)
        for profit, costed in (
            (a.contribution_before, a.net_costed_before),
            (a.contribution, a.net_costed),
        )
    )
    loss = sells & (a.contribution < 0)
    return [
        Signal("profit_negative", loss, a.contribution, -a.contribution),
        Signal("margin_down", fallen, -fall, then - now),
    ]


def _concentration(known: Known) -> list[Signal]:
    """Only for those who see every account: of a part of the sales a share says nothing."""
    if not known.tables.scope.sees_all:
        return []
    a = known.accounts
    limit = portion(a.all_sold, _exact(known.limits.concentration))
    large = (a.all_sold > 0) & (a.sold.cast(EXACT) >= limit)
    return [Signal("concentration", large, _ratio(a.sold, a.all_sold), a.sold)]


def _contract_ends(known: Known) -> list[Signal]:
    a = known.accounts
    days = days_between(a.contract_end, known.day)
    return [Signal("contract_ends", days.between(0, known.limits.contract_days), days, a.sold)]


def _target_gap(known: Known) -> list[Signal]:
    a = known.accounts
    return [Signal("target_gap", a.target_gap.notnull(), a.target_attained, a.target_gap)]


# ------------------------------------------------------------------ deals, people, plans


def _deal_signals(known: Known) -> list[Signal]:
    """The worst figure of the deals concerned, and what they are worth together."""
    a = known.accounts
    return [
        Signal(code, a[f"{code}_deals"] > 0, a[f"{code}_most"], a[f"{code}_worth"])
        for code in told_of_deals(known.tables)
    ]


def _open_value(known: Known) -> ibis.Value:
    """The expected value of the open deals; nothing without any, unknown when it is of all."""
    a = known.accounts
    return (a.open_deals > 0).ifelse(a.open_value, _NOTHING)


def _single_threaded(known: Known) -> list[Signal]:
    a = known.accounts
    few = a.active < known.tables.settings.deals.minimum_contacts
    thin = ((a.open_deals > 0) | a.top) & few
    return [Signal("single_threaded", thin, a.active, _open_value(known))]


def _people_left(known: Known) -> list[Signal]:
    a, money = known.accounts, _open_value(known)
    return [
        Signal(code, (remaining == 0) & left.notnull(), days_between(known.day, left), money)
        for code, remaining, left in (
            ("champion_left", a.champions, a.champion_left),
            ("decision_maker_gone", a.deciders, a.decider_left),
        )
    ]


def _plans(known: Known) -> list[Signal]:
    a, money = known.accounts, _open_value(known)
    behind = a.plan_attainment < _exact(known.limits.target_attainment)
    return [
        Signal("plan_behind", behind, a.plan_attainment, money),
        Signal("plan_overdue", a.plan_review_late > 0, a.plan_review_late, money),
    ]


# ------------------------------------------------------------------ attention given and received


def _silence(known: Known) -> list[Signal]:
    a, limits = known.accounts, known.limits
    limit = a.top.ifelse(limits.silence_top_days, limits.silence_days)
    silent = (a.top | a.customer) & (a.quiet.isnull() | (a.quiet >= limit))
    return [Signal("silence", silent, a.quiet, portion(a.sold, _exact(limits.silence_value)))]


def _grid_signals(known: Known) -> list[Signal]:
    """The C trap and the neglected B of the ABCD matrix.

    A neglected B's money is what it would add at the mean net sales of the A accounts.
    """
    a = known.accounts
    ratio = Fraction(known.limits.trap_ratio)
    effort = units(a.minutes) * units(a.all_sold) * ratio.denominator
    reward = units(a.net_sales) * units(a.all_minutes) * ratio.numerator
    trap = (a.letter == "C") & (a.all_sold > 0) & (a.all_minutes > 0) & (effort > reward)
    neglected = (a.letter == "B") & (a.recent < known.limits.neglected_activities)
    gap = a.usual_of_a - a.net_sales.cast(EXACT)
    return [
        Signal("c_trap", trap, _ratio(a.minutes, a.all_minutes), a.net_sales),
        Signal("neglected_b", neglected, a.recent, (gap < 0).ifelse(_NOTHING, gap)),
    ]


def _engagement(known: Known) -> list[Signal]:
    """Views against the mean of the three windows before, in whole numbers."""
    a, least = known.accounts, known.limits.engagement_views
    factor = Fraction(known.limits.engagement_factor)
    up, down = factor.numerator, factor.denominator
    surge = (a.views >= least) & (a.views * 3 * down >= a.views_before * up)
    drop = (a.views_before >= 3 * least) & (a.views * 3 * up <= a.views_before * down)
    return [
        Signal("engagement_surge", surge, a.views, a.open_value),
        Signal("engagement_drop", drop & ~surge, a.views, a.open_value),
    ]


_Rule = Callable[[Known], list[Signal]]
RULES: tuple[tuple[tuple[str, ...], _Rule, Text | None], ...] = (
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
        Text(ja="Cの罠と接点の少ないB区分", en="C trap and neglected B"),
    ),
    (("engagements", "opportunities"), _engagement, Text(ja="資料の閲覧", en="document views")),
    (("plan_status", "opportunities"), _plans, None),
)
"""The tables a rule needs, the rule, and what is not looked at without them (plans: nothing is
said, for an import never has them)."""
