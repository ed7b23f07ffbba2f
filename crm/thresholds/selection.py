"""How accounts, channels and prospects are compared, sorted and chosen."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from crm.thresholds.group import Group, Share, Weights, weighted


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
        default=weighted(
            annual_revenue="1", employees="1", revenue_growth="1", objective_score="1"
        ),
        description="Weights of the criteria of worth; what is unknown is left out.",
    )
    record_weights: Weights = Field(
        default=weighted(orders="1", net_sales="1", profit="1"),
        description="Weights of the criteria of the track record.",
    )


class Selection(Group):
    """Key account selection (docs/metrics.md, selection)."""

    weights: Weights = Field(
        default=weighted(
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
        default=weighted(share="1", growth="1", headroom="1", margin="1"),
        description="Weights of position, growth, expansion room and profit potential.",
    )
    priority: list[str] = Field(
        default=[], description="The agreed priority channels, the first first."
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
