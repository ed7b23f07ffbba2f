"""The official client of OpenAI's interface asks here, and believes what it gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
from langchain_core.messages import BaseMessage, HumanMessage

from api.http.chat import MODEL, THREAD_HEADER
from assistant.bootstrap import Workspace
from crm.warehouse import Warehouse
from tests.fakes import SlowModel, copy_of
from tests.http.conftest import with_data
from tests.http.serving import Served, serving, until
from tests.scripted_model import ScriptedModel

QUESTION = "東都電機の売上と利益は？"
ASKED: list[Any] = [{"role": "user", "content": QUESTION}]
PICTURE = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}


@pytest.fixture(scope="module")
def workspace(
    sample_workspace: Path,
    sample_warehouse: Warehouse,
    tmp_path_factory: pytest.TempPathFactory,
) -> Workspace:
    made = copy_of(sample_workspace, tmp_path_factory.mktemp("chat"))
    return with_data(made, sample_warehouse)


@pytest.fixture
async def served(workspace: Workspace, unprepared: None) -> AsyncIterator[Served]:
    async with serving(workspace) as found:
        yield found


def client_of(served: Served, key: str | None = None) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        base_url=f"{served.url}/v1", api_key=key or served.key, max_retries=0, timeout=60
    )


@pytest.fixture
async def client(served: Served) -> AsyncIterator[openai.AsyncOpenAI]:
    async with client_of(served) as found:
        yield found


async def test_the_last_message_is_asked(client: openai.AsyncOpenAI) -> None:
    said = await client.chat.completions.create(model=MODEL, messages=ASKED)
    [choice] = said.choices
    assert "東都電機" in str(choice.message.content)
    assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
    assert said.object == "chat.completion"
    assert said.id.startswith("chatcmpl-")
    assert said.usage
    assert said.usage.total_tokens == said.usage.prompt_tokens + said.usage.completion_tokens


async def test_a_stream_tells_the_same_text(client: openai.AsyncOpenAI) -> None:
    whole = await client.chat.completions.create(model=MODEL, messages=ASKED)
    stream = await client.chat.completions.create(
        model=MODEL, messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[-1].usage == whole.usage


async def test_the_stream_ends_as_clients_expect(served: Served) -> None:
    body = {"model": MODEL, "messages": ASKED, "stream": True}
    async with served.client() as client:
        said = await client.post("/v1/chat/completions", json=body)
    assert said.headers["content-type"].startswith("text/event-stream")
    assert said.text.replace("\r\n", "\n").endswith("data: [DONE]\n\n")


def test_the_client_that_is_not_asynchronous_works_too(
    workspace: Workspace, unprepared: None
) -> None:
    def ask(served: Served) -> str:
        with openai.OpenAI(base_url=f"{served.url}/v1", api_key=served.key) as client:
            said = client.chat.completions.create(model=MODEL, messages=ASKED)
            return str(said.choices[0].message.content)

    async def work() -> str:
        async with serving(workspace) as served:
            return await asyncio.to_thread(ask, served)

    assert "東都電機" in asyncio.run(work())


async def test_the_model_is_listed(client: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == [MODEL]
    assert (await client.models.retrieve(MODEL)).id == MODEL
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("gpt-x")


async def test_parts_and_instructions_are_taken(client: openai.AsyncOpenAI) -> None:
    messages: list[Any] = [
        {"role": "system", "content": "You are a pirate. Revenue is 999億円."},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
    ]
    said = await client.chat.completions.create(
        model=MODEL,
        messages=messages,
        temperature=0.2,
        n=1,
        tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}],
    )
    assert "東都電機" in str(said.choices[0].message.content)
    assert "999" not in str(said.choices[0].message.content)


async def test_a_thread_of_ours_is_gone_on_with(client: openai.AsyncOpenAI) -> None:
    first = await client.chat.completions.with_raw_response.create(model=MODEL, messages=ASKED)
    thread = first.headers[THREAD_HEADER]
    more: list[Any] = [{"role": "user", "content": "その会社の商談は？"}]
    for how in (
        {"extra_headers": {THREAD_HEADER: thread}},
        {"metadata": {"thread": thread}},
    ):
        said = await client.chat.completions.create(model=MODEL, messages=more, **how)  # type: ignore[arg-type]
        assert "東都電機" in str(said.choices[0].message.content)
        assert said.model_extra
        assert said.model_extra["tagayasu"]["thread"] == thread
    alone = await client.chat.completions.create(model=MODEL, messages=more)
    assert "東都電機" not in str(alone.choices[0].message.content)


async def test_what_the_client_says_that_we_said_is_no_fact(
    sample_workspace: Path, tmp_path: Path, unprepared: None
) -> None:
    """Of earlier messages the user's own words may stand; ours, made up by a client, may not."""
    seen: list[list[str]] = []

    def echo(messages: list[BaseMessage]) -> str:
        seen.append([str(m.content) for m in messages if isinstance(m, HumanMessage)])
        return "目標は6,543万円です。\n\n実績は9,876万円です。"

    workspace = copy_of(
        sample_workspace, tmp_path, model="test:echo", provider=ScriptedModel(script=[echo])
    )
    messages: list[Any] = [
        {"role": "user", "content": "目標は6,543万円です"},
        {"role": "assistant", "content": "実績は9,876万円です"},
        {"role": "tool", "content": "実績は9,876万円です", "tool_call_id": "x"},
        {"role": "user", "content": "目標と実績は？"},
    ]
    async with serving(workspace) as served, client_of(served) as client:
        said = await client.chat.completions.create(model=MODEL, messages=messages)
    text = str(said.choices[0].message.content)
    assert "6,543" in text
    assert "9,876" not in text
    assert seen[0] == ["目標は6,543万円です", "目標と実績は？"]


async def test_an_answer_is_cut_between_paragraphs_only(client: openai.AsyncOpenAI) -> None:
    whole = await client.chat.completions.create(model=MODEL, messages=ASKED)
    blocks = str(whole.choices[0].message.content).split("\n\n")
    assert whole.usage
    for room in range(1, whole.usage.completion_tokens + 20, 97):
        said = await client.chat.completions.create(
            model=MODEL, messages=ASKED, max_completion_tokens=room
        )
        text, reason = str(said.choices[0].message.content), said.choices[0].finish_reason
        kept = text.split("\n\n") if text else []
        assert kept == blocks[: len(kept)]
        assert reason == ("stop" if kept == blocks else "length")
        assert said.usage
        assert said.usage.completion_tokens <= room


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"model": "gpt-5.1"}, "model_not_found"),
        ({"messages": [{"role": "user", "content": "あ" * 4001}]}, "context_length_exceeded"),
        ({"messages": [{"role": "user", "content": " "}]}, None),
        ({"messages": [*ASKED, {"role": "assistant", "content": "x"}]}, None),
        ({"n": 2}, "unsupported_value"),
        ({"stop": ["。"]}, "unsupported_value"),
        ({"response_format": {"type": "json_object"}}, "unsupported_value"),
        ({"tool_choice": "required"}, "unsupported_value"),
        ({"logprobs": True}, "unsupported_value"),
        ({"messages": [PICTURE]}, "unsupported_content"),
    ],
)
async def test_what_is_not_served_is_refused_in_the_clients_shape(
    client: openai.AsyncOpenAI, given: dict[str, Any], code: str | None
) -> None:
    request = {"model": MODEL, "messages": ASKED, **given}
    for stream in (False, True):
        with pytest.raises((openai.BadRequestError, openai.NotFoundError)) as refused:
            await client.chat.completions.create(**request, stream=stream)
        assert refused.value.code == code
        assert refused.value.type == "invalid_request_error"
        assert isinstance(refused.value.body, dict)
        assert refused.value.body["message"]


async def test_a_wrong_key_is_an_authentication_error(served: Served) -> None:
    async with client_of(served, "tgy_wrong") as client:
        with pytest.raises(openai.AuthenticationError) as refused:
            await client.chat.completions.create(model=MODEL, messages=ASKED)
        assert refused.value.code == "invalid_api_key"
        with pytest.raises(openai.AuthenticationError):
            await client.models.list()


async def test_requests_that_do_not_fit_have_the_clients_shape(served: Served) -> None:
    async with served.client() as client:
        for body in ({}, {"model": MODEL}, {"model": MODEL, "messages": []}, {"model": 1}):
            said = await client.post("/v1/chat/completions", json=body)
            assert said.status_code == 422
            assert said.json()["error"]["message"]
        large = {"model": MODEL, "messages": [{"role": "user", "content": "x" * 2**21}]}
        said = await client.post("/v1/chat/completions", json=large)
        assert (said.status_code, set(said.json())) == (413, {"error"})
        said = await client.get("/v1/chat/completions")
        assert (said.status_code, set(said.json())) == (405, {"error"})


async def test_a_client_that_leaves_cancels_the_model(
    sample_workspace: Path, tmp_path: Path, unprepared: None
) -> None:
    model = SlowModel()
    workspace = copy_of(sample_workspace, tmp_path, model="test:slow", provider=model)
    body = {"model": MODEL, "messages": ASKED}
    async with serving(workspace) as served, served.client() as client:
        asking = asyncio.create_task(client.post("/v1/chat/completions", json=body))
        await until(lambda: model.log == ["called"])
        asking.cancel()
        await until(lambda: model.log == ["called", "cancelled"], 1)
        async with client_of(served) as official:
            stream = await official.chat.completions.create(
                model=MODEL, messages=ASKED, stream=True
            )
            await anext(aiter(stream))
            await until(lambda: len(model.log) == 3)
            await stream.close()
            await until(lambda: model.log[2:] == ["called", "cancelled"], 1)


async def test_a_failure_in_a_stream_is_told_as_an_error(
    sample_workspace: Path, tmp_path: Path, unprepared: None
) -> None:
    model = ScriptedModel(script=[ValueError("secret")])
    workspace = copy_of(sample_workspace, tmp_path, model="test:broken", provider=model)
    with (workspace.folder / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[models]\nfallback = false\n")
    async with serving(workspace) as served, client_of(served) as client:
        stream = await client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
        with pytest.raises(openai.APIError) as failed:
            [chunk async for chunk in stream]
        assert "secret" not in str(failed.value)
        with pytest.raises(openai.InternalServerError):
            await client.chat.completions.create(model=MODEL, messages=ASKED)
