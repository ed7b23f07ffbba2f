"""Sales targets of accounts whose period contains the day, and what was due of each by then.

A target is due in proportion to the days elapsed. Source: docs/metrics.md (signal, target_gap).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import ibis
from ibis import _

from crm.errors import InputError
from crm.periods import Period, parse_period
from crm.scope import ScopedTables
from tools.money import MONEY
from tools.query import EXACT, WHOLE, beside, fetch, quotient, units

NET_SALES = "net_sales"


@dataclass(frozen=True)
class DuePeriods:
    """The periods of account targets, by their text, that contain the day; `unread` rows are of
    periods that cannot be read.
    """

    as_of: date
    periods: tuple[tuple[str, Period], ...]
    unread: int

    @property
    def starts(self) -> list[date]:
        """The first days of the periods, each once."""
        return sorted({period.start for _text, period in self.periods})

    def since(self, start: date) -> Period:
        """The days from that start to the day."""
        return Period(start, self.as_of)

    def column(self, start: date) -> str:
        """The name of the column of net sales since that day."""
        return f"due_{self.starts.index(start)}"


def due_periods(tables: ScopedTables, as_of: date) -> DuePeriods:
    """The periods of the targets for net sales of accounts that are running on the day."""
    return tables.remember(("due_periods", as_of), lambda: _due_periods(tables, as_of))


def _due_periods(tables: ScopedTables, as_of: date) -> DuePeriods:
    start_month = tables.settings.company.fiscal_year_start
    found, unread = [], 0
    counted = _of_accounts(tables).group_by("period").agg(n=_.count()).order_by("period")
    for row in fetch(counted):
        try:
            period = parse_period(row["period"], as_of, start_month)
        except InputError:
            unread += row["n"]
            continue
        if period.contains(as_of):
            found.append((row["period"], period))
    return DuePeriods(as_of, tuple(found), unread)


def _of_accounts(tables: ScopedTables) -> ibis.Table:
    return tables["targets"].filter(_.account_id.notnull(), _.measure == NET_SALES)


def missed_targets(tables: ScopedTables, sold: ibis.Table, as_of: date) -> ibis.Table:
    """The widest gap of each account that is behind what was due: the [attention] settings.

    `sold` has a row for each account that bought, with the columns that `DuePeriods.column` names.
    Columns: account_id, `attained` of what was due by the day, and `gap` (EXACT).
    """
    due = due_periods(tables, as_of)
    share = Fraction(tables.settings.attention.target_attainment)
    targets = _of_accounts(tables).filter(_.amount > 0)
    missed = []
    for text, period in due.periods:
        column, days = due.column(period.start), period.days
        of_period = targets.filter(_.period == text).select("account_id", "amount")
        known = beside(of_period, (sold, "account_id", "account_id", {"actual": column}))
        # Both sides times the days of the period, and so in whole numbers.
        sums = known.select(
            "account_id",
            actual=units(known.actual.fill_null(ibis.literal(0, MONEY))) * days,
            expected=units(known.amount) * period.until(as_of).days,
        )
        behind = sums.filter(_.actual * share.denominator < _.expected * share.numerator)
        missed.append(
            behind.select(
                "account_id",
                attained=(_.actual.cast("float64") / _.expected.cast("float64")),
                gap=quotient(_.expected - _.actual, ibis.literal(days * 10_000, WHOLE)),
            )
        )
    widest = ibis.window(group_by="account_id", order_by=[_.gap.desc(), _.attained.asc()])
    found = ibis.union(*missed) if missed else _nobody(tables)
    return found.mutate(place=ibis.row_number().over(widest)).filter(_.place == 0).drop("place")


def _nobody(tables: ScopedTables) -> ibis.Table:
    return (
        tables["targets"]
        .limit(0)
        .select("account_id", attained=ibis.null("float64"), gap=ibis.null(EXACT))
    )
