"""Account plans as the HTTP door takes them in and describes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from api.http.schemas import Bilingual, Day, Words
from crm.settings import Language
from plans.changes import HEAD, Change
from plans.model import Outcome, Plan, State

LineText = Annotated[Words, Field(min_length=1, max_length=2000)]
Reason = Annotated[Words, Field(max_length=200)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DraftIn(_In):
    """For which account, and for when, a plan is drawn up."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"account_id": "A001", "period": "FY2027"}]},
    )

    account_id: Words = Field(description="The account's id.", max_length=200)
    period: Words | None = Field(
        default=None,
        max_length=60,
        description="FY2027, FY2027H1 or 2027-04-01..2028-03-31; without it the usual one.",
    )
    language: Language | None = Field(
        default=None, description="The plan's language; without it the company's."
    )
    as_of: Day | None = Field(default=None, description="The day that counts as today.")


class PlanIn(_In):
    """A whole plan as it is to be; items keep their ids, new ones bring new ones."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "plan": {
                        "head": {
                            "account_id": "A001",
                            "account_name": "東都電機株式会社",
                            "title": "重点プラン",
                            "language": "ja",
                            "currency": "JPY",
                            "start": "2026-04-01",
                            "end": "2027-03-31",
                            "as_of": "2026-09-30",
                        },
                        "goals": [
                            {
                                "id": "g1",
                                "what": "受注額を伸ばす",
                                "measure": "orders_won",
                                "amount": "100000000",
                                "due": "2027-03-31",
                            }
                        ],
                    },
                    "reason": "目標を見直した",
                }
            ]
        },
    )

    plan: Plan = Field(description="The plan, as `GET /v1/plans/{plan_id}` gives it, changed.")
    reason: Reason = Field(default="edited", description="Why, for the history.")


class PatchIn(_In):
    """Places of a plan that change; each says what stood there, so that nothing is overwritten."""

    changes: list[Change] = Field(
        min_length=1,
        max_length=500,
        description="As `GET /v1/plans/{plan_id}/diff` gives them. `field` null: a whole item.",
    )
    reason: Reason = Field(default="edited", description="Why, for the history.")

    @field_validator("changes")
    @classmethod
    def _known(cls, changes: list[Change]) -> list[Change]:
        known = (HEAD, *Plan.collections)
        if any(change.collection not in known for change in changes):
            raise ValueError(f"a collection is one of {', '.join(known)}")
        return changes

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "changes": [
                        {
                            "collection": "head",
                            "id": "head",
                            "field": "title",
                            "before": "2027年度 アカウントプラン",
                            "after": "2027年度 重点プラン",
                        }
                    ],
                    "reason": "title",
                }
            ]
        },
    )


class MoveIn(_In):
    """A decision on a version: submit (`in_review`), approve, send back (`draft`), start, close."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"to": "in_review", "version": 3},
                {"to": "draft", "version": 3, "comment": "目標の根拠を足してください"},
                {
                    "to": "closed",
                    "version": 9,
                    "outcome": "achieved",
                    "lessons": "早い訪問が効く",
                },
            ]
        },
    )

    to: State = Field(description="The state that the plan moves to.")
    version: int = Field(ge=1, le=1_000_000, description="The version that was read and decided.")
    comment: LineText | None = Field(default=None, description="What is said with it.")
    outcome: Outcome | None = Field(default=None, description="To close: were the goals achieved?")
    lessons: LineText | None = Field(default=None, description="To close: what was learned.")


class ReviewIn(_In):
    """What was seen and decided in a review; the day's figures are kept with it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"summary": "更新交渉は予定どおり", "decisions": "役員訪問を10月に行う"}]
        },
    )

    summary: LineText = Field(description="What was seen.")
    decisions: LineText | None = Field(default=None, description="What was decided.")
    held_on: Day | None = Field(default=None, description="When; without it today.")


class PlanHeadOut(BaseModel):
    """A plan as a list shows it."""

    plan_id: str
    account_id: str
    account_name: str
    title: str
    owner_id: str | None
    owner: str | None
    state: State
    version: int
    approved_version: int | None = Field(description="The version that was approved, if it holds.")
    language: Language
    start: date
    end: date
    as_of: date = Field(description="The day whose figures it was drawn up with.")
    updated_at: datetime


class PlanOut(PlanHeadOut):
    """A plan as it stands, with all its content."""

    plan: Plan


class CheckOut(BaseModel):
    code: str
    name: Bilingual
    weight: int
    share: float = Field(description="How far it is fulfilled, from 0 to 1.")


class GapOut(BaseModel):
    """What the plan lacks, and the question that asks one of us for it."""

    check: str
    kind: str
    collection: str
    item: str | None
    field: str | None
    value: str | None
    gain: float = Field(description="Points of the score that filling it adds at the least.")
    text: Bilingual
    question: Bilingual


class CheckedOut(BaseModel):
    """What the checks say of a plan on a day."""

    as_of: date
    score: int = Field(description="From 0 to 100.")
    checks: list[CheckOut]
    gaps: list[GapOut] = Field(description="The most valuable first.")


class QuestionsOut(BaseModel):
    """What only people know: the questions to ask next."""

    questions: list[GapOut]
    open: int = Field(description="How many there are in all.")


class ChangeOut(BaseModel):
    """One place that changed; of a whole item `field` is null."""

    collection: str
    id: str
    field: str | None
    before: Any = Field(description="As in the plan's JSON; null: it was not there.")
    after: Any = Field(description="As in the plan's JSON; null: it is not there any more.")
    text: str = Field(description="The change in words.")


class DiffOut(BaseModel):
    """What lies between two versions."""

    before: int
    after: int
    changes: list[ChangeOut]


class SavedOut(BaseModel):
    """Who made a version, when and why."""

    version: int
    person_id: str
    person: str
    said_at: datetime
    reason: str
    changes: int = Field(description="How many places it changed.")


class EventOut(BaseModel):
    """A move from one state to another."""

    from_state: State
    to_state: State
    person_id: str
    person: str
    said_at: datetime
    version: int
    comment: str | None


class HistoryOut(BaseModel):
    """Every version and every move, from the first on."""

    versions: list[SavedOut]
    events: list[EventOut]


class VersionOut(SavedOut):
    """A version with its content."""

    plan: Plan


class MovesOut(BaseModel):
    """What the asker may do with the plan now, and who approves it."""

    state: State
    version: int
    to: list[State] = Field(description="The states into which the asker may move it.")
    approvers: list[str] = Field(description="Ids of those who may approve, the nearest first.")


class ReminderOut(BaseModel):
    """Somebody is to be told something from a day on."""

    id: int
    plan_id: str
    kind: str
    due: date
    person_id: str
    person: str
    text: str


class UnplacedOut(BaseModel):
    """A piece of a document that found no place in the plan."""

    place: str
    text: str
    why: Bilingual


class TakenOverOut(BaseModel):
    """A document read as a plan: what was placed and what was not."""

    dry_run: bool
    plan: Plan
    placed: dict[str, int] = Field(description="How much came into the head and each section.")
    unplaced: list[UnplacedOut]
    checked: CheckedOut
    saved: PlanHeadOut | None = Field(description="The draft that it became; null in a dry run.")


class OthersOut(BaseModel):
    """A refusal because others have changed the plan: what they did, so that nothing is lost."""

    type: str = Field(default="about:blank", description="Always about:blank.")
    title: str
    status: Literal[412]
    detail: str | None = None
    remedy: str | None = None
    version: int | None = Field(default=None, description="The version that it is now.")
    changes: list[ChangeOut] = Field(
        default=[], description="What the others have changed since the version you have read."
    )
    conflicts: list[ChangeOut] = Field(
        default=[], description="Which of your changes do not go together with theirs."
    )
