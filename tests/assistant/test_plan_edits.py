"""What people say of a plan edits it as they mean, or is asked back; nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.planning.edits import Edited, Unclear, answered, edited, looks_like_edit
from plans.changes import diff
from plans.checks import Gap, check
from plans.model import Plan
from tests.assistant import plan_edit_actions as of_actions
from tests.assistant.plan_edit_cases import SAID, places, plan, told
from tests.assistant.plan_edit_sentences import CASES
from tests.assistant.plan_edit_structure import AGREED, BEFORE, NO_LONGER
from tests.assistant.plan_edit_structure import CASES as STRUCTURE
from tests.plans.complete import EMPTY
from tests.plans.plans import PLANS

_FRAGMENTS = st.sampled_from(
    ["目標", "を", "に", "1.2億円", "4月", "追加", "担当", "2番目の", "アクション", "仮説", "「", "」", "、", "。",  # noqa: E501
     "QBR", "move the ", "drop ", " to June", "and ", "佐伯さん", "福島様", "KPI", "強み", "2月30日", "（", "）",  # noqa: E501
     "add a ", "goal", "確認済み", "レビュー", "毎月", "から", "{{x}}", "ﾃﾞ", "²", "\ud800", "9" * 30, " "]  # noqa: E501
)  # fmt: skip
_TEXTS = st.lists(_FRAGMENTS, max_size=8).map("".join) | st.text(max_size=60)


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text for text, _ in CASES])
def test_a_sentence_edits_what_it_says(text: str, expected: object) -> None:
    assert told(text) == expected


_OF_STRUCTURE = [*((t, e, BEFORE) for t, e in STRUCTURE), *((t, e, AGREED) for t, e in NO_LONGER)]


@pytest.mark.parametrize(
    ("text", "expected", "before"), _OF_STRUCTURE, ids=[text for text, _, _ in _OF_STRUCTURE]
)
def test_a_sentence_edits_what_the_plan_is_made_of(
    text: str, expected: object, before: Plan
) -> None:
    assert told(text, before) == expected


_OF_ACTIONS = [
    *((t, e, plan()) for t, e in of_actions.CASES),
    *((t, e, of_actions.JA) for t, e in of_actions.DRAWN_UP),
    *((t, e, of_actions.EN) for t, e in of_actions.DRAWN_UP_EN),
]


@pytest.mark.parametrize(
    ("text", "expected", "before"), _OF_ACTIONS, ids=[text for text, _, _ in _OF_ACTIONS]
)
def test_a_sentence_about_actions_does_what_it_says(
    text: str, expected: object, before: Plan
) -> None:
    assert of_actions.effects(text, before) == expected


@pytest.mark.parametrize("text", of_actions.NO_ACTION)
def test_what_speaks_of_a_place_of_the_plan_is_no_action(text: str) -> None:
    found = edited(text, plan(), SAID)
    outcomes = [o for _, o in found.choices] if isinstance(found, Unclear) else [found]
    assert not any(c.collection == "actions" for o in outcomes if o for c in o.changes)


@pytest.mark.parametrize("text", of_actions.NO_OWNER)
def test_what_names_something_never_changes_whose_plan_it_is(text: str) -> None:
    found = edited(text, plan(), SAID)
    outcomes = [o for _, o in found.choices] if isinstance(found, Unclear) else [found]
    assert all(o.plan.head == plan().head for o in outcomes if o)


@pytest.mark.parametrize(
    ("text", "labels"),
    [("期日合意のアクション、1月20日に延ばして", ["組立ライン", "外観検査センサー"]),
     ("提案の見込みは2500万", ["更新案", "センサーの課題", "保守サービス"]),
     ("センサーの件、見込み2500万で", ["外観検査センサー", "センサーの課題"])],
)  # fmt: skip
def test_of_actions_named_loosely_all_that_are_near_are_offered(
    text: str, labels: list[str]
) -> None:
    found = edited(text, of_actions.JA, SAID)
    assert isinstance(found, Unclear)
    assert all(any(label in name for name, _ in found.choices) for label in labels)


@pytest.mark.parametrize(
    "text",
    [t for t, found in [*CASES, *STRUCTURE, *NO_LONGER] if isinstance(found, dict)]
    + [t for t, found, _ in _OF_ACTIONS if isinstance(found, dict)],
)
def test_an_edit_looks_like_one(text: str) -> None:
    assert looks_like_edit(text)


@pytest.mark.parametrize(
    "text",
    ["目標は何ですか", "who owns the QBR?", "プランの進み具合は?", "売上を教えて", "A社のプランを作って",  # noqa: E501
     "What is the goal", "目標はいくら？", "担当は誰ですか", "draft an account plan for A010", "ありがとう"],  # noqa: E501
)  # fmt: skip
def test_a_question_or_another_request_is_no_edit(text: str) -> None:
    assert not looks_like_edit(text)
    assert told(text) is None


def test_of_two_colleagues_it_is_asked_which() -> None:
    found = edited("担当を佐伯さんに", plan(), SAID)
    assert isinstance(found, Unclear)
    assert [label for label, _ in found.choices] == ["佐伯 翔", "佐伯 純"]
    assert places(found.choices[0][1])["head.owner_id"] == "U06"


def test_of_several_goals_the_words_pick_one_or_it_is_asked() -> None:
    first = plan().goals[0]
    other = first.model_copy(update={"id": "g2", "what": "売上", "measure": "net_sales"})
    both = plan(goals=(first, other))
    assert told("受注の目標を2億に", both) == {"g1.amount": "200000000"}
    found = edited("目標を2億に", both, SAID)
    assert isinstance(found, Unclear)
    assert [places(choice) for _, choice in found.choices] == [
        {"g1.amount": "200000000"},
        {"g2.amount": "200000000"},
    ]


def test_a_choice_holds_the_other_edits_of_the_message() -> None:
    found = edited("担当を佐伯さんに。目標を2億に。", plan(), SAID)
    assert isinstance(found, Unclear)
    assert all(places(choice)["g1.amount"] == "200000000" for _, choice in found.choices)


def test_what_is_not_understood_is_told() -> None:
    found = edited("目標を1.2億円にして、本当に頑張りましょう", plan(), SAID)
    assert isinstance(found, Edited)
    assert found.unplaced == ("本当に頑張りましょう",)


def test_a_part_that_needs_a_word_more_is_told_and_the_others_are_made() -> None:
    found = edited("目標をもう少し上げて。福島さんは推進者。", BEFORE, SAID)
    assert isinstance(found, Edited)
    assert places(found) == {"k1.role": "推進者"}
    assert found.unplaced == ("目標をもう少し上げて",)


def test_a_rhythm_that_a_review_cannot_have_is_offered_with_the_other_edits() -> None:
    found = edited("進捗確認を隔週に。目標を1.2億に。", BEFORE, SAID)
    assert isinstance(found, Unclear)
    assert [label for label, _ in found.choices] == ["毎週", "四半期ごと"]
    assert all(places(choice)["g1.amount"] == "120000000" for _, choice in found.choices)


@pytest.mark.parametrize(
    "text",
    ["売上っていくらだっけ", "売上を教えてもらえますか", "ありがとうございます", "that's all I know for now, thanks",  # noqa: E501
     "まだ決めてない", "nobody has agreed yet", "what do you mean?"],
)  # fmt: skip
def test_a_question_or_thanks_is_no_answer(text: str) -> None:
    assert all(answered(gap, text, plan(), SAID) is None for gap in GAPS)


def test_what_is_too_long_is_asked_again() -> None:
    found = edited(f"目的は「{'あ' * 2001}」", plan(), SAID)
    assert isinstance(found, Unclear)
    assert "2000" in found.question.ja


def test_what_is_there_already_is_no_edit() -> None:
    assert edited("目標を1億円に", plan(), SAID) is None


def test_the_same_words_of_the_same_person_make_the_same_plan() -> None:
    assert edited("4月に役員訪問を追加", plan(), SAID) == edited(
        "4月に役員訪問を追加", plan(), SAID
    )


def _holds(found: Edited | Unclear | None, before: Plan) -> None:
    outcomes = [found] if isinstance(found, Edited) else []
    if isinstance(found, Unclear):
        assert found.question.ja
        assert found.question.en
        assert len(found.choices) <= 6
        outcomes = [choice for _, choice in found.choices]
    for outcome in outcomes:
        assert outcome.changes
        assert outcome.changes == diff(before, outcome.plan)
        assert Plan.model_validate(outcome.plan.model_dump(mode="json")) == outcome.plan


@settings(max_examples=60, deadline=None)
@given(_TEXTS)
def test_any_text_is_read_without_fail(text: str) -> None:
    looks_like_edit(text)
    _holds(edited(text, plan(), SAID), plan())


@settings(max_examples=20, deadline=None)
@given(_TEXTS, PLANS)
def test_any_plan_is_edited_without_fail(text: str, before: Plan) -> None:
    _holds(edited(text, before, SAID), before)


GAPS = check(plan(), SAID.as_of).gaps + check(EMPTY, SAID.as_of).gaps


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(GAPS), _TEXTS)
def test_any_answer_is_read_without_fail(gap: Gap, text: str) -> None:
    for before in (plan(), EMPTY):
        _holds(answered(gap, text, before, SAID), before)


@pytest.mark.parametrize(
    "text", ["分かりません", "未定です", "skip", "I don't know", "まだ決まっていません"]
)
def test_not_to_know_is_no_answer(text: str) -> None:
    assert all(answered(gap, text, plan(), SAID) is None for gap in GAPS)


_ANSWERS: tuple[tuple[str, str, str], ...] = (
    ("industry", "missing", "国内回帰で新工場の計画が3割増えています"),
    ("account", "missing", "検査工程の自動化に力を入れている"),
    ("organisation", "missing", "製造部が起案し、購買部を経て工場長が決裁する"),
    ("key_persons", "missing", "福島典子様（取締役工場長）"),
    ("goal", "missing", "来年3月末までに受注で1.2億円"),
    ("swot", "strength", "保守の応答が早いこと。昨年の調査で1位だった"),
    ("swot", "threat", "a rival cut prices by 10%"),
    ("scenario", "missing", "更新を決め、次に保守を広げる"),
    ("five_p", "price", "値引きは5%まで"),
    ("purpose", "missing", "先方の品質を高め、取引を倍にする"),
    ("agreed", "missing", "営業部とサービス部です"),
    ("action_plan", "missing", "村井さんが11月末までに現場診断を行う"),
    ("team", "owner", "大野さん"),
    ("team", "executive_sponsor", "稲垣さんにお願いします"),
    ("kpis", "missing", "訪問回数、いまは3回、目標は12回"),
    ("calendar", "manager", "毎月、10月から"),
    ("calendar", "executive", "quarterly, from December"),
    ("hypotheses", "missing", "予算の凍結。確かめ方は10月に購買部長に聞く"),
)


@pytest.mark.parametrize(("code", "kind", "text"), _ANSWERS)
def test_an_answer_fills_its_gap(code: str, kind: str, text: str) -> None:
    before = check(EMPTY, SAID.as_of)
    gap = next(g for g in before.gaps if (g.check, g.kind) == (code, kind))
    found = answered(gap, text, EMPTY, SAID)
    assert isinstance(found, Edited)
    after = check(found.plan, SAID.as_of)
    assert (code, kind) not in {(g.check, g.kind) for g in after.gaps}
    assert after.score >= before.score


@pytest.mark.parametrize(
    ("code", "kind", "text", "expected"),
    [("action_owner", "owner", "村井さんです", {"a3.owner": "村井 剛"}),
     ("action_owner", "owner", "私がやります", {"a3.owner": "高瀬 美咲"}),
     ("kpis", "target", "2億円です", {"m1.target": "200000000"}),
     ("kpis", "baseline_value", "3回", {"m2.baseline_value": "3"}),
     ("hypotheses", "test", "次の訪問で技術課長に聞く", {"w1.test": "次の訪問で技術課長に聞く"}),
     ("linked", "department", "サービス部が行います", {"a1.department": "サービス部"}),
     ("their_owner", "missing", "現場診断は福島様", {"a2.their_owner": "福島 典子", "a2.mutual": True}),  # noqa: E501
    ],
)  # fmt: skip
def test_an_answer_sets_the_field_that_was_asked_for(
    code: str, kind: str, text: str, expected: dict[str, object]
) -> None:
    gap = next(g for g in check(plan(), SAID.as_of).gaps if (g.check, g.kind) == (code, kind))
    found = answered(gap, text, plan(), SAID)
    assert isinstance(found, Edited)
    assert places(found) == expected
