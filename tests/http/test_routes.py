"""What the routes answer is what OpenAPI says, and the figures are JSON numbers."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from api.http.schemas import AnswerOut, ResultOut
from assistant.bootstrap import Workspace
from crm.warehouse import Warehouse
from knowledge.registry import Registry
from tests.fakes import copy_of
from tests.http.conftest import roomy, with_data

QUESTION = "東都電機の売上と利益は？"


@pytest.fixture(scope="module")
def workspace(
    sample_workspace: Path,
    sample_warehouse: Warehouse,
    tmp_path_factory: pytest.TempPathFactory,
) -> Workspace:
    """One for all of these, whose figures are calculated once."""
    made = copy_of(sample_workspace, tmp_path_factory.mktemp("routes"))
    return roomy(with_data(made, sample_warehouse))


async def test_a_question_is_answered_with_its_facts(client: httpx.AsyncClient) -> None:
    said = await client.post("/v1/ask", json={"text": QUESTION})
    assert said.status_code == 200
    answer = AnswerOut.model_validate(said.json())
    assert "東都電機" in answer.text
    sales = next(f for f in answer.facts if f.name == "sales.net_sales")
    assert isinstance(sales.value, int | float)
    assert sales.unit == "JPY"
    assert sales.basis.snapshot


async def test_a_conversation_goes_on_in_its_thread(client: httpx.AsyncClient) -> None:
    first = (await client.post("/v1/ask", json={"text": QUESTION})).json()
    said = await client.post(
        "/v1/ask",
        json={"text": "その会社のブリーフィングをお願いします", "thread": first["thread"]},
    )
    assert said.json()["thread"] == first["thread"]
    assert "東都電機" in said.json()["text"]


async def test_events_come_in_order_and_end_with_the_answer(client: httpx.AsyncClient) -> None:
    headers = {"Accept": "text/event-stream"}
    said = await client.post("/v1/ask", json={"text": QUESTION}, headers=headers)
    assert said.headers["content-type"].startswith("text/event-stream")
    events = events_of(said.text)
    names = [name for name, _data in events]
    assert names[0] == "status"
    assert names[-1] == "done"
    assert names.index("text") > max(i for i, name in enumerate(names) if name == "status")
    assert set(names) == {"status", "text", "done"}
    answer = AnswerOut.model_validate(events[-1][1]["answer"])
    assert "\n\n".join(data["text"] for name, data in events if name == "text") == answer.text


async def test_the_briefing_is_json_of_an_answer(client: httpx.AsyncClient) -> None:
    said = await client.get("/v1/accounts/A001/briefing", params={"as_of": "2026-09-30"})
    answer = AnswerOut.model_validate(said.json())
    assert answer.language == "ja"
    assert answer.model == "none"


async def test_attention_is_json_of_a_tool_result(client: httpx.AsyncClient) -> None:
    said = await client.get("/v1/attention", params={"limit": 3})
    result = ResultOut.model_validate(said.json())
    assert result.tool == "needs_attention"
    assert result.table
    assert len(result.table.rows) == 3
    assert [c.name for c in result.table.columns] == list(result.table.rows[0])


async def test_a_citation_opens_by_its_id(
    client: httpx.AsyncClient, workspace: Workspace, tmp_path: Path
) -> None:
    document = tmp_path / "手順.md"
    document.write_text("## 前\n\n準備する。\n\n## 更新\n\n契約を更新する。", encoding="utf-8")
    workspace.library.add(document)
    _before, passage = Registry(workspace.database).passages()
    said = await client.get(f"/v1/passages/{passage.id}")
    answer = AnswerOut.model_validate(said.json())
    assert "準備する。" in answer.text
    assert [c.id for c in answer.citations] == [passage.id]
    assert (await client.get("/v1/passages/" + "0" * 24)).status_code == 404


async def test_alive_and_ready(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/healthz")).json() == {"status": "ok"}
    assert (await anonymous.get("/readyz")).json() == {"status": "ready"}


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_no_page_loads_scripts_from_elsewhere(
    anonymous: httpx.AsyncClient, path: str
) -> None:
    assert (await anonymous.get(path)).status_code == 404


def events_of(text: str) -> list[tuple[str, dict]]:  # type: ignore[type-arg]
    """The events of a stream as (name, data)."""
    events = []
    for chunk in text.replace("\r\n", "\n").split("\n\n"):
        lines = dict(line.split(": ", 1) for line in chunk.splitlines() if ": " in line)
        if "event" in lines:
            events.append((lines["event"], json.loads(lines["data"])))
    return events
