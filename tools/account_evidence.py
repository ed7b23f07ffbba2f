"""One row for each visible account with everything that its signals rest on, as of a day.

Source: docs/metrics.md (signal); windows in the [attention] and [deals] settings.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import ibis
from ibis import _

from crm.periods import trailing
from crm.scope import ScopedTables
from tools.abcd import abcd_table
from tools.deal_evidence import YEAR, account_activity, role_holders
from tools.deal_health import DealSignal, can_tell, judged_deals
from tools.due_targets import due_periods, missed_targets
from tools.money import MONEY, account_money
from tools.portfolio import customers
from tools.query import (
    EXACT,
    WHOLE,
    Side,
    beside,
    days_between,
    inside,
    portion,
    quotient,
    units,
)

DEAL_FIGURES: dict[DealSignal, str] = {
    "stalled": "days_in_stage",
    "overdue": "overdue_days",
    "silent_30": "quiet_days",
    "one_sided": "outbound",
    "next_step_overdue": "step_overdue_days",
    "pushed": "pushes",
    "shrunk": "fallen",
}
"""The signals of deals that are signals of their account too, and the column of their figure."""
_ID = "account_id"
_COUNTS = ("active", "recent", "minutes", "champions", "deciders", "open_deals", "views_before")
_SUMS = ("sold", "recent_sold", "earlier_sold")


def account_evidence(tables: ScopedTables, as_of: date) -> ibis.Table:
    """What is known of each visible account; columns that rest on an absent table are absent.

    account_id, `customer`, contract_end.
    Of order_lines: `sold` in the trailing year, `top` (whether among the top share by it) and
    `all_sold` by everybody; `recent_sold` in the trailing window, `earlier_sold` in the same days
    a year before; net_sales, net_costed, contribution of the trailing year, net_costed_before and
    contribution_before of the year before; with targets `target_gap` and `target_attained` of the
    target missed most.
    Of activities: `quiet` days (NULL: never any), `active`, `recent`, `minutes` as in
    account_activity, and `all_minutes`; with order_lines `letter` of the ABCD matrix and
    `usual_of_a`, the mean sales of its A.
    Of contacts: the columns of role_holders.
    Of engagements: `views` and, in the three windows before, `views_before`.
    Of opportunities: `open_deals` and `open_value`, the known expected value of those; for each
    signal of told_of_deals `<signal>_deals` that have it, the largest figure `<signal>_most`, and
    `<signal>_worth`, their known worth.
    Of plan_status: `plan_attainment`, the lowest, and `plan_review_late`, the days by which the
    review due first is late.
    """
    return tables.keep(("account_evidence", as_of), lambda: _evidence(tables, as_of))


def _evidence(tables: ScopedTables, as_of: date) -> ibis.Table:
    sides = [s for needs, make in _SIDES if _has(tables, needs) for s in make(tables, as_of)]
    buyers: Side = (customers(tables, as_of), _ID, _ID, {"customer": _ID})
    found = beside(tables["accounts"].select(_ID, "contract_end"), buyers, *sides)
    nothing = ibis.literal(0, MONEY)
    sums = [c for c in _SUMS if c in found.columns]
    return found.mutate(
        customer=found.customer.notnull(),
        **{c: found[c].fill_null(0) for c in _COUNTS if c in found.columns},
        **{c: found[c].cast(MONEY).fill_null(nothing) for c in sums},
        **({"top": found.top.fill_null(False)} if sums else {}),
    )


def _has(tables: ScopedTables, needs: tuple[str, ...]) -> bool:
    return all(table in tables for table in needs)


def _sold(tables: ScopedTables, as_of: date) -> list[Side]:
    """One pass over the order lines; the top accounts and the total count every account id."""
    limits = tables.settings.attention
    year, window = trailing(as_of, YEAR), limits.sales_window_days
    spans = {
        "sold": year,
        "recent_sold": trailing(as_of, window),
        "earlier_sold": trailing(as_of, window, years_back=1),
    }
    due = due_periods(tables, as_of) if "targets" in tables else None
    if due:
        spans |= {due.column(start): due.since(start) for start in due.starts}
    first = min(span.start for span in spans.values())
    lines = tables["order_lines"].filter(
        _.ordered_on.between(ibis.literal(first), ibis.literal(as_of))
    )
    sums = {c: _.net_amount.sum(where=inside(s, "ordered_on")) for c, s in spans.items()}
    summed = lines.group_by(_ID).agg(**sums)
    place = ibis.row_number().over(order_by=[_.sold.desc(nulls_first=False), _.account_id.asc()])
    buying = (_.sold > 0).sum().over()
    first_ones = place.cast(EXACT) < portion(buying, ibis.literal(limits.top_share))
    ranked = summed.mutate(top=(_.sold > 0) & first_ones, all_sold=_.sold.sum().over())
    sold: Side = (ranked, _ID, _ID, {c: c for c in (*_SUMS, "top", "all_sold")})
    if due is None:
        return [sold]
    missed = missed_targets(tables, summed, as_of)
    return [sold, (missed, _ID, _ID, {"target_gap": "gap", "target_attained": "attained"})]


def _earned(tables: ScopedTables, as_of: date) -> list[Side]:
    """What two years brought after direct costs."""
    now = account_money(tables, trailing(as_of, YEAR))
    then = account_money(tables, trailing(as_of, YEAR, years_back=1))
    before = {"net_costed_before": "net_costed", "contribution_before": "contribution"}
    here = {c: c for c in ("net_sales", "net_costed", "contribution")}
    return [(now, _ID, _ID, here), (then, _ID, _ID, before)]


def _done(tables: ScopedTables, as_of: date) -> list[Side]:
    acts = account_activity(tables, as_of)
    measures = {
        "quiet": days_between(ibis.literal(as_of), acts["last"]),
        "all_minutes": acts.minutes.sum().over(),
        "active": "active",
        "recent": "recent",
        "minutes": "minutes",
    }
    return [(acts, _ID, _ID, measures)]


def _placed(tables: ScopedTables, as_of: date) -> list[Side]:
    cells = abcd_table(tables, as_of)
    is_a = cells.letter == "A"
    total, number = cells.net_sales.sum(where=is_a).over(), is_a.sum().over()
    usual = quotient(units(total), number.cast(WHOLE) * 10_000)
    return [(cells, _ID, _ID, {"letter": "letter", "usual_of_a": usual})]


def _people(tables: ScopedTables, as_of: date) -> list[Side]:
    columns = ("champions", "deciders", "champion_left", "decider_left")
    return [(role_holders(tables, as_of), _ID, _ID, {c: c for c in columns})]


def _seen(tables: ScopedTables, as_of: date) -> list[Side]:
    days = tables.settings.attention.engagement_days
    before = trailing(as_of - timedelta(days=days), 3 * days)
    counted = (
        tables["engagements"]
        .group_by(_ID)
        .agg(
            views=_.count(where=inside(trailing(as_of, days), "viewed_at")),
            views_before=_.count(where=inside(before, "viewed_at")),
        )
    )
    return [(counted, _ID, _ID, {"views": "views", "views_before": "views_before"})]


def told_of_deals(tables: ScopedTables) -> list[DealSignal]:
    """The signals of DEAL_FIGURES that the data can tell of any deal."""
    return [code for code in DEAL_FIGURES if can_tell(tables, code)]


def _open(tables: ScopedTables, as_of: date) -> list[Side]:
    """The open deals, and of those with a signal their number, worst figure and worth."""
    deals = judged_deals(tables, as_of)
    measures: dict[str, ibis.Value] = {"open_deals": _.count(), "open_value": _.expected.sum()}
    for code in told_of_deals(tables):
        measures[f"{code}_deals"] = _.count(where=deals[code])
        measures[f"{code}_most"] = deals[DEAL_FIGURES[code]].max(where=deals[code])
        measures[f"{code}_worth"] = deals.worth.sum(where=deals[code])
    return [(deals.group_by(_ID).agg(**measures), _ID, _ID, {c: c for c in measures})]


def _planned(tables: ScopedTables, as_of: date) -> list[Side]:
    plans = tables["plan_status"].group_by(_ID)
    worst = plans.agg(
        plan_attainment=_.kpi_attainment.min(),
        plan_review_late=days_between(ibis.literal(as_of), _.review_due.min()),
    )
    return [(worst, _ID, _ID, {c: c for c in ("plan_attainment", "plan_review_late")})]


_SIDES: tuple[tuple[tuple[str, ...], Callable[[ScopedTables, date], list[Side]]], ...] = (
    (("order_lines",), _sold),
    (("order_lines",), _earned),
    (("activities",), _done),
    (("order_lines", "activities"), _placed),
    (("contacts",), _people),
    (("engagements",), _seen),
    (("opportunities",), _open),
    (("plan_status",), _planned),
)
"""What is put together, and the tables it needs."""
