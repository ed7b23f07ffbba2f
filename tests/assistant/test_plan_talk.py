"""Plans by conversation: nothing is written that the person has not seen and said yes to."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assistant.bootstrap import Workspace
from assistant.planning.talk.ground import QUESTIONS
from crm.scope import Principal
from plans.asked import Answers
from plans.stored import Stored
from tests.assistant.conversations import answer
from tests.companies import SAMPLE_DAY
from tests.fakes import copy_of
from tests.scripted_model import ScriptedModel, call, calls

TAKASE = Principal("U07", "高瀬 美咲", frozenset({"rep"}))
SAEKI = Principal("U06", "佐伯 翔", frozenset({"rep"}))
OHNO = Principal("U03", "大野 恵", frozenset({"manager"}))
ACCOUNT = "A010"
pytestmark = pytest.mark.asyncio(loop_scope="module")  # its threads know what they calculated


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> Workspace:
    found = copy_of(sample_workspace, tmp_path)
    found.model = "builtin"
    return found


@pytest.fixture(scope="module")
def drawn_up(
    sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Stored]:
    """A plan of the account, and the database that holds it and nothing else."""
    made = copy_of(sample_workspace, tmp_path_factory.mktemp("drawn"))
    plan = made.planner.draft(TAKASE, ACCOUNT, as_of=SAMPLE_DAY)
    made.database.dispose()
    return made.folder / "state.db", plan


@pytest.fixture
def stored(workspace: Workspace, drawn_up: tuple[Path, Stored]) -> Stored:
    """The plan, in the workspace before anything was asked of it."""
    database, plan = drawn_up
    shutil.copy(database, workspace.folder)
    return plan


async def say(workspace: Workspace, *texts: str, who: Principal = TAKASE) -> list[str]:
    """What is answered to these messages of one thread."""
    async with workspace.assistant() as assistant:
        return [(await answer(assistant, t, thread="t", principal=who)).text for t in texts]


async def done(workspace: Workspace, *texts: str, who: Principal = TAKASE) -> list[list[str]]:
    """The tools that were called for each of these messages."""
    async with workspace.assistant() as assistant:
        answers = [await answer(assistant, t, thread="t", principal=who) for t in texts]
    return [[one.name for one in found.tool_calls] for found in answers]


def now(workspace: Workspace, stored: Stored) -> Stored:
    return workspace.planner.get(TAKASE, stored.plan_id)


def scripted(workspace: Workspace, *lines: Any) -> Workspace:
    workspace.model, workspace.provider = "scripted", ScriptedModel(script=list(lines))
    return workspace


# ------------------------------------------------------------------ shown first, done on a yes


async def test_a_change_is_shown_and_saved_on_a_yes(workspace: Workspace, stored: Stored) -> None:
    (shown,) = await say(workspace, "北斗精密のプランの目標を1.2億円に")
    assert "8,630万円 → 1億2,000万円" in shown
    assert now(workspace, stored).version == 1
    (saved,) = await say(workspace, "はい")
    after = now(workspace, stored)
    assert "第2版" in saved
    assert after.plan.goals[0].amount == Decimal(120_000_000)
    version = workspace.planner.version(after, 2)
    assert (version.person_id, version.reason) == ("U07", "目標を1.2億円に")


@pytest.mark.parametrize("said", ["いいえ", "やめて", "no"])
async def test_a_no_leaves_the_plan_as_it_was(
    workspace: Workspace, stored: Stored, said: str
) -> None:
    await say(workspace, "北斗精密のプランの目標を1.2億円に", said, "はい")
    assert now(workspace, stored).version == 1


async def test_a_yes_is_to_what_was_seen_last(workspace: Workspace, stored: Stored) -> None:
    *_shown, last = await say(
        workspace, "北斗精密のプランの目標を1.2億円に", "北斗精密の売上は？", "はい"
    )
    assert "確認待ちの変更はありません" in last
    assert now(workspace, stored).version == 1


async def test_what_waits_can_be_corrected(workspace: Workspace, stored: Stored) -> None:
    await say(workspace, "北斗精密のプランに11月に役員訪問を追加", "やっぱり12月で", "OK")
    added = now(workspace, stored).plan.actions
    assert [str(a.due) for a in added if a.what == "役員訪問"] == ["2026-12-31"]


async def test_a_yes_in_other_letters_is_answered_in_the_language_spoken(
    workspace: Workspace, stored: Stored
) -> None:
    assert "保存しました" in (await say(workspace, "北斗精密のプランの目標を1.2億円に", "OK"))[-1]


async def test_undo_gives_the_version_before(workspace: Workspace, stored: Stored) -> None:
    await say(workspace, "北斗精密のプランの目標を1.2億円に", "はい", "元に戻して")
    assert now(workspace, stored).version == 2
    await say(workspace, "はい")
    assert now(workspace, stored).version == 3
    assert now(workspace, stored).plan == stored.plan


async def test_who_was_slower_sees_both_and_says_yes_anew(
    workspace: Workspace, stored: Stored
) -> None:
    await say(workspace, "北斗精密のプランの目標を1.2億円に")
    theirs = stored.plan.with_head(purpose="先方の増産を支える")
    workspace.planner.save(OHNO, stored, theirs, "purpose")
    (both,) = await say(workspace, "はい")
    assert "先方の増産を支える" in both
    assert "1億2,000万円" in both
    assert now(workspace, stored).version == 2
    await say(workspace, "はい")
    merged = now(workspace, stored)
    assert (merged.version, merged.head.purpose) == (3, "先方の増産を支える")
    assert merged.plan.goals[0].amount == Decimal(120_000_000)


# ------------------------------------------------------------------ drawing up and asking


async def test_a_plan_is_drawn_up_once(workspace: Workspace) -> None:
    drawn, again = await say(
        workspace, "北斗精密のアカウントプランを作って", "北斗精密のプランを作って"
    )
    assert "作成しました" in drawn
    assert "すでに" in again
    assert len(workspace.planner.all(TAKASE, ACCOUNT)) == 1
    await say(workspace, "北斗精密の新しいプランを作って")
    assert len(workspace.planner.all(TAKASE, ACCOUNT)) == 2


async def test_no_question_is_asked_twice_and_three_at_a_time(workspace: Workspace) -> None:
    answers = await say(workspace, "北斗精密のアカウントプランを作って", *["次へ"] * 6)
    asked = [[line for line in text.splitlines() if line[:2] in ("1.", "2.", "3.", "4.")]
             for text in answers]  # fmt: skip
    assert len(asked[0]) == QUESTIONS
    assert all(len(lines) <= QUESTIONS for lines in asked)
    words = [line[2:].strip() for lines in asked for line in lines]
    assert len(words) == len(set(words)) > 2 * QUESTIONS
    assert any("お聞きする質問は、もうありません" in text for text in answers)


async def test_an_answer_is_kept_with_who_gave_it(workspace: Workspace) -> None:
    await say(
        workspace, "北斗精密のアカウントプランを作って", "1. 先方の増産を品質で支える", "はい"
    )
    (plan,) = workspace.planner.all(TAKASE, ACCOUNT)
    assert plan.head.purpose == "先方の増産を品質で支える"
    kept = [one for one in Answers(workspace.database).of(plan.plan_id).values() if one.answer]
    assert [(one.answer, one.person_id) for one in kept] == [("先方の増産を品質で支える", "U07")]
    assert kept[0].answered_at is not None
    assert kept[0].answered_at <= datetime.now(UTC)


# ------------------------------------------------------------------ rights


async def test_a_plan_of_an_account_one_cannot_see_does_not_exist(
    workspace: Workspace, stored: Stored
) -> None:
    own = workspace.planner.draft(SAEKI, "A001", as_of=SAMPLE_DAY)
    forbidden, _yes = await say(workspace, "北斗精密のプランの目標を1億円に", "はい", who=SAEKI)
    absent, _yes = await say(workspace, "架空精密のプランの目標を1億円に", "はい", who=SAEKI)
    assert forbidden.replace("北斗精密", "X") == absent.replace("架空精密", "X")
    assert now(workspace, stored).version == 1
    assert workspace.planner.get(SAEKI, own.plan_id).version == 1


async def test_only_a_manager_approves_and_a_rep_is_told_who(
    workspace: Workspace, stored: Stored
) -> None:
    await say(workspace, "北斗精密のプランを承認に回して", "はい")
    assert now(workspace, stored).state == "in_review"
    (told, _yes) = await say(workspace, "このプランを承認して", "はい")
    assert "大野 恵" in told
    assert now(workspace, stored).state == "in_review"
    await say(workspace, "北斗精密のプランを承認して", "はい", who=OHNO)
    assert now(workspace, stored).state == "approved"
    warned, _yes = await say(workspace, "北斗精密のプランの目標を1億円に", "はい")
    assert "承認は取り消され" in warned
    assert now(workspace, stored).state == "draft"


# ------------------------------------------------------------------ a model not to be trusted


async def test_a_model_cannot_say_yes_for_the_person(workspace: Workspace, stored: Stored) -> None:
    edit = call("plan_edit", account_id=ACCOUNT, text="目標を9億円に")
    scripted(workspace, edit, "変更案です。", call("plan_confirm", id="c2"), "保存しました。")
    assert await done(workspace, "北斗精密のプランについて教えて", "目標はいくらですか？") == [
        ["plan_edit"],
        ["plan_confirm"],
    ]
    assert now(workspace, stored).version == 1


async def test_a_model_cannot_edit_and_confirm_in_one_turn(
    workspace: Workspace, stored: Stored
) -> None:
    both = calls(
        ("plan_edit", {"account_id": ACCOUNT, "text": "目標を9億円に"}), ("plan_confirm", {})
    )
    await say(workspace, "北斗精密のプランを見せて", "北斗精密のプランの目標を1.2億円に")
    scripted(workspace, both, call("plan_confirm", id="c2"), "保存しました。")
    assert await done(workspace, "はい") == [["plan_edit", "plan_confirm", "plan_confirm"]]
    saved = now(workspace, stored).plan.goals[0].amount
    assert saved in (stored.plan.goals[0].amount, Decimal(120_000_000))  # what was seen, or nothing


async def test_what_waits_is_shown_even_when_the_model_leaves_it_out(
    workspace: Workspace, stored: Stored
) -> None:
    edit = call("plan_edit", account_id=ACCOUNT, text="目標を9億円に")
    scripted(workspace, edit, "何もありません。")
    (shown,) = await say(workspace, "北斗精密のプランの目標について")
    assert "8,630万円 → 9億円" in shown


async def test_a_model_draws_no_plan_up_that_nobody_spoke_of(workspace: Workspace) -> None:
    scripted(workspace, call("plan_draft", account_id=ACCOUNT), "作成しました。")
    await say(workspace, "北斗精密の売上は？")
    assert workspace.planner.all(TAKASE) == []


async def test_prose_stands_on_facts(workspace: Workspace, stored: Stored) -> None:
    def write(text: str) -> Any:
        return call("plan_write", id="c2", account_id=ACCOUNT, section="scenario", text=text)

    look = call("briefing", account_id=ACCOUNT)
    scripted(workspace, look, write("売上を77億円にする。"), "売上を77億円にします。")
    (refused, _yes) = await say(workspace, "北斗精密のプランの戦略を書いて", "はい")
    assert "77億円" not in refused
    assert now(workspace, stored).version == 1
    scripted(
        workspace, look, write("{{sales.net_sales}}の取引を土台に、保守を広げる。"),
        "{{page:plan_write}}", call("plan_confirm", id="c3"), "{{page:plan_confirm}}",
    )  # fmt: skip
    async with workspace.assistant() as assistant:
        for text in ("北斗精密の売上を見て、プランの戦略を書いて", "はい"):
            await answer(assistant, text, thread="other", principal=TAKASE)
    added = [s for s in now(workspace, stored).plan.section("scenario") if "土台" in s.text]
    assert [(s.kind, [f.name for f in s.facts]) for s in added] == [("fact", ["sales.net_sales"])]


# ------------------------------------------------------------------ what was spoken of


async def test_what_was_changed_last_is_meant_without_being_named(
    workspace: Workspace, stored: Stored
) -> None:
    said = ["北斗精密のプランの目標を1億円に", "はい", "期日も2月末に", "はい"]
    *_, saved = await say(workspace, *said)
    assert "第3版" in saved
    assert now(workspace, stored).plan.goals[0].due == date(2027, 2, 28)
    said = ["4月に役員訪問を追加", "はい", "担当は私で", "はい"]
    await say(workspace, *said)
    after = now(workspace, stored)
    (visit,) = [action for action in after.plan.actions if action.what == "役員訪問"]
    assert (visit.owner, after.plan.head.owner) == ("高瀬 美咲", stored.plan.head.owner)


async def test_what_an_open_question_asks_for_is_meant_among_several(
    workspace: Workspace,
) -> None:
    drawn, shown = await say(
        workspace, "北斗精密のアカウントプランを作って", "先方の担当は福島工場長です"
    )
    assert "先方ではどなたが担当されますか" in drawn
    assert "福島 典子" in shown
    assert "番号でお答えください" not in shown
    (listed,) = workspace.planner.all(TAKASE, ACCOUNT)
    await say(workspace, "はい")
    plan = workspace.planner.get(TAKASE, listed.plan_id).plan
    assert [a.their_owner for a in plan.actions if a.their_owner] == ["福島 典子"]


async def test_of_accounts_of_one_name_the_one_with_a_plan_is_meant(workspace: Workspace) -> None:
    sugiyama = Principal("U12", "杉山 玲奈", frozenset({"rep"}))
    said = "共栄のプランの目標を1億円に"
    (asked,) = await say(workspace, said, who=sugiyama)
    assert "共栄システム株式会社" in asked
    assert "共栄システムズ株式会社" in asked
    workspace.planner.draft(sugiyama, "A017", as_of=SAMPLE_DAY)
    (shown,) = await say(workspace, said, who=sugiyama)
    assert "1億円" in shown
    assert "共栄システム株式会社 アカウントプラン" in shown


async def test_a_plan_that_is_not_there_is_offered_and_drawn_up_on_a_yes(
    workspace: Workspace,
) -> None:
    offered, drawn = await say(workspace, "北斗精密のプランを見せて", "はい")
    assert "プランは、まだありません" in offered
    assert "作成しました" in drawn
    assert [p.account_id for p in workspace.planner.all(TAKASE)] == [ACCOUNT]


async def test_an_offer_is_forgotten_with_the_next_answer(workspace: Workspace) -> None:
    await say(workspace, "北斗精密のプランを見せて", "北斗精密の売上は？", "はい")
    assert workspace.planner.all(TAKASE) == []


async def test_what_waits_is_told_to_be_gone_when_something_else_is_asked(
    workspace: Workspace, stored: Stored
) -> None:
    said = ["北斗精密のプランの目標を1億円に", "北斗精密の売上は？", "はい"]
    _shown, answered, _word = await say(workspace, *said)
    assert "確認待ちだった変更は、保存していません" in answered
    assert now(workspace, stored).version == 1


async def test_an_action_dropped_before_it_was_saved_was_never_there(
    workspace: Workspace, stored: Stored
) -> None:
    said = [
        "北斗精密のプランの目標を1億円にして、12月に現場見学を追加",
        "現場見学は取り消し",
        "はい",
    ]
    *_, saved = await say(workspace, *said)
    plan = now(workspace, stored).plan
    assert "第2版" in saved
    assert plan.goals[0].amount == Decimal(100_000_000)
    assert plan.progress == ()
    assert plan.actions == stored.plan.actions


async def test_a_purpose_is_corrected_before_it_is_saved(
    workspace: Workspace, stored: Stored
) -> None:
    said = [
        "北斗精密のプランの目的は「新工場を支える」",
        "やっぱり「新工場を品質で支える」で",
        "はい",
    ]
    await say(workspace, *said)
    assert now(workspace, stored).plan.head.purpose == "新工場を品質で支える"


async def test_to_wait_leaves_what_waits(workspace: Workspace, stored: Stored) -> None:
    said = ["北斗精密のプランの目標を1億円に", "ちょっと待って", "はい"]
    _shown, waits, saved = await say(workspace, *said)
    assert "お待ちします" in waits
    assert "第2版" in saved


@pytest.mark.parametrize(
    "text", ["手元のWordのプランを取り込みたい", "How do I import an existing account plan?"]
)
async def test_how_a_plan_is_taken_over_is_told(workspace: Workspace, text: str) -> None:
    (told,) = await say(workspace, text)
    assert "tagayasu plan import" in told
