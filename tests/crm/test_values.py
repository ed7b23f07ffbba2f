"""A value is read exactly or refused with a reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.cells import Cells
from crm.mapping import ColumnMapping
from crm.schema import Column, ColumnType
from crm.settings import Company
from crm.unusual import read_unusual
from crm.values import quote, trimmed

CON = duckdb.connect()


def read(kind: ColumnType, text: str | None, mapped: object = "c", **more: object) -> object:
    """The value of a cell as an import reads it, or the reason of its refusal as "!code"."""
    column = Column.model_validate({"name": "c", "type": kind, "ja": "列", "en": "c", **more})
    cells = Cells(column, ColumnMapping.model_validate(mapped), Company())
    raw = quote(cells.mapping.constant) if cells.mapping.constant else trimmed("c")
    con = CON.execute(
        f"CREATE OR REPLACE TABLE texts AS SELECT {cells.text('r')} AS t "
        f"FROM (SELECT {raw} AS r FROM (SELECT ?::VARCHAR AS c))",
        [text],
    )
    con.execute("DROP TABLE IF EXISTS others")
    unusual = f"SELECT t FROM texts WHERE t IS NOT NULL AND {cells.value('t')} IS NULL"
    read_unusual(con, "others", unusual, cells.read)
    row = con.execute(
        f"WITH a AS (SELECT t, others.value AS o, fault AS u FROM texts "
        f"LEFT JOIN others ON text = t), b AS (SELECT *, "
        f"coalesce({cells.value('t')}, try_cast(o AS {column.sql_type})) AS v FROM a) "
        f"SELECT v, {cells.fault('t', 'v', 'u')} FROM b"
    ).fetchone()
    assert row is not None
    return f"!{row[1]}" if row[1] else row[0]


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [("45分", "minutes", Decimal(45)), ("４５ 分", "minutes", Decimal(45)),
     ("1,200", "minutes", Decimal(1200)), ("30秒", "seconds", Decimal(30)),
     ("2時間", "minutes", "!two_units"), ("1.5h", "minutes", "!two_units"),
     ("1時間30分", "minutes", "!not_a_number"), ("30分", "seconds", "!not_a_number"),
     ("3割5分", "minutes", "!not_a_number"), ("45分", "count", "!not_a_number")],
)  # fmt: skip
def test_a_time_is_read_in_the_unit_of_its_column_alone(
    text: str, unit: str, value: object
) -> None:
    assert read("number", text, unit=unit) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12345.67", Decimal("12345.67")),
        ("12,345.67", Decimal("12345.67")),
        ("1,234,567", Decimal(1234567)),
        ("-500", Decimal(-500)),
        ("+500", Decimal(500)),
        ("  42　", Decimal(42)),
        ("0.1234", Decimal("0.1234")),
        ("0.12340000", Decimal("0.1234")),
        ("99999999999999", Decimal(99999999999999)),
        ("", None),
        ("　", None),
        (None, None),
    ],
)
def test_an_exact_amount_is_read_to_the_last_digit(text: str | None, value: object) -> None:
    assert read("money", text) == value


@pytest.mark.parametrize(
    "text",
    ["nan", "NaN", "inf", "-Infinity", "1e5", "1E5", "1_000", "0x10", "٣", "½", "1 000", ".5",
     "5.", "--5", "12a", "1;2", "TRUE", "不明"],
)  # fmt: skip
def test_what_is_no_exact_number_is_refused_and_never_guessed(text: str) -> None:
    assert read("money", text) == "!not_a_number"


@pytest.mark.parametrize("text", ["100000000000000", "999999999999999.9999"])
def test_an_amount_beyond_the_column_is_called_too_large(text: str) -> None:
    assert read("money", text) == "!too_large"


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("3.0", 3), ("1,200", 1200), ("-2", -2), ("3.5", "!too_precise"),
     ("1e3", "!not_a_number"), ("٣", "!not_a_number"), ("3.", "!not_a_number")],
)  # fmt: skip
def test_a_whole_number_has_no_fraction(text: str, value: object) -> None:
    assert read("integer", text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("5", 5), ("0", "!out_of_range"), ("6", "!out_of_range"), ("", None)],
)
def test_a_range_includes_both_its_ends(text: str, value: object) -> None:
    assert read("integer", text, min=1, max=5) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", Decimal(0)),
        ("1", Decimal(1)),
        ("0.123456", Decimal("0.123456")),
        ("0.1234567", "!too_precise"),
        ("1.000001", "!out_of_range"),
        ("-0.1", "!out_of_range"),
        ("40", "!out_of_range"),
        ("40%", Decimal("0.4")),
    ],
)
def test_a_ratio_lies_between_nothing_and_one(text: str, value: object) -> None:
    assert read("ratio", text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-04-01", date(2026, 4, 1)),
        ("2026/04/01", date(2026, 4, 1)),
        ("2026/4/1", date(2026, 4, 1)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2026-04-01 09:30", date(2026, 4, 1)),
        ("2026-04-01T09:30:15.123", date(2026, 4, 1)),
        ("", None),
    ],
)
def test_a_day_is_read_whether_or_not_it_has_an_hour(text: str, value: object) -> None:
    assert read("date", text) == value


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-13-01", "2026-00-10", "2026-04-31", "2025-02-29", "2026-04-00"]
)
def test_a_day_that_does_not_exist_is_called_so(text: str) -> None:
    assert read("date", text) == "!impossible_date"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("2026-04-01 or later", "not_a_date"), ("tomorrow", "not_a_date"), ("4/1", "ambiguous_date"),
     ("01/04/2026", "ambiguous_date"), ("26-04-01", "ambiguous_date")],
)  # fmt: skip
def test_a_day_that_is_not_clear_is_refused_and_never_guessed(text: str, reason: str) -> None:
    assert read("date", text) == f"!{reason}"


@pytest.mark.parametrize(
    ("text", "value"),
    [("won", "won"), (" won ", "won"), ("Won", "!not_in_list"), ("受注", "!not_in_list"),
     ("it's", "!not_in_list"), ("", None)],
)  # fmt: skip
def test_an_enum_takes_its_own_values_only(text: str, value: object) -> None:
    assert read("enum", text, values=("open", "won", "lost")) == value


@pytest.mark.parametrize("kind", ["id", "text", "money", "date", "integer", "ratio"])
def test_an_empty_required_value_is_missing(kind: ColumnType) -> None:
    assert read(kind, " 　", required=True) == "!missing"


def test_an_id_keeps_its_leading_zeros() -> None:
    assert read("id", "00123") == "00123"


@pytest.mark.parametrize(
    ("text", "mapped", "value"),
    [
        ("1.5", {"column": "c", "multiply": "1000000"}, Decimal(1500000)),
        ("1,200", {"column": "c", "multiply": "1000"}, Decimal(1200000)),
        ("-12", {"column": "売上(千円)"}, Decimal(-12000)),
        ("1,200", {"column": "売上(千円)", "multiply": "1"}, Decimal(1200)),
        ("1200円", {"column": "売上(千円)"}, "!two_units"),
        ("99999999999", {"column": "年商【百万円】"}, "!too_large"),
        ("n/a", {"column": "c", "multiply": "1000"}, "!not_a_number"),
        ("", {"column": "c", "multiply": "1000", "default": "3"}, Decimal(3000)),
        ("n/a", {"column": "c", "values": {"n/a": None}}, None),
        (None, {"constant": "12"}, Decimal(12)),
    ],
)
def test_a_number_is_multiplied_by_what_the_mapping_or_the_heading_says(
    text: str | None, mapped: dict[str, object], value: object
) -> None:
    assert read("money", text, mapped) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("35", Decimal("0.35")), ("35%", Decimal("0.35")), ("0.5", Decimal("0.005")),
     ("101", "!out_of_range"), ("33.33333", "!too_precise")],
)  # fmt: skip
def test_per_cent_in_the_heading_makes_fractions(text: str, value: object) -> None:
    assert read("ratio", text, "確度(%)") == value


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.decimals("-99999999999999", "99999999999999", places=4))
def test_every_amount_of_four_decimals_comes_back_as_it_was(amount: Decimal) -> None:
    assert read("money", f"{amount:f}") == amount
    assert read("money", f"{amount:,f}") == amount


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_comes_back_as_it_was(day: date) -> None:
    assert read("date", day.isoformat()) == day
    assert read("date", f"{day.year}/{day.month}/{day.day}") == day


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_read_or_refused_and_never_breaks_the_query(text: str) -> None:
    if "\x00" not in text:
        for kind in ("money", "integer", "ratio", "date"):
            read(kind, text)
