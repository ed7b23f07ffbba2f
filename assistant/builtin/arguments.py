"""The arguments of a call: what a message says, as far as the tool can take it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

from assistant.builtin.moves import Call
from assistant.builtin.slots import Colleague, Slots, lexicon
from assistant.builtin.words import plain_form
from crm.periods import parse_period
from tools.arguments import Arguments, RowArguments

_BY: dict[str, dict[str, str]] = {
    "loss_analysis": {"loss_reason": "reason"},
    "effort_and_return": {"owner": "person"},
    "engagement_report": {"owner": "person"},
}
"""What a tool calls a grouping that others call otherwise."""
_PROFITS = {"whale_curve": "whale.profit", "effort_and_return": "effort.profit"}
"""The column that tells who loses money."""
_JOINED = re.compile(r"\sand\s", re.IGNORECASE)
"""What joins two conditions on rows."""
_LEVELS = {"owner": "person", "team": "team", "account": "account"}


@dataclass(frozen=True)
class Asker:
    """Who asks, on which day, in which fiscal year."""

    person_id: str
    as_of: date
    fiscal_start: int


class ArgumentWriter:
    """Writes the arguments of calls; what a tool cannot take is left out."""

    def __init__(
        self,
        arguments: Mapping[str, type[Arguments]],
        people: Sequence[Colleague],
        asker: Asker,
    ) -> None:
        self._known = arguments
        self._people = people
        self._asker = asker

    def takes(self, tool: str, name: str, value: str | None = None) -> bool:
        """Whether a tool has that argument, and may be given that value."""
        info = self._fields(tool).get(name)
        if info is None:
            return False
        allowed = _choices(info.annotation)
        return value is None or not allowed or value in allowed

    def knows_ware(self, tool: str, slots: Slots) -> bool:
        """Whether the rows of a tool can be those of the product or category that is named."""
        ware = slots.ware
        if ware is None or _JOINED.search(ware.name):
            return False
        column = lexicon()["columns"].get(tool, {}).get("ware")
        grouped = "by" in self._fields(tool) and self.takes(tool, "by", ware.kind)
        return column is not None and (grouped or ware.kind == "category")

    def by(self, tool: str, slots: Slots) -> str | None:
        """The grouping that a message asks of a tool, as the tool calls it."""
        if slots.ware is not None and slots.by is None and self.knows_ware(tool, slots):
            return slots.ware.kind if "by" in self._fields(tool) else None
        if slots.by is None:
            return None
        name = _BY.get(tool, {}).get(slots.by, slots.by)
        return name if self.takes(tool, "by", name) and "by" in self._fields(tool) else None

    def write(self, call: Call, slots: Slots) -> list[Call]:
        """The call with the arguments that the slots give, one for each of several people."""
        given = {**self._plain(call.tool, slots), **self._special(call.tool, slots)}
        return [call.with_(**given, **who) for who in self._who(call.tool, slots)]

    def _plain(self, tool: str, slots: Slots) -> dict[str, Any]:
        found: dict[str, Any] = {
            "period": slots.period,
            "by": self.by(tool, slots),
            "limit": slots.limit,
            "group": True if slots.group else None,
            "measure": slots.measure,
            "kind": slots.kind,
            "basis": slots.basis,
            "where": self._where(tool, slots),
            "sort": self._sort(tool, slots),
        }
        return {
            name: value
            for name, value in found.items()
            if value is not None and self.takes(tool, name, str(value))
        }

    def _special(self, tool: str, slots: Slots) -> dict[str, Any]:
        """What only one tool takes."""
        found: dict[str, Any] = {}
        if slots.signal and self.takes(tool, "signal", slots.signal):
            found["signal"] = slots.signal
        if tool == "deepening_stage" and slots.stage and slots.promotion:
            found["promote_to"] = slots.stage
        if tool == "activity_checklist" and slots.stage:
            found["stage"] = slots.stage
        if tool == "targets_and_gap":
            level = slots.level or _LEVELS.get(slots.by or "") or ("team" if slots.teams else None)
            if level is not None:
                found["level"] = None if level == "person" else level
        if tool == "driver_audit" and slots.measure == "operating_profit":
            found["outcome"] = "operating_profit"
        if tool == "driver_grid" and len(slots.drivers) == 2:
            found |= {"x": slots.drivers[0], "y": slots.drivers[1]}
        if tool == "recent_changes" and slots.period:
            found["since"] = self._span(slots.period).start.isoformat()
        if tool == "attention_backtest" and (days := self._days(slots)):
            found |= {"days": days} if 1 <= days <= 365 else {}
        return found

    def _days(self, slots: Slots) -> int | None:
        """How many days a message speaks of."""
        if slots.period:
            return int(self._span(slots.period).days)
        bounds = [int(t.value) for t in slots.thresholds if t.unit == "days"]
        said = re.search(r"(\d{1,3})\s?(?:日|days?)", plain_form(slots.rest))
        return bounds[0] if bounds else int(said[1]) if said else None

    def _who(self, tool: str, slots: Slots) -> list[dict[str, Any]]:
        """The persons or teams that a call is about, each once."""
        if tool == "introduction_routes" and slots.people:
            return [{"from_person_id": person} for person in slots.people]
        people = list(slots.people)
        if not people and (slots.mine or slots.my_team) and self._asker.person_id:
            people = [self._asker.person_id]
        if people and self.takes(tool, "owner_id"):
            return [{"owner_id": person, "team": None} for person in people]
        if slots.teams and self.takes(tool, "team"):
            return [{"team": team, "owner_id": None} for team in slots.teams]
        if slots.teams and self.takes(tool, "owner_id"):
            heads = [head for team in slots.teams if (head := self._head(team))]
            return [{"owner_id": head} for head in heads] or [{}]
        return [{}]

    def _head(self, team: str) -> str | None:
        """The one manager of a team: their accounts are those of everybody in it."""
        heads = [p.person_id for p in self._people if p.team == team and p.role == "manager"]
        return heads[0] if len(heads) == 1 else None

    def _where(self, tool: str, slots: Slots) -> str | None:
        if not self._chooses_rows(tool):
            return None
        columns = lexicon()["columns"].get(tool, {})
        parts = []
        for bound in slots.thresholds:
            column = _column(columns, bound.unit, bound.about)
            if column is not None:
                parts.append(f"{column} {bound.op} {bound.value:f}")
        if slots.ware is not None and slots.by is None and self.knows_ware(tool, slots):
            parts.append(f"{columns['ware']} = {slots.ware.name}")
        if slots.absence is not None and (column := columns.get(slots.absence.what)):
            parts.append(f"{column} = 0")
        if slots.letter and "letter" in columns:
            parts.append(f"{columns['letter']} = {slots.letter}")
        if slots.place and "place" in columns:
            parts.append(f"{columns['place']} = {slots.place}")
        if slots.signal == "profit_negative" and not parts and tool in _PROFITS:
            parts.append(f"{_PROFITS[tool]} < 0")
        return " and ".join(parts) or None

    def _sort(self, tool: str, slots: Slots) -> str | None:
        """The order asked for: by the word that names a measure, else by what the tool is about.

        The worst are the smallest; the largest first is how tools list what they are about.
        """
        if not self._chooses_rows(tool):
            return None
        columns = lexicon()["columns"].get(tool, {})
        order = "up" if slots.worst else slots.order
        main = columns.get("main")
        named = _named_column(columns, slots.rest) if slots.order else None
        column = named or main
        if order is None or column is None:
            return None
        if order == "up":
            return str(column)
        return f"-{column}" if named and named != main else None

    def shows_absence(self, tool: str, slots: Slots) -> bool:
        """Whether a column of the tool tells who has none of what a message speaks of."""
        return slots.absence is not None and slots.absence.what in lexicon()["columns"].get(
            tool, {}
        )

    def _chooses_rows(self, tool: str) -> bool:
        return issubclass(self._arguments(tool), RowArguments)

    def _arguments(self, tool: str) -> type[Arguments]:
        return self._known[tool]

    def _fields(self, tool: str) -> dict[str, Any]:
        return dict(self._arguments(tool).model_fields)

    def _span(self, period: str) -> Any:
        return parse_period(period, self._asker.as_of, self._asker.fiscal_start)


def _column(columns: dict[str, Any], unit: str | None, about: str) -> str | None:
    """The column that a bound is about: by the word beside it, else by its unit."""
    if named := _named_column(columns, about):
        return named
    found = columns.get(unit or "none")
    return str(found) if found else None


def _named_column(columns: dict[str, Any], text: str) -> str | None:
    """The column whose word stands in a message."""
    for pattern, column in columns.get("words", {}).items():
        if re.search(pattern, plain_form(text)):
            return str(column)
    return None


def _choices(annotation: Any) -> frozenset[str]:
    """The values that a Literal allows; none where anything may be given."""
    found: set[str] = set()
    for part in get_args(annotation) or ():
        if isinstance(part, str):
            found.add(part)
        else:
            found |= _choices(part)
    return frozenset(found)
