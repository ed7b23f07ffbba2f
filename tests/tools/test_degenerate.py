"""No company breaks a tool: it answers, leaves unknown what is unknown, or says what it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from crm.errors import InputError, NotFoundError, TagayasuError
from crm.periods import parse_period
from crm.schema import tables as canonical_tables
from crm.scope import MissingDataError
from tests.companies import SAMPLE_DAY, import_rows, tables_from, tables_of
from tests.tools.asking import ask, figure
from tests.tools.degenerate import HEAD, Case, as_imported, cases, empty, healthy
from tests.tools.requests import Request, asked_of
from tests.tools.unknown_facts import UNKNOWN
from tests.tools.watching import healthy_answers, tables_read
from tools.catalog import CATALOG
from tools.facts import Fact, ToolResult, metrics
from tools.format import show

CASES = cases()
ASKED = list(asked_of(HEAD))
DIFFERENCES = {"resource.rank_gap", "engagement.trend"}
"""Counted in whole numbers, and below zero where something falls."""


def asked(case: Case) -> Iterator[tuple[str, Request]]:
    """One request for each tool that reads what ails the company, another for each company.

    Of the companies that are looked at every time all tools are asked: which of them read what
    ails it takes longer to find out.
    """
    number = CASES.index(case)
    for place, tool in enumerate(CATALOG):
        requests = [given for name, given in ASKED if name == tool.name]
        if case.quick or case.changed is None or tables_read(tool.name) & case.changed:
            yield tool.name, requests[(number + place) % len(requests)]


def faults_of(result: ToolResult, nothing_known: frozenset[str]) -> Iterator[str]:
    """What is wrong with an answer."""
    subjects = result.table.subjects if result.table else ()
    if len(set(subjects)) < len(subjects):
        yield "two rows of its table are about the same subject"
    own = [fact.key for fact in result.facts]
    if len(set(own)) < len(own):
        yield "two of its facts have the same key"
    for fact in result.all_facts():
        yield from faults_of_fact(fact)
        if fact.value is not None and nothing_known & {fact.name, fact.key}:
            yield f"{fact.key} is {fact.value} though it is unknown"
    for warning in result.warnings:
        if not (warning.ja and warning.en) or "None" in warning.ja + warning.en:
            yield f"it warns in no words: {warning.en}"


def faults_of_fact(fact: Fact) -> Iterator[str]:
    if fact.name not in metrics():
        yield f"{fact.name} is not declared"
    value: Any = fact.value
    if isinstance(value, float) or (isinstance(value, Decimal) and not value.is_finite()):
        yield f"{fact.key} is {value!r}"
        return
    if isinstance(value, int | Decimal):
        counted = fact.unit in ("count", "accounts", "people", "hours")
        if counted and value < 0 and fact.name not in DIFFERENCES:
            yield f"{fact.key} is below zero: {value}"
        show(value, fact.unit, "ja")


def faults_of_refusal(error: TagayasuError) -> Iterator[str]:
    if not (error.what and error.remedy):
        yield f"it refuses without a remedy: {error}"
    if isinstance(error, MissingDataError):
        named = set(re.findall(r"[a-z_]+", str(error)))
        if not named & set(canonical_tables()):
            yield f"it does not say which table is missing: {error}"


def test_a_healthy_company_is_answered_without_fault() -> None:
    tables = tables_from(healthy())
    for tool, given in dict(reversed(ASKED)).items():  # the first request of each
        assert not list(faults_of(ask(tool, tables, SAMPLE_DAY, **given), frozenset())), tool


@pytest.mark.slow
def test_a_healthy_company_is_answered_without_fault_whatever_is_asked() -> None:
    for tool, result, _seen in healthy_answers():
        assert not list(faults_of(result, frozenset())), tool


@pytest.mark.parametrize(
    "case",
    [pytest.param(c, id=c.name, marks=() if c.quick else pytest.mark.slow) for c in CASES],
)
def test_every_tool_answers_or_says_what_it_lacks(case: Case) -> None:
    tables = tables_from(as_imported(case.company), case.scope, case.settings)
    unknown, faults = frozenset(UNKNOWN.get(case.name, ())), []
    for tool, given in asked(case):
        try:
            found = list(faults_of(ask(tool, tables, case.as_of, **given), unknown))
        except TagayasuError as error:
            found = list(faults_of_refusal(error))
        except Exception as error:  # noqa: BLE001 (all of them are reported at once)
            found = [f"{type(error).__name__}: {str(error)[:200]}"]
        faults += [f"{tool} {given}: {fault}" for fault in dict.fromkeys(found)]
    assert not faults, "\n".join(faults)


def test_a_contact_of_an_account_that_is_not_there_is_refused() -> None:
    stranger = {"contact_id": "C1", "account_id": "nowhere", "name": "somebody"}
    tables = tables_from({"accounts": [{"account_id": "A1", "name": "A"}], "contacts": [stranger]})
    with pytest.raises(NotFoundError, match="no account `nowhere`"):
        ask("introduction_routes", tables, SAMPLE_DAY, contact_id="C1")


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"])
def test_a_day_no_business_speaks_of_is_refused(day: str) -> None:
    tables = tables_from({"accounts": []})
    for tool in CATALOG:
        with pytest.raises(InputError, match=r"`as_of` does not fit|needs the argument"):
            tool.call(tables, {"as_of": day})


@pytest.mark.parametrize("period", ["0001", "1899-12-31..2026-01-01", "FY2199H2", "9999"])
def test_a_period_far_from_all_business_is_refused(period: str) -> None:
    with pytest.raises(InputError, match="is not a period"):
        parse_period(period, SAMPLE_DAY, 4)


def test_a_column_that_is_mapped_and_empty_is_like_one_that_is_not_mapped(tmp_path: Path) -> None:
    rows = [{"product_id": "P", "name": "p", "category": None, "list_price": 5}]
    workspace, _ = import_rows(tmp_path, {"products": rows})
    tables = tables_of(workspace)
    assert tables.has("products", "list_price")
    assert not tables.has("products", "category")


def test_labour_that_nobody_priced_is_unknown_and_said() -> None:
    tables = tables_from(as_imported(empty("people", "hourly_cost")))
    overview = ask("account_overview", tables, SAMPLE_DAY, account_id=HEAD)
    assert figure(overview, "profit.cost_labour") is None
    profit = ask("customer_profitability", tables, SAMPLE_DAY, account_id=HEAD)
    assert any("only the labour that is booked" in w.en for w in profit.warnings)
