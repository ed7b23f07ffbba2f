"""Acts: what a conversation can do with plans, as tools that know whose turn it is.

An act shows a page of ours; whatever changes a plan is shown first and done when the person says
so in their next message. A model calls acts, but neither writes a page nor confirms anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError

from assistant.planning.memory import Memory
from tools.arguments import Arguments
from tools.facts import Text
from tools.tool import unfit

if TYPE_CHECKING:
    from assistant.deps import Turn


@dataclass(frozen=True)
class Page:
    """What an act has to say, in Markdown of ours, and what the thread is to remember of it."""

    text: str
    memory: Memory


class PlanArguments(Arguments):
    """Which plan: that of an account, else the one spoken of."""

    account_id: str | None = Field(
        default=None, description="Id of the account; without it the plan just spoken of."
    )


class DraftArguments(Arguments):
    """For which account a plan is drawn up."""

    account_id: str = Field(description="Id of the account, as find_account gives it.")
    period: str | None = Field(
        default=None, description="FY2027, FY2027H1 or 2027-04-01..2028-03-31; else the usual one."
    )


class EditArguments(PlanArguments):
    """What is to be changed, in the person's words."""

    text: str = Field(
        min_length=1, max_length=4000, description="The person's own words for the change."
    )


class AnswerArguments(Arguments):
    """The person's answers to the questions asked last, in their words."""

    text: str = Field(min_length=1, max_length=4000, description="The person's own words.")


class ChooseArguments(Arguments):
    """Which of the readings listed is meant."""

    number: int = Field(ge=1, le=20, description="Number of the reading in the list.")


class MoveArguments(PlanArguments):
    """Into which state a plan is moved."""

    to: Literal["in_review", "approved", "draft", "in_execution"] = Field(
        description="in_review submits, approved approves, draft sends back, in_execution starts."
    )


class WordsArguments(PlanArguments):
    """What was said of how it went."""

    text: str = Field(min_length=1, max_length=4000, description="The person's own words.")


class SectionArguments(PlanArguments):
    """Prose for a section of the plan."""

    section: str = Field(description="A section of the plan, e.g. scenario, strength, risk.")
    text: str = Field(
        min_length=1,
        max_length=2000,
        description="One statement; figures as {{fact}} names from results of this turn.",
    )


@dataclass(frozen=True)
class Act:
    """One act: its name, what it is asked with, what it does, and help in ja and en."""

    name: str
    arguments: type[Arguments]
    run: Callable[[Turn, Any], Page]
    help: Text

    def call(self, turn: Turn, given: Mapping[str, Any]) -> Page:
        """Do it for the person whose turn it is. Raises InputError for unfit arguments."""
        try:
            arguments = self.arguments.model_validate({**given, "as_of": turn.as_of})
        except ValidationError as error:
            raise unfit(self.name, self.arguments, error) from None
        return self.run(turn, arguments)


class Acts:
    """The acts by name."""

    def __init__(self, acts: tuple[Act, ...] = ()) -> None:
        self._acts = {act.name: act for act in acts}

    def __iter__(self) -> Iterator[Act]:
        return iter(self._acts.values())

    def __contains__(self, name: object) -> bool:
        return name in self._acts
