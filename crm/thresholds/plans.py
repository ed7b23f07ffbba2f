"""How a customer approves an order, and how account plans are followed up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator

from crm.thresholds.group import Group, Share

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday"]


class ApprovalStep(Group):
    """One step of a customer's approval (ringi), and when those who decide it meet.

    `name` is department_head, executive, board, or words that are shown as they are. They meet on
    `day` of each month (31: its last day), on a `weekday` of each week, or on the weekday of the
    month's `week`; with none of them they decide on any working day.
    """

    name: str = Field(min_length=1, max_length=80)
    amount_from: Decimal = Field(default=Decimal(0), ge=0)
    days: int = Field(ge=0, le=365)
    weekday: Weekday | None = None
    week: int | None = Field(default=None, ge=1, le=4)
    day: int | None = Field(default=None, ge=1, le=31)

    @model_validator(mode="after")
    def _one_rhythm(self) -> Self:
        if self.day is not None and self.weekday is not None:
            raise ValueError(f"{self.name}: give a weekday or a day of the month, not both")
        if self.week is not None and self.weekday is None:
            raise ValueError(f"{self.name}: a week needs a weekday")
        return self


class Plans(Group):
    """Account plans: goals and how they are followed up (docs/metrics.md, goal, plan)."""

    minimum_closed: int = Field(
        default=5,
        ge=1,
        description="Closed deals that an account needs for its own win rate, cycle and deal size; "
        "with fewer those of the plan's owner are used, else those of all deals.",
    )
    approval: list[ApprovalStep] = Field(
        default=[
            ApprovalStep(name="department_head", days=5),
            ApprovalStep(
                name="executive", amount_from=Decimal(10_000_000), days=10, weekday="monday"
            ),
            ApprovalStep(name="board", amount_from=Decimal(100_000_000), days=10, day=20),
        ],
        max_length=20,
        description="The customer's approval (ringi), step by step: `name`, the order value from "
        "which the step is needed (`amount_from`, in the workspace currency), working days between "
        "submission and meeting (`days`), and when they meet: `day` of the month (31: the last), "
        "`weekday`, `weekday` with `week` (1 to 4), or on any working day. A meeting on a day off "
        "is held on the working day before.",
    )
    holidays: list[date] = Field(
        default=[],
        description="Days off besides Saturdays and Sundays, e.g. [2027-01-01]; national holidays "
        "are not known by themselves.",
    )
    stale_share: Share = Field(
        default=Decimal("0.10"),
        description="Change of an amount, share or other measure above which what a plan says of "
        "it is stale; days and words are stale by any change.",
    )
    stale_count_share: Share = Field(
        default=Decimal("0.20"),
        description="The same for counts, which also have to change by one or more.",
    )
    soon_days: int = Field(
        default=14, ge=0, description="Days before an action's due day in which it is due soon."
    )
    remind_days: int = Field(
        default=7,
        ge=0,
        description="Days ahead of an action, a review or a goal on which people are reminded.",
    )
    key_share: Share = Field(
        default=Decimal("0.20"),
        description="Share of the customers with a score of key account selection, by that score, "
        "that are key accounts: they need a plan.",
    )
