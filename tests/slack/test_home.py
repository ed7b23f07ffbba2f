"""The App Home shows each person what matters to them now, and a stranger nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from assistant.bootstrap import Workspace
from crm.scope import today
from plans.model import Action
from tests.slack.fake_slack import TEAM, FakeSlack
from tests.slack.payloads import body, pressed
from tests.slack.seeing import buttons, shown, words
from tests.slack.surface import Visit, trigger, visit
from tests.slack.test_buttons import MANAGER, REP, kept, waiting, who

__all__ = ["visit"]


def opened(user: str, n: int = 1) -> dict[str, Any]:
    event = {"type": "app_home_opened", "user": user, "tab": "home", "event_ts": f"{n}.1",
             "channel": "D0X", "team": TEAM}  # fmt: skip
    return body(event)


async def test_a_rep_finds_accounts_with_reasons_and_what_is_due(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    stored = kept(workspace)
    due = today(workspace.settings) + timedelta(days=3)
    action = Action(id="a1", what="訪問の日程を決める", due=due, owner="佐伯 翔")
    changed = stored.plan.with_items("actions", [action])
    workspace.planner.save(who(workspace), stored, changed, "x")
    await visit.event(opened(REP))
    await visit.settled()
    page = slack.homes[REP]
    text = words(page)
    assert "佐伯 翔さんの取引先" in text
    assert "影響額" in text
    assert "訪問の日程を決める" in text
    assert "承認待ち" not in text
    assert {"home_refresh", "preferences", "brief", "edit_item", "plan_menu"} <= set(buttons(page))


async def test_a_manager_finds_approvals_and_coverage_and_decides_there(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    stored = waiting(workspace)
    await visit.event(opened(MANAGER))
    await visit.settled()
    page = slack.homes[MANAGER]
    assert "承認待ちのプラン" in words(page)
    assert "重点顧客" in words(page)
    button = buttons(page)["approve"]
    payload = pressed("approve", button["value"], MANAGER, trigger=trigger(slack))
    del payload["channel"], payload["message"]
    payload["container"] = {"type": "view", "view_id": page["id"]}
    await visit.form(payload)
    await visit.settled()
    assert workspace.planner.get(who(workspace), stored.plan_id).state == "approved"
    assert "承認しました" in words(shown(slack)[-1])


async def test_an_executive_finds_the_whole_company(visit: Visit, slack: FakeSlack) -> None:
    await visit.event(opened("U0SAMPLE01"))
    await visit.settled()
    assert "全社の状況" in words(slack.homes["U0SAMPLE01"])
    assert "120社中" in words(slack.homes["U0SAMPLE01"])


async def test_a_stranger_finds_one_sentence(visit: Visit, slack: FakeSlack) -> None:
    await visit.event(opened("U0GUEST"))
    await visit.settled()
    assert "社員が見つからない" in words(slack.homes["U0GUEST"])
    assert not buttons(slack.homes["U0GUEST"])


async def test_the_page_says_that_it_is_being_put_together(visit: Visit, slack: FakeSlack) -> None:
    await visit.event(opened(REP))
    first = slack.said("views.publish")[0]["view"]
    assert "読み込んでいます" in words(first)
    await visit.settled()


async def test_the_language_somebody_has_chosen_is_spoken(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    workspace.preferences.change(who(workspace), {"language": "en"})
    await visit.event(opened(REP))
    await visit.settled()
    assert "Accounts that need attention" in words(slack.homes[REP])
