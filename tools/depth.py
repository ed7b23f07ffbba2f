"""How deep a relationship goes, 0 to 100: a weighted mean of the parts that are known.

Source: docs/metrics.md (depth); weights in the [depth] settings.
"""

from __future__ import annotations

from datetime import date

import ibis
from ibis import _

from crm.errors import InputError
from crm.periods import parse_period
from crm.scope import ScopedTables
from tools.query import attach, fetch, fetch_one, times
from tools.stage_evidence import (
    bought_lines,
    contact_record,
    deal_record,
    purchases,
    solutions_told,
)

PARTS = ("breadth", "departments", "levels", "wallet", "solutions", "engagement", "plan")
LEVELS = ("executive", "department head", "section head", "staff")
_EXACT = 9
"""Decimals of a float64 that are kept: what is equal on paper is equal here."""
_LONG_AGO = date(1900, 1, 1)
"""An estimate without a period that can be read is older than any other."""


def depth_table(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The depth score of each visible account.

    Columns: account_id; `score` (float64 0 to 100, NULL when no part is known); `known` (float64,
    the share of the weights whose part is known); and each of PARTS (float64 0 to 1, or NULL).
    Source: docs/metrics.md (depth).
    """
    return tables.keep(("depth", as_of), lambda: _depth_table(tables, as_of))


def _depth_table(tables: ScopedTables, as_of: date) -> ibis.Table:
    limits = tables.settings.depth
    found = tables["accounts"].select("account_id")
    sources = (
        (purchases(tables, as_of), ("categories", "departments")),
        (contact_record(tables, as_of), ("levels_met", "inbound")),
        (deal_record(tables, as_of), ("won_value", "solution_value")),
        (wallet_shares(tables, as_of), ("wallet",)),
        (plan_execution(tables), ("plan",)),
    )
    for source, columns in sources:
        found = attach(found, source, "account_id", "account_id", **{c: c for c in columns})
    solutions = found.solution_value.cast("float64") / found.won_value.cast("float64").nullif(0)
    found = found.select(
        "account_id",
        breadth=found.categories / ibis.literal(_categories_sold(tables, as_of)).nullif(0),
        departments=_capped(found.departments, limits.full_departments),
        levels=found.levels_met / len(LEVELS),
        wallet=found.wallet,
        solutions=solutions if solutions_told(tables) else ibis.null("float64"),
        engagement=_capped(found.inbound, limits.full_inbound),
        plan=found.plan,
    )
    return found.mutate(**_score(found, {p: float(w) for p, w in limits.weights.items()}))


def _capped(count: ibis.Value, full: int) -> ibis.Value:
    return ibis.least(count, full) / full


def _score(parts: ibis.Table, weights: dict[str, float]) -> dict[str, ibis.Value]:
    nothing = ibis.literal(0.0)
    weighed = [(parts[p], w) for p, w in weights.items() if p in PARTS and w > 0]
    total = sum(w for _part, w in weighed)
    known = sum((p.notnull().ifelse(w, 0.0) for p, w in weighed), nothing)
    summed = sum(((p * w).fill_null(0.0) for p, w in weighed), nothing)
    return {
        "score": (100 * summed / known.nullif(0)).round(_EXACT),
        "known": (known / total).round(_EXACT) if total else nothing,
    }


def _categories_sold(tables: ScopedTables, as_of: date) -> int:
    """How many categories anybody bought in the window."""
    if "order_lines" not in tables:
        return 0
    sold: int = fetch_one(bought_lines(tables, as_of).agg(n=_.category.nunique()))["n"]
    return sold


def wallet_shares(tables: ScopedTables, as_of: date) -> ibis.Table:
    """Our share of each account's wallet: account_id, `wallet` (NULL when no share is known).

    Of each category the latest estimate counts; one whose period begins after `as_of` is none.
    """
    if not tables.has("wallets", "our_share"):
        return _unknown(tables, "wallet")
    wallets = tables["wallets"]
    ends = _period_ends(tables, as_of)
    known = [(wallets.period == text, ibis.literal(end)) for text, end in ends.items() if end]
    later = [text for text, end in ends.items() if end is None]
    wallets = wallets.filter(wallets.period.isnull() | ~wallets.period.isin(later))
    wallets = wallets.mutate(
        end=ibis.cases(*known, else_=ibis.literal(_LONG_AGO)) if known else ibis.literal(_LONG_AGO)
    )
    latest = _.end == _.end.max().over(group_by=["account_id", "category"])
    latest_known = wallets.filter(latest).filter(_.our_share.notnull(), _.spend.notnull())
    summed = latest_known.group_by("account_id").agg(
        ours=times(_.spend, _.our_share).sum(), spend=_.spend.sum()
    )
    share = summed.ours.cast("float64") / summed.spend.cast("float64").nullif(0)
    return summed.select("account_id", wallet=share)


def _period_ends(tables: ScopedTables, as_of: date) -> dict[str, date | None]:
    """The last day of each period of `wallets`; None for one that begins after `as_of`."""
    start = tables.settings.company.fiscal_year_start
    found: dict[str, date | None] = {}
    for row in fetch(tables["wallets"].select("period").distinct().filter(_.period.notnull())):
        try:
            period = parse_period(row["period"], as_of, start)
        except InputError:
            continue
        found[row["period"]] = period.end if period.start <= as_of else None
    return found


def plan_execution(tables: ScopedTables) -> ibis.Table:
    """How far each account's plans are carried out: account_id, `plan` (0 to 1, or NULL)."""
    if "plan_status" not in tables:
        return _unknown(tables, "plan")
    attained = tables["plan_status"].kpi_attainment.cast("float64")
    plans = tables["plan_status"].mutate(plan=ibis.greatest(0.0, ibis.least(1.0, attained)))
    return plans.group_by("account_id").agg(plan=_.plan.mean())


def _unknown(tables: ScopedTables, part: str) -> ibis.Table:
    return tables["accounts"].select("account_id", **{part: ibis.null("float64")})
