"""The catalog: every tool by name, in the order they are listed; all doors use this one list."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from crm.errors import InputError
from tools.abcd import ABCD_MATRIX
from tools.accounts import ACCOUNT_OVERVIEW, FIND_ACCOUNT
from tools.attention import NEEDS_ATTENTION
from tools.attention_backtest import ATTENTION_BACKTEST
from tools.changes import RECENT_CHANGES
from tools.channels import CHANNELS
from tools.checklist import ACTIVITY_CHECKLIST
from tools.compare_grids import COMPARE_GRIDS
from tools.concentration import CONCENTRATION
from tools.contacts import KEY_CONTACTS
from tools.deal_health import DEAL_HEALTH
from tools.depth import DEPTH_SCORE
from tools.driver_audit import DRIVER_AUDIT
from tools.driver_grid import DRIVER_GRID
from tools.effort import EFFORT_AND_RETURN
from tools.engagement import ENGAGEMENT_REPORT
from tools.gaps import KNOWLEDGE_GAPS
from tools.introductions import INTRODUCTION_ROUTES
from tools.kpi_pair import KPI_PAIR
from tools.losses import LOSS_ANALYSIS
from tools.pipeline import PIPELINE_METRICS
from tools.pricing import PRICE_AND_TERMS
from tools.relationships import RELATIONSHIP_MAP
from tools.resources import RESOURCE_CONCENTRATION
from tools.selection import KEY_ACCOUNT_SELECTION
from tools.stages import DEEPENING_STAGE
from tools.stress import ALLOCATION_STRESS
from tools.targets_and_gap import TARGETS_AND_GAP
from tools.tool import Tool
from tools.traits import WINNING_TRAITS
from tools.waterfall import CUSTOMER_PROFITABILITY
from tools.whale import WHALE_CURVE
from tools.whitespace import WHITE_SPACE
from tools.zones import PORTFOLIO_ZONES


class Catalog:
    """Tools by name, in the order they are listed."""

    def __init__(self, tools: tuple[Tool, ...]) -> None:
        self._tools = {tool.name: tool for tool in tools}

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def __getitem__(self, name: str) -> Tool:
        """The tool of that name; InputError with the nearest name when there is none."""
        if name not in self._tools:
            near = get_close_matches(name, self._tools, 1)
            hint = f"Did you mean `{near[0]}`?" if near else "`tagayasu tools` lists them."
            raise InputError(f"There is no tool `{name}`.", hint)
        return self._tools[name]

    def with_(self, *more: Tool) -> Catalog:
        """The catalog with more tools behind its own."""
        return Catalog((*self._tools.values(), *more))


CATALOG = Catalog(
    (
        FIND_ACCOUNT,
        ACCOUNT_OVERVIEW,
        KEY_CONTACTS,
        RECENT_CHANGES,
        KNOWLEDGE_GAPS,
        CUSTOMER_PROFITABILITY,
        WHALE_CURVE,
        ALLOCATION_STRESS,
        PRICE_AND_TERMS,
        RESOURCE_CONCENTRATION,
        PIPELINE_METRICS,
        DEAL_HEALTH,
        TARGETS_AND_GAP,
        LOSS_ANALYSIS,
        KPI_PAIR,
        CONCENTRATION,
        DRIVER_GRID,
        DRIVER_AUDIT,
        PORTFOLIO_ZONES,
        ABCD_MATRIX,
        COMPARE_GRIDS,
        KEY_ACCOUNT_SELECTION,
        CHANNELS,
        DEEPENING_STAGE,
        DEPTH_SCORE,
        ACTIVITY_CHECKLIST,
        WHITE_SPACE,
        WINNING_TRAITS,
        EFFORT_AND_RETURN,
        RELATIONSHIP_MAP,
        INTRODUCTION_ROUTES,
        ENGAGEMENT_REPORT,
        NEEDS_ATTENTION,
        ATTENTION_BACKTEST,
    )
)
