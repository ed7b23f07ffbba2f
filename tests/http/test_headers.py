"""What every response says, to which names and pages the door answers, and what HEAD gets."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest

from api.http.app import create_app
from api.keys import Keys
from assistant.bootstrap import Workspace
from crm.settings import load_settings
from tests.http.conftest import ONLY_HTTP, SAEKI, client_of

Opened = Callable[[str], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def opened(workspace: Workspace, unprepared: None) -> Opened:
    """The application with more lines in the group [http] of its settings."""

    @asynccontextmanager
    async def with_lines(lines: str):  # type: ignore[no-untyped-def]
        with (workspace.folder / "settings.toml").open("a", encoding="utf-8") as settings:
            settings.write(lines + "\n")
        workspace.settings = load_settings(workspace.folder)
        app = create_app(workspace, ONLY_HTTP)
        key = Keys(workspace.database).issue(SAEKI)
        async with app.router.lifespan_context(app), client_of(app, key) as client:
            yield client

    return with_lines


async def test_every_response_is_safe_for_browsers_and_caches(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    for asked in (
        client.get("/v1/attention?limit=1"), client.get("/v1/nothing"), anonymous.get("/healthz"),
        anonymous.get("/v1/attention"), client.post("/v1/ask", content=b"{"), anonymous.get("/"),
    ):  # fmt: skip
        headers = (await asked).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] in {"no-store", "private, no-cache"}
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["referrer-policy"] == "no-referrer"
        assert "strict-transport-security" not in headers
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers


async def test_a_request_id_goes_out_as_it_came_in_or_is_made(client: httpx.AsyncClient) -> None:
    said = await client.get("/healthz", headers={"X-Request-ID": "abc-123.X_9"})
    assert said.headers["x-request-id"] == "abc-123.X_9"
    made = set()
    for given in (
        "short",
        "x" * 129,
        "with space",
        'quo"te-quote',
        "tab\tinside",
        "日本語日本語",
    ):
        said = await client.get("/healthz", headers={b"X-Request-ID": given.encode()})
        made.add(said.headers["x-request-id"])
    assert len(made) == 6
    assert all(len(one) == 32 for one in made)


async def test_head_is_get_without_a_body(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/v1/attention?limit=1", "/v1/nothing"):
        got, head = await client.get(path), await client.head(path)
        assert head.status_code == got.status_code
        assert head.content == b""
        assert head.headers["content-type"] == got.headers["content-type"]
    assert (await client.head("/v1/ask")).status_code == 405


async def test_a_method_that_is_not_taken_is_told_those_that_are(
    client: httpx.AsyncClient,
) -> None:
    for method in ("PUT", "DELETE", "TRACE", "PROPFIND"):
        said = await client.request(method, "/v1/ask")
        assert said.status_code == 405
        assert said.headers["allow"] == "POST, OPTIONS"
        assert said.headers["content-type"] == "application/problem+json"
    options = await client.options("/v1/attention")
    assert options.status_code == 204
    assert options.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_unknown_paths_are_problems_and_nothing_redirects(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/", "/v2", "/v1/", "/v1/ask/", "//evil.example/..", "/v1/%2e%2e/healthz", "/%00"):
        said = await client.get(path)
        assert said.status_code == 404, path
        assert said.headers["content-type"] == "application/problem+json"


async def test_over_tls_browsers_are_told_to_stay_there(opened: Opened) -> None:
    async with opened("tls = true") as client:
        said = await client.get("/healthz")
        assert said.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_only_known_host_names_are_answered(opened: Opened) -> None:
    async with opened('hosts = ["a.example.com", "*.b.example.com"]') as client:
        for host, status in (
            ("a.example.com", 404), ("A.Example.com:8000", 404), ("x.b.example.com", 404),
            ("b.example.com", 421), ("a.example.com.evil.example", 421), ("evil.example", 421),
            ("127.0.0.1", 421), ("xb.example.com", 421), ("", 421),
        ):  # fmt: skip
            said = await client.get("/v1/nothing", headers={"Host": host})
            assert said.status_code == status, host
        assert (await client.get("/healthz", headers={"Host": "10.0.0.1"})).status_code == 200


async def test_pages_of_an_allowed_origin_may_call(opened: Opened) -> None:
    origin = "https://app.example.com"
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "if-match"}
    async with opened(f'cors_origins = ["{origin}"]') as client:
        said = await client.options("/v1/ask", headers={"Origin": origin, **ask})
        assert said.status_code == 200
        assert said.headers["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in said.headers
        said = await client.get("/v1/attention?limit=1", headers={"Origin": origin})
        assert said.headers["access-control-allow-origin"] == origin
        assert "ETag" in said.headers["access-control-expose-headers"]
        for other in ("https://evil.example", "null", f"{origin}.evil.example"):
            said = await client.options("/v1/ask", headers={"Origin": other, **ask})
            assert said.status_code == 400
            assert "access-control-allow-origin" not in said.headers


@pytest.mark.parametrize("origin", ["*", "app.example.com", "https://a.example.com/", "ftp://x"])
def test_an_origin_is_named_whole(workspace: Workspace, origin: str) -> None:
    from crm.thresholds import Http

    with pytest.raises(ValueError, match="no origin"):
        Http(cors_origins=[origin])
