"""What was meant for all goes to one alone when not all may see it by the time it is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from api.render.slack import sentence
from api.slack.config import SlackConfig
from api.slack.extras import asked_with
from api.slack.inbox import Inbox, slack_inbox
from api.slack.item import Item
from api.slack.outbox import KEPT, File, Outbox, Part, Post, slack_outbox
from api.slack.visitor import visitor_of
from assistant.answer import Answer, ToolCall
from assistant.bootstrap import Workspace
from crm.database import utc_now
from tests.slack.fake_slack import BOT_USER, TEAM, FakeSlack
from tests.slack.payloads import CHANNEL, TS, command, direct, shortcut
from tests.slack.seeing import shown, words
from tests.slack.surface import Visit, slack_door, trigger, visit
from tests.slack.test_buttons import kept as kept_plan

__all__ = ["visit"]
ASKED = Item("message", "", TEAM, CHANNEL, TS, "U0SAMPLE06", thread_ts=TS, text="東都電機は？")
SECRET = "秘密の数字"


def left_behind(workspace: Workspace) -> None:
    """An answer for everybody that a process kept before it died."""
    inbox = Inbox(workspace.database, 0)
    inbox.store(ASKED)
    claim = inbox.claim()
    assert claim
    parts: list[Part] = [Post(sentence(SECRET)), File("x.png", SECRET, b"x", SECRET)]
    Outbox(workspace.database).keep(claim.id, parts)


async def sent(workspace: Workspace, config: SlackConfig, slack: FakeSlack) -> list[dict[str, Any]]:
    """What everybody in the channel sees of it when another process goes on."""
    left_behind(workspace)
    async with slack_door(workspace, config, slack) as visit:
        await visit.settled(60)
    return [message for message in shown(slack, CHANNEL) if SECRET in words(message)]


async def test_an_answer_left_behind_is_for_all_while_all_may_see_it(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    slack.channels[CHANNEL] = ["U0SAMPLE06", "U0SAMPLE03", BOT_USER]
    assert len(await sent(workspace, config, slack)) == 1


@pytest.mark.parametrize("joined", ["U0GUEST", "U0SAMPLE09"])
async def test_whoever_joins_before_it_is_sent_sees_nothing_of_it(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack, joined: str
) -> None:
    slack.channels[CHANNEL] = ["U0SAMPLE06", "U0SAMPLE03", joined, BOT_USER]
    assert await sent(workspace, config, slack) == []
    assert all(post["channel"] != CHANNEL for post in slack.posts)
    assert all(CHANNEL not in str(one) for one in slack.said("files.completeUploadExternal"))
    assert SECRET in words(shown(slack)[-1])


async def test_a_channel_s_thread_never_remembers_what_is_personal(
    visit: Visit, slack: FakeSlack
) -> None:
    workplace = await visit.door.teams.of(ASKED)
    for members in (["U0SAMPLE06", BOT_USER], ["U0SAMPLE06", "U0GUEST", BOT_USER]):
        slack.channels[CHANNEL] = members
        visitor = await visitor_of(ASKED, workplace)
        assert visitor is not None
        assert not visitor.who.personal


async def test_nothing_goes_into_the_direct_conversation_of_two_people(
    visit: Visit, slack: FakeSlack
) -> None:
    theirs = {"id": "D0THEIRS", "name": "directmessage"}
    await visit.form(command("attention", channel="D0THEIRS", trigger="c.9"))
    asked = shortcut("brief_account", "北斗精密株式会社の件", "U0SAMPLE07", trigger=trigger(slack))
    await visit.form({**asked, "channel": theirs})
    await visit.settled(60)
    assert any("要点" in words(message) for message in shown(slack))
    assert "D0THEIRS" not in {post["channel"] for post in slack.posts + slack.private}
    assert "D0THEIRS" not in str(slack.said("files.completeUploadExternal"))


async def test_what_is_written_below_a_command_s_answer_goes_on_with_it(
    visit: Visit, slack: FakeSlack, workspace: Workspace
) -> None:
    kept_plan(workspace)
    await visit.form(command("plan 東都電機株式会社", trigger="c.10"))
    await visit.settled(60)
    root = shown(slack)[-1]["ts"]
    said = "目的を「一番に相談される」にして"  # of which plan, the conversation knows
    await visit.event(direct(said, ts="1790000090.1", thread_ts=root))
    await visit.settled(60)
    assert "一番に相談される" in words(shown(slack)[-1])
    assert "よろしければ" in words(shown(slack)[-1])


def test_what_came_long_ago_is_removed_with_its_answers(engine: sa.Engine) -> None:
    inbox, outbox = Inbox(engine, 60), Outbox(engine)
    for number in range(2):
        inbox.store(Item("message", "", TEAM, CHANNEL, f"{number}.1", "U1", text="x"))
    first, second = inbox.claim(), inbox.claim()
    assert first
    assert second
    for claim in (first, second):
        outbox.keep(claim.id, [Post(sentence("一"))])
    old = sa.update(slack_inbox).where(slack_inbox.c.id == first.id)
    with engine.begin() as con:
        con.execute(old.values(received_at=utc_now() - KEPT - timedelta(days=1)))
    assert outbox.forget_old() == 1
    with engine.connect() as con:
        assert con.scalars(sa.select(slack_inbox.c.id)).all() == [second.id]
        assert con.scalars(sa.select(slack_outbox.c.item)).all() == [second.id]


def test_nothing_that_was_said_is_kept_of_what_is_handled(engine: sa.Engine) -> None:
    inbox = Inbox(engine, 0)
    inbox.store(ASKED)
    claim = inbox.claim()
    assert claim
    inbox.done(claim)
    with engine.connect() as con:
        row = con.execute(sa.select(slack_inbox.c.text, slack_inbox.c.payload)).one()
    assert tuple(row) == ("", "{}")


def test_a_tool_asked_in_several_ways_is_not_asked_again_for_its_chart() -> None:
    def answer(*ways: dict[str, Any]) -> Answer:
        calls = tuple(ToolCall(name="x", arguments=way) for way in ways)
        return Answer(
            text="", blocks=(), language="ja", facts=(), citations=(), tool_calls=calls,
            notices=(), model="", thread="",
        )  # fmt: skip

    one, other = {"account_id": "A001"}, {"account_id": "A002"}
    assert asked_with(answer(one, one), "x") == one
    assert asked_with(answer(), "x") == {}
    assert asked_with(answer(one, other), "x") is None
