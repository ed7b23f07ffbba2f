"""A figure is a JSON number, the same one in every door; unknown is null, and never zero.

Words from data are inert as everywhere: whoever shows them gets no address and no link of Markdown.
"""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import Any

from api.render.markdown import markdown
from api.render.safe import inert
from assistant.answer import Answer, Done, Event
from crm.settings import Language
from tools.facts import Basis, Fact, Table, Text, ToolResult, Value

Json = dict[str, Any]


def number_of(value: Decimal) -> int | float | str:
    """A whole number as int, one that a float writes exactly as float, any other as its digits."""
    if not value.is_finite():
        return str(value)
    if value == value.to_integral_value():
        return int(value)
    nearest = float(str(value))
    if math.isfinite(nearest) and Decimal(repr(nearest)) == value:
        return nearest
    return str(value)


def value_json(value: Value) -> int | float | str | None:
    """A fact's value: numbers as numbers, dates as ISO text, unknown as null."""
    if isinstance(value, Decimal):
        return number_of(value)
    if isinstance(value, date):
        return value.isoformat()
    return inert(value) if isinstance(value, str) else value


def text_json(text: Text, language: Language | None = None) -> Json | str:
    """Words in one language, or {ja, en} when none is asked for."""
    if language:
        return inert(text.in_(language))
    return {"ja": inert(text.ja), "en": inert(text.en)}


def basis_json(basis: Basis, language: Language | None = None) -> Json:
    """What a fact rests on."""
    return {
        "tool": basis.tool,
        "arguments": dict(basis.arguments),
        "settings": dict(basis.settings),
        "as_of": basis.as_of.isoformat(),
        "rows": basis.rows,
        "formula": basis.formula,
        "snapshot": basis.snapshot,
        "left_out": [
            {"rows": part.rows, "reason": text_json(part.reason, language)}
            for part in basis.left_out
        ],
        "note": text_json(basis.note, language) if basis.note else None,
    }


def fact_json(fact: Fact, language: Language | None = None) -> Json:
    """One figure with its name, unit, label, subject and basis; a ratio is the fraction."""
    return {
        "name": fact.name,
        "value": value_json(fact.value),
        "unit": fact.unit,
        "label": text_json(fact.label, language),
        "subject": fact.subject,
        "basis": basis_json(fact.basis, language),
    }


def table_json(table: Table, language: Language | None = None) -> Json:
    """Columns, and rows as {column name: value}; `subjects[i]` is what row i is about."""
    names = [column.name for column in table.columns]
    return {
        "columns": [
            {"name": c.name, "label": text_json(c.label, language), "unit": c.unit}
            for c in table.columns
        ],
        "rows": [dict(zip(names, map(value_json, row), strict=True)) for row in table.rows],
        "subjects": list(table.subjects),
        "sort": text_json(table.sort, language),
        "total_rows": table.total_rows,
        "basis": basis_json(table.basis, language),
    }


def result_json(result: ToolResult, language: Language | None = None) -> Json:
    """A tool's whole result; words in one language, or in both when none is asked for."""
    return {
        "tool": result.tool,
        "facts": [fact_json(fact, language) for fact in result.facts],
        "table": table_json(result.table, language) if result.table else None,
        "warnings": [text_json(warning, language) for warning in result.warnings],
        "chart": lame(result.chart.model_dump()) if result.chart else None,
        "next_steps": [text_json(step, language) for step in result.next_steps],
        "parts": [result_json(part, language) for part in result.parts],
    }


def answer_json(answer: Answer) -> Json:
    """An answer: `text` is all of it as Markdown, `facts` are those the text shows."""
    return {
        "id": answer.id,
        "text": markdown(answer.text),
        "blocks": [lame(block.model_dump(mode="json")) for block in answer.blocks],
        "language": answer.language,
        "facts": [fact_json(fact) for fact in answer.facts],
        "citations": [lame(citation.model_dump(mode="json")) for citation in answer.citations],
        "tool_calls": [
            {"name": call.name, "arguments": _plain(call.arguments)} for call in answer.tool_calls
        ],
        "notices": lame(answer.notices),
        "model": answer.model,
        "thread": answer.thread,
        "account_id": answer.account_id,
        "plan_id": answer.plan_id,
        "charts": [result.tool for result in answer.charts],
        "waits": answer.waits.model_dump() if answer.waits else None,
        "choices": list(answer.choices),
    }


def event_json(event: Event) -> Json:
    """An event of a turn: {type, text}, or {type, answer} at its end."""
    if isinstance(event, Done):
        return {"type": event.type, "answer": answer_json(event.answer)}
    return {"type": event.type, "text": markdown(event.text)}


def lame(value: Any) -> Any:
    """The same with every text in it inert."""
    if isinstance(value, dict):
        return {key: lame(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [lame(part) for part in value]
    return inert(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """A tool's arguments, which may hold dates and decimals, as JSON holds them."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(part) for part in value]
    if value is None or isinstance(value, (str, int, float, date, Decimal)):
        return value_json(value) if isinstance(value, (date, Decimal)) else value
    return str(value)
