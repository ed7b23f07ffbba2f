"""Answers of 1 to 200,000 letters arrive whole: streamed, posted, or shown to one person alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from tests.slack.long_answers import EDGES, KINDS, Long, lengths
from tests.slack.payloads import deliver, mention
from tests.slack.test_delivery import serving

WAYS = ("streamed", "posted", "alone")
FEW = (1, 3001, 12_001, 40_001)
SLOW = pytest.mark.slow


@pytest.fixture(autouse=True)
def _much_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's pace is another test's: here every answer has room for a stream."""
    monkeypatch.setattr("api.slack.limits._PER_MINUTE", {})


def saying(answers: Mapping[str, Long], way: str) -> Surfaces:
    """A door that says the answer of the thread that somebody has begun."""

    async def handler(item: Item, _workplace: Workplace, reply: Reply) -> None:
        if way == "streamed":
            for step in ("調べています", "まとめています"):
                await reply.stream().step(step)
        found = messages(answer_of(*answers[item.ts].blocks))
        await reply.answer([Post(message, alone=way == "alone") for message in found])

    return Surfaces({("message", ""): handler})


def shown(slack: FakeSlack, ts: str, way: str) -> list[Mapping[str, Any]]:
    """The messages of a thread, in the order in which they came."""
    if way == "alone":
        return [said for said in slack.private if said["thread_ts"] == ts]
    held = sorted(slack.messages.items(), key=lambda one: one[0][1])
    return [message for _place, message in held if message["thread_ts"] == ts]


def named(answers: Sequence[Long]) -> dict[str, Long]:
    """Each answer by the ts of the question it is for."""
    return {f"17{n:08}.000100": answer for n, answer in enumerate(answers)}


async def say_all(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack, answers: Sequence[Long], way: str
) -> None:
    """Each answer is asked for in a thread of its own, and all of it is to be read there."""
    by_ts = named(answers)
    async with serving(workspace, config, saying(by_ts, way)) as client:
        for ts in by_ts:
            await deliver(client, mention("?", ts=ts))
        await handled(workspace)
    for ts, answer in by_ts.items():
        assert answer.missing(shown(slack, ts, way)) == ""
    assert slack.refusals == []
    assert len(slack.said("chat.startStream")) == len(answers) * (way == "streamed")
    assert not slack.said("chat.update")


@pytest.mark.parametrize("way", WAYS)
async def test_answers_of_every_kind_arrive_whole(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack, way: str
) -> None:
    answers = [kind(letters) for kind in KINDS for letters in FEW]
    await say_all(workspace, config, slack, answers, way)


@SLOW
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_answers_of_any_length_arrive_whole(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack, kind: Any, way: str
) -> None:
    answers = [kind(letters) for letters in lengths(60)]
    assert len(answers) >= len(EDGES) + 40
    await say_all(workspace, config, slack, answers, way)
