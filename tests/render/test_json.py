"""A figure is a JSON number that is exactly the figure; unknown is null."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.schemas import AnswerOut, ResultOut
from api.render.json import (
    answer_json,
    event_json,
    fact_json,
    number_of,
    result_json,
    value_json,
)
from assistant.answer import Done, Paragraph, Status, TextPart
from crm.scope import ScopedTables
from tests.companies import SAMPLE_DAY
from tests.render.answers import answer_of, fact_of
from tools.catalog import CATALOG


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("12"), "12"),
        (Decimal("12.0000"), "12"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.631501"), "0.631501"),
        (Decimal("-0.1"), "-0.1"),
        (Decimal("123456789012345678"), "123456789012345678"),
        (Decimal("12345678901234567.1234"), '"12345678901234567.1234"'),
        (Decimal("NaN"), '"NaN"'),
        (7, "7"),
        (None, "null"),
        (date(2026, 3, 31), '"2026-03-31"'),
        ("text", '"text"'),
    ],
)
def test_a_value_is_its_json(value: object, shown: str) -> None:
    assert json.dumps(value_json(value)) == shown  # type: ignore[arg-type]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_no_decimal_loses_a_digit(value: Decimal) -> None:
    shown = json.dumps(number_of(value))
    assert Decimal(shown.strip('"')) == value


def test_a_fact_shows_its_label_in_both_languages_or_in_one() -> None:
    both, one = fact_json(fact_of(Decimal("1.5"))), fact_json(fact_of(None), "en")
    assert both["label"] == {"ja": "売上", "en": "Sales"}
    assert both["value"] == 1.5
    assert both["basis"]["left_out"] == [{"rows": 2, "reason": {"ja": "日付なし", "en": "no date"}}]
    assert one["label"] == "Sales"
    assert one["value"] is None
    assert one["basis"]["note"] == "estimate"


def test_an_answer_is_json_as_described() -> None:
    shown = answer_json(answer_of(Paragraph(text="p")))
    AnswerOut.model_validate(json.loads(json.dumps(shown)))
    assert shown["tool_calls"] == [{"name": "briefing", "arguments": {"since": "2026-01-02"}}]
    assert shown["blocks"] == [{"type": "paragraph", "text": "p"}]


def test_events_carry_their_type() -> None:
    assert event_json(Status(text="s")) == {"type": "status", "text": "s"}
    assert event_json(Done(answer=answer_of()))["answer"]["thread"] == "t1"


def test_every_tool_gives_json_as_described(sample: ScopedTables) -> None:
    for tool in CATALOG:
        given_ = {"account_id": "A001", "text": "東都", "since": "2026-07-01"}
        known = {k: v for k, v in given_.items() if k in tool.arguments.model_fields}
        result = tool.call(sample, {**known, "as_of": SAMPLE_DAY})
        shown = json.loads(json.dumps(result_json(result), allow_nan=False))
        ResultOut.model_validate(shown)
        if result.table:
            columns = [column.name for column in result.table.columns]
            assert len(columns) == len(set(columns)), tool.name


def test_the_text_of_an_answer_holds_no_link_that_came_from_data() -> None:
    hostile = "[see](https://x.example/a?b=1) <img src=//x.example> 63.2 %"
    told = answer_json(answer_of(text=hostile))["text"]
    assert "x.example" not in told
    assert "](" not in told
    assert "<img" not in told
    assert "63.2 %" in told
    part = event_json(TextPart(text=hostile))["text"]
    assert "x.example" not in part
