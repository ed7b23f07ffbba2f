"""Accounts, conversations, documents, imports and people as the HTTP door describes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.http.schemas import Bilingual, Day, Words
from api.scopes import Access
from crm.settings import Language


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AccountOut(BaseModel):
    """An account that the asker may see."""

    account_id: str
    name: str
    name_kana: str | None
    industry: str | None
    city: str | None
    stage: str | None = Field(description="The deepening stage, as the import has it.")
    owner_id: str | None
    parent_account_id: str | None


class ToolOut(BaseModel):
    """A calculation, and what it is asked with."""

    name: str
    help: Bilingual
    arguments: dict[str, Any] = Field(description="JSON Schema of its arguments.")


class ToolsOut(BaseModel):
    tools: list[ToolOut]


class RunIn(_In):
    """What a tool is asked with."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"arguments": {"account_id": "A001"}, "as_of": "2026-09-30"},
                {"arguments": {"by": "stage", "period": "FY2026"}},
            ]
        },
    )

    arguments: dict[str, Any] = Field(
        default={}, description="As `GET /v1/tools/{name}` describes them."
    )
    as_of: Day | None = Field(default=None, description="The day that counts as today.")


class ChartIn(RunIn):
    """What a tool is asked with, and how its chart is drawn."""

    language: Language | None = Field(
        default=None, description="The chart's language; without it the company's."
    )
    part: Words | None = Field(
        default=None, max_length=100, description="Which chart, where the result has several."
    )


class SearchIn(_In):
    """What to look for in the playbooks, past plans and notes."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"question": "値下げを求められたら", "limit": 3}]},
    )

    question: Words = Field(min_length=1, max_length=1000, description="In Japanese or English.")
    kind: Words | None = Field(default=None, description="Only documents of this kind.")
    account_id: Words | None = Field(default=None, description="Only documents about this account.")
    industry: Words | None = Field(default=None, description="Only documents of this industry.")
    stage: Words | None = Field(default=None, description="Only documents of this stage.")
    since: Day | None = Field(default=None, description="Only documents of this day or later.")
    until: Day | None = Field(default=None, description="Only documents of this day or earlier.")
    like_account: Words | None = Field(
        default=None, description="Documents about accounts like this one come earlier."
    )
    limit: int | None = Field(default=None, ge=1, le=20, description="Passages at the most.")


class DocumentOut(BaseModel):
    """A document of the library."""

    id: str
    path: str
    title: str
    kind: str
    language: str | None
    date: date | None
    account_id: str | None = Field(description="It is for those who may see this account.")
    industry: str | None
    stage: str | None
    outcome: str | None
    audience: list[str] = Field(description="For these people, teams and roles; empty: for all.")


class ThreadOut(BaseModel):
    """A conversation of the asker."""

    thread: str
    title: str = Field(description="How it began; empty where that is not known.")
    begun_at: datetime
    last_at: datetime


class MessageOut(BaseModel):
    by: Literal["person", "assistant"]
    text: str = Field(description="As Markdown.")


class ConversationOut(ThreadOut):
    """A conversation with what was said in it."""

    messages: list[MessageOut]


class FeedbackIn(_In):
    """What somebody thinks of an answer; said again, the last word counts."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"answer": "5f2c9a1b3d4e5f60", "useful": False, "reason": "金額が古い"}]
        },
    )

    answer: Annotated[str, Field(pattern="^[0-9a-f]{16,32}$", description="The answer's `id`.")]
    useful: bool
    reason: Annotated[Words, Field(max_length=2000)] = ""


class OpinionOut(BaseModel):
    answer: str
    person: str
    useful: bool
    reason: str
    said_at: datetime


class TableCountOut(BaseModel):
    table: str
    file: str
    read: int
    accepted: int
    rejected: int
    columns: list[str] = Field(description="The columns that the file fills.")


class SourceCountOut(BaseModel):
    file: str
    read: int
    ragged: int
    used: int | None = Field(description="Null for a file that is only looked up in.")
    left_out: list[tuple[str, int]] = Field(description="Rows left out on purpose, and why.")
    unexplained: int


class RejectOut(BaseModel):
    table: str
    file: str
    row: int
    field: str = Field(description="The canonical column; empty where the whole row is refused.")
    column: str = Field(description="The heading in the file.")
    value: str
    reason: str


class RefusalOut(BaseModel):
    table: str
    file: str
    column: str
    reason: str
    count: int


class CompaniesOut(BaseModel):
    """How many accounts became part of another, gave values up, or are asked about."""

    merged: int
    giving_up: int
    groups: int = Field(description="Groups of accounts with equal names.")
    in_groups: int
    shared_invalid_numbers: int


class NoteOut(BaseModel):
    code: str
    file: str
    place: str
    value: str


class ExampleOut(BaseModel):
    id: str
    name: str | None
    before: str | None
    after: str | None


class ChangeOut(BaseModel):
    kind: str
    count: int
    examples: list[ExampleOut] = Field(description="The first ten by id.")
    amount: str | None = Field(description="What the sum of the amounts changes by.")


class ChangesOut(BaseModel):
    since: str = Field(description="The snapshot that was in use before.")
    changes: list[ChangeOut]


class BrokenOut(BaseModel):
    table: str
    column: str
    value: str | None
    rows: int


class ReportOut(BaseModel):
    """Everything an import read, kept, refused and noticed."""

    snapshot: str
    unchanged: bool
    dry_run: bool
    tables: list[TableCountOut]
    language: Language
    currency: str
    sources: list[SourceCountOut]
    refusals: list[RefusalOut] = Field(description="How many values were refused, by kind.")
    rejects: list[RejectOut] = Field(description="The first thousand of them.")
    broken: list[BrokenOut]
    companies: CompaniesOut
    reading: list[NoteOut] = Field(description="What was noticed while the files were read.")
    notes: list[str]
    changes: ChangesOut | None = Field(description="Null where there was no snapshot before.")


class ImportOut(BaseModel):
    """An import that came over HTTP, and what became of it."""

    id: str
    person_id: str
    file: str = Field(description="What was sent.")
    dry_run: bool
    status: Literal["running", "done", "failed"]
    doing: str = Field(description="What is being read now.")
    reason: str | None = Field(description="Why it failed; the workspace is as it was then.")
    begun_at: datetime
    ended_at: datetime | None


class ImportReportOut(ImportOut):
    """An import with its whole report."""

    report: ReportOut | None = Field(description="Null until it is done.")


class WorkspaceOut(BaseModel):
    """What this workspace is and has."""

    company: str
    language: Language
    currency: str
    time_zone: str
    as_of: date = Field(description="The day that counts as today when none is given.")
    snapshot: str = Field(description="The import in use.")
    tables: list[str] = Field(description="The tables that the import fills.")
    model: str


class MeOut(BaseModel):
    """Who the key or token is of, what it may do, and what there is."""

    person_id: str
    name: str
    email: str | None
    team: str | None
    roles: list[str]
    scopes: list[Access]
    access: str = Field(description="Which key it is, or that it is a token.")
    workspace: WorkspaceOut


class PreferencesOut(BaseModel):
    """When the asker wants to hear from us; times are in their time zone."""

    language: str
    time_zone: str
    digest: str = Field(examples=["monday 08:30", "off"])
    reminders: str = Field(examples=["08:45", "off"])
    briefing: str = Field(examples=["30", "off"], description="Minutes before a meeting.")
    quiet: str = Field(examples=["saturday,sunday", "none"])


class PreferencesIn(_In):
    """What the asker chooses; null: as is usual. What is not named stays as it is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"digest": "friday 16:00"}]}
    )

    language: Words | None = Field(default=None, max_length=80)
    time_zone: Words | None = Field(default=None, max_length=80)
    digest: Words | None = Field(default=None, max_length=80)
    reminders: Words | None = Field(default=None, max_length=80)
    briefing: Words | None = Field(default=None, max_length=80)
    quiet: Words | None = Field(default=None, max_length=80)


class CalendarOut(BaseModel):
    """How much of the asker's calendar is understood, of the two weeks ahead."""

    sent_at: datetime | None = Field(description="Null: it lies in the company's folder.")
    since: date
    until: date
    events: int | None = Field(
        description="Events that begin within these days; null when it cannot be read."
    )
    unread: int | None = Field(description="Events of the file that cannot be understood.")
    meetings: int | None = Field(
        description="Of these events those whose account is certain: each is briefed on."
    )


class PersonOut(BaseModel):
    person_id: str
    name: str
    email: str | None
    role: str | None
    manager_id: str | None
    team: str | None


class KeyIn(_In):
    """For whom a key is made."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"email": "u03@example.com", "name": "intranet", "scopes": ["read"]}]
        },
    )

    email: Words = Field(max_length=200, description="A person of ours.")
    name: Words = Field(default="", max_length=200, description="What the key is for.")
    scopes: list[Access] = Field(
        default=["read", "write"], min_length=1, max_length=3, description="What it may do."
    )
    days: int | None = Field(default=365, ge=1, le=3650, description="Null: it does not end.")


class KeyOut(BaseModel):
    """What is known of a key; the key itself is not."""

    id: str
    email: str
    name: str
    scopes: list[Access]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewKeyOut(KeyOut):
    """A new key; it cannot be shown again."""

    key: str


class ErasureIn(_In):
    """Whom to forget, a contact of a customer."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"contact_id": "C0001", "dry_run": True}]}
    )

    contact_id: Words = Field(min_length=1, max_length=200)
    dry_run: bool = Field(default=True, description="Only look where the person is written.")


class ErasureOut(BaseModel):
    """Where a person was found, or what was removed; `left` is where they still are."""

    dry_run: bool
    places: dict[str, int] = Field(description="Rows or files, by place.")
    also: list[str] = Field(description="Contacts that may be the same person: forget them too.")
    pseudonym: str | None = Field(description="What stands in the person's place now.")
    left: list[str] = Field(description="Where a search still finds them: run it again.")


class EntryOut(BaseModel):
    """An entry of the audit log; `details` are null once they were erased."""

    seq: int
    at: datetime
    person: str
    door: str
    action: str
    subject: str
    details: dict[str, Any] | None
    hash: str


class VerifiedOut(BaseModel):
    """Whether every entry holds."""

    holds: bool
    entries: int
    erased: int
    head: str = Field(description="Hash of the last entry: keep it elsewhere.")
    broken_at: int | None
    reason: str
