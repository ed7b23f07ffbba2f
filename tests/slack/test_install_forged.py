"""Nobody installs the app by a forged way back from Slack, and no forgery brings the door down."""

from __future__ import annotations

import asyncio
import base64
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from random import Random
from types import SimpleNamespace
from urllib.parse import urlencode

import httpx
import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from api.slack.config import SlackConfig
from api.slack.installations import STATE_SECONDS, Installations, slack_states
from assistant.bootstrap import Workspace
from crm.database import utc
from tests.slack.fake_slack import FakeSlack
from tests.slack.test_install import begun, config, consent, kept, serving, workspace

__all__ = ["config", "kept", "workspace"]
PLACE = "/slack/oauth_redirect"
COOKIE = "tagayasu_slack_state"
NONSENSE = (
    "", ".", "..", "x", "é", "東", "a b", "../x", "x" * 501, "x" * 20_000, "%00", "\x00", "\ud800",
    "1.1.1", "9" * 40 + ".a.b", "-1.a.b", "null", "[]", "{}", "' OR 1=1 --", "<script>", "\r\nX: y",
)  # fmt: skip


@dataclass(frozen=True)
class Way:
    """A way back from Slack: the query and the cookie, as somebody has made them up."""

    kind: str
    query: bytes
    cookie: bytes | None = None


def asked(state: str, code: str = "c1") -> bytes:
    return urlencode({"state": state, "code": code}, errors="replace").encode()


def honest(state: str, code: str = "c1") -> Way:
    """The way of somebody who has begun here and agreed at Slack."""
    return Way("honest", asked(state, code), state.encode())


def both(kind: str, state: str) -> Way:
    """The state in the query and in the cookie alike, as who can set cookies would have it."""
    plain = state.encode("ascii", "ignore").translate(None, b"\r\n\x00;, ")
    return Way(kind, asked(state), plain)


def changed(state: str, draw: Random) -> Iterator[Way]:
    """States near one of ours that has not been used, each with the cookie that fits it."""
    until, secret, mark = state.split(".")
    place = draw.randrange(len(state))
    yield both("one letter", state[:place] + draw.choice("Aa0._~-") + state[place + 1 :] + "A")
    yield both("longer good", f"{int(until) + draw.randrange(1, 10**6)}.{secret}.{mark}")
    yield both("other secret", f"{until}.{secret[::-1]}.{mark}")
    yield both("no mark", f"{until}.{secret}.")
    yield both("cut", state[: draw.randrange(1, len(state))])
    yield both("upper", f"{until}.{secret}.{mark.upper()}")
    yield both("own mark", f"{until}.{secret}.{draw.randbytes(32).hex()}")
    yield both("parts moved", f"{mark}.{secret}.{until}")
    yield both("encoded", base64.urlsafe_b64encode(state.encode()).decode().rstrip("="))
    yield both("nonsense", draw.choice(NONSENSE))


def foreign(state: str, other: str, engine: sa.Engine, draw: Random) -> Iterator[Way]:
    """States of ours in a wrong browser, and of another workspace in a right one."""
    yield Way("no cookie", asked(state))
    yield Way("another browser's", asked(state), other.encode())
    yield Way("half a cookie", asked(state), state[:-1].encode())
    yield Way("odd cookie", asked(state), draw.randbytes(20).translate(None, b"\r\n\x00;"))
    elsewhere = Installations(engine, Fernet.generate_key().decode())
    yield both("another key's", elsewhere.begin())
    yield Way("twice", asked(state) + b"&" + asked(other), other.encode() + b"x")
    yield Way("no state", b"code=c1", state.encode())
    yield Way("no code", b"state=" + state.encode(), state.encode())
    yield Way("odd code", asked(state, draw.choice(NONSENSE[1:])), state.encode())
    yield Way("odd bytes", draw.randbytes(60).translate(None, b"\r\n\x00 #"), state.encode())


async def tried(client: httpx.AsyncClient, way: Way) -> int:
    """The status that a way ends with."""
    cookie = {} if way.cookie is None else {b"Cookie": COOKIE.encode() + b"=" + way.cookie}
    url = client.base_url.copy_with(raw_path=PLACE.encode() + b"?" + _quoted(way.query))
    return (await client.get(url, headers=cookie)).status_code


def _quoted(raw: bytes) -> bytes:
    """Bytes that a URL may hold, as they are."""
    return b"".join(bytes([c]) if 32 < c < 127 else b"%%%02X" % c for c in raw)


Client = httpx.AsyncClient


@pytest.fixture
async def client(workspace: Workspace, config: SlackConfig) -> AsyncIterator[Client]:
    async with serving(workspace, config) as client:
        yield client


async def fresh(client: Client) -> str:
    """A state of ours, of a browser that is none of the attacker's."""
    state = await begun(client)
    client.cookies.clear()
    return state


@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_no_forged_way_back_installs_anything(
    client: Client, slack: FakeSlack, kept: Installations, workspace: Workspace, count: int
) -> None:
    slack.codes["c1"] = consent()
    draw = Random(11)
    statuses: Counter[tuple[str, int]] = Counter()
    while statuses.total() < count:
        state, other = await fresh(client), await fresh(client)
        ways = [*changed(state, draw), *foreign(state, other, workspace.database, draw)]
        for way in islice(ways, count - statuses.total()):
            statuses[way.kind, await tried(client, way)] += 1
    assert {status for _kind, status in statuses} == {400}, statuses
    assert len({kind for kind, _status in statuses}) == 20
    assert kept.all() == []
    assert not slack.calls, "Slack gave something for a forged way"
    assert await tried(client, honest(await fresh(client))) == 200


async def test_a_state_is_good_for_one_of_many_that_come_back_with_it_at_once(
    workspace: Workspace, config: SlackConfig, slack: FakeSlack, kept: Installations
) -> None:
    second = Workspace(workspace.folder, embeddings=workspace.embeddings)
    async with serving(workspace, config) as one, serving(second, config) as two:
        state = await fresh(one)
        slack.codes |= {f"c{n}": consent() for n in range(20)}
        ways = [honest(state, f"c{n}") for n in range(20)]
        found = await asyncio.gather(
            *(tried(client, way) for client, way in zip([one, two] * 10, ways, strict=True))
        )
    assert sorted(found) == [200] + [400] * 19
    assert len(slack.codes) == 19
    assert len(kept.all()) == 1


async def test_a_used_state_stays_used_until_it_ends_and_then_leaves_no_trace(
    client: Client,
    slack: FakeSlack,
    workspace: Workspace,
    kept: Installations,
    at: Callable[[float], None],
) -> None:
    slack.codes |= {"c1": consent(), "c2": consent()}
    state = await fresh(client)
    assert await tried(client, honest(state)) == 200
    kept.end("", "T0SECOND")
    for after in (0, 1, STATE_SECONDS - 1, STATE_SECONDS, STATE_SECONDS + 1, 10**6):
        at(after)
        assert await tried(client, honest(state, "c2")) == 400, after
    at(STATE_SECONDS + 1)
    later = await fresh(client)
    assert kept.came_back(later)
    with workspace.database.connect() as con:
        assert con.scalar(sa.select(sa.func.count()).select_from(slack_states)) == 1
    assert kept.all() == []


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets it be so many seconds after now where installations look at the clock."""
    begun = time.time()

    def stand(after: float) -> None:
        now = begun + after
        day = SimpleNamespace(
            now=lambda zone: datetime.fromtimestamp(now, zone),
            fromtimestamp=datetime.fromtimestamp,
        )
        place = "api.slack.installations"
        monkeypatch.setattr(f"{place}.time", SimpleNamespace(time=lambda: now))
        monkeypatch.setattr(f"{place}.datetime", day)
        monkeypatch.setattr(f"{place}.utc_now", lambda: utc(day.now(UTC)))

    return stand


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_the_ways_are_walked_by_get_alone(
    client: Client, slack: FakeSlack, kept: Installations, method: str
) -> None:
    slack.codes["c1"] = consent()
    state = await begun(client)
    for path in (PLACE, "/slack/install"):
        said = await client.request(method, path, params={"state": state, "code": "c1"})
        assert said.status_code == 405
    assert kept.all() == []
    assert await tried(client, honest(state)) == 200
