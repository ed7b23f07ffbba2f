"""A target is compared with what counts for the same people and days, and is never added twice.

Recomputes docs/metrics.md section 2: targets and gap, coverage; stages, losses, the KPI pair and
concentration come from losses.py and kpis.py. Money is exact (Decimal or Fraction), ratios are
half-up to 6 decimals. A period is a text (spans.py), a pair of dates or None for the default.

Readings chosen where the definitions leave one open:
- A target row belongs to the account it names, else to the owner, else to the team.
- Rows of exactly the asked days are taken alone, also for coverage (where "equals or lies
  within" would count a half twice beside its year); else all that lie within, when together they
  cover the days (a quarter's target is none of the half); for targets_and_gap else the shortest
  that holds the asked days, in proportion. This is decided per person, team or account, by days
  and not by text.
- owner_id means the person and everybody below. team means the owner's team.
- The actual operating profit is that of every owned account, also of one that only costs.
- A forecast whose deals all lack a chance or an amount is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .canonical import Row, Tables, divide, ratio6, rows, window, within
from .choosing import Money, below, closed_in, deals_of, descending, exact_sum, teams
from .kpis import concentration, kpi_pair
from .losses import loss_analysis, stage_order, stages
from .pipeline import group_keys, is_open, stage_shares, weighted
from .profitability import operating_profits
from .spans import Asked, Span, asked, holds, length, span

__all__ = [
    "concentration", "coverage", "kpi_pair", "loss_analysis", "stage_order", "stages",
    "targets_and_gap",
]  # fmt: skip

ZERO = Fraction(0)
Chances = Mapping[str, Decimal]


def target_level(target: Row) -> tuple[str, str]:
    """(account, person or team; its id)."""
    for level, column in (("account", "account_id"), ("person", "owner_id"), ("team", "team")):
        if target.get(column) is not None:
            return level, target[column]
    return "none", ""


def target_sums(
    tables: Tables, as_of: date, measure: str, days: Span, prorate: bool, fiscal_start: int
) -> dict[tuple[str, str], tuple[Fraction, str]]:
    """(level, id) to (target of the days, exact, sum or prorated)."""
    mine: dict[tuple[str, str], list[tuple[Span, Fraction]]] = {}
    for row in rows(tables, "targets"):
        if row["measure"] == measure:
            own = span(row["period"], as_of, fiscal_start)
            mine.setdefault(target_level(row), []).append((own, Fraction(row["amount"])))
    out: dict[tuple[str, str], tuple[Fraction, str]] = {}
    for key, parts in mine.items():
        same = [amount for own, amount in parts if own == days]
        inside = [amount for own, amount in parts if holds(days, own)]
        longer = [(length(own), own, amount) for own, amount in parts if holds(own, days)]
        if same:
            out[key] = sum(same, ZERO), "exact"
        elif inside and fully([own for own, _ in parts if holds(days, own)], days):
            out[key] = sum(inside, ZERO), "sum"
        elif longer and prorate:
            whole, best, _ = min(longer)
            amount = sum((amount for _, own, amount in longer if own == best), ZERO)
            out[key] = amount * length(days) / whole, "prorated"
    return out


def fully(spans: list[Span], days: Span) -> bool:
    """Whether every one of the days lies in one of the spans."""
    every = range(days[0].toordinal(), days[1].toordinal() + 1)
    return all(any(a.toordinal() <= d <= b.toordinal() for a, b in spans) for d in every)


def account_keys(tables: Tables, level: str) -> dict[str, str | None]:
    """account_id to the person, team or account that its sales count for."""
    team_of = teams(tables)
    out: dict[str, str | None] = {}
    for account in rows(tables, "accounts"):
        owner = account.get("owner_id")
        key = {"person": owner, "team": team_of.get(owner or ""), "account": account["account_id"]}
        out[account["account_id"]] = key[level]
    return out


def deal_keys(tables: Tables, deals: list[Row], level: str) -> list[tuple[str | None, Row]]:
    """Each deal with the person, team or account that it counts for."""
    column = {"person": "owner", "team": "team"}.get(level)
    if column is None:
        return [(d.get("account_id"), d) for d in deals]
    of_deal = group_keys(deals, column, tables)
    return [(of_deal[d["opportunity_id"]], d) for d in deals]


def actuals(
    tables: Tables, as_of: date, measure: str, level: str, days: Span, fiscal_start: int
) -> dict[str | None, list[Any]]:
    """The amounts that count for each person, team or account in the days, up to as_of.

    {} besides for a key without any; the caller sums.
    """
    out: dict[str | None, list[Any]] = {}
    past = (days[0], min(days[1], as_of))
    if measure == "orders_won":
        won, _ = closed_in(rows(tables, "opportunities"), as_of, past)
        for key, deal in deal_keys(tables, won, level):
            out.setdefault(key, []).append(deal.get("amount"))
        return out
    keys = account_keys(tables, level)
    if measure == "net_sales":
        for line in rows(tables, "order_lines"):
            if within(line["ordered_on"], *past) and line["account_id"] in keys:
                out.setdefault(keys[line["account_id"]], []).append(line["net_amount"])
        return out
    profits = operating_profits(tables, as_of, past, fiscal_start=fiscal_start)
    for i, row in profits.items():
        out.setdefault(keys[i], []).append(row["operating_profit"])
    return out


def shown(
    tables: Tables, level: str, owner_id: str | None, team: str | None, account_id: str | None
) -> set[str] | None:
    """The ids that the filters leave at a level; None for all. ValueError when none applies."""
    if owner_id is None and team is None and account_id is None:
        return None
    owners = None if owner_id is None else below(tables, owner_id)
    team_of = teams(tables)
    if level == "person" and account_id is None:
        return {
            p for p, t in team_of.items() if (owners is None or p in owners) and team in (None, t)
        }
    if level == "team" and owner_id is None and account_id is None and team is not None:
        return {team}
    if level == "account":
        return {
            a["account_id"]
            for a in rows(tables, "accounts")
            if (owners is None or a.get("owner_id") in owners)
            and (team is None or team_of.get(a.get("owner_id") or "") == team)
            and (account_id is None or a["account_id"] == account_id)
        }
    raise ValueError(f"filter at level {level}")


def comparison(
    target: Money, actual: Money, forecast: Money, share: Fraction
) -> dict[str, Fraction | Decimal | None]:
    """The targets.* figures from their three amounts and the share of the days gone by."""
    to_date = None if target is None else target * share
    return {
        "targets.target": target,
        "targets.actual": actual,
        "targets.attainment": ratio6(divide(actual, target)),
        "targets.gap": None if target is None or actual is None else target - actual,
        "targets.forecast": forecast,
        "targets.forecast_attainment": ratio6(divide(forecast, target)),
        "targets.to_date": to_date,
        "targets.pace": ratio6(divide(actual, to_date)),
    }


def targets_and_gap(
    tables: Tables,
    as_of: date,
    period: Asked = "this_half",
    level: str = "person",
    measure: str = "net_sales",
    owner_id: str | None = None,
    team: str | None = None,
    account_id: str | None = None,
    stage_default: Chances | None = None,
    fiscal_start: int = 4,
) -> Row:
    """{"facts": ..., "rows": ...}: one row per person, team or account that has a target.

    rows, gap descending: subject (person:<id>, team:<t>, account:<id>), id, targets.how (exact,
    sum, prorated) and the figures of `comparison`, which facts hold of the sums over the rows
    (unknown ones left out). The forecast adds the weighted open deals expected after as_of and
    within the period. Actual sales are None without order_lines.
    """
    days = asked(period, as_of, fiscal_start)
    share = Fraction(length((days[0], min(days[1], as_of))), length(days))
    sums = target_sums(tables, as_of, measure, days, True, fiscal_start)
    done = actuals(tables, as_of, measure, level, days, fiscal_start)
    chances, defaults = stage_shares(tables, as_of), stage_default or {}
    coming = [
        deal
        for deal in rows(tables, "opportunities")
        if is_open(deal, as_of)
        and within(deal.get("expected_close"), *days)
        and deal["expected_close"] > as_of
    ]
    ahead: dict[str | None, list[Any]] = {}
    for key, deal in deal_keys(tables, coming, level):
        ahead.setdefault(key, []).append(weighted(deal, chances, defaults))
    no_sales = measure != "orders_won" and tables.get("order_lines") is None
    wanted = shown(tables, level, owner_id, team, account_id)
    table: list[Row] = []
    for (of_level, key), (target, how) in sums.items():
        if of_level != level or (wanted is not None and key not in wanted):
            continue
        actual = None if no_sales else exact_sum(done.get(key, []))
        more = exact_sum(ahead.get(key, []))
        forecast = None if actual is None or more is None else actual + more
        if measure == "operating_profit":
            forecast = None
        table.append(
            {"subject": f"{level}:{key}", "id": key, "targets.how": how}
            | comparison(target, actual, forecast, share)
        )
    table.sort(key=lambda r: descending(r["targets.gap"], r["id"]))
    target_sum, actual_sum, forecast_sum, gap = (
        exact_sum(r[f"targets.{name}"] for r in table)
        for name in ("target", "actual", "forecast", "gap")
    )
    facts = comparison(target_sum, actual_sum, forecast_sum, share) | {"targets.gap": gap}
    return {"facts": facts, "rows": table}


def coverage_target(
    tables: Tables,
    as_of: date,
    days: Span,
    owner_id: str | None,
    team: str | None,
    account_id: str | None,
    fiscal_start: int,
) -> Money:
    """The orders_won target of the asked, of one level only; None without one."""
    sums = target_sums(tables, as_of, "orders_won", days, False, fiscal_start)
    if account_id is not None:
        keys = [("account", account_id)]
    elif team is not None:
        keys = [("team", team)]
    elif owner_id is not None:
        keys = [("person", person) for person in below(tables, owner_id)]
    else:
        levels = [level for level in ("person", "team", "account") if level in {k[0] for k in sums}]
        keys = [key for key in sums if levels and key[0] == levels[0]]
    found = [sums[key][0] for key in keys if key in sums]
    return sum(found, ZERO) if found else None


def coverage(
    tables: Tables,
    as_of: date,
    period: Asked = "this_half",
    owner_id: str | None = None,
    team: str | None = None,
    account_id: str | None = None,
    fiscal_start: int = 4,
) -> Row:
    """pipeline.target, won_so_far, open_in_period, coverage, required_coverage, target_reached
    (yes, no, None without a target) and coverage_verdict (reached, enough, short, unknown).

    Open deals count when expected from as_of on (that day included) and within the period. The
    win rate behind required_coverage is that of the deals closed in the 365 days to as_of.
    """
    days = asked(period, as_of, fiscal_start)
    deals = deals_of(tables, owner_id, team, account_id)
    target = coverage_target(tables, as_of, days, owner_id, team, account_id, fiscal_start)
    won, _ = closed_in(deals, as_of, days)
    won_value = exact_sum(d.get("amount") for d in won)
    ahead = exact_sum(
        d.get("amount")
        for d in deals
        if is_open(d, as_of) and within(d.get("expected_close"), max(days[0], as_of), days[1])
    )
    past_won, past_lost = closed_in(deals, as_of, window(as_of, 365))
    rate = divide(len(past_won), len(past_won) + len(past_lost))
    required = divide(1, rate)
    missing = None if target is None or won_value is None else target - won_value
    reached = missing is not None and missing <= 0
    cover = None if reached else divide(ahead, missing)
    if reached:
        verdict = "reached"
    elif cover is None or required is None:
        verdict = "unknown"
    else:
        verdict = "enough" if cover >= required else "short"
    return {
        "pipeline.target": target,
        "pipeline.won_so_far": won_value,
        "pipeline.open_in_period": ahead,
        "pipeline.coverage": ratio6(cover),
        "pipeline.required_coverage": ratio6(required),
        "pipeline.target_reached": None if missing is None else "yes" if reached else "no",
        "pipeline.coverage_verdict": verdict,
    }
