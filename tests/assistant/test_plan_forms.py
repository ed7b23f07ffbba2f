"""A form changes what was entered and nothing else, and tells which field does not fit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.planning.forms import FIELDS, Author, UnfitError, again, edited, shown
from crm.settings import Language
from plans.changes import diff
from plans.model import Action, Goal, Progress
from tests.plans.complete import complete

PLAN = complete()
BY = Author("佐伯 翔", date(2026, 9, 30))
ACTION, GOAL = PLAN.actions[0], PLAN.goals[0]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_form_sent_as_it_was_shown_changes_nothing(language: Language) -> None:
    for action in PLAN.actions:
        texts = shown(PLAN, "action", action.id, language)
        assert edited(PLAN, "action", action.id, texts, BY, language) == PLAN
    for goal in PLAN.goals:
        texts = shown(PLAN, "goal", goal.id, language)
        assert edited(PLAN, "goal", goal.id, texts, BY, language) == PLAN


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1億2,000万円", "120000000"), ("¥120M", "120000000"), ("120,000,000", "120000000"),
     ("５００万円", "5000000"), ("", None)],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it(text: str, amount: str | None) -> None:
    after = edited(PLAN, "goal", GOAL.id, {"amount": text}, BY, "ja")
    goal = after.item("goals", GOAL.id)
    assert isinstance(goal, Goal)
    assert goal.amount == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("field", "text", "mistake"),
    [
        ("value", "たくさん", "amount"), ("value", "1億円か2億円", "amount"),
        ("value", "-5万円", "amount"), ("value", "30%", "amount"), ("due", "来週", "day"),
        ("what", "", "required"), ("what", "あ" * 2001, "too_long"),
        ("done_on", "2026-10-01", "ahead"), ("owner", "あ" * 201, "too_long"),
    ],
)  # fmt: skip
def test_what_does_not_fit_names_its_field(field: str, text: str, mistake: str) -> None:
    with pytest.raises(UnfitError) as refused:
        edited(PLAN, "action", ACTION.id, {field: text}, BY, "ja")
    assert refused.value.fields == {field: mistake}


def test_progress_ends_no_approval_and_tells_who_said_it() -> None:
    given_ = {"state": "done", "done_on": "2026-09-29", "note": "部長と合意"}
    after = edited(PLAN, "action", ACTION.id, given_, BY, "ja")
    assert after.hash() == PLAN.hash()
    progress = after.item("progress", ACTION.id)
    assert isinstance(progress, Progress)
    assert (progress.done_on, progress.by) == (date(2026, 9, 29), "佐伯 翔")


def test_an_action_done_without_a_day_was_done_today() -> None:
    after = edited(PLAN, "action", ACTION.id, {"state": "done"}, BY, "ja")
    assert after.followed_up(ACTION).done_on == BY.day


def test_a_new_item_keeps_the_id_that_the_form_was_opened_with() -> None:
    after = edited(PLAN, "goal", "new1", {"what": "新しい目標", "amount": "1億円"}, BY, "ja")
    assert [c.id for c in diff(PLAN, after)] == ["new1"]
    twice = edited(after, "goal", "new1", {"what": "新しい目標", "amount": "1億円"}, BY, "ja")
    assert twice == after


@given(st.dictionaries(st.sampled_from(["owner", "to_whom", "their_owner"]),
                       st.text("あ漢a1 ", max_size=20)))  # fmt: skip
def test_only_what_was_entered_is_changed(entered: dict[str, str]) -> None:
    after = edited(PLAN, "action", ACTION.id, entered, BY, "ja")
    changed = {change.field for change in diff(PLAN, after)}
    assert changed <= set(entered)
    item = after.item("actions", ACTION.id)
    assert isinstance(item, Action)
    for name, text in entered.items():
        assert (getattr(item, name) or "") == text.strip()


def test_ones_own_changes_stand_on_what_others_made_of_it() -> None:
    theirs = PLAN.with_items(
        "actions", [ACTION.model_copy(update={"what": "電話する", "to_whom": "部長"})]
    )
    found = again(PLAN, theirs, "action", ACTION.id, {"what": "訪問する"}, "ja")
    assert (found["what"], found["to_whom"]) == ("訪問する", "部長")
    assert set(found) == set(FIELDS["action"])
