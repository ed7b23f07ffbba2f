"""Whatever is done to a plan stands in the audit log once, through whichever door it came."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from api.render.documents.plan import content
from assistant.bootstrap import Workspace
from crm.audit import through
from crm.errors import NotFoundError
from crm.scope import Principal
from tests.companies import SAMPLE_DAY
from tests.fakes import copy_of


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> Workspace:
    return copy_of(sample_workspace, tmp_path)


def _done(workspace: Workspace) -> list[tuple[str, str, str, dict]]:  # type: ignore[type-arg]
    done = [e for e in workspace.audit.read() if e.action.startswith("plan.")]
    return [(e.action, e.person, e.door, dict(e.details or {})) for e in done]


def test_the_whole_life_of_a_plan_is_noted(workspace: Workspace) -> None:
    owner = workspace.desk.directory().by_email("saeki@inaho.example")
    planner = workspace.planner
    with through("http"):
        stored = planner.draft(owner, "A001", as_of=SAMPLE_DAY)
        saved = planner.save(owner, stored, stored.plan.with_head(title="次の計画"), "new title")
        planner.save(owner, saved, saved.plan, "nothing new")
        planner.review(owner, saved.plan_id, "順調", None, date(2026, 9, 29))
        planner.undo(owner, saved.plan_id)
        planner.move(owner, saved.plan_id, "in_review", "お願いします", None)
        content(planner, owner, planner.get(owner, saved.plan_id), ".md")
    found = _done(workspace)
    assert [action for action, _person, _door, _details in found] == [
        "plan.created", "plan.saved", "plan.saved", "plan.undone", "plan.moved", "plan.exported",
    ]  # fmt: skip
    assert {(person, door) for _action, person, door, _details in found} == {
        (owner.person_id, "http")
    }
    assert found[1][3]["reason"] == "new title"
    assert (found[4][3]["came_from"], found[4][3]["state"]) == ("draft", "in_review")
    done = [e for e in workspace.audit.read() if e.action.startswith("plan.")]
    assert {entry.subject for entry in done} == {f"plan:{stored.plan_id}"}
    assert workspace.audit.verify().holds


def test_what_was_refused_is_not_noted_as_done(workspace: Workspace) -> None:
    stranger = Principal("U99", "誰か", frozenset({"rep"}))
    owner = workspace.desk.directory().by_email("saeki@inaho.example")
    stored = workspace.planner.draft(owner, "A001", as_of=SAMPLE_DAY)
    with pytest.raises(NotFoundError):
        workspace.planner.move(stranger, stored.plan_id, "in_review", None, None)
    assert [action for action, *_rest in _done(workspace)] == ["plan.created"]
