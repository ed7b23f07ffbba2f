"""A diff is exact, can be taken back, and merging loses nobody's change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.changes import Change, ConflictError, apply, diff, inverse, merge
from plans.model import Action, Plan
from tests.plans.plans import PLANS, a_plan, edited

EXAMPLES = settings(max_examples=60, deadline=None)
PAIRS = PLANS.flatmap(lambda plan: st.tuples(st.just(plan), PLANS | edited(plan)))
THREES = PLANS.flatmap(lambda plan: st.tuples(st.just(plan), edited(plan), edited(plan)))

Place = tuple[str, str, str | None]


def places(plan: Plan) -> dict[Place, Any]:
    """What stands at every place, independently of `diff`: each field, and each item as a whole."""
    told = plan.model_dump(mode="json")
    found: dict[Place, Any] = {("head", "head", f): v for f, v in told["head"].items()}
    for name in Plan.collections:
        for item in told[name]:
            found[name, item["id"], None] = item
            found |= {(name, item["id"], field): value for field, value in item.items()}
    return found


@EXAMPLES
@given(PLANS)
def test_a_plan_comes_back_from_json_as_it_was(plan: Plan) -> None:
    for back in (
        Plan.model_validate_json(plan.model_dump_json()),
        Plan.model_validate(plan.model_dump(mode="json")),
    ):
        assert back == plan
        assert repr(back) == repr(plan)
        assert back.hash() == plan.hash()


@EXAMPLES
@given(PAIRS)
def test_a_diff_applied_gives_the_other_plan_and_its_inverse_this_one(
    pair: tuple[Plan, Plan],
) -> None:
    before, after = pair
    changes = diff(before, after)
    assert repr(apply(before, changes)) == repr(after)
    assert repr(apply(after, inverse(changes))) == repr(before)
    assert inverse(inverse(changes)) == changes
    assert not diff(before, before)


@EXAMPLES
@given(PAIRS)
def test_a_diff_names_every_place_that_differs_and_no_other(pair: tuple[Plan, Plan]) -> None:
    before, after = places(pair[0]), places(pair[1])
    named = {change.place for change in diff(*pair)}
    for place in before.keys() | after.keys():
        if before.get(place) != after.get(place):
            collection, id_, field = place
            whole = (collection, id_, None)
            in_both = collection == "head" or (whole in before and whole in after)
            if in_both and field is not None:
                assert place in named
            elif not in_both:
                assert whole in named
    assert all(before.get(place) != after.get(place) for place in named)


def held(change: Change, plan: Plan) -> bool:
    return places(plan).get(change.place) == change.after


@EXAMPLES
@given(THREES)
def test_each_change_of_mine_is_in_the_merged_plan_or_among_the_conflicts(
    three: tuple[Plan, Plan, Plan],
) -> None:
    base, mine, theirs = three
    merged = merge(base, mine, theirs)
    told = [change for change, _ in merged.conflicts]
    assert all(held(c, merged.plan) or c in told for c in diff(base, mine))
    assert all(held(c, merged.plan) for c in diff(base, theirs))


@EXAMPLES
@given(THREES)
def test_who_alone_has_changed_a_plan_is_merged_as_they_were(
    three: tuple[Plan, Plan, Plan],
) -> None:
    base, mine, _theirs = three
    assert merge(base, mine, base).plan == mine
    assert merge(base, base, mine).plan == mine
    assert merge(base, mine, mine).plan == mine
    assert not merge(base, mine, mine).conflicts


def test_a_change_that_no_longer_fits_is_refused() -> None:
    plan = a_plan()
    changed = plan.with_items("actions", [Action(id="a1", what="電話")])
    with pytest.raises(ConflictError, match="actions/a1"):
        apply(plan.without("actions", "a1"), diff(plan, changed))
    with pytest.raises(ConflictError, match="actions/a1/what"):
        apply(changed, diff(plan, changed))
