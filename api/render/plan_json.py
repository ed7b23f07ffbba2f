"""An account plan as JSON, the same in every door."""

from __future__ import annotations

from collections.abc import Iterable

from api.render.json import Json
from crm.settings import Language
from plans.changes import Change
from plans.checks import Checked, Gap
from plans.model import Plan
from plans.stored import Event, Listed, Saved, Stored
from plans.wording import described


def head_json(listed: Listed) -> Json:
    """A plan as a list shows it."""
    head = listed.head
    return {
        "plan_id": listed.plan_id,
        "account_id": listed.account_id,
        "account_name": head.account_name,
        "title": head.title,
        "owner_id": listed.owner_id,
        "owner": head.owner,
        "state": listed.state,
        "version": listed.version,
        "approved_version": listed.approved_version,
        "language": head.language,
        "start": head.start.isoformat(),
        "end": head.end.isoformat(),
        "as_of": head.as_of.isoformat(),
        "updated_at": listed.updated_at.isoformat(),
    }


def plan_json(stored: Stored) -> Json:
    """A plan as it stands, with all its content."""
    return {**head_json(stored), "plan": stored.plan.model_dump(mode="json")}


def checked_json(checked: Checked) -> Json:
    """The score of a plan, each check's share, and the gaps."""
    return {
        "as_of": checked.as_of.isoformat(),
        "score": checked.score,
        "checks": [
            {
                "code": c.code,
                "name": c.name.model_dump(),
                "weight": c.weight,
                "share": float(c.share),
            }
            for c in checked.checks
        ],
        "gaps": [gap_json(gap) for gap in checked.gaps],
    }


def gap_json(gap: Gap) -> Json:
    """What a plan lacks, and the question for it."""
    return {
        "check": gap.check,
        "kind": gap.kind,
        "collection": gap.collection,
        "item": gap.item,
        "field": gap.field,
        "value": gap.value,
        "gain": float(gap.gain),
        "text": gap.text.model_dump(),
        "question": gap.question.model_dump(),
    }


def changes_json(
    changes: Iterable[Change], before: Plan, after: Plan, language: Language
) -> list[Json]:
    """What makes one plan of another, each change with its words."""
    return [
        {**change.model_dump(mode="json"), "text": described(change, before, after, language)}
        for change in changes
    ]


def saved_json(saved: Saved) -> Json:
    """Who made a version, when and why."""
    return {
        "version": saved.version,
        "person_id": saved.person_id,
        "person": saved.person,
        "said_at": saved.said_at.isoformat(),
        "reason": saved.reason,
        "changes": len(saved.changes),
    }


def event_json(event: Event) -> Json:
    """A move from one state to another."""
    return {
        "from_state": event.from_state,
        "to_state": event.to_state,
        "person_id": event.person_id,
        "person": event.person,
        "said_at": event.said_at.isoformat(),
        "version": event.version,
        "comment": event.comment,
    }
