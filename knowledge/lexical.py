"""Words are found as they are meant: Japanese by its dictionary forms, English without plurals."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

_SILENT = {"助詞", "助動詞", "補助記号", "空白"}
"""Parts of speech that say nothing of what a text is about."""
_AT_ONCE = 8000
"""Characters: Sudachi takes at most about 49,000 bytes at a time."""
_NO_WORD = re.compile(r"[\W_]+")
_lock = threading.Lock()


def terms(text: str) -> list[str]:
    """The words of a text in order, in the form that they are looked up by."""
    found = []
    plain = unicodedata.normalize("NFKC", text).casefold()
    for line in plain.splitlines():
        for start in range(0, len(line), _AT_ONCE):
            found += _words(line[start : start + _AT_ONCE])
    return found


def _words(line: str) -> list[str]:
    with _lock:
        morphemes = [
            (m.normalized_form(), m.part_of_speech()[0]) for m in _tokenizer().tokenize(line)
        ]
    words = [form.casefold().strip() for form, kind in morphemes if kind not in _SILENT]
    return [_singular(word) for word in words if not _NO_WORD.fullmatch(word)]


@cache
def _tokenizer() -> Any:
    """Short units (A): 受注確度 is found by 確度."""
    from sudachipy import Dictionary, SplitMode

    return Dictionary(dict="core").tokenizer(mode=SplitMode.A)


def _singular(word: str) -> str:
    if not word.isascii():
        return "".join(word.split())
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return "".join(word.split())


class Words:
    """BM25 over texts given as their terms (Robertson and Zaragoza 2009; Lucene's idf)."""

    def __init__(self, texts: Sequence[Sequence[str]], *, k1: float, b: float) -> None:
        import bm25s

        self._texts = len(texts)
        self._in = Counter(term for text in texts for term in set(text))
        self._index = bm25s.BM25(method="lucene", k1=k1, b=b) if self._in else None
        if self._index is not None:
            self._index.index([list(text) for text in texts], show_progress=False)

    def scores(self, question: Iterable[str]) -> Scores:
        """One score for each text: the more a question says, the larger."""
        known = sorted({term for term in question if term in self._in})
        if self._index is None or not known:
            return np.zeros(self._texts)
        found: Scores = self._index.get_scores(known).astype(np.float64)
        return found

    def shares(self, question: Iterable[str]) -> Scores:
        """How much of a question's information each text holds, from 0 to 1."""
        asked = set(question)
        whole = sum(inverse_frequency(self._texts, self._in[term]) for term in asked)
        return self.scores(asked) / whole if whole else np.zeros(self._texts)


def inverse_frequency(texts: int, having: NDArray[np.int64] | int) -> Any:
    return np.log(1 + (texts - having + 0.5) / (having + 0.5))


class Letters:
    """BM25 over the runs of three letters of texts: compounds and spellings that words miss.

    A run is hashed to one of 2^18 places; the texts of a place lie together, so that a question
    looks only at those of its own runs.
    """

    _PLACES = 1 << 18
    _K1, _B = 0.9, 0.4

    def __init__(self, texts: Sequence[str]) -> None:
        runs = [_runs(text) for text in texts]
        lengths = np.array([len(r) for r in runs], dtype=np.int64)
        flat = np.concatenate(runs) if runs else np.zeros(0, np.int32)
        keys = flat * np.int64(len(runs)) + np.repeat(np.arange(len(runs)), lengths)
        keys, times = np.unique(keys, return_counts=True)
        self._texts = len(texts)
        of_run, self._owners = (
            keys // max(len(runs), 1),
            (keys % max(len(runs), 1)).astype(np.int32),
        )
        having = np.bincount(of_run, minlength=self._PLACES)
        self._begins = np.concatenate([[0], np.cumsum(having)])
        mean = max(float(lengths.mean()), 1.0) if len(lengths) else 1.0
        norm = self._K1 * (1 - self._B + self._B * lengths / mean)
        saturated = times / (times + norm[self._owners])
        weights = inverse_frequency(self._texts, having)
        self._weighed = (saturated * weights[of_run]).astype(np.float32)

    def scores(self, question: str) -> Scores:
        """One score for each text."""
        found = np.zeros(self._texts)
        for run in np.unique(_runs(question)).tolist():
            having = slice(self._begins[run], self._begins[run + 1])
            found[self._owners[having]] += self._weighed[having]
        return found


def _runs(text: str) -> NDArray[np.int32]:
    """A number for each three letters in a row, spaces left out."""
    plain = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    letters = np.frombuffer(plain.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.int64)
    mixed = letters[:-2] * 2_654_435_761 + letters[1:-1] * 40_503 + letters[2:] * 2_246_822_519
    return ((mixed ^ (mixed >> 17)) % Letters._PLACES).astype(np.int32)
