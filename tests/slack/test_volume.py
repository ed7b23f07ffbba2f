"""Nothing is lost and nothing is said twice: many messages, many deliveries, processes that die."""

from __future__ import annotations

import asyncio
import collections
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.slack.config import SlackConfig
from api.slack.inbox import Inbox, slack_inbox
from api.slack.reading import item_of
from api.slack.registry import Surfaces
from assistant.bootstrap import Workspace
from crm.settings import DATABASE_URL
from tests.slack.conftest import until
from tests.slack.fake_slack import FakeSlack
from tests.slack.payloads import deliver, direct, mention
from tests.slack.server import echo, transport
from tests.slack.slack_rates import Rates
from tests.slack.slack_rules import texts

ROOT = Path(__file__).parents[2]
LEASE = 3.0


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The kind of database; processes are told by the environment where it is."""
    if request.param == "postgres":
        monkeypatch.setenv(DATABASE_URL, request.getfixturevalue("empty_postgres"))
    return str(request.param)


@pytest.fixture
def workspace(database: str, workspace: Workspace) -> Workspace:
    return Workspace(workspace.folder, embeddings=workspace.embeddings)


class Zygote:
    """A process that has imported everything and forks servers."""

    def __init__(self) -> None:
        self._running = subprocess.Popen(
            [sys.executable, "-m", "tests.slack.server"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def fork(self, *given: object) -> int:
        """A new server process; its id."""
        assert self._running.stdin
        assert self._running.stdout
        print(*given, file=self._running.stdin, flush=True)
        return int(self._running.stdout.readline())

    def close(self) -> None:
        self._running.kill()
        self._running.communicate()


@pytest.fixture
def zygote(database: str) -> Iterator[Zygote]:
    made = Zygote()
    yield made
    made.close()


class Process:
    """A server process of ours on a port."""

    def __init__(
        self, zygote: Zygote, workspace: Workspace, slack: FakeSlack, seconds: float = 0.0
    ) -> None:
        self._zygote = zygote
        self._given = (workspace.folder, slack.url, LEASE, seconds)
        self.port = _free_port()
        self._pid = 0

    async def start(self) -> None:
        self._pid = await asyncio.to_thread(self._zygote.fork, self.port, *self._given)
        async with asyncio.timeout(60):
            while not _listens(self.port):
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            self._pid = 0


@asynccontextmanager
async def processes(*started: Process) -> AsyncIterator[list[httpx.AsyncClient]]:
    await asyncio.gather(*(one.start() for one in started))
    clients = [
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{one.port}", timeout=30) for one in started
    ]
    try:
        yield clients
    finally:
        for client in clients:
            await client.aclose()
        for one in started:
            one.kill()


def messages(count: int, text: str = "質問") -> list[dict[str, Any]]:
    """So many messages, half of them in channels, each of its own ts and place."""
    made = []
    for n in range(count):
        ts = f"17900{n:05d}.000100"
        place = {"channel": f"{'D' if n % 2 else 'C'}0{n % 40:02d}"}
        made.append((direct if n % 2 else mention)(text, ts=ts, **place))
    return made


Copy = tuple[dict[str, Any], dict[str, str]]


def copies(payload: dict[str, Any], chance: random.Random) -> list[Copy]:
    """A message as Slack delivers it: four times, also under a new id and without a header."""
    again = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    renamed = {**payload, "event_id": f"Ev{chance.random()}"}
    return [(payload, {}), (payload, again), (renamed, {}), (renamed, {})]


def replies(slack: FakeSlack) -> collections.Counter[str]:
    """How often each part of each answer was said: `ts n/many`."""
    said = ["\n".join(texts(list(m.get("blocks") or []))) for m in slack.messages.values()]
    return collections.Counter(" ".join(text.split()[:2]) for text in said)


async def _taken(
    clients: list[httpx.AsyncClient],
    payload: dict[str, Any],
    headers: dict[str, str],
    chance: random.Random,
) -> bool:
    """Whether a delivery was acknowledged; as Slack does, again after a connection that broke."""
    for _ in range(5):
        try:
            said = await deliver(chance.choice(clients), payload, **headers)
        except httpx.TransportError:
            continue
        return said.status_code == 200
    return False


async def _over_two_processes(
    zygote: Zygote, workspace: Workspace, slack: FakeSlack, count: int
) -> None:
    chance = random.Random(11)
    sent = [copy for payload in messages(count) for copy in copies(payload, chance)]
    chance.shuffle(sent)
    places = asyncio.Semaphore(16)
    started = [Process(zygote, workspace, slack) for _ in range(2)]
    async with processes(*started) as clients:

        async def send(payload: dict[str, Any], headers: dict[str, str]) -> None:
            async with places:
                assert await _taken(clients, payload, headers, chance)

        await asyncio.gather(*(send(*one) for one in sent))
        inbox = Inbox(workspace.database, LEASE)
        await until(lambda: inbox.waiting() == 0, 300)
    found = replies(slack)
    assert len(found) == count
    assert set(found.values()) == {1}


async def test_messages_delivered_four_times_to_two_processes_are_answered_once(
    zygote: Zygote, workspace: Workspace, slack: FakeSlack
) -> None:
    await _over_two_processes(zygote, workspace, slack, 30)


@pytest.mark.slow
async def test_a_thousand_messages_get_a_thousand_replies(
    zygote: Zygote, workspace: Workspace, slack: FakeSlack
) -> None:
    await _over_two_processes(zygote, workspace, slack, 1000)


async def _killed(
    zygote: Zygote, workspace: Workspace, slack: FakeSlack, kills: int
) -> collections.Counter[str]:
    """What was said to messages, each acknowledged by a process that was killed soon after."""
    chance = random.Random(5)
    wanted = messages(kills * 4, "質問 in 3 parts")
    pending = list(wanted)
    for _ in range(kills):
        one = Process(zygote, workspace, slack, 0.05)
        async with processes(one) as [client]:
            batch, pending = pending[:4], pending[4:]
            for payload in batch:
                assert (await deliver(client, payload)).status_code == 200
            await asyncio.sleep(chance.random() * 0.4)
            one.kill()
    async with processes(Process(zygote, workspace, slack)):
        inbox = Inbox(workspace.database, LEASE)
        await until(lambda: inbox.waiting() == 0, 120)
    found = replies(slack)
    parts = {f"{p['event']['ts']} {n}/3:" for p in wanted for n in (1, 2, 3)}
    assert set(found) == parts, "an answer was lost"
    return found


async def test_processes_that_are_killed_lose_nothing(
    zygote: Zygote, workspace: Workspace, slack: FakeSlack
) -> None:
    found = await _killed(zygote, workspace, slack, 2)
    assert sum(found.values()) - len(found) <= 2


@pytest.mark.slow
async def test_a_hundred_kills_lose_nothing_and_repeat_one_message_each_at_most(
    zygote: Zygote,
    workspace: Workspace,
    slack: FakeSlack,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = await _killed(zygote, workspace, slack, 100)
    twice = sum(found.values()) - len(found)
    with capsys.disabled():
        print(f" 100 kills: {len(found)} messages, {twice} of them twice")  # noqa: T201
    assert twice <= 100
    again = [name.split()[0] for name, many in found.items() if many > 1]
    in_channels = {p["event"]["ts"] for p in messages(400) if p["event"]["channel"][0] == "C"}
    assert set(again) <= in_channels, "what can be found again must not be said again"


async def _under_limits(workspace: Workspace, slack: FakeSlack, turns: int, whims: float) -> None:
    slack.rates = Rates(second=0.2, minute=3.0, whims=whims)
    config = SlackConfig("xoxb-test", "x" * 32, api_url=slack.url, pace=0.2)
    wanted = messages(turns)
    shown = Surfaces({("message", ""): echo(0.01, streams=True)})
    app = transport(workspace, config, shown)
    async with app.router.lifespan_context(app):
        door = app.state.slack
        for payload in wanted:
            item = item_of(payload, "", payload["team_id"])
            assert item
            await door.worker.store(item)
        await until(lambda: door.inbox.waiting() == 0, 60 + turns * 3)
    found = replies(slack)
    assert {name.split()[0] for name in found} == {p["event"]["ts"] for p in wanted}
    assert set(found.values()) == {1}
    assert slack.rates.refused > 0
    assert slack.rates.early == []


async def test_turns_under_rate_limits_lose_nothing_and_never_call_too_early(
    workspace: Workspace, slack: FakeSlack
) -> None:
    await _under_limits(workspace, slack, 10, 0.3)


@pytest.mark.slow
async def test_five_hundred_turns_under_rate_limits_lose_nothing(
    workspace: Workspace, slack: FakeSlack, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = time.monotonic()
    await _under_limits(workspace, slack, 500, 0.05)
    assert slack.rates
    with capsys.disabled():
        print(  # noqa: T201
            f" 500 turns, {slack.rates.refused} times 429, 0 early,"
            f" {time.monotonic() - begun:.0f} s"
        )


def test_the_database_is_the_one_that_was_asked_for(workspace: Workspace, database: str) -> None:
    kind = {"sqlite": "sqlite", "postgres": "postgresql"}[database]
    assert workspace.database.dialect.name == kind
    with workspace.database.connect() as con:
        assert con.scalar(sa.select(sa.func.count()).select_from(slack_inbox)) == 0


def _free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        port: int = made.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
