"""Resource concentration equals the oracle's: rank by cost to serve beside rank by profit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crm.scope import ScopedTables
from crm.settings import Settings
from crm.thresholds import Profitability
from tests.companies import SAMPLE_DAY, frames_from, tables_from
from tests.oracles import profitability as oracle
from tests.oracles.canonical import Tables, half_up
from tests.tools.asking import ask, figure, rows_of
from tools.facts import ToolResult

Rows = dict[str, list[dict[str, Any]]]
SIX = {"cost_share", "top_cost_share", "top_profit_share", "spearman"}


def written(name: str, value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    return half_up(value, 6 if name.split(".")[1] in SIX else 4)


def assert_is(result: ToolResult, wanted: dict[str, Any]) -> None:
    expected = {
        f"account:{row['account_id']}": {
            name: written(name, value) for name, value in row.items() if name != "account_id"
        }
        for row in wanted["rows"]
    }
    assert list(rows_of(result)) == list(expected)
    assert rows_of(result) == expected
    for name, value in wanted["facts"].items():
        assert (name, figure(result, name)) == (name, written(name, value))


def company(*pairs: tuple[str, str]) -> Rows:
    """Accounts A, B ... with this cost to serve and this operating profit."""
    names = [chr(ord("A") + n) for n in range(len(pairs))]
    return {
        "accounts": [{"account_id": name, "name": f"company {name}"} for name in names],
        "order_lines": [
            {"order_id": f"O{name}", "line_no": 1, "account_id": name, "ordered_on": SAMPLE_DAY,
             "net_amount": Decimal(cost) + Decimal(profit), "standard_cost": Decimal(0),
             "freight": Decimal(cost)}
            for name, (cost, profit) in zip(names, pairs, strict=True)
        ],
    }  # fmt: skip


def asked(rows: Rows) -> ToolResult:
    result = ask("resource_concentration", tables_from(rows), SAMPLE_DAY, limit=500)
    assert_is(result, oracle.resources(frames_from(rows), SAMPLE_DAY))
    return result


@pytest.mark.parametrize("period", ["2026-08-01..2026-09-30"])
def test_the_resources_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, period: str
) -> None:
    result = ask("resource_concentration", sample, SAMPLE_DAY, period=period, limit=500)
    assert_is(result, oracle.resources(sample_raw, SAMPLE_DAY, period))


def test_the_costliest_account_of_the_least_profit_comes_first() -> None:
    result = asked(company(("9", "1"), ("2", "5"), ("3", "4"), ("4", "3"), ("5", "2")))
    assert rows_of(result)["account:A"] == {
        "account.name": "company A",
        "resource.cost_to_serve": 9,
        "resource.cost_rank": 1,
        "resource.cost_share": Decimal("0.391304"),
        "resource.profit": 1,
        "resource.profit_rank": 5,
        "resource.rank_gap": 4,
    }
    assert next(iter(rows_of(result))) == "account:A"
    assert figure(result, "resource.spearman") == -1
    assert figure(result, "resource.misplaced") == 1
    assert figure(result, "resource.top_accounts") == 1
    assert figure(result, "resource.top_profit_share") == Decimal("0.066667")


def test_allocated_costs_are_costs_to_serve() -> None:
    rows = company(("1", "5"), ("1", "5"))
    rows["cost_pools"] = [{"pool": "P", "item": "i", "period": "2026-09", "driver": "orders",
                           "amount": Decimal(6)}]  # fmt: skip
    row = rows_of(asked(rows))["account:A"]
    assert (row["resource.cost_to_serve"], row["resource.profit"]) == (4, 2)


def test_the_number_of_the_top_is_rounded_up() -> None:
    rows = company(*[(str(n), "1") for n in range(6)])
    assert figure(asked(rows), "resource.top_accounts") == 2
    for share, top in (("0.5", 3), ("0.51", 4), ("0", 0), ("1", 6)):
        tables = tables_from(
            rows, settings=Settings(profitability=Profitability(top_share=Decimal(share)))
        )
        result = ask("resource_concentration", tables, SAMPLE_DAY)
        assert figure(result, "resource.top_accounts") == top


def test_a_rank_correlation_of_four_is_refused() -> None:
    result = asked(company(("1", "4"), ("2", "3"), ("3", "2"), ("4", "1")))
    assert figure(result, "resource.spearman") is None
    assert any("at least 5 accounts; it has 4" in w.en for w in result.warnings)


def test_where_nothing_varies_there_is_no_rank_correlation() -> None:
    result = asked(company(*[("1", str(n)) for n in range(5)]))
    assert figure(result, "resource.spearman") is None
    assert any("the same" in w.en for w in result.warnings)


def test_ties_share_their_mean_rank_in_the_correlation_and_stand_by_id_in_the_ranks() -> None:
    result = asked(company(("1", "5"), ("1", "5"), ("3", "4"), ("4", "3"), ("5", "2")))
    ranks = {s: row["resource.cost_rank"] for s, row in rows_of(result).items()}
    assert (ranks["account:A"], ranks["account:B"]) == (4, 5)
    assert figure(result, "resource.spearman") == -1


def test_a_share_of_a_profit_that_is_not_above_zero_is_unknown() -> None:
    result = asked(company(("1", "-5"), ("2", "5")))
    assert figure(result, "resource.top_profit_share") is None
    assert figure(result, "resource.top_cost_share") == Decimal("0.666667")


def test_a_share_of_no_cost_is_unknown() -> None:
    result = asked(company(("0", "5"), ("0", "5")))
    assert figure(result, "resource.top_cost_share") is None
    assert {row["resource.cost_share"] for row in rows_of(result).values()} == {None}


def test_an_account_of_unknown_profit_is_left_out_and_counted() -> None:
    rows = company(("1", "5"), ("2", "5"))
    rows["order_lines"][0]["standard_cost"] = None
    result = asked(rows)
    assert list(rows_of(result)) == ["account:B"]
    fact = result.fact("resource.accounts")
    assert fact is not None
    assert [part.rows for part in fact.basis.left_out] == [1]


def test_an_empty_period_gives_zeros_and_unknown_shares() -> None:
    result = ask("resource_concentration", tables_from(company(("1", "5"))), SAMPLE_DAY,
                 period="2020")  # fmt: skip
    assert figure(result, "resource.accounts") == 0
    assert figure(result, "resource.top_cost_share") is None
    assert rows_of(result) == {}
