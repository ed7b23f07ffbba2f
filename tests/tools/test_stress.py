"""Allocation stress equals the oracle's: whose profit changes its sign with the driver."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crm.scope import ScopedTables
from tests.companies import SAMPLE_DAY, frames_from, tables_from
from tests.oracles import profitability as oracle
from tests.oracles.canonical import Tables, half_up
from tests.tools.asking import ask, figure, rows_of
from tools.facts import ToolResult

Rows = dict[str, list[dict[str, Any]]]
BASES = ("revenue", "orders", "activity")


def assert_is(result: ToolResult, wanted: dict[str, Any]) -> None:
    """The rows are the oracle's; totals are sums of the accounts' amounts of four decimals."""
    expected = {}
    for row in wanted["rows"]:
        cells = {n: v if isinstance(v, str) else half_up(v, 4) for n, v in row.items()}
        cells["stress.sign_change"] = cells.pop("stress.sign_changes")
        expected[f"account:{cells.pop('account_id')}"] = cells
    assert list(rows_of(result).items()) == list(expected.items())
    for basis in BASES:
        total = sum(row[f"stress.{basis}"] for row in expected.values())
        assert figure(result, f"stress.total_{basis}") == total
    for name in ("stress.accounts", "stress.sign_changes", "stress.pool_total"):
        assert figure(result, name) == wanted["facts"][name]


def company(*pools: tuple[str, str], **orders: tuple[str, ...]) -> Rows:
    """Accounts with a line of each of these amounts, of no cost; pools as (amount, driver)."""
    lines = [(name, net) for name, nets in orders.items() for net in nets]
    return {
        "accounts": [{"account_id": name, "name": f"company {name}"} for name in orders],
        "order_lines": [
            {"order_id": f"O{n}", "line_no": 1, "account_id": name, "ordered_on": SAMPLE_DAY,
             "quantity": Decimal(1), "net_amount": Decimal(net), "standard_cost": Decimal(0)}
            for n, (name, net) in enumerate(lines)
        ],
        "cost_pools": [
            {"pool": f"P{n}", "item": "i", "period": "2026-09", "amount": Decimal(amount),
             "driver": driver}
            for n, (amount, driver) in enumerate(pools)
        ],
    }  # fmt: skip


def asked(rows: Rows) -> ToolResult:
    result = ask("allocation_stress", tables_from(rows), SAMPLE_DAY, limit=500)
    assert_is(result, oracle.stress(frames_from(rows), SAMPLE_DAY))
    return result


def signs(result: ToolResult) -> dict[str, Any]:
    return {s[-1]: row["stress.sign_change"] for s, row in rows_of(result).items()}


def test_the_stress_of_the_sample_company(sample: ScopedTables, sample_raw: Tables) -> None:
    period = "2026-08-01..2026-09-30"
    result = ask("allocation_stress", sample, SAMPLE_DAY, period=period, limit=500)
    assert_is(result, oracle.stress(sample_raw, SAMPLE_DAY, period))


def test_the_driver_decides_whether_an_account_of_small_orders_loses_money() -> None:
    rows = company(("60", "net_sales"), A=("90",), B=("2", "2", "2", "2", "2"))
    result = asked(rows)
    assert rows_of(result)["account:B"] == {
        "account.name": "company B",
        "stress.revenue": 4,
        "stress.orders": -40,
        "stress.activity": 4,
        "stress.spread": 44,
        "stress.sign_change": "yes",
    }
    assert figure(result, "stress.sign_changes") == 1
    assert figure(result, "stress.pool_total") == 60


def test_changers_come_first_then_the_largest_spread() -> None:
    rows = company(("60", "net_sales"), A=("9000",), B=("2", "2"), C=("9",), D=("500",))
    assert list(signs(asked(rows)).values()) == ["yes", "yes", "no", "no"]
    spreads = [row["stress.spread"] for row in rows_of(asked(rows)).values()][2:]
    assert spreads == sorted(spreads, reverse=True)  # type: ignore[type-var]


def test_a_profit_of_zero_is_no_loss() -> None:
    rows = company(("20", "net_sales"), A=("10",), B=("10",))
    assert signs(asked(rows)) == {"A": "no", "B": "no"}
    assert figure(asked(rows), "stress.total_orders") == 0


def test_an_account_of_unknown_profit_is_left_out_and_counted() -> None:
    rows = company(("4", "orders"), A=("10",), B=("10",))
    rows["order_lines"][1]["standard_cost"] = None
    result = asked(rows)
    assert list(signs(result)) == ["A"]
    fact = result.fact("stress.accounts")
    assert fact is not None
    assert [(part.rows, part.reason.en) for part in fact.basis.left_out] == [(1, "cost unknown")]


def test_a_pool_without_its_driver_is_in_the_total_and_said() -> None:
    result = asked(company(("4", "visits"), A=("10",), B=("10",)))
    assert figure(result, "stress.pool_total") == 4
    assert figure(result, "stress.total_activity") == 20
    assert figure(result, "stress.total_revenue") == 16
    assert any("visits" in w.en for w in result.warnings)


def test_without_pools_nothing_depends_on_the_driver() -> None:
    rows = company(A=("10",), B=("-10",))
    del rows["cost_pools"]
    result = asked(rows)
    assert signs(result) == {"A": "no", "B": "no"}
    assert any("cost_pools" in w.en for w in result.warnings)


def test_the_list_is_cut_and_the_figures_are_not() -> None:
    rows = company(("60", "net_sales"), A=("90",), B=("2", "2"), C=("9",))
    result = ask("allocation_stress", tables_from(rows), SAMPLE_DAY, limit=1)
    assert len(rows_of(result)) == 1
    assert result.table is not None
    assert result.table.total_rows == figure(result, "stress.accounts") == 3


@pytest.mark.parametrize("factor", [10])
def test_scaling_money_scales_every_amount_and_no_sign(factor: int) -> None:
    rows = company(("60", "net_sales"), A=("90",), B=("2", "2"))
    scaled = {
        table: [
            {c: v * factor if c in {"net_amount", "amount"} else v for c, v in row.items()}
            for row in each
        ]
        for table, each in rows.items()
    }
    once, times = asked(rows), asked(scaled)
    assert signs(times) == signs(once)
    for basis in BASES:
        name = f"stress.total_{basis}"
        assert figure(times, name) == factor * figure(once, name)  # type: ignore[operator]
