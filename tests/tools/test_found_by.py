"""Which tool finds each situation planted in the sample company, and where in its answer."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from crm.scope import ScopedTables
from tests.companies import SAMPLE_DAY
from tests.tools.asking import ask, figure, rows_of
from tests.tools.test_planted import PLANTED

Found = Callable[[ScopedTables], bool]


def row(
    tables: ScopedTables, tool: str, about: str, *, alone: bool = True, **given: Any
) -> dict[str, Any]:
    """The account's own row in the table of a tool, asked about it `alone` or about all."""
    asked = {"account_id": about} if alone else {}
    return rows_of(ask(tool, tables, SAMPLE_DAY, **asked, **given))[f"account:{about}"]


def deal_signals(tables: ScopedTables, account_id: str, deal: str) -> set[str]:
    found = rows_of(ask("deal_health", tables, SAMPLE_DAY, account_id=account_id))
    return set(str(found[f"deal:{deal}"]["deal.signals"]).split(";"))


def signals(tables: ScopedTables, account_id: str) -> set[str]:
    found = row(tables, "needs_attention", account_id)
    return set(str(found["attention.signals"]).split(";"))


def named(tables: ScopedTables, text: str) -> list[str]:
    """The accounts that a name may mean; of several none is certain."""
    result = ask("find_account", tables, SAMPLE_DAY, text=text)
    assert result.fact("account.id") is None
    return [subject.removeprefix("account:") for subject in rows_of(result)]


def whitespace(tables: ScopedTables) -> set[str]:
    found = rows_of(ask("white_space", tables, SAMPLE_DAY, account_id="A014"))
    return {str(r["whitespace.category"]) for r in found.values() if r["whitespace.own"] == 0}


def decision_maker_not_met(tables: ScopedTables) -> bool:
    result = ask("relationship_map", tables, SAMPLE_DAY, account_id="A020")
    chief = rows_of(result)["contact:C060"]
    alone = figure(result, "map.single_threaded") == "yes"
    return alone and chief["map.status"] == "not_met"


def routes(tables: ScopedTables) -> list[tuple[Any, Any]]:
    found = rows_of(ask("introduction_routes", tables, SAMPLE_DAY, account_id="A020"))
    return [(r["route.kind"], r["route.strength"]) for r in found.values()]


FOUND_BY: dict[tuple[str, str], Found] = {
    ("A001", "whale_curve"): lambda t: (
        row(t, "whale_curve", "A001", basis="contribution")["whale.profit"] < -34_000_000
    ),
    ("A001", "customer_profitability"): lambda t: (
        figure(
            ask("customer_profitability", t, SAMPLE_DAY, account_id="A001"),
            "profit.contribution_p",
        )
        == Decimal("-34085177.3333")
    ),
    ("A001", "concentration group=true"): lambda t: (
        row(t, "concentration", "A001", alone=False, group=True)["concentration.sales"]
        == 1_380_480_732
    ),
    ("A010", "deal_health"): lambda t: (
        deal_signals(t, "A010", "D0722") == {"stalled", "overdue", "silent_30"}
    ),
    ("A011", "needs_attention"): lambda t: signals(t, "A011") >= {"champion_left"},
    ("A012", "abcd_matrix"): lambda t: row(t, "abcd_matrix", "A012")["abcd.letter"] == "B",
    ("A012", "compare_grids"): lambda t: (
        row(t, "compare_grids", "A012")["compare.verdict"] == "neglected_potential"
    ),
    ("A013", "abcd_matrix"): lambda t: row(t, "abcd_matrix", "A013")["abcd.letter"] == "C",
    ("A013", "effort_and_return"): lambda t: (
        round(row(t, "effort_and_return", "A013", alone=False, by="account")["effort.index"], 1)
        == Decimal("8.7")
    ),
    ("A013", "customer_profitability"): lambda t: (
        Decimal(
            str(
                figure(
                    ask("customer_profitability", t, SAMPLE_DAY, account_id="A013"),
                    "profit.operating_profit",
                )
            )
        )
        < 0
    ),
    ("A013", "allocation_stress"): lambda t: (
        row(t, "allocation_stress", "A013", alone=False)["stress.sign_change"] == "yes"
    ),
    ("A014", "white_space"): lambda t: whitespace(t) == {"センサー", "保守サービス"},
    ("A015", "find_account"): lambda t: named(t, "山手製作所") == ["A015", "A016"],
    ("A016", "find_account"): lambda t: named(t, "山ノ手製作所") == ["A016", "A015"],
    ("A017", "needs_attention"): lambda t: signals(t, "A017") == {"contract_ends"},
    ("A018", "needs_attention"): lambda t: signals(t, "A018") == {"sales_down"},
    ("A019", "engagement_report"): lambda t: (
        row(t, "engagement_report", "A019", by="account", period="last_30_days")["engagement.trend"]
        == 12
    ),
    ("A020", "relationship_map"): decision_maker_not_met,
    ("A020", "introduction_routes"): lambda t: (
        routes(t)[:2] == [("customer_staff", Decimal("0.8")), ("bank", Decimal("0.6"))]
    ),
    ("A021", "targets_and_gap"): lambda t: (
        round(
            row(t, "targets_and_gap", "A021", level="account", period="FY2026")["targets.pace"], 2
        )
        == Decimal("0.57")
    ),
    ("A022", "deepening_stage"): lambda t: (
        figure(ask("deepening_stage", t, SAMPLE_DAY, account_id="A022"), "stage.derived")
        == "Engage"
    ),
    ("A022", "depth_score"): lambda t: (
        next(iter(rows_of(ask("depth_score", t, SAMPLE_DAY)))) == "account:A022"
    ),
    ("A023", "price_and_terms"): lambda t: (
        row(t, "price_and_terms", "A023")["price.outlier"] == "yes"
    ),
    ("A024", "needs_attention"): lambda t: signals(t, "A024") == {"silence"},
    ("A025", "deal_health"): lambda t: "one_sided" in deal_signals(t, "A025", "D0854"),
    ("A026", "find_account"): lambda t: named(t, "共栄システム") == ["A017", "A026"],
}


@pytest.mark.parametrize(("account_id", "tool"), FOUND_BY)
def test_a_planted_situation_is_found_by_its_tool(
    sample: ScopedTables, account_id: str, tool: str
) -> None:
    assert FOUND_BY[account_id, tool](sample)


def test_every_planted_situation_has_a_tool_that_finds_it() -> None:
    assert {account_id for account_id, _tool in FOUND_BY} == set(PLANTED)
