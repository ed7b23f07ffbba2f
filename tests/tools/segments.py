"""How the tests of the segmentation tools lay an answer beside its oracle's rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from tests.companies import ADVENTUREWORKS_DAY, MAVEN_DAY, SAMPLE, SAMPLE_DAY
from tests.oracles import adventureworks_full, maven
from tests.oracles.canonical import Row, Tables, load
from tests.oracles.drivers import drivers, operating
from tools.facts import ToolResult, Value

MOST = 500
"""Accounts that a tool lists at the most."""


@dataclass(frozen=True)
class Company:
    """A company of the tests: its fixture, the day it is asked on, and its fiscal year."""

    fixture: str
    day: date
    fiscal_start: int

    def __str__(self) -> str:
        return self.fixture

    @property
    def raw(self) -> Tables:
        """The rows as the oracles take them."""
        return _raw(self.fixture)

    def profits(self, _tables: Tables, day: date, _fiscal_start: int = 4) -> Mapping[str, Any]:
        """The oracle's operating profits of the year to a day, calculated once."""
        return _profits(self, day)

    def drivers(self, day: date | None = None) -> dict[str, Row]:
        """The oracle's drivers on a day (the company's own), calculated once."""
        return _drivers(self, day or self.day)


SAMPLE_COMPANY = Company("sample", SAMPLE_DAY, 4)
MAVEN = Company("maven", MAVEN_DAY, 1)
ADVENTUREWORKS = Company("adventureworks", ADVENTUREWORKS_DAY, 1)


@cache
def _raw(company: str) -> Tables:
    match company:
        case "sample":
            return load(SAMPLE / "data")
        case "maven":
            return maven.canonical_tables()
    return adventureworks_full.tables()


@cache
def _profits(company: Company, day: date) -> dict[str, Any]:
    return operating(company.raw, day, company.fiscal_start)


@cache
def _drivers(company: Company, day: date) -> dict[str, Row]:
    return drivers(company.raw, day, company.profits, company.fiscal_start)


def told(result: ToolResult, columns: Sequence[str]) -> list[dict[str, Value]]:
    """The rows of the table in their order: the subject and these columns."""
    assert result.table is not None
    places = [result.table.column(name) for name in columns]
    return [
        {"subject": subject, **{n: row[p] for n, p in zip(columns, places, strict=True)}}
        for subject, row in zip(result.table.subjects, result.table.rows, strict=True)
    ]


def assert_rows(result: ToolResult, rows: Sequence[Row], columns: Mapping[str, str]) -> None:
    """The accounts listed are an oracle's, in its order (fact name: the oracle's key)."""
    wanted = [
        {"subject": f"account:{r['account_id']}", **{n: r[key] for n, key in columns.items()}}
        for r in rows
    ]
    assert result.table is not None
    assert told(result, list(columns)) == wanted[: len(result.table.rows)]
    assert result.table.total_rows == len(wanted)
    assert len(result.table.rows) in (len(wanted), MOST)


def by_subject(result: ToolResult, name: str) -> dict[str | None, Value]:
    """The facts of one name by what they are about, without the kind of the subject."""
    return {
        fact.subject and fact.subject.partition(":")[2]: fact.value
        for fact in result.facts
        if fact.name == name
    }
