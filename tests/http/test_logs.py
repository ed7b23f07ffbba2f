"""Logs are JSON with ids, counts and times; nobody's name, no address and nothing that was said."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from api.keys import Keys
from api.logs import configure
from api.render.trace import trace_of
from assistant.bootstrap import Workspace
from assistant.service import Assistant
from tests.http.conftest import SAEKI, client_of

QUESTION = "東都電機の井上さん（inoue@toto.example、090-1234-5678）に何を聞くべき？"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the server's logs hold."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure(logging.INFO, stream)
    yield stream
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


def lines_of(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


async def test_a_request_is_one_line_without_content(
    client: httpx.AsyncClient, key: str, written: io.StringIO
) -> None:
    headers = {"X-Request-ID": "req-12345678", "User-Agent": "someone's phone"}
    said = await client.get("/v1/accounts/A001/briefing?language=en", headers=headers)
    assert said.status_code == 200
    [line] = [line for line in lines_of(written) if line["event"] == "http.request"]
    assert line.pop("timestamp").endswith("Z")
    assert isinstance(line.pop("ms"), int)
    assert line == {
        "event": "http.request",
        "level": "info",
        "method": "GET",
        "route": "/v1/accounts/{account_id}/briefing",
        "status": 200,
        "person": "U06",
        "request_id": "req-12345678",
    }


async def test_nothing_that_was_said_is_in_the_logs(
    app: FastAPI, workspace: Workspace, key: str, written: io.StringIO
) -> None:
    async with client_of(app, key) as client:
        await client.post("/v1/ask", json={"text": QUESTION})
        await client.post("/v1/ask", content=QUESTION.encode())
        await client.post("/v1/ask", json={"text": QUESTION, "thread": "井上 様"})
        await client.get("/v1/attention", params={"limit": QUESTION})
        await client.get(f"/v1/accounts/{QUESTION}/briefing")
        await client.get(f"/{SAEKI}/{key}")
    async with client_of(app, key[:-1] + "?") as stranger:
        await stranger.get("/v1/attention")
    async with client_of(app, Keys(workspace.database).issue("nobody@x.example")) as nobody:
        await nobody.get("/v1/attention")
    text = written.getvalue()
    assert len(lines_of(written)) >= 8
    for secret in ("井上", "inoue", "5678", "東都", "saeki", "nobody@", key, key[:-1], "127.0.0.1"):
        assert secret not in text, secret


async def test_a_failure_is_logged_under_its_id_and_the_requests(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, written: io.StringIO
) -> None:
    def fail(*_a: object, **_k: object) -> None:
        try:
            raise KeyError(QUESTION)
        except KeyError:
            raise ValueError(QUESTION) from OSError(2, "gone", SAEKI)

    monkeypatch.setattr(Assistant, "run_tool", fail)
    said = await client.get("/v1/attention")
    assert said.status_code == 500
    [failed] = [line for line in lines_of(written) if line["event"] == "http.failed"]
    assert failed["log_id"] == said.json()["log_id"]
    assert failed["request_id"] == said.headers["x-request-id"]
    assert "in fail" in failed["trace"]
    assert "ValueError" in failed["trace"]
    assert "FileNotFoundError: gone" in failed["trace"]
    assert "東都" not in written.getvalue()
    assert "saeki" not in written.getvalue()


def test_what_libraries_log_is_json_without_values(written: io.StringIO) -> None:
    library = logging.getLogger("some.library")
    library.info("not worth a line")
    try:
        raise RuntimeError(QUESTION)
    except RuntimeError:
        library.exception("it failed for %s", SAEKI)
        structlog.get_logger().exception("so did this", contact="井上 次郎", to=SAEKI)
    one, other = lines_of(written)
    assert one["event"] == "it failed for ***"
    assert other["contact"] == other["to"] == "***"
    for line in (one, other):
        assert line["level"] == "error"
        assert line["trace"].endswith("RuntimeError")
        assert "東都" not in json.dumps(line, ensure_ascii=False)


def test_a_trace_ends_where_an_exception_is_its_own_cause() -> None:
    one, other = ValueError("a"), KeyError("b")
    one.__context__, other.__context__ = other, one
    assert trace_of(one).splitlines() == ["KeyError", "which led to:", "ValueError"]
