"""Who may move a plan, and what an approval is bound to."""

from __future__ import annotations

from itertools import pairwise

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.errors import NotFoundError, TagayasuError
from crm.scope import OPERATOR, Directory, Person, Principal
from plans import life, tables
from plans.model import Plan, Progress, Record, State, TeamMember
from plans.store import Plans
from plans.stored import Stored
from tests.plans.plans import KEN, MISAKI, NOW, a_plan, edited, items
from tests.plans.test_store import created, with_amount


def person(id_: str, role: str, manager: str | None = None) -> Person:
    return Person(id_, f"name of {id_}", None, None, role, manager, None)


DIRECTORY = Directory(
    [
        person("boss", "executive"),
        person("admin", "admin", "boss"),
        person("head", "manager", "boss"),
        person("lead", "manager", "head"),
        person("U07", "rep", "lead"),
        person("mate", "rep", "lead"),
        person("other", "manager", "boss"),
    ]
)
TEAM = (TeamMember(id="t1", name="mate", person_id="mate", role="technical"),)
DONE = a_plan(team=TEAM).with_head(outcome="partly", lessons="早く会う")


def who(id_: str) -> Principal:
    role = next((p.role for p in DIRECTORY.people if p.person_id == id_), None)
    return Principal(id_, id_, frozenset({role or "rep"}))


EVERYONE = ("U07", "mate", "lead", "head", "boss", "admin", "other", "stranger", "")
MAY: dict[tuple[State, State], set[str]] = {
    ("draft", "in_review"): {"U07", "mate", "lead", "head", "boss"},
    ("in_review", "approved"): {"lead", "head", "boss"},
    ("in_review", "draft"): {"lead", "head", "boss"},
    ("approved", "in_execution"): {"U07", "lead", "head", "boss"},
    ("in_execution", "closed"): {"U07", "lead", "head", "boss"},
}
STATES: tuple[State, ...] = ("draft", "in_review", "approved", "in_execution", "closed")


@pytest.mark.parametrize("to", STATES)
@pytest.mark.parametrize("state", STATES)
def test_who_may_move_a_plan(state: State, to: State) -> None:
    for id_ in EVERYONE:
        allowed = id_ in MAY.get((state, to), set())
        assert (to in life.open_moves(DONE, state, who(id_), DIRECTORY)) == allowed, id_
        if not allowed:
            with pytest.raises(TagayasuError) as refused:
                life.check(DONE, state, to, who(id_), DIRECTORY)
            assert refused.value.what
            assert refused.value.remedy


@pytest.mark.parametrize("owner", ["boss", "gone", None])
def test_executives_and_admins_stand_in_for_an_owner_without_a_manager(owner: str | None) -> None:
    plan = DONE.with_head(owner_id=owner)
    may = {
        id_
        for id_ in (*EVERYONE, "gone")
        if "approved" in life.open_moves(plan, "in_review", who(id_), DIRECTORY)
    }
    assert may == {"boss", "admin"} - {owner}
    assert {p.person_id for p in life.approvers(plan, DIRECTORY)} == {"boss", "admin"} - {owner}
    assert "approved" in life.open_moves(plan, "in_review", OPERATOR, DIRECTORY)


def test_the_nearest_manager_is_asked_first_and_a_circle_of_managers_ends() -> None:
    assert [p.person_id for p in life.approvers(DONE, DIRECTORY)] == ["lead", "head", "boss"]
    circle = Directory([person("a", "manager", "b"), person("b", "manager", "a")])
    assert [p.person_id for p in life.managers_above("a", circle)] == ["b"]
    own = Directory([person("a", "manager", "a")])
    assert life.managers_above("a", own) == ()


@pytest.mark.parametrize("missing", ["outcome", "lessons"])
def test_a_plan_is_closed_with_outcome_and_lessons(missing: str) -> None:
    with pytest.raises(life.MoveError, match="outcome and its lessons"):
        life.check(
            DONE.with_head(**{missing: None}), "in_execution", "closed", who("lead"), DIRECTORY
        )


def moved(plans: Plans, stored: Stored, *states: State) -> Stored:
    for to in states:
        stored = plans.move(
            stored.plan_id, to, who("lead"), None, stored.version, directory=DIRECTORY, now=NOW
        )
    return stored


def test_a_plan_goes_from_draft_to_closed_and_every_move_is_an_event(plans: Plans) -> None:
    stored = moved(plans, created(plans, DONE), *STATES[1:])
    assert stored.state == "closed"
    assert (stored.approved_version, stored.approved_hash) == (1, DONE.hash())
    events = plans.events(stored.plan_id)
    assert [(e.from_state, e.to_state) for e in events] == list(pairwise(STATES))
    assert {(e.person_id, e.said_at, e.version, e.hash) for e in events} == {
        ("lead", NOW, 1, DONE.hash())
    }


def test_a_rejected_plan_is_a_draft_again_with_the_comment(plans: Plans) -> None:
    stored = moved(plans, created(plans), "in_review")
    back = plans.move(
        stored.plan_id, "draft", who("head"), "根拠が足りません", 1, directory=DIRECTORY, now=NOW
    )
    assert back.state == "draft"
    assert plans.events(stored.plan_id)[-1].comment == "根拠が足りません"


def test_a_refused_move_leaves_no_trace(plans: Plans) -> None:
    stored = moved(plans, created(plans), "in_review")
    events = plans.events(stored.plan_id)
    with pytest.raises(life.NotAllowedError, match="高瀬 美咲 may not have this plan approved"):
        plans.move(stored.plan_id, "approved", MISAKI, None, 1, directory=DIRECTORY, now=NOW)
    assert plans.get(stored.plan_id) == stored
    assert plans.events(stored.plan_id) == events


def test_a_version_that_is_no_longer_the_plan_is_not_approved(plans: Plans) -> None:
    stored = moved(plans, created(plans), "in_review")
    plans.save(stored.plan_id, 1, with_amount(stored.plan, 5), KEN, "", now=NOW)
    with pytest.raises(life.OutdatedError) as refused:
        plans.move(stored.plan_id, "approved", who("lead"), None, 1, directory=DIRECTORY, now=NOW)
    assert refused.value.what == "Version 1 is no longer the plan: version 2 has changed it."
    assert plans.get(stored.plan_id).state == "in_review"
    with pytest.raises(NotFoundError):
        plans.move(stored.plan_id, "approved", who("lead"), None, 9, directory=DIRECTORY, now=NOW)
    assert moved(plans, plans.get(stored.plan_id), "approved").approved_version == 2


def test_a_version_that_only_lacks_follow_up_is_approved(plans: Plans) -> None:
    stored = moved(plans, created(plans), "in_review")
    told = stored.plan.with_items("progress", [Progress(id="a1", note="訪問済み")])
    plans.save(stored.plan_id, 1, told, KEN, "", now=NOW)
    approved = plans.move(
        stored.plan_id, "approved", who("lead"), None, 1, directory=DIRECTORY, now=NOW
    )
    assert (approved.approved_version, approved.approved_hash) == (1, approved.hash)


@pytest.mark.parametrize("states", [("in_review", "approved"), STATES[1:4]])
def test_an_edit_of_approved_content_ends_the_approval_and_is_an_event(
    plans: Plans, states: tuple[State, ...]
) -> None:
    stored = moved(plans, created(plans), *states)
    edit = with_amount(stored.plan, 5)
    changed = plans.save(stored.plan_id, 1, edit, KEN, "増額", now=NOW)
    assert (changed.state, changed.approved_hash, changed.approved_version) == ("draft", None, None)
    event = plans.events(stored.plan_id)[-1]
    assert (event.from_state, event.to_state, event.person_id) == (states[-1], "draft", "U08")
    assert (event.version, event.hash, event.comment) == (2, edit.hash(), "増額")
    assert plans.undo(stored.plan_id, KEN, now=NOW).state == "draft"


def follow_up(plan: Plan) -> st.SearchStrategy[Plan]:
    told = st.builds(
        lambda outcome, lessons: plan.with_head(outcome=outcome, lessons=lessons),
        st.sampled_from([None, "achieved", "missed"]),
        st.none() | st.just("早く会う"),
    )
    return told | edited(plan, Plan.followed)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), states=st.sampled_from([("in_review", "approved"), STATES[1:4]]))
def test_approval_survives_follow_up_and_never_a_change_of_content(
    plans: Plans, data: st.DataObject, states: tuple[State, ...]
) -> None:
    stored = moved(plans, created(plans, DONE), *states)
    for _ in range(3):
        told = data.draw(follow_up(stored.plan))
        after = plans.save(stored.plan_id, stored.version, told, KEN, "", now=NOW)
        assert (after.state, after.approved_hash) == (states[-1], after.hash)
        stored = after
    content = sorted(set(Plan.collections) - Plan.followed)
    name = data.draw(st.sampled_from(content))
    told = stored.plan.replaced({name: data.draw(items(name))})
    after = plans.save(stored.plan_id, stored.version, told, KEN, "", now=NOW)
    if getattr(told, name) == getattr(stored.plan, name):
        assert after == stored
    else:
        assert (after.state, after.approved_hash) == ("draft", None)
        assert plans.events(stored.plan_id)[-1].to_state == "draft"


def test_reviews_held_are_follow_up() -> None:
    held = Record(id="r1", held_on=NOW.date(), by="大野 恵", summary="順調")
    assert life.after_save("approved", DONE, DONE.with_items("records", [held])) == "approved"


def test_an_approval_outlives_a_newer_way_of_hashing(plans: Plans, engine: sa.Engine) -> None:
    stored = moved(plans, created(plans), "in_review", "approved")
    of_old = {"hash": "hash of an older version of the product"}
    with engine.begin() as con:
        for table, values in (
            (tables.plans, of_old | {"approved_hash": of_old["hash"]}),
            (tables.plan_versions, of_old),
        ):
            con.execute(sa.update(table).where(table.c.plan_id == stored.plan_id).values(values))
    told = stored.plan.with_items("progress", [Progress(id="a1", note="訪問済み")])
    after = plans.save(stored.plan_id, 1, told, KEN, "", now=NOW)
    assert (after.state, after.approved_hash) == ("approved", after.hash)
    assert moved(plans, after, "in_execution").state == "in_execution"
