"""A person has so many requests in a minute, an address so many failures; more are told when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.http.app import create_app
from api.http.rates import Buckets
from api.keys import Keys
from assistant.bootstrap import Workspace
from tests.fakes import copy_of
from tests.http.conftest import ONLY_HTTP, SAEKI, client_of

PATH = "/v1/nothing"


class TestBuckets:
    """A bucket never holds more than half a minute's worth, and fills evenly."""

    def test_half_a_minutes_worth_may_come_at_once(self) -> None:
        buckets = Buckets(60, clock=lambda: 0.0)
        taken = [buckets.take("a") for _ in range(31)]
        assert [t.allowed for t in taken] == [True] * 30 + [False]
        assert [t.remaining for t in taken[:3]] == [29, 28, 27]
        assert taken[-1].retry_after == 1
        assert buckets.take("b").allowed

    def test_it_fills_with_time_and_never_overflows(self) -> None:
        now = [0.0]
        buckets = Buckets(60, clock=lambda: now[0])
        for _ in range(30):
            buckets.take("a")
        now[0] = 2.5
        assert [buckets.take("a").allowed for _ in range(3)] == [True, True, False]
        now[0] = 10_000
        assert [buckets.take("a").allowed for _ in range(31)].count(True) == 30

    def test_whoever_waits_as_told_gets_through(self) -> None:
        now = [0.0]
        buckets = Buckets(7, clock=lambda: now[0])
        for _ in range(50):
            taken = buckets.take("a")
            if not taken.allowed:
                now[0] += taken.retry_after
                assert buckets.take("a").allowed

    def test_their_number_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("api.http.rates._MOST", 100)
        buckets = Buckets(60, clock=lambda: 0.0)
        for n in range(1000):
            buckets.take(str(n))
        assert len(buckets._left) == 100


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> Workspace:
    made = copy_of(sample_workspace, tmp_path)
    with (made.folder / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[http]\nrequests_per_minute = 10\nfailures_per_minute = 6\n")
    return made


@pytest.fixture
async def app(workspace: Workspace, unprepared: None) -> AsyncIterator[FastAPI]:
    app = create_app(workspace, ONLY_HTTP)
    async with app.router.lifespan_context(app):
        yield app


async def test_too_many_requests_of_a_person_are_told_when_to_come_again(
    client: httpx.AsyncClient, workspace: Workspace, app: FastAPI
) -> None:
    first = await client.get(PATH)
    assert (first.headers["ratelimit-limit"], first.headers["ratelimit-remaining"]) == ("5", "4")
    for _ in range(4):
        assert (await client.get(PATH)).status_code == 404
    said = await client.get(PATH)
    assert said.status_code == 429
    assert said.headers["content-type"] == "application/problem+json"
    assert 1 <= int(said.headers["retry-after"]) <= 6
    assert said.headers["ratelimit-remaining"] == "0"

    async with client_of(app, Keys(workspace.database).issue(SAEKI)) as other_key:
        assert (await other_key.get(PATH)).status_code == 429
    async with client_of(app, Keys(workspace.database).issue("ohno@inaho.example")) as other:
        assert (await other.get(PATH)).status_code == 404
    assert (await client.get("/healthz")).status_code == 200


async def test_failures_are_counted_by_address_and_keep_nobody_else_out(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    found = []
    for n in range(8):
        away = httpx.ASGITransport(app, client=("2001:db8::" + str(n), 4711))
        async with httpx.AsyncClient(transport=away, base_url="http://test") as stranger:
            said = await stranger.get(PATH, headers={"Authorization": f"Bearer {n}"})
            found.append(said.status_code)
    assert found == [401] * 3 + [429] * 5
    assert int(said.headers["retry-after"]) >= 1
    away = httpx.ASGITransport(app, client=("2001:db8::1", 4711))
    async with httpx.AsyncClient(
        transport=away, base_url="http://test", headers=dict(client.headers)
    ) as person:
        assert (await person.get(PATH)).status_code == 404
    other = httpx.ASGITransport(app, client=("2001:db8:0:1::1", 4711))
    async with httpx.AsyncClient(transport=other, base_url="http://test") as stranger:
        assert (await stranger.get(PATH)).status_code == 401
