"""What every tool can be asked about the sample company: the requests that general tests make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Request = dict[str, Any]

REQUESTS: dict[str, list[Request]] = {
    "find_account": [{"text": "東海"}, {"text": "nothing at all"}, {"text": "電機", "limit": 2}],
    "account_overview": [{"account_id": "A010"}, {"account_id": "A001", "group": True}],
    "key_contacts": [{"account_id": "A011"}, {"account_id": "A001", "group": True, "limit": 20}],
    "recent_changes": [
        {"account_id": "A011"},
        {"account_id": "A001", "group": True, "since": "2026-03-01", "limit": 10},
    ],
    "knowledge_gaps": [{"account_id": "A011"}, {"account_id": "A001", "group": True, "limit": 20}],
    "customer_profitability": [
        {"account_id": "A011"},
        {"account_id": "A001", "group": True, "period": "FY2025"},
        {"account_id": "A025", "period": "last_45_days"},
    ],
    "whale_curve": [
        {},
        {"group": True, "basis": "gross", "period": "FY2025", "limit": 5},
        {"basis": "contribution", "owner_id": "U08", "account_id": "A011"},
        {"team": "東日本営業部", "period": "this_half"},
    ],
    "allocation_stress": [{}, {"group": True, "period": "FY2025H2", "limit": 5}],
    "price_and_terms": [
        {},
        {"group": True, "owner_id": "U03", "period": "FY2025"},
        {"account_id": "A011"},
        {"team": "西日本営業部", "limit": 3},
    ],
    "resource_concentration": [{}, {"group": True, "period": "last_90_days", "limit": 3}],
    "pipeline_metrics": [
        {"by": "owner", "period": "FY2025"},
        {"by": "category", "team": "東日本営業部"},
        {"account_id": "A011", "by": "stage"},
        {"by": "account", "group": True, "owner_id": "U05", "limit": 10},
    ],
    "deal_health": [
        {},
        {"account_id": "A010"},
        {"owner_id": "U03", "signal": "overdue", "limit": 5},
    ],
    "targets_and_gap": [
        {},
        {"level": "team", "measure": "orders_won", "period": "FY2026H1"},
        {"level": "account", "period": "FY2026", "group": True, "account_id": "A001", "limit": 5},
        {"measure": "operating_profit", "owner_id": "U03", "team": "東日本営業部"},
    ],
    "loss_analysis": [
        {},
        {"by": "competitor", "period": "FY2025", "owner_id": "U03"},
        {"by": "stage", "group": True, "limit": 5},
        {"by": "team", "account_id": "A011", "period": "2023-04-01..2026-09-30"},
    ],
    "kpi_pair": [
        {},
        {"group": True, "period": "FY2025", "owner_id": "U03", "limit": 5},
        {"account_id": "A011", "team": "東日本営業部"},
    ],
    "concentration": [{}, {"group": True, "period": "FY2025H2", "limit": 5}],
    "driver_grid": [
        {},
        {"x": "annual_revenue", "y": "operating_profit", "cut": "median", "group": True},
        {
            "x": "win_rate",
            "y": "frequency",
            "cut": "fixed",
            "x_cut": "0.5",
            "y_cut": "3",
            "team": "東日本営業部",
        },
        {"x": "breadth", "y": "open_value", "owner_id": "U08", "account_id": "A011", "limit": 3},
    ],
    "driver_audit": [
        {},
        {"drivers": "net_sales, employees, win_rate", "outcome": "operating_profit"},
        {"drivers": "headroom,objective_score", "group": True},
    ],
    "portfolio_zones": [
        {},
        {"cut": "fixed", "x_cut": "0.4", "y_cut": "20000000", "group": True, "limit": 5},
        {"team": "東日本営業部"},
        {"owner_id": "U08", "account_id": "A011"},
    ],
    "abcd_matrix": [
        {},
        {"group": True, "owner_id": "U03", "limit": 5},
        {"account_id": "A011", "team": "東日本営業部"},
    ],
    "compare_grids": [
        {},
        {"group": True, "owner_id": "U03", "limit": 5},
        {"account_id": "A011", "team": "東日本営業部"},
    ],
    "key_account_selection": [
        {},
        {"group": True, "team": "西日本営業部", "limit": 5},
        {"account_id": "A011", "owner_id": "U08"},
    ],
    "channels": [{}, {"group": True, "period": "FY2025", "limit": 2}],
    "deepening_stage": [
        {"account_id": "A011"},
        {},
        {"account_id": "A001", "group": True, "promote_to": "Engage"},
        {"owner_id": "U03", "team": "東日本営業部", "limit": 5},
    ],
    "depth_score": [
        {"account_id": "A011"},
        {},
        {"group": True, "owner_id": "U03", "team": "東日本営業部", "limit": 5},
    ],
    "activity_checklist": [
        {"account_id": "A011"},
        {"account_id": "A001", "group": True, "stage": "Engage"},
        {"account_id": "A019", "stage": "Enter"},
    ],
    "white_space": [
        {"account_id": "A014"},
        {"group": True, "owner_id": "U03", "limit": 5},
        {"account_id": "A011", "by_department": True},
        {"team": "東日本営業部"},
    ],
    "winning_traits": [
        {},
        {"outcome": "customer", "group": True, "limit": 5},
        {"attributes": "industry,owner, region"},
    ],
    "effort_and_return": [
        {},
        {"by": "zone", "group": True, "period": "FY2025"},
        {"by": "person", "limit": 5},
        {"by": "cell"},
    ],
    "relationship_map": [
        {"account_id": "A011"},
        {"account_id": "A001", "group": True, "limit": 10},
    ],
    "introduction_routes": [
        {"account_id": "A011"},
        {"contact_id": "C056", "limit": 3},
        {"account_id": "A001", "group": True, "from_person_id": "U03"},
    ],
    "engagement_report": [
        {},
        {"by": "document", "period": "FY2026H1", "group": True},
        {"by": "account", "owner_id": "U03", "limit": 5},
        {"account_id": "A011", "period": "last_365_days", "team": "東日本営業部"},
    ],
    "needs_attention": [
        {"limit": 500},
        {"group": True, "owner_id": "U03"},
        {"signal": "sales_down", "team": "東日本営業部"},
        {"account_id": "A011"},
    ],
    "attention_backtest": [{}, {"days": 180, "group": True}],
}
"""By tool, in the order of the catalog; together they give every argument that a tool takes."""


def asked_of(account_id: str) -> Iterator[tuple[str, Request]]:
    """Every request, those about one account about this one: for companies that hold few."""
    for tool, requests in REQUESTS.items():
        for given in requests:
            yield tool, given | ({"account_id": account_id} if "account_id" in given else {})
