"""What every tool is asked with; `as_of` is always an argument, never the clock."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from crm.periods import FIRST_DAY, LAST_DAY, Period, parse_period, trailing
from crm.scope import ScopedTables
from tools.facts import FactBook


class Arguments(BaseModel):
    """The arguments every tool has; what `from_turn` names, a conversation gives by itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    from_turn: ClassVar[frozenset[str]] = frozenset({"as_of"})

    as_of: date = Field(ge=FIRST_DAY, le=LAST_DAY, description="The day the answer speaks of.")

    def stated(self) -> dict[str, str]:
        """The arguments given, as text, for the basis of each fact."""
        given = self.model_dump(exclude={"as_of"}, exclude_none=True, exclude_defaults=True)
        return {name: str(value) for name, value in given.items()}


class RowArguments(BaseModel):
    """A tool whose rows may be chosen and ordered by their columns."""

    where: str | None = Field(
        default=None,
        description="Only rows that fit, e.g. `deal.amount >= 100000000`; several joined by `and`.",
    )
    sort: str | None = Field(
        default=None, description="Order by this column; with a minus in front the largest first."
    )


class GroupArguments(Arguments):
    """A tool that can also speak of groups of companies."""

    group: bool = Field(
        default=False,
        description="Count subsidiaries as part of their ultimate parent; members are listed.",
    )


class AccountArguments(GroupArguments):
    """A tool about one account."""

    account_id: str = Field(description="Id of the account, as find_account gives it.")


class PeriodArguments(GroupArguments):
    """A tool over a period; without one it takes all history up to as_of."""

    period: str | None = Field(
        default=None,
        description=(
            "Period, e.g. FY2026, FY2026H1, FY2026Q2, 2026-04, last_90_days, this_quarter, "
            "2026-04-01..2026-09-30. Without it: all history up to as_of."
        ),
    )

    def span(self, tables: ScopedTables) -> Period | None:
        if self.period is None:
            return None
        return parse_period(self.period, self.as_of, tables.settings.company.fiscal_year_start)


class YearArguments(GroupArguments):
    """A tool over a period; without one it takes the trailing year."""

    period: str | None = Field(
        default=None,
        description=(
            "Period, e.g. FY2026, FY2026H1, FY2026Q2, 2026-04, last_90_days, this_quarter, "
            "2026-04-01..2026-09-30. Without it: the 365 days that end on as_of."
        ),
    )

    def span(self, tables: ScopedTables) -> Period:
        """The days asked for up to and with as_of; none when the period begins after it."""
        if self.period is None:
            return trailing(self.as_of, 365)
        start = tables.settings.company.fiscal_year_start
        return parse_period(self.period, self.as_of, start).until(self.as_of)


def open_book(tool: str, tables: ScopedTables, arguments: Arguments, *settings: str) -> FactBook:
    """A fact book for one run of a tool; its first fact is the day it speaks of.

    `settings` names the groups of settings.toml that decide the figures: each fact shows them.
    """
    book = FactBook(
        tool=tool,
        arguments=arguments.stated(),
        settings={
            f"{group}.{name}": str(value)
            for group in settings
            for name, value in getattr(tables.settings, group).model_dump(mode="json").items()
        },
        as_of=arguments.as_of,
        snapshot=tables.snapshot.id,
        currency=tables.settings.company.currency,
    )
    book.add("meta.as_of", arguments.as_of)
    return book
