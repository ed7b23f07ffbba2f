"""What a person says about plans is read by code: yes, no, next, undo, numbered answers."""

import pytest

from assistant.planning.spoken import (
    is_enough,
    is_no,
    is_skip,
    is_undo,
    is_wait,
    is_yes,
    outcome_said,
    replies,
    review_said,
    say,
)
from crm.audit import through
from crm.settings import Language

YES = [
    "はい",
    "はい。",
    "はい、お願いします",
    "お願いします",
    "OK",
    "ＯＫ",
    "okです",
    "それで",
    "それでお願いします",
    "それでいいです",
    "はい、それで",
    "保存して",
    "保存してください",
    "反映して",
    "進めて",
    "うん",
    "了解です",
    "大丈夫です",
    "問題ありません",
    "はい、承認して",
    "yes",
    "Yes.",
    "yes please",
    "go ahead",
    "save it",
    "OK, save it",
    "sure",
    "looks good",
    "that's right",
    "confirm",
    "do it",
    "sounds good",
    "うん、それで",
    "オッケー",
    "おけ",
    "👍",
    "よろしく",
    "よろしくお願いします",
    "間違いないです",
    "はい、大丈夫です",
    "それでお願いできますか",
    "yes pls",
    "lgtm",
    "please do",
    "ok, go ahead",
    "that works",
    "looks good to me, thanks",
]
NO = [
    "いいえ",
    "やめて",
    "やめます",
    "キャンセル",
    "取り消し",
    "いや、やめて",
    "保存しないで",
    "なし",
    "no",
    "No, cancel",
    "cancel",
    "cancel that",
    "never mind",
    "don't save",
    "leave it as it is",
]
NEITHER = [
    "はい、目標は1億円です",
    "お願いしたい会社はどこ？",
    "OKだけど5月にして",
    "yes, but move it to May",
    "no. the goal is 90 million",
    "売上は？",
    "取り消し線",
    "保存期間は？",
    "4月に役員訪問を追加",
    "cancel the second action",
    "役員訪問をやめる",
    "よろしくない",
    "ちょっと待って",
    "not yet",
    "",
]


@pytest.mark.parametrize("text", YES)
def test_a_yes_is_a_yes_and_no_no(text: str) -> None:
    assert is_yes(text)
    assert not is_no(text)


@pytest.mark.parametrize("text", NO)
def test_a_no_is_a_no_and_no_yes(text: str) -> None:
    assert is_no(text)
    assert not is_yes(text)


@pytest.mark.parametrize("text", NEITHER)
def test_a_message_that_says_more_is_neither(text: str) -> None:
    assert not is_yes(text)
    assert not is_no(text)


@pytest.mark.parametrize(
    "text",
    ["ちょっと待って", "まだ待ってください", "確認します", "not yet", "hold on", "let me check"],
)
def test_to_wait_is_neither_yes_nor_no(text: str) -> None:
    assert is_wait(text)
    assert not is_yes(text)
    assert not is_no(text)


@pytest.mark.parametrize(
    "text",
    [
        "以上です",
        "とりあえず以上です",
        "今のところこれで全部です",
        "that's all I know for now, thanks",
        "nothing else",
    ],
)
def test_enough_is_said(text: str) -> None:
    assert is_enough(text)


@pytest.mark.parametrize(
    "text", ["分からない", "わかりません", "未定です", "次へ", "skip", "I don't know", "TBD"]
)
def test_what_is_not_known_is_skipped(text: str) -> None:
    assert is_skip(text)


@pytest.mark.parametrize(
    "text",
    [
        "元に戻して",
        "さっきの変更を取り消して",
        "undo",
        "Undo that",
        "revert it",
        "やっぱり今のは取り消して",
        "あ、今の追加は取り消してください",
        "oops, bring it back",
        "sorry, undo the last change",
    ],
)
def test_undo(text: str) -> None:
    assert is_undo(text)


def test_answers_go_by_their_numbers() -> None:
    assert replies("1. 全員で品質を上げる 2. 福島様 3. 分からない", {1, 2, 3}) == {
        1: "全員で品質を上げる",
        2: "福島様",
        3: "分からない",
    }
    assert replies("2) Fukushima-san", {1, 2}) == {2: "Fukushima-san"}
    assert replies("１．品質\n３．経営企画部と営業部", {1, 2, 3}) == {
        1: "品質",
        3: "経営企画部と営業部",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("③はまだ ①は「共に伸びる」②は後藤さん", {1: "「共に伸びる」", 2: "後藤さん", 3: "まだ"}),
        ("質問2は山口さん", {2: "山口さん"}),
        ("さっきの質問の2番、山口さん", {2: "山口さん"}),
        ("1番は品質を上げる 2番は後藤さん", {1: "品質を上げる", 2: "後藤さん"}),
        ("2) Morita-san", {2: "Morita-san"}),
        ("number 2: Morita, number 3: Sales", {2: "Morita,", 3: "Sales"}),
        ("Q1: grow together Q3: Sales and Service", {1: "grow together", 3: "Sales and Service"}),
    ],
)
def test_numbers_are_said_in_many_ways(text: str, expected: dict[int, str]) -> None:
    assert replies(text, {1, 2, 3}) == expected


def test_lines_answer_in_order_where_there_are_as_many() -> None:
    assert replies("品質を上げる\n福島様", {1, 3}) == {1: "品質を上げる", 3: "福島様"}
    assert replies("品質を上げる\n福島様", {1, 2, 3}) == {None: "品質を上げる\n福島様"}


def test_a_figure_is_no_number_of_a_question() -> None:
    assert replies("目標は1.2億円です", {1, 2}) == {None: "目標は1.2億円です"}
    assert replies("5. 何か", {1, 2}) == {None: "5. 何か"}


def test_outcome_and_lessons_are_told_apart() -> None:
    assert outcome_said("プランを終了。結果は一部達成、学びは未達の商談にも早く会うこと") == (
        "partly",
        "未達の商談にも早く会うこと",
    )
    assert outcome_said("close it: achieved, lessons: meet early") == ("achieved", "meet early")
    assert outcome_said("プランを終了して、未達。") == ("missed", None)
    assert outcome_said("close the plan") == (None, None)


def test_a_review_is_what_follows() -> None:
    assert review_said("レビューを記録: 予定どおり") == "予定どおり"
    assert review_said("record a review: on track") == "on track"
    assert review_said("レビューを見せて") is None


@pytest.mark.parametrize("name", ["full", "export"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_in_slack_nobody_is_sent_to_the_command_line(name: str, language: Language) -> None:
    assert "tagayasu plan" in say(name, language, plan="p1")
    with through("slack"):
        assert "tagayasu" not in say(name, language, plan="p1")
