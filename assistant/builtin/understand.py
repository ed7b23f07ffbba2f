"""A message becomes an intent: the nearest examples in meaning, raised by words in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from assistant.builtin.examples import Example, Intent, load, vectors_of
from assistant.builtin.words import plain_form
from crm.settings import Language
from knowledge.embeddings import Embeddings

_ENGLISH_WORDS = 3
_JAPANESE_ENDING = re.compile(
    r"[のはをがにで](?![\u3040-\u30ff\u4e00-\u9fff]*\s[A-Za-z])|[かいたすね][。？?！!]?$"
)
_WORD_WEIGHT = 0.05
_MOST_WORDS = 2
CONFIDENT = 0.86

_LIKENED = 400
"""Characters that are likened to examples: whole long messages keep the engine from all others."""


@dataclass(frozen=True)
class Guess:
    """An intent with its score (likeness to the nearest example plus the words that stand), the
    number of those words, and the nearest example."""

    intent: Intent
    score: float
    words: int
    example: Example


class Understanding:
    """The intents with their examples' vectors."""

    def __init__(self, embeddings: Embeddings, cache: Path) -> None:
        self._intents, self._examples = load()
        self._owners = np.array([example.intent for example in self._examples])
        self._vectors = vectors_of([e.text for e in self._examples], embeddings, cache)
        self._query = lru_cache(maxsize=256)(embeddings.query)

    def intent(self, name: str) -> Intent:
        """The intent of that name; KeyError when there is none."""
        return {intent.name: intent for intent in self._intents}[name]

    def stands(self, intent: str, text: str) -> bool:
        """Whether a word of that intent stands in the text."""
        plain = plain_form(text)
        return any(word in plain for word in self.intent(intent).words)

    def intents_by_words(self, text: str) -> set[str]:
        """The intents a word of which stands in the text."""
        plain = plain_form(text)
        return {i.name for i in self._intents if any(w in plain for w in i.words)}

    def guess(self, text: str) -> list[Guess]:
        """Every intent with its score, best first; a long message is likened by its beginning."""
        likeness = self._vectors @ self._query(text[:_LIKENED])
        plain = plain_form(text)
        guesses = []
        for n, intent in enumerate(self._intents):
            standing = sum(1 for word in intent.words if word in plain)
            mine = np.flatnonzero(self._owners == n)
            nearest = int(mine[likeness[mine].argmax()])
            score = float(likeness[nearest]) + _WORD_WEIGHT * min(standing, _MOST_WORDS)
            guesses.append(Guess(intent, score, standing, self._examples[nearest]))
        return sorted(guesses, key=lambda g: -g.score)

    def examples_near(self, guesses: list[Guess], language: Language, count: int) -> list[str]:
        """An example in a language of each of the best intents that call a tool."""
        best = [g.intent.name for g in guesses if g.intent.tool is not None][:count]
        places = {intent.name: n for n, intent in enumerate(self._intents)}
        return [
            next(e.text for e in self._examples if (e.intent, e.language) == (places[n], language))
            for n in best
        ]


def language_of(text: str, usual: Language) -> Language:
    """Japanese where the message holds kana or kanji, English where letters, else the usual.

    An English sentence about an account with a Japanese name is English.
    """
    latin = len(re.findall(r"[A-Za-z]{2,}", text))
    japanese = len(re.findall(r"[\u3040-\u30ff\u4e00-\u9fff]", text))
    if latin >= _ENGLISH_WORDS and not _JAPANESE_ENDING.search(text) and japanese < 4 * latin:
        return "en"
    begins_latin = re.match(r"\W*[A-Za-z]{2,}", text) is not None
    if begins_latin and latin > 1 and not re.search(r"[\u3041-\u3096]", text):
        return "en"
    if any("\u3040" <= c <= "\u30ff" or "\u4e00" <= c <= "\u9fff" for c in text):
        return "ja"
    return "en" if any(c.isalpha() for c in text) else usual
