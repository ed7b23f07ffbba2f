"""When a deal or an account asks for attention."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from crm.thresholds.group import Group, Share


class Deals(Group):
    """Deal health and probabilities (docs/metrics.md (pipeline))."""

    stage_probability: dict[str, Share] = Field(
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
