"""Socket Mode takes the same way: stored, acknowledged, answered once; a silent line is renewed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from api.slack.app import run_socket
from api.slack.config import SlackConfig
from api.slack.socket import keep_connected
from assistant.bootstrap import Workspace
from crm.errors import InputError
from tests.slack.conftest import quiet, until
from tests.slack.fake_slack import FakeSlack
from tests.slack.payloads import mention
from tests.slack.test_answers import ACCOUNT, QUESTION, words


@pytest.fixture
async def connected(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> AsyncIterator[None]:
    running = asyncio.create_task(run_socket(workspace, config))
    await until(lambda: bool(slack.sockets))
    yield
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def envelope(number: int) -> dict[str, object]:
    return {
        "envelope_id": f"e-{number}",
        "type": "events_api",
        "accepts_response_payload": False,
        "retry_attempt": number,
        "payload": mention(QUESTION),
    }


@pytest.mark.usefixtures("connected")
async def test_an_event_over_the_socket_is_acknowledged_and_answered_once(
    slack: FakeSlack,
) -> None:
    for number in range(3):
        await slack.send(envelope(number))
    await until(lambda: sorted(slack.acknowledged) == ["e-0", "e-1", "e-2"])
    await until(lambda: bool(slack.posts))
    await quiet(1.5)
    assert len(slack.posts) == 1
    assert ACCOUNT in words(slack.posts[0])


async def test_a_silent_connection_is_replaced(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    from api.slack.app import build

    async with workspace.assistant() as assistant:
        door = build(workspace, assistant, config)
        keeping = asyncio.create_task(
            keep_connected(door.app, config, silent_seconds=0.3, look_seconds=0.1)
        )
        await until(lambda: len(slack.sockets) >= 2)
        keeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await keeping


@pytest.mark.parametrize(
    "config", [SlackConfig(bot_token="xoxb-1"), SlackConfig(app_token="xapp-1")]
)
async def test_socket_mode_needs_both_tokens(workspace: Workspace, config: SlackConfig) -> None:
    with pytest.raises(InputError, match="is not set"):
        await run_socket(workspace, config)


def test_http_events_need_the_bot_token() -> None:
    with pytest.raises(InputError, match="SLACK_BOT_TOKEN"):
        SlackConfig.of_environment({"SLACK_SIGNING_SECRET": "s"})
    assert not SlackConfig.of_environment({}).takes_http
    shown = repr(SlackConfig(bot_token="xoxb-1", signing_secret="s3cret", app_token="xapp-1"))
    assert not any(secret in shown for secret in ("xoxb", "s3cret", "xapp"))
