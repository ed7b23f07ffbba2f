"""A provider through its real client, against a local server: the same tools, the same check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openai import AsyncOpenAI, RateLimitError

from assistant.bootstrap import Workspace
from assistant.models import chosen_model, provider_model
from assistant.told import MORE_ROWS, tokens
from crm.errors import InputError, UnavailableError
from crm.settings import Models
from tests.assistant.conversations import answer, limited, turn
from tests.assistant.provided import KEY, NAME, assert_whole, at, choose_provider, sent_tools
from tests.fakes import copy_of
from tests.openai_server import (
    HANGS_MIDWAY,
    REFUSED,
    TOKENS_IN,
    TOKENS_OUT,
    Called,
    busy,
    called,
    openai_server,
)

STALLED = "停滞している商談は？"


@pytest.fixture(autouse=True)
def _chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    choose_provider(monkeypatch)


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> Workspace:
    return limited(copy_of(sample_workspace, tmp_path), provider_timeout_seconds=2, retries=0)


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
            said = await answer(assistant, "受注率は？", thread="t")
            await assert_whole(assistant, "t")
    assert said.text == "受注率は40.2%です。"
    assert said.model == NAME
    assert said.notices == ()
    assert len(server.requests) == 3
    assert set(server.keys) == {f"Bearer {KEY}"}


async def test_the_provider_gets_the_prompt_few_tools_and_short_results(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (called("account_overview", account_id="A001"), "以上です。")
    async with openai_server(*script) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            await answer(assistant, "東都電機の概要は？")
    first, second = server.requests
    assert first["model"] == "test"
    assert first["messages"][0]["role"] == "system"
    assert "Never calculate" in str(first["messages"][0]["content"])
    assert len(sent_tools(first)) == 12
    assert {"find_account", "account_overview", MORE_ROWS} <= set(sent_tools(first))
    assert sent_tools(second) == sent_tools(first)
    told = second["messages"][-1]
    assert told["role"] == "tool"
    assert told["tool_call_id"] == second["messages"][-2]["tool_calls"][0]["id"]
    assert "11億5,015万円" in told["content"]
    assert tokens(told["content"]) <= 1_500


async def test_answers_are_streamed_with_their_usage_and_shown_only_when_checked(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        called("pipeline_metrics"),
        "受注率は99 %です。",
        "受注率は{{pipeline.win_rate}}です。",
    )
    async with openai_server(*script) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said, events = await turn(assistant, "受注率は？")
    assert all(sent["stream"] for sent in server.requests)
    assert all(sent["stream_options"] == {"include_usage": True} for sent in server.requests)
    shown = [event.text for event in events if event.type != "done"]
    assert not [text for text in shown if "99" in text]
    assert [e.text for e in events if e.type == "text"] == [said.text]


async def test_the_asker_is_told_that_the_model_writes_while_it_does(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with openai_server(called("deal_health"), HANGS_MIDWAY) as server:
        at(server, monkeypatch)
        limited(workspace, provider_timeout_seconds=30, turn_seconds=60, silence_seconds=0.5)
        async with workspace.assistant() as assistant:
            said, events = await turn(assistant, STALLED)
    statuses = [e.text for e in events if e.type == "status"]
    assert statuses[-1] == "回答をまとめています"
    assert statuses.count("回答をまとめています") == 1
    assert said.model == "builtin"


async def test_a_tool_that_was_not_offered_is_an_error_that_names_those_offered(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with openai_server("はい。") as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            await answer(assistant, STALLED)
            hidden = {t.name for t in workspace.desk.catalog} - set(sent_tools(server.requests[0]))
            server.then(called(sorted(hidden)[0]), called("no_such_tool"), "できません。")
            said = await answer(assistant, STALLED, thread="t")
            await assert_whole(assistant, "t")
    offered = sent_tools(server.requests[1])
    for request in server.requests[2:]:
        error = json.loads(request["messages"][-1]["content"])["error"]
        assert all(name in error for name in offered)
    assert (said.text, said.tool_calls) == ("できません。", ())


@pytest.mark.parametrize(
    "arguments", [{"limit": "many"}, {"owner_id": ["U06", 5]}, {"signal": "unknown"}], ids=str
)
async def test_arguments_of_the_wrong_type_are_told_to_the_model(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, arguments: dict[str, object]
) -> None:
    async with openai_server(called("deal_health", **arguments), "できません。") as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, STALLED, thread="t")
            await assert_whole(assistant, "t")
    told = server.requests[1]["messages"][-1]
    assert told["role"] == "tool"
    assert next(iter(arguments)) in told["content"]
    assert said.text == "できません。"


async def test_calls_that_carry_the_same_id_are_each_answered(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Called((("account_overview", {"account_id": "A001"}),), same_id="call_0")
    second = Called((("pipeline_metrics", {}),), same_id="call_0")
    last = "受注率は{{pipeline.win_rate}}、売上は{{sales.net_sales}}です。"
    async with openai_server(first, second, last) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, "東都電機の概要と受注率は？")
    assert said.text == "受注率は40.2%、売上は11億5,015万円です。"


async def test_a_loop_of_the_same_call_ends_honestly_and_the_thread_goes_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with openai_server(called("find_account", text="東都")) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            said = await answer(assistant, "東都を探して", thread="t")
            asked = len(server.requests)
            await assert_whole(assistant, "t")
            server.then("はい。")
            after = await answer(assistant, "聞こえますか", thread="t")
    assert asked == 11  # the twelfth is kept for the repair of a draft
    assert said.text == said.notices[0]
    assert after.text == "はい。"


async def test_the_plain_client_reads_what_the_server_streams(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with openai_server(called("deal_health", limit=3), busy("7")) as server:
        client = AsyncOpenAI(base_url=server.url, api_key=KEY, max_retries=0)
        messages = [{"role": "user", "content": STALLED}]
        stream = await client.chat.completions.create(
            model="test", messages=messages, stream=True, stream_options={"include_usage": True}
        )  # type: ignore[call-overload]
        chunks = [chunk async for chunk in stream]
        with pytest.raises(RateLimitError) as raised:
            await client.chat.completions.create(model="test", messages=messages)  # type: ignore[arg-type]
        await client.close()
    calls = [
        c for chunk in chunks for choice in chunk.choices for c in choice.delta.tool_calls or ()
    ]
    assert calls[0].function.name == "deal_health"
    assert json.loads("".join(c.function.arguments for c in calls)) == {"limit": 3}
    assert (chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens) == (
        TOKENS_IN, TOKENS_OUT,
    )  # fmt: skip
    assert raised.value.response.headers["retry-after"] == "7"


# ------------------------------------------------------------------ keys and names


async def test_without_fallback_a_fault_is_said_in_one_sentence(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(workspace, fallback=False)
    async with openai_server(REFUSED) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            with pytest.raises(UnavailableError) as raised:
                await answer(assistant, STALLED)
    assert NAME in str(raised.value)
    assert KEY not in str(raised.value)


async def test_no_secret_reaches_the_log(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async with openai_server(REFUSED) as server:
        at(server, monkeypatch)
        async with workspace.assistant() as assistant:
            await answer(assistant, STALLED)
    out, err = capfd.readouterr()
    assert "provider_failed" in out + err
    assert KEY not in out + err
    assert "sk-te" not in out + err


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
