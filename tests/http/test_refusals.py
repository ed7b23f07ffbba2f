"""Every refusal is a problem document of the right status, and tells nothing of the inside."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.http.limits import MAX_BODY
from assistant.bootstrap import Workspace
from assistant.service import Assistant
from crm.errors import InputError, UnavailableError, WorkspaceError
from crm.scope import MissingDataError
from tests.fakes import copy_of
from tests.http.conftest import roomy
from tests.http.test_routes import QUESTION, events_of

PROBLEM = "application/problem+json"
SECRET = "/srv/secret/place"


NO_JSON = [b"{", b"nonsense", b"\xff\xfe", b'{"text": "x"', b'{"text": ' + b"[" * 20000]


async def test_a_body_that_is_no_json_is_400(client: httpx.AsyncClient) -> None:
    for body in NO_JSON:
        headers = {"Content-Type": "application/json"}
        said = await client.post("/v1/ask", content=body, headers=headers)
        assert said.status_code == 400, body[:20]
        assert said.headers["content-type"] == PROBLEM


UNFIT: list[Any] = [
    None,
    {},
    [],
    "text",
    {"text": 5},
    {"text": ""},
    {"text": "  "},
    {"text": "あ" * 4001},
    {"text": "\ud800"},
    {"text": "x", "thread": "a b"},
    {"text": "x", "thread": "\udfff"},
    {"text": "x", "language": "fr"},
    {"text": "x", "user": "U01"},
    {"text": "x", "as_of": "yesterday"},
    {"text": "x", "as_of": "2026-02-30"},
    {"text": "x", "as_of": "0001-01-01"},
    {"text": "x", "as_of": 0},
]


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_what_does_not_fit_is_422(client: httpx.AsyncClient, accept: str) -> None:
    for body in UNFIT:
        said = await client.post(
            "/v1/ask",
            content=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Accept": accept},
        )
        assert said.status_code == 422, body
        assert said.headers["content-type"] == PROBLEM
        assert said.json()["status"] == 422


async def test_a_query_that_does_not_fit_is_422(client: httpx.AsyncClient) -> None:
    for query in ("limit=0", "limit=501", "limit=x", "as_of=9999-12-31", "as_of=20260930"):
        assert (await client.get(f"/v1/attention?{query}")).status_code == 422, query


async def test_an_odd_account_id_is_not_found(client: httpx.AsyncClient) -> None:
    for account in ("%00", "%F0%9F%98%80", "A001'--", "x" * 3000, "..%2f.."):
        said = await client.get(f"/v1/accounts/{account}/briefing")
        assert said.status_code == 404, account
        assert said.headers["content-type"] == PROBLEM


async def test_unknown_paths_and_methods_are_problems(anonymous: httpx.AsyncClient) -> None:
    for method, path, status in (("GET", "/nothing", 404), ("DELETE", "/healthz", 405)):
        said = await anonymous.request(method, path)
        assert said.status_code == status
        assert said.headers["content-type"] == PROBLEM


class TestBodies:
    """64 KiB, counted in bytes before anything is parsed."""

    async def test_the_largest_body_is_read(self, client: httpx.AsyncClient) -> None:
        body = b'{"text": "x"}'.ljust(MAX_BODY)
        headers = {"Content-Type": "application/json"}
        assert (await client.post("/v1/ask", content=body, headers=headers)).status_code == 200

    async def test_a_larger_body_is_413(self, client: httpx.AsyncClient) -> None:
        said = await client.post("/v1/ask", content=b" " * (MAX_BODY + 1))
        assert said.status_code == 413
        assert said.headers["content-type"] == PROBLEM

    @pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
    async def test_a_chunked_body_is_counted(self, client: httpx.AsyncClient, kind: str) -> None:
        sent = 0

        async def chunks() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(1000):
                sent += 1000
                yield b"x" * 1000

        said = await client.post("/v1/ask", content=chunks(), headers={"Content-Type": kind})
        assert said.status_code == 413
        assert sent < 2 * MAX_BODY

    async def test_a_false_length_does_not_help(self, client: httpx.AsyncClient) -> None:
        headers = {"Content-Length": "10"}
        said = await client.post("/v1/ask", content=b"x" * (MAX_BODY + 1), headers=headers)
        assert said.status_code == 413


def _refusing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Make every tool of the assistant fail like that, as a broken part of it would."""

    def fail(*_a: object, **_k: object) -> None:
        raise error

    monkeypatch.setattr(Assistant, "run_tool", fail)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("What.", "Do."), 422),
        (MissingDataError("What.", "Do."), 409),
        (UnavailableError("What.", "Do."), 503),
    ],
)
async def test_refusals_keep_their_words(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    _refusing(monkeypatch, error)
    said = await client.get("/v1/attention")
    assert said.status_code == status
    assert (said.json()["detail"], said.json()["remedy"]) == ("What.", "Do.")
    assert ("retry-after" in said.headers) == (status == 503)


@pytest.mark.parametrize(
    ("error", "status"),
    [(WorkspaceError(SECRET), 503), (ValueError(SECRET), 500), (KeyError(SECRET), 500)],
)
async def test_what_happened_inside_stays_inside(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    _refusing(monkeypatch, error)
    said = await client.get("/v1/attention")
    assert said.status_code == status
    assert said.headers["content-type"] == PROBLEM
    assert "secret" not in said.text
    assert ("log_id" in said.json()) == (status == 500)


async def test_a_failure_in_a_stream_is_an_error_event(
    client: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_a: object, **_k: object) -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr(Assistant, "_run", fail)
    headers = {"Accept": "text/event-stream"}
    said = await client.post("/v1/ask", json={"text": QUESTION}, headers=headers)
    events = events_of(said.text)
    assert [name for name, _data in events] == ["status", "error"]
    assert events[-1][1]["status"] == 500
    assert events[-1][1]["log_id"]
    assert "secret" not in said.text


class TestReadiness:
    """Ready is only who has data and a database; alive is who answers."""

    @pytest.fixture
    def workspace(self, sample_workspace: Path, tmp_path: Path) -> Workspace:
        """One that is looked for on the disk."""
        return roomy(copy_of(sample_workspace, tmp_path))

    async def test_without_data_it_is_alive_but_not_ready(
        self, workspace: Workspace, anonymous: httpx.AsyncClient, key: str
    ) -> None:
        shutil.rmtree(workspace.folder / "warehouse")
        assert (await anonymous.get("/healthz")).status_code == 200
        said = await anonymous.get("/readyz")
        assert said.status_code == 503
        assert said.headers["content-type"] == PROBLEM
        asked = await anonymous.get("/v1/attention", headers={"Authorization": f"Bearer {key}"})
        assert asked.status_code == 503
        assert "workspace/" not in asked.text
