"""What every kind of document is made of: a plan in words, its charts, where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from api.render.charts.wording import plain
from api.render.documents.pictures import Picture
from assistant.planning.show import Part, PartTable, PlanView, Said
from crm.declared import declared
from crm.settings import Language
from plans.checks import Checked
from plans.stored import Stored
from plans.wording import code_word
from tools.facts import ToolResult
from tools.format import shown

_STRATEGY, _ACTIONS, _RISKS = 2, 3, 3
"""Sentences of the strategy, next actions and risks that the summary names."""
_LINE = 180
"""Columns of a line of the summary (a Japanese letter takes two); longer ones are cut."""
_PICTURES = {
    "account": ("sales_trend",),
    "organisation": ("relationship_map",),
    "position": ("customer_profitability", "white_space_map", "pipeline_metrics"),
}
"""Which charts stand in which part."""


_WAY = (
    "actual", "remaining", "required_pipeline", "open_by", "proposal_due", "planned_value",
    "planned_reaches",
)  # fmt: skip
"""What is told of the way to a goal: facts of the goal arithmetic."""


@dataclass(frozen=True)
class PlanDocument:
    """A plan to be handed on: `view` is in the language of the document.

    `reckoned` is the goal arithmetic of each goal, in their order.
    """

    stored: Stored
    view: PlanView
    pictures: Sequence[Picture]
    checked: Checked
    reckoned: Sequence[ToolResult] = ()

    @property
    def language(self) -> Language:
        return self.view.language

    @property
    def state(self) -> str:
        """The state and the version, in words."""
        state = code_word("state", self.stored.state, self.language)
        return self.word("state_version", state=state, version=self.stored.version)

    @property
    def cover(self) -> list[tuple[str, str]]:
        """What the cover says: a name and a value each."""
        view = self.view
        return [
            (self.word("account"), view.account),
            (self.word("period"), self.word("span", start=view.start, end=view.end)),
            (self.word("owner"), view.owner or self.word("unknown")),
            (self.word("status"), self.state),
            (self.word("as_of"), view.as_of),
            (
                self.word("completeness"),
                self.word("score", score=self.checked.score, gaps=len(self.checked.gaps)),
            ),
        ]

    @property
    def summary(self) -> list[tuple[str, list[str]]]:
        """The plan on one page: goal, where we stand, strategy, what comes next, what may go wrong.

        Every sentence is one of the plan's; a heading has no line where the plan says nothing.
        """
        view = self.view
        parts = {
            "goal": [self.word("goal_line", **row) for row in view.goals],
            "standing": [s.told for s in view.statements("position") if not s.quoted],
            "strategy": [s.told for s in view.statements("scenario") if not s.quoted][:_STRATEGY],
            "next": [self.word("action_line", **row) for row in self._coming[:_ACTIONS]],
            "risks": [s.told for s in self._threats[:_RISKS]],
        }
        return [
            (self.word(n), [plain(line, _LINE) for line in found]) for n, found in parts.items()
        ]

    @property
    def _coming(self) -> list[dict[str, str]]:
        """The actions that are neither done nor dropped, the next first."""
        plan, rows = self.view.plan, self.view.actions
        followed = [plan.followed_up(action) for action in plan.actions]
        pairs = zip(rows, followed, strict=True)
        return [row for row, p in pairs if p.done_on is None and not p.dropped]

    @property
    def _threats(self) -> list[Said]:
        return [*self.view.statements("risk"), *self.view.statements("threat")]

    @property
    def way(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What each goal asks for: its name, and what is told of it, a name and a value each."""
        return [
            (row["what"], self._told(result))
            for row, result in zip(self.view.goals, self.reckoned, strict=bool(self.reckoned))
        ]

    def _told(self, result: ToolResult) -> list[tuple[str, str]]:
        facts = {fact.name: fact for fact in result.facts}
        return [
            (self.word(f"way_{name}"), shown(facts[f"goal.{name}"], self.language)) for name in _WAY
        ]

    def table_after(self, part: Part) -> PartTable | None:
        """What a part tells besides its own table: of the goals, what each asks for."""
        if part.code != "goals" or not self.way:
            return None
        rows = [
            ["" if number else goal, name, value]
            for goal, told in self.way
            for number, (name, value) in enumerate(told)
        ]
        columns = ("goal", "item", "value")
        return PartTable("way", columns, [self.word(f"way_{c}") for c in columns], rows)

    def pictures_of(self, part: Part) -> list[Picture]:
        """The charts that stand in a part."""
        named = _PICTURES.get(part.code, ())
        return [p for name in named for p in self.pictures if p.name == name]

    def number(self, picture: Picture) -> int:
        """The number of a chart, counted through the document."""
        return list(self.pictures).index(picture) + 1

    def word(self, name: str, **values: object) -> str:
        """A word of the document."""
        return _words()[name][self.language].format(**values)


@cache
def _words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = declared("api.render.documents", "words.yaml")
    return words
