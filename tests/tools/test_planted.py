"""Each situation planted in the sample company is found, and nothing else is at those accounts."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from crm.scope import ScopedTables
from tests.companies import SAMPLE, SAMPLE_DAY
from tests.tools.asking import ask, figure, rows_of

PLANTED = {
    "A001": {"profit_negative"},
    "A010": {"stalled", "overdue", "silent_30"},
    "A011": {"champion_left", "single_threaded"},
    "A012": {"neglected_b"},
    "A013": {"c_trap"},
    "A014": set(),
    "A015": set(),
    "A016": set(),
    "A017": {"contract_ends"},
    "A018": {"sales_down"},
    "A019": {"engagement_surge"},
    "A020": {"single_threaded"},
    "A021": {"target_gap"},
    "A022": set(),
    "A023": {"margin_down"},
    "A024": {"silence"},
    "A025": {"one_sided"},
    "A026": set(),
}
MILD = {
    "overdue": {"A031", "A047", "A062"},
    "next_step_overdue": {"A036", "A055", "A070"},
    "stalled": {"A034", "A058", "A081"},
    "single_threaded": {"A041", "A066"},
    "sales_down": {"A039", "A073"},
    "contract_ends": {"A043", "A078"},
    "silence": {"A067", "A085"},
    "target_gap": {"A053", "A064"},
    "engagement_drop": {"A046"},
}


@pytest.fixture(scope="module")
def flagged(sample: ScopedTables) -> dict[str, set[str]]:
    found = rows_of(ask("needs_attention", sample, SAMPLE_DAY, limit=500))
    return {
        subject.removeprefix("account:"): set(str(row["attention.signals"]).split(";"))
        for subject, row in found.items()
    }


@pytest.mark.parametrize("account_id", PLANTED)
def test_a_planted_situation_is_flagged_and_nothing_else(
    flagged: dict[str, set[str]], account_id: str
) -> None:
    assert flagged.get(account_id, set()) == PLANTED[account_id]


@pytest.mark.parametrize("signal", MILD)
def test_a_mild_problem_is_flagged(flagged: dict[str, set[str]], signal: str) -> None:
    ordinary = {a for a, mine in flagged.items() if signal in mine and a not in PLANTED}
    assert ordinary == MILD[signal]


def test_no_other_account_is_flagged(flagged: dict[str, set[str]]) -> None:
    mild = set().union(*MILD.values())
    planted = {a for a, mine in PLANTED.items() if mine}
    assert set(flagged) == planted | mild
    assert all(len(flagged[a]) == 1 for a in mild)


def test_the_readme_tells_the_same_signals(flagged: dict[str, set[str]]) -> None:
    text = (SAMPLE / "README.md").read_text(encoding="utf-8")
    lines = {m[1]: m[0] for m in re.finditer(r"^\| (A\d{3}) .*$", text, re.MULTILINE)}
    for account_id, signals in PLANTED.items():
        if account_id in lines:
            assert all(f"`{s}`" in lines[account_id] for s in signals)


@pytest.mark.parametrize(
    ("account_id", "signal", "value"),
    [
        ("A010", "stalled", Decimal(141)),
        ("A010", "overdue", Decimal(15)),
        ("A010", "silent_30", Decimal(51)),
        ("A011", "champion_left", Decimal(46)),
        ("A011", "single_threaded", Decimal(1)),
        ("A012", "neglected_b", Decimal(1)),
        ("A013", "c_trap", Decimal("0.086")),
        ("A017", "contract_ends", Decimal(51)),
        ("A018", "sales_down", Decimal("-0.354")),
        ("A019", "engagement_surge", Decimal(14)),
        ("A020", "single_threaded", Decimal(1)),
        ("A021", "target_gap", Decimal("0.57")),
        ("A023", "margin_down", Decimal("-0.088")),
        ("A024", "silence", Decimal(50)),
        ("A025", "one_sided", Decimal(4)),
    ],
)
def test_a_planted_signal_has_the_figure_of_the_readme(
    sample: ScopedTables, account_id: str, signal: str, value: Decimal
) -> None:
    result = ask("needs_attention", sample, SAMPLE_DAY, account_id=account_id)
    shown = figure(result, f"signal.{signal}")
    assert isinstance(shown, Decimal)
    assert round(shown, -int(value.as_tuple().exponent)) == value


def test_the_stalled_flagship_deal_is_d0722(sample: ScopedTables) -> None:
    found = rows_of(ask("deal_health", sample, SAMPLE_DAY, account_id="A010", signal="stalled"))
    row = found["deal:D0722"]
    assert row["deal.amount"] == 180_000_000
    assert row["deal.stage"] == "見積"
    assert row["deal.expected_close"] == date(2026, 9, 15)


def test_the_one_sided_deal_is_d0854(sample: ScopedTables) -> None:
    found = rows_of(ask("deal_health", sample, SAMPLE_DAY, account_id="A025", signal="one_sided"))
    assert list(found) == ["deal:D0854"]
    assert found["deal:D0854"]["deal.amount"] == 14_500_000


@pytest.mark.parametrize(
    ("account_id", "net_sales", "contribution"),
    [("A001", "1150.1", "-34.1"), ("A013", "110.1", None), ("A020", "376.3", None),
     ("A022", "422.1", "149.1"), ("A024", "513.6", None), ("A017", "65.9", None),
     ("A012", "5.9", None), ("A014", "120.1", None)],
)  # fmt: skip
def test_the_money_of_the_story_is_that_of_the_readme(
    sample: ScopedTables, account_id: str, net_sales: str, contribution: str | None
) -> None:
    result = ask("account_overview", sample, SAMPLE_DAY, account_id=account_id)
    for name, millions in (("sales.net_sales", net_sales), ("profit.contribution", contribution)):
        value = figure(result, name)
        assert isinstance(value, Decimal)
        if millions is not None:
            assert round(value / 1_000_000, 1) == Decimal(millions)


@pytest.mark.parametrize(("account_id", "letter"), [("A012", "B"), ("A013", "C"), ("A022", "A")])
def test_the_cells_of_the_story_in_the_abcd_matrix(
    sample: ScopedTables, account_id: str, letter: str
) -> None:
    found = rows_of(ask("abcd_matrix", sample, SAMPLE_DAY, account_id=account_id))
    assert found[f"account:{account_id}"]["abcd.letter"] == letter


def test_the_group_of_the_largest_account_has_two_subsidiaries(sample: ScopedTables) -> None:
    result = ask("account_overview", sample, SAMPLE_DAY, account_id="A001")
    assert figure(result, "account.subsidiaries") == 2
    child = ask("account_overview", sample, SAMPLE_DAY, account_id="A003")
    assert figure(child, "account.parent") == "東都電機株式会社"


def test_the_totals_of_the_readme(sample: ScopedTables) -> None:
    result = ask("pipeline_metrics", sample, SAMPLE_DAY)
    assert figure(result, "pipeline.open_count") == 130
    assert figure(result, "pipeline.open_amount_unknown") == 9
    won, lost = (figure(result, f"pipeline.{x}_count") for x in ("won", "lost"))
    assert (Decimal(str(won)) + Decimal(str(lost))) == 809
    assert round(Decimal(str(figure(result, "pipeline.win_rate"))), 3) == Decimal("0.402")
