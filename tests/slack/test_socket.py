"""Socket Mode takes the same way: stored, acknowledged, answered once; a silent line is renewed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import pytest

from api.cli.serving import until_stopped
from api.slack.app import SlackDoor, build, opened, run_socket
from api.slack.config import SlackConfig
from api.slack.registry import Surfaces
from api.slack.socket import keep_connected
from assistant.bootstrap import Workspace
from assistant.service import Assistant
from crm.errors import InputError
from tests.slack.conftest import handled, quiet, until
from tests.slack.fake_slack import FakeSlack
from tests.slack.payloads import mention, submitted
from tests.slack.seeing import shown
from tests.slack.server import echo
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


async def test_told_to_stop_it_closes_its_sockets_and_ends_without_an_error(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    running = asyncio.create_task(until_stopped(run_socket(workspace, config)))
    await until(lambda: bool(slack.open_sockets))
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 60)
    await until(lambda: not slack.open_sockets)


async def test_what_it_cannot_do_is_told_by_what_ran_until_stopped(
    workspace: Workspace, config: SlackConfig
) -> None:
    with pytest.raises(InputError, match="SLACK_APP_TOKEN"):
        await until_stopped(run_socket(workspace, replace(config, app_token="")))


async def test_a_start_with_a_token_in_the_environment_warns_of_nothing(
    workspace: Workspace,
    config: SlackConfig,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", config.bot_token)
    build(workspace, cast(Assistant, workspace.desk), config, Surfaces({}))
    assert not caplog.records


def envelope(number: int, **more: str) -> dict[str, object]:
    return {
        "envelope_id": f"e-{number}",
        "type": "events_api",
        "accepts_response_payload": False,
        "retry_attempt": number,
        "payload": mention(QUESTION, **more),
    }


@pytest.mark.usefixtures("connected")
async def test_an_event_over_the_socket_is_acknowledged_and_answered_once(
    slack: FakeSlack, workspace: Workspace
) -> None:
    for number in range(3):
        await slack.send(envelope(number))
    await until(lambda: sorted(slack.acknowledged) == ["e-0", "e-1", "e-2"])
    await until(lambda: bool(shown(slack)))
    await handled(workspace)
    assert len(shown(slack)) == 1
    assert ACCOUNT in words(shown(slack)[0])


@pytest.mark.usefixtures("connected")
async def test_a_form_over_the_socket_is_answered_in_its_acknowledgement(slack: FakeSlack) -> None:
    payload = submitted("account", {"account": {"account": {"selected_option": None}}})
    sent = envelope(7) | {"type": "interactive", "payload": payload}
    await slack.send(sent | {"accepts_response_payload": True})
    await until(lambda: "e-7" in slack.acknowledged)


@asynccontextmanager
async def echoing(
    workspace: Workspace, config: SlackConfig, **given: float
) -> AsyncIterator[SlackDoor]:
    """The door over Socket Mode with an echo behind it."""
    desk, shown = cast(Assistant, workspace.desk), Surfaces({("message", ""): echo()})
    async with opened(workspace, desk, config, shown) as door:
        keeping = asyncio.create_task(keep_connected(door.app, config, **given))  # type: ignore[arg-type]
        try:
            yield door
        finally:
            keeping.cancel()
            with pytest.raises(asyncio.CancelledError):
                await keeping


async def test_there_are_two_connections(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    async with echoing(workspace, config):
        await until(lambda: len(slack.open_sockets) == 2)


async def test_a_silent_connection_is_replaced(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    async with echoing(workspace, config, sockets=1, silent_seconds=0.3, look_seconds=0.1):
        await until(lambda: len(slack.sockets) >= 3)


async def test_when_slack_says_that_it_disconnects_there_is_another_connection(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    async with echoing(workspace, config, sockets=1):
        await until(lambda: len(slack.open_sockets) == 1)
        await slack.send({"type": "disconnect", "reason": "refresh_requested"})
        await until(lambda: len(slack.sockets) == 2)
        await asyncio.wait_for(slack.deliver(envelope(1)), 60)
        await until(lambda: bool(shown(slack)))


async def test_connections_that_drop_while_messages_come_lose_none_and_repeat_none(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    async with echoing(workspace, config, ping_seconds=0.3):
        await until(lambda: len(slack.open_sockets) == 2)
        sending = [
            asyncio.create_task(slack.deliver(envelope(n, ts=f"17900000{n:02d}.000100")))
            for n in range(20)
        ]
        for _ in range(3):
            await asyncio.sleep(0.3)
            await slack.drop()
        await asyncio.wait_for(asyncio.gather(*sending), 60)
        await until(lambda: len(shown(slack)) >= 20)
        await quiet()
    assert len({post["thread_ts"] for post in shown(slack)}) == len(shown(slack)) == 20


async def test_an_app_token_that_slack_does_not_take_is_said_so(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack
) -> None:
    with pytest.raises(InputError, match="SLACK_APP_TOKEN"):
        await run_socket(workspace, replace(config, app_token="xapp-other"))


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
