"""Forms change plans as they were read, lose nothing to others, and tell what does not fit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from assistant.bootstrap import Workspace
from crm.scope import today
from plans.model import Action
from plans.stored import Stored
from tests.slack.fake_slack import FakeSlack
from tests.slack.payloads import pressed, submitted
from tests.slack.seeing import buttons, words
from tests.slack.surface import Visit, trigger, visit
from tests.slack.test_buttons import OTHER, REP, asked, choose, kept, press, who

__all__ = ["visit"]


def with_action(workspace: Workspace) -> Stored:
    rep, stored = who(workspace), kept(workspace)
    plan = stored.plan.with_items("actions", [Action(id="a1", what="訪問する", owner="佐伯 翔")])
    return workspace.planner.save(rep, stored, plan, "x")


def entered(**values: str) -> dict[str, Any]:
    """What was typed, as Slack has it."""
    kinds = {"due": "selected_date", "done_on": "selected_date", "held_on": "selected_date",
             "digest_time": "selected_time", "reminders": "selected_time"}  # fmt: skip
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name in ("state", "target_stage", "language", "digest_day", "briefing"):
            state: dict[str, Any] = {"selected_option": {"value": value}}
        elif name == "quiet":
            state = {"selected_options": [{"value": one} for one in value.split(",")]}
        else:
            state = {kinds.get(name, "value"): value}
        found[name] = {name: state}
    return found


async def opened_form(visit: Visit, slack: FakeSlack, stored: Stored) -> dict[str, Any]:
    held = f'{{"kind":"action","plan":"{stored.plan_id}","item":"a1"}}'
    button = {"action_id": "edit_item", "value": held, "type": "button"}
    await visit.form(press(slack, button))
    await visit.settled()
    return visit.view()


def sent(view: dict[str, Any], user: str = REP, **values: str) -> dict[str, Any]:
    payload = submitted("edit", entered(**values), user, view_id=view["id"],
                        private_metadata=view["private_metadata"])  # fmt: skip
    payload["view"]["hash"] = view["hash"]  # Slack gives each showing of a form another
    return payload


async def test_an_action_is_chosen_and_edited(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    stored = with_action(workspace)
    post = await asked(visit, "東都電機のプランを見せて")
    await visit.form(choose(slack, buttons(post)["plan_menu"], "edit_action"))
    await visit.settled()
    assert "訪問する" in words(visit.view())
    view = await opened_form(visit, slack, stored)
    said = await visit.form(
        sent(view, what="役員と訪問する", due="2026-10-05", value="1億2,000万円", state="planned")
    )
    assert said.json()["response_action"] == "update"
    await visit.settled()
    after = workspace.planner.get(who(workspace), stored.plan_id)
    action = after.plan.item("actions", "a1")
    assert isinstance(action, Action)
    assert (action.what, str(action.due), action.value) == (
        "役員と訪問する",
        "2026-10-05",
        120_000_000,
    )
    assert action.owner == "佐伯 翔"
    assert f"第{after.version}版" in words(visit.view())


async def test_what_does_not_fit_is_told_at_its_field(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    stored = with_action(workspace)
    view = await opened_form(visit, slack, stored)
    ahead = (today(workspace.settings) + timedelta(days=9)).isoformat()
    said = await visit.form(sent(view, what="", value="たくさん", state="done", done_on=ahead))
    assert set(said.json()["errors"]) == {"what", "value", "done_on"}
    await visit.settled()
    assert workspace.planner.get(who(workspace), stored.plan_id).version == stored.version


async def test_others_changes_are_shown_and_nothing_is_lost(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    stored = with_action(workspace)
    view = await opened_form(visit, slack, stored)
    theirs = stored.plan.with_items(
        "actions", [Action(id="a1", what="電話する", owner="佐伯 翔", to_whom="営業部長")]
    )
    manager = who(workspace, "U0SAMPLE03")
    workspace.planner.save(manager, stored, theirs, "theirs")
    await visit.form(sent(view, what="役員と訪問する", due="2026-10-05", state="planned"))
    await visit.settled()
    again = visit.view()
    assert "ほかの方" in words(again)
    assert "電話する" in words(again)
    shown = {b["block_id"]: b["element"] for b in again["blocks"] if b["type"] == "input"}
    assert shown["what"]["initial_value"] == "役員と訪問する"
    assert shown["to_whom"]["initial_value"] == "営業部長"
    await visit.form(sent(again, what="役員と訪問する", due="2026-10-05", to_whom="営業部長",
                          state="planned"))  # fmt: skip
    await visit.settled()
    action = workspace.planner.get(who(workspace), stored.plan_id).plan.item("actions", "a1")
    assert isinstance(action, Action)
    assert (action.what, action.to_whom) == ("役員と訪問する", "営業部長")


async def test_nobody_edits_what_they_may_not_see(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    stored = with_action(workspace)
    view = await opened_form(visit, slack, stored)
    for user in (OTHER, "U0GUEST"):
        held = f'{{"kind":"action","plan":"{stored.plan_id}","item":"a1"}}'
        button = {"action_id": "edit_item", "value": held, "type": "button"}
        await visit.form(press(slack, button, user))
        await visit.settled()
        assert "訪問する" not in words(visit.view())
        await visit.form(sent(view, user, what="乗っ取る", state="planned"))
        await visit.settled()
    assert workspace.planner.get(who(workspace), stored.plan_id).version == stored.version


async def test_a_review_is_recorded_once(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    stored = with_action(workspace)
    post = await asked(visit, "東都電機のプランを見せて")
    await visit.form(choose(slack, buttons(post)["plan_menu"], "edit_review"))
    await visit.settled()
    view = visit.view()
    day = today(workspace.settings).isoformat()
    given = entered(held_on=day, summary="順調に進んでいる", decisions="次は役員面談")
    form = submitted("review", given, view_id=view["id"], private_metadata=view["private_metadata"])
    await visit.form(form)
    form["view"]["hash"] = "h2"
    await visit.form(form)
    await visit.settled()
    records = workspace.planner.get(who(workspace), stored.plan_id).plan.records
    assert [(r.summary, r.decisions) for r in records] == [("順調に進んでいる", "次は役員面談")]


async def test_notices_are_chosen_in_a_modal(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    await visit.form(pressed("preferences", "{}", trigger=trigger(slack)))
    assert visit.view()["title"]["text"] == "お知らせの設定"
    given = {"language": "en", "time_zone": "Europe/Berlin", "digest_day": "friday",
             "digest_time": "09:00", "briefing": "60", "quiet": "saturday,sunday"}  # fmt: skip
    await visit.form(submitted("preferences", entered(**given)))
    texts = workspace.preferences.of("U06").texts
    assert texts["digest"] == "friday 09:00"
    assert (texts["time_zone"], texts["reminders"]) == ("Europe/Berlin", "off")
    wrong = await visit.form(submitted("preferences", entered(**{**given, "digest_time": "03:00"})))
    assert set(wrong.json()["errors"]) == {"digest_time"}
