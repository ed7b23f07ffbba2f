"""A provider through its real client, against a local server: it answers, or the builtin does."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from langchain_openai.chat_models import _client_utils

from assistant.bootstrap import Workspace
from assistant.models import chosen_model, provider_model
from crm.errors import InputError, UnavailableError
from crm.settings import Models
from tests.assistant.conversations import answer, limited
from tests.fakes import copy_of
from tests.openai_server import EMPTY, FAULTS, Called, Fault, OpenAIServer, called, openai_server

STALLED = "停滞している商談は？"
NAME = "openai:test"
KEY = "sk-test-secret"


@pytest.fixture(autouse=True)
def _chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAGAYASU_MODEL", NAME)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    # The client keeps its connections for a process of one event loop; a test has one each.
    _client_utils._cached_async_httpx_client.cache_clear()


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> Workspace:
    return limited(copy_of(sample_workspace, tmp_path), provider_timeout_seconds=2)


def at(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)


async def test_a_provider_drives_the_same_tools_and_the_same_check(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        called("pipeline_metrics", by="manager"),
        "受注率は{{pipeline.win_rate}}です。来年は77 %です。",
        "受注率は{{pipeline.win_rate}}です。",
    )
    async with openai_server(*script) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, "受注率は？")
    assert said.text == "受注率は40.2 %です。"
    assert said.model == NAME
    assert said.notices == ()
    assert len(server.requests) == 3
    assert set(server.keys) == {f"Bearer {KEY}"}


async def test_the_provider_gets_the_prompt_the_tools_and_the_results(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with openai_server(called("account_overview", account_id="A001"), "以上です。") as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            await answer(assistant, "東都電機は？")
    first, second = server.requests
    assert first["model"] == "test"
    assert first["messages"][0]["role"] == "system"
    assert "Never calculate" in str(first["messages"][0]["content"])
    assert {t["function"]["name"] for t in first["tools"]} == {
        t.name for t in workspace.desk.catalog
    }
    assert second["messages"][-1]["role"] == "tool"
    assert second["messages"][-1]["tool_call_id"] == second["messages"][-2]["tool_calls"][0]["id"]
    assert "11億5,015万円" in second["messages"][-1]["content"]


@pytest.mark.parametrize("fault", [*FAULTS, EMPTY], ids=lambda f: getattr(f, "name", "empty"))
async def test_each_fault_gives_an_answer_of_the_builtin_model_within_seconds(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, fault: Fault | str
) -> None:
    async with openai_server(fault) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            begun = time.monotonic()
            said = await answer(assistant, STALLED)
            took = time.monotonic() - begun
    assert took < 10
    assert said.model == "builtin"
    assert [c.name for c in said.tool_calls] == ["deal_health"]
    assert NAME in said.notices[0]
    assert len(said.notices) == 1
    assert KEY not in said.text
    assert len(server.requests) == 1, "no retries of the client's own"


@pytest.mark.parametrize("fault", [*FAULTS, EMPTY], ids=lambda f: getattr(f, "name", "empty"))
async def test_each_fault_after_a_tool_call_keeps_what_was_looked_up(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, fault: Fault | str
) -> None:
    limited(workspace, provider_timeout_seconds=1)
    async with openai_server(called("deal_health", signal="stalled"), fault) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, STALLED)
    assert said.model == "builtin"
    assert len(said.tool_calls) == 1
    assert "4件" in said.text


async def test_the_next_turn_tries_the_provider_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with openai_server(FAULTS[2], "はい。") as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            first = await answer(assistant, STALLED, thread="t")
            second = await answer(assistant, "聞こえますか", thread="t")
    assert (first.model, second.model) == ("builtin", NAME)
    assert second.text == "はい。"
    assert second.notices == ()


async def test_arguments_that_are_no_json_end_in_an_answer(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with openai_server(called("deal_health"), "以上です。") as server:
        original = server._completion

        def torn(line: str | Called) -> dict[str, object]:
            made = original(line)
            for wanted in made["choices"][0]["message"].get("tool_calls", []):
                wanted["function"]["arguments"] = '{"limit": '
            return made

        server._completion = torn  # type: ignore[method-assign]
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, STALLED)
    assert said.text


async def test_nobody_listening_is_answered_by_the_builtin_model(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{unused_tcp_port}/v1")
    async with workspace.assistant() as assistant:
        async with asyncio.timeout(10):
            said = await answer(assistant, STALLED)
    assert said.model == "builtin"


async def test_without_fallback_a_fault_is_said_in_one_sentence(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(workspace, fallback=False)
    async with openai_server(FAULTS[0]) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            with pytest.raises(UnavailableError) as raised:
                await answer(assistant, STALLED)
    assert NAME in str(raised.value)
    assert KEY not in str(raised.value)


async def test_no_secret_reaches_the_log(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async with openai_server(FAULTS[0]) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            await answer(assistant, STALLED)
    out, err = capfd.readouterr()
    assert KEY not in out + err


async def test_without_a_key_one_clear_sentence(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(InputError) as raised:
        async with workspace.assistant():
            pass
    assert "no key" in str(raised.value)
    assert "OPENAI_API_KEY" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "name", ["nobody:x", "gpt", "openai:", "anthropic:claude-x", ":", "openai"], ids=str
)
def test_a_model_that_cannot_be_used_is_one_clear_sentence(name: str) -> None:
    with pytest.raises(InputError) as raised:
        provider_model(name, Models())
    assert name in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "chosen"), [("", "builtin"), ("  ", "builtin"), (" x:y ", "x:y")]
)
def test_the_environment_chooses_the_model(
    monkeypatch: pytest.MonkeyPatch, given: str, chosen: str
) -> None:
    monkeypatch.setenv("TAGAYASU_MODEL", given)
    assert chosen_model() == chosen
