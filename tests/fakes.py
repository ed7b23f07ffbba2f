"""Stand-ins for what is outside the house: small embeddings, and a model without an answer."""

from __future__ import annotations

import asyncio
import shutil
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from assistant.bootstrap import Workspace
from knowledge.embeddings import Vectors
from tests.companies import KnownWarehouse


class TrigramEmbeddings:
    """Hashed character trigrams: equal texts are alike, and nothing has to be loaded."""

    name = "test:trigrams"
    dimension = 256

    def query(self, text: str) -> Vectors:
        return _hashed(text, self.dimension)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.query(text) for text in texts])


@lru_cache(maxsize=1 << 14)
def _hashed(text: str, dimension: int) -> Vectors:
    """Kept: every assistant that is opened asks for the vectors of the same examples."""
    vector = np.zeros(dimension, dtype=np.float32)
    padded = f"  {text.casefold()} "
    for i in range(len(padded) - 2):
        vector[zlib.crc32(padded[i : i + 3].encode()) % dimension] += 1
    vector /= float(np.linalg.norm(vector)) or 1
    vector.flags.writeable = False
    return vector


class SlowModel(BaseChatModel):
    """Never answers in time; remembers that it was called and that it was cancelled."""

    log: list[str] = []  # noqa: RUF012 - Pydantic copies it for each instance

    @property
    def _llm_type(self) -> str:
        return "slow"

    def bind_tools(self, *_tools: Any, **_rest: Any) -> Any:
        return self

    def _generate(self, *_messages: Any, **_more: Any) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(self, *_messages: Any, **_more: Any) -> ChatResult:
        self.log.append("called")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.log.append("cancelled")
            raise
        return ChatResult(generations=[ChatGeneration(message=AIMessage("too late"))])


def copy_of(workspace: Path, folder: Path, **replaced: Any) -> Workspace:
    """A workspace of one's own with the same data, with small embeddings."""
    target = folder / "workspace"
    shutil.copytree(workspace, target)
    return with_known_data(Workspace(target, embeddings=TrigramEmbeddings(), **replaced))


def with_known_data(workspace: Workspace) -> Workspace:
    """The workspace, before anything was asked of it, with data that others have opened too."""
    workspace.__dict__["warehouse"] = KnownWarehouse(workspace.folder)
    return workspace
