"""Hours spent and money brought, by account or by who did the work; what is unknown is counted.

Source: docs/metrics.md (effort).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import ibis
from ibis import _

from crm.periods import Period
from crm.scope import MissingDataError, ScopedTables
from tools.abcd import abcd_table
from tools.driver_grid import grid, usual_axes
from tools.money import MONEY, account_money
from tools.query import Row, attach
from tools.work import PAID, work_done
from tools.zones import usual_cuts, zones

By = Literal["account", "zone", "abcd", "person", "team", "cell"]
_WORK = ("acts", "timed", "priced", "minutes", "paid")
_MONEY = ("sales", "profit")


@dataclass(frozen=True)
class Effort:
    """Hours, their cost, net sales and profit: exact, 0 of nothing, None of what nobody knows."""

    hours: Fraction | None = Fraction(0)
    cost: Fraction | None = Fraction(0)
    sales: Fraction | None = Fraction(0)
    profit: Fraction | None = Fraction(0)

    @classmethod
    def of(cls, row: Row, sold: bool) -> Effort:
        """The figures of a row of `measures`; money is unknown where order_lines are (`sold`)."""
        hourly = Fraction(1, 60)
        return cls(
            _known(row["minutes"], row["timed"], row["acts"], hourly),
            _known(row["paid"], row["priced"], row["acts"], hourly),
            Fraction(row["sales"] or 0) if sold else None,
            _known(row["profit"], row["known"], row["accounts"]) if sold else None,
        )

    def an_hour(self, money: Fraction | None) -> Fraction | None:
        """Money for each hour; unknown without an hour."""
        return None if money is None or not self.hours else money / self.hours


def _known(
    total: Decimal | None, known: int, of: int, factor: Fraction = Fraction(1)
) -> Fraction | None:
    """A sum of known values; unknown when there are some and none is known."""
    return Fraction(total or 0) * factor if known or not of else None


def account_efforts(tables: ScopedTables, span: Period) -> ibis.Table:
    """The work on each visible account and the money it brought in the period.

    Columns: account_id, owner_id; `acts`, the activities, `timed` those with minutes, `priced`
    those with minutes and an hourly cost; `minutes` and `paid` (minutes x hourly cost), NULL of
    none; `lines`, `sales` and `profit` (after direct costs; NULL when unknown, also without
    order_lines). Raises MissingDataError without activities.
    """
    return tables.keep(("account_efforts", span), lambda: _account_efforts(tables, span))


def efforts(tables: ScopedTables, as_of: date, span: Period, by: By) -> ibis.Table:
    """The same by `whose`: account, zone, letter, cell, person (who did it) or their team.

    `accounts` are those whose money it is (of a person or team: those they own), `known` those of
    known profit. `whose` is NULL where there is none: not placed, or no known person. An account
    without work and without lines in the period is no row of its own.
    """
    if by in ("person", "team"):
        return _summed(_of_people(tables, span, by))
    found = account_efforts(tables, span)
    if by == "account":
        return _summed(found.filter((_.acts > 0) | (_.lines > 0)).mutate(whose=_.account_id))
    places = _places(tables, as_of, by)
    return _summed(attach(found, places, "account_id", "account_id", whose="whose"))


def _account_efforts(tables: ScopedTables, span: Period) -> ibis.Table:
    found = tables["accounts"].select("account_id", "owner_id")
    work = work_done(tables, span).group_by("account_id").agg(**_sums())
    found = attach(found, work, "account_id", "account_id", **{c: c for c in _WORK})
    found = found.mutate(**{c: found[c].fill_null(0) for c in ("acts", "timed", "priced")})
    if "order_lines" not in tables:
        nothing = ibis.null(MONEY)
        return found.mutate(lines=ibis.literal(0, "int64"), sales=nothing, profit=nothing)
    money = account_money(tables, span)
    return attach(
        found, money, "account_id", "account_id",
        lines="lines", sales=money.net_sales.cast(MONEY), profit=money.contribution.cast(MONEY),
    )  # fmt: skip


def _sums() -> dict[str, ibis.Deferred]:
    kinds = {"minutes": MONEY, "paid": PAID}
    return {c: getattr(_, c).sum().cast(kinds.get(c, "int64")) for c in _WORK}


def _places(tables: ScopedTables, as_of: date, by: By) -> ibis.Table:
    """The letter, zone or cell of each account as `whose`."""
    match by:
        case "abcd":
            return abcd_table(tables, as_of).select("account_id", whose=_.letter)
        case "zone":
            return zones(tables, as_of, usual_cuts(tables)).rows.select("account_id", whose=_.zone)
        case _:
            return grid(tables, as_of, usual_axes(tables)).rows.select("account_id", whose=_.cell)


def _of_people(tables: ScopedTables, span: Period, by: By) -> ibis.Table:
    """Rows of work by who did it, and rows of money by who owns the account."""
    if "people" not in tables:
        raise MissingDataError(
            f"Effort cannot be told by {by}: this workspace has no `people`.",
            "Add that table to the mapping and import.",
        )
    people = tables["people"]
    column = "person_id" if by == "person" else "team"
    work = attach(work_done(tables, span), people, "person_id", "person_id", whose=column)
    work = work.group_by("whose").agg(**_sums())
    nobody = {c: ibis.null(MONEY) for c in _MONEY}
    work = work.select("whose", *_WORK, account_id=ibis.null("string"), **nobody)
    money = attach(account_efforts(tables, span), people, "owner_id", "person_id", whose=column)
    idle = {c: ibis.literal(0, "int64") for c in ("acts", "timed", "priced")}
    idle |= {"minutes": ibis.null(MONEY), "paid": ibis.null(PAID)}
    return work.union(
        money.select("whose", **idle, account_id=_.account_id, **{c: c for c in _MONEY})
    )


def _summed(rows: ibis.Table) -> ibis.Table:
    """The sums of each group; the minutes of no activity at all are 0, not unknown."""
    found = rows.group_by("whose").agg(**measures(rows))
    idle = found.minutes.fill_null(ibis.literal(0, MONEY))
    return found.mutate(minutes=(found.acts == 0).ifelse(idle, found.minutes))


def measures(rows: ibis.Table) -> dict[str, ibis.Value]:
    """What rows of accounts or of work add up to, as Effort.of takes it."""
    return {c: rows[c].sum() for c in (*_WORK, *_MONEY)} | {
        "accounts": rows.account_id.count(),
        "known": rows.profit.count(),
    }
