"""Every case written by hand is read as it says, to the last digit and the last day.

`number_cases.csv` and `date_cases.csv` hold a cell's text, the options of its column (blank is
the default, currency `none` is a column that is no amount of money) and either the value expected
or the reason of the refusal. Characters nobody can see are written as \\uXXXX.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Literal, cast

import duckdb
import pytest

from crm.cells import Cells
from crm.dates import DateRules, read_date
from crm.mapping import ColumnMapping
from crm.numbers import NumberRules, read_number
from crm.refused import Refused
from crm.schema import Column
from crm.settings import Company

CON = duckdb.connect()
FOLDER = Path(__file__).parent
NUMBER_REASONS = {
    "not_a_number",
    "odd_grouping",
    "other_currency",
    "two_units",
    "too_precise",
    "too_large",
}
DATE_REASONS = {"not_a_date", "impossible_date", "ambiguous_date", "era_ended"}


@dataclass(frozen=True)
class Case:
    """One row: where it stands, its cell, its options and what must come of it."""

    line: int
    text: str
    options: tuple[tuple[str, str], ...]
    expected: str
    reason: str

    def option(self, name: str, default: str) -> str:
        """The option as written, or its default where the row leaves it blank."""
        return dict(self.options)[name] or default


def _cases(name: str) -> list[Case]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return [
            Case(
                line=rows.line_num,
                text=re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), row["text"]),
                options=tuple(
                    (k, v) for k, v in row.items() if k not in {"text", "expected", "reason"}
                ),
                expected=row["expected"],
                reason=row["reason"],
            )
            for row in rows
        ]


NUMBERS = _cases("number_cases.csv")
DATES = _cases("date_cases.csv")


def _number_rules(case: Case) -> NumberRules:
    currency = case.option("currency", "JPY")
    return NumberRules(
        currency="" if currency == "none" else currency,
        multiply=Decimal(case.option("multiply", "1")),
        percent=case.option("percent", "false") == "true",
        digits=int(case.option("digits", "4")),
    )


def _date_rules(case: Case) -> DateRules:
    return DateRules(
        time_zone=case.option("time_zone", "Asia/Tokyo"),
        order=cast(Literal["ymd", "mdy", "dmy"], case.option("order", "ymd")),
        period=cast(Literal["", "start", "end"], case.option("period", "")),
        fiscal_year_start=int(case.option("fiscal_year_start", "4")),
    )


def _each(cases: Iterable[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=f"{case.line}: {case.text}") for case in cases]
    )


@_each(NUMBERS)
def test_a_number_is_read_as_the_case_says(case: Case) -> None:
    rules = _number_rules(case)
    if case.reason:
        with pytest.raises(Refused) as refused:
            read_number(case.text, rules)
        assert refused.value.reason == case.reason
    else:
        value, expected = read_number(case.text, rules), Decimal(case.expected)
        assert type(value) is Decimal
        assert (value, value.is_signed()) == (expected, expected.is_signed())


@_each(DATES)
def test_a_date_is_read_as_the_case_says(case: Case) -> None:
    rules = _date_rules(case)
    if case.reason:
        with pytest.raises(Refused) as refused:
            read_date(case.text, rules)
        assert refused.value.reason == case.reason
    else:
        value = read_date(case.text, rules)
        assert type(value) is date
        assert value == date.fromisoformat(case.expected)


@pytest.mark.parametrize("cases", [NUMBERS, DATES], ids=["numbers", "dates"])
def test_there_are_at_least_500_cases_and_no_two_the_same(cases: list[Case]) -> None:
    assert len(cases) >= 500
    again = Counter((case.text, case.options) for case in cases)
    assert [key for key, times in again.items() if times > 1] == []


@pytest.mark.parametrize("cases", [NUMBERS, DATES], ids=["numbers", "dates"])
def test_a_case_has_either_a_value_or_a_reason(cases: list[Case]) -> None:
    assert [case.line for case in cases if bool(case.expected) == bool(case.reason)] == []


def test_every_reason_for_refusing_a_number_and_every_option_occurs() -> None:
    assert {case.reason for case in NUMBERS if case.reason} == NUMBER_REASONS
    rules = [_number_rules(case) for case in NUMBERS]
    assert {"", "JPY", "USD", "EUR", "GBP", "CNY", "KRW"} <= {rule.currency for rule in rules}
    assert {Decimal("0.01"), Decimal(1), Decimal(1000)} <= {rule.multiply for rule in rules}
    assert {rule.percent for rule in rules} == {True, False}
    assert {0, 4, 6} <= {rule.digits for rule in rules}


def test_every_reason_for_refusing_a_date_and_every_option_occurs() -> None:
    assert {case.reason for case in DATES if case.reason} == DATE_REASONS
    rules = [_date_rules(case) for case in DATES]
    assert {"Asia/Tokyo", "UTC", "America/New_York"} <= {rule.time_zone for rule in rules}
    assert {rule.order for rule in rules} == {"ymd", "mdy", "dmy"}
    assert {rule.period for rule in rules} == {"", "start", "end"}
    assert {1, 4, 10} <= {rule.fiscal_year_start for rule in rules}


@pytest.mark.parametrize("kind", ["number", "date"])
def test_a_million_rows_are_read_as_one_is(kind: str) -> None:
    """What SQL reads of plain forms is what the readers read of them."""
    for case in NUMBERS if kind == "number" else DATES:
        if (cells := _cells(kind, case)) is not None and case.text.strip() == case.text:
            assert _imported(cells, case.text) == _outcome(partial(_read, kind, case)), case


def _cells(kind: str, case: Case) -> Cells | None:
    """The case's options as those of a column in a mapping; None where no column has such."""
    mapped: dict[str, object] = {"column": "c"}
    if kind == "date":
        mapped |= {"date_order": case.option("order", "ymd"), "period": case.option("period", "")}
        company = Company(
            time_zone=case.option("time_zone", "Asia/Tokyo"),
            fiscal_year_start=int(case.option("fiscal_year_start", "4")),
        )
        column = {"type": "date"}
    else:
        currency = case.option("currency", "JPY")
        percent = case.option("percent", "false") == "true"
        held = (case.option("digits", "4"), currency == "none", percent)
        column = _COLUMNS.get(held, {})
        mapped["multiply"] = case.option("multiply", "1")
        company = Company(currency="JPY" if currency == "none" else currency)
    if not column:
        return None
    declared = Column.model_validate({"name": "c", "ja": "列", "en": "c", **column})
    return Cells(declared, ColumnMapping.model_validate(mapped), company)


_COLUMNS = {
    ("4", False, False): {"type": "money"},
    ("4", True, False): {"type": "number"},
    ("4", True, True): {"type": "number", "unit": "fraction"},
    ("6", True, True): {"type": "ratio"},
    ("0", True, False): {"type": "integer"},
}
"""A column of these digits, that is no amount of money, that is a fraction."""


def _imported(cells: Cells, text: str) -> object:
    """What SQL reads; where it reads nothing, what the reader does."""
    query = f"SELECT {cells.value('t')} FROM (SELECT ?::VARCHAR AS t)"
    (value,) = CON.execute(query, [text]).fetchone() or (None,)
    return _outcome(lambda: _typed(cells.read(text), cells)) if value is None else value


def _typed(text: str, cells: Cells) -> object:
    return date.fromisoformat(text) if cells.column.type == "date" else Decimal(text)


def _read(kind: str, case: Case) -> object:
    if kind == "date":
        return read_date(case.text, _date_rules(case))
    return read_number(case.text, _number_rules(case))


def _outcome(read: Callable[[], object]) -> object:
    try:
        return read()
    except Refused as refused:
        return refused.reason
