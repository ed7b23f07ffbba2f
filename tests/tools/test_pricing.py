"""Price and terms equal the oracle's; a discount is judged against peers, never alone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.scope import MissingDataError, ScopedTables
from crm.settings import Settings
from crm.thresholds import Profitability
from tests.companies import ADVENTUREWORKS_DAY, SAMPLE_DAY, frames_from, tables_from
from tests.oracles import adventureworks_full as full
from tests.oracles import pricing as oracle
from tests.oracles.canonical import Tables, half_up
from tests.tools.asking import ask, figure, rows_of
from tools.facts import ToolResult

Rows = dict[str, list[dict[str, Any]]]
PLACES = {"price.discount_rate": 6, "price.peer_median": 6, "price.robust_z": 3, "price.hours": 3}


def written(name: str, value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    return half_up(value, PLACES.get(name, 4))


def assert_is(result: ToolResult, wanted: dict[str, Any]) -> None:
    expected = {
        f"account:{row['account_id']}": {
            name: written(name, value)
            for name, value in row.items()
            if name not in {"account_id", "letter"}
        }
        for row in wanted["rows"][:500]
    }
    assert list(rows_of(result)) == list(expected)
    assert rows_of(result) == expected
    assert result.table is not None
    assert result.table.total_rows == len(wanted["rows"])
    for name, value in wanted["facts"].items():
        assert (name, figure(result, name)) == (name, written(name, value))


def company(*discounts: str | None, **more: Any) -> Rows:
    """Accounts A00, A01 ... of one channel and size with this discount on a list price of 100."""
    names = [f"A{n:02}" for n in range(len(discounts))]
    return {
        "accounts": [
            {"account_id": name, "name": f"company {name}", "channel": "直販", "employees": 100,
             "status": "customer", "owner_id": f"U{name}", "objective_score": None,
             "annual_revenue": None}
            for name in names
        ],
        "order_lines": [line(name, off) for name, off in zip(names, discounts, strict=True)],
        **more,
    }  # fmt: skip


def line(buyer: str, off: str | None, listed: str | None = "100", **more: Any) -> dict[str, Any]:
    return {
        "order_id": f"O{buyer}",
        "line_no": 1,
        "account_id": buyer,
        "ordered_on": SAMPLE_DAY,
        "list_amount": None if listed is None else Decimal(listed),
        "discount": None if off is None else Decimal(off),
        "net_amount": Decimal(50),
        "standard_cost": Decimal(1),
        **more,
    }


def activity(number: int, at: str, minutes: int | None, kind: str = "visit") -> dict[str, Any]:
    found = {"activity_id": f"V{number}", "account_id": at, "kind": kind}
    known = None if minutes is None else Decimal(minutes)
    return {**found, "occurred_on": SAMPLE_DAY, "minutes": known}


def asked(rows: Rows) -> ToolResult:
    result = ask("price_and_terms", tables_from(rows), SAMPLE_DAY, limit=500)
    assert_is(result, oracle.pricing(frames_from(rows), SAMPLE_DAY))
    return result


def column(result: ToolResult, name: str) -> dict[str, Any]:
    return {s.removeprefix("account:"): row[name] for s, row in sorted(rows_of(result).items())}


@pytest.mark.parametrize("period", [None, "2026-04-05..2026-07-20"], ids=str)
def test_the_prices_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, period: str | None
) -> None:
    asked_for = {} if period is None else {"period": period}
    result = ask("price_and_terms", sample, SAMPLE_DAY, limit=500, **asked_for)
    assert_is(result, oracle.pricing(sample_raw, SAMPLE_DAY, period))


def test_the_prices_of_adventureworks(adventureworks: ScopedTables) -> None:
    period = "2013-08-01..2013-11-30"
    result = ask("price_and_terms", adventureworks, ADVENTUREWORKS_DAY, limit=500, period=period)
    tables = {name: full.tables()[name] for name in ("accounts", "order_lines")}
    assert_is(result, oracle.pricing(tables, ADVENTUREWORKS_DAY, period, full.FISCAL_START))


RATES = st.lists(st.sampled_from(["0", "1", "2.5", "7", "7.0001", "33.3333", "90"]), min_size=1,
                 max_size=12)  # fmt: skip


@settings(max_examples=15, deadline=None, derandomize=True)
@given(RATES)
def test_any_discounts_are_judged_as_the_oracle_judges_them(discounts: list[str]) -> None:
    asked(company(*discounts))


def test_a_discount_far_from_the_peers_is_an_outlier_and_costs_what_is_above_the_median() -> None:
    result = asked(company("1", "2", "3", "4", "5", "6", "7", "40"))
    row = rows_of(result)["account:A07"]
    assert row["price.peer_median"] == Decimal("0.045")
    assert row["price.robust_z"] == Decimal("11.972")  # 0.6745 x 0.355 / 0.02
    assert (row["price.outlier"], row["price.excess"]) == ("yes", Decimal("35.5"))
    assert figure(result, "price.outliers") == 1
    assert figure(result, "price.discount_rate") == Decimal("0.085")
    assert figure(result, "price.discount_at_median") == Decimal("35.5") + 4 + Decimal("0.5")
    assert next(iter(rows_of(result))) == "account:A07"


def test_z_is_compared_with_the_limit_before_it_is_rounded() -> None:
    rows = company("1", "2", "3", "4", "5", "6", "7", "40")
    z = Fraction(6745, 10_000) * Fraction("0.355") / Fraction("0.02")  # 11.972375
    for limit, outlier in ((Decimal("11.9723"), "yes"), (Decimal("11.972375"), "no")):
        tables = tables_from(rows, settings=Settings(profitability=Profitability(outlier_z=limit)))
        result = ask("price_and_terms", tables, SAMPLE_DAY)
        assert (z > Fraction(limit)) == (outlier == "yes")
        assert rows_of(result)["account:A07"]["price.outlier"] == outlier


def test_where_the_peers_do_not_differ_nothing_is_an_outlier() -> None:
    result = asked(company("5", "5", "5", "5", "5", "5", "5", "40"))
    assert set(column(result, "price.robust_z").values()) == {None}
    assert set(column(result, "price.outlier").values()) == {None}
    assert figure(result, "price.outliers") == 0


@pytest.mark.parametrize(
    ("size", "channel", "group", "peers"),
    [(100, "直販", "size_and_channel", 8), (5000, "直販", "channel", 9),
     (None, "直販", "channel", 9), (100, "代理店", "all", 9), (100, None, "all", 9)],
)  # fmt: skip
def test_peers_are_of_its_size_and_channel_else_of_its_channel_else_all(
    size: int | None, channel: str | None, group: str, peers: int
) -> None:
    like = company(*["5"] * 8, "9")
    like["accounts"][8] |= {"employees": size, "channel": channel}
    if group == "size_and_channel":
        like["accounts"].pop(0)
        like["order_lines"].pop(0)
    row = rows_of(asked(like))["account:A08"]
    assert (row["price.peer_group"], row["price.peers"]) == (group, peers)


@pytest.mark.parametrize(("listed", "off"), [(None, "5"), ("100", None), ("0", "5"), ("-10", "5")])
def test_an_account_without_list_sales_or_discount_has_no_rate(
    listed: str | None, off: str | None
) -> None:
    like = company("5", "6")
    like["order_lines"].append(line("A09", off, listed))
    like["accounts"].append({**like["accounts"][0], "account_id": "A09"})
    assert list(column(asked(like), "price.peers")) == ["A00", "A01"]


def test_a_rate_rests_on_the_lines_that_have_both_amounts() -> None:
    like = company("5", "6")
    like["order_lines"].append({**line("A00", None), "line_no": 2})
    result = asked(like)
    assert column(result, "price.discount_rate") == {"A00": Decimal("0.05"), "A01": Decimal("0.06")}
    fact = result.fact("price.discount_rate")
    assert fact is not None
    assert (fact.basis.rows, [part.rows for part in fact.basis.left_out]) == (2, [1])


@pytest.mark.parametrize(("days", "n"), [(0, 2), (364, 2), (365, 1), (-1, 1)])
def test_prices_are_those_of_the_trailing_year(days: int, n: int) -> None:
    like = company("5", "6")
    like["order_lines"][0]["ordered_on"] = SAMPLE_DAY - timedelta(days=days)
    assert figure(asked(like), "price.accounts") == n


def test_nobody_to_compare_makes_an_empty_list() -> None:
    result = ask("price_and_terms", tables_from(company("5", "6")), SAMPLE_DAY, period="2020")
    assert rows_of(result) == {}
    assert figure(result, "price.accounts") == 0
    assert figure(result, "price.discount_rate") is None
    assert figure(result, "price.discount_at_median") == 0


def test_hours_against_worth_tell_who_gets_too_much_and_too_little() -> None:
    like = company(*["5"] * 6)
    for each, worth in zip(like["accounts"], (1, 2, 3, 4, 5, 6), strict=True):
        each["objective_score"] = Decimal(worth)
    like["activities"] = [activity(n, f"A{n:02}", 600 - 100 * n) for n in range(6)]
    result = asked(like)
    assert column(result, "price.attention") == {
        "A00": "over", "A01": "over", "A02": "fair", "A03": "fair", "A04": "under", "A05": "under"
    }  # fmt: skip
    assert list(column(result, "price.visit_rank").values()) == [1, 2, 3, 4, 5, 6]
    assert list(column(result, "price.worth_rank").values()) == [6, 5, 4, 3, 2, 1]
    assert column(result, "price.hours")["A00"] == 10
    assert column(result, "price.visits")["A00"] == 1


def test_an_account_of_unknown_worth_is_neither_over_nor_under_served() -> None:
    like = company("5", "6", activities=[activity(1, "A00", 60)])
    for each in like["accounts"]:
        each["employees"] = None
    assert set(column(asked(like), "price.attention").values()) == {None}


def test_activities_without_minutes_are_visits_of_unknown_hours() -> None:
    like = company("5", "6", "7")
    like["activities"] = [activity(1, "A00", None), activity(2, "A01", 30, "call")]
    result = asked(like)
    assert column(result, "price.hours") == {"A00": None, "A01": Decimal("0.5"), "A02": 0}
    assert column(result, "price.visits") == {"A00": 1, "A01": 0, "A02": 0}


def test_without_activities_effort_is_unknown_and_said() -> None:
    result = asked(company("5", "6"))
    assert set(column(result, "price.hours").values()) == {None}
    assert set(column(result, "price.visits").values()) == {None}
    assert any("activities" in w.en for w in result.warnings)


def test_without_list_prices_the_question_is_refused() -> None:
    like = company("5")
    for each in like["order_lines"]:
        del each["discount"]
    with pytest.raises(MissingDataError, match="list_amount and discount"):
        ask("price_and_terms", tables_from(like), SAMPLE_DAY)


def test_filters_choose_rows_and_never_the_peers() -> None:
    tables = tables_from(company("1", "2", "3", "4", "5", "6", "7", "40"))
    every = rows_of(ask("price_and_terms", tables, SAMPLE_DAY))
    for chosen in ({"owner_id": "UA03"}, {"account_id": "A03"}):
        result = ask("price_and_terms", tables, SAMPLE_DAY, **chosen)
        assert rows_of(result) == {"account:A03": every["account:A03"]}
        assert figure(result, "price.accounts") == 8


def test_the_order_of_rows_means_nothing() -> None:
    like = company("1", "9", "3", "4", "9", "6", "7", "40")
    turned = {table: each[::-1] for table, each in like.items()}
    assert list(rows_of(asked(turned)).items()) == list(rows_of(asked(like)).items())


def test_scaling_money_scales_the_excess_and_no_rate() -> None:
    like = company("1", "9", "3")
    scaled = {
        **like,
        "order_lines": [
            {c: v * 7 if c in {"list_amount", "discount"} else v for c, v in row.items()}
            for row in like["order_lines"]
        ],
    }
    once, times = asked(like), asked(scaled)
    for name in ("price.discount_rate", "price.robust_z", "price.outlier"):
        assert column(times, name) == column(once, name)
    excess = column(once, "price.excess")
    assert column(times, "price.excess") == {a: 7 * amount for a, amount in excess.items()}
