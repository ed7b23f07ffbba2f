"""What is streamed arrives whole, however often Slack ends the stream and whatever it knows."""

from __future__ import annotations

from typing import Any

import pytest

from api.render.slack import Rendered
from api.slack.client import PacedClient
from api.slack.delivery import Delivery
from api.slack.limits import Limits
from tests.slack.fake_slack import BOT_TOKEN, TEAM, FakeSlack
from tests.slack.payloads import CHANNEL, DIRECT, TS
from tests.slack.slack_rules import texts


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


ANSWER = Rendered(tuple(section(f"第{n}段 " + "あ" * 900) for n in range(12)), "あ" * 11_000)


@pytest.fixture
def shown(slack: FakeSlack) -> Delivery:
    return Delivery(PacedClient(BOT_TOKEN, slack.url, Limits(0)))


def held(slack: FakeSlack) -> list[dict[str, Any]]:
    return list(slack.messages.values())


async def streamed(shown: Delivery, channel: str = CHANNEL) -> str | None:
    stream = shown.stream(channel, TS, user="U0SAMPLE06", team=TEAM)
    for step in ("売上を調べています", "粗利を調べています", "まとめています"):
        await stream.step(step)
    return await stream.finish(ANSWER, key="k")


@pytest.mark.parametrize("channel", [CHANNEL, DIRECT])
async def test_steps_are_shown_then_the_answer(
    shown: Delivery, slack: FakeSlack, channel: str
) -> None:
    ts = await streamed(shown, channel)
    [message] = held(slack)
    assert (message["ts"], message["streaming"]) == (ts, False)
    assert [task["status"] for task in message["tasks"].values()] == ["complete"] * 3
    assert list(texts(message["blocks"])) == list(texts(list(ANSWER.blocks)))
    assert message["metadata"]["event_payload"] == {"key": "k"}


@pytest.mark.parametrize("after", range(7))
async def test_a_stream_that_ends_early_loses_nothing(
    shown: Delivery, slack: FakeSlack, after: int
) -> None:
    calls = iter(range(100))
    slack.stream_dies = lambda _message: next(calls) >= after
    ts = await streamed(shown)
    [message] = held(slack)
    assert message["ts"] == ts
    assert list(texts(message["blocks"])) == list(texts(list(ANSWER.blocks)))


async def test_where_slack_knows_no_streams_the_answer_is_to_be_posted(
    shown: Delivery, slack: FakeSlack
) -> None:
    slack.knows_streams = False
    assert await streamed(shown) is None
    assert await streamed(shown) is None
    assert [method for method, _ in slack.refusals] == ["chat.startStream"]
    assert not held(slack)


async def test_a_message_that_cannot_be_changed_any_more_is_posted_anew(
    shown: Delivery, slack: FakeSlack
) -> None:
    stream = shown.stream(CHANNEL, TS, user="U0SAMPLE06", team=TEAM)
    await stream.step("x")
    slack.messages.clear()
    assert await stream.finish(ANSWER) is None


async def test_a_stream_of_another_attempt_takes_the_answer_in_place(
    shown: Delivery, slack: FakeSlack
) -> None:
    """As after a kill: what that attempt has appended is replaced, not repeated."""
    first = shown.stream(CHANNEL, TS, user="U0SAMPLE06", team=TEAM)
    await first.step("x")
    await first._append([{"type": "blocks", "blocks": list(ANSWER.blocks[:5])}])
    second = shown.stream(CHANNEL, TS, user="U0SAMPLE06", team=TEAM, ts=first.ts)
    assert await second.finish(ANSWER) == first.ts
    [message] = held(slack)
    assert list(texts(message["blocks"])) == list(texts(list(ANSWER.blocks)))


async def test_an_answer_for_one_alone_takes_the_stream_back(
    shown: Delivery, slack: FakeSlack
) -> None:
    stream = shown.stream(CHANNEL, TS, user="U0SAMPLE06", team=TEAM)
    await stream.step("x")
    await stream.drop()
    assert not held(slack)


async def test_without_room_for_a_stream_the_answer_is_posted(
    shown: Delivery, slack: FakeSlack
) -> None:
    for _ in range(20):
        assert await streamed(shown)
    assert await streamed(shown) is None
    assert len(held(slack)) == 20
