"""Which plan is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crm.periods import Period, add_months, fiscal_year_of, months
from crm.settings import Language


@dataclass(frozen=True)
class Asked:
    """Which plan is wanted: the account, the day it is drawn up, its period and language."""

    account_id: str
    as_of: date
    period: Period
    language: Language

    def period_name(self, start_month: int) -> str:
        """A whole fiscal year by its name, else its days."""
        period, year = self.period, fiscal_year_of(self.period.start, start_month)
        if period == months(date(year, start_month, 1), 12):
            return f"{year}年度" if self.language == "ja" else f"FY{year}"
        return f"{period.start:%Y-%m-%d}〜{period.end:%Y-%m-%d}"


def usual_period(as_of: date, start_month: int) -> Period:
    """The fiscal year that a plan drawn up on a day is for.

    In the last quarter of a year that is the next one.
    """
    year = fiscal_year_of(add_months(as_of, 3), start_month)
    return months(date(year, start_month, 1), 12)
