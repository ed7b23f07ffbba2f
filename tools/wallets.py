"""The latest estimate of a wallet counts: of each account and category the last period's rows."""

from __future__ import annotations

from datetime import date

import ibis
from ibis import _

from crm.errors import InputError
from crm.periods import Period, parse_period
from crm.scope import ScopedTables
from tools.query import fetch


def latest_wallets(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The rows of `wallets` of each account's and category's last period that had begun by `as_of`.

    Several rows of one period stay several: their spend adds up. The period that ends last is the
    latest; one that is missing or cannot be read is older than any other. Raises MissingDataError
    without wallets.
    """
    return tables.keep(("latest_wallets", as_of), lambda: _latest(tables, as_of))


def _latest(tables: ScopedTables, as_of: date) -> ibis.Table:
    wallets = tables["wallets"]
    start = tables.settings.company.fiscal_year_start
    texts = [row["period"] for row in fetch(wallets.select("period").distinct())]
    spans = {text: _span(text, as_of, start) for text in texts if text is not None}
    begun = {text: span for text, span in spans.items() if span is None or span.start <= as_of}
    order = sorted({span for span in begun.values() if span is not None}, key=_last)
    ages = [
        (wallets.period == text, order.index(span) + 1 if span else 0)
        for text, span in sorted(begun.items())
    ]
    later = wallets.period.isin(sorted(spans.keys() - begun.keys()))
    aged = wallets.mutate(age=ibis.cases(*ages, else_=0) if ages else ibis.literal(0))
    aged = aged.filter(wallets.period.isnull() | ~later) if len(begun) < len(spans) else aged
    newest = aged.age.max().over(group_by=["account_id", "category"])
    return aged.mutate(newest=newest).filter(_.age == _.newest).drop("age", "newest")


def _last(span: Period) -> tuple[date, date]:
    return span.end, span.start


def _span(text: str, as_of: date, start_month: int) -> Period | None:
    try:
        return parse_period(text, as_of, start_month)
    except InputError:
        return None
