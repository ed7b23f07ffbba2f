"""The assistant's container greets with prompts that fit the person, and titles its threads."""

from __future__ import annotations

from typing import Any

from assistant.bootstrap import Workspace
from tests.slack.fake_slack import FakeSlack
from tests.slack.payloads import DIRECT, TS, body, direct
from tests.slack.seeing import shown, words
from tests.slack.surface import Visit, visit
from tests.slack.test_buttons import MANAGER, REP, kept, who

__all__ = ["visit"]


def started(user: str) -> dict[str, Any]:
    thread = {"user_id": user, "channel_id": DIRECT, "thread_ts": TS, "context": {}}
    event = {"type": "assistant_thread_started", "assistant_thread": thread, "event_ts": TS}
    return body(event)


def prompts(slack: FakeSlack) -> dict[str, str]:
    [given] = slack.said("assistant.threads.setSuggestedPrompts")
    return {one["title"]: one["message"] for one in given["prompts"]}


async def test_a_rep_is_greeted_with_what_fits_them(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    stored = kept(workspace)
    lacking = stored.plan.replaced({"kpis": ()})
    workspace.planner.save(who(workspace), stored, lacking, "x")
    await visit.event(started(REP))
    await visit.settled()
    found = prompts(slack)
    assert 2 <= len(found) <= 4
    assert any("プランに足りない点" in title for title in found)
    assert "注意が必要な取引先" in found
    assert "佐伯 翔さん" in words(shown(slack)[-1])


async def test_a_manager_is_offered_the_teams_plans(visit: Visit, slack: FakeSlack) -> None:
    await visit.event(started(MANAGER))
    await visit.settled()
    assert "プランの状況" in prompts(slack)


async def test_a_stranger_is_greeted_without_prompts(visit: Visit, slack: FakeSlack) -> None:
    await visit.event(started("U0GUEST"))
    await visit.settled()
    assert not slack.said("assistant.threads.setSuggestedPrompts")
    assert "社員が見つからない" in words(shown(slack)[-1])


async def test_a_thread_has_a_title_and_shows_its_steps(visit: Visit, slack: FakeSlack) -> None:
    await visit.event(direct("東都電機の売上と利益は？"))
    await visit.settled()
    assert slack.said("assistant.threads.setTitle")[0]["title"] == "東都電機の売上と利益は？"
    assert slack.said("assistant.threads.setStatus")[0]["status"]
    assert slack.said("chat.startStream")
