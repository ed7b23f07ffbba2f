"""A stream that Slack ends at any call loses nothing of a long answer, and doubles nothing."""

from __future__ import annotations

import collections
from collections.abc import Mapping
from typing import Any

import pytest

from api.render.slack import messages
from api.slack.config import SlackConfig
from api.slack.item import Item
from api.slack.outbox import Post
from api.slack.registry import Surfaces, Workplace
from api.slack.reply import Reply
from assistant.bootstrap import Workspace
from tests.render.answers import answer_of
from tests.slack.conftest import handled
from tests.slack.fake_slack import FakeSlack
from tests.slack.long_answers import of_everything
from tests.slack.payloads import deliver, direct
from tests.slack.test_delivery import serving
from tests.slack.test_long_answers import shown

ANSWER = of_everything(60_000)
PARTS = messages(answer_of(*ANSWER.blocks))
STROKES = 3
"""The first part comes in so many calls."""
Count = collections.Counter[str]


def working(steps: int) -> Surfaces:
    """A door that shows so many steps of its work, and then says the long answer."""

    async def handler(_item: Item, _workplace: Workplace, reply: Reply) -> None:
        for number in range(steps):
            await reply.stream().step(f"{number}番目を調べています")
        await reply.answer([Post(part) for part in PARTS])

    return Surfaces({("message", ""): handler})


def expiring(slack: FakeSlack, at: Mapping[str, int]) -> Count:
    """Let the stream of each thread end at that call, for ever; how many calls came before."""
    calls: Count = collections.Counter()

    def dies(message: dict[str, Any]) -> bool:
        thread = message["thread_ts"]
        over = calls[thread] >= at[thread]
        calls[thread] += not over
        return over

    slack.stream_dies = dies
    return calls


async def expired(
    workspace: Workspace,
    config: SlackConfig,
    slack: FakeSlack,
    monkeypatch: pytest.MonkeyPatch,
    steps: int,
) -> None:
    """The stream ends at every call that it comes to, each in a thread of its own."""
    monkeypatch.setattr("api.slack.limits._PER_MINUTE", {})
    whole = steps - 1 + STROKES
    at = {f"17{n:08}.000100": n for n in range(whole + 1)}
    calls = expiring(slack, at)
    async with serving(workspace, config, working(steps)) as client:
        for ts in at:
            await deliver(client, direct("?", ts=ts))
        await handled(workspace)
    assert calls == Count({ts: n for ts, n in at.items() if n}), "a stream ended elsewhere"
    for ts, number in at.items():
        found = shown(slack, ts, "")
        assert ANSWER.missing(found) == "", number
        assert len(found) == len(PARTS), number
        assert not any(message.get("streaming") for message in found), number


async def test_a_stream_that_ends_at_any_call_of_a_short_turn_loses_nothing(
    workspace: Workspace,
    config: SlackConfig,
    slack: FakeSlack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await expired(workspace, config, slack, monkeypatch, 3)


@pytest.mark.slow
async def test_a_stream_that_ends_at_any_call_of_a_long_turn_loses_nothing(
    workspace: Workspace,
    config: SlackConfig,
    slack: FakeSlack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await expired(workspace, config, slack, monkeypatch, 60)


@pytest.mark.parametrize("refused", ["edit_window_closed", "cant_update_message"])
async def test_what_can_neither_be_streamed_nor_replaced_is_posted_anew(
    workspace: Workspace,
    config: SlackConfig,
    slack: FakeSlack,
    monkeypatch: pytest.MonkeyPatch,
    refused: str,
) -> None:
    slack.failures = [("chat.update", refused)] * 999
    await expired(workspace, config, slack, monkeypatch, 3)


async def test_where_slack_fails_while_the_answer_is_put_in_place_it_comes_later(
    workspace: Workspace,
    config: SlackConfig,
    slack: FakeSlack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.slack.worker.Worker.retry_seconds", 0.01)
    slack.failures = [("chat.update", "internal_error")] * 7
    await expired(workspace, config, slack, monkeypatch, 3)
