"""Calls keep Slack's pace: none comes before the time Slack asked for, and none is lost."""

from __future__ import annotations

import asyncio
import itertools
import time

import pytest
from slack_sdk.errors import SlackApiError

from api.render.slack import sentence
from api.slack.client import PacedClient
from api.slack.delivery import Delivery
from api.slack.limits import Limits
from tests.slack.conftest import until
from tests.slack.fake_slack import BOT_TOKEN, FakeSlack
from tests.slack.slack_rates import Rates


def delivery(slack: FakeSlack, pace: float = 0.0) -> Delivery:
    return Delivery(PacedClient(BOT_TOKEN, slack.url, Limits(pace)))


async def test_what_slack_puts_off_is_sent_later_and_once(slack: FakeSlack) -> None:
    slack.rates = rates = Rates(whims=1.0)
    sending = asyncio.create_task(delivery(slack).post("C0SALES", sentence("後で")))
    await until(lambda: rates.refused > 0)
    assert not slack.posts
    rates.whims = 0.0
    await sending
    assert len(slack.posts) == 1
    assert rates.early == []


async def test_while_one_waits_the_others_of_the_team_wait_too(slack: FakeSlack) -> None:
    slack.rates = rates = Rates(whims=1.0)
    shown = delivery(slack)
    posts = [shown.post(f"C0SALES{n}", sentence(str(n))) for n in range(5)]
    sending = asyncio.gather(*posts)
    await until(lambda: rates.refused > 0)
    rates.whims = 0.0
    await sending
    assert len(slack.posts) == 5
    assert rates.early == []


async def test_a_channel_gets_one_message_a_second_and_others_do_not_wait(
    slack: FakeSlack,
) -> None:
    shown = delivery(slack, pace=0.3)
    begun = time.monotonic()
    await asyncio.gather(
        *(shown.post(channel, sentence("x")) for channel in ("C1", "C1", "C1", "C2", "C3"))
    )
    assert 0.6 <= time.monotonic() - begun < 1.5
    at = [call.at for call in slack.calls if call.args.get("channel") == "C1"]
    assert all(later - sooner >= 0.29 for sooner, later in itertools.pairwise(at))


async def test_a_refusal_that_waiting_does_not_mend_is_raised_at_once(slack: FakeSlack) -> None:
    slack.failures = [("chat.postMessage", "is_archived")]
    with pytest.raises(SlackApiError, match="is_archived"):
        await delivery(slack).post("C0SALES", sentence("x"))


async def test_room_for_streams_is_counted_by_the_minute() -> None:
    limits = Limits()

    async def nothing() -> None:
        return None

    for _ in range(20):
        assert limits.has_room("chat.startStream")
        await limits.call("chat.startStream", "C1", nothing)
    assert not limits.has_room("chat.startStream")
    assert limits.has_room("chat.appendStream")


async def test_a_cancelled_call_lets_the_next_one_through(slack: FakeSlack) -> None:
    slack.rates = rates = Rates(whims=1.0)
    shown = delivery(slack)
    first = asyncio.create_task(shown.post("C1", sentence("x")))
    await until(lambda: rates.refused > 0)
    first.cancel()
    rates.whims = 0.0
    await asyncio.wait_for(shown.post("C1", sentence("y")), 60)
    assert [post["text"] for post in slack.posts] == ["y"]
