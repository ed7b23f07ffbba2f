"""Channels equal the oracle's, and their parts add up to the whole."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.scope import MissingDataError, ScopedTables
from crm.settings import Settings
from crm.thresholds import Channels
from tests.companies import SAMPLE_DAY, frames_from, tables_from
from tests.oracles.canonical import Row
from tests.oracles.segmentation import channels as oracle
from tests.tools.asking import ask, figure, rows_of
from tests.tools.segments import ADVENTUREWORKS, SAMPLE_COMPANY, Company, told
from tools.facts import ToolResult

COLUMNS = tuple(
    f"channel.{name}"
    for name in (
        "name", "rank", "score", "accounts", "sales", "share", "growth", "headroom", "margin",
        "priority",
    )
)  # fmt: skip
YEAR = timedelta(days=365)


def assert_as_the_oracle_has_it(result: ToolResult, wanted: Row) -> None:
    """Profit may differ by half a last decimal for each account: theirs are kept to four."""
    rows = [
        {"subject": f"channel:{row['channel.name'] or ''}", **{name: row[name] for name in COLUMNS}}
        for row in wanted["rows"]
    ]
    assert told(result, COLUMNS) == rows
    profits = [row["channel.profit"] for row in wanted["rows"]]
    for row, profit in zip(rows_of(result).values(), profits, strict=True):
        found: Any = row["channel.profit"]
        assert (found is None) == (profit is None)
        assert found is None or abs(found - profit) < Decimal("0.01")
    for name in ("channel.agreement", "channel.hhi"):
        assert (name, figure(result, name)) == (name, wanted[name])


def assert_every_channel(company: Company, tables: ScopedTables, **given: Any) -> None:
    result = ask("channels", tables, company.day, **given)
    first, last = (figure(result, f"meta.{end}") for end in ("from", "to"))
    assert isinstance(first, date)
    assert isinstance(last, date)
    wanted = oracle(
        company.raw, company.day, first, last,
        fiscal_start=company.fiscal_start, found=company.drivers(),
    )  # fmt: skip
    assert_as_the_oracle_has_it(result, wanted)


@pytest.mark.parametrize("given", [{}, {"period": "FY2026H1"}], ids=str)
def test_every_channel_of_the_sample_company(sample: ScopedTables, given: dict[str, str]) -> None:
    assert_every_channel(SAMPLE_COMPANY, sample, **given)


@pytest.mark.slow
def test_every_channel_of_adventureworks(adventureworks: ScopedTables) -> None:
    assert_every_channel(ADVENTUREWORKS, adventureworks)


def company_of(
    *accounts: tuple[str, str | None, int, int], factor: int = 1
) -> dict[str, list[dict[str, Any]]]:
    """Accounts: id, channel, net sales of the year and of the year before."""
    return {
        "accounts": [
            {"account_id": i, "name": i, "status": "customer", "channel": channel}
            for i, channel, *_ in accounts
        ],
        "order_lines": [
            {"order_id": f"O-{i}-{day}", "line_no": 1, "account_id": i, "ordered_on": day,
             "net_amount": Decimal(sold * factor), "standard_cost": Decimal(10 * factor)}
            for i, _, now, before in accounts
            for sold, day in ((now, SAMPLE_DAY), (before, SAMPLE_DAY - YEAR))
            if sold
        ],
    }  # fmt: skip


def compared(rows: dict[str, list[dict[str, Any]]], *priority: str, **given: Any) -> ToolResult:
    tables = tables_from(rows, settings=Settings(channels=Channels(priority=list(priority))))
    result = ask("channels", tables, SAMPLE_DAY, **given)
    wanted = oracle(frames_from(rows), SAMPLE_DAY, priority=priority)
    if not given:
        assert_as_the_oracle_has_it(result, wanted)
    return result


FOUR = (
    ("A", "直販", 100, 80), ("B", "直販", 50, 0), ("C", "代理店", 70, 90), ("D", "EC", 30, 10),
    ("E", None, 20, 20),
)  # fmt: skip


def test_accounts_without_a_channel_are_a_row_of_their_own() -> None:
    result = compared(company_of(*FOUR))
    assert rows_of(result)["channel:"]["channel.name"] is None
    assert figure(result, "channel.count") == 3


def test_sales_and_shares_add_up_to_the_whole() -> None:
    rows = rows_of(compared(company_of(*FOUR))).values()
    sales, shares = (
        sum((Decimal(str(r[name])) for r in rows), Decimal(0))
        for name in ("channel.sales", "channel.share")
    )
    assert sales == 270
    assert abs(shares - 1) < Decimal("0.00001")


def test_scaling_money_changes_no_score() -> None:
    before, after = (
        {
            s: row["channel.score"]
            for s, row in rows_of(compared(company_of(*FOUR, factor=f))).items()
        }
        for f in (1, 1000)
    )
    assert after == before


@pytest.mark.parametrize(
    ("priority", "agreement"),
    [
        ((), None),
        (("直販", "EC"), None),
        (("直販", "EC", "店舗"), None),
        (("直販", "EC", "代理店"), 1),
        (("代理店", "EC", "直販"), -1),
    ],
)
def test_agreement_needs_three_channels_of_the_data(
    priority: tuple[str, ...], agreement: int | None
) -> None:
    result = compared(company_of(*FOUR), *priority)
    assert figure(result, "channel.agreement") == agreement
    said = any("Fewer than three" in w.en for w in result.warnings)
    assert said == (bool(priority) and agreement is None)


def test_a_channel_without_sales_before_has_no_growth() -> None:
    rows = rows_of(compared(company_of(("A", "直販", 100, 0), ("B", "EC", 10, 5))))
    assert rows["channel:直販"]["channel.growth"] is None
    assert rows["channel:EC"]["channel.growth"] == 1


def test_nothing_sold_is_no_share_and_no_concentration() -> None:
    rows = company_of(("A", "直販", 0, 0))
    result = compared(rows)
    (row,) = rows_of(result).values()
    assert (row["channel.sales"], row["channel.share"], row["channel.profit"]) == (0, None, None)
    assert figure(result, "channel.hhi") is None


def test_a_period_is_compared_with_the_same_days_a_year_before() -> None:
    rows = company_of(*FOUR)
    rows["order_lines"].append(
        {"order_id": "late", "line_no": 1, "account_id": "D", "ordered_on": date(2026, 3, 1),
         "net_amount": Decimal(999), "standard_cost": Decimal(1)}
    )  # fmt: skip
    result = compared(rows, period="FY2026H1")
    assert figure(result, "meta.from") == date(2026, 4, 1)
    row = rows_of(result)["channel:EC"]
    assert (row["channel.sales"], row["channel.growth"]) == (30, 2)


def test_an_unrelated_account_changes_no_other_channels_sums() -> None:
    before = rows_of(compared(company_of(*FOUR)))
    after = rows_of(compared(company_of(*FOUR, ("Z", "店舗", 5, 5))))
    for subject, row in before.items():
        for name in ("accounts", "sales", "growth", "headroom", "profit", "margin"):
            assert after[subject][f"channel.{name}"] == row[f"channel.{name}"]


def test_without_orders_there_is_nothing_to_compare(maven: ScopedTables) -> None:
    with pytest.raises(MissingDataError, match="order_lines"):
        ask("channels", maven, SAMPLE_DAY)
