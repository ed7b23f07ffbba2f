"""What must be None in a company that lacks what it needs: never zero, wherever it is given."""

from __future__ import annotations

_OF_COSTS = {
    "profit.standard_cost", "profit.gross_profit", "profit.gross_margin", "profit.freight",
    "profit.contribution", "profit.contribution_before", "profit.contribution_margin",
    "profit.contribution_margin_before", "profit.gross_profit_p", "profit.contribution_p",
    "profit.operating_profit", "profit.operating_margin", "channel.profit", "channel.margin",
    "driver.operating_profit", "driver.contribution", "selection.profit", "effort.moved_profit",
    "whale.total", "whale.peak", "whale.peak_accounts", "whale.losers", "whale.losers_share",
    "whale.lost", "whale.peak_to_end", "stress.sign_changes", "stress.total_revenue",
    "stress.total_orders", "stress.total_activity", "resource.top_accounts",
    "resource.top_cost_share", "resource.top_profit_share", "resource.misplaced",
    "effort.profit@account:A011", "effort.profit@account:A025",
}  # fmt: skip
"""Where no order line has a cost and none a freight."""
_OF_LISTS = {
    "sales.list_sales", "sales.discount", "sales.discount_rate", "price.outliers",
    "price.discount_rate", "price.discount_at_median",
}  # fmt: skip
"""Where no order line has a list price or a discount."""

UNKNOWN: dict[str, set[str]] = {
    "accounts: only what must be": {
        "account.employees", "account.annual_revenue", "account.owner", "account.status",
        "driver.employees", "driver.annual_revenue", "driver.objective_score", "abcd.worth",
        "abcd.letter",
    },
    "opportunities: only what must be": {
        "changes.deals_new", "changes.deals_won", "changes.deals_lost", "loss.total_count",
        "pipeline.won_count", "pipeline.lost_count", "pipeline.won_value", "pipeline.velocity",
        "pipeline.win_rate", "pipeline.won_so_far", "deal.amount", "deal.expected_close",
    },
    "order_lines: only what must be": _OF_COSTS | _OF_LISTS | {
        "depth.breadth@account:A011", "depth.departments@account:A011",
        "driver.breadth@account:A011", "concentration.hhi_product", "concentration.hhi_category",
    },
    "no money known": _OF_COSTS | _OF_LISTS | {
        "account.annual_revenue", "profit.cost_labour", "effort.cost", "deal.amount",
        "deal.expected_value", "kpi.expected@account:A011", "kpi.expected_weighted@account:A011",
        "kpi.expected", "kpi.expected_weighted", "kpi.ratio@account:A011", "loss.value",
        "loss.value_share", "pipeline.velocity", "pipeline.weighted_value",
        "pipeline.win_rate_by_value", "zones.unit_price", "zones.zone", "driver.annual_revenue",
        "driver.open_value@account:A011",
    },
    "no day known": {
        "changes.deals_new", "changes.deals_won", "changes.deals_lost", "loss.total_count",
        "loss.total_value", "pipeline.won_count", "pipeline.lost_count", "pipeline.won_value",
        "pipeline.won_so_far",
        "account.contract_end", "contact.left_on", "deal.expected_close",
        "pipeline.closed_cycle_days", "pipeline.closed_cycle_days_median", "pipeline.coverage",
        "pipeline.cycle_days", "pipeline.cycle_days_median", "pipeline.cycle_days_p90",
        "pipeline.open_in_period", "pipeline.required_coverage", "pipeline.velocity",
        "pipeline.win_rate", "pipeline.win_rate_by_value", "pipeline.win_rate_low",
        "pipeline.win_rate_high", "loss.unrecorded_share", "targets.forecast",
        "targets.forecast_attainment",
    },
}  # fmt: skip
"""Names of facts, or their keys, by the name of the company."""
