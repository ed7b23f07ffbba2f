"""The two figures of every account equal the oracle's, and a sum of unknowns stays unknown."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import NotFoundError
from crm.scope import MissingDataError, ScopedTables
from tests.companies import (
    ADVENTUREWORKS_DAY,
    MAVEN_DAY,
    SAMPLE_DAY,
    Rows,
    frames_from,
    tables_from,
)
from tests.oracles import adventureworks_full
from tests.oracles import maven as raw_maven
from tests.oracles.canonical import Tables, rows
from tests.oracles.targets import kpi_pair as oracle
from tests.tools.agreement import assert_facts, told, wanted
from tests.tools.asking import ask, figure, rows_of
from tools.facts import ToolResult

FIGURES = [
    "account.name", "kpi.expected", "kpi.expected_weighted", "kpi.transacted", "kpi.ratio",
]  # fmt: skip


def assert_agree(
    tables: ScopedTables, raw: Tables, as_of: date, fiscal_start: int = 4, **given: Any
) -> ToolResult:
    result = ask("kpi_pair", tables, as_of, limit=500, **given)
    expected = oracle(raw, as_of, fiscal_start=fiscal_start, **given)
    assert told(result, FIGURES) == wanted(expected["rows"], FIGURES, "account:{account_id}")
    assert_facts(result, expected["facts"])
    sources = {row["kpi.transacted_from"] for row in expected["rows"]}
    assert sources <= {figure(result, "kpi.transacted_from")}
    orphans = expected["without_account"]
    said = [w.en for w in result.warnings if "without an account" in w.en]
    assert said == [f"Open deals without an account are not in it: {orphans}."] * bool(orphans)
    return result


@pytest.mark.parametrize("as_of", [SAMPLE_DAY, date(2025, 3, 31), date(2023, 4, 1)], ids=str)
@pytest.mark.parametrize("period", [None, "FY2025", "this_quarter", "FY2030"])
def test_every_account_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, as_of: date, period: str | None
) -> None:
    assert_agree(sample, sample_raw, as_of, period=period)


@pytest.mark.parametrize("as_of", [MAVEN_DAY, date(2017, 6, 30)], ids=str)
def test_every_account_of_maven_from_its_won_deals(maven: ScopedTables, as_of: date) -> None:
    result = assert_agree(maven, raw_maven.canonical_tables(), as_of, 1)
    assert figure(result, "kpi.transacted_from") == "won_deals"
    if as_of == MAVEN_DAY:  # what is open at the end of the export has no amount
        assert figure(result, "kpi.expected") is None


def test_adventureworks_has_no_deals_so_nothing_is_expected_but_unknown(
    adventureworks: ScopedTables,
) -> None:
    result = ask("kpi_pair", adventureworks, ADVENTUREWORKS_DAY, limit=1)
    expected = oracle(adventureworks_full.tables(), ADVENTUREWORKS_DAY, fiscal_start=1)["facts"]
    assert figure(result, "kpi.expected") is None
    assert figure(result, "kpi.expected_weighted") is None
    assert figure(result, "kpi.ratio") is None
    assert any("opportunities" in w.en for w in result.warnings)
    assert_facts(result, {"kpi.transacted": expected["kpi.transacted"]})


@pytest.mark.parametrize("only", [{"owner_id": "U03"}, {"team": "西日本営業部"}], ids=str)
def test_the_accounts_asked_for_are_those_of_the_whole_list(
    sample: ScopedTables, sample_raw: Tables, only: dict[str, str]
) -> None:
    every = rows_of(ask("kpi_pair", sample, SAMPLE_DAY, limit=500))
    result = ask("kpi_pair", sample, SAMPLE_DAY, limit=500, **only)
    people = {
        p["person_id"]
        for p in rows(sample_raw, "people")
        if p["manager_id"] == only.get("owner_id", "") or p["team"] == only.get("team")
    }
    mine = {
        f"account:{a['account_id']}"
        for a in rows(sample_raw, "accounts")
        if a["owner_id"] in people
    }
    assert rows_of(result) == {s: row for s, row in every.items() if s in mine}
    for name in ("kpi.expected", "kpi.expected_weighted", "kpi.transacted"):
        parts = [row[name] for row in rows_of(result).values()]
        total = sum(Decimal(str(part)) for part in parts if part is not None)
        assert abs(Decimal(str(figure(result, name))) - total) <= Decimal("0.01")


# ---------------------------------------------------------------- small companies

DAY = SAMPLE_DAY


def deal(number: int, account: str | None = "a", **more: Any) -> dict[str, Any]:
    return {"opportunity_id": f"D{number}", "account_id": account, "owner_id": "p",
            "status": "open", "stage": "talk", "amount": Decimal(100),
            "probability": Decimal("0.123457"), "created_on": DAY - timedelta(days=40),
            "closed_on": None, **more}  # fmt: skip


def sold(number: int, account: str, amount: int, days: int = 10) -> dict[str, Any]:
    return {"order_id": f"O{number}", "line_no": 1, "account_id": account,
            "ordered_on": DAY - timedelta(days=days), "net_amount": Decimal(amount)}  # fmt: skip


def company(deals: list[dict[str, Any]], *lines: dict[str, Any]) -> Rows:
    accounts = [{"account_id": a, "name": a.upper()} for a in ("a", "b", "c", "d")]
    return {"accounts": accounts, "opportunities": deals, "order_lines": list(lines)}


def checked(rows: Rows, **given: Any) -> dict[str, dict[str, Any]]:
    return rows_of(assert_agree(tables_from(rows), frames_from(rows), DAY, **given))


def test_accounts_with_either_are_listed_and_the_other_side_is_zero() -> None:
    found = checked(
        company([deal(1), deal(2, "c", amount=None)], sold(1, "b", 50), sold(2, "a", 7))
    )
    pairs = {s: (row["kpi.expected"], row["kpi.transacted"]) for s, row in found.items()}
    assert pairs == {"account:a": (100, 7), "account:b": (0, 50), "account:c": (None, 0)}
    assert list(found) == ["account:a", "account:b", "account:c"]


def test_a_weighted_amount_keeps_every_digit_until_it_is_a_fact() -> None:
    deals = [deal(n, amount=Decimal("0.0001"), probability=Decimal("0.5")) for n in range(3)]
    (row,) = checked(company(deals)).values()
    assert row["kpi.expected_weighted"] == Decimal("0.0002")  # of 0.00015, not 3 x 0.0001


def test_orders_outside_the_period_are_not_transacted() -> None:
    lines = [sold(1, "a", 1, 0), sold(2, "a", 10, 364), sold(3, "a", 100, 365), sold(4, "a", 1, -1)]
    (row,) = checked(company([], *lines)).values()
    assert row["kpi.transacted"] == 11


def test_a_ratio_to_nothing_is_unknown() -> None:
    (row,) = checked(company([deal(1)])).values()
    assert (row["kpi.transacted"], row["kpi.ratio"]) == (0, None)


def test_without_order_lines_the_deals_won_are_what_was_transacted() -> None:
    won = {"status": "won", "closed_on": DAY - timedelta(days=3)}
    rows = dict(company([deal(1, **won), deal(2, "b", amount=None, **won), deal(3, None, **won)]))
    del rows["order_lines"]
    found = checked(rows)
    pairs = {s: row["kpi.transacted"] for s, row in found.items()}
    assert pairs == {"account:a": 100, "account:b": None}


def test_a_group_adds_up_its_members() -> None:
    rows = dict(company([deal(1), deal(2, "b")], sold(1, "b", 50)))
    rows["accounts"] = [
        {**a, "parent_id": {"b": "a"}.get(a["account_id"])} for a in rows["accounts"]
    ]
    found = rows_of(ask("kpi_pair", tables_from(rows), DAY, group=True))
    assert {s: (r["kpi.expected"], r["kpi.transacted"]) for s, r in found.items()} == {
        "account:a": (200, 50)
    }


def test_one_account_alone_is_as_in_the_list_and_another_changes_nothing_of_it() -> None:
    rows = company([deal(1), deal(2, "b")], sold(1, "a", 50), sold(2, "b", 1))
    every = checked(rows)
    for account in ("a", "b"):
        alone = rows_of(ask("kpi_pair", tables_from(rows), DAY, account_id=account))
        assert alone == {f"account:{account}": every[f"account:{account}"]}
    with pytest.raises(NotFoundError):
        ask("kpi_pair", tables_from(rows), DAY, account_id="nobody")


def test_with_neither_orders_nor_deals_the_tool_refuses() -> None:
    with pytest.raises(MissingDataError):
        ask("kpi_pair", tables_from({"accounts": [{"account_id": "a", "name": "A"}]}), DAY)
