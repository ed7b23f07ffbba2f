"""A plan of an account that is shared for reading is seen, and changed in no way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.planning.desk import Planner
from crm.errors import NotAllowedError, NotFoundError
from crm.scope import OPERATOR, Principal
from plans.stored import Stored
from tests.assistant.forgetting import ROWS, opened
from tests.companies import import_rows
from tests.plans.plans import a_plan

READER, WRITER, NOBODY = (Principal(f"U{n}", f"U{n}") for n in (2, 3, 4))


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Planner, Stored]:
    """A plan of A001, which U2 may read and U3 change."""
    people = [{"person_id": f"U{n}", "name": f"U{n}", "role": "rep"} for n in range(1, 5)]
    team = [
        {"account_id": "A001", "person_id": "U2", "function": "service", "access": "read"},
        {"account_id": "A001", "person_id": "U3", "function": "service", "access": "write"},
    ]
    folder, _report = import_rows(tmp_path, ROWS | {"people": people, "account_team": team})
    planner = opened(folder).planner
    return planner, planner.keep(OPERATOR, a_plan(), "")


CHANGES: dict[str, Callable[[Planner, Principal, Stored], object]] = {
    "keep": lambda planner, who, _stored: planner.keep(who, a_plan(), ""),
    "save": lambda planner, who, stored: planner.save(
        who, stored, stored.plan.with_head(title="次"), ""
    ),
    "undo": lambda planner, who, stored: planner.undo(who, stored.plan_id),
    "move": lambda planner, who, stored: planner.move(
        who, stored.plan_id, "in_review", None, stored.version
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_who_may_only_read_changes_nothing(kept: tuple[Planner, Stored], change: str) -> None:
    planner, stored = kept
    assert planner.get(READER, stored.plan_id).plan_id == stored.plan_id
    assert planner.moves(READER, stored) == ()
    with pytest.raises(NotAllowedError, match="for reading"):
        CHANGES[change](planner, READER, stored)
    assert planner.get(OPERATOR, stored.plan_id) == stored
    assert len(planner.all(OPERATOR)) == 1


def test_who_shares_it_for_writing_changes_it(kept: tuple[Planner, Stored]) -> None:
    planner, stored = kept
    saved = planner.save(WRITER, stored, stored.plan.with_head(title="次"), "")
    assert (saved.version, saved.head.title) == (2, "次")


def test_for_whom_it_is_not_shared_there_is_no_such_plan(kept: tuple[Planner, Stored]) -> None:
    planner, stored = kept
    with pytest.raises(NotFoundError):
        planner.get(NOBODY, stored.plan_id)
    with pytest.raises(NotFoundError):
        planner.save(NOBODY, stored, stored.plan.with_head(title="次"), "")
