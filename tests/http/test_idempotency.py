"""A write under an Idempotency-Key is done once, and whoever repeats it gets the same response."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest
import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from api.http.auth import Caller
from api.http.idempotency import Idempotency, Once, Requests, idempotent_requests
from api.http.limits import BodyLimit
from api.http.problems import Problem
from crm.database import utc_now
from crm.scope import Principal, Scope

Route = Callable[[Request], Awaitable[Response]]
ONCE = Once("U06", "k", "d")


class TestRequests:
    """The register of requests, in the database that all processes share."""

    def test_a_request_is_begun_once(self, engine: sa.Engine) -> None:
        requests = Requests(engine)
        assert requests.begin(ONCE) is None
        found = requests.begin(ONCE)
        assert isinstance(found, Problem)
        assert found.status == 409

    def test_what_was_released_may_be_begun_again(self, engine: sa.Engine) -> None:
        requests = Requests(engine)
        requests.begin(ONCE)
        requests.release(ONCE)
        assert requests.begin(ONCE) is None

    def test_others_have_keys_of_their_own(self, engine: sa.Engine) -> None:
        requests = Requests(engine)
        assert requests.begin(ONCE) is None
        assert requests.begin(Once("U07", "k", "d")) is None
        assert requests.begin(Once("U06", "l", "d")) is None

    def test_after_a_day_nothing_is_kept(self, engine: sa.Engine) -> None:
        self._begun_before(engine, timedelta(hours=24, seconds=1), status=201)
        assert Requests(engine).begin(Once("U07", "x", "d")) is None
        with engine.connect() as con:
            assert con.scalar(sa.select(sa.func.count()).select_from(idempotent_requests)) == 1

    def test_a_request_whose_process_died_may_be_begun_again(self, engine: sa.Engine) -> None:
        self._begun_before(engine, timedelta(minutes=9), status=None)
        assert isinstance(Requests(engine).begin(ONCE), Problem)
        self._begun_before(engine, timedelta(minutes=11), status=None)
        assert Requests(engine).begin(ONCE) is None

    def _begun_before(self, engine: sa.Engine, age: timedelta, status: int | None) -> None:
        row = {"person": "U06", "key": "k", "digest": "d", "begun_at": utc_now() - age}
        row |= {"status": status, "headers": "[]", "body": b""}
        with engine.begin() as con:
            con.execute(sa.delete(idempotent_requests))
            con.execute(sa.insert(idempotent_requests).values(row))


class Served:
    """Two processes on one database, each with the layer around a route."""

    def __init__(self, engine: sa.Engine) -> None:
        self.done = 0
        self.status = 201
        self.sees = Scope(sees_all=False, person_ids=frozenset({"U06", "U07"}))
        self.last = b"event: done\r\ndata: {}\r\n\r\n"
        self.wait = asyncio.Event()
        self.wait.set()
        self._door = SimpleNamespace(workspace=SimpleNamespace(database=engine))
        self.clients = [self._client() for _ in range(2)]

    def _client(self) -> httpx.AsyncClient:
        layers = BodyLimit(Idempotency(self._route))

        async def app(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
            who = dict(scope["headers"]).get(b"x-person", b"U06").decode()
            access = dict(scope["headers"]).get(b"x-access", b"write").decode()
            caller = Caller.of(Principal(who, who), frozenset({access}), "key:x", self.sees)
            state = SimpleNamespace(state=SimpleNamespace(door=self._door))
            await layers({**scope, "app": state, "state": {"caller": caller}}, receive, send)

        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")

    async def _route(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        request = Request(scope, receive)
        body = await request.body()
        await self.wait.wait()
        self.done += 1
        headers = {"ETag": f'"{self.done}"', "X-Other": "1"}
        said = {"done": self.done, "body": body.decode()}
        if request.url.path.endswith("/stream"):
            kind = "text/event-stream"
            await StreamingResponse(self._parts(), self.status, media_type=kind)(
                scope, receive, send
            )
        elif request.url.path.endswith("/broken"):
            raise RuntimeError
        else:
            await JSONResponse(said, self.status, headers)(scope, receive, send)

    async def _parts(self) -> AsyncIterator[bytes]:
        yield f"event: text\r\ndata: {self.done}\r\n\r\n".encode()
        yield self.last


@pytest.fixture
async def served(engine: sa.Engine) -> AsyncIterator[Served]:
    found = Served(engine)
    yield found
    for client in found.clients:
        await client.aclose()


KEY = {"Idempotency-Key": "one-write"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_repeated_write_gets_the_same_response(served: Served, method: str) -> None:
    one, other = served.clients
    first = await one.request(method, "/v1/x?a=1", content=b"body", headers=KEY)
    again = await other.request(method, "/v1/x?a=1", content=b"body", headers=KEY)
    assert served.done == 1
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["etag"] == '"1"'
    assert "x-other" not in again.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


async def test_an_access_with_other_rights_is_told_no_more_than_that_it_was_done(
    served: Served,
) -> None:
    one, other = served.clients
    await one.post("/v1/x", content=b"body", headers=KEY)
    said = await other.post("/v1/x", content=b"body", headers={**KEY, "X-Access": "read"})
    assert said.status_code == 409
    assert "done already" in said.json()["detail"]
    served.sees = Scope(sees_all=False, person_ids=frozenset({"U06"}))
    said = await one.post("/v1/x", content=b"body", headers=KEY)
    assert said.status_code == 409
    assert served.done == 1


async def test_another_request_under_the_key_is_422(served: Served) -> None:
    one, _other = served.clients
    await one.post("/v1/x", content=b"body", headers=KEY)
    for method, path, body in (
        ("POST", "/v1/x", b"other"),
        ("POST", "/v1/y", b"body"),
        ("POST", "/v1/x?a=1", b"body"),
        ("PUT", "/v1/x", b"body"),
    ):
        said = await one.request(method, path, content=body, headers=KEY)
        assert said.status_code == 422, (method, path, body)
    assert served.done == 1


async def test_of_twenty_at_once_one_is_done(served: Served) -> None:
    served.wait.clear()
    one, other = served.clients
    asked = [
        asyncio.create_task(client.post("/v1/x", content=b"b", headers=KEY))
        for client in (one, other) * 10
    ]
    while len([task for task in asked if task.done()]) < 19:
        await asyncio.sleep(0.01)
    served.wait.set()
    found = sorted(said.status_code for said in await asyncio.gather(*asked))
    assert found == [201] + [409] * 19
    assert served.done == 1
    assert (await one.post("/v1/x", content=b"b", headers=KEY)).status_code == 201


async def test_a_refusal_and_a_failure_may_be_tried_again(served: Served) -> None:
    one, other = served.clients
    for status in (404, 409, 422, 500, 503):
        served.status = status
        assert (await one.post("/v1/x", headers=KEY)).status_code == status
    with pytest.raises(RuntimeError):
        await one.post("/v1/broken", headers=KEY)
    served.status = 204
    assert (await other.post("/v1/x", headers=KEY)).status_code == 204
    assert (await one.post("/v1/x", headers=KEY)).headers["idempotency-replayed"] == "true"


async def test_a_stream_is_repeated_whole(served: Served) -> None:
    one, other = served.clients
    first = await one.post("/v1/stream", headers=KEY)
    again = await other.post("/v1/stream", headers=KEY)
    assert first.content == again.content
    assert b"data: 1\r\n" in again.content


@pytest.mark.parametrize("last", [b"", b"event: error\r\n", b"data: event: done [DONE]\n"])
async def test_a_stream_that_was_cut_off_may_be_tried_again(served: Served, last: bytes) -> None:
    one, other = served.clients
    whole, served.last = served.last, last
    await one.post("/v1/stream", headers=KEY)
    served.last = whole
    again = await other.post("/v1/stream", headers=KEY)
    assert b"data: 2" in again.content


async def test_a_response_that_is_shown_once_is_not_kept(served: Served, engine: sa.Engine) -> None:
    one, other = served.clients
    first = await one.post("/v1/admin/keys", content=b"secret", headers=KEY)
    again = await other.post("/v1/admin/keys", content=b"secret", headers=KEY)
    assert (first.status_code, again.status_code, served.done) == (201, 409, 1)
    assert b"secret" in first.content
    with engine.connect() as con:
        assert "secret" not in str(con.execute(sa.select(idempotent_requests)).all())


async def test_a_key_is_each_persons_own(served: Served) -> None:
    one, _other = served.clients
    await one.post("/v1/x", headers=KEY)
    said = await one.post("/v1/x", headers={**KEY, "X-Person": "U07"})
    assert said.json()["done"] == 2


async def test_what_only_reads_and_what_has_no_key_is_done_each_time(served: Served) -> None:
    one, _other = served.clients
    for _ in range(2):
        await one.get("/v1/x", headers=KEY)
        await one.post("/v1/x")
    assert served.done == 4


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "\x7f"])
async def test_an_unusable_key_is_400(served: Served, key: str) -> None:
    said = await served.clients[0].post("/v1/x", headers={b"Idempotency-Key": key.encode()})
    assert said.status_code == 400
    assert served.done == 0
