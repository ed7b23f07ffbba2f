"""The whale curve equals the oracle's; its peak is what the profitable accounts bring."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crm.scope import Scope, ScopedTables
from tests.companies import ADVENTUREWORKS_DAY, SAMPLE_DAY, frames_from, tables_from
from tests.oracles import adventureworks as aw
from tests.oracles import profitability as oracle
from tests.oracles.canonical import Tables, half_up
from tests.tools.asking import ask, figure, money, rows_of
from tools.facts import ToolResult

Rows = dict[str, list[dict[str, Any]]]
RATIOS = {"whale.losers_share", "whale.peak_to_end", "whale.share_of_total"}
QUARTER = "2026-07-01..2026-09-30"
HISTORY = "2010-12-01..2013-11-30"


def written(name: str, value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    return half_up(value, 6 if name in RATIOS else 4)


def assert_is(result: ToolResult, wanted: dict[str, Any]) -> None:
    """The curve is the oracle's.

    An account's profit has four decimals, and sums are of these: with labour from hours, the
    oracle's exact sum may differ from that by half a unit for each account.
    """
    found = rows_of(result)
    profits = {r["account_id"]: written("profit", r["whale.profit"]) for r in wanted["rows"]}
    assert list(found) == [f"account:{i}" for i in profits]
    running = Decimal(0)
    for row in wanted["rows"]:
        mine = dict(found[f"account:{row['account_id']}"])
        running += profits[row["account_id"]]
        assert mine.pop("whale.cumulative") == running
        assert mine == {name: written(name, row[name]) for name in mine}
    facts = dict(wanted["facts"])
    for name, some in (
        ("total", list(profits.values())),
        ("peak", [p for p in profits.values() if p > 0]),
        ("lost", [p for p in profits.values() if p < 0]),
    ):
        assert figure(result, f"whale.{name}") == sum(some, Decimal(0))
        assert abs(sum(some, Decimal(0)) - written("", facts.pop(f"whale.{name}"))) < Decimal(
            "0.01"
        )
    for name, value in facts.items():
        assert (name, figure(result, name)) == (name, written(name, value))


def line(number: int, buyer: str, net: str, **more: Any) -> dict[str, Any]:
    return {
        "order_id": f"O{number}",
        "line_no": 1,
        "account_id": buyer,
        "ordered_on": SAMPLE_DAY,
        "net_amount": Decimal(net),
        "standard_cost": Decimal(0),
        **more,
    }


def company(**profits: str | None) -> Rows:
    """Accounts with these profits; unknown where no cost is known."""
    return {
        "accounts": [
            {"account_id": name, "name": f"company {name}", "owner_id": f"U{name}"}
            for name in profits
        ],
        "order_lines": [
            line(n, name, profit or "5", standard_cost=Decimal(0) if profit else None)
            for n, (name, profit) in enumerate(profits.items())
        ],
    }


def asked(rows: Rows, **more: Any) -> ToolResult:
    result = ask("whale_curve", tables_from(rows), SAMPLE_DAY, limit=500, **more)
    basis = more.get("basis", "operating")
    assert_is(result, oracle.whale(frames_from(rows), SAMPLE_DAY, None, basis))
    return result


def facts(result: ToolResult, *names: str) -> list[Any]:
    return [figure(result, f"whale.{name}") for name in names]


@pytest.mark.parametrize("basis", ["operating", "contribution", "gross"])
def test_the_curve_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, basis: str
) -> None:
    result = ask("whale_curve", sample, SAMPLE_DAY, period=QUARTER, basis=basis, limit=500)
    assert_is(result, oracle.whale(sample_raw, SAMPLE_DAY, QUARTER, basis))
    assert figure(result, "whale.basis") == basis


def test_before_any_pool_399_of_635_buying_resellers_of_adventureworks_lose_money(
    adventureworks: ScopedTables,
) -> None:
    result = ask("whale_curve", adventureworks, ADVENTUREWORKS_DAY, period=HISTORY,
                 basis="contribution", limit=500)  # fmt: skip
    told = facts(result, "accounts", "losers", "peak_accounts", "losers_share", "peak_to_end")
    assert told == [635, 399, 236, Decimal("0.628346"), None]
    peak, end = facts(result, "peak", "total")
    assert [round(peak, 2), round(end, 2)] == [Decimal("1896723.77"), Decimal("-1540783.31")]
    wanted = aw.losers()
    assert [peak, end] == [wanted["peak"], wanted["end"]]
    best = next(iter(rows_of(result).items()))
    assert (best[0], round(best[1]["whale.profit"], 2)) == (  # type: ignore[call-overload]
        "account:496",
        Decimal("49423.87"),
    )
    worst = ask("whale_curve", adventureworks, ADVENTUREWORKS_DAY, period=HISTORY,
                basis="contribution", account_id="599")  # fmt: skip
    row = rows_of(worst)["account:599"]
    assert row["whale.rank"] == 635
    assert row["whale.cumulative"] == end
    assert money(row["whale.profit"]) == wanted["worst"]["profit"]


def test_the_curve_of_adventureworks_is_that_of_its_raw_lines(
    adventureworks: ScopedTables,
) -> None:
    result = ask("whale_curve", adventureworks, ADVENTUREWORKS_DAY, period=HISTORY,
                 basis="contribution", limit=500)  # fmt: skip
    every = aw.resellers().to_dict("records")
    wanted = sorted(every, key=lambda r: (-r["profit"], r["account_id"]))[:500]
    told = [(s, row["account.name"], row["whale.profit"]) for s, row in rows_of(result).items()]
    assert told == [(f"account:{r['account_id']}", r["name"], r["profit"]) for r in wanted]


def test_the_peak_is_what_the_profitable_accounts_bring() -> None:
    result = asked(company(A="5", B="-3", C="10", D="0"))
    assert facts(result, "accounts", "peak", "peak_accounts", "losers") == [4, 15, 2, 1]
    assert facts(result, "lost", "total") == [-3, 12]
    assert facts(result, "losers_share", "peak_to_end") == [Decimal("0.25"), Decimal("1.25")]


def test_where_all_lose_the_peak_is_zero_and_nobody_makes_it() -> None:
    result = asked(company(A="-5", B="-3"))
    assert facts(result, "peak", "peak_accounts", "peak_to_end") == [0, 0, None]
    assert [row["whale.cumulative"] for row in rows_of(result).values()] == [-3, -8]


def test_where_profits_and_losses_cancel_a_share_of_the_total_is_unknown() -> None:
    result = asked(company(A="5", B="-5"))
    assert {row["whale.share_of_total"] for row in rows_of(result).values()} == {None}


def test_an_account_of_unknown_profit_is_counted_and_not_on_the_curve() -> None:
    result = asked(company(A="5", B=None))
    assert facts(result, "accounts", "unknown") == [1, 1]
    assert list(rows_of(result)) == ["account:A"]
    fact = result.fact("whale.total")
    assert fact is not None
    assert [part.rows for part in fact.basis.left_out] == [1]


def test_an_account_without_orders_in_the_period_is_not_on_the_curve() -> None:
    rows = company(A="5", B="7")
    rows["order_lines"].pop()
    assert facts(asked(rows), "accounts", "unknown") == [1, 0]


def test_nobody_at_all_makes_an_empty_curve() -> None:
    rows = company(A="5")
    result = ask("whale_curve", tables_from(rows), SAMPLE_DAY, period="2020")
    assert facts(result, "accounts", "total", "peak", "losers_share") == [0, 0, 0, None]
    assert rows_of(result) == {}


def test_equal_profits_stand_in_the_order_of_their_ids() -> None:
    rows = company(C="5", A="5", B="5")
    assert list(rows_of(asked(rows))) == ["account:A", "account:B", "account:C"]
    turned = {table: each[::-1] for table, each in rows.items()}
    assert rows_of(asked(turned)) == rows_of(asked(rows))


def test_filters_and_limit_choose_rows_and_never_the_curve() -> None:
    rows = company(A="5", B="-3", C="10")
    tables = tables_from(rows)
    every = rows_of(ask("whale_curve", tables, SAMPLE_DAY))
    for given, listed in (
        ({"owner_id": "UB"}, ["account:B"]),
        ({"account_id": "A"}, ["account:A"]),
        ({"limit": 2}, ["account:C", "account:A"]),
    ):
        result = ask("whale_curve", tables, SAMPLE_DAY, **given)
        assert rows_of(result) == {subject: every[subject] for subject in listed}
        assert facts(result, "accounts", "total") == [3, 12]
    assert result.table is not None
    assert result.table.total_rows == 3


def test_the_curve_is_of_what_the_asker_sees() -> None:
    mine = Scope(sees_all=False, person_ids=frozenset({"UA", "UB"}))
    result = ask("whale_curve", tables_from(company(A="5", B="-3", C="10"), mine), SAMPLE_DAY)
    assert facts(result, "accounts", "total") == [2, 2]


def test_a_group_is_one_account_on_the_curve() -> None:
    rows = company(A="5", B="-3", C="10")
    for each in rows["accounts"]:
        each["parent_id"] = "A" if each["account_id"] == "B" else None
    result = ask("whale_curve", tables_from(rows), SAMPLE_DAY, group=True)
    told = {subject: row["whale.profit"] for subject, row in rows_of(result).items()}
    assert told == {"account:C": 10, "account:A": 2}


def test_shares_of_few_accounts_are_said_to_prove_little() -> None:
    few = asked(company(A="5", B="-3"))
    assert any(w.en.startswith("Few cases") for w in few.warnings)
    enough = asked(company(A="5", B="-3", C="1", D="2", E="3"))
    assert not any(w.en.startswith("Few cases") for w in enough.warnings)
