"""What a part says of an action besides its name: who, when and for how much, field by field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from assistant.planning.edits.days import Day
from assistant.planning.edits.figures import exact, money
from assistant.planning.edits.names import is_at_customer, theirs
from assistant.planning.edits.part import Part, Span, compiled, words
from assistant.planning.edits.view import Ask, View

_GONE = "\ufffb"
"""Stands for each character of a field that was found: it ends what stands beside it."""
_PEOPLE = ("their_owner", "department", "owner")


@dataclass(frozen=True)
class Field:
    """A field of an action with its value, and where its words stand."""

    name: str
    value: Any
    start: int
    end: int

    @property
    def span(self) -> Span:
        return self.start, self.end


def fields_in(view: View, *, dated: bool = True) -> list[Field] | Ask:
    """The fields that a part says, in order; the question about an amount in another currency."""
    found: list[Field] = []
    amount = money(view)
    if isinstance(amount, Ask):
        return amount
    text = view.part.plain
    if amount is not None and (span := _worded(text, (amount.start, amount.end), "value")):
        found.append(Field("value", exact(amount.value), *span))
    text = _without(text, found)
    if dated:
        found += [_due(text, day) for day in view.days]
    text = _without(text, found)
    for name in _PEOPLE:
        for match in _named(name, text):
            value = _person(view, name, view.part.as_said(*match.span("who")), match)
            if value:
                found.append(Field(name, value, *match.span()))
                text = _without(text, found)
                break
    return sorted(found, key=lambda field: field.start)


def hidden(part: Part, fields: list[Field]) -> str:
    """The folded text of a part in which fields are hidden."""
    return _without(part.plain, fields)


def is_said(text: str) -> bool:
    """Whether a text says anything besides particles and words of courtesy."""
    return compiled(r"(?:[^\w]|<<filler>>)*").fullmatch(Part.of(text).plain) is None


def _without(text: str, fields: list[Field]) -> str:
    for field in fields:
        text = text[: field.start] + _GONE * (field.end - field.start) + text[field.end :]
    return text


def _named(name: str, text: str) -> list[re.Match[str]]:
    forms: list[str] = words()["fields"][name]
    return [match for form in forms for match in compiled(form).finditer(text)]


def _person(view: View, name: str, said: str, match: re.Match[str]) -> str | None:
    if name == "department":
        return said
    if name == "owner":
        return said if view.is_person(said) and not view.is_theirs(said) else None
    is_sure = match.groupdict().get("sure")
    return (
        theirs(said, view.plan) if is_at_customer(said, view.plan, is_sure=bool(is_sure)) else None
    )


def _worded(text: str, span: Span, name: str) -> Span | None:
    """A span with the words that make it this field: before it, or else after it."""
    around: dict[str, str] = words()["around"]
    before = compiled(around[f"{name}_before"]).search(text[: span[0]])
    after = compiled(around[f"{name}_after"]).match(text, span[1])
    if before is None and after is None:
        return None
    tail = compiled("<<tail>>").match(text, after.end() if after else span[1])
    return (before.start() if before else span[0], tail.end() if tail else span[1])


def _due(text: str, day: Day) -> Field:
    start, end = _worded(text, day.span, "due") or day.span
    return Field("due", day, start, end)
