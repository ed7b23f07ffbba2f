"""How deep the business with an account is, and how far it can grow."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from crm.thresholds.group import Group, Weights, weighted


class WhiteSpace(Group):
    """What peers buy and an account does not (docs/metrics.md, whitespace)."""

    minimum_peers: int = Field(
        default=8, ge=1, description="Peers (same industry and size band) an estimate needs."
    )
    minimum_buyers: Decimal = Field(
        default=Decimal("0.40"), description="Share of the peers that must buy the category."
    )


class Deepening(Group):
    """Evidence for the deepening stages (docs/metrics.md, stage)."""

    window_days: int = Field(default=365, ge=1, description="Window for what was bought.")
    categories: int = Field(default=2, ge=1, description="Categories bought that prove Extend.")
    departments: int = Field(default=2, ge=1, description="Departments buying that prove Extend.")
    solution_categories: list[str] = Field(
        default=[], description="Categories whose won deals are solution deals (proves Enhance)."
    )
    plan_words: list[str] = Field(
        default=["中期", "mid-term", "midterm", "medium-term"],
        description="Words that show the customer's mid-term plan in a record.",
    )
    plan_days: int = Field(default=1095, ge=1, description="Days for which such a record counts.")
    executive_days: int = Field(default=183, ge=1, description="Window for executive meetings.")
    executive_meetings: int = Field(
        default=2, ge=1, description="Meetings of executives of both sides that prove Engage."
    )
    joint_words: list[str] = Field(
        default=["共同実証", "共同開発", "共創", "joint", "co-creation", "co-development"],
        description="Words that show a joint plan or a co-creation deal.",
    )
    joint_days: int = Field(default=365, ge=1, description="Days for which such a record counts.")


class Depth(Group):
    """The depth score (docs/metrics.md, depth)."""

    weights: Weights = Field(
        default=weighted(
            breadth="0.20", departments="0.15", levels="0.15", wallet="0.15", solutions="0.10",
            engagement="0.15", plan="0.10",
        ),
        description="Weights of the parts; what is unknown is left out.",
    )  # fmt: skip
    full_departments: int = Field(default=5, ge=1, description="Departments that count in full.")
    full_inbound: int = Field(
        default=10, ge=1, description="Contacts from the customer in 90 days that count in full."
    )


class Introductions(Group):
    """Introduction routes (docs/metrics.md, route)."""

    steps: int = Field(default=4, ge=1, le=6, description="People on a route at the most.")
    known_days: int = Field(
        default=365, ge=1, description="Window in which our own contact with a person counts."
    )
