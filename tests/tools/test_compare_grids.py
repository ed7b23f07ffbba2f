"""An account's places side by side equal the oracle's, contradictions first."""

from __future__ import annotations

from itertools import product
from typing import Any

import ibis
import pytest

from crm.scope import ScopedTables
from tests.companies import SAMPLE_DAY
from tests.oracles.segmentation import compare_grids as oracle
from tests.oracles.segmentation import compared
from tests.tools.asking import ask, rows_of
from tests.tools.segments import (
    ADVENTUREWORKS,
    MOST,
    SAMPLE_COMPANY,
    Company,
    assert_rows,
    by_subject,
)
from tools.compare_grids import CONTRADICTIONS, VERDICTS, verdict
from tools.query import fetch
from tools.words import word

COLUMNS = ("grid.cell", "zones.zone", "abcd.letter", "compare.verdict", "sales.net_sales")
PLACES = list(
    product(
        ("top_priority", "priority", "maintain", None),
        ("A", "B", "C", None),
        ("A", "B", "C", "D", None),
    )
)


def assert_every_place(company: Company, tables: ScopedTables) -> None:
    result = ask("compare_grids", tables, company.day, limit=MOST)
    wanted = oracle(company.raw, company.day, found=company.drivers())
    assert_rows(result, wanted["rows"], {name: name for name in COLUMNS})
    assert by_subject(result, "compare.count") == wanted["count"]


def test_every_account_of_the_sample_company(sample: ScopedTables) -> None:
    assert_every_place(SAMPLE_COMPANY, sample)


@pytest.mark.slow
def test_every_account_of_adventureworks(adventureworks: ScopedTables) -> None:
    assert_every_place(ADVENTUREWORKS, adventureworks)


def test_the_verdict_on_any_three_places_is_the_oracles() -> None:
    schema = {"n": "int64", "cell": "string", "zone": "string", "letter": "string"}
    rows = [(n, *places) for n, places in enumerate(PLACES)]
    places = ibis.memtable(rows, schema=schema)
    told = fetch(places.select("n", said=verdict(places.cell, places.zone, places.letter)))
    assert {PLACES[r["n"]]: r["said"] for r in told} == {p: compared(*p) for p in PLACES}


@pytest.mark.parametrize("code", VERDICTS)
def test_every_verdict_is_a_sentence_in_both_languages(code: str) -> None:
    assert word(code, "contradiction", "ja").endswith("。")
    assert word(code, "contradiction", "en").endswith(".")


def test_the_places_are_those_of_the_three_tools(sample: ScopedTables) -> None:
    together = rows_of(ask("compare_grids", sample, SAMPLE_DAY, limit=MOST))
    for tool, name in (
        ("driver_grid", "grid.cell"),
        ("portfolio_zones", "zones.zone"),
        ("abcd_matrix", "abcd.letter"),
    ):
        alone: dict[str, Any] = rows_of(ask(tool, sample, SAMPLE_DAY, limit=MOST))
        assert all(together[s][name] == row[name] for s, row in alone.items() if row[name])


def test_contradictions_stand_first(sample: ScopedTables) -> None:
    rows = rows_of(ask("compare_grids", sample, SAMPLE_DAY, limit=MOST)).values()
    contradictory = [row["compare.verdict"] in CONTRADICTIONS for row in rows]
    assert contradictory == sorted(contradictory, reverse=True)
    assert any(contradictory)


def test_one_account_is_placed_as_among_all(sample: ScopedTables) -> None:
    everybody = rows_of(ask("compare_grids", sample, SAMPLE_DAY, limit=MOST))
    (one,) = rows_of(ask("compare_grids", sample, SAMPLE_DAY, account_id="A013")).items()
    assert everybody[one[0]] == one[1]


def test_without_deals_the_zone_is_unknown_and_said(adventureworks: ScopedTables) -> None:
    result = ask("compare_grids", adventureworks, ADVENTUREWORKS.day)
    assert {row["zones.zone"] for row in rows_of(result).values()} == {None}
    assert any("no opportunities" in w.en for w in result.warnings)
