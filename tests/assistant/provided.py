"""A workspace whose model is a provider's, reached through its real client on loopback."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.messages import AnyMessage
from langchain_openai.chat_models import _client_utils

from assistant.service import Assistant
from tests.openai_server import OpenAIServer
from tests.scripted_model import orphans

NAME = "openai:test"
KEY = "sk-test-secret"


def choose_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a person who has chosen a provider's model."""
    monkeypatch.setenv("TAGAYASU_MODEL", NAME)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    # The client keeps its connections for a process of one event loop; a test has one each.
    _client_utils._cached_async_httpx_client.cache_clear()


def at(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)


async def kept_messages(assistant: Assistant, thread: str) -> Sequence[AnyMessage]:
    """What the store of conversations holds of a thread of the operator."""
    config = {"configurable": {"thread_id": f"default::{thread}"}}
    state = await assistant._conversation.graph.aget_state(config)
    messages: Sequence[AnyMessage] = state.values["messages"]
    return messages


async def assert_whole(assistant: Assistant, thread: str) -> None:
    """Nothing half-written is kept of a thread."""
    messages = await kept_messages(assistant, thread)
    assert orphans(messages) == set()
    assert messages[-1].type == "ai"
    assert not messages[-1].tool_calls


def sent_tools(request: dict[str, Any]) -> list[str]:
    return [tool["function"]["name"] for tool in request["tools"]]
