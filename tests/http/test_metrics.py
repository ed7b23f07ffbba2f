"""What is done is counted and traced by names, counts and times; no person and no word is in it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.http.app import create_app
from api.http.metrics import TOKEN
from api.telemetry import Counting, Metrics
from assistant.bootstrap import Workspace
from tests.http.conftest import ONLY_HTTP, SAEKI, client_of

QUESTION = "東都電機の売上と利益は？"


class Listening:
    """What a collector and Prometheus would be told."""

    def __init__(self) -> None:
        self.spans = InMemorySpanExporter()
        self.metrics = Metrics()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.spans))
        self.provider.add_span_processor(Counting(self.metrics))


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    """A process can be given one provider only, so the tracers are given theirs one by one."""
    import api.http.record
    import assistant.spans

    found = Listening()
    monkeypatch.setattr(assistant.spans, "_tracer", found.provider.get_tracer("tagayasu"))
    monkeypatch.setattr(api.http.record, "tracer", found.provider.get_tracer("http"))
    yield found
    found.provider.shutdown()


@pytest.fixture
async def counted(
    workspace: Workspace, unprepared: None, listening: Listening
) -> AsyncIterator[FastAPI]:
    app = create_app(workspace, ONLY_HTTP, listening.metrics)
    async with app.router.lifespan_context(app):
        yield app


async def test_a_turn_is_a_tree_of_spans(counted: FastAPI, key: str, listening: Listening) -> None:
    parent = "0af7651916cd43dd8448eb211c80319c"
    async with client_of(counted, key) as client:
        headers = {"traceparent": f"00-{parent}-b7ad6b7169203331-01"}
        said = await client.post("/v1/ask", json={"text": QUESTION}, headers=headers)
    assert said.status_code == 200
    spans = {span.name: span for span in listening.spans.get_finished_spans()}
    assert set(spans) == {"POST /v1/ask", "turn", "model", "tool"}
    assert {f"{span.context.trace_id:032x}" for span in spans.values()} == {parent}
    turn = spans["turn"]
    assert turn.parent.span_id == spans["POST /v1/ask"].context.span_id
    assert spans["tool"].parent is not None
    assert turn.attributes["model"] == "builtin"
    assert turn.attributes["door"] == "http"
    assert turn.attributes["outcome"] == "ok"
    assert turn.attributes["model_calls"] >= 1
    told = json.dumps([json.loads(span.to_json()) for span in spans.values()], ensure_ascii=False)
    for secret in ("東都電機", "売上", SAEKI, "U06", "A001", key):
        assert secret not in told, secret


async def test_what_a_turn_does_is_counted(
    counted: FastAPI, key: str, listening: Listening
) -> None:
    async with client_of(counted, key) as client:
        await client.post("/v1/ask", json={"text": QUESTION})
        await client.post("/v1/ask", json={"text": ""})
        await client.get("/v1/nothing/at/all")
        await client.request("GET", "/v1/accounts/A001/briefing")
        text = (await client.get("/metrics")).text
    for line in (
        'tagayasu_turns_total{model="builtin",outcome="ok"} 1.0',
        'tagayasu_http_requests_total{method="POST",route="/v1/ask",status="200"} 1.0',
        'tagayasu_http_requests_total{method="POST",route="/v1/ask",status="422"} 1.0',
        'tagayasu_http_requests_total{method="GET",route="-",status="404"} 1.0',
        'tagayasu_http_requests_total{method="GET",'
        'route="/v1/accounts/{account_id}/briefing",status="200"} 1.0',
        "tagayasu_streams_open 0.0",
        "tagayasu_slack_inbox_waiting 0.0",
    ):
        assert line in text.splitlines(), line
    assert 'tagayasu_tool_calls_total{outcome="ok",tool="' in text
    assert 'tagayasu_model_calls_total{model="builtin",outcome="ok"}' in text
    for secret in ("U06", "A001", "saeki", "東都"):
        assert secret not in text


async def test_the_counts_are_read_on_this_machine_only(counted: FastAPI) -> None:
    async with client_of(counted) as client:
        assert (await client.get("/metrics")).status_code == 200
        for name in ("X-Forwarded-For", "Forwarded", "Via"):
            assert (await client.get("/metrics", headers={name: "x"})).status_code == 404
    away = httpx.ASGITransport(counted, client=("203.0.113.9", 4711))
    async with httpx.AsyncClient(transport=away, base_url="http://test") as client:
        assert (await client.get("/metrics")).status_code == 404


async def test_with_a_token_the_counts_are_read_with_it_alone(
    counted: FastAPI, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, "a-token")
    async with client_of(counted) as client:
        for given in ("", "Bearer", "Bearer a-toke", f"Bearer {key}", "Basic a-token", "a-token"):
            said = await client.get("/metrics", headers={"Authorization": given})
            assert said.status_code == 404, given
        said = await client.get("/metrics", headers={"Authorization": "Bearer a-token"})
        assert said.status_code == 200
        assert said.headers["content-type"].startswith("text/plain")


async def test_without_the_setting_there_are_no_counts(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/metrics")).status_code == 404


def test_the_house_traces_to_nobody_until_it_is_told_to() -> None:
    assert not isinstance(trace.get_tracer_provider(), TracerProvider)
