"""A warning is worth what came after it: signals of an earlier day against the days since.

Recomputes docs/metrics.md section 7 (attention.backtest) from tests/oracles/attention.py. Signals
that it does not know (pushed, shrunk, plan_behind, plan_overdue) are not looked at.

Readings chosen where the definitions leave one open:
- An account can be judged when it is a customer with net sales above 0 in the days of the year
  before that the following days are compared with, or when it has a deal open on the earlier day.
- Flagged are the judged accounts with a signal; unjudged counts the others with one.
- A deal lost in the following days counts whenever it was created.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from .attention import attention_signals
from .canonical import Row, Tables, divide, ratio6, rows, wilson, window, within
from .pipeline import is_open, outcome
from .pricing import customers

SALES_DOWN = Fraction(-20, 100)
ZERO = Decimal(0)


def net_sales(tables: Tables, days: tuple[date, date]) -> dict[str, Decimal]:
    """account_id to its net sales of some days."""
    out: dict[str, Decimal] = {}
    for line in rows(tables, "order_lines"):
        if within(line["ordered_on"], *days):
            i = line["account_id"]
            out[i] = out.get(i, ZERO) + line["net_amount"]
    return out


def judged(tables: Tables, as_of: date, days: int) -> dict[str, bool]:
    """Each account that can be judged, and whether it went badly in the `days` to as_of."""
    then, after = as_of - timedelta(days=days), window(as_of, days)
    now, before = net_sales(tables, after), net_sales(tables, window(as_of, days, 365))
    buying = {i for i in customers(tables, then) if before.get(i, ZERO) > 0}
    deals = rows(tables, "opportunities")
    dealing = {d.get("account_id") for d in deals if is_open(d, then)}
    losing = {
        d.get("account_id")
        for d in deals
        if outcome(d, as_of) == "lost" and within(d["closed_on"], *after)
    }
    out: dict[str, bool] = {}
    for account in rows(tables, "accounts"):
        i = account["account_id"]
        if i not in buying and i not in dealing:
            continue
        old = before.get(i, ZERO)
        change = divide(now.get(i, ZERO) - old, old) if old > 0 else None
        out[i] = i in losing or (change is not None and change <= SALES_DOWN)
    return out


def rates(bad: int, n: int, base: Fraction | None) -> Row:
    """n, bad, rate, its Wilson interval and its lift over the base rate."""
    rate = divide(bad, n)
    low, high = wilson(bad, n)
    return {
        "backtest.n": n,
        "backtest.bad": bad,
        "backtest.rate": ratio6(rate),
        "backtest.low": low,
        "backtest.high": high,
        "backtest.lift": ratio6(divide(rate, base)),
    }


def attention_backtest(
    tables: Tables,
    as_of: date,
    days: int = 90,
    stage_default: Mapping[str, Decimal] | None = None,
    fiscal_start: int = 4,
) -> Row:
    """{"facts": ..., "rows": ...}: what became of the accounts flagged `days` before as_of.

    facts: backtest.judged, bad, flagged, flagged_bad, flagged_rate, base_rate (bad of all that
    could be judged), lift (flagged_rate / base_rate), unjudged. rows, by signal: backtest.signal
    and `rates` of the judged accounts with that signal. Bad: net sales of the `days` to as_of at
    least 20 % below the same days a year before, or a deal lost in them.
    """
    outcomes = judged(tables, as_of, days)
    then = as_of - timedelta(days=days)
    raised = attention_signals(tables, then, stage_default, fiscal_start)
    with_signal = {i for i, signals in raised.items() if signals}
    flagged = with_signal & set(outcomes)
    base = divide(sum(outcomes.values()), len(outcomes))
    flagged_bad = sum(outcomes[i] for i in flagged)
    rate = divide(flagged_bad, len(flagged))
    table: list[Row] = []
    for signal in sorted({s for i in flagged for s in raised[i]}):
        mine = [outcomes[i] for i in flagged if signal in raised[i]]
        table.append({"backtest.signal": signal} | rates(sum(mine), len(mine), base))
    facts = {
        "backtest.judged": len(outcomes),
        "backtest.bad": sum(outcomes.values()),
        "backtest.flagged": len(flagged),
        "backtest.flagged_bad": flagged_bad,
        "backtest.flagged_rate": ratio6(rate),
        "backtest.base_rate": ratio6(base),
        "backtest.lift": ratio6(divide(rate, base)),
        "backtest.unjudged": len(with_signal - set(outcomes)),
    }
    return {"facts": facts, "rows": table}
