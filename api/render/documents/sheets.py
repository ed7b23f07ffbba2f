"""What the sheets of a plan as a workbook hold: a column for each field that people fill in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from crm.declared import declared
from crm.settings import Language
from plans.model import Plan
from plans.wording import field_word

Kind = Literal["text", "day", "money", "figure", "unit", "code", "flag", "word", "goal", "shown"]
"""How a cell is written and read; `shown` is only for reading."""

GOAL_ROWS = 500
"""Rows of the goals that an action can be linked to by choosing from a list."""
NAMES = ("plan", "version", "hash", "language")
"""What the workbook says of itself, in cells that have these names after `tagayasu_`."""


@dataclass(frozen=True)
class Exported:
    """The plan that a workbook was made of: which one, which version, in which language."""

    plan_id: str
    version: int
    hash: str
    language: Language


@dataclass(frozen=True)
class Column:
    """A column of a field; `collection` where the field is of the item's progress."""

    field: str
    kind: Kind = "text"
    width: int = 18
    collection: str = ""


@dataclass(frozen=True)
class Sheet:
    """A sheet of the items of a collection, one a row, its id in a hidden first column."""

    collection: str
    columns: tuple[Column, ...]

    def of(self, column: Column) -> str:
        return column.collection or self.collection

    def heading(self, column: Column, language: Language) -> str:
        """What stands above a column."""
        return field_word(self.of(column), column.field, language)


SHEETS = (
    Sheet("goals", (
        Column("what", width=46), Column("measure", "code"), Column("amount", "money"),
        Column("due", "day", 15), Column("target_stage", "code", 16), Column("goal_type"),
    )),
    Sheet("actions", (
        Column("what", width=46), Column("start", "day", 15), Column("due", "day", 15),
        Column("to_whom"), Column("how", width=30), Column("owner", width=16),
        Column("their_owner", width=16), Column("department", width=16),
        Column("goal", "goal", 26), Column("value", "money"), Column("mutual", "flag", 14),
        Column("done_on", "day", 15, "progress"), Column("dropped", "flag", 13, "progress"),
        Column("note", width=28, collection="progress"),
    )),
    Sheet("kpis", (
        Column("what", width=40), Column("unit", "unit", 12), Column("measure", "shown", 24),
        Column("baseline", "shown", 20), Column("baseline_value", "figure", 20),
        Column("target", "figure", 20), Column("due", "day", 15),
    )),
    Sheet("people", (
        Column("name"), Column("title", width=22), Column("department", width=24),
        Column("role", "word", 22), Column("attitude", "word"), Column("ours", width=22),
    )),
    Sheet("team", (Column("name", width=22), Column("role", "code", 22), Column("duty", width=60))),
    Sheet("calendar", (
        Column("what", width=50), Column("level", "code", 18), Column("every", "code", 18),
        Column("first", "day", 16),
    )),
    Sheet("records", (
        Column("held_on", "day", 15), Column("by", width=20), Column("summary", width=60),
        Column("decisions", width=50),
    )),
    Sheet("statements", (
        Column("section", "shown", 22), Column("text", "shown", 80), Column("kind", "shown", 12),
        Column("status", "shown", 14), Column("test", "shown", 40), Column("quote", "shown", 34),
    )),
)  # fmt: skip
"""In the order of the workbook; goals stand first, for actions name them."""


@cache
def words() -> Mapping[str, Any]:
    """The words of sheets.yaml."""
    found: dict[str, Any] = declared("api.render.documents", "sheets.yaml")
    return found


def title(sheet: str, language: Language) -> str:
    """What a sheet is called."""
    found: str = words()["sheets"][sheet][language]
    return found


def goal_names(plan: Plan) -> dict[str, str]:
    """What each goal is called where an action names it, by its id; no two alike."""
    called = [goal.what for goal in plan.goals]
    return {
        goal.id: goal.what if called.count(goal.what) == 1 else f"{goal.what} ({goal.id})"
        for goal in plan.goals
    }


def codes_of(collection: str, field: str) -> Sequence[str]:
    """The values that a field may have."""
    from typing import get_args

    annotation = Plan.collections[collection].model_fields[field].annotation
    parts = [part for part in (annotation, *get_args(annotation)) if part is not type(None)]
    found = [arg for part in parts for arg in get_args(part) if isinstance(arg, str)]
    return list(dict.fromkeys(found))
