"""What the store gives out: plans with their state, their versions and their events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.errors import ConflictedError
from plans.changes import Change, diff, merge
from plans.model import Head, Plan, State


@dataclass(frozen=True)
class Listed:
    """A plan as a list shows it; `approved_hash` is the content that was approved, if it holds."""

    plan_id: str
    account_id: str
    owner_id: str | None
    state: State
    version: int
    hash: str
    approved_hash: str | None
    approved_version: int | None
    updated_at: datetime
    head: Head


@dataclass(frozen=True)
class Stored(Listed):
    """A plan as it stands, with all its content."""

    plan: Plan


@dataclass(frozen=True)
class Saved:
    """Who made a version, when, why, and what it changed; the first one changed nothing."""

    plan_id: str
    version: int
    person_id: str
    person: str
    said_at: datetime
    reason: str
    changes: tuple[Change, ...]
    hash: str


@dataclass(frozen=True)
class Version(Saved):
    """A version with its content."""

    plan: Plan


@dataclass(frozen=True)
class Event:
    """A move from one state to another, on which version and content, by whom, and why."""

    from_state: State
    to_state: State
    person_id: str
    person: str
    said_at: datetime
    version: int
    hash: str
    comment: str | None


class StaleError(ConflictedError):
    """Others have saved since; nothing was written.

    `stored` is the plan as it stands, `changes` what they made of `base`, the version that the save
    was based on; `merged` is theirs and `mine` together, to be saved on top of `stored.version`.
    """

    def __init__(self, base: Version, mine: Plan, stored: Stored, by: Sequence[str]) -> None:
        self.base = base
        self.mine = mine
        self.stored = stored
        self.changes = diff(base.plan, stored.plan)
        self.merged = merge(base.plan, mine, stored.plan)
        super().__init__(
            f"{' and '.join(by)} saved version {stored.version} after you opened version "
            f"{base.version}; your changes are not saved yet.",
            f"Look at both together and save them on version {stored.version}.",
        )
