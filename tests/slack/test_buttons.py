"""Buttons below answers do what they say, for who may, on exactly what was shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assistant.bootstrap import Workspace
from plans.stored import Stored
from tests.plans.complete import complete
from tests.slack.fake_slack import BOT_USER, FakeSlack
from tests.slack.payloads import CHANNEL, TS, direct, mention, pressed, submitted
from tests.slack.seeing import buttons, shown, words
from tests.slack.surface import Visit, trigger, visit

__all__ = ["visit"]
REP, MANAGER, OTHER = "U0SAMPLE06", "U0SAMPLE03", "U0SAMPLE09"
ACCOUNT = "A001"


def who(workspace: Workspace, slack_id: str = REP) -> Any:
    found = workspace.desk.directory().by_slack_id(slack_id)
    assert found is not None
    return found


def kept(workspace: Workspace) -> Stored:
    """A whole plan of the rep's, made by hand: drawing one up takes seconds."""
    plan = complete().with_head(
        account_id=ACCOUNT, account_name="東都電機株式会社", title="東都電機 2026年度",
        owner_id="U06", owner="佐伯 翔",
    )  # fmt: skip
    return workspace.planner.keep(who(workspace), plan, "draft")


def press(slack: FakeSlack, button: dict[str, Any], user: str = REP, **more: Any) -> dict[str, Any]:
    """The press of a button as it stands in a message."""
    payload = pressed(button["action_id"], button.get("value", ""), user,
                      trigger=trigger(slack), **more)  # fmt: skip
    payload["actions"][0]["type"] = button["type"]
    return payload


def choose(slack: FakeSlack, menu: dict[str, Any], value: str, user: str = REP) -> dict[str, Any]:
    payload = press(slack, menu, user)
    option = next(one for one in menu["options"] if one["value"].startswith(value))
    payload["actions"][0]["selected_option"] = option
    return payload


async def asked(visit: Visit, text: str, **more: Any) -> dict[str, Any]:
    await visit.event(direct(text, **more))
    await visit.settled()
    return shown(visit.slack)[-1]


async def test_the_evidence_of_an_answer_is_shown_to_who_asked(
    visit: Visit, slack: FakeSlack
) -> None:
    post = await asked(visit, "東都電機の売上と利益は？")
    await visit.form(press(slack, buttons(post)["evidence"]))
    assert "読み込んで" in words(visit.view())
    await visit.settled()
    assert "売上" in words(visit.view())
    assert visit.view()["title"]["text"] == "根拠"


async def test_nobody_else_is_shown_the_evidence(visit: Visit, slack: FakeSlack) -> None:
    post = await asked(visit, "東都電機の売上と利益は？")
    for user in (OTHER, "U0GUEST"):
        await visit.form(press(slack, buttons(post)["evidence"], user))
        await visit.settled()
        assert "売上" not in words(visit.view())


async def test_a_plan_is_drafted_changed_and_saved_by_buttons(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    post = await asked(visit, "東都電機の売上と利益は？")
    await visit.form(press(slack, buttons(post)["draft_plan"]))
    await visit.settled()
    (plan,) = workspace.planner.all(who(workspace), ACCOUNT)
    assert plan.version == 1
    post = await asked(
        visit, "目的を「信頼される相談相手になる」にして", thread_ts=TS, ts="1790000005.1"
    )
    before = buttons(post)["say_yes"]
    assert buttons(post)["say_no"]["text"]["text"] == "いいえ"
    await visit.form(press(slack, before))
    await visit.settled()
    stored = workspace.planner.get(who(workspace), plan.plan_id)
    assert stored.head.purpose == "信頼される相談相手になる"
    await visit.form(press(slack, before))
    await visit.settled()
    assert workspace.planner.get(who(workspace), plan.plan_id).version == stored.version


async def test_an_old_yes_saves_nothing_else(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    stored = kept(workspace)
    first = await asked(visit, "東都電機のプランの目的を「一番に相談される」にして")
    await asked(visit, "目的を「別の目的」にして", thread_ts=TS, ts="1790000006.1")
    await visit.form(press(slack, buttons(first)["say_yes"]))
    await visit.settled()
    assert workspace.planner.get(who(workspace), stored.plan_id).version == stored.version
    assert "保存していません" in words(shown(slack)[-1])


def waiting(workspace: Workspace) -> Any:
    """A plan of the rep that waits for the manager."""
    rep, stored = who(workspace), kept(workspace)
    return workspace.planner.move(rep, stored.plan_id, "in_review", None, stored.version)


async def test_a_manager_approves_what_was_shown_and_no_rep_can(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    stored = waiting(workspace)
    post = await asked(visit, "東都電機のプランを見せて", user=MANAGER)
    approve = buttons(post)["approve"]
    for user in (REP, OTHER):
        await visit.form(press(slack, approve, user))
        await visit.settled()
        assert workspace.planner.get(who(workspace), stored.plan_id).state == "in_review"
    await visit.form(press(slack, approve, MANAGER))
    await visit.settled()
    assert workspace.planner.get(who(workspace), stored.plan_id).state == "approved"
    assert "承認しました" in words(shown(slack)[-1])


async def test_a_changed_plan_is_not_approved_by_an_old_button(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    stored = waiting(workspace)
    post = await asked(visit, "東都電機のプランを見せて", user=MANAGER)
    changed = stored.plan.with_head(purpose="あとから変えた目的")
    workspace.planner.save(who(workspace), stored, changed, "x")
    await visit.form(press(slack, buttons(post)["approve"], MANAGER))
    await visit.settled()
    assert workspace.planner.get(who(workspace), stored.plan_id).state == "in_review"
    assert "変更されています" in words(shown(slack)[-1])


async def test_a_plan_is_sent_back_with_the_reason(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    stored = waiting(workspace)
    post = await asked(visit, "東都電機のプランを見せて", user=MANAGER)
    await visit.form(press(slack, buttons(post)["send_back"], MANAGER))
    view = visit.view()
    values = {"comment": {"comment": {"type": "plain_text_input", "value": "根拠が足りません"}}}
    sent = submitted("send_back", values, MANAGER, view_id=view["id"],
                     private_metadata=view["private_metadata"])  # fmt: skip
    await visit.form(sent)
    await visit.settled()
    after = workspace.planner.get(who(workspace), stored.plan_id)
    assert after.state == "draft"
    assert workspace.planner.history(after)[1][-1].comment == "根拠が足りません"


async def test_an_opinion_is_kept_with_its_reason(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    post = await asked(visit, "東都電機の売上と利益は？")
    element = buttons(post)["feedback"]
    answer_id = element["positive_button"]["value"].partition(":")[2]
    await visit.form(press(slack, {**element, "value": element["positive_button"]["value"]}))
    await visit.settled()
    assert [(o.answer, o.useful) for o in workspace.feedback.all()] == [(answer_id, True)]
    await visit.form(press(slack, {**element, "value": element["negative_button"]["value"]}))
    view = visit.view()
    values = {"reason": {"reason": {"type": "plain_text_input", "value": "数字が古い"}}}
    await visit.form(submitted("reason", values, view_id=view["id"],
                               private_metadata=view["private_metadata"]))  # fmt: skip
    await visit.settled()
    (opinion,) = workspace.feedback.all()
    assert (opinion.useful, opinion.reason) == (False, "数字が古い")


@pytest.mark.parametrize(
    "ending", ["docx", *(pytest.param(e, marks=pytest.mark.slow) for e in ("pptx", "xlsx"))]
)
async def test_a_plan_is_sent_as_a_file(
    visit: Visit, slack: FakeSlack, workspace: Workspace, ending: str
) -> None:
    kept(workspace)
    post = await asked(visit, "東都電機のプランを見せて")
    await visit.form(choose(slack, buttons(post)["plan_menu"], f"export_{ending}"))
    await visit.settled(60)
    (file,) = slack.files.values()
    assert json.dumps(file, default=str).find(f".{ending}") > 0


async def test_a_chart_comes_as_a_picture_with_its_words(visit: Visit, slack: FakeSlack) -> None:
    await asked(visit, "注意が必要な取引先は？")
    (file,) = slack.files.values()
    assert "png" in json.dumps(file, default=str)
    assert "取引先" in json.dumps(file, default=str, ensure_ascii=False)


async def test_a_file_of_a_channel_with_others_goes_to_the_asker_alone(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    slack.channels[CHANNEL] = [REP, OTHER, BOT_USER]
    await visit.event(mention("注意が必要な取引先は？"))
    await visit.settled()
    assert slack.files
    for file in slack.files.values():
        assert CHANNEL not in json.dumps(file, default=str)
    assert all(words(m).startswith("この回答は、質問された方だけ") for m in shown(slack, CHANNEL))


FORGED = ["", "x", '{"plan":"zzz","version":"9"}', '{"account":"A012","thread":"x y"}']


async def test_forged_values_lead_to_nothing_that_is_not_theirs(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    actions = (
        "brief show_plan approve draft_plan evidence plan_of say_yes say:1 edit_item plan_menu"
    )
    for action in actions.split():
        for value in FORGED:
            await visit.form(press(slack, {"action_id": action, "value": value, "type": "button"}))
    await visit.settled(60)
    seen = [words(m) for m in (*shown(slack), *slack.views.values(), *slack.private)]
    assert not any("青葉化学" in text for text in seen)
    assert workspace.planner.all(who(workspace)) == []
    assert not slack.refusals
