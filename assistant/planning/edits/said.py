"""What somebody says of a plan, and what becomes of it: the plan as edited, or a question back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from assistant.builtin.slots import Colleague
from crm.settings import Language
from plans.changes import Change
from plans.model import Plan
from tools.facts import Text


@dataclass(frozen=True)
class Said:
    """Who says it, when, and whom of us they may mean.

    `readings` are the family names of people at the customer, by how they are written in Latin
    letters in lower case.
    """

    person_id: str
    name: str
    as_of: date
    fiscal_year_start: int
    language: Language
    colleagues: Sequence[Colleague]
    readings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Edited:
    """The plan with the edits applied; `changes` is diff(before, plan), and never empty.

    `unplaced` are the parts of the message that were not understood as an edit, as said.
    """

    plan: Plan
    changes: tuple[Change, ...]
    unplaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unclear:
    """One question back; each choice has its label and what is done when it is chosen."""

    question: Text
    choices: tuple[tuple[str, Edited], ...] = ()
