"""What the acts on plans are asked with."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tools.arguments import Arguments


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
        min_length=1,
        max_length=4000,
        description=(
            "The change the person asks for and nothing else: a short sentence for each edit, with "
            "names and texts in their words, days and amounts written out, e.g. "
            "目標を1億2000万円に。「更新案を提示する」の期日を2027年4月30日に。 or "
            "Move “Present the renewal” to 30 April 2027."
        ),
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
