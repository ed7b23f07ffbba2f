"""What goes in is checked here to the letter; what comes out is described here for OpenAPI."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from crm.settings import Language

_FIRST, _LAST = date(1950, 1, 1), date(2150, 12, 31)


def _day(given: object) -> date:
    if not isinstance(given, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", given):
        raise ValueError("a day is written YYYY-MM-DD")
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise ValueError("there is no such day") from None
    if not _FIRST <= day <= _LAST:
        raise ValueError(f"the day lies before {_FIRST} or after {_LAST}")
    return day


def _unicode(given: object) -> object:
    if isinstance(given, str) and any("\ud800" <= c <= "\udfff" for c in given):
        raise ValueError("it holds half of a surrogate pair")
    return given


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Words = Annotated[str, BeforeValidator(_unicode)]
Number = int | float | str | None


class Question(BaseModel):
    """A message of a conversation."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"text": "みずほ精工との商談前ブリーフィングをお願いします"},
                {"text": "Which accounts need attention?", "language": "en"},
            ]
        },
    )

    text: Words = Field(description="The question, in Japanese or English; 4,000 characters.")
    thread: Words | None = Field(
        default=None, description="The conversation it belongs to; without it a new one begins."
    )
    as_of: Day | None = Field(default=None, description="The day that counts as today.")
    language: Language | None = Field(
        default=None, description="The answer's language; without it that of the question."
    )
    confirms: Words | None = Field(
        default=None,
        description="With a yes: the `digest` of what waits for it, and nothing else is done.",
    )


class Bilingual(BaseModel):
    """The same words in Japanese and in English."""

    ja: str
    en: str


class LeftOutOut(BaseModel):
    rows: int
    reason: Bilingual


class BasisOut(BaseModel):
    """What a figure rests on: the tool, its arguments, the day, the rows and the import."""

    tool: str
    arguments: dict[str, str]
    settings: dict[str, str] = Field(description="The settings that decide it.")
    as_of: date
    rows: int | None = Field(description="Source rows; null when they were not counted.")
    formula: str = Field(description="The row of docs/metrics.md.")
    snapshot: str = Field(description="The import that the figure comes from.")
    left_out: list[LeftOutOut]
    note: Bilingual | None


class FactOut(BaseModel):
    """One figure or name. A ratio is the fraction; null is unknown, and never zero."""

    name: str = Field(examples=["pipeline.weighted_value"])
    value: Number = Field(
        description="A number, text, or an ISO date. A decimal that no float holds exactly is text."
    )
    unit: str = Field(examples=["JPY", "%", "days", "count"])
    label: Bilingual
    subject: str | None = Field(examples=["account:A001"])
    basis: BasisOut


class ColumnOut(BaseModel):
    name: str
    label: Bilingual
    unit: str


class TableOut(BaseModel):
    """Rows as {column name: value}; `subjects[i]` is what row i is about."""

    columns: list[ColumnOut]
    rows: list[dict[str, Number]]
    subjects: list[str]
    sort: Bilingual
    total_rows: int = Field(description="Rows before the table was cut off.")
    basis: BasisOut


class ResultOut(BaseModel):
    """What a tool answers."""

    tool: str
    facts: list[FactOut]
    table: TableOut | None
    warnings: list[Bilingual] = Field(description="What was missing, what was assumed.")
    chart: dict[str, Any] | None
    next_steps: list[Bilingual]
    parts: list[ResultOut]


class CitationOut(BaseModel):
    """A passage the answer rests on."""

    number: int
    id: str = Field(description="Opens the passage: GET /v1/passages/{id}.")
    title: str
    heading: str
    file: str
    text: str


class CallOut(BaseModel):
    """A tool the turn has called."""

    name: str
    arguments: dict[str, Any]


class WaitingOut(BaseModel):
    """What was shown and takes effect when the person says yes, with `confirms`: its `digest`."""

    plan_id: str
    digest: str
    kind: Literal["change", "move"]
    to: str | None


class AnswerOut(BaseModel):
    """An answer whose every figure is one of `facts`, a cited passage, or the asker's own words."""

    id: str = Field(description="Names it in `POST /v1/feedback` and in the audit log.")
    text: str = Field(description="The whole answer as Markdown.")
    blocks: list[dict[str, Any]] = Field(
        description="The same in parts: heading, paragraph, bullets, table."
    )
    language: Literal["ja", "en"]
    facts: list[FactOut]
    citations: list[CitationOut]
    tool_calls: list[CallOut]
    notices: list[str] = Field(description="What was cut, fell back or is missing.")
    model: str = Field(description="The model that chose the words; `none` for a briefing page.")
    thread: str = Field(description="Name it in the next question to go on with this one.")
    account_id: str | None = Field(description="The account it is about.")
    plan_id: str | None = Field(description="The plan it is about.")
    charts: list[str] = Field(description="Tools of the turn whose results can be drawn.")
    waits: WaitingOut | None = Field(description="What a yes would do.")
    choices: list[str] = Field(description="Readings of which one is chosen by its number.")
