"""What a column holds is told by its values, and what a mapping must say of them follows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crm.proposing import values as kinds
from crm.proposing.values import Values, fit, known_value
from crm.schema import tables


def _of(*cells: str | None) -> Values:
    return Values.of(cells, complete=True)


def _fit(table: str, column: str, *cells: str) -> float:
    known = tables()[table].column(column)
    assert known is not None
    return fit(table, known, _of(*cells))


def test_cells_are_trimmed_counted_and_empty_ones_are_no_values() -> None:
    values = _of("　a ", "a", None, "  ", "b", "-")
    assert values.counts == {"a": 2, "b": 1, "-": 1}
    assert (values.rows, values.filled, values.different, values.repeated) == (6, 4, 3, 1)
    assert values.texts == ("a", "b")
    assert values.placeholders == ("-",)


def test_a_key_has_a_value_in_every_row_and_each_another() -> None:
    assert _of("1", "2").is_key
    assert not _of("1", "1").is_key
    assert not _of("1", None).is_key
    assert not _of().is_key


@pytest.mark.parametrize("text", ["-", "N/A", "なし", "未定", "Ｎ／Ａ", "ー", "TBD", "（空白）"])
def test_placeholders_say_that_there_is_no_value(text: str) -> None:
    assert kinds.is_placeholder(text)


@pytest.mark.parametrize(
    ("table", "column", "cells"),
    [
        ("accounts", "annual_revenue", ["¥1,200", "1.5億円", "▲300", "$5", "3,000千円"]),
        ("accounts", "employees", ["12", "1,200", "３００"]),
        ("accounts", "founded_year", ["1951", "2003"]),
        ("accounts", "corporate_number", ["7000012050002", "９９９９００７３６８７８７"]),
        ("accounts", "status", ["取引中", "見込み", "休眠", "Customer - Direct"]),
        ("people", "email", ["a@b.example", "c.d@e.example"]),
        ("opportunities", "probability", ["A", "B", "C"]),
        ("opportunities", "probability", ["10", "90"]),
        ("opportunities", "probability", ["35%", "0.5"]),
        ("opportunities", "created_on", ["4/1/2026", "令和8年4月1日", "2026-04", "46113"]),
        ("accounts", "name", ["東都電機", "Acme 3000 Inc."]),
        ("opportunities", "name", ["D0001", "2026"]),
        ("accounts", "city", []),
    ],
)
def test_values_of_the_right_kind_fit(table: str, column: str, cells: list[str]) -> None:
    assert _fit(table, column, *cells) >= 0.9


@pytest.mark.parametrize(
    ("table", "column", "cells"),
    [
        ("accounts", "annual_revenue", ["large", "small"]),
        ("accounts", "employees", ["1.5", "many"]),
        ("accounts", "founded_year", ["12", "500"]),
        ("accounts", "corporate_number", ["123", "A12"]),
        ("accounts", "name", ["A001", "A002"]),
        ("people", "email", ["Anna", "Bob"]),
        ("activities", "kind", ["赤", "青"]),
        ("opportunities", "created_on", ["yes", "no"]),
        ("accounts", "city", ["a@b.example"]),
    ],
)
def test_values_of_another_kind_do_not(table: str, column: str, cells: list[str]) -> None:
    assert _fit(table, column, *cells) <= 0.3


@pytest.mark.parametrize(
    ("text", "value", "sure"),
    [
        ("受注", "won", True),
        ("成約", "won", True),
        ("Closed Won", "won", True),
        ("closedwon", "won", True),
        ("07_失注", "lost", True),
        ("6. 受注", "won", True),
        ("受注（A社）", "won", False),
        ("Closed Lost (price)", "lost", False),
        ("失注懸念", "open", True),
        ("提案", "open", True),
        ("Negotiation/Review", "open", True),
    ],
)
def test_a_stage_tells_what_is_won_lost_and_open(text: str, value: str, sure: bool) -> None:
    assert known_value("opportunities", "status", text) == (value, sure)


@pytest.mark.parametrize("text", ["未受注", "塩漬け", "受注前", "won't", "", "受注（内示）"])
def test_a_stage_that_only_holds_such_letters_tells_nothing(text: str) -> None:
    assert known_value("opportunities", "status", text) is None


@pytest.mark.parametrize(
    ("cells", "orders"),
    [
        (["4/13/2026", "4/1/2026"], {"mdy"}),
        (["13/4/2026", "1.4.2026"], {"dmy"}),
        (["4/1/2026", "12/12/2026 10:00"], {"mdy", "dmy"}),
        (["13/4/2026", "4/13/2026"], {""}),
        (["2026-04-01", "2026/4/13"], set()),
    ],
)
def test_a_part_over_twelve_decides_which_is_the_month(cells: list[str], orders: set[str]) -> None:
    assert kinds.date_orders(_of(*cells)) == orders


def test_months_and_fiscal_labels_are_days_only_by_a_rule() -> None:
    assert kinds.has_labels(_of("2026年4月"))
    assert kinds.has_labels(_of("2026-04-01", "FY2026 Q1"))
    assert not kinds.has_labels(_of("2026-04-01", "4/1/2026", "abc"))


def test_shares_over_one_are_in_hundredths_unless_their_sign_says_so() -> None:
    assert kinds.above_one(_of("10", "0.5"))
    assert not kinds.above_one(_of("0.5", "1", "35%"))
    assert kinds.amounts(_of("1,200", "3億", "x", "5%")) == [Decimal(1200)]
