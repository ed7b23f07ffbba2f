"""A message becomes an intent: the nearest examples in meaning, raised by words in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.builtin.entities import normal_keeping_kana
from crm.settings import Language
from knowledge.embeddings import Embeddings, Vectors
from prompts import loader

_ENGLISH_WORDS = 3
_JAPANESE_ENDING = re.compile(
    r"[のはをがにで](?![\u3040-\u30ff\u4e00-\u9fff]*\s[A-Za-z])|[かいたすね][。？?！!]?$"
)
_WORD_WEIGHT = 0.05
_MOST_WORDS = 2
CONFIDENT = 0.86


@dataclass(frozen=True)
class Intent:
    """What may be asked: the tool it calls, and whether it needs an account."""

    name: str
    tool: str | None
    account: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Guess:
    """An intent with its score: likeness to the nearest example plus the words that stand."""

    intent: Intent
    score: float


class Understanding:
    """The intents with their examples embedded once and kept in the workspace's cache."""

    def __init__(self, embeddings: Embeddings, cache: Path) -> None:
        self._embeddings = embeddings
        declared: dict[str, Any] = loader.data("intents/intents.yaml")
        self._intents = [
            Intent(
                name,
                spec["tool"],
                spec["account"],
                tuple(normal_keeping_kana(w) for ws in spec["words"].values() for w in ws),
            )
            for name, spec in declared.items()
        ]
        examples = [
            (n, text)
            for n, spec in enumerate(declared.values())
            for texts in spec["examples"].values()
            for text in texts
        ]
        self._owners = np.array([n for n, _text in examples])
        self._vectors = _embedded([text for _n, text in examples], embeddings, cache)

    def stands(self, intent: str, text: str) -> bool:
        """Whether a word of that intent stands in the text."""
        plain = normal_keeping_kana(text)
        return any(w in plain for i in self._intents if i.name == intent for w in i.words)

    def guess(self, text: str) -> list[Guess]:
        """Every intent with its score, best first."""
        likeness = self._vectors @ self._embeddings.query(text)
        plain = normal_keeping_kana(text)
        guesses = []
        for n, intent in enumerate(self._intents):
            standing = sum(1 for word in intent.words if word in plain)
            score = float(likeness[self._owners == n].max())
            guesses.append(Guess(intent, score + _WORD_WEIGHT * min(standing, _MOST_WORDS)))
        return sorted(guesses, key=lambda g: -g.score)


def _embedded(texts: Sequence[str], embeddings: Embeddings, cache: Path) -> Vectors:
    """The examples' vectors, from the cache when neither they nor the model have changed."""
    key = hashlib.sha256("\0".join([embeddings.name, *texts]).encode()).hexdigest()[:16]
    file = cache / f"intents-{key}.npy"
    if file.exists():
        kept: Vectors = np.load(file, allow_pickle=False)
        return kept
    vectors = np.stack([embeddings.query(text) for text in texts])
    cache.mkdir(parents=True, exist_ok=True)
    temporary = cache / f"intents-{key}.tmp.npy"
    np.save(temporary, vectors, allow_pickle=False)
    temporary.replace(file)
    return vectors


def language_of(text: str, usual: Language) -> Language:
    """Japanese where the message holds kana or kanji, English where letters, else the usual.

    An English sentence about an account with a Japanese name is English.
    """
    latin = len(re.findall(r"[A-Za-z]{2,}", text))
    japanese = len(re.findall(r"[\u3040-\u30ff\u4e00-\u9fff]", text))
    if latin >= _ENGLISH_WORDS and not _JAPANESE_ENDING.search(text) and japanese < 4 * latin:
        return "en"
    if any("\u3040" <= c <= "\u30ff" or "\u4e00" <= c <= "\u9fff" for c in text):
        return "ja"
    return "en" if any(c.isalpha() for c in text) else usual
