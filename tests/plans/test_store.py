"""The store's contract, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.errors import InputError, NotFoundError
from plans.changes import apply, diff
from plans.life import ClosedError
from plans.model import Action, Goal, Kpi, Plan, Progress
from plans.store import Plans
from plans.stored import StaleError, Stored
from plans.tables import plans as heads
from tests.plans.plans import KEN, MISAKI, NOW, PLANS, a_fact, a_plan

LATER = NOW + timedelta(hours=1)


def with_amount(plan: Plan, amount: int) -> Plan:
    goal = Goal(id="g1", what="年度内の受注額", measure="orders_won", amount=Decimal(amount))
    return plan.with_items("goals", [goal])


def with_action(plan: Plan, id_: str, what: str) -> Plan:
    return plan.with_items("actions", [Action(id=id_, what=what)])


def created(plans: Plans, plan: Plan | None = None) -> Stored:
    return plans.create(plan or a_plan(), MISAKI, "最初の案", now=NOW)


def test_a_new_plan_is_a_draft_at_version_1(plans: Plans) -> None:
    made = created(plans)
    assert plans.get(made.plan_id) == made
    assert (made.state, made.version, made.account_id, made.owner_id) == (
        "draft", 1, "A001", "U07",
    )  # fmt: skip
    assert (made.plan, made.hash, made.updated_at) == (a_plan(), a_plan().hash(), NOW)
    assert (made.approved_hash, made.approved_version) == (None, None)
    [first] = plans.history(made.plan_id)
    assert (first.person_id, first.person, first.reason) == ("U07", "高瀬 美咲", "最初の案")
    assert (first.said_at, first.changes) == (NOW, ())


def test_a_save_is_a_version_with_author_reason_and_diff(plans: Plans) -> None:
    made = created(plans)
    bigger = with_amount(made.plan, 120_000_000)
    saved = plans.save(made.plan_id, 1, bigger, KEN, "目標を上げる", now=LATER)
    assert (saved.version, saved.plan, saved.updated_at) == (2, bigger, LATER)
    second = plans.history(made.plan_id)[1]
    assert (second.person, second.reason, second.said_at) == ("松田 健", "目標を上げる", LATER)
    assert second.changes == diff(made.plan, bigger)
    assert plans.version(made.plan_id, 1).plan == made.plan
    assert plans.version(made.plan_id, 2).plan == bigger


def test_a_save_of_the_same_content_is_no_new_version(plans: Plans) -> None:
    made = created(plans)
    assert plans.save(made.plan_id, 1, made.plan, KEN, "", now=LATER) == made
    bigger = with_amount(made.plan, 120_000_000)
    saved = plans.save(made.plan_id, 1, bigger, KEN, "", now=LATER)
    assert plans.save(made.plan_id, 1, bigger, KEN, "once more", now=LATER) == saved
    assert len(plans.history(made.plan_id)) == 2


def test_a_stale_save_writes_nothing_and_brings_both_together(plans: Plans) -> None:
    made = created(plans)
    theirs = plans.save(made.plan_id, 1, with_amount(made.plan, 5), KEN, "", now=LATER)
    mine = with_action(made.plan, "a2", "工場見学")
    with pytest.raises(StaleError, match="松田 健 saved version 2 after you opened") as stale:
        plans.save(made.plan_id, 1, mine, MISAKI, "", now=LATER)
    assert plans.get(made.plan_id) == theirs == stale.value.stored
    assert (stale.value.base.plan, stale.value.mine) == (made.plan, mine)
    assert stale.value.changes == diff(made.plan, theirs.plan)
    merged = stale.value.merged
    assert not merged.conflicts
    assert merged.plan == with_action(theirs.plan, "a2", "工場見学")
    saved = plans.save(made.plan_id, 2, merged.plan, MISAKI, "", now=LATER)
    assert (saved.version, saved.plan) == (3, merged.plan)


def test_what_both_changed_is_a_conflict_that_names_both(plans: Plans) -> None:
    made = created(plans)
    plans.save(made.plan_id, 1, with_amount(made.plan, 5), KEN, "", now=LATER)
    with pytest.raises(StaleError) as stale:
        plans.save(made.plan_id, 1, with_amount(made.plan, 7), MISAKI, "", now=LATER)
    [(mine, theirs)] = stale.value.merged.conflicts
    assert (mine.after, theirs.after) == ("7", "5")


def test_two_editors_at_once_the_second_is_told_and_the_merged_plan_holds_both(
    plans: Plans,
) -> None:
    made = created(plans)
    gate = threading.Barrier(8)
    saved: list[str] = []
    stale: list[tuple[str, StaleError]] = []

    def edit(id_: str) -> None:
        gate.wait()
        try:
            plan = with_action(made.plan, id_, f"訪問 {id_}")
            plans.save(made.plan_id, 1, plan, KEN, id_, now=LATER)
            saved.append(id_)
        except StaleError as error:
            stale.append((id_, error))

    threads = [threading.Thread(target=edit, args=(f"n{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(saved) == 1
    assert len(stale) == 7
    for id_, error in stale:
        assert {"a1", saved[0], id_} == {a.id for a in error.merged.plan.actions}
    assert plans.get(made.plan_id).version == 2


def test_saves_of_many_threads_with_merging_lose_nothing(plans: Plans) -> None:
    made = created(plans)

    def editor(name: str) -> None:
        for n in range(4):
            stored = plans.get(made.plan_id)
            plan, base = with_action(stored.plan, f"{name}{n}", name), stored.version
            while True:
                try:
                    plans.save(made.plan_id, base, plan, KEN, name, now=LATER)
                    break
                except StaleError as error:
                    plan, base = error.merged.plan, error.stored.version

    threads = [threading.Thread(target=editor, args=(name,)) for name in "xyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = {action.id for action in plans.get(made.plan_id).plan.actions}
    assert ids == {"a1"} | {f"{name}{n}" for name in "xyz" for n in range(4)}
    assert [s.version for s in plans.history(made.plan_id)] == list(range(1, 14))


def test_undo_is_a_new_version_and_undone_twice_it_is_back(plans: Plans) -> None:
    made = created(plans)
    bigger = with_amount(made.plan, 120_000_000)
    plans.save(made.plan_id, 1, bigger, KEN, "", now=LATER)
    undone = plans.undo(made.plan_id, MISAKI, now=LATER)
    assert (undone.version, undone.plan) == (3, made.plan)
    assert plans.undo(made.plan_id, MISAKI, now=LATER).plan == bigger
    assert [len(s.changes) for s in plans.history(made.plan_id)] == [0, 1, 1, 1]


def test_the_first_version_cannot_be_undone(plans: Plans) -> None:
    made = created(plans)
    with pytest.raises(InputError, match="first version"):
        plans.undo(made.plan_id, MISAKI, now=LATER)
    assert plans.get(made.plan_id) == made


def test_undo_of_a_version_that_is_no_longer_the_last_is_stale(plans: Plans) -> None:
    made = created(plans)
    mine = plans.save(made.plan_id, 1, with_amount(made.plan, 5), MISAKI, "", now=LATER)
    plans.save(made.plan_id, 2, with_action(mine.plan, "a2", "電話"), KEN, "", now=LATER)
    with pytest.raises(StaleError) as stale:
        plans.undo(made.plan_id, MISAKI, now=LATER, base_version=2)
    assert stale.value.merged.plan == with_action(made.plan, "a2", "電話")


def test_a_list_holds_the_plans_of_these_accounts_the_last_changed_first(plans: Plans) -> None:
    other = a_plan(head=a_plan().head.model_copy(update={"account_id": "list-1"}))
    third = a_plan(head=a_plan().head.model_copy(update={"account_id": "list-2"}))
    one, two = created(plans, other), created(plans, third)
    plans.save(one.plan_id, 1, with_amount(one.plan, 5), KEN, "", now=LATER)
    found = plans.list({"list-1", "list-2", "nobody"})
    assert [(f.plan_id, f.version) for f in found] == [(one.plan_id, 2), (two.plan_id, 1)]
    assert found[0].head == one.plan.head
    assert plans.list([]) == []
    assert {one.plan_id, two.plan_id} <= {f.plan_id for f in plans.list(None)}


def test_an_unknown_plan_or_version_is_not_found(plans: Plans) -> None:
    made = created(plans)
    for look in (
        lambda: plans.get("nothing"),
        lambda: plans.history("nothing"),
        lambda: plans.undo("nothing", KEN, now=NOW),
        lambda: plans.save("nothing", 1, a_plan(), KEN, "", now=NOW),
        lambda: plans.version(made.plan_id, 2),
        lambda: plans.save(made.plan_id, 7, with_amount(a_plan(), 3), KEN, "", now=NOW),
    ):
        with pytest.raises(NotFoundError):
            look()


def test_a_plan_stays_with_its_account(plans: Plans) -> None:
    made = created(plans)
    with pytest.raises(InputError, match="stays with its account"):
        plans.save(made.plan_id, 1, made.plan.with_head(account_id="A2"), KEN, "", now=NOW)


def test_times_are_told_in_utc_and_need_a_zone(plans: Plans) -> None:
    tokyo = timezone(timedelta(hours=9))
    made = plans.create(a_plan(), KEN, "", now=datetime(2026, 5, 1, 9, tzinfo=tokyo))
    assert plans.get(made.plan_id).updated_at == datetime(2026, 5, 1, tzinfo=UTC)
    with pytest.raises(InputError, match="time zone"):
        plans.create(a_plan(), KEN, "", now=datetime(2026, 5, 1, 9))


def test_words_of_any_kind_are_kept(plans: Plans) -> None:
    plan = with_action(a_plan(), "a9", "改行\nと\x00と'\"と😀")
    made = plans.create(plan, KEN, "訳は\x00'これ'", now=NOW)
    assert plans.get(made.plan_id).plan == plan
    assert plans.history(made.plan_id)[0].reason == "訳は'これ'"


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(PLANS, min_size=2, max_size=3))
def test_any_plan_comes_back_as_it_was_and_each_version_makes_the_next(
    plans: Plans, wanted: list[Plan]
) -> None:
    made = plans.create(wanted[0], KEN, "", now=NOW)
    for plan in wanted[1:]:
        made = plans.save(made.plan_id, made.version, plan, KEN, "", now=NOW)
        assert repr(made.plan) == repr(plan)
    rebuilt = plans.version(made.plan_id, 1).plan
    for saved in plans.history(made.plan_id)[1:]:
        rebuilt = apply(rebuilt, saved.changes)
        assert saved.hash == rebuilt.hash()
    assert repr(rebuilt) == repr(made.plan)


def test_a_fact_keeps_the_kind_of_its_value(plans: Plans) -> None:
    for value in (Decimal("1.50"), 3, NOW.date(), "3", "2026-05-01", None):
        kpi = Kpi(id="k", what="x", unit="JPY", baseline=a_fact(value))
        made = created(plans, a_plan(kpis=(kpi,)))
        assert repr(plans.get(made.plan_id).plan.kpis[0].baseline) == repr(a_fact(value))


def test_a_closed_plan_takes_only_entries_of_how_it_went(plans: Plans, engine: sa.Engine) -> None:
    made = created(plans)
    with engine.begin() as con:
        con.execute(sa.update(heads).where(heads.c.plan_id == made.plan_id).values(state="closed"))
    told = made.plan.with_items("progress", [Progress(id="a1", done_on=NOW.date())])
    assert plans.save(made.plan_id, 1, told, KEN, "", now=NOW).state == "closed"
    with pytest.raises(ClosedError):
        plans.save(made.plan_id, 2, with_amount(told, 5), KEN, "", now=NOW)
