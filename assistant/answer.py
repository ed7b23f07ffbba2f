"""An answer is free of any framework: words, the facts behind them, and what may be done next."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from crm.settings import Language
from tools.facts import Fact, ToolResult


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Heading(_Model):
    type: Literal["heading"] = "heading"
    level: int
    text: str


class Paragraph(_Model):
    type: Literal["paragraph"] = "paragraph"
    text: str


class Bullets(_Model):
    """A list; a numbered one counts from 1."""

    type: Literal["bullets"] = "bullets"
    items: tuple[str, ...]
    numbered: bool = False


class TableBlock(_Model):
    type: Literal["table"] = "table"
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Bullets | TableBlock
"""Texts inside blocks carry no markup but `**strong**`; they are for display, none is trusted."""


class Citation(_Model):
    """A passage that the answer rests on; the tool open_passage opens it by its `id`."""

    number: int
    id: str
    title: str
    heading: str
    file: str
    text: str


class ToolCall(_Model):
    """A tool the turn has called, with the arguments as given."""

    name: str
    arguments: dict[str, Any]


class Waiting(_Model):
    """What was shown and takes effect when the person says yes: exactly this, by its digest."""

    plan_id: str
    digest: str
    kind: Literal["change", "move"]
    to: str | None = None


class Answer(_Model):
    """What the asker gets: `text` is the whole answer as Markdown, `blocks` the same in parts.

    `id` names it for feedback and in the audit log. `facts` are those the text shows; `notices` say
    what was cut, fell back or is missing. `tokens` is what a provider's model has read and written
    for it, None when that is unknown. `charts` are the results that can be drawn, `account_id` and
    `plan_id` what the answer is about. `waits` is what a yes would do; `choices` are the readings
    of which one is to be chosen by number, and `choosing` is their digest.
    """

    id: str = ""

    text: str
    blocks: tuple[Block, ...]
    language: Language
    facts: tuple[Fact, ...]
    citations: tuple[Citation, ...]
    tool_calls: tuple[ToolCall, ...]
    notices: tuple[str, ...]
    model: str
    thread: str
    tokens: int | None = None
    charts: tuple[ToolResult, ...] = ()
    account_id: str | None = None
    plan_id: str | None = None
    waits: Waiting | None = None
    choices: tuple[str, ...] = ()
    choosing: str | None = None


class Status(_Model):
    """What the assistant is doing now, in the asker's language."""

    type: Literal["status"] = "status"
    text: str


class TextPart(_Model):
    """The next part of the checked answer, as Markdown."""

    type: Literal["text"] = "text"
    text: str


class Done(_Model):
    """The turn is over: the whole answer."""

    type: Literal["done"] = "done"
    answer: Answer


Event = Status | TextPart | Done
