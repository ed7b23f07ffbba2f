"""Portfolio zones equal the oracle's, and who is near a cut is told."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from crm.errors import InputError
from crm.scope import MissingDataError, ScopedTables
from crm.settings import Settings
from crm.thresholds import Zones
from tests.companies import SAMPLE_DAY, frames_from, tables_from
from tests.oracles.canonical import Row, Tables
from tests.oracles.segmentation import portfolio_zones as oracle
from tests.tools.asking import ask, figure, rows_of
from tests.tools.companies_at_random import companies
from tests.tools.segments import MAVEN, MOST, SAMPLE_COMPANY, Company, assert_rows, by_subject
from tests.tools.test_laws import LAW
from tools.facts import ToolResult

COLUMNS = ("zones.zone", "zones.win_probability", "zones.unit_price", "zones.deals", "zones.near")
NEAR = {True: "yes", False: "no", None: "unknown"}


def assert_as_the_oracle_has_it(result: ToolResult, wanted: Row) -> None:
    rows = [{**row, "zones.near": NEAR[row["zones.near"]]} for row in wanted["rows"]]
    assert_rows(result, rows, {name: name for name in COLUMNS})
    assert by_subject(result, "zones.count") == wanted["zones.count"]
    heat = {f"{x}-{y}": n for (x, y), n in wanted["zones.heat"].items()}
    assert by_subject(result, "zones.heat") == heat
    for name in ("zones.x_cut", "zones.y_cut", "zones.near_count", "zones.unplaced"):
        assert (name, figure(result, name)) == (name, wanted[name])


@pytest.mark.parametrize("company", [SAMPLE_COMPANY, MAVEN], ids=lambda c: c.fixture)
def test_every_account_with_deals(company: Company, request: pytest.FixtureRequest) -> None:
    tables = request.getfixturevalue(company.fixture)
    result = ask("portfolio_zones", tables, company.day, limit=MOST)
    assert_as_the_oracle_has_it(result, oracle(company.raw, company.day))


def test_fixed_cuts_and_another_width(sample: ScopedTables, sample_raw: Tables) -> None:
    wide = sample.settings.model_copy(update={"zones": Zones(near=Decimal("0.25"))})
    tables = ScopedTables(sample.snapshot, sample.scope, wide)
    given_ = {"x_cut": "0.5", "y_cut": "3000000"}
    result = ask("portfolio_zones", tables, SAMPLE_DAY, limit=MOST, **given_)
    wanted = oracle(sample_raw, SAMPLE_DAY, "fixed", Fraction(1, 2), 3_000_000, near=Fraction(1, 4))
    assert_as_the_oracle_has_it(result, wanted)


@LAW
@given(companies())
def test_every_zone_of_any_company(company: dict[str, list[dict[str, Any]]]) -> None:
    result = ask("portfolio_zones", tables_from(company), SAMPLE_DAY)
    assert_as_the_oracle_has_it(result, oracle(frames_from(company), SAMPLE_DAY))


def deal(account_id: str, amount: Any, **more: Any) -> dict[str, Any]:
    known = {
        "opportunity_id": f"D-{account_id}-{amount}-{len(more)}",
        "status": "open",
        "created_on": SAMPLE_DAY - timedelta(days=9),
        "closed_on": None,
        "probability": Decimal("0.5"),
    }
    money = None if amount is None else Decimal(amount)
    return {**known, "account_id": account_id, "amount": money, **more}


def of(*deals: dict[str, Any], **given_: Any) -> ToolResult:
    ids = sorted({d["account_id"] for d in deals} | {"Z"})
    accounts = [{"account_id": i, "name": i, "status": "customer"} for i in ids]
    company = {"accounts": accounts, "opportunities": list(deals)}
    result = ask("portfolio_zones", tables_from(company), SAMPLE_DAY, **given_)
    if not given_:
        assert_as_the_oracle_has_it(result, oracle(frames_from(company), SAMPLE_DAY))
    return result


def zones(result: ToolResult) -> dict[str, Any]:
    found = rows_of(result).items()
    return {subject.removeprefix("account:"): row["zones.zone"] for subject, row in found}


WON = {"status": "won", "closed_on": SAMPLE_DAY}
LOST = {"status": "lost", "closed_on": SAMPLE_DAY}


def test_both_at_or_above_the_cut_are_a_and_both_below_c() -> None:
    result = of(
        deal("A", 30, probability=Decimal("0.9")),
        deal("B", 20, probability=Decimal("0.5")),
        deal("C", 10, probability=Decimal("0.1")),
        deal("D", 40, probability=Decimal("0.2")),
    )
    assert zones(result) == {"A": "A", "D": "B", "B": "B", "C": "C"}
    assert "Z" not in zones(result)


def test_without_a_known_chance_the_record_counts() -> None:
    result = of(
        deal("A", 10, probability=None),
        deal("A", 20, **WON),
        deal("A", 99, **LOST),
    )
    (row,) = rows_of(result).values()
    assert (row["zones.win_probability"], row["zones.unit_price"]) == (Decimal("0.5"), 15)
    assert row["zones.deals"] == 3


@pytest.mark.parametrize(("closed", "few"), [(4, True), (5, False)])
def test_a_probability_of_few_deals_is_said(closed: int, few: bool) -> None:
    result = of(*(deal("A", 10 + n, **WON) for n in range(closed)))
    assert any("of 1 account rests on fewer than 5" in w.en for w in result.warnings) == few


def test_an_account_whose_deals_have_no_amount_is_unplaced_and_listed_last() -> None:
    result = of(deal("A", None), deal("B", 10))
    assert zones(result) == {"B": "A", "A": None}
    assert figure(result, "zones.unplaced") == 1
    assert rows_of(result)["account:A"]["zones.near"] == "unknown"


def test_equal_chances_are_on_their_median_however_they_were_made() -> None:
    tenths = [Decimal("0.1"), Decimal("0.2"), Decimal("0.3")]
    result = of(
        *(deal("A", 10 + n, probability=p) for n, p in enumerate(tenths)),
        deal("B", 11, probability=Decimal("0.2")),
        deal("C", 11, probability=Decimal("0.2")),
    )
    assert set(zones(result).values()) == {"A"}


@pytest.mark.parametrize(("price", "near"), [(110, "yes"), (111, "no"), (90, "yes"), (89, "no")])
def test_within_a_tenth_of_a_cut_is_near_it(price: int, near: str) -> None:
    result = of(deal("A", price), cut="fixed", x_cut="0.9", y_cut="100")
    (row,) = rows_of(result).values()
    assert row["zones.near"] == near


def test_three_accounts_are_in_three_thirds() -> None:
    result = of(*(deal(i, n, probability=Decimal(n) / 10) for n, i in enumerate("ABC", 1)))
    heat = by_subject(result, "zones.heat")
    assert [heat[f"{n}-{n}"] for n in (1, 2, 3)] == [1, 1, 1]
    assert len(heat) == 9


def test_the_zones_and_the_heat_map_are_partitions(sample: ScopedTables) -> None:
    result = ask("portfolio_zones", sample, SAMPLE_DAY, limit=MOST)
    placed = [zone for zone in zones(result).values() if zone]
    for name in ("zones.count", "zones.heat"):
        assert sum(int(str(n)) for n in by_subject(result, name).values()) == len(placed)


def test_scaling_amounts_changes_no_zone(sample_raw: Tables) -> None:
    deals = [
        deal(i, price, probability=Decimal(chance) / 7)
        for i, price, chance in (("A", 5, 3), ("B", 7, 2), ("C", 9, 5), ("D", 9, 1), ("E", 1, 1))
    ]
    dearer = [{**d, "amount": d["amount"] * 1000} for d in deals]
    assert zones(of(*dearer)) == zones(of(*deals))


def test_cuts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="needs a value on both axes"):
        of(deal("A", 1), cut="fixed")
    with pytest.raises(InputError, match="are for fixed cuts"):
        of(deal("A", 1), cut="median", x_cut="0.5")
    with pytest.raises(InputError, match="`x_cut` does not fit"):
        of(deal("A", 1), x_cut="50", y_cut="1")


def test_fixed_cuts_of_the_settings_hold() -> None:
    usual = Settings(zones=Zones(cut="fixed", x_cut=Decimal("0.6"), y_cut=Decimal(5)))
    company = {
        "accounts": [{"account_id": "A", "name": "a"}],
        "opportunities": [deal("A", 10)],
    }
    result = ask("portfolio_zones", tables_from(company, settings=usual), SAMPLE_DAY)
    assert zones(result) == {"A": "B"}


def test_without_deals_there_are_no_zones(adventureworks: ScopedTables) -> None:
    with pytest.raises(MissingDataError, match="opportunities"):
        ask("portfolio_zones", adventureworks, SAMPLE_DAY)
