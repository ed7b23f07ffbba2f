"""Answers made by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from assistant.answer import Answer, Block, Citation, ToolCall
from tools.facts import Basis, Fact, LeftOut, Text, Value

BASIS = Basis(
    tool="account_overview",
    arguments={"account_id": "A001"},
    as_of=date(2026, 9, 30),
    rows=12,
    formula="sales.net_sales",
    snapshot="0123456789ab",
    left_out=(LeftOut(rows=2, reason=Text(ja="日付なし", en="no date")),),
    note=Text(ja="推計", en="estimate"),
)


def fact_of(value: Value, unit: str = "JPY") -> Fact:
    label = Text(ja="売上", en="Sales")
    return Fact(name="sales.net_sales", label=label, value=value, unit=unit, basis=BASIS)


def answer_of(*blocks: Block, text: str = "x") -> Answer:
    return Answer(
        text=text,
        blocks=blocks,
        language="ja",
        facts=(fact_of(Decimal("1.50")),),
        citations=(Citation(number=1, id="0" * 24, title="t", heading="h", file="f.md", text="p"),),
        tool_calls=(ToolCall(name="briefing", arguments={"since": date(2026, 1, 2)}),),
        notices=("n",),
        model="builtin",
        thread="t1",
    )
