"""A message is answered once, however often it is delivered and whatever dies meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from api.slack.config import SlackConfig
from api.slack.inbox import CLAIMS, FAILURES, Inbox, slack_inbox
from api.slack.item import Item
from api.slack.reading import item_of
from assistant.bootstrap import Workspace
from tests.fakes import SlowModel, TrigramEmbeddings, copy_of
from tests.slack.conftest import door, handled, quiet, until
from tests.slack.fake_slack import BOT_USER, TEAM, FakeSlack
from tests.slack.payloads import deliver, direct, mention
from tests.slack.seeing import shown
from tests.slack.test_answers import QUESTION


async def test_a_message_delivered_four_times_is_answered_once(
    client: httpx.AsyncClient, slack: FakeSlack, workspace: Workspace
) -> None:
    retry = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    deliveries = [deliver(client, mention(QUESTION), **retry) for _ in range(2)]
    deliveries += [deliver(client, mention(QUESTION)) for _ in range(2)]
    assert [said.status_code for said in await asyncio.gather(*deliveries)] == [200] * 4
    await until(lambda: bool(shown(slack)))
    await deliver(client, mention(QUESTION))
    await handled(workspace)
    assert len(shown(slack)) == 1


async def test_two_processes_answer_a_message_once(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    second = Workspace(workspace.folder, embeddings=TrigramEmbeddings())
    second.__dict__["warehouse"] = workspace.warehouse
    async with door(workspace, config) as one, door(second, config) as two:
        for number in range(6):
            payload = direct(QUESTION, ts=f"179000000{number}.000100")
            await asyncio.gather(deliver(one, payload), deliver(two, payload))
        await until(lambda: len(shown(slack)) >= 6)
        await handled(workspace)
    assert sorted(post["thread_ts"] for post in shown(slack)) == [
        f"179000000{number}.000100" for number in range(6)
    ]


async def test_it_is_stored_before_it_is_acknowledged(
    client: httpx.AsyncClient, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await deliver(client, direct("こんにちは"))).status_code == 200
    with workspace.database.connect() as con:
        assert con.scalar(sa.select(sa.func.count()).select_from(slack_inbox)) == 1

    def fail(*_a: object) -> bool:
        raise sa.exc.OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr(Inbox, "store", fail)
    said = await deliver(client, direct("もう一度", ts="1790000009.000100"))
    assert said.status_code == 503
    assert "disk" not in said.text


async def test_what_a_dead_process_left_is_answered_by_the_next(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    message = item_of(direct(QUESTION), "", TEAM)
    assert message
    dead = Inbox(workspace.database, lease_seconds=0.5)
    assert dead.store(message)
    assert dead.claim()
    async with door(workspace, config):
        await until(lambda: bool(shown(slack)))
    assert len(shown(slack)) == 1


async def test_a_process_that_stops_gives_back_what_it_has_begun(
    sample_workspace: Path, tmp_path: Path, config: SlackConfig
) -> None:
    model = SlowModel()
    workspace = copy_of(sample_workspace, tmp_path, model="test:slow", provider=model)
    async with door(workspace, config) as client:
        await deliver(client, direct(QUESTION))
        await until(lambda: model.log == ["called"])
    claim = Inbox(workspace.database, 60).claim()
    assert claim
    assert claim.attempt == 1


async def test_when_slack_is_down_the_answer_comes_later(
    client: httpx.AsyncClient, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.slack.worker.Worker.retry_seconds", 0.2)
    slack.knows_streams = False
    slack.failures = [("chat.postMessage", "fatal_error"), ("chat.postMessage", "fatal_error")]
    await deliver(client, direct(QUESTION))
    await until(lambda: bool(shown(slack)))
    await quiet()
    assert len(shown(slack)) == 1


async def test_what_cannot_be_posted_is_given_up_after_three_attempts(
    client: httpx.AsyncClient,
    slack: FakeSlack,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.slack.worker.Worker.retry_seconds", 0.1)
    slack.knows_streams = False
    slack.failures = [("chat.postMessage", "is_archived")] * 10
    await deliver(client, direct(QUESTION))
    await until(lambda: len(slack.failures) == 10 - FAILURES)
    await handled(workspace)
    assert len(slack.failures) == 10 - FAILURES


IGNORED = {
    "another bot": direct("x", bot_id="B0OTHER"),
    "our own message": direct("x", user=BOT_USER, bot_id="B0TAGAYASU"),
    "our own user": direct("x", user=BOT_USER),
    "an edit": direct("x", subtype="message_changed", message={"user": "U0SAMPLE06"}),
    "an edited mention": mention("x", edited={"user": "U0SAMPLE06", "ts": "1.0"}),
    "a deletion": direct("x", subtype="message_deleted", hidden=True),
    "somebody joins": direct("x", subtype="channel_join"),
    "a bot message": direct("x", subtype="bot_message"),
    "a channel message": direct("x", channel_type="channel"),
    "odd subtype": direct("x", subtype=["a"]),
    "odd ts": direct("x", ts="now"),
    "odd channel": direct("x", channel={"id": "C1"}),
    "no user": {**direct("x"), "event": {"type": "message", "channel_type": "im"}},
}


async def test_what_no_person_has_newly_written_is_ignored(
    client: httpx.AsyncClient, slack: FakeSlack, workspace: Workspace
) -> None:
    for name, payload in IGNORED.items():
        assert (await deliver(client, payload)).status_code == 200, name
    await handled(workspace)
    assert not shown(slack)
    assert not slack.private


class TestInbox:
    """The claims, without Slack."""

    @pytest.fixture
    def message(self) -> Item:
        found = item_of(direct(QUESTION), "", TEAM)
        assert found
        return found

    def test_a_claim_is_for_one(self, engine: sa.Engine, message: Item) -> None:
        one, two = Inbox(engine, 60), Inbox(engine, 60)
        assert one.store(message)
        assert not two.store(message)
        claim = one.claim()
        assert claim
        assert claim.item == message
        assert two.claim() is None

    def test_the_same_ts_elsewhere_is_another_message(
        self, engine: sa.Engine, message: Item
    ) -> None:
        inbox = Inbox(engine, 60)
        for other in (
            message,
            replace(message, channel="D0OTHER"),
            replace(message, team="T0OTHER"),
            replace(message, enterprise="E0OTHER"),
        ):
            assert inbox.store(other)

    def test_a_thread_is_answered_in_order(self, engine: sa.Engine, message: Item) -> None:
        inbox = Inbox(engine, 60)
        later = replace(message, ts="1790000005.000000")
        elsewhere = replace(message, ts="1790000006.000000", thread_ts="1790000006.000000")
        for each in (message, later, elsewhere):
            inbox.store(each)
        first, second = inbox.claim(), inbox.claim()
        assert first
        assert second
        assert (first.item, second.item) == (message, elsewhere)
        assert inbox.claim() is None
        inbox.done(first)
        third = inbox.claim()
        assert third
        assert third.item == later

    def test_a_lease_that_has_ended_is_taken_up_again_but_not_for_ever(
        self, engine: sa.Engine, message: Item
    ) -> None:
        inbox = Inbox(engine, -1)
        inbox.store(message)
        attempts = [claim.attempt for _ in range(CLAIMS + 3) if (claim := inbox.claim())]
        assert attempts == list(range(1, CLAIMS + 1))

    def test_what_has_failed_three_times_is_given_up(
        self, engine: sa.Engine, message: Item
    ) -> None:
        inbox = Inbox(engine, 60)
        inbox.store(message)
        lasts = []
        while claim := inbox.claim():
            lasts.append(claim.is_last)
            inbox.failed(claim, -1)
        assert lasts == [False, False, True]

    def test_a_late_process_cannot_undo_anothers_claim(
        self, engine: sa.Engine, message: Item
    ) -> None:
        Inbox(engine, -1).store(message)
        late = Inbox(engine, -1).claim()
        assert late
        now = Inbox(engine, 60).claim()
        assert now
        Inbox(engine, 60).give_back(late)
        assert Inbox(engine, 60).claim() is None

    def test_what_was_given_back_counts_no_attempt(self, engine: sa.Engine, message: Item) -> None:
        inbox = Inbox(engine, 60)
        inbox.store(message)
        for _ in range(5):
            claim = inbox.claim()
            assert claim
            assert claim.attempt == 1
            inbox.give_back(claim)
