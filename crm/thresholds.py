"""What the calculations take for granted: every threshold and weight, with its default."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Group(BaseModel):
    """One group of settings.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Share = Annotated[Decimal, Field(ge=0, le=1)]
Weights = dict[str, Annotated[Decimal, Field(ge=0)]]


def _weights(**shares: str) -> Weights:
    return {name: Decimal(share) for name, share in shares.items()}


class Deals(Group):
    """Deal health and probabilities (docs/metrics.md (pipeline))."""

    stage_probability: dict[str, Annotated[Decimal, Field(ge=0, le=1)]] = Field(
        default={},
        description="Probability of a stage, used when neither the deal nor history has one.",
    )
    history_minimum: int = Field(
        default=30,
        ge=1,
        description="Closed deals a stage needs before its history is a probability.",
    )
    stalled_floor_days: int = Field(
        default=14, ge=0, description="A deal is never called stalled within this many days."
    )
    silent_days: int = Field(default=14, ge=1, description="Days without activity: silent.")
    very_silent_days: int = Field(
        default=30, ge=1, description="Days without activity: very silent."
    )
    one_sided_days: int = Field(default=30, ge=1, description="Window for the one-sided signal.")
    one_sided_outbound: int = Field(
        default=3, ge=1, description="Outbound activities without an answer that make it one-sided."
    )
    contact_window_days: int = Field(
        default=90, ge=1, description="Window in which a contact counts as active."
    )
    minimum_contacts: int = Field(
        default=2, ge=1, description="Fewer active contacts than this is single-threaded."
    )
    pushed_times: int = Field(
        default=2, ge=1, description="Postponements of the expected close that are a signal."
    )
    shrunk_share: Share = Field(
        default=Decimal("0.10"), description="Fall of a deal's amount that is a signal."
    )
    blue_days: int = Field(default=7, ge=0, description="Last action within these days: blue.")
    yellow_days: int = Field(default=30, ge=0, description="Last action within these days: yellow.")


class Attention(Group):
    """Signals of the attention list (docs/metrics.md (signal))."""

    sales_window_days: int = Field(default=90, ge=1, description="Trailing window for sales down.")
    sales_down: Decimal = Field(
        default=Decimal("-0.20"), description="Change of sales at or below which it is a signal."
    )
    margin_down_points: Decimal = Field(
        default=Decimal("0.05"), description="Fall of the contribution margin that is a signal."
    )
    silence_top_days: int = Field(default=30, ge=1, description="Silence at a top account.")
    silence_days: int = Field(default=90, ge=1, description="Silence at another customer.")
    silence_value: Decimal = Field(
        default=Decimal("0.25"),
        description="Share of a year's sales counted as at stake when an account is silent.",
    )
    top_share: Decimal = Field(
        default=Decimal("0.20"),
        description="Share of buying accounts, by sales, that are top accounts.",
    )
    contract_days: int = Field(default=90, ge=1, description="Contract ends within these days.")
    target_attainment: Decimal = Field(
        default=Decimal("0.80"), description="Share of the target to date below which it is a gap."
    )
    left_days: int = Field(
        default=180,
        ge=1,
        description="Days for which a champion's or decision maker's leaving counts.",
    )
    neglected_activities: int = Field(
        default=4, ge=1, description="Fewer activities than this in the window: a neglected B."
    )
    neglected_days: int = Field(default=180, ge=1, description="Window for a neglected B.")
    trap_ratio: Decimal = Field(
        default=Decimal("2"), description="Share of hours over share of sales that makes a C trap."
    )
    engagement_days: int = Field(default=30, ge=1, description="Window for document views.")
    engagement_views: int = Field(default=5, ge=1, description="Views a surge or drop needs.")
    engagement_factor: Decimal = Field(
        default=Decimal("3"),
        description="Times the usual views that make a surge (or its inverse).",
    )
    concentration: Decimal = Field(
        default=Decimal("0.25"), description="Share of all sales at one account that is a risk."
    )
    severity: dict[str, Decimal] = Field(
        default={
            "profit_negative": Decimal("1.0"),
            "sales_down": Decimal("1.0"),
            "margin_down": Decimal("0.9"),
            "champion_left": Decimal("0.9"),
            "decision_maker_gone": Decimal("0.9"),
            "stalled": Decimal("0.8"),
            "contract_ends": Decimal("0.8"),
            "target_gap": Decimal("0.7"),
            "one_sided": Decimal("0.6"),
            "silent_30": Decimal("0.6"),
            "shrunk": Decimal("0.6"),
            "plan_behind": Decimal("0.6"),
            "overdue": Decimal("0.5"),
            "pushed": Decimal("0.5"),
            "silence": Decimal("0.5"),
            "single_threaded": Decimal("0.4"),
            "neglected_b": Decimal("0.6"),
            "c_trap": Decimal("0.5"),
            "engagement_surge": Decimal("0.5"),
            "engagement_drop": Decimal("0.4"),
            "next_step_overdue": Decimal("0.3"),
            "plan_overdue": Decimal("0.3"),
            "concentration": Decimal("0.3"),
        },
        description="Weight of each signal: the rank is money at stake times the weight.",
    )


class WhiteSpace(Group):
    """What peers buy and an account does not (docs/metrics.md, whitespace)."""

    minimum_peers: int = Field(
        default=8, ge=1, description="Peers (same industry and size band) an estimate needs."
    )
    minimum_buyers: Decimal = Field(
        default=Decimal("0.40"), description="Share of the peers that must buy the category."
    )


class Profitability(Group):
    """Customer profitability and price (docs/metrics.md, profit, price, resource)."""

    visit_kinds: list[str] = Field(
        default=["visit", "store_proposal", "storefront_check", "hq_proposal", "executive_meeting"],
        description="Kinds of activity that the driver `visits` counts.",
    )
    minimum_peers: int = Field(
        default=8, ge=2, description="Peers (size band and channel) a usual discount needs."
    )
    outlier_z: Decimal = Field(
        default=Decimal("3"), gt=0, description="Robust z above which a discount is an outlier."
    )
    top_share: Share = Field(
        default=Decimal("0.20"), description="Share of accounts that is the top by cost to serve."
    )


class Drivers(Group):
    """The driver grid and its audit (docs/metrics.md, grid, audit)."""

    x: str = Field(default="net_sales_growth", description="Driver across.")
    y: str = Field(default="headroom", description="Driver upwards.")
    cut: Literal["mean", "median", "fixed"] = Field(
        default="mean", description="Where high begins: mean or median of the customers, or fixed."
    )
    x_cut: Decimal | None = Field(default=None, description="Fixed cut across.")
    y_cut: Decimal | None = Field(default=None, description="Fixed cut upwards.")
    audited: list[str] = Field(
        default=[
            "net_sales", "net_sales_growth", "headroom", "annual_revenue", "employees",
            "operating_profit", "win_rate", "frequency", "breadth", "objective_score",
        ],
        description="Drivers that the audit compares with the outcome.",
    )  # fmt: skip
    outcome: Literal["next_net_sales", "operating_profit"] = Field(
        default="next_net_sales",
        description="What a good driver foretells: net sales of the next 12 months, or profit.",
    )
    p_value: Share = Field(
        default=Decimal("0.05"), description="p below which a correlation is taken for support."
    )
    minimum: int = Field(default=10, ge=4, description="Accounts that a correlation needs.")
    collinear: Share = Field(
        default=Decimal("0.80"), description="|r| above which two drivers say the same."
    )
    shift: Share = Field(
        default=Decimal("0.10"), description="How far the cut is moved to see which cells change."
    )


class Zones(Group):
    """Portfolio zones: win probability by unit price (docs/metrics.md, zones)."""

    cut: Literal["median", "fixed"] = Field(default="median", description="Where high begins.")
    x_cut: Share | None = Field(default=None, description="Fixed cut of the win probability.")
    y_cut: Decimal | None = Field(default=None, description="Fixed cut of the unit price.")
    near: Share = Field(
        default=Decimal("0.10"), description="How close to a cut an account is near the boundary."
    )


class Abcd(Group):
    """The ABCD matrix: worth by track record (docs/metrics.md, abcd)."""

    worth_weights: Weights = Field(
        default=_weights(
            annual_revenue="1", employees="1", revenue_growth="1", objective_score="1"
        ),
        description="Weights of the criteria of worth; what is unknown is left out.",
    )
    record_weights: Weights = Field(
        default=_weights(orders="1", net_sales="1", profit="1"),
        description="Weights of the criteria of the track record.",
    )


class Selection(Group):
    """Key account selection (docs/metrics.md, selection)."""

    weights: Weights = Field(
        default=_weights(
            sales="0.25", profit="0.20", growth="0.15", headroom="0.15", strategic="0.15",
            relationship="0.10",
        ),
        description="Weights of the criteria.",
    )  # fmt: skip
    minimum_known: Share = Field(
        default=Decimal("0.50"), description="Share of the weights that must be known for a score."
    )
    large_share: Share = Field(
        default=Decimal("0.20"), description="Share of buying customers, by sales, that are large."
    )
    strategic_quantile: Share = Field(
        default=Decimal("0.80"), description="Quantile of the strategic side that is strategic."
    )


class Channels(Group):
    """Channels compared (docs/metrics.md, channel)."""

    weights: Weights = Field(
        default=_weights(share="1", growth="1", headroom="1", margin="1"),
        description="Weights of position, growth, expansion room and profit potential.",
    )
    priority: list[str] = Field(
        default=[], description="The agreed priority channels, the first first."
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
        default=_weights(
            breadth="0.20", departments="0.15", levels="0.15", wallet="0.15", solutions="0.10",
            engagement="0.15", plan="0.10",
        ),
        description="Weights of the parts; what is unknown is left out.",
    )  # fmt: skip
    full_departments: int = Field(default=5, ge=1, description="Departments that count in full.")
    full_inbound: int = Field(
        default=10, ge=1, description="Contacts from the customer in 90 days that count in full."
    )


class Traits(Group):
    """Winning traits and the score of open prospects (docs/metrics.md, traits)."""

    attributes: list[str] = Field(
        default=["industry", "size_band", "region", "channel", "owner", "category"],
        description="Attributes compared.",
    )
    minimum_cases: int = Field(
        default=50, ge=10, description="Closed deals below which there is no score."
    )
    c: Decimal = Field(
        default=Decimal("1.0"), gt=0, description="Inverse strength of the regularisation."
    )
    train_share: Share = Field(
        default=Decimal("0.70"), description="Share of the oldest deals that train for the AUC."
    )


class Effort(Group):
    """Effort and return (docs/metrics.md, effort)."""

    move_share: Share = Field(
        default=Decimal("0.20"), description="Share of the C and D hours moved in the what-if."
    )


class Introductions(Group):
    """Introduction routes (docs/metrics.md, route)."""

    steps: int = Field(default=4, ge=1, le=6, description="People on a route at the most.")
    known_days: int = Field(
        default=365, ge=1, description="Window in which our own contact with a person counts."
    )


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
