"""The waterfall of an account equals the oracle's line by line, and its lines add up exactly."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import NotFoundError
from crm.scope import MissingDataError, Scope, ScopedTables
from tests.companies import SAMPLE_DAY, frames_from, tables_from
from tests.oracles import profitability as oracle
from tests.oracles.canonical import Tables, half_up
from tests.tools.asking import ask, figure, rows_of
from tools.facts import ToolResult, Value
from tools.words import word

Rows = dict[str, list[dict[str, Any]]]
RATIOS = {"profit.share_of_sales", "profit.operating_margin"}


def written(name: str, value: Any) -> Any:
    """An oracle's value as a fact of that name keeps it."""
    if value is None or isinstance(value, str):
        return value
    return half_up(value, 6 if name in RATIOS else 4)


def expected_rows(found: dict[str, Any]) -> list[dict[str, Value]]:
    """The oracle's lines; an allocated line of a standard line has a code of its own.

    A line that is not allocated has no driver: that is nothing unknown, so it is empty.
    """
    lines = []
    for row in found["rows"]:
        line = {name: written(name, value) for name, value in row.items()}
        line["profit.driver"] = row["profit.driver"] or ""
        if row["profit.kind"] == "allocated" and row["profit.line"] in oracle.LINES:
            line["profit.line"] += "_allocated"
        lines.append(line)
    return lines


def assert_is(result: ToolResult, wanted: dict[str, Any]) -> None:
    assert list(rows_of(result).values()) == expected_rows(wanted)
    for name, value in wanted["facts"].items():
        fact = result.fact(name)
        assert (name, fact and fact.value) == (name, written(name, value))


def adds_up(result: ToolResult) -> bool:
    """Whether the lines that are no sums, from net sales on where list sales are unknown, do."""
    rows = list(rows_of(result).values())
    if rows[0]["profit.amount"] is None:
        start = [row["profit.line"] for row in rows].index("net_sales")
        rows = [rows[start] | {"profit.kind": "direct"}, *rows[start + 1 :]]
    parts = [row["profit.amount"] for row in rows if row["profit.kind"] != "sum"]
    total: Decimal = sum(parts, Decimal(0))  # type: ignore[arg-type]
    return total == rows[-1]["profit.amount"]


def line(number: int, net: str, **more: Any) -> dict[str, Any]:
    return {
        "order_id": f"O{number}",
        "line_no": 1,
        "account_id": "A",
        "ordered_on": SAMPLE_DAY,
        "list_amount": Decimal(net),
        "discount": Decimal(0),
        "net_amount": Decimal(net),
        "standard_cost": Decimal(net) / 2,
        "freight": Decimal(1),
        **more,
    }


def cost(item: str, amount: str, **more: Any) -> dict[str, Any]:
    found = {"account_id": "A", "item": item, "incurred_on": SAMPLE_DAY}
    return {**found, "amount": Decimal(amount), **more}


def pool(item: str, amount: str, driver: str = "orders") -> dict[str, Any]:
    found = {"pool": f"pool of {item}", "item": item, "period": "2026-09", "driver": driver}
    return {**found, "amount": Decimal(amount)}


def company(*lines: Any, **more: Any) -> Rows:
    return {
        "accounts": [{"account_id": "A", "name": "甲", "owner_id": "U1"},
                     {"account_id": "B", "name": "乙", "owner_id": "U2"}],
        "order_lines": list(lines),
        **more,
    }  # fmt: skip


def asked(rows: Rows, **more: Any) -> ToolResult:
    """A's waterfall, compared with the oracle's."""
    result = ask("customer_profitability", tables_from(rows), SAMPLE_DAY, account_id="A", **more)
    wanted = oracle.waterfall(frames_from(rows), SAMPLE_DAY, "A", more.get("period"))
    assert_is(result, wanted)
    return result


def amounts(result: ToolResult) -> dict[Value, Value]:
    return {row["profit.line"]: row["profit.amount"] for row in rows_of(result).values()}


@pytest.mark.parametrize("period", [None, "2026-01-10..2026-03-20"], ids=str)
def test_the_waterfalls_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, period: str | None
) -> None:
    every = oracle.waterfalls(sample_raw, SAMPLE_DAY, period)
    given = {} if period is None else {"period": period}
    for account in list(every)[:: 9 if period is None else 30]:
        result = ask("customer_profitability", sample, SAMPLE_DAY, account_id=account, **given)
        assert_is(result, every[account])
        assert adds_up(result) or figure(result, "profit.operating_profit") is None


def test_every_line_of_the_waterfall_stands_in_its_place() -> None:
    rows = company(
        line(1, "1000", list_amount=Decimal(1100), discount=Decimal(100)),
        direct_costs=[cost(item, "1") for item in (*oracle.COSTS, "customer_manufacturing")],
        cost_pools=[pool("marketing", "7"), pool("delivery", "5"), pool("labour", "3")],
    )
    result = asked(rows)
    assert list(amounts(result)) == [
        "list_sales", "discount", "net_sales", "standard_cost", "customer_manufacturing",
        "gross_profit", "labour", "entertainment", "rebate", "store_promotion", "delivery",
        "packing", "inventory", "service", "capital", "labour_allocated", "delivery_allocated",
        "marketing", "operating_profit",
    ]  # fmt: skip
    assert amounts(result)["delivery"] == -2  # booked, and the freight of the line
    assert figure(result, "profit.operating_profit") == 1000 - 500 - 1 - 9 - 1 - 15
    assert adds_up(result)


def test_every_line_is_called_by_words_in_both_languages(sample: ScopedTables) -> None:
    result = ask("customer_profitability", sample, SAMPLE_DAY, account_id="A001")
    for row in rows_of(result).values():
        for name, unit in (("profit.line", "profit_line"), ("profit.kind", "profit_kind")):
            code = str(row[name])
            assert word(code, unit, "ja") != code
            assert word(code, unit, "en")


def test_a_gap_between_the_records_is_a_line_of_its_own() -> None:
    result = asked(company(line(1, "90", list_amount=Decimal(100), discount=Decimal(8))))
    assert amounts(result)["list_gap"] == -2
    assert adds_up(result)


def test_without_every_list_price_the_first_two_lines_are_unknown() -> None:
    result = asked(company(line(1, "90"), line(2, "10", discount=None)))
    assert [amounts(result)[code] for code in ("list_sales", "discount")] == [None, None]
    assert "list_gap" not in amounts(result)
    assert adds_up(result)


def test_sales_of_unknown_cost_are_taken_off_and_said() -> None:
    result = asked(company(line(1, "90"), line(2, "10", standard_cost=None)))
    assert amounts(result)["uncosted_sales"] == -10
    assert adds_up(result)
    assert any("1 order line has no cost" in w.en for w in result.warnings)
    fact = result.fact("profit.operating_profit")
    assert fact is not None
    assert [(part.rows, part.reason.en) for part in fact.basis.left_out] == [(1, "cost unknown")]


def test_when_no_cost_is_known_profit_is_unknown_and_never_zero() -> None:
    result = asked(company(line(1, "90", standard_cost=None), cost_pools=[pool("x", "5")]))
    for name in ("gross_profit_p", "contribution_p", "operating_profit", "operating_margin"):
        assert figure(result, f"profit.{name}") is None
    assert figure(result, "profit.allocated") == 5


def test_an_account_without_orders_has_sales_of_zero_and_its_costs() -> None:
    result = asked(company(direct_costs=[cost("rebate", "5")]))
    assert figure(result, "profit.net_sales") == 0
    assert figure(result, "profit.operating_profit") == -5
    assert figure(result, "profit.operating_margin") is None
    assert adds_up(result)


def test_hours_are_labour_where_none_is_booked() -> None:
    rows = company(
        line(1, "90"),
        people=[{"person_id": "U1", "name": "u", "hourly_cost": Decimal(100)}],
        activities=[
            {"activity_id": "V", "account_id": "A", "person_id": "U1", "kind": "call",
             "occurred_on": SAMPLE_DAY, "minutes": Decimal(20)}
        ],
    )  # fmt: skip
    assert amounts(asked(rows))["labour"] == Decimal("-33.3333")
    assert adds_up(asked(rows))
    rows["direct_costs"] = [cost("labour", "7")]
    assert amounts(asked(rows))["labour"] == -7


@pytest.mark.parametrize(("days", "counted"), [(0, 90), (364, 90), (365, 0), (-1, 0)])
def test_without_a_period_the_trailing_year_is_taken(days: int, counted: int) -> None:
    result = asked(company(line(1, "90", ordered_on=SAMPLE_DAY - timedelta(days=days))))
    assert figure(result, "profit.net_sales") == counted
    assert figure(result, "meta.from") == SAMPLE_DAY - timedelta(days=364)


def test_a_period_is_cut_at_the_day() -> None:
    later = line(2, "5", ordered_on=SAMPLE_DAY + timedelta(days=1))
    result = asked(company(line(1, "90"), later), period="FY2026")
    assert figure(result, "profit.net_sales") == 90
    assert figure(result, "meta.to") == SAMPLE_DAY


def test_a_driver_is_named_and_several_are_joined() -> None:
    rows = company(line(1, "90"), cost_pools=[pool("x", "5"), pool("x", "6", "net_sales")])
    row = rows_of(asked(rows))["line:x"]
    assert (row["profit.driver"], row["profit.kind"]) == ("net_sales, orders", "allocated")


def test_the_unallocated_money_is_told_in_all_and_by_pool() -> None:
    rows = company(line(1, "90"), cost_pools=[pool("x", "5", "visits"), pool("y", "6", "visits")])
    result = asked(rows)
    assert figure(result, "profit.unallocated") == 11
    told = {f.subject: f.value for f in result.facts if f.name == "profit.unallocated_pool"}
    assert told == {"pool:pool of x": 5, "pool:pool of y": 6}


def test_what_is_missing_is_named() -> None:
    rows = company(line(1, "90"))
    for each in rows["order_lines"]:
        del each["freight"]
    said = " ".join(w.en for w in asked(rows).warnings)
    for name in ("cost_pools", "direct_costs", "order_lines.freight"):
        assert name in said
    del rows["order_lines"]
    with pytest.raises(MissingDataError, match="order_lines"):
        ask("customer_profitability", tables_from(rows), SAMPLE_DAY, account_id="A")


def test_an_account_out_of_sight_is_not_found() -> None:
    mine = Scope(sees_all=False, person_ids=frozenset({"U2"}))
    with pytest.raises(NotFoundError):
        ask("customer_profitability", tables_from(company(line(1, "9")), mine), SAMPLE_DAY,
            account_id="A")  # fmt: skip


def test_scaling_money_scales_every_amount_and_no_share() -> None:
    costs = [cost("rebate", "5")]
    pools = [pool("x", "12"), pool("y", "4", "net_sales")]
    once = asked(company(line(1, "90"), direct_costs=costs, cost_pools=pools))
    rows = company(
        line(1, "900", freight=Decimal(10)),
        direct_costs=[cost("rebate", "50")],
        cost_pools=[pool("x", "120"), pool("y", "40", "net_sales")],
    )
    ten = asked(rows)
    for name, amount in amounts(once).items():
        assert amounts(ten)[name] == 10 * amount  # type: ignore[operator]
    shares = [[r["profit.share_of_sales"] for r in rows_of(x).values()] for x in (once, ten)]
    assert shares[0] == shares[1]
    assert figure(ten, "profit.operating_margin") == figure(once, "profit.operating_margin")
