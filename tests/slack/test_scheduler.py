"""What is due arrives in the person's own direct conversation, once, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.slack.config import SlackConfig
from api.slack.scheduler import SlackSender, running
from api.slack.teams import Teams
from assistant.bootstrap import Workspace
from tests.slack.conftest import quiet, until
from tests.slack.fake_slack import FakeSlack

MONDAY = datetime(2026, 10, 5, 9, 0, tzinfo=ZoneInfo("Asia/Tokyo"))


class Schedule:
    """Processes that send what is due to the people of this Slack."""

    def __init__(self, workspace: Workspace, config: SlackConfig) -> None:
        settings = workspace.folder / "settings.toml"
        text = settings.read_text(encoding="utf-8").replace("enabled = false", "enabled = true")
        settings.write_text(text, encoding="utf-8")
        self.now = MONDAY
        self.data = workspace.warehouse
        self.workspace = self._opened(replace(workspace, clock=lambda: self.now))
        self.config = config

    def _opened(self, workspace: Workspace) -> Workspace:
        workspace.__dict__["warehouse"] = self.data
        return workspace

    @asynccontextmanager
    async def process(self) -> AsyncIterator[tuple[Workspace, SlackSender]]:
        workspace = self._opened(replace(self.workspace))
        async with workspace.assistant() as assistant:
            teams = Teams(workspace, assistant, self.config)
            yield workspace, SlackSender(teams.all, workspace.preferences)

    def only(self, *people: str) -> None:
        """Nobody else wants a digest."""
        directory = self.workspace.desk.directory()
        for person in directory.people:
            if person.person_id not in people and person.email:
                who = directory.by_email(person.email)
                self.workspace.preferences.change(who, {"digest": "off"})

    async def send(self) -> int:
        async with self.process() as (workspace, sender):
            return await workspace.notices.send_due(sender)


@pytest.fixture
def schedule(workspace: Workspace, config: SlackConfig) -> Schedule:
    return Schedule(workspace, config)


def posted(slack: FakeSlack) -> list[tuple[Any, Any]]:
    return [(post["channel"], post["text"][:6]) for post in slack.posts]


async def test_a_digest_comes_into_the_direct_conversation_once(
    schedule: Schedule, slack: FakeSlack
) -> None:
    schedule.only("U07")
    assert await schedule.send() == 1
    assert await schedule.send() == 0
    opened = [call["users"] for call in slack.said("conversations.open")]
    assert opened == ["U0SAMPLE07"]
    [post] = slack.posts
    assert slack.channels.get(post["channel"], ["U0SAMPLE07"])
    assert "週次まとめ" in post["text"]
    assert slack.refusals == []


async def test_two_processes_that_look_at_once_send_each_digest_once(
    schedule: Schedule, slack: FakeSlack
) -> None:
    schedule.only("U06", "U07")
    async with (
        schedule.process() as one,
        schedule.process() as other,
        running(one[0].notices, one[1], 0.2),
        running(other[0].notices, other[1], 0.2),
    ):
        await until(lambda: len(slack.posts) >= 2, 60)
        await quiet()
    assert len({post["channel"] for post in slack.posts}) == len(slack.posts) == 2


async def test_what_arrived_before_a_process_died_is_found_and_not_sent_anew(
    schedule: Schedule, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule.only("U07")
    async with schedule.process() as (workspace, sender):
        send = sender.send

        async def die(*given: Any, **more: Any) -> None:
            await send(*given, **more)
            raise ConnectionError  # it is there, but nobody has noted it

        monkeypatch.setattr(sender, "send", die)
        assert await workspace.notices.send_due(sender) == 0
    assert len(slack.posts) == 1
    schedule.now += timedelta(minutes=10)
    assert await schedule.send() == 1
    assert len(slack.posts) == 1


async def test_strangers_guests_and_those_who_are_gone_get_nothing(
    schedule: Schedule, slack: FakeSlack
) -> None:
    schedule.only("U06", "U07", "U08", "U09")
    slack.person("U0SAMPLE06", deleted=True)
    slack.person("U0SAMPLE07", team_id="T0OTHER")
    slack.person("U0SAMPLE08", is_stranger=True)
    slack.person("U0SAMPLE09", is_bot=True)
    assert await schedule.send() == 0
    assert slack.posts == []


async def test_what_slack_knows_of_a_person_is_used_until_they_choose(
    schedule: Schedule, slack: FakeSlack
) -> None:
    schedule.only("U07")
    slack.person("U0SAMPLE07", tz="Asia/Kolkata", locale="en-US")
    schedule.now = MONDAY.replace(hour=12, minute=15)  # 08:45 there
    assert await schedule.send() == 1
    assert "Weekly digest" in slack.posts[0]["text"]


async def test_a_slack_that_fails_is_asked_again(schedule: Schedule, slack: FakeSlack) -> None:
    schedule.only("U07")
    slack.failures.append(("chat.postMessage", "channel_not_found"))
    assert await schedule.send() == 0
    schedule.now += timedelta(minutes=10)
    assert await schedule.send() == 1
    assert len(slack.messages) == 1
