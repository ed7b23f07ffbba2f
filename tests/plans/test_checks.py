"""A plan's score is what its parts add up to, and whatever fills a gap never lowers it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from plans.checks import Checked, Gap, check, checks
from plans.model import FIVE_P, SWOT, Goal, Plan, Progress
from tests.oracles.plan_checks import shares as oracle
from tests.plans.complete import (
    DAY,
    DEPARTMENTS,
    EMPTY,
    changed,
    complete,
    fact,
    fill,
    full_action,
    guessed,
    new_item,
    quoted,
)
from tests.plans.strategies import plans

KINDS = [(code, kind) for code, one in checks().items() for kind in one.gaps]


def exact(checked: Checked) -> Fraction:
    return sum((one.weight * one.share for one in checked.checks), Fraction(0))


def gaps_of(plan: Plan, code: str, kind: str | None = None) -> list[Gap]:
    return [g for g in check(plan, DAY).gaps if g.check == code and kind in (None, g.kind)]


# ---------------------------------------------------------------- the score


def test_an_empty_plan_has_nothing_and_a_complete_one_everything() -> None:
    assert check(EMPTY, DAY).score == 0
    full = check(complete(), DAY)
    assert (full.score, full.gaps, full.as_of) == (100, (), DAY)
    assert {one.share for one in full.checks} == {1}


def test_the_weights_are_a_hundred_and_a_new_goal_never_costs_more_than_it_brings() -> None:
    assert sum(one.weight for one in checks().values()) == 100
    assert checks()["goal"].weight >= checks()["goal_actions"].weight


def test_half_a_point_is_rounded_up() -> None:
    """An action of the complete plan without a due date of eight: 100 - 4/8 = 99.5."""
    actions = [full_action(f"b{n}", goal="g1", due=None if n == 0 else DAY) for n in range(6)]
    checked = check(complete().with_items("actions", actions), DAY)
    assert exact(checked) == Fraction(199, 2)
    assert checked.score == 100
    assert [gap.gain for gap in checked.gaps] == [Fraction(1, 2)]
    more = complete().with_items("actions", [*actions, full_action("b6", due=None)])
    assert exact(check(more, DAY)) == 100 - Fraction(8, 9)
    assert check(more, DAY).score == 99


@given(plans())
def test_every_share_is_that_of_the_oracle(plan: Plan) -> None:
    checked = check(plan, DAY)
    expected = oracle(plan.model_dump())
    assert {one.code: one.share for one in checked.checks} == expected
    total = sum(checks()[code].weight * share for code, share in expected.items())
    assert checked.score == int(total + Fraction(1, 2))


# ---------------------------------------------------------------- gaps


@given(plans())
def test_filling_any_gap_brings_what_it_promises_and_never_lowers_the_score(plan: Plan) -> None:
    before = check(plan, DAY)
    for gap in before.gaps:
        after = check(fill(plan, gap), DAY)
        assert after.score >= before.score, gap
        assert exact(after) >= exact(before) + (gap.gain if gap.check != "goal" else 0), gap
        share = {one.code: one.share * one.weight for one in after.checks}[gap.check]
        assert share >= {one.code: one.share * one.weight for one in before.checks}[gap.check]


@given(plans())
def test_filling_the_first_gap_again_and_again_ends_at_a_hundred(plan: Plan) -> None:
    checked = check(plan, DAY)
    for _step in range(150):
        if not checked.gaps:
            break
        plan = fill(plan, checked.gaps[0])
        after = check(plan, DAY)
        assert after.score >= checked.score
        checked = after
    assert checked.gaps == ()
    assert exact(checked) == 100


@given(plans())
def test_an_item_with_all_its_fields_never_lowers_the_score(plan: Plan) -> None:
    before = check(plan, DAY).score
    items = [
        *(("statements", "section", section) for section in (*SWOT, *FIVE_P, "industry", "risk")),
        ("people", "role", "champion"), ("actions", None, None), ("kpis", None, None),
        ("team", "role", "sales"), ("calendar", "level", "manager"),
    ]  # fmt: skip
    for collection, field, value in items:
        more = plan.with_items(collection, [new_item(plan, collection, field, value)])
        assert check(more, DAY).score >= before, (collection, value)


@given(plans())
def test_the_most_valuable_gap_is_first_and_equal_ones_stand_as_in_the_document(
    plan: Plan,
) -> None:
    gaps = check(plan, DAY).gaps
    order = list(checks())
    keys = [(-gap.gain, order.index(gap.check)) for gap in gaps]
    assert keys == sorted(keys)
    assert all(gap.gain > 0 for gap in gaps)
    assert len(set(gaps)) == len(gaps)


def without(*names: str) -> Callable[[Plan], Plan]:
    return lambda plan: plan.replaced(dict.fromkeys(names, ()))


def without_item(collection: str, id_: str) -> Callable[[Plan], Plan]:
    return lambda plan: plan.without(collection, id_)


def put(collection: str, id_: str, **fields: Any) -> Callable[[Plan], Plan]:
    return lambda plan: changed(plan, collection, id_, **fields)


def unproved(section: str) -> Callable[[Plan], Plan]:
    """The section holds an open hypothesis only."""
    guess = guessed(section, section, test="聞く。")  # type: ignore[arg-type]
    return lambda plan: plan.with_items("statements", [guess])


BROKEN: dict[tuple[str, str], Callable[[Plan], Plan]] = {
    **{(s, "missing"): without_item("statements", s)
       for s in ("industry", "account", "organisation", "scenario")},
    ("key_persons", "missing"): without("people"),
    ("key_persons", "decision_maker"): put("people", "k1", role="champion"),
    ("goal", "missing"): lambda p: without("goals")(p),
    ("goal", "amount"): put("goals", "g1", amount=None),
    ("goal", "due"): put("goals", "g1", due=None),
    **{("swot", s): without_item("statements", s) for s in SWOT},
    **{("swot", f"{s}_evidence"): unproved(s) for s in SWOT},
    **{("five_p", s): without_item("statements", s) for s in FIVE_P},
    ("strategy_goals", "goal"): put("statements", "price", goal=None),
    ("purpose", "missing"): lambda p: p.with_head(purpose=None),
    ("agreed", "missing"): lambda p: p.with_head(agreed=()).replaced({
        "actions": tuple(full_action(a.id, goal="g1", department=None) for a in p.actions)}),
    ("agreed", "waiting"): lambda p: p.with_head(agreed=DEPARTMENTS[:1]),
    ("action_plan", "missing"): without("actions"),
    ("goal_actions", "missing"): lambda p: p.with_items("goals", [Goal(
        id="g2", what="シェア首位", measure="other", due=DAY)]),
    ("action_owner", "owner"): put("actions", "a1", owner=None),
    ("action_due", "due"): put("actions", "a1", due=None),
    ("their_owner", "missing"): lambda p: p.replaced({"actions": tuple(
        full_action(a.id, goal="g1", department=a.department, mutual=False, to_whom=None,
                    their_owner=None) for a in p.actions)}),
    ("their_owner", "their_owner"): put("actions", "a2", their_owner=None),
    ("linked", "missing"): put("actions", "a2", department=DEPARTMENTS[0]),
    ("linked", "department"): put("actions", "a2", department=None),
    ("team", "owner"): without_item("team", "t1"),
    ("team", "executive_sponsor"): without_item("team", "t2"),
    ("kpis", "missing"): without("kpis"),
    ("kpis", "baseline"): put("kpis", "m1", baseline=None),
    ("kpis", "baseline_value"): put("kpis", "m1", measure=None, baseline=None),
    ("kpis", "target"): put("kpis", "m1", target=None),
    ("calendar", "manager"): without_item("calendar", "c1"),
    ("calendar", "executive"): without_item("calendar", "c2"),
    ("hypotheses", "missing"): without_item("statements", "risk"),
    ("hypotheses", "test"): put("statements", "risk", test=None),
    ("sources", "missing"): unproved("account"),
}  # fmt: skip


@pytest.mark.parametrize(("code", "kind"), KINDS, ids=["-".join(kind) for kind in KINDS])
def test_every_gap_is_found_worded_and_filled(code: str, kind: str) -> None:
    broken = BROKEN[code, kind](complete())
    checked = check(broken, DAY)
    assert exact(checked) < 100
    gaps = [gap for gap in checked.gaps if (gap.check, gap.kind) == (code, kind)]
    assert gaps
    for gap in gaps:
        for words in (gap.text, gap.question):
            assert "{" not in words.ja + words.en
        assert gap.text.ja.endswith("。")
        assert gap.text.en.endswith(".")
        assert gap.question.en.endswith("?")
        broken = fill(broken, gap)
    assert exact(check(broken, DAY)) > exact(checked)


def test_nothing_is_declared_twice_or_in_vain() -> None:
    assert set(BROKEN) == set(KINDS)


# ---------------------------------------------------------------- single rules


def test_the_first_gap_of_an_empty_plan_is_its_goal_and_no_item_is_asked_for_twice() -> None:
    gaps = check(EMPTY, DAY).gaps
    assert (gaps[0].check, gaps[0].gain) == ("goal", 9)
    asked = [(gap.collection, gap.field, gap.value) for gap in gaps if gap.collection != "head"]
    assert len(set(asked)) == len(asked)
    waiting = {"goal_actions", "action_owner", "action_due", "their_owner", "linked",
               "strategy_goals", "sources"}  # fmt: skip
    assert {gap.check for gap in gaps} == set(checks()) - waiting


@pytest.mark.parametrize(
    ("role", "decides"),
    [("decision_maker", True), ("決裁者", True), ("Decision Maker", True), ("推進者／決裁者", True),
     ("decision_maker;champion", True), ("決裁者の秘書", False), ("approver", False),
     (None, False)],
)  # fmt: skip
def test_who_decides_is_told_by_code_or_word(role: str | None, decides: bool) -> None:
    plan = changed(complete(), "people", "k1", role=role)
    assert (gaps_of(plan, "key_persons") == []) is decides


def test_a_goal_that_is_not_in_money_needs_a_day_and_another_goal_the_amount() -> None:
    plan = changed(complete(), "goals", "g1", measure="other", amount=None)
    (gap,) = gaps_of(plan, "goal")
    assert (gap.kind, gap.item, gap.gain) == ("missing", None, Fraction(9, 2))
    both = complete().with_items("goals", [Goal(id="g2", what="首位", measure="other", due=DAY)])
    assert gaps_of(both, "goal") == []


def test_a_dropped_action_does_nothing() -> None:
    dropped = [Progress(id=id_, dropped=True) for id_ in ("a1", "a2")]
    plan = complete().with_items("progress", dropped)
    assert {gap.check for gap in check(plan, DAY).gaps} == {"action_plan"}
    assert check(plan, DAY).score == 100 - (6 + 6 + 4 + 4 + 4 + 4)


def test_an_internal_action_needs_nobody_at_the_customer() -> None:
    internal = full_action("a3", goal="g1", to_whom=None, their_owner=None, mutual=False)
    assert check(complete().with_items("actions", [internal]), DAY).score == 100


def test_a_rejected_statement_is_no_evidence_and_covers_nothing() -> None:
    plan = complete()
    for section in ("strength", "price", "industry"):
        plan = changed(plan, "statements", section, kind="hypothesis", quote=None,
                       status="rejected")  # fmt: skip
    found = {(gap.check, gap.kind) for gap in check(plan, DAY).gaps}
    assert found == {("swot", "strength"), ("five_p", "price"), ("industry", "missing")}


def test_a_link_to_no_goal_is_none() -> None:
    plan = changed(complete(), "statements", "scenario", goal="gone")
    (gap,) = gaps_of(plan, "strategy_goals")
    assert (gap.item, gap.field, gap.gain) == ("scenario", "goal", Fraction(4, 6))


def test_a_department_is_one_however_it_is_typed() -> None:
    plan = changed(complete(), "actions", "a1", department="IT部")
    plan = changed(plan, "actions", "a2", department="ｉｔ部")
    assert [gap.kind for gap in gaps_of(plan, "linked")] == ["missing"]
    assert gaps_of(plan.with_head(agreed=("IT部", "it部")), "agreed") != []


def test_departments_that_act_are_asked_whether_they_agree() -> None:
    (gap,) = gaps_of(complete().with_head(agreed=()), "agreed")
    assert gap.question.ja == "次の部門は、この戦略に合意していますか：営業部・サービス部。"
    assert gap.question.en == "Have these departments agreed to the strategy: 営業部, サービス部?"
    assert (gap.collection, gap.field, gap.gain) == ("head", "agreed", 2)


def test_a_baseline_of_unknown_value_is_no_baseline() -> None:
    plan = changed(complete(), "kpis", "m1", baseline=fact(value=None), baseline_value=Decimal(3))
    assert [(gap.kind, gap.field) for gap in gaps_of(plan, "kpis")] == [("baseline", "baseline")]


def test_a_zero_is_a_figure_like_any_other() -> None:
    plan = changed(complete(), "kpis", "m1", baseline=fact(value=0), target=Decimal(0))
    plan = changed(plan, "goals", "g1", amount=Decimal(0))
    assert check(plan, DAY).score == 100


def test_a_gap_names_a_statement_with_its_figures_and_in_few_words() -> None:
    told = fact()
    plan = complete().with_items("statements", [
        quoted("scenario", "scenario", facts=(told,)).model_copy(
            update={"text": "実績{{sales.net_sales}}を倍に" + "し" * 60})
    ])  # fmt: skip
    (gap,) = gaps_of(plan, "strategy_goals")
    assert gap.text.ja.startswith("戦略「実績120円を倍に")
    assert "…」" in gap.text.ja
    assert "実績¥120" in gap.text.en


def test_braces_in_a_name_are_only_braces() -> None:
    plan = changed(complete(), "actions", "a1", what="{named} {0} {{x}}", owner=None)
    (gap,) = gaps_of(plan, "action_owner")
    assert "「{named} {0} {{x}}」" in gap.text.ja


def test_the_day_changes_nothing() -> None:
    later = check(complete(), date(2030, 1, 1))
    assert later.checks == check(complete(), DAY).checks
    assert later.as_of == date(2030, 1, 1)
