"""What is taken for a high cost, a usual price and effort worth moving."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from crm.thresholds.group import Group, Share


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


class Effort(Group):
    """Effort and return (docs/metrics.md, effort)."""

    move_share: Share = Field(
        default=Decimal("0.20"), description="Share of the C and D hours moved in the what-if."
    )
