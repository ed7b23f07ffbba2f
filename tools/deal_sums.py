"""What a set of deals adds up to; an unknown amount is counted, and never zero."""

from __future__ import annotations

from decimal import Decimal

import ibis

from tools.deals import LOST, OPEN, UNUSABLE, WON
from tools.exact import ratio, round_to
from tools.query import Row, times

FEW_CASES = 5
"""Below this many cases a ratio is said to rest on few."""


def sums(deals: ibis.Table) -> dict[str, ibis.Value]:
    """The aggregations over deals with `state`, `chance`, `chance_from` and `cycle` (days)."""
    is_open, won, lost = deals.state == OPEN, deals.state == WON, deals.state == LOST
    known = deals.amount.notnull()
    weighed = times(deals.amount, deals.chance)
    return {
        "open_n": is_open.sum(),
        "open_known": (is_open & known).sum(),
        "open_value": deals.amount.sum(where=is_open),
        "weighted": weighed.sum(where=is_open),
        "weighted_n": (is_open & weighed.notnull()).sum(),
        "from_own": (is_open & (deals.chance_from == "own")).sum(),
        "from_history": (is_open & (deals.chance_from == "history")).sum(),
        "from_default": (is_open & (deals.chance_from == "default")).sum(),
        "won_n": won.sum(),
        "won_known": (won & known).sum(),
        "won_value": deals.amount.sum(where=won),
        "lost_n": lost.sum(),
        "lost_known": (lost & known).sum(),
        "lost_value": deals.amount.sum(where=lost),
        "unusable": (deals.state == UNUSABLE).sum(),
        "no_account": (deals.account_id.isnull() & is_open).sum(),
        "no_begin": (deals.created_on.isnull() & is_open).sum(),
        "cycle_n": deals.cycle.count(where=won),
        "cycle_sum": deals.cycle.sum(where=won),
        "cycle_median": deals.cycle.quantile(0.5, where=won),
        "cycle_p90": deals.cycle.quantile(0.9, where=won),
        "closed_cycle_n": deals.cycle.count(),
        "closed_cycle_sum": deals.cycle.sum(),
        "closed_cycle_median": deals.cycle.quantile(0.5),
    }


_MAY_BE_UNKNOWN = {
    "open_value", "weighted", "won_value", "lost_value", "cycle_median", "cycle_p90",
    "closed_cycle_median", "cycle_sum", "closed_cycle_sum", "label", "group_id",
}  # fmt: skip


def counted(row: Row) -> Row:
    """The row of `sums` with NULL counts (of no rows at all) as zero."""
    return {k: (v if v is not None or k in _MAY_BE_UNKNOWN else 0) for k, v in row.items()}


def sum_or_unknown(count: int, known: int, value: Decimal | None) -> Decimal | None:
    """A sum of amounts: zero of no deals, unknown when there are deals but no amounts."""
    if count == 0:
        return Decimal(0)
    return value if known else None


def win_rate(row: Row) -> Decimal | None:
    """won / (won + lost); unknown of no closed deal."""
    return ratio(row["won_n"], row["won_n"] + row["lost_n"])


def win_rate_by_value(row: Row) -> Decimal | None:
    """Won value / closed value; unknown when a side has deals but no amounts."""
    if (row["won_n"] and not row["won_known"]) or (row["lost_n"] and not row["lost_known"]):
        return None
    won, lost = row["won_value"] or Decimal(0), row["lost_value"] or Decimal(0)
    return ratio(won, won + lost)


def win_rate_interval(won: int, closed: int) -> tuple[Decimal, Decimal] | None:
    """Wilson's 95 % interval of won / closed; None without a closed deal."""
    if closed == 0:
        return None
    from scipy.stats import binomtest

    interval = binomtest(won, closed).proportion_ci(0.95, method="wilson")
    return round_to(Decimal(str(interval.low)), 6), round_to(Decimal(str(interval.high)), 6)


def days(value: float | int | Decimal | None) -> Decimal | None:
    """A number of days with three decimals."""
    return None if value is None else round_to(Decimal(str(value)), 3)
